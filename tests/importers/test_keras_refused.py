"""Models of Keras that are no model, or hold what nobody knows, and what is said."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

import convcalc
from tests.each import each
from tests.importers.keras_json import (
    DIGITS,
    ONE,
    archive,
    called,
    graph,
    graph_of,
    layer,
    of_one,
    operation,
    sequence,
    source,
    tensor,
    with_array,
    written,
)
from tests.importers.planning import plan_of, refused, rows

REFUSED = Path(__file__).with_name("keras_refused.txt")


def test_a_layer_without_a_rule_wants_one_behind_it_that_states_its_shape() -> None:
    own = called(layer("Mine", "mine", "my.code"), ["x"])
    problem = refused(written(graph_of(own, inputs={"x": (5, 4)}, output="mine")))
    assert problem.help.startswith("put keras.layers.Identity() behind it and save the model again")
    behind = called(layer("Identity", "same"), [tensor(("mine", 0, 0), (5, 4))])
    plan = plan_of(written(graph_of(own, behind, inputs={"x": (5, 4)}, output="same")))
    assert rows(plan) == [("mine", (4, 5))]


def test_of_a_class_with_several_outputs_the_first_has_what_is_not_known() -> None:
    """What it learns and multiplies counts once, for all that comes out of it."""
    own = called(layer("Mine", "mine", "my.code"), ["x"])
    reads = [tensor(("mine", 0, number), sizes) for number, sizes in enumerate([(5, 4), (3,)])]
    ends = [called(layer("Identity", f"end{at}"), [one]) for at, one in enumerate(reads)]
    net = graph([source("x", 7), own, *ends], ["x"], ["end0", "end1"], "net")
    plan = plan_of(written(net))
    assert [row.output for row in plan] == [(4, 5), (3,)]
    layers = convcalc.loads(written(net)).graph().layers
    told = [(node.layer.model_dump()["params"], node.layer.model_dump()["macs"]) for node in layers]
    assert told == [(None, None), (0, 0)]
    # Of one that is not read nothing is said.
    net["config"]["output_layers"] = [["end1", 0, 0]]
    (node,) = convcalc.loads(written(net)).graph().layers
    assert (node.layer.model_dump()["params"], node.layer.model_dump()["output"]) == (None, (3,))


def test_a_class_that_no_terminal_should_see_is_spelt_out_and_imported() -> None:
    own = called(layer("Mi\0ne", "mi\0ne", "my.code"), ["x"])
    behind = called(layer("Dense", "out", units=2), [tensor(("mi\0ne", 0, 0), (5, 4))])
    network = convcalc.loads(written(graph_of(own, behind, inputs={"x": (5, 4)}, output="out")))
    row = convcalc.plan(network).rows[0]
    assert (row.name, row.notes) == (
        "mi\\x00ne",
        ("my.code>Mi\\x00ne: no layer of ours does this",),
    )
    assert convcalc.import_(network).after.rows[0].notes == row.notes


def test_an_input_that_is_read_at_an_output_that_it_has_not_is_a_finding() -> None:
    net = graph_of(called(ONE, ["x"]), inputs={"x": (4,)}, output="one")
    net["config"]["input_layers"] = [["x", 0, 1]]
    assert refused(written(net)).message == ("this is no whole Keras model: `x` has no output 0")


def test_quantised_weights_are_not_taken_for_reals() -> None:
    policy = {"class_name": "QuantizedDTypePolicy", "config": {"mode": "int4"}}
    problem = refused(written(of_one((4,), "Dense", units=2, dtype=policy)))
    assert "its weights are stored as int4" in problem.message


@each(
    ("values", "why"),
    [
        pytest.param([[1, 2], [3]], "the rows of its `y` have unequal lengths", id="unequal"),
        pytest.param([[1, 2], 3], "the rows of its `y` have unequal lengths", id="no row"),
        pytest.param([], "its `y` is no array of numbers", id="empty"),
        pytest.param([[], []], "its `y` is no array of numbers", id="of nothing"),
        pytest.param(["a", 1], "its `y` is no array of numbers", id="a text"),
    ],
)
def test_an_array_that_is_none_is_refused(values: object, why: str) -> None:
    problem = refused(written(with_array("Multiply", values)))
    assert problem.message == f"`out` (ops.Multiply) cannot be read: {why}"


def test_a_class_of_ones_own_without_a_shape_is_a_finding_with_its_place() -> None:
    own = {**called(layer("Mine", "mine", "my.code"), ["x"]), "registered_name": "my>Mine"}
    problem = refused(written(graph([source("x", 4, 4), own], ["x"], ["mine"], "net")))
    assert problem.slug == "unknown-operation"
    assert problem.place is not None
    assert (problem.place.line, problem.layer) == (1, "mine")
    assert problem.message.startswith("`mine` (my>Mine) cannot be read: no layer of ours")


def test_a_shape_that_the_file_states_is_held_against_the_layers() -> None:
    first = called(layer("Dense", "a", units=5), ["x"])
    last = called(layer("Dense", "b", units=2), [tensor(("a", 0, 0), (6,))])
    problem = refused(written(graph([source("x", 4), first, last], ["x"], ["b"], "net")))
    assert problem.message == ("`a` (Dense) cannot be read: it comes to 5, and the file says 6")


def test_a_layer_whose_fields_no_rule_reads_is_told_of_by_its_class_and_why() -> None:
    _, _, table = REFUSED.read_text(encoding="utf-8").partition("\n\n")
    for line in table.splitlines():
        made, why = re.fullmatch(r"(.+[}]): (.+)", line).groups()  # type: ignore[union-attr]
        kind, sizes, fields = re.fullmatch(r"(\w+) (\[.*?\]) (.+)", made).groups()  # type: ignore[union-attr]
        told = refused(written(of_one(json.loads(sizes), kind, **json.loads(fields)))).message
        assert re.fullmatch(rf"`layer` \(\w+\) cannot be read: {re.escape(why)}", told), line


@each(("kind", "count", "why"), [
    ("Dot", 1, "it wants two tensors"), ("Dot", 3, "it wants two tensors"),
    ("Subtract", 1, "it subtracts 1 tensors"), ("Subtract", 3, "it subtracts 3 tensors"),
    ("Attention", 1, "it wants queries, values, and keys"),
    ("Attention", 4, "it wants queries, values, and keys"),
    ("Add", 0, "it reads a single tensor"),
])  # fmt: skip
def test_a_list_of_other_tensors_than_a_layer_reads_says_so(
    kind: str, count: int, why: str
) -> None:
    names = [f"x{at}" for at in range(max(count, 1))]
    made = called(layer(kind, "y", axes=1), names)
    given = [tensor((name, 0, 0)) for name in names]
    made["inbound_nodes"][0]["args"] = [given if count else given[0]]
    net = graph_of(made, inputs=dict.fromkeys(names, (5, 4)), output="y")
    assert refused(written(net)).message == f"`y` ({kind}) cannot be read: {why}"


@each(
    ("word", "fields", "why"),
    [
        ("Roll", {"shift": [1, 2], "axis": 1}, "it has not one shift for each axis"),
        ("Reshape", {}, "its shape is worked out"),
        ("Reshape", {"newshape": []}, "its shape is worked out"),
        ("BroadcastTo", {}, "its shape is worked out"),
        ("Split", {"axis": 1}, "it has no `indices_or_sections`"),
        ("Split", {"indices_or_sections": 3, "axis": 1}, "4 are no 3 equal parts"),
        ("Split", {"indices_or_sections": 0, "axis": 1}, "4 are no 0 equal parts"),
        ("Split", {"indices_or_sections": 2, "axis": "a"}, "its `axis` is a"),
        ("GetItem", {}, "it has no `key`"),
        ("Pad", {}, "it has no `pad_width`"),
        ("Pad", {"pad_width": 2}, "its borders are worked out"),
        ("Pad", {"pad_width": [[0, 0]] * 4, "constant_values": "a"}, "its borders are worked out"),
        ("Resize", {"size": [3]}, "its size or its mode is none of ours"),
        ("Resize", {}, "its size or its mode is none of ours"),
        (
            "Resize",
            {"size": [3, 5], "interpolation": "bicubic"},
            "its size or its mode is none of ours",
        ),
        (
            "Resize",
            {"size": [3, 5], "antialias": True},
            "it smooths, or keeps the ratio of the sides",
        ),
        (
            "Resize",
            {"size": [3, 5], "preserve_aspect_ratio": True},
            "it smooths, or keeps the ratio of the sides",
        ),
        ("Repeat", {"repeats": 2}, "it repeats the elements of everything as one axis"),
        ("Repeat", {"axis": 1}, "its `repeats` is None"),
        ("Clip", {"x_min": "a"}, "its bounds are worked out"),
        ("Clip", {"x_min": 0.5, "x_max": True}, "its bounds are worked out"),
        ("Einsum", {}, "it has no equation"),
        ("Normalize", {"order": 1}, "it takes another norm than the Euclidean"),
        ("Swapaxes", {"axis1": True, "axis2": 2}, "its `axis1` is True"),
        ("Mean", {"axis": [1, "a"]}, "its `axis` is [1, 'a']"),
        ("Mean", {"axis": [1, False]}, "its `axis` is [1, False]"),
        ("Take", {"indices": 1, "axis": "a"}, "its `axis` is a"),
        ("Take", {"axis": 1}, "it has no `indices`"),
        ("Take", {"indices": 1}, "it picks of the elements of everything as one axis"),
        ("Norm", {}, "it is the norm of a matrix"),
        ("Norm", {"axis": [1, 2]}, "it is the norm of a matrix"),
        ("Norm", {"axis": 1, "ord": "nuc"}, "it is the norm of a matrix"),
        ("Average", {"axis": 1, "weights": 2.0}, "its mean has weights"),
        (
            "ExtractPatches",
            {"size": 2, "strides": 1, "padding": "valid"},
            "its patches lie over each other, or are filled up",
        ),
        (
            "ExtractPatches",
            {"size": 2, "padding": "same"},
            "its patches lie over each other, or are filled up",
        ),
        (
            "ExtractPatches",
            {"size": 2, "data_format": "channels_first"},
            "its channels do not come last",
        ),
    ],
)
def test_a_call_of_a_function_that_no_rule_reads_says_why(
    word: str, fields: dict[str, Any], why: str
) -> None:
    """A call as the last layer, of a map of 4 x 4 pixels and 4 channels."""
    made = called(operation(word, "out", **fields), ["x"])
    problem = refused(written(graph_of(made, inputs={"x": (4, 4, 4)}, output="out")))
    assert problem.message == f"`out` (ops.{word}) cannot be read: {why}"


BROKEN: dict[str, tuple[Any, str]] = {
    "nothing inside": ({"class_name": "Functional", "config": {"layers": [], "output_layers": []}},
                       "it has no outputs"),
    "a circle": (
        graph([called(layer("Dense", "a", units=1), ["b"]),
               called(layer("Dense", "b", units=1), ["a"])], [], ["b"], "net"),
        "`a` reads what is made of it, in a circle",
    ),
    "a layer that is not there": (
        graph([called(layer("Dense", "a", units=1), ["ghost"])], [], ["a"], "net"),
        "`a` reads `ghost`, which is not called",
    ),
    "an input that is not there": (graph([], ["ghost"], ["ghost"], "net"),
                                   "the input `ghost` is no layer of it"),
    "an output that is not there": (
        graph([source("x", 1)], ["x"], ["ghost"], "net"), "`ghost` has no output 0"
    ),
    "a model of a class of its own": (
        {"module": "mine", "class_name": "Net", "config": {}},
        "`Net` is a class of its own, of which the file holds no layers",
    ),
    "a sequence never built": (
        sequence([layer("Dense", units=1)]),
        "it has no input shape: it was written before it was built",
    ),
    "a shape that stands at the second layer": (
        sequence([layer("Dense", units=1), layer("Dense", units=2, batch_shape=[None, 4])]),
        "it has no input shape: it was written before it was built",
    ),
    "sizes of another type": (
        sequence([source("x", "wide")]), "a size is `wide`"  # type: ignore[arg-type]
    ),
    "an axis of nothing": (sequence([source("x", 0)]), "the input `x` has an axis of 0"),
    "no class": (sequence([{"config": {}}]), "a layer has no `class_name`"),
    "outputs of no layers": (
        {"class_name": "Net", "config": {"output_layers": []}},
        "`Net` is a class of its own, of which the file holds no layers",
    ),
    "layers without outputs": (
        {"class_name": "Net", "config": {"layers": []}},
        "`Net` is a class of its own, of which the file holds no layers",
    ),
}  # fmt: skip


def test_what_is_no_model_is_a_finding_that_says_why() -> None:
    for name, (found, why) in BROKEN.items():
        problem = refused(written(found))
        assert problem.slug == "broken-model", name
        assert problem.message == f"this is no whole Keras model: {why}", name
        # What has no layers in it will have none when it is written again.
        export = 'in Python: model.export("model.onnx", format="onnx"), and give that'
        again = "write it again: open(file, 'w').write(model.to_json())"
        assert problem.help == (export if "class of its own" in why else again)


def test_models_in_models_end_somewhere() -> None:
    inner = sequence([source("x", 4), layer("Dense", units=4)])
    for _ in range(40):
        inner = sequence([source("x", 4), inner])
    assert "nested too deep" in refused(written(inner)).message
    inner = sequence([source("x", 4), layer("Dense", units=4)], "m")
    for _ in range(20):
        both = called({**inner, "name": "m"}, ["x"], [("m", 0, 0)])
        inner = graph([source("x", 4), both], ["x"], ["m"], "m")
        inner["config"]["output_layers"] = [["m", 1, 0]]
    assert "calls models in it more than 5,000 times" in refused(written(inner)).message
    deep = b'{"class_name": "Functional", "config": ' + b"[" * 1_000_000
    assert refused(deep).message == "this is no whole Keras model: the file is nested too deep"


def test_fields_that_do_not_fit_are_findings() -> None:
    for config in (
        {"units": 10**30},
        {"units": "many"},
        {"units": -1},
        {"units": None},
        {"units": 1, "activation": 7},
        {"units": 1, "use_bias": [1]},
    ):
        problem = refused(written(of_one((4,), "Dense", **config)))
        assert problem.slug in ("wrong-value", "unknown-operation", "number-too-large"), config
        assert problem.layer == "layer"


def test_half_an_archive_is_a_finding() -> None:
    data = archive(DIGITS)
    for end in range(4, len(data), 97):
        problem = refused(data[:end])
        assert problem.slug in ("broken-model", "foreign-format")


def test_more_axes_than_a_map_has_are_joined_in_an_output_and_refused_in_an_input() -> None:
    wide = sequence(
        [source("x", 64), layer("ReLU", "a"), layer("Reshape", "wide", target_shape=[2] * 6)]
    )
    assert rows(plan_of(written(wide))) == [("a", (64,)), ("wide", (2, 8, 2, 2))]
    problem = refused(written(of_one((2, 2, 2, 2, 2), "ReLU")))
    assert (
        problem.message == "input `x` is [?, 2, 2, 2, 2, 2]: 5 axes beside its samples; 4 are read"
    )
