"""Weights that an operation makes: their multiply-accumulates are known from shapes alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import convcalc
from convcalc.arrays.calculated import calculated
from convcalc.network.held import Nth
from tests.each import each
from tests.importers.pt2_bytes import archive, node, program


def planned(
    nodes: list[Any], inputs: dict[str, Any], shapes: dict[str, Any], weights: dict[str, Any]
) -> convcalc.Plan:
    data = archive(program(nodes, inputs, [next(reversed(shapes))], shapes, weights))
    return convcalc.plan(convcalc.loads(data, "net.pt2"))


NORMED = [node("aten._weight_norm", "w", v="%v", g="%g", dim=0)]


@pytest.mark.parametrize(
    ("op", "sizes", "out", "macs"),
    [
        # 4 * 3 * 5 at each of 8 positions; transposed, at each of those that go in.
        ("conv1d", [4, 3, 5], [1, 4, 8], 60 * 8),
        ("conv_transpose1d", [3, 4, 5], [1, 4, 16], 60 * 12),
    ],
)
def test_a_weight_with_weight_norm_is_a_weight(
    op: str, sizes: list[int], out: list[int], macs: int
) -> None:
    """As in HiFi-GAN and wav2vec 2.0, where all of these were opaque and their work unknown."""
    layer = node(f"aten.{op}", "y", input="%x", weight="%w")
    weights = {"v": ("c.v", sizes), "g": ("c.g", [sizes[0], 1, 1])}
    plan = planned([*NORMED, layer], {"x": [1, 3, 12]}, {"w": sizes, "y": out}, weights)
    assert [(row.kind, row.params, row.macs) for row in plan] == [
        ("parameter", sizes[0], 0),
        (op[:-2], 60, macs),
    ]


def test_a_kernel_that_decodes_too_is_counted_once() -> None:
    """3 * 3 * 3 * 5 and a bias of 5, which is the encoder's alone."""
    nodes = [
        node("aten.conv2d", "c", input="%x", weight="%w", bias="%b"),
        node("aten.conv_transpose2d", "y", input="%c", weight="%w"),
    ]
    shapes = {"c": [1, 5, 7, 7], "y": [1, 3, 9, 9]}
    weights = {"w": ("c.weight", [5, 3, 3, 3]), "b": ("c.bias", [5])}
    plan = planned(nodes, {"x": [1, 3, 9, 9]}, shapes, weights)
    assert [(row.params, row.weights) for row in plan] == [(135 + 5, ""), (0, plan.rows[0].name)]


def test_a_standardised_weight_and_its_gain_are_counted_once() -> None:
    """As in NFNet, which counted 88,986,292 of 71,489,284: each weight twice."""
    given = {"input": "%v", "weight": "%h", "training": True, "momentum": 0.1, "eps": 1e-6}
    nodes = [
        node("aten.reshape", "v", self="%w", shape=[1, 4, 27]),
        node("aten.mul", "h", self="%g", other=0.5),
        node("aten.batch_norm", "n", **given, cudnn_enabled=True),
        node("aten.reshape", "k", self="%n", shape=[4, 3, 3, 3]),
        node("aten.conv2d", "y", input="%x", weight="%k"),
    ]
    shapes = {"v": [1, 4, 27], "h": [4], "n": [1, 4, 27], "k": [4, 3, 3, 3], "y": [1, 4, 6, 6]}
    weights = {"w": ("c.weight", [4, 3, 3, 3]), "g": ("c.gain", [4])}
    totals = planned(nodes, {"x": [1, 3, 8, 8]}, shapes, weights).totals
    assert (totals.params, totals.macs) == (108 + 4, 108 * 36)
    assert not {"params", "macs"} & {*totals.lower_bounds}


def test_weight_norm_gives_directions_their_lengths() -> None:
    """(3, 4) is 5 long, and 10 long it is (6, 8); over all axes 13 = |(3, 4, 12)|."""
    fields = {"op": "aten._weight_norm", "arguments": {"x": Nth(0), "g": Nth(1), "dim": 0}}
    found = calculated([np.array([[3.0, 4.0]]), np.array([[10.0]])], (1, 2), fields)
    assert found.tolist() == [[6, 8]]
    fields["arguments"] = {"x": Nth(0), "g": Nth(1), "dim": -1}
    found = calculated([np.array([[3.0, 4.0, 12.0]]), np.array(26.0)], (1, 3), fields)
    assert found.tolist() == [[6, 8, 24]]


