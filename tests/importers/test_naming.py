"""Names of layers and the lines of a model file, by the modules of its operations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convcalc.importers.input_axes import InputAxes
from convcalc.importers.listing import Listing
from convcalc.importers.model import Model, Module, Operation
from convcalc.importers.naming import Block, named
from convcalc.importers.network import _sizes, _times
from convcalc.importers.placing import Placed
from convcalc.kinds.identity_family import Identity
from convcalc.kinds.source_family import Constant
from convcalc.network.held import Held, Written
from tests.each import each

SHAPE = (4, 5)


def layer(op: str, *path: str, name: str = "") -> Placed:
    """A layer of one input, of modules by their whole names, each called after its last word."""
    modules = tuple(Module(one, one.rpartition(".")[2].upper()) for one in path)
    made = Identity()
    return Placed(made, (0,), made.facts((SHAPE,)), Operation(op, name, (), (), path=modules), {})


INPUT = layer("", name="x")


@each(("layers", "names", "blocks"), [
    # A module of one layer is that layer; of several, each is called after its operation.
    ([layer("Conv", "a", "a.c"), layer("aten.relu", "a"), layer("Add", "b")],
     ["a.c", "a.relu", "b"], [("a", "A", 1, 1, 3)]),
    ([layer("IsNaN", "a"), layer("GlobalAveragePool", "a"), layer("IsNaN", "a")],
     ["a.is_nan", "a.global_average_pool", "a.is_nan_2"], [("a", "A", 1, 1, 4)]),
    # No module: the operation's own name, unless TorchScript gave it; or its word.
    ([layer("Add", name="/Add_3"), layer("Add", name="head"), layer("Snake_Case"), layer("Add")],
     ["add", "head", "snake_case", "add_2"], []),
    # Modules in modules, outer ones first.
    ([layer("Mul", "n", "n.m"), layer("Add", "n", "n.m"), layer("Add", "n"), layer("Add", "o")],
     ["n.m.mul", "n.m.add", "n.add", "o"], [("n", "N", 1, 1, 4), ("n.m", "M", 2, 1, 3)]),
    # What is used again is a block of another name, and what stands in it is called after that.
    ([layer("Mul", "a"), layer("Add", "a"), layer("Add", "b"), layer("Mul", "a"),
      layer("Add", "a", "a.c")],
     ["a.mul", "a.add", "b", "a_2.mul", "a_2.c"], [("a", "A", 1, 1, 3), ("a_2", "A", 1, 4, 6)]),
    ([layer("Mul", "a"), layer("Mul", "a", "a.b"), layer("Mul", "a", "a.b")],
     ["a.mul", "a.b.mul", "a.b.mul_2"], [("a", "A", 1, 1, 4), ("a.b", "B", 2, 2, 4)]),
    # The name of an input is taken.
    ([layer("Add", name="x"), layer("Add", name="x_2")], ["x_2", "x_2_2"], []),
])  # fmt: skip
def test_layers_are_called_after_their_modules(
    layers: list[Placed], names: list[str], blocks: list[tuple[Any, ...]]
) -> None:
    found = named([INPUT, *layers], 1, {})
    assert found == (["x", *names], [Block(*one) for one in blocks])


def test_a_stored_array_is_called_as_the_program_calls_it() -> None:
    made = Constant.model_validate({"shape": SHAPE})
    held = Held("w0", SHAPE, "float32", Written((0.0,) * 20))
    own = Placed(made, (), made.facts(()), Operation("Get", "", (), ()), {"value": held})
    names = {"w0": "net.weight"}
    assert named([INPUT, own], 1, names)[0] == ["x", "net.weight"]
    turned = held.made("arranged", (5, 4), sizes=SHAPE, axes=(1, 0))
    assert named([INPUT, own._replace(held={"value": turned})], 1, names)[0][1] == "net.weight"
    # Of two arrays, of none, or with something that it reads, it is no such array.
    both = turned.made("joined", (10, 4), Held("w1", (5, 4), "float32", Written((0.0,) * 20)))
    for other in (own._replace(held={"value": both}), own._replace(held={}),
                  own._replace(inputs=(0,)), own._replace(held={"a": held, "b": held}),
                  ):  # fmt: skip
        assert named([INPUT, other], 1, names)[0][1] == "get"


def listing(*operations: Operation, **fields: Any) -> Listing:
    return Listing(Model("net.onnx", "net", "ONNX", "", {}, operations, (), {}, frozenset(),
                         **fields))  # fmt: skip


def test_each_operation_has_the_line_of_its_number() -> None:
    first = Operation("Conv", "stem", (), (), number=2)
    long = Operation("Relu", "n" * 130, (), (), number=4, own_word="RELU")
    found = listing(first, Operation("Bias", "b", (), (), number=2), long,
                    Operation("Add", "a#\nb", (), (), number=5))  # fmt: skip
    assert found.text.split("\n") == ["", "Conv stem", "", f"RELU {'n' * 120}", "Add a\\x23\\nb"]
    assert [found.node(one).place.line for one in (first, long, None)] == [2, 4, 1]
    assert found.node(Operation("Add", "", (), ())).place.line == 1
    assert listing().text == ""
    root, node = found.document.root, found.node(long)
    assert (root.line, root.column, root.start, root.end) == (1, 1, 0, 0)
    assert (node.column, node.start, node.end, node.quoted) == (1, 0, 0, False)


@each(("fields", "is_single"), [
    ({}, True), ({"dtype": "float64"}, False), ({"elements": {"x": "float64"}}, False),
    ({"elements": {"x": "int64"}, "dtype": "float16"}, True),
])  # fmt: skip
def test_numbers_are_single_where_nothing_is_double(
    fields: dict[str, Any], is_single: bool
) -> None:
    assert listing(**fields).is_single is is_single


def test_axes_of_an_input_are_turned_there_and_back() -> None:
    axes = InputAxes("x", (1, 20, 30, 3), 0, (3, 2, 1))
    assert axes.shape == (3, 30, 20)
    assert axes.dims((5, 7, 9)) == (1, 9, 7, 5)
    assert axes.turned((2, 0, 1)).order == (1, 3, 2)
    assert axes.upright().order == (3, 1, 2)
    assert InputAxes("n", (1,), 0, ()).shape == (1,)


def test_sizes_of_inputs_in_words_and_so_many_times() -> None:
    assert (_times((3, 8, 0), 2), _times((0, 5), 1)) == ((3, 16, 448), (224, 5))
    named_axes: Sequence[InputAxes] = (
        InputAxes("x", (1, 0, 30, 3), 0, (3, 1, 2)), InputAxes("y", (7, 1), 1, (0,)),
    )  # fmt: skip
    assert _sizes(named_axes) == "3x?x30 and 7"
