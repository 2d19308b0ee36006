"""Spans of an axis that programs take and write, each place and every n-th: as numpy does."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np
import pytest

import convcalc
from convcalc.core.errors import StackError
from tests.importers.pt2_bytes import archive, node, program

SIZES = (2, 7, 3)
X = np.arange(42.0).reshape(1, *SIZES)
# First place, end and step along an axis of 7: rows that fit, that begin late, that are not full.
SPANS = [
    (0, 7, 1), (0, 3, 1), (2, 5, 1), (4, 7, 1), (-3, -1, 1), (0, 7, 2), (1, 7, 2), (1, 6, 2),
    (2, 5, 2), (3, 7, 2), (0, 5, 2), (4, 7, 2), (0, 7, 3), (1, 7, 3), (2, 7, 3), (2, 6, 3),
    (0, 4, 3), (3, 7, 3), (4, 7, 3), (0, 7, 4), (1, 6, 4), (2, 7, 4), (0, 7, 5), (0, 6, 5),
    (1, 7, 5), (6, 7, 2), (5, 9, 1), (0, 7, 6), (3, 99, 2),
]  # fmt: skip


def gives(nodes: list[Any], wanted: list[Any], inputs: dict[str, Any]) -> None:
    """Holds what a program gives of these inputs; no operator of it is opaque.

    Axes of an output lie as the network has them; no two orders of them have the same numbers.
    """
    names = [f"y{at}" for at in range(len(wanted))]
    shapes = {name: list(one.shape) for name, one in zip(names, wanted, strict=True)}
    sizes = {name: list(one.shape) for name, one in inputs.items()}
    network = convcalc.loads(archive(program(nodes, sizes, names, shapes)), "net.pt2")
    assert "opaque" not in {row.kind for row in convcalc.plan(network)}
    found = convcalc.run(network, inputs)
    for at, (one, y) in enumerate(zip(wanted, found.values(), strict=True)):
        orders = [y.transpose(0, *order) for order in permutations((1, 2, 3))]
        assert one.tolist() in [turned.tolist() for turned in orders], at


def test_places_that_are_taken() -> None:
    nodes = [
        node("aten.slice", f"y{at}", self="%x", dim=-2, start=start, end=end, step=step)
        for at, (start, end, step) in enumerate(SPANS)
    ]
    gives(nodes, [X[:, :, start:end:step] for start, end, step in SPANS], {"x": X})


def test_places_that_are_written() -> None:
    # For each number of places what is written there.
    written = {count: -1 - X[:, :, :count] for count in range(1, 8)}
    nodes, wanted = [], []
    for at, (start, end, step) in enumerate(SPANS):
        whole = X.copy()
        count = whole[:, :, start:end:step].shape[2]
        whole[:, :, start:end:step] = written[count]
        wanted.append(whole)
        span = {"dim": -2, "start": start, "end": end, "step": step}
        nodes.append(node("aten.slice_scatter", f"y{at}", self="%x", src=f"%s{count}", **span))
    gives(nodes, wanted, {"x": X, **{f"s{count}": one for count, one in written.items()}})


LOOKS: list[tuple[list[tuple[str, dict[str, Any]]], Any]] = [
    ([("narrow", {"dim": 2, "start": 1, "length": 3})], lambda x: x[:, :, 1:4]),
    ([("narrow", {"dim": -1, "start": 1, "length": 2})], lambda x: x[..., 1:]),
    ([("select", {"dim": 2, "index": -2})], lambda x: x[:, :, -2]),
    ([("select", {"dim": -3, "index": 1})], lambda x: x[:, 1]),
    ([("slice", {"dim": 2, "start": 1, "step": 3})], lambda x: x[:, :, 1::3]),
    (
        [("permute", {"dims": [0, -1, 1, 2]}), ("slice", {"dim": 1, "start": 1, "end": 3})],
        lambda x: x[..., 1:],
    ),
    (
        [("permute", {"dims": [0, 2, 3, 1]}), ("narrow", {"dim": 1, "start": 2, "length": 4})],
        lambda x: x[:, :, 2:6],
    ),
    (
        [("transpose", {"dim0": 1, "dim1": -2}), ("select", {"dim": 1, "index": 5})],
        lambda x: x[:, :, 5],
    ),
    ([("view", {"size": [1, 14, 3]}), ("slice", {"dim": 1, "start": 9})], lambda x: x[:, 1, 2:]),
    (
        [("view", {"size": [14, 3]}), ("t", {}), ("slice", {"dim": 0, "start": 1, "end": 2})],
        lambda x: x[..., 1],
    ),
    ([("select", {"dim": 2, "index": 3}), ("select", {"dim": 2, "index": 1})],
     lambda x: x[:, :, 3, 1:2]),
    ([("unsqueeze", {"dim": 2}), ("narrow", {"dim": 3, "start": 0, "length": 2})],
     lambda x: x[:, :, :2]),
]  # fmt: skip


def test_what_is_written_into_a_look_is_written_into_the_tensor() -> None:
    nodes, wanted = [], []
    for at, (looks, seen) in enumerate(LOOKS):
        whole = X + at
        seen(whole)[...] *= -10
        wanted.append(whole)
        nodes.append(node("aten.add", f"a{at}", self="%x", other=at + 0.0))
        name = f"a{at}"
        for number, (word, given) in enumerate(looks):
            nodes.append(node(f"aten.{word}", f"l{at}_{number}", self=f"%{name}", **given))
            name = f"l{at}_{number}"
        nodes.append(node("aten.mul_", f"m{at}", self=f"%{name}", other=-10.0))
        nodes.append(node("aten.mul", f"y{at}", self=f"%a{at}", other=1.0))
    gives(nodes, wanted, {"x": X})


def test_what_is_written_into_several_places_at_once_is_told_at_the_sizes_of_the_file() -> None:
    nodes = [
        node("aten.relu", "a", self="%x"),
        node("aten.expand", "d", self="%a", size=[-1, -1, 3]),
        node("aten.mul_", "m", self="%d", other=2.0),
        node("aten.relu", "y", self="%a"),
    ]
    shapes: dict[str, Any] = {"a": [1, "n", 1], "d": [1, "n", 3], "m": [1, "n", 3]}
    shapes["y"] = [1, "n", 1]
    network = convcalc.loads(archive(program(nodes, {"x": [1, "n", 1]}, ["y"], shapes)), "net.pt2")
    rows = convcalc.plan(network).rows
    assert [(row.kind, row.output) for row in rows][-2:] == [("opaque", (4, 1)), ("relu", (4, 1))]
    with pytest.raises(StackError) as caught:
        convcalc.plan(network, input=(6, 1))
    assert "several of its places are written at once" in caught.value.problems[0].message