@pytest.mark.parametrize(
    ("op", "sizes", "out", "macs"),
    [
        ("conv2d", [6, 3, 3, 3], [1, 6, 6, 6], 6 * 27 * 36),
        ("conv_transpose2d", [3, 6, 3, 3], [1, 6, 10, 10], 3 * 54 * 64),
    ],
)
def test_a_weight_that_depends_on_the_input_is_opaque_and_its_work_is_known(
    op: str, sizes: list[int], out: list[int], macs: int
) -> None:
    given = {"input": "%x", "weight": "%k"}
    nodes = [node("aten.view", "k", self="%z", size=sizes), node(f"aten.{op}", "y", **given)]
    plan = planned(nodes, {"x": [1, 3, 8, 8], "z": [1, 162]}, {"k": sizes, "y": out}, {})
    assert [(row.kind, row.macs) for row in plan if row.macs or row.unknown] == [("opaque", macs)]
    assert "macs" not in plan.totals.lower_bounds


def test_bilinear_and_fold_are_the_layers_that_they_are() -> None:
    given = {"input1": "%x", "input2": "%z", "weight": "%w", "bias": "%b"}
    weights = {"w": ("h.weight", [5, 3, 4]), "b": ("h.bias", [5])}
    inputs = {"x": [1, 3], "z": [1, 4]}
    plan = planned([node("aten.bilinear", "y", **given)], inputs, {"y": [1, 5]}, weights)
    assert [(row.kind, row.params, row.macs) for row in plan] == [("bilinear", 65, 60)]
    words = {"kernel_size": [2, 2], "dilation": [1, 1], "padding": [0, 0], "stride": [2, 2]}
    fold = node("aten.col2im", "y", self="%x", output_size=[4, 6], **words)
    plan = planned([fold], {"x": [1, 12, 6]}, {"y": [1, 3, 4, 6]}, {})
    assert [(row.kind, row.output) for row in plan] == [("fold", (3, 4, 6))]


def test_a_recurrence_with_states_of_its_own_has_its_work() -> None:
    """4 * 5 * (3 + 5) at each of 7 steps."""
    names = ["%wi", "%wh", "%bi", "%bh"]
    given = {"input": "%x", "hx": ["%h", "%c"], "params": names, "has_biases": True}
    rest = {"num_layers": 1, "dropout": 0.0, "train": False, "bidirectional": False}
    nodes = [node("aten.lstm", ["y", "hn", "cn"], **given, **rest, batch_first=True)]
    weights = {
        "wi": ("r.wi", [20, 3]), "wh": ("r.wh", [20, 5]),
        "bi": ("r.bi", [20]), "bh": ("r.bh", [20]),
    }  # fmt: skip
    inputs = {"x": [1, 7, 3], "h": [1, 1, 5], "c": [1, 1, 5]}
    shapes = {"hn": [1, 1, 5], "cn": [1, 1, 5], "y": [1, 7, 5]}
    plan = planned(nodes, inputs, shapes, weights)
    assert [(row.kind, row.params, row.macs) for row in plan] == [("lstm_with_state", 200, 1120)]


@each(
    "call",
    [
        node("aten.masked_fill", "c", self="%m", mask=1.0, value=2.0),
        node("aten.layer_norm", "c", input=2.0, normalized_shape=[3], weight="%m"),
        node("aten.sum", "c", self="%m", dim=10**40),
        node("aten.slice_scatter", "c", self="%m", src="%m", dim="a"),
        node("aten.pad", "c", self="%m", pad=[0, 10**13]),
    ],
)
def test_constants_of_arguments_that_do_not_fit_are_a_finding_when_it_runs(call: Any) -> None:
    nodes = [
        node("aten.arange", "m", end=3),
        call,
        node("aten.mul", "y", self="%x", other="%c"),
    ]
    data = archive(program(nodes, {"x": [1, 3]}, ["y"], {"m": [3], "c": [3], "y": [1, 3]}))
    with pytest.raises(convcalc.StackError) as caught:
        convcalc.run(convcalc.loads(data, "net.pt2"), np.ones((1, 3), np.float32))
    assert [problem.slug for problem in caught.value.problems] == ["unreadable-array"]
