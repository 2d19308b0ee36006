"""Sets of pixels do what Python's own sets do."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest

from convcalc.core.links import MAX_PATTERN, Link
from convcalc.core.reach import PatternError
from convcalc.features.rf import pixel_sets
from convcalc.features.rf.footprint import MAX_TABLE, AxisPrint, composed
from convcalc.features.rf.pixel_sets import (
    MAX_WIDTH,
    Bits,
    Pixels,
    TooWideError,
    first,
    from_mask,
    last,
    mask_from,
    moved,
    size,
    spread,
    union,
    within,
)
from tests.each import each


def plain(pixels: Pixels) -> set[int]:
    """The pixels one by one."""
    if isinstance(pixels, range):
        return set(pixels)
    return {pixels.start + at for at in range(pixels.mask.bit_length()) if pixels.mask >> at & 1}


def drawn(random: Random) -> Pixels:
    """A comb, or any pixels of a dozen."""
    start = random.randint(-9, 9)
    if random.random() < 0.6:
        step = random.randint(1, 4)
        return range(start, start + random.choice((1, 2, 5, 20)) * step, step)
    return from_mask(start, random.randint(1, 1 << 12))


def pairs(count: int) -> Iterator[tuple[Pixels, Pixels]]:
    random = Random(5)
    for number in range(count):
        pixels = drawn(random)
        if number % 5:
            yield pixels, drawn(random)
        else:
            # A few more than those of the first.
            start = first(pixels) - 2
            more = mask_from(pixels, start) | 1 << random.randint(0, 20) | 1 << 31
            yield pixels, from_mask(start, more)


def test_what_is_asked_of_one_set() -> None:
    for pixels, _ in pairs(500):
        own = plain(pixels)
        assert (first(pixels), last(pixels), size(pixels)) == (min(own), max(own), len(own))
        assert plain(moved(pixels, -7)) == {pixel - 7 for pixel in own}
        mask = mask_from(pixels, min(own) - 3)
        assert {min(own) - 3 + at for at in range(mask.bit_length()) if mask >> at & 1} == own


def test_sets_together() -> None:
    met = set()
    for a, b in pairs(4000):
        met.add((type(a), type(b), plain(a) <= plain(b)))
        assert within(a, b) == (plain(a) <= plain(b)), (a, b)
        assert plain(union([a, b, a])) == plain(a) | plain(b), (a, b)
    assert len(met) == 8


def test_every_pixel_by_every_tap() -> None:
    random = Random(6)
    for pixels, _ in pairs(2000):
        taps = range(random.randint(-5, 5), 99, random.randint(1, 5))[: random.randint(1, 5)]
        found = spread(pixels, taps)
        assert plain(found) == {pixel + tap for pixel in plain(pixels) for tap in taps}
        # A set without holes is a range: what follows is quick with those alone.
        if len(plain(found)) == last(found) - first(found) + 1:
            assert isinstance(found, range), (pixels, taps)


WIDEST = MAX_WIDTH - 1


@each(
    ("make", "fits"),
    [
        pytest.param(lambda: union([range(1), range(WIDEST, WIDEST + 1)]), True, id="union"),
        pytest.param(
            lambda: union([range(1), range(MAX_WIDTH, MAX_WIDTH + 1)]), False, id="wide union"
        ),
        pytest.param(lambda: mask_from(range(0, WIDEST + 1, WIDEST), 0), True, id="comb"),
        pytest.param(
            lambda: mask_from(range(0, MAX_WIDTH + 1, MAX_WIDTH), 0), False, id="wide comb"
        ),
        pytest.param(
            lambda: spread(Bits(0, 0b1011), range(0, MAX_WIDTH - 3, MAX_WIDTH - 4)),
            True,
            id="spread",
        ),
        pytest.param(
            lambda: spread(Bits(0, 0b1011), range(0, MAX_WIDTH - 2, MAX_WIDTH - 3)),
            False,
            id="wide spread",
        ),
    ],
)
def test_a_set_with_holes_has_a_width(make: object, fits: bool) -> None:
    assert callable(make)
    if fits:
        make()
    else:
        with pytest.raises(pixel_sets.TooWideError):
            make()


def test_ranges_that_touch_are_one_however_wide() -> None:
    far = 10**12
    low, high = range(far), range(far, far + 5)
    assert union([low, high]) == union([high, low]) == range(far + 5)
    for apart in (range(far + 1, far + 5), range(-5, -1)):
        for pair in ([low, apart], [apart, low]):
            with pytest.raises(TooWideError):
                union(pair)


@each(("pixels", "taps", "found"), [
    # Steps of 4, and of 2 between them; steps of 6 beside 3 of 2.
    (range(0, 12, 4), range(1, 5, 2), range(1, 13, 2)),
    (range(3, 9, 2), range(0, 12, 6), range(3, 15, 2)),
    (range(0, 4 * 10**12, 4), range(1, 5, 2), range(1, 4 * 10**12 + 1, 2)),
    (range(3, 9, 2), range(0, 6 * 10**12, 6), range(3, 6 * 10**12 + 3, 2)),
    (range(0, 4 * 10**12, 4), range(0, 9, 8), range(0, 4 * 10**12 + 8, 4)),
    # A gap of 4 that one tap at 2 fills in part; 8 that two steps of 2 do not fill; 3 beside 2.
    (range(0, 4 * 10**12, 4), range(0, 2, 1), None),
    (range(0, 4, 2), range(0, 8 * 10**12, 8), None),
    (range(0, 3 * 10**12, 3), range(0, 4, 2), None),
])  # fmt: skip
def test_combs_that_fill_each_other_are_one_comb(
    pixels: range, taps: range, found: range | None
) -> None:
    if found is None:
        with pytest.raises(TooWideError):
            spread(pixels, taps)
    else:
        assert spread(pixels, taps) == found


def test_of_two_phases_one_is_read_by_every_other_unit() -> None:
    """A pattern of one unit is left, however wide: the table holds it alone."""
    for width, fits in ((MAX_TABLE, True), (MAX_TABLE + 1, False)):
        known = ((AxisPrint(3, (range(7, 7 + width), range(9, 10))),),)
        link = Link(2, (range(1),))
        if fits:
            assert composed(known, (link,)) == ((AxisPrint(3, (range(7, 7 + width),)),),)
        else:
            with pytest.raises(PatternError):
                composed(known, (link,))


def test_ranges_have_none() -> None:
    assert within(Bits(5, 0b1011), range(10**12))
    assert spread(range(10**12), range(3)) == range(10**12 + 2)
    with pytest.raises(TooWideError):
        spread(range(0, 10**12, 10**6), range(2))


@each(("units", "fits"), [(MAX_PATTERN, True), (MAX_PATTERN + 1, False)])
def test_patterns_have_so_many_units(units: int, fits: bool) -> None:
    known = ((AxisPrint(units, (*(range(at, at + 1) for at in range(units - 1)), None)),),)
    link = Link(1, (range(1),))
    if fits:
        assert composed(known, (link,)) == known
    else:
        with pytest.raises(PatternError):
            composed(known, (link,))


@pytest.mark.parametrize(("width", "fits"), [(MAX_TABLE // 2, True), (MAX_TABLE // 2 + 1, False)])
def test_wide_windows_are_followed_for_few_units(width: int, fits: bool) -> None:
    """Two phases of so many pixels each are all that a table may hold."""
    known = ((AxisPrint(3, (range(7, 7 + width), range(9, 10))),),)
    link = Link(1, (range(1),))
    if fits:
        assert composed(known, (link,)) == known
    else:
        with pytest.raises(PatternError):
            composed(known, (link,))
