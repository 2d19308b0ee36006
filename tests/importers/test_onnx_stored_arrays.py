"""Stored arrays count once, and whole, whatever reads them: graphs that are drawn."""

from __future__ import annotations

import random
from math import prod
from typing import NamedTuple

import pytest

import convcalc
from tests.importers.onnx_bytes import Attribute, model, node, tensor
from tests.importers.onnx_parameters import network_of

SHAPES = ((4, 6), (6,), (1, 4, 6), (4, 1), (1, 4, 1), (6, 6), (20, 30))
MERGES = ("Add", "Sub", "Mul", "Div")
ALONE = ("Exp", "Neg", "Sqrt", "Softmax", "Transpose", "ReduceMean", "Slice")


class Drawn(NamedTuple):
    """A model file, and how many stored numbers the operations read that lead to its output."""

    data: bytes
    params: int


def drawn(seed: int) -> Drawn:
    """Up to ten operations on an input of 4x6 and on tables."""
    rng = random.Random(seed)
    tables = {f"t{n}": rng.choice(SHAPES) for n in range(rng.randint(1, 3))}
    nodes = [node("Constant", [], ["two"], value_float=2.0)]
    dims: dict[str, tuple[int, ...]] = {"x": (1, 4, 6), **tables}
    # What each tensor depends on: the input, and tables.
    of: dict[str, frozenset[str]] = {name: frozenset({name}) for name in dims}
    of["two"] = frozenset()
    for number in range(rng.randint(3, 10)):
        out, op = f"v{number}", rng.choice(MERGES + ALONE)
        names = [rng.choice([*dims]) for _ in range(1 + (op in MERGES))]
        shape, attributes = _result(op, [dims[name] for name in names])
        if op == "Mul" and rng.random() < 0.3:
            names[1], shape = "two", dims[names[0]]
        if shape is not None:
            nodes.append(node(op, names, [out], "", {}, "", **attributes))
            dims[out] = shape
            of[out] = frozenset[str]().union(*(of[name] for name in names))
    last = [name for name in dims if "x" in of[name]][-1]
    nodes.append(node("Neg", [last], ["y"]))
    data = model(nodes, {"x": [1, 4, 6]}, ["y"], tables)
    return Drawn(data, sum(prod(tables[name]) for name in of[last] - {"x"}))


def _result(
    op: str, given: list[tuple[int, ...]]
) -> tuple[tuple[int, ...] | None, dict[str, Attribute]]:
    """The shape that comes out, None where the operation cannot read these, and its attributes."""
    dims = given[0]
    rank = len(dims)
    if op in MERGES:
        longest = max(map(len, given))
        padded = [(1,) * (longest - len(one)) + one for one in given]
        fits = all(a == b or 1 in (a, b) for a, b in zip(*padded, strict=True))
        return tuple(map(max, *padded)) if fits else None, {}
    if op == "Transpose" and rank > 1:
        order = [*range(rank - 2), rank - 1, rank - 2]
        return tuple(dims[axis] for axis in order), {"perm": order}
    if op == "ReduceMean":
        return (*dims[:-1], 1), {"axes": [-1], "keepdims": 1}
    if op == "Slice" and dims[-1] > 1:
        last = dims[-1] - 1
        return (*dims[:-1], last), {"axes": [rank - 1], "starts": [0], "ends": [last]}
    if op in ("Exp", "Neg", "Sqrt"):
        return dims, {}
    return (dims, {"axis": -1}) if op == "Softmax" else (None, {})


@pytest.mark.parametrize("first", range(0, 400, 100))
def test_what_is_read_of_the_file_is_counted_once_and_whole(first: int) -> None:
    """However it is laid out, in how many places, in parts or through what is calculated of it."""
    for seed in range(first, first + 100):
        one = drawn(seed)
        assert convcalc.plan(network_of(one.data)).totals.params == one.params, seed


@pytest.mark.thorough
def test_more_of_them() -> None:
    for seed in range(1000, 3000):
        one = drawn(seed)
        assert convcalc.plan(network_of(one.data)).totals.params == one.params, seed


def test_the_sizes_of_what_is_learnt_are_numbers_of_the_file() -> None:
    """A table of positions is resized to sizes that come of its own."""
    nodes = [
        node("Shape", ["w"], ["sizes"]),
        node("Concat", ["sizes", "sizes"], ["twice"], axis=0),
        node("Slice", ["twice", "first", "last"], ["again"]),
        node("Reshape", ["w", "again"], ["moved"]),
        node("Sub", ["x", "moved"], ["y"]),
    ]
    whole = {name: tensor(name, (1,), [at]) for name, at in (("first", 0), ("last", 2))}
    data = model(nodes, {"x": [1, 4, 6]}, ["y"], {"w": (4, 6), **whole})
    plan = convcalc.plan(network_of(data))
    assert ([row.kind for row in plan], plan.totals.params) == (["parameter", "sub"], 24)
