"""Programs exported with several samples: which axis is theirs, in what is made of nothing too."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

import convcalc
from tests.each import each
from tests.importers.pt2_bytes import archive, node, program

STEPS, SAMPLES = 5, 3
# Inputs of unequal length whose second axis is that of the samples.
SECOND = {"x": [STEPS, SAMPLES, 2], "z": [4, SAMPLES, 2]}
FIRST = {"x": [SAMPLES, STEPS, 2], "z": [SAMPLES, 4, 2]}


def rows(nodes: list[Any], inputs: dict[str, Any], y: list[int], **more: Any) -> list[Any]:
    """(kind, output) of each layer."""
    found = program(nodes, inputs, ["y"], {"y": y}, **more)
    plan = convcalc.plan(convcalc.loads(archive(found), "net.pt2"))
    return [(row.kind, row.output) for row in plan.rows]


JOINED = [
    node("aten.cat", "a", tensors=["%x", "%f"], dim=2),
    node("aten.narrow", "b", self="%a", dim=2, start=5, length=2),
    node("aten.cat", "y", tensors=["%b", "%z"]),
]


@each(("word", "given"), [
    ("zeros", {"size": [0, 0, 5]}), ("ones", {"size": [0, 0, 5]}),
    ("full", {"size": [0, 0, 5], "fill_value": 2.5}),
    ("new_zeros", {"self": "%x", "size": [0, 0, 5]}),
    ("new_ones", {"self": "%x", "size": [0, 0, 5]}),
    ("new_full", {"self": "%x", "size": [0, 0, 5], "fill_value": 2.5}),
])  # fmt: skip
def test_what_is_made_of_nothing_for_all_samples_is_made_for_one(
    word: str, given: dict[str, Any]
) -> None:
    """5 numbers beside the 2 of each step, of which 2 are kept in front of 4 other steps."""
    for inputs, along in ((SECOND, 0), (FIRST, 1)):
        sizes = [*inputs["x"][:2], 5]
        made = node(f"aten.{word}", "f", **(given | {"size": sizes}))
        y = [STEPS + 4, SAMPLES, 2] if not along else [SAMPLES, STEPS + 4, 2]
        last = node("aten.cat", "y", tensors=["%b", "%z"], dim=along)
        found = rows([made, *JOINED[:2], last], inputs, y)
        kinds = [kind for kind, _ in found]
        assert "opaque" not in kinds
        # Channels first: 9 steps of 2 numbers.
        assert sorted(found[-1][1]) == [2, 9]
        assert next(size for kind, size in found if kind == "concat") in ((7, 5), (5, 7))


@each(("inputs", "y"), [(SECOND, [STEPS, SAMPLES, 2]), (FIRST, [SAMPLES, STEPS, 2])])
def test_an_opaque_layer_has_the_sizes_of_one_sample(inputs: dict[str, Any], y: list[int]) -> None:
    nodes = [
        node("aten.nobody_knows", "o", self="%x"),
        node("aten.cat", "a", tensors=["%o", "%z"], dim=0 if inputs is SECOND else 1),
        node("aten.narrow", "y", self="%a", dim=0 if inputs is SECOND else 1, start=0, length=5),
    ]
    stated = {"o": inputs["x"]}
    found = program(nodes, inputs, ["y"], {"y": y, **stated})
    plan = convcalc.plan(convcalc.loads(archive(found), "net.pt2"))
    assert plan.rows[0].kind == "opaque"
    assert sorted(plan.rows[0].output) == [2, STEPS]
    assert sorted(plan.rows[-1].output) == [2, STEPS]


def network_of(nodes: list[Any], inputs: dict[str, Any], y: list[int], **weights: Any) -> Any:
    stored = {name: (name, sizes) for name, sizes in weights.items()}
    found = program(nodes, inputs, ["y"], {"y": y}, stored)
    return convcalc.loads(archive(found), "net.pt2")


@each(("inputs", "taken"), [
    # Of unequal lengths, and as many of something in the second axis: those are the samples.
    (SECOND, {"x": [2, 5], "z": [2, 4]}), (FIRST, {"x": [2, 5], "z": [2, 4]}),
    ({"x": [5, 3, 2], "z": [5, 6, 2]}, {"x": [2, 3], "z": [2, 6]}),
    # Where there are as many of nothing, or of two axes alone, all of each is one sample.
    ({"x": [5, 3, 2], "z": [4, 6, 2]}, {"x": [2, 3, 5], "z": [2, 4, 6]}),
    ({"x": [5, 3], "z": [4, 3]}, {"x": [3, 5], "z": [3, 4]}),
    ({"x": [5, 3, 2], "z": [3, 2]}, {"x": [2, 3, 5], "z": [2, 3]}),
])  # fmt: skip
def test_which_axis_of_the_inputs_is_that_of_the_samples(
    inputs: dict[str, Any], taken: dict[str, list[int]]
) -> None:
    nodes = [node("aten.relu", "y", self="%x"), node("aten.relu", "w", self="%z")]
    network = network_of(nodes, inputs, inputs["x"])
    assert {name: sorted(sizes) for name, sizes in network.inputs.items()} == taken


def test_features_may_stand_before_the_samples_of_a_matrix() -> None:
    """A product that sums over the first axis of its input: columns are samples."""
    network = network_of([node("aten.matmul", "y", self="%w", other="%x")], {"x": [3, 4]}, [6, 4],
                         w=[6, 3])  # fmt: skip
    assert network.inputs == {"x": (3,)}
    assert convcalc.plan(network).totals.macs == 18


@each(("layers", "count"), [(1, 3), (2, 3)])
def test_states_have_their_samples_second_where_batches_come_first(layers: int, count: int) -> None:
    params = {
        f"{word}{at}": [6, 4 if word == "w" and not at else 2] if word in "wh" else [6]
        for at in range(layers) for word in "whbc"
    }  # fmt: skip
    nodes = [
        node("aten.gru", ["s", "last"], input="%x", hx="%h", params=[f"%{one}" for one in params],
             has_biases=True, num_layers=layers, dropout=0.0, train=False, bidirectional=False,
             batch_first=True),
        node("aten.relu", "y", self="%s"),
    ]  # fmt: skip
    inputs = {"x": [3, 5, 4], "h": [layers, 3, 2]}
    network = network_of(nodes, inputs, [3, 5, 2], **params)
    # Features first: states of 2 units for each layer.
    assert sorted(network.inputs["x"]) == [4, 5]
    assert network.inputs["h"] in ((2,), (2, layers), (layers, 2))
    plan = convcalc.plan(network)
    assert [row.kind for row in plan][-2:] == ["gru_with_state", "relu"]
    # 5 steps of three gates of 2 units, which read the 4 numbers, or the 2 below, and the 2 states.
    assert plan.totals.macs == 5 * 3 * 2 * (6 + 4 * (layers - 1))


@each(("size", "stated", "output"), [
    # Of 3 samples of 20 numbers: theirs are open, or stated, or theirs and another one.
    ([-1, 4, 5], [3, 4, 5], [4, 5]), ([3, -1, 5], [3, 4, 5], [4, 5]), ([3, -1], [3, 20], [20]),
    ([-1, 20], [3, 20], [20]), ([3, 2, -1], [3, 2, 10], [2, 10]), ([3, 5, 2, -1], [3, 5, 2, 2],
                                                                  [5, 2, 2]),
])  # fmt: skip
def test_a_size_that_is_open_beside_samples(
    size: list[int], stated: list[int], output: list[int]
) -> None:
    nodes = [node("aten.view", "v", self="%x", size=size), node("aten.relu", "y", self="%v")]
    found = program(nodes, {"x": [3, 2, 10]}, ["y"], {"v": stated, "y": stated})
    rows = convcalc.plan(convcalc.loads(archive(found), "net.pt2")).rows
    assert [*rows[-1].output] == output
    assert "opaque" not in [row.kind for row in rows]


@each(("axes", "size"), [([3, 1], [3, 4]), ([3, 1], [-1, 4]), ([1, 4], [3, 4]), ([1, 1], [3, 4]),
                         ([4], [3, 4])])  # fmt: skip
def test_rows_of_a_parameter_are_no_samples_though_there_are_as_many(
    axes: list[int], size: list[int]
) -> None:
    """Added to 3 samples of 3 rows of 4."""
    nodes = [
        node("aten.expand", "e", self="%w", size=size),
        node("aten.add", "y", self="%x", other="%e"),
    ]
    shapes = {"e": [3, 4], "y": [3, 3, 4]}
    found = program(nodes, {"x": [3, 3, 4]}, ["y"], shapes, {"w": ("w", axes)})
    plan = convcalc.plan(convcalc.loads(archive(found), "net.pt2"))
    assert sorted(plan.rows[-1].output) == [3, 4]
    assert "opaque" not in [row.kind for row in plan.rows]
    assert plan.totals.params == axes[0] * axes[-1] if len(axes) > 1 else axes[0]


@each(("x", "size", "y"), [
    # All of the sizes divide by three, as if there were that many samples in each.
    ([3, 6, 5], [3, 5, -1], [3, 5, 6]), ([3, 6, 5], [3, -1, 2], [3, 15, 2]),
    ([3, 6, 9], [-1, 9, 6], [3, 9, 6]), ([3, 6, 9], [3, 3, -1, 6], [3, 3, 3, 6]),
])  # fmt: skip
def test_an_open_size_where_others_divide_by_the_samples(
    x: list[int], size: list[int], y: list[int]
) -> None:
    """Whether the file states what comes out of the view, or of what reads it alone."""
    nodes = [node("aten.view", "v", self="%x", size=size), node("aten.relu", "y", self="%v")]
    for shapes in ({"y": y}, {"v": y, "y": y}):
        found = program(nodes, {"x": x}, ["y"], shapes)
        planned = convcalc.plan(convcalc.loads(archive(found), "net.pt2")).rows
        assert "opaque" not in [row.kind for row in planned]
        assert sorted(planned[-1].output) == sorted(y[1:])


def test_a_size_that_is_asked_of_what_goes_in_is_that_of_one_sample() -> None:
    """8 rows of each of 4 samples, whose sums are 8 of each."""
    batch = node("aten.sym_size", "b", self="%x", dim=0)
    batch["outputs"] = [{"as_sym_int": {"as_name": "b"}}]
    count = node("_operator.mul", "n", a=8, b=8) | {"target": "_operator.mul"}
    count["inputs"][0]["arg"] = {"as_sym_int": {"as_name": "b"}}
    count["outputs"] = [{"as_sym_int": {"as_name": "n"}}]
    view = node("aten.view", "v", self="%x", size=[8, -1])
    view["inputs"][1]["arg"] = {"as_sym_ints": [{"as_name": "n"}, {"as_int": -1}]}
    back = node("aten.view", "y", self="%s", size=[1, 8])
    back["inputs"][1]["arg"] = {"as_sym_ints": [{"as_name": "b"}, {"as_int": 8}]}
    nodes = [batch, count, view, node("aten.sum", "s", self="%v", dim=[1]), back]
    for width in (2, 5):
        found = program(nodes, {"x": ["batch", 8, 2]}, ["y"], {"y": ["batch", 8]})
        network = convcalc.loads(archive(found), "net.pt2")
        (row,) = convcalc.plan(network, input=(8, width)).rows
        assert row.output == (8,)


@each(("made", "x", "more", "y", "output"), [
    # A learnt token before 5 others, and one row for 5: for each of 3 samples.
    (node("aten.expand", "e", self="%w", size=[3, -1, -1]), [3, 5, 4],
     node("aten.cat", "y", tensors=["%e", "%x"], dim=1), [3, 6, 4], [4, 6]),
    (node("aten.expand", "e", self="%x", size=[3, 5, 4]), [3, 1, 4],
     node("aten.relu", "y", self="%e"), [3, 5, 4], [4, 5]),
    # Six rows of a number are six, though three samples have two of them each.
    (node("aten.full", "e", size=[6, 4], fill_value=2.5), [3, 6, 4],
     node("aten.add", "y", self="%x", other="%e"), [3, 6, 4], [4, 6]),
    # What is not of samples: the axis of 4 of each.
    (node("aten.squeeze", "e", self="%x"), [4, 3, 1],
     node("aten.relu", "y", self="%e"), [4, 3], [3]),
])  # fmt: skip
def test_what_is_spread_or_squeezed_is_that_of_each_sample(
    made: Any, x: list[int], more: Any, y: list[int], output: list[int]
) -> None:
    found = rows([made, more], {"x": x}, y, weights={"w": ("w", [1, 1, 4])})
    assert sorted(found[-1][1]) == output
    assert "opaque" not in [kind for kind, _ in found]


@each(("first", "dim", "is_along"), [
    # An axis before the samples, or their axis behind another.
    (("unsqueeze", {"dim": 0}), 1, True), (("unsqueeze", {"dim": 0}), 0, False),
    (("unsqueeze", {"dim": 0}), 2, False), (("unsqueeze", {"dim": 1}), 0, True),
    (("unsqueeze", {"dim": 1}), 1, False), (("transpose", {"dim0": 0, "dim1": 1}), 1, True),
    (("transpose", {"dim0": 0, "dim1": 1}), 0, False), (("relu", {}), 0, True),
    (("permute", {"dims": [1, 2, 0]}), 2, True), (("permute", {"dims": [1, 2, 0]}), -1, True),
    (("permute", {"dims": [1, 2, 0]}), 1, False), (("relu", {}), -3, True),
])  # fmt: skip
def test_a_softmax_along_the_first_axis_says_that_it_is_none_of_samples(
    first: tuple[str, dict[str, Any]], dim: int, is_along: bool
) -> None:
    op, given = first
    nodes = [node(f"aten.{op}", "a", self="%x", **given),
             node("aten.softmax", "y", self="%a", dim=dim)]  # fmt: skip
    x = np.zeros((3, 5, 2))
    made: dict[str, Any] = {
        "unsqueeze": np.expand_dims,
        "transpose": np.swapaxes,
        "permute": np.transpose,
    }
    y = [*made[op](x, *given.values()).shape] if op in made else [*x.shape]
    found = program(nodes, {"x": [*x.shape]}, ["y"], {"a": y, "y": y})
    *_, row = convcalc.plan(convcalc.loads(archive(found), "net.pt2")).rows
    # All of the input is one sample where the first axis is none of samples.
    assert (row.kind, prod(row.output)) == ("softmax", 30 if is_along else 10)


@each(("size", "rows", "elements"), [
    # Samples are joined with two of each, or stand alone; the open size is that of the steps.
    ([-1, 6, 4], 7, 56), ([-1, 6, 4], 9, 72), ([-1, 3, 2, 4], 7, 56), ([-1, 12, 2], 7, 56),
    ([-1, 3, 8], 7, 56),
])  # fmt: skip
def test_an_open_size_beside_samples_at_another_length(
    size: list[int], rows: int, elements: int
) -> None:
    """Of 3 samples that stand second, behind 5 steps in the example."""
    inputs, behind = {"x": [5, 3, 8], "z": [4, 3, 8]}, [5, *size[1:]]
    nodes = [node("aten.view", "v", self="%x", size=size), node("aten.relu", "y", self="%v"),
             node("aten.relu", "w", self="%z")]  # fmt: skip
    found = program(nodes, inputs, ["y", "w"], {"v": behind, "y": behind, "w": inputs["z"]})
    network = convcalc.loads(archive(found), "net.pt2")
    plan = convcalc.plan(network, input={"x": (rows, 8), "z": (4, 8)})
    assert "opaque" not in [row.kind for row in plan]
    assert prod(plan["y"].output) == elements


def test_rows_of_a_learnt_one_that_are_spread_for_all_samples_are_those_of_each() -> None:
    """Six of them for 3 samples, which have two."""
    nodes = [
        node("aten.expand", "e", self="%w", size=[6, 4]),
        node("aten.view", "v", self="%e", size=[3, 2, 4]),
        node("aten.add", "y", self="%x", other="%v"),
    ]
    found = rows(nodes, {"x": [3, 2, 4]}, [3, 2, 4], weights={"w": ("w", [1, 4])})
    assert "opaque" not in [kind for kind, _ in found]
    assert sorted(found[-1][1]) == [2, 4]
