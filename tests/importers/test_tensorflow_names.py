"""Names that TensorFlow gives to what it writes, as the modules of a model."""

from __future__ import annotations

from convcalc.importers.model import Operation
from convcalc.importers.tensorflow_names import (
    Scope,
    input_name,
    place_of,
    scoped,
    shared_root,
)
from tests.each import each

PRODUCT = "net/act/Relu;net/bn/Fused;net/conv_4/Conv2D;net/conv/BiasAdd;net/conv/Conv2D"


@each(("word", "name", "scope", "own", "activation"), [
    ("CONV_2D", PRODUCT, ("net", "conv"), "net/conv/Conv2D", ("net", "act")),
    # What joins a parameter says where that is; the converter's own words say nothing.
    ("CONV_2D", "net/conv/Conv2D/ReadVariableOp", ("net", "conv"), "net/conv/Conv2D",
     ("net", "conv")),
    ("ADD", "StatefulPartitionedCall:0;net/sum/add", ("net", "sum"), "net/sum/add",
     ("net", "sum")),
    ("ADD", "PartitionedCall_1_int8;net/sum/mul", ("net", "sum"), "net/sum/mul", ("net", "sum")),
    ("ADD", "StatefulPartitionedCall/net/sum/add", ("net", "sum"), "net/sum/add", ("net", "sum")),
    ("ADD", "net/sum/Identity:0", ("net", "sum"), "net/sum", ("net", "sum")),
    ("ADD", "tfl.add", (), "", ()),
    # The deepest of products, and what stands last; of others the first.
    ("CONV_2D", "net/conv/Conv2D;net/b/conv/Conv2D", ("net", "b", "conv"), "net/b/conv/Conv2D",
     ("net", "b", "conv")),
    ("CONV_2D", "net/a/Conv2D;net/b/Conv2D", ("net", "b"), "net/b/Conv2D", ("net", "b")),
    ("MUL", "net/a/mul;net/b/mul", ("net", "a"), "net/a/mul", ("net", "a")),
    ("MUL", "net/a/add;net/b/mul", ("net", "b"), "net/b/mul", ("net", "b")),
    # The scope that most of them stand in.
    ("MUL", "net/a/mul;net/b/mul;net/b/add", ("net", "b"), "net/b/mul", ("net", "b")),
    ("FULLY_CONNECTED", "net/d/BiasAdd;net/d/Tensordot", ("net", "d"), "net/d/Tensordot",
     ("net", "d")),
    ("MUL", ";".join(["net/a/mul"] + ["net/b/mul"] * 15), ("net", "b"), "net/b/mul",
     ("net", "b")),
    # The seventeenth name is of a file that nobody wrote.
    ("MUL", ";".join(["net/a/mul"] * 8 + ["net/b/mul"] * 9), ("net", "a"), "net/a/mul",
     ("net", "a")),
])  # fmt: skip
def test_an_operator_stands_where_its_names_say(
    word: str, name: str, scope: Scope, own: str, activation: Scope
) -> None:
    assert place_of(word, name) == (scope, own, activation)


def test_a_scope_is_32_words_deep_at_most() -> None:
    assert len(place_of("ADD", "/".join(["a"] * 40)).scope) == 31
    assert place_of("ADD", "//net///add").scope == ("net",)


@each(("scopes", "root"), [
    ([("net", "a", "c"), ("net", "a", "d")], 2), ([("net", "a", "c"), ("net", "b", "c")], 1),
    ([("net", "a"), ("net", "a")], 1), ([("net",), ("net", "a")], 0), ([("a", "c"), ("b", "c")], 0),
    ([(), ("net", "a"), ()], 1), ([(), ()], 0), ([], 0),
])  # fmt: skip
def test_words_that_all_scopes_begin_with_are_the_models_own(
    scopes: list[Scope], root: int
) -> None:
    assert shared_root(scopes) == root


def test_an_input_without_a_signature_is_called_without_what_serves_it() -> None:
    names = ["serving_default_x:0", "x:0", "x:1", "serving_default_:0"]
    assert [input_name(name) for name in names] == ["x", "x", "x:1", "serving_default_:0"]


def test_operations_stand_in_the_modules_of_their_names() -> None:
    found = scoped([
        Operation("CONV_2D", "net/stem/conv/Conv2D", (), ()),
        Operation("ADD", "StatefulPartitionedCall;net/head/add", (), ()),
    ])  # fmt: skip
    assert [one.name for one in found] == ["net/stem/conv/Conv2D", "net/head/add"]
    assert [[module.name for module in one.path] for one in found] == [
        ["stem", "stem.conv"], ["head"],
    ]  # fmt: skip
