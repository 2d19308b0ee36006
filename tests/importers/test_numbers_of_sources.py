"""Numbers that a source allows and a kind's field does not: the layer is opaque and says why."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import convcalc
from tests.each import each
from tests.importers.onnx_bytes import model, node
from tests.importers.pt2_bytes import archive, program
from tests.importers.pt2_bytes import node as call


@each(
    ("op", "fields", "why"),
    [
        ("LeakyRelu", {"alpha": -0.25}, "as `leaky_relu` its `negative_slope` wants a number from"),
        ("LeakyRelu", {"alpha": 128.0}, "as `leaky_relu` its `negative_slope` wants a number from"),
        ("Elu", {"alpha": -0.5}, "as `elu` its `alpha` wants a number above 0"),
        ("Elu", {"alpha": 0.0}, "as `elu` its `alpha` wants a number above 0"),
        ("Celu", {"alpha": -1.0}, "as `celu` its `alpha` wants a number above 0"),
        ("LpNormalization", {"p": 2, "axis": 1}, ""),
    ],
)
def test_a_file_of_onnx_is_planned_around_it(op: str, fields: dict[str, Any], why: str) -> None:
    """torch and ONNX Runtime take each of them; the shapes that come out are the input's."""
    nodes = [
        node("Conv", ["x", "w"], ["a"]),
        node(op, ["a"], ["b"], "", {}, **fields),
        node("Conv", ["b", "v"], ["y"]),
    ]
    weights = {"w": (4, 3, 1, 1), "v": (2, 4, 1, 1)}
    plan = convcalc.plan(
        convcalc.loads(model(nodes, {"x": [1, 3, 5, 7]}, ["y"], weights), "net.onnx")
    )
    first, middle, last = plan
    assert [row.output for row in plan] == [(4, 5, 7), (4, 5, 7), (2, 5, 7)]
    assert (first.params, middle.params, last.params) == (12, 0, 8)
    assert (middle.kind == "opaque") is bool(why)
    assert why in " ".join(middle.notes)


def test_a_program_of_torch_is_planned_around_it() -> None:
    """`nn.LeakyReLU(-0.2)` gives numbers in torch; a norm adds what it is told to."""
    nodes = [
        call("aten.leaky_relu", "a", self="%x", negative_slope=-0.2),
        call("aten.relu", "y", self="%a"),
    ]
    data = archive(program(nodes, {"x": [1, 3, 4]}, ["y"], {"a": [1, 3, 4], "y": [1, 3, 4]}, {}))
    rows = [*convcalc.plan(convcalc.loads(data, "net.pt2"))]
    assert [(row.kind, row.output) for row in rows] == [("opaque", (3, 4)), ("relu", (3, 4))]
    assert "wants a number from 0 to 100, got -0.2" in " ".join(rows[0].notes)


def test_a_number_that_is_none_is_said_so() -> None:
    nodes = [node("LeakyRelu", ["x"], ["y"], "", {}, alpha=float("nan"))]
    (row,) = convcalc.plan(convcalc.loads(model(nodes, {"x": [1, 3, 4]}, ["y"], {}), "net.onnx"))
    assert "its `negative_slope` wants a number from 0 to 100, got nan" in " ".join(row.notes)


def test_running_statistics_of_a_file_are_nothing_that_is_learnt() -> None:
    """A batch norm that adds 2 to its variances is opaque: its factors are learnt, 3 and 3."""
    nodes = [node("BatchNormalization", ["x", "w", "b", "m", "v"], ["y"], "", {}, epsilon=2.0)]
    weights = dict.fromkeys("wbmv", (3,))
    plan = convcalc.plan(convcalc.loads(model(nodes, {"x": [1, 3, 4]}, ["y"], weights), "net.onnx"))
    assert plan.totals.params == 6


def test_a_count_that_is_none_is_refused_as_before() -> None:
    nodes = [node("LRN", ["x"], ["y"], "", {}, size=0)]
    with pytest.raises(convcalc.StackError, match="wrong-value"):
        convcalc.plan(convcalc.loads(model(nodes, {"x": [1, 3, 4, 4]}, ["y"], {}), "net.onnx"))


def test_a_tensor_of_infinities_goes_out_as_it_is() -> None:
    """What `torch.full((2, 3), -inf)` and `torch.full((2,), True)` give, as in a mask."""
    nodes = [
        call("aten.relu", "y", self="%x"),
        call("aten.full", "mask", size=[2, 3], fill_value=float("-inf")),
        call("aten.full", "flags", size=[2], fill_value=True),
    ]
    shapes = {"y": [1, 3], "mask": [2, 3], "flags": [2]}
    data = archive(program(nodes, {"x": [1, 3]}, ["y", "mask", "flags"], shapes, {}))
    network = convcalc.loads(data, "net.pt2")
    made = convcalc.run(network, np.ones((1, 3), np.float32))
    assert [(one.shape, one.min(), one.max()) for one in made.values()] == [
        ((1, 3), 1, 1),
        ((1, 2, 3), -np.inf, -np.inf),
        ((1, 2), 1, 1),
    ]
