"""Parts of a configuration of Keras by themselves: calls, shapes, and the order of calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from convcalc.importers.keras.arguments import (
    LowRank,
    MalformedError,
    class_of,
    inner_shape,
    listed,
    low_rank_of,
    mapped,
    shape_of,
    shape_or_none,
    stored_as,
    tensors_in,
)
from convcalc.importers.keras.calls import (
    Call,
    History,
    LayerCalls,
    _call,
    _renumbered,
    calls_of,
    histories,
    in_order,
    layers_of,
)
from convcalc.importers.keras.layer_place import Place
from convcalc.importers.named_arguments import Tensor
from tests.each import each
from tests.importers.keras_json import called, layer, of_one, plan_of, sequence, source, two

A, B = History("a", 0, 0), History("b", 2, 1)


@each(("node", "args", "kwargs", "reads"), [
    # One tensor by itself, one in a list, and several; what is given besides stands behind each.
    (["a", 0, 0, {"axis": 2}], (A,), {"axis": 2}, [A]), ([["a", 0, 0]], (A,), {}, [A]),
    ([["a", 0, 0, {}], ["b", 2, 1, {"scale": 3.5}]], ((A, B),), {"scale": 3.5}, [A, B]),
    (["a", 0, 0, {"y": ["b", 2, 1]}], (A,), {"y": B}, [A, B]),
    # A number in the place of the tensor.
    (["_CONSTANT_VALUE", -1, 2.5], (2.5,), {}, []),
    (["_CONSTANT_VALUE", -1, 2.5, {"y": ["a", 0, 0]}], (2.5,), {"y": A}, [A]),
    ([["a", 0, 0], ["_CONSTANT_VALUE", -1, [1, 2]]], ((A, (1, 2)),), {}, [A]), ([], (), {}, []),
])  # fmt: skip
def test_a_call_of_keras_2_is_lists(
    node: list[Any], args: tuple[Any, ...], kwargs: dict[str, Any], reads: list[History]
) -> None:
    layers = {name: LayerCalls.of(layer("Add", name)) for name in "ab"}
    found = _call(node, layers)
    assert (found.args, found.kwargs, found.reads) == (args, kwargs, reads)


@each(("value", "found"), [
    (["a", 0, 0], [A]), ([["a", 0, 0], ["b", 2, 1]], [A, B]), ({"x": ["b", 2, 1]}, [B]),
    (["a", 0], []), (["a", 0, 0, 0], []), (["a", -1, 0], []), (["a", 0, True], []),
    ([1, 0, 0], []), ([["b", 2, 1], ["a", 0]], [B]), ("a", []),
])  # fmt: skip
def test_a_tensor_is_a_layer_a_call_and_an_output(value: object, found: list[History]) -> None:
    assert histories(value) == found


@each(("told", "why"), [
    (lambda: mapped([], "config"), "`config` is list, not a mapping"),
    (lambda: listed(None, "args"), "`args` is missing, not a list"),
    (lambda: shape_of(3), "a shape is int, not a list"),
    (lambda: shape_of([None, -1]), "a size is `-1`"),
    (lambda: shape_of([True]), "a size is `True`"),
    (lambda: _call([["_CONSTANT_VALUE", -1]], {}), r"a tensor is `\['_CONSTANT_VALUE', -1\]`"),
    (lambda: class_of({}), "a layer has no `class_name`"),
    (lambda: calls_of({"a": LayerCalls.of(called(layer("Add", "a"), ["b"]))},
                      [A._replace(output=1000)]),
     "`a` has more than 1,000 outputs"),
])  # fmt: skip
def test_what_is_no_call_says_why(told: Callable[[], object], why: str) -> None:
    with pytest.raises(MalformedError, match=f"^{why}$"):
        told()


def test_a_layer_of_a_thousand_outputs_has_them() -> None:
    layers = {"a": LayerCalls.of(called(layer("Add", "a"), ["a"]))}
    assert calls_of(layers, [A._replace(output=999)])["a", 0].outputs == 1000


def test_shapes_have_their_samples_first() -> None:
    assert shape_of({"items": [None, 3, 0]}) == ("", 3, 0)
    assert shape_or_none("wide") is None
    shapes = [inner_shape(one) for one in (None, ("",), ("", 8), ("", 8, 32, 3))]
    assert shapes == [None, None, ("",), ("", 32, 3)]


def test_tensors_are_found_wherever_they_stand() -> None:
    value = (Tensor("a"), "b", {"x": Tensor("c"), "y": (3, (Tensor("d"),))})
    assert tensors_in(value) == ["a", "c", "d"]


@each(("config", "name", "found"), [
    ({"lora_rank": 4, "lora_alpha": 3}, "kernel", LowRank(4, 0.75)),
    ({"lora_rank": 1}, "embeddings", LowRank(1, 1.0)), ({"lora_rank": 2}, "bias", None),
    ({"lora_rank": 0}, "kernel", None), ({"lora_rank": "2"}, "kernel", None),
    (None, "kernel", None),
])  # fmt: skip
def test_low_rank_arrays_stand_beside_kernels(
    config: object, name: str, found: LowRank | None
) -> None:
    assert low_rank_of(config, name) == found


def test_a_matrix_is_stored_as_its_policy_says() -> None:
    mode = {"dtype": {"config": {"mode": "int8"}}}
    others: list[object] = [{"dtype": {"config": {}}}, {"dtype": "int8"}, {}, None]
    assert [stored_as(one) for one in (mode, *others)] == ["int8", "", "", "", ""]


def test_weights_are_called_after_the_classes_of_a_model_in_their_order() -> None:
    made = [
        layer("Dense", "x"), layer("Conv2D", "y"), layer("Dense", "z"), two("Dense", "w"),
        layer("Add", "sum", "keras.src.ops.numpy"), layer("Add", "merge"),
    ]  # fmt: skip
    assert [one.stored for one in layers_of(made)] == [
        "layers/dense", "layers/conv2d", "layers/dense_1", "layers/dense_2", "", "layers/add",
    ]  # fmt: skip
    inner = Place().of(LayerCalls.of(layer("Sequential", "in"))._replace(stored="layers/in"))
    own = inner.of(LayerCalls.of(layer("Dense", "d"))._replace(stored="layers/dense"))
    assert (own.name, own.layers, own.stored) == ("in.d", ("in", "d"), "layers/in/layers/dense")
    again = own.again(3)
    assert [module.name for module in again.path] == ["in", "in.d_3"]
    assert (again.layers, again.stored) == (own.layers, own.stored)


def test_calls_stand_behind_what_they_read_and_else_as_the_file_has_them() -> None:
    def reads(*names: str) -> Call:
        return Call(reads=[History(one, 0, 0) for one in names])

    calls = {("d", 0): reads("c", "b"), ("a", 0): reads("x"), ("c", 0): reads("a"),
             ("b", 0): reads("x", "x"), ("x", 0): reads()}  # fmt: skip
    assert [name for name, _ in in_order(calls, {("x", 0)})] == ["a", "c", "b", "d"]


@each(("layers", "note"), [
    ([layer("SpectralNormalization", one, layer=layer("Dense", units=3)) for one in "ab"],
     "the vectors of 2 spectral norms, with which training goes on, are not counted: "
     "`a` and 1 more"),
    ([layer("Dense", one, units=3, lora_rank=1) for one in "ab"],
     "the low-rank arrays beside 2 kernels are not counted: `a` and 1 more"),
    ([layer("Dense", one, units=3, dtype={"config": {"mode": "int8"}}) for one in "ab"],
     "the weights of 2 layers are stored as integers, here as the reals that they stand for: "
     "`a`; Keras rounds what goes in as well"),
    ([layer("Dense", "a", units=3, dtype={"config": {"name": "mixed_float16"}})],
     "it calculates in float16 (mixed_float16); its weights are float32"),
    ([layer("Dense", "a", units=3, dtype="mixed_bfloat16")],
     "it calculates in bfloat16 (mixed_bfloat16); its weights are float32"),
])  # fmt: skip
def test_notes_of_a_file_name_the_first_and_count_the_others(
    layers: list[dict[str, Any]], note: str
) -> None:
    assert plan_of(sequence([source("x", 4), *layers])).notes == (note,)


def test_layers_of_several_models_are_counted() -> None:
    drawn: dict[str, Any] = {"kernel_initializer": {"class_name": "GlorotUniform", "config": {}}}
    pair = [layer("Dense", one, units=4, **drawn) for one in "de"]
    inner = sequence([source("i", 4), *pair], "inner")
    plan = plan_of(sequence([source("x", 4), inner, *pair]))
    assert plan.totals.params == 4 * 20
    assert plan.notes == (
        "`d` and 1 more stand in several models and count for each, as Keras reads them: it does "
        "not write down whether they share them",
    )


def test_fields_of_older_files_are_read() -> None:
    """Sizes as reals, numbers in arrays of one, truths as 1 and 0, sizes in a list of one."""
    conv = of_one((6, 5, 2), "Conv2D", filters=3.0, kernel_size=[2], use_bias=1)
    assert (plan_of(conv).totals.params, plan_of(conv).rows[0].output) == (3 * 9, (3, 5, 4))
    for slope in ({"value": 0.25}, {"config": 0.25}):
        (row,) = plan_of(of_one((4,), "LeakyReLU", alpha=slope))
        assert row.fields["negative_slope"] == 0.25


@each(("calls", "wanted", "numbers"), [
    # Keras 2 counts the calls of a model from 1: its 0 is the model for itself.
    (1, [1], [1]), (2, [2], [1, 2]), (3, [1, 3], [1, 2, 3]), (2, [1], [0, 1]), (1, [0], [0]),
    (3, [2], [0, 1, 2]), (1, [], [0]), (2, [5], [0, 1]),
])  # fmt: skip
def test_calls_are_counted_as_those_count_that_read_them(
    calls: int, wanted: list[int], numbers: list[int]
) -> None:
    found = {("m", number): Call() for number in range(calls)} | {("a", 0): Call()}
    made = _renumbered(found, {}, [History("m", number, 0) for number in wanted])
    assert [*made] == [*(("m", number) for number in numbers), ("a", 0)]
    assert [*made.values()] == [*found.values()]
