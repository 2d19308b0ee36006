"""Rows of layers that come again: which may be a block, what that saves, and where people cut."""

from __future__ import annotations

import pytest

import convcalc
from convcalc.features.import_.nested_parts import Outside, Part, layer_parts
from convcalc.features.import_.recurring import (
    HEADER,
    Listed,
    Window,
    _apart,
    _closed,
    _cut,
    _score,
    recurring,
)
from convcalc.features.import_.spelling import Spelling
from convcalc.features.import_.structure import Structure
from convcalc.network.graph import Graph
from tests.each import each


def graph_of(*layers: str, more: str = "") -> Graph:
    listed = "".join(f"  - {{{layer}, name: n{at}}}\n" for at, layer in enumerate(layers))
    return convcalc.loads(f"convcalc: 1\ninput: [4, 9]\nlayers:\n{listed}{more}").graph()


CONV, DEEP, NORM, ACT = (
    "conv: {out: 4, k: 1}", "conv: {out: 4, k: 3, p: 1, g: 4}", "batch_norm: {}", "relu: {}",
)  # fmt: skip
UNITS = (CONV, NORM, ACT, CONV, NORM, ACT)
DEEPER = (CONV, ACT, DEEP, CONV, ACT)
FIRST = (NORM, ACT, CONV, NORM, ACT, CONV, "add: [n5, n2]")


@each(("layers", "start", "size", "goodness"), [
    # As papers draw it: a product, its norm, its activation.
    (UNITS, 0, 3, 1.0), (UNITS, 3, 3, 1.0),
    # The norm or the activation that follows is left out.
    (UNITS, 0, 2, 0.75), (UNITS, 3, 2, 0.75), (UNITS, 0, 1, 0.75),
    # A norm that belongs to the product before, and an activation in front.
    (UNITS, 1, 3, 0.6 * 0.75), (UNITS, 4, 2, 0.6), (UNITS, 2, 3, 0.6 * 0.75), (UNITS, 5, 1, 0.6),
    # A norm first, behind nothing, or behind an activation.
    (FIRST, 0, 3, 0.75), (FIRST, 0, 6, 1.0), ((ACT, NORM, CONV), 1, 2, 1.0),
    # Deep channels wait for what mixes them.
    (DEEPER, 0, 3, 0.6), (DEEPER, 2, 2, 0.75), (DEEPER, 2, 3, 1.0), (DEEPER, 1, 2, 0.6 * 0.6),
    # What stands behind, and reads another layer, belongs to that.
    ((CONV, CONV, "relu: {}, from: n0"), 1, 1, 1.0), ((CONV, CONV, "sub: [n1, n0]"), 1, 1, 1.0),
    # Each further thing that it reads from outside takes a tenth.
    (FIRST, 3, 4, 0.6), (FIRST, 2, 5, 1.0), (FIRST, 5, 2, 0.9), (FIRST, 6, 1, 0.6 * 0.9),
])  # fmt: skip
def test_how_well_a_row_is_cut(
    layers: tuple[str, ...], start: int, size: int, goodness: float
) -> None:
    graph = graph_of(*layers)
    window = Window(Listed(layer_parts(graph), []), start, size)
    assert _cut(Spelling(graph), window) == pytest.approx(goodness)


def test_lines_that_a_block_saves() -> None:
    """Of its rows, but for the block with its head and a line for each use, or run of uses."""
    graph = graph_of(*(CONV, NORM, ACT) * 4)
    listed = Listed(layer_parts(graph), [(-1, at) for at in range(12)])
    spelling = Spelling(graph)
    every = [Window(listed, start, 3) for start in (0, 3, 6, 9)]
    assert _score(spelling, every) == 4 * 3 - HEADER - 3 - 1
    # Not side by side: three lines; then two side by side and one: two.
    assert _score(spelling, [every[0], every[2]]) == 0
    apart = [Window(listed, start, 2) for start in (0, 3, 6, 9)]
    # The activation behind each is left out.
    assert _score(spelling, apart) == 0
    assert _score(spelling, [every[0], every[1], every[3]]) == 3 * 3 - HEADER - 3 - 2
    # Lines that stand at one place of a block are written once.
    shared = Listed(listed.parts, [(7, at % 3) for at in range(12)])
    assert _score(spelling, [Window(shared, start, 3) for start in (0, 3, 6, 9)]) == 0


