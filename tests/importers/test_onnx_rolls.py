"""A roll is cut in two and joined the other way round, for no operator of ONNX is one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

import convcalc
from convcalc.core.errors import StackError
from tests.each import each
from tests.importers.onnx_bytes import model, node, tensor

NO_END = 2**63 - 1
# Rows of a picture of (1, 2, 5, 4) samples, channels, rows and columns.
DIMS = (1, 2, 5, 4)


def parts(x: str, y: str, start: int, end: int, axis: int, stop: int | None = None) -> list[bytes]:
    """`y` is what `x` has along `axis` from `start` on, and what it has up to there."""
    names = [f"{y}_{word}" for word in ("start", "end", "axis", "zero", "stop")]
    numbers = (start, end, axis, 0, start if stop is None else stop)
    stored = [
        node("Constant", [], [name], value=tensor("", (1,), [number]))
        for name, number in zip(names, numbers, strict=True)
    ]
    return [
        *stored,
        node("Slice", [x, *names[:3]], [f"{y}_behind"]),
        node("Slice", [x, names[3], names[4], names[2]], [f"{y}_front"]),
        node("Concat", [f"{y}_behind", f"{y}_front"], [y], axis=axis),
    ]


def network(nodes: Sequence[bytes], *outputs: str) -> convcalc.Network:
    return convcalc.loads(model(nodes, {"x": list(DIMS)}, outputs or ["y"]), "net.onnx")


# What is joined, the shifts of the layers that it is, and NumPy's rolls of the same: (shift, axis).
ROLLS: dict[str, tuple[list[bytes], list[list[int]], list[tuple[int, int]]]] = {
    "without an end": (parts("x", "y", 3, NO_END, 2), [[2, 0]], [(-3, 2)]),
    "to the end": (parts("x", "y", 1, 5, 2), [[-1, 0]], [(-1, 2)]),
    "from the end": (parts("x", "y", -1, NO_END, 3), [[0, 1]], [(1, 3)]),
    "two axes": (
        [*parts("x", "m", 1, NO_END, 2), *parts("m", "y", 2, NO_END, 3)],
        [[-1, 2]],
        [(-1, 2), (-2, 3)],
    ),
    # As PyTorch's TorchScript exporter writes `torch.roll(x, 0, 2)`: all of it, and nothing.
    "by nothing, then another axis": (
        [*parts("x", "m", 0, NO_END, 2), *parts("m", "y", 1, NO_END, 3)],
        [[0, -1]],
        [(-1, 3)],
    ),
    "one axis twice": (
        [*parts("x", "m", 1, NO_END, 2), *parts("m", "y", 1, NO_END, 2)],
        [[-1, 0], [-1, 0]],
        [(-2, 2)],
    ),
}


@each("name", ROLLS)
def test_parts_that_change_places_are_a_roll(name: str) -> None:
    nodes, shifts, moves = ROLLS[name]
    net = network(nodes)
    picture = np.arange(40.0).reshape(DIMS)
    wanted = picture
    for shift, axis in moves:
        wanted = np.roll(wanted, shift, axis)
    (y,) = convcalc.run(net, picture).values()
    assert y.tolist() == wanted.tolist()
    assert [(row.kind, row.fields["shifts"]) for row in convcalc.plan(net)] == [
        ("roll", one) for one in shifts
    ]


def test_slices_of_before_version_10_are_parts_too() -> None:
    nodes = [
        node("Slice", ["x"], ["behind"], starts=[3], ends=[NO_END], axes=[2]),
        node("Slice", ["x"], ["front"], starts=[0], ends=[3], axes=[2]),
        node("Concat", ["behind", "front"], ["y"], axis=2),
    ]
    data = model(nodes, {"x": list(DIMS)}, ["y"], opset=9)
    (row,) = convcalc.plan(convcalc.loads(data, "net.onnx"))
    assert (row.kind, row.fields["shifts"]) == ("roll", [2, 0])


NEARLY = {
    "a place is missing": parts("x", "y", 2, 4, 2),
    "a place comes twice": parts("x", "y", 2, NO_END, 2, stop=3),
}


@each("name", NEARLY)
def test_what_is_nearly_a_roll_stays_two_slices(name: str) -> None:
    kinds = sorted(row.kind for row in convcalc.plan(network(NEARLY[name])))
    assert kinds == ["concat", "slice", "slice"]


def test_a_part_that_others_read_stays() -> None:
    nodes = [*parts("x", "y", 3, NO_END, 2), node("Relu", ["y_front"], ["r"])]
    kinds = sorted(row.kind for row in convcalc.plan(network(nodes, "y", "r")))
    assert kinds == ["concat", "relu", "slice", "slice"]


def test_more_places_than_there_are_are_no_roll() -> None:
    # From 7 on there is nothing, and all 5 rows come before it.
    net = network(parts("x", "y", 7, NO_END, 2))
    assert [row.kind for row in convcalc.plan(net)] == ["identity"]
    picture = np.arange(40.0).reshape(DIMS)
    (y,) = convcalc.run(net, picture).values()
    assert y.tolist() == picture.tolist()


NOTHING = [
    node("Constant", [], ["zero"], value=tensor("", (1,), [0])),
    node("Constant", [], ["axis"], value=tensor("", (1,), [2])),
    node("Slice", ["x", "zero", "zero", "axis"], ["none"]),
]


def test_nothing_joined_with_nothing_is_no_output() -> None:
    with pytest.raises(StackError) as caught:
        convcalc.plan(network([*NOTHING, node("Concat", ["none", "none"], ["y"], axis=2)]))
    (problem,) = caught.value.problems
    assert problem.message == "no output depends on an input"


def test_an_operator_of_that_name_is_none() -> None:
    # A file may call its own operation as we call what was found.
    with pytest.raises(StackError) as caught:
        convcalc.plan(network([node("Roll", ["x"], ["y"], axes=[2], starts=[1], ends=[NO_END])]))
    (problem,) = caught.value.problems
    assert problem.note.startswith("it is no operator of ONNX")
