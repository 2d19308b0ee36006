"""Layers that were placed: what a block reads and hands on, which of them go, and their order."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from convcalc.importers.arranging import pattern_side
from convcalc.importers.building import Builder, _without_lost
from convcalc.importers.graphs import _scopes
from convcalc.importers.model import Operation
from convcalc.importers.named_axes import NoAxisError, counted, listed
from convcalc.importers.naming import Block
from convcalc.importers.placing import Placed
from convcalc.importers.tensor_views import View
from convcalc.kinds.identity_family import Identity
from tests.each import each

Axes = tuple[tuple[int, ...], ...]
# What each of seven nodes reads; the first is the input, and one reads nothing.
INPUTS = ((), (0,), (1,), (0, 2), (2,), (), (4, 5))


@each(("block", "ends", "result", "source"), [
    ((2, 4), (), 2, 1), ((2, 4), (3,), 3, 1), ((3, 5), (), 4, 0), ((3, 5), (3,), 4, 0),
    ((1, 3), (), 2, 0), ((5, 7), (6,), 6, 4), ((6, 7), (), 6, 4), ((5, 6), (), 5, 0),
    ((2, 6), (), 5, 1), ((4, 6), (4,), 5, 2),
])  # fmt: skip
def test_a_block_hands_on_what_is_read_behind_it_and_reads_what_stands_before(
    block: tuple[int, int], ends: tuple[int, ...], result: int, source: int
) -> None:
    nodes: Any = tuple(
        SimpleNamespace(at=at, inputs=inputs, template=SimpleNamespace(node=None))
        for at, inputs in enumerate(INPUTS)
    )
    for word in ("", "Stage"):
        (found,) = _scopes([Block("b", word, 2, *block)], nodes, ends)
        assert (found.result, found.source, found.depth) == (result, source, 2)
        assert (found.first, found.end) == block
        assert found.template.word == (word or "module")


def placed(*inputs: int) -> Placed:
    made = Identity()
    return Placed(made, inputs, made.facts(((4,),)), Operation("op", "", (), ()), {})


ORDER = [(0, placed()), (1, placed(0)), (2, placed(0)), (3, placed(2)), (4, placed(1))]


@each(("undone", "outputs", "left"), [
    (set(), [4], [0, 1, 2, 3, 4]), ({2, 3}, [4], [0, 1, 4]), ({2, 3}, [3], [0, 1, 2, 3, 4]),
    # One that goes is read by another that stays.
    ({2}, [4], [0, 1, 2, 3, 4]), ({1, 4}, [3], [0, 2, 3]), ({3}, [4], [0, 1, 2, 4]),
])  # fmt: skip
def test_layers_that_were_undone_go_where_nobody_reads_them(
    undone: set[int], outputs: list[int], left: list[int]
) -> None:
    builder: Any = SimpleNamespace(_undone=undone)
    assert [at for at, _ in Builder.read(builder, ORDER, outputs)] == left


@each(("made", "undone"), [
    ((), {0, 3, 4}), ((View(4, (4,), (), ()), None), {0, 3}), ((View(3, (4,), (), ()),), {0, 4}),
    ((View(1, (4,), (), ()),), {0, 3, 4}),
])  # fmt: skip
def test_layers_from_a_place_on_were_for_nothing_but_for_what_was_made_and_reads_nothing(
    made: tuple[View | None, ...], undone: set[int]
) -> None:
    builder: Any = SimpleNamespace(
        placed=[placed(), placed(0), placed(), placed(1), placed(2)], _undone={0}
    )
    Builder.undo(builder, 2, made)
    assert builder._undone == undone


def test_layers_in_another_order_read_the_same_ones() -> None:
    builder: Any = SimpleNamespace()
    numbers = Builder.order_anew(builder, [ORDER[at] for at in (0, 2, 3, 1, 4)])
    assert numbers == {0: 0, 2: 1, 3: 2, 1: 3, 4: 4}
    assert [one.inputs for one in builder.placed] == [(), (0,), (1,), (0,), (3,)]


@each(("own", "axes", "has_samples", "left"), [
    (((0,), (), ()), ((), (0,), ()), True, [(0,), ()]), (((0,), ()), ((), (0,)), True, [(0,)]),
    (((0,), ()), ((), (0,)), False, [(0,), ()]), (((), (0,), ()), ((), (0,)), True, [(0,)]),
    (((), (0,), ()), ((0,), ()), True, [(), (0,)]), (((), ()), ((),), True, [()]),
    (((), (0,), ()), ((), (), (0,)), True, [(), (0,)]),
    (((0,), (1,)), ((1,), (0,)), True, [(0,), (1,)]),
])  # fmt: skip
def test_axes_of_one_that_the_tensor_lost_are_none_of_an_output(
    own: Axes, axes: Axes, has_samples: bool, left: list[tuple[int, ...]]
) -> None:
    """Positions go first, channels last."""
    sizes = (32, 5)[: len({part for axis in own for part in axis})]
    assert _without_lost(View(3, sizes, own, axes), has_samples) == left


def test_a_side_of_a_pattern_joins_the_names_of_an_axis() -> None:
    assert pattern_side([["c", "b"], ["h"], []]) == "(c b) h 1"


def test_axes_are_counted_from_the_front_where_they_are() -> None:
    assert counted([0, -1, True, "a", None, 2], 3) == [0, 2, 2]
    assert counted([0, -1], 0) == [0, 0]
    for axis, rank in ((3, 3), (-4, 3), (1, 0), (-2, 1)):
        with pytest.raises(NoAxisError, match=f"^names axis {axis} of {rank}$"):
            counted([axis], rank)
    assert (listed((1, 2)), listed(3), listed(None), listed("a")) == ([1, 2], [3], [], ["a"])