def test_windows_that_overlap_are_left_out() -> None:
    one, other = (Listed(layer_parts(graph_of(*UNITS)), []) for _ in range(2))
    first, over, behind = Window(one, 0, 2), Window(one, 1, 2), Window(one, 2, 2)
    assert _apart([first, over, behind]) == [first, behind]
    later = Window(one, 3, 2)
    assert _apart([first, later]) == [first, later]
    beside = Window(other, 1, 2)
    assert _apart([first, beside]) == [first, beside]
    assert _apart([]) == []


def keyed(graph: Graph, keys: str) -> list[Part]:
    parts = layer_parts(graph)
    for part, key in zip(parts, keys, strict=True):
        part.key = ord(key)
    return parts


def test_rows_of_which_only_the_last_is_read_outside() -> None:
    graph = graph_of(CONV, NORM, ACT, CONV, "add: [n3, n1]", ACT)
    parts, last_use = keyed(graph, "cnacsa"), Outside(graph).last_use
    sizes = {start: [size for _, size in _closed(last_use, parts, start, 9)] for start in range(5)}
    # Behind n1 the sum that reads it has to be in it.
    assert sizes == {0: [2, 5, 6], 1: [4, 5], 2: [2, 3, 4], 3: [2, 3], 4: [2]}
    assert [size for _, size in _closed(last_use, parts, 0, 4)] == [2]


def test_rows_of_one_shape_have_one_mark() -> None:
    graph = graph_of(*(CONV, NORM, ACT) * 3, ACT)
    parts, last_use = keyed(graph, "cna" * 3 + "a"), Outside(graph).last_use
    marks = [{size: mark for mark, size in _closed(last_use, parts, start, 9)}
             for start in range(7)]  # fmt: skip
    assert marks[0][3] == marks[3][3]
    assert marks[0][6] == marks[3][6]
    assert len({marks[0][2], marks[0][3], marks[1][2], marks[2][2], marks[1][3]}) == 5


def test_the_row_that_saves_most_is_taken() -> None:
    graph = graph_of(*(CONV, NORM, ACT) * 4, ACT)
    listed = Listed(keyed(graph, "cna" * 4 + "a"), [(-1, at) for at in range(13)])
    spelling, outside = Spelling(graph), Outside(graph)
    best, steps = recurring(spelling, outside, [listed], lambda _: False)
    assert [(one.start, one.size) for one in best] == [(0, 3), (3, 3), (6, 3), (9, 3)]
    assert steps == 13 * 40
    assert recurring(spelling, outside, [listed], lambda _: False, 5.0)[0] == []
    refused, _ = recurring(spelling, outside, [listed], lambda parts: len(parts) == 3)
    assert [one.size for one in refused] != [3, 3, 3, 3]


@each(("steps", "is_grouped"), [(-1, False), (0, True), (1, True)])
def test_rows_are_looked_for_until_the_steps_are_used_up(steps: int, is_grouped: bool) -> None:
    """The last pass may take more than there are left: below 0 there is no other one."""
    graph = graph_of(*(CONV, NORM, ACT) * 4)
    found = Structure(graph, layer_parts(graph), Spelling(graph))
    found.number()
    found._steps = steps
    assert found._group_recurring(0) is is_grouped


@each(("first", "end", "reads"), [
    (1, 3, (0,)), (4, 5, (3, 2)), (2, 4, (0,)), (3, 5, (2,)), (5, 6, (4, 1, 0)), (3, 6, (2, 1, 0)),
])  # fmt: skip
def test_what_a_row_reads_from_outside(first: int, end: int, reads: tuple[int, ...]) -> None:
    """Nodes: the input, a table, a product, an activation, a sum of it, and one of three."""
    graph = graph_of(
        "parameter: {shape: [4, 9]}", f"{CONV}, from: input", ACT, "add: [n1, n2]",
        "add: [n0, input, n3]",
    )  # fmt: skip
    assert Outside(graph).reads(first, end) == reads


def test_a_row_reads_four_things_from_outside_at_most() -> None:
    listed = "".join(f"  - {{add: [{one}, {other}], name: n{at}}}\n" for at, (one, other) in
                     enumerate([("a", "b"), ("n0", "c"), ("n1", "d"), ("n2", "e")]))  # fmt: skip
    inputs = ", ".join(f"{name}: [4, 9]" for name in "abcde")
    graph = convcalc.loads(f"convcalc: 1\ninput: {{{inputs}}}\nlayers:\n{listed}").graph()
    parts, last_use = keyed(graph, "wxyz"), Outside(graph).last_use
    assert [size for _, size in _closed(last_use, parts, 0, 9)] == [2, 3]
    assert [size for _, size in _closed(last_use, parts, 1, 9)] == [2, 3]
