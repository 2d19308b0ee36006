"""Which sizes are good, in words: remainders, where they begin, and the nearest."""

from __future__ import annotations

from itertools import groupby
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from convcalc.features.sizes.pattern import Pattern, find_pattern, members, nearest, to_bits


@given(
    st.integers(1, 40), st.integers(1, 120), st.integers(1, 12), st.sets(st.integers(0, 11)),
    st.integers(0, 60), st.integers(0, 2**40),
)  # fmt: skip
def test_a_pattern_says_exactly_what_holds(
    low: int, count: int, period: int, residues: set[int], start: int, noise: int
) -> None:
    flags = [
        k % period in residues if k >= start else bool(noise >> (k % 40) & 1)
        for k in range(low, low + count)
    ]
    found = find_pattern(to_bits(flags), low, low + count - 1)
    assert [found.holds(low + k) for k in range(count)] == flags
    assert found.smallest == next((low + k for k, flag in enumerate(flags) if flag), None)


@given(st.integers(1, 9), st.lists(st.booleans(), min_size=1), st.integers(1, 120))
def test_nearest(low: int, flags: list[bool], size: int) -> None:
    known = [low + k for k, flag in enumerate(flags) if flag]
    below, above = nearest(to_bits(flags), low, size)
    assert below == max((n for n in known if n <= size), default=None)
    assert above == min((n for n in known if n >= size), default=None)


def groups(flags: list[bool], low: int) -> list[tuple[int, int]]:
    """The first and the last size of each group of neighbours that hold."""
    places = [
        list(run) for holds, run in groupby(range(len(flags)), key=flags.__getitem__) if holds
    ]
    return [(low + run[0], low + run[-1]) for run in places]


def fewest_parts(flags: list[bool], low: int) -> Pattern:
    """The pattern of fewest groups by its definition: every period is tried from every start.

    A period that the range shows twice counts from where it holds; the shortest is the best of
    equals. Sizes are listed where that takes fewer groups.
    """
    count = len(flags)
    every = len(groups(flags, 0)), 1, count
    tried = []
    for period in range(1, count // 2 + 1):
        for start in range(count - 2 * period + 1):
            if all(flags[k] == flags[k + period] for k in range(start, count - period)):
                parts = groups(flags[:start], 0) + groups(flags[start : start + period], 0)
                tried.append((len(parts), period, start))
                break
    cost, period, start = min(tried, default=every)
    if cost > every[0]:
        _, period, start = every
    held = [low + k for k, flag in enumerate(flags) if flag]
    residues = sorted({n % period for n in held if n >= low + start})
    before = tuple(groups(flags[:start], low))
    smallest = held[0] if held else None
    high = low + count - 1
    return Pattern(low, high, period, tuple(residues), low + start, before, smallest)


def test_a_pattern_has_the_fewest_groups() -> None:
    draw = Random(3)
    for _ in range(500):
        low, count, period = draw.randint(1, 9), draw.randint(1, 30), draw.randint(1, 6)
        repeated = [draw.random() < 0.5 for _ in range(period)]
        start = draw.choice([0, draw.randint(0, count)])
        flags = [draw.random() < 0.5 if k < start else repeated[k % period] for k in range(count)]
        found = find_pattern(to_bits(flags), low, low + count - 1)
        assert found == fewest_parts(flags, low), flags
        held = [low + k for k, flag in enumerate(flags) if flag]
        assert members(to_bits(flags), low) == held
