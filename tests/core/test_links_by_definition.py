"""Links against the definitions of their layers, and chains of them against sets of pixels."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import product
from math import ceil, floor
from random import Random

import pytest

from convcalc.core.idle_units import idle_units, some_read
from convcalc.core.links import (
    MAX_PATTERN,
    TOO_LONG,
    Link,
    adaptive_link,
    nearest_link,
    past_link,
    resample_link,
    transposed_link,
    window_link,
)
from convcalc.core.reach import (
    IDENTITY,
    AxisReach,
    PatternError,
    Sliding,
    Track,
    compose,
    hull,
)
from convcalc.core.reach_figures import interval
from convcalc.core.shapes import Window


def reads(link: Link, unit: int) -> set[int]:
    if link.units is not None and not 0 <= unit < link.units:
        return set()
    turns, phase = divmod(unit, len(link.taps))
    return {tap + turns * link.rise for tap in link.taps[phase]}


UNITS = range(-13, 14)


def test_windows_and_their_transposes() -> None:
    for k, s, before, d in product(range(1, 6), range(1, 7), range(3), range(1, 5)):
        window = Window(k, s, before, 0, d)
        forward, back = window_link(window), transposed_link(window)
        for unit in UNITS:
            assert reads(forward, unit) == {unit * s - before + j * d for j in range(k)}
            # Input v writes to v s + j d - before.
            writes = {(unit + before - j * d) for j in range(k)}
            assert reads(back, unit) == {at // s for at in writes if at % s == 0}, window


def test_bins_and_neighbours() -> None:
    for size, bins in product(range(1, 9), repeat=2):
        link = adaptive_link(size, bins)
        for unit in range(bins):
            ends = floor(Fraction(unit * size, bins)), ceil(Fraction((unit + 1) * size, bins))
            assert reads(link, unit) == {*range(*ends)}
    offsets = [Fraction(n, 8) for n in range(-9, 10)]
    for above, below, offset in product(range(1, 6), range(1, 6), offsets):
        ratio = Fraction(above, below)
        nearest = nearest_link(ratio, offset)
        linear, cubic = (resample_link(ratio, many, offset) for many in (2, 4))
        for unit in UNITS:
            at = unit * ratio + offset
            low = floor(at)
            assert reads(nearest, unit) == {low}
            alone = {low} if at == low else None
            assert reads(linear, unit) == (alone or {low, low + 1})
            assert reads(cubic, unit) == (alone or {low - 1, low, low + 1, low + 2})


def test_the_past_is_what_stands_before() -> None:
    for units, size in product(range(1, 6), range(1, 6)):
        past, rest = past_link(units, size), past_link(units, size, reverse=True)
        for unit in range(units):
            assert reads(past, unit) == {n for n in range(size) if n <= unit}
            assert reads(rest, unit) == {n for n in range(size) if n >= unit}
        assert reads(past, units) == reads(rest, -1) == set()


@pytest.mark.parametrize(
    "link",
    [
        lambda n: transposed_link(Window(1, n)),
        lambda n: adaptive_link(1, n),
        lambda n: nearest_link(Fraction(1, n)),
        lambda n: resample_link(Fraction(1, n), 2, Fraction(0)),
        lambda n: past_link(n, 1),
    ],
    ids=["transposed", "adaptive", "nearest", "linear", "past"],
)
def test_a_pattern_is_listed_up_to_so_many_units(link: Callable[[int], Link]) -> None:
    assert len(link(MAX_PATTERN).taps) == MAX_PATTERN
    assert link(MAX_PATTERN + 1) is TOO_LONG


def drawn(draw: Random, ends: bool) -> Link:
    """A layer of some phases, whose units may read nothing; or all units of a map that ends."""
    taps = []
    phases = draw.randint(1, 5) if ends else draw.choice([1, 1, 2, 3])
    for _ in range(phases):
        start, step = draw.randint(-3, 4), draw.randint(1, 3)
        count = draw.randint(0 if phases > 1 else 1, 3)
        taps.append(range(start, start + count * step, step))
    return Link(draw.randint(1, 4), tuple(taps), phases if ends else None)


def test_idle_units_read_no_position() -> None:
    draw = Random(5)
    for _ in range(2000):
        link, units, count = drawn(draw, ends=False), draw.randint(1, 15), draw.randint(1, 6)
        idle = {unit for unit in range(units) if reads(link, unit).isdisjoint(range(count))}
        assert idle_units(link, units, count) == idle, (link, units, count)
        assert some_read(link, units, count) == (len(idle) < units), (link, units, count)


def test_units_before_the_positions_are_no_work() -> None:
    # Of two taps 20 apart one reads from unit 20 on, the other from unit 40 on, five units each.
    link = Link(1, (range(-40, -19, 20),))
    assert idle_units(link, 50, 5) == {*range(20), *range(25, 40), *range(45, 50)}


def test_more_idle_units_than_a_pattern_may_have_are_not_listed() -> None:
    # Units 0 to n - 1 stand in padding, unit n on the one position.
    most, more = (window_link(Window(1, 1, before=n)) for n in (MAX_PATTERN, MAX_PATTERN + 1))
    assert idle_units(most, MAX_PATTERN + 1, 1) == {*range(MAX_PATTERN)}
    with pytest.raises(PatternError):
        idle_units(more, MAX_PATTERN + 2, 1)
    assert some_read(more, MAX_PATTERN + 2, 1)
    assert not some_read(more, MAX_PATTERN + 1, 1)


def followed(links: list[Link], counts: list[int | None], unit: int) -> set[int]:
    """The pixels of a unit of the last layer; units that a map does not have are not read."""
    units = {unit}
    for link, count in zip(reversed(links), reversed(counts), strict=True):
        standing = {at for at in units if count is None or 0 <= at < count}
        units = {tap for at in standing for tap in reads(link, at)}
    return units


def is_shortest(track: Track) -> bool:
    """True where no fewer phases say the same of every unit."""
    if track.units is not None:
        return len(track.first) == track.units
    shown = range(3 * len(track.first))
    for shorter in range(1, len(track.first)):
        moves = {
            (b - a)
            for unit in shown
            for a, b in zip(track.at(unit), track.at(unit + shorter), strict=True)
            if a is not None and b is not None
        }
        same = all(
            (track.at(unit)[0] is None) == (track.at(unit + shorter)[0] is None) for unit in shown
        )
        if same and len(moves) == 1:
            return False
    return True


def test_chains_of_any_layers_see_the_hull_of_their_paths() -> None:
    draw = Random(17)
    ended = 0
    for case in range(700):
        links: list[Link] = []
        counts: list[int | None] = []
        reach: AxisReach = IDENTITY
        for _ in range(draw.randint(1, 4)):
            link = drawn(draw, ends=draw.random() < 0.2)
            # Behind a map that ends every map does.
            limited = link.units is not None or any(counts)
            count = (link.units or draw.randint(1, 6)) if limited else None
            links.append(link)
            counts.append(count)
            reach = compose(reach, link, count or 99)
        ended += counts[-1] is not None
        for unit in range(counts[-1] or 12):
            pixels = followed(links, counts, unit)
            expected = (min(pixels), max(pixels)) if pixels else None
            assert interval(reach, unit) == expected, (case, unit, links, counts)
        if not isinstance(reach, Sliding):
            assert all(map(is_shortest, reach)), (case, reach)
    assert 200 < ended < 500


def test_merges_of_any_layers_see_the_hull_of_all() -> None:
    draw = Random(18)
    for case in range(300):
        links = [drawn(draw, ends=False) for _ in range(draw.randint(2, 3))]
        reach = hull([compose(IDENTITY, link) for link in links])
        for unit in range(-6, 12):
            pixels = set().union(*(reads(link, unit) for link in links))
            expected = (min(pixels), max(pixels)) if pixels else None
            assert interval(reach, unit) == expected, (case, unit, links)
        if not isinstance(reach, Sliding):
            assert all(map(is_shortest, reach)), (case, reach)
