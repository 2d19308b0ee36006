"""Steps of counting paths, against each unit and each tap by itself."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from convcalc.core.bounded_work import Budget, WorkError
from convcalc.core.links import Link
from convcalc.features.rf.drawing import counts
from convcalc.features.rf.drawing.counts import Unseen, _ones, pixels_seen
from convcalc.features.rf.drawing.rounded import (
    MAX_WORK,
    TooFarApartError,
    _along,
    _cells,
    _count,
    _Map,
)
from convcalc.features.rf.drawing.scene import scene
from convcalc.features.rf.used_pixels import folded
from tests.drawing.pictures import report_of
from tests.each import each


@each(("values", "is_refused"), [
    # A double holds numbers 2**1000 apart; one of no path is none of them.
    ([1.0, 2.0**-999], False), ([1.0, 2.0**-1002], True), ([1.0, 0.0, 2.0**-1002], True),
    ([0.0, 1.0], False), ([0.0, 0.0], False),
])  # fmt: skip
def test_counts_that_are_too_far_apart(values: list[float], is_refused: bool) -> None:
    counts = _Map(np.array(values), (0,), 0)
    if is_refused:
        with pytest.raises(TooFarApartError):
            counts.reduced()
    else:
        # The same numbers, with powers of two moved out of them.
        found = counts.reduced()
        assert (found.values <= 1).all()
        assert (np.ldexp(found.values, found.power) == values).all()


@each("rank", [1, 2, 3])
def test_counts_go_back_along_one_axis(rank: int) -> None:
    for seed in range(60):
        draw = Random(seed)
        shape = tuple(draw.randint(1, 4) for _ in range(rank))
        values = np.random.default_rng(seed).integers(1, 5, shape).astype(float)
        axis, first, size = draw.randrange(rank), draw.randint(0, 5), draw.randint(1, 12)
        taps = tuple(
            range(low, low + draw.randint(0, 3) * step, step)
            for low in (draw.randint(-4, 4) for _ in range(draw.randint(1, 3)))
            for step in [draw.randint(1, 3)]
        )
        link = Link(draw.randint(0, 3), taps)
        folding = draw.choice(["", "", "reflect", "replicate", "circular"])
        wanted = np.zeros((size, *np.delete(shape, axis)))
        for unit in range(shape[axis]):
            turns, phase = divmod(first + unit, len(taps))
            for tap in taps[phase]:
                pixel = tap + turns * link.rise
                if folding:
                    pixel = folded(pixel, size, folding)
                if 0 <= pixel < size:
                    wanted[pixel] += np.take(values, unit, axis)
        found, start = _along(values, axis, first, link, size, folding, Budget(MAX_WORK))
        moved = np.moveaxis(found, axis, 0)
        whole = np.zeros_like(wanted)
        whole[start : start + len(moved)] = moved
        assert np.array_equal(whole, wanted), (seed, link, folding)
        assert folding or not len(moved) or moved.any(axis=tuple(range(1, rank))).any()


def test_a_pattern_that_is_not_listed_is_too_much_to_count() -> None:
    with pytest.raises(WorkError):
        _along(np.ones((2, 2)), 0, 0, Link(1, ()), 4, "", Budget(MAX_WORK))


def test_every_read_is_paid_for() -> None:
    """5 units of 3 taps a step apart read 7 pixels: 7, and 3 times 5 and what a call takes."""
    budget = Budget(MAX_WORK)
    _along(np.ones(5), 0, 0, Link(1, (range(3),)), 9, "", budget)
    assert budget.spent == 7 + 3 * (5 + 1000)
    budget = Budget(MAX_WORK)
    _along(np.ones((5, 2)), 0, 0, Link(1, (range(3),)), 9, "", budget)
    assert budget.spent == 14 + 3 * (10 + 1000)


def test_maps_are_added_where_they_lie_whatever_their_powers() -> None:
    one = _Map(np.array([[0.5, 1.0], [0.25, 0.0]]), (2, 3), 4)
    other = _Map(np.array([[1.0, 1.0, 0.5]]), (1, 4), 2)
    wanted = np.zeros((5, 8))
    wanted[2:4, 3:5] += [[8, 16], [4, 0]]
    wanted[1, 4:7] += [4, 4, 2]
    for found in (one.joined(other), other.joined(one)):
        assert found.first == (1, 3)
        assert float(found.values.max()) <= 1
        assert np.array_equal(found.values * 2.0**found.power, wanted[1:4, 3:7])


@each(("apart", "is_told"), [(999, True), (1001, False)])
def test_counts_so_far_apart_are_not_told(apart: int, is_told: bool) -> None:
    values = _Map(np.array([2.0**500, 2.0 ** (500 - apart)]), (0,), 0)
    if is_told:
        found = values.reduced()
        assert found.power == 501
        assert found.values.tolist() == [0.5, 2.0 ** (-1 - apart)]
    else:
        with pytest.raises(TooFarApartError):
            values.reduced()


def test_cells_hold_their_largest() -> None:
    values = np.arange(35.0).reshape(5, 7)
    assert _cells(values, 2, 3) == [[9, 12, 13], [23, 26, 27], [30, 33, 34]]
    assert _cells(values, 1, 7) == [[6], [13], [20], [27], [34]]


@each(("value", "power", "count"), [
    (0.75, 2, 3), (0.0, 9, 0), (0.5, 60, 1 << 59), (1.0, -40, 1), (0.5, 0, 1), (0.7, 1, 1),
    (0.8, 1, 2), (0.75, 52, 3 << 50), (0.75, 53, 3 << 51), (1.0 / 3, 100, int(1.0 / 3 * 2**100)),
])  # fmt: skip
def test_rounded_counts_are_whole(value: float, power: int, count: int) -> None:
    assert _count(value, power) == count


def test_used_pixels_of_several_boxes() -> None:
    for seed in range(40):
        draw = Random(seed)
        sizes = [draw.randint(1, 5) for _ in range(draw.randint(1, 3))]
        boxes = [[draw.randrange(1 << size) for size in sizes] for _ in range(draw.randint(0, 3))]
        found = np.array(_ones(boxes, sizes))
        assert found.shape == tuple(sizes)
        for at in np.ndindex(*sizes):
            is_used = any(
                all(mask >> place & 1 for mask, place in zip(box, at, strict=True)) for box in boxes
            )
            assert bool(found[at]) == is_used, (boxes, at)


@each("is_exact", [True, False])
def test_cells_of_a_map_that_is_higher_than_wide(is_exact: bool) -> None:
    """Two kernels of 3: 1 0 2 0 3 0 2 0 1 paths by rows, 1 2 3 2 1 by columns; in threes."""
    layers = "  - {conv: {out: 1, k: 3, d: [2, 1], p: [2, 1]}, repeat: 2}"
    shown = scene(report_of(layers, (1, 20, 21)), at=(8, 7))
    found = pixels_seen(shown, shown.drawn[-1], 4, **({} if is_exact else {"most_work": 0}))
    assert not isinstance(found, Unseen)
    assert (found.ends, found.step, found.is_counted) == (((4, 12), (5, 9)), 3, True)
    assert (found.used, found.least, found.most) == (25, 1, 9)
    assert tuple(map(tuple, found.rows)) == ((6, 4), (9, 6), (6, 4))


@each(("layers", "shape", "at"), [
    ("  - {conv: {out: 1, k: 3, d: 2, p: 2}, repeat: 2}", (1, 20, 21), (9, 12)),
    ("  - {conv: {out: 1, k: 3, d: 2, p: 2}, repeat: 2}", (1, 20, 21), (0, 20)),
    ("  - {conv: {out: 1, k: 2, d: 3}, repeat: 2}", (1, 30), (12,)),
    ("  - {conv: {out: 1, k: [1, 3], d: 2}}", (1, 20, 21), (9, 12)),
    ("  - {conv: {out: 1, k: 3, p: 1}, repeat: 2}", (1, 20, 21), (0, 20)),
    ("  - {conv: {out: 1, k: 3, d: 2}}", (1, 6_000_000), (5_000_000,)),
    ("  - {max_pool: {k: 1, s: 2}}\n  - conv: {out: 1, k: 3}", (1, 12, 13, 14), (2, 1, 3)),
])  # fmt: skip
def test_where_paths_are_not_counted_the_pixels_used_are_known(
    layers: str, shape: tuple[int, ...], at: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = scene(report_of(layers, shape), at=at)
    exact = pixels_seen(shown, shown.drawn[-1], 200)
    monkeypatch.setattr(counts, "rounded_counts", lambda *_: None)
    used = pixels_seen(shown, shown.drawn[-1], 200, most_work=0)
    assert not isinstance(exact, Unseen)
    assert not isinstance(used, Unseen)
    assert (exact.is_counted, used.is_counted, used.most) == (True, False, 1)
    assert (used.step, used.used) == (exact.step, exact.used)
    window = zip(shown.drawn[-1].window, shape[1:], strict=True)
    on_map = tuple((max(0, low), min(size - 1, high)) for (low, high), size in window)
    assert used.ends == on_map[-2:]
    first, size = used.ends, np.array(exact.rows).shape
    rows = np.array(used.rows)[-size[0] :]
    # A window may have more real pixels than are used at its ends.
    known = {
        tuple(int(at) + low for at, (low, _) in zip(place[-len(first) :], first, strict=True))
        for place in np.argwhere(rows)
    }
    wanted = {
        tuple(int(at) + low for at, (low, _) in zip(place[-len(first) :], exact.ends, strict=True))
        for place in np.argwhere(np.array(exact.rows))
    }
    assert known == wanted
