"""Layers whose units repeat a pattern, against every path followed one by one."""

from __future__ import annotations

from math import isclose
from random import Random

from convcalc.core.links import Link
from convcalc.features.rf import effective, footprint
from convcalc.features.rf.footprint import AxisPrint
from convcalc.features.rf.pixel_sets import Pixels, first, mask_from


def drawn(draw: Random) -> Link:
    """A layer of one to three phases, some of which may read nothing."""
    phases = draw.choice([1, 1, 2, 3])
    taps = []
    for _ in range(phases):
        start, step = draw.randint(-3, 3), draw.randint(1, 3)
        count = draw.randint(0 if phases > 1 else 1, 3)
        taps.append(range(start, start + count * step, step))
    return Link(draw.randint(1, 4), tuple(taps))


def reads(link: Link, unit: int) -> list[int]:
    turns, phase = divmod(unit, len(link.taps))
    return [tap + turns * link.rise for tap in link.taps[phase]]


def pixels(links: list[Link], unit: int) -> set[int]:
    """The pixels that a unit of the last layer reads, along every path."""
    units = {unit}
    for link in reversed(links):
        units = {tap for one in units for tap in reads(link, one)}
    return units


def walked(links: list[Link], unit: int) -> dict[int, float]:
    """Where a walk from `unit` ends that takes each tap as often as the others that lead on."""
    if not links:
        return {unit: 1.0}
    ends = [walked(links[:-1], tap) for tap in reads(links[-1], unit)]
    ends = [one for one in ends if one]
    shares: dict[int, float] = {}
    for one in ends:
        for pixel, share in one.items():
            shares[pixel] = shares.get(pixel, 0.0) + share / len(ends)
    return shares


def members(found: Pixels | None) -> set[int]:
    if found is None:
        return set()
    if isinstance(found, range):
        return set(found)
    start = first(found)
    mask = mask_from(found, start)
    return {start + bit for bit in range(mask.bit_length()) if mask >> bit & 1}


def test_units_of_every_phase_use_the_pixels_of_their_paths() -> None:
    draw = Random(12)
    for case in range(150):
        links = [drawn(draw) for _ in range(draw.randint(1, 3))]
        known, walks = footprint.of_pixel(1), effective.OF_PIXEL
        for link in links:
            known, walks = footprint.composed(known, (link,)), effective.composed(walks, link)
        ((axis,),) = known
        (walk,) = walks
        for unit in range(15):
            used = pixels(links, unit)
            assert members(axis.at(unit)) == used, (case, unit, links)
            mean, variance = walk.at(unit)
            shares = walked(links, unit)
            assert (mean is None) == (not shares), (case, unit, links)
            if mean is not None:
                centre = sum(pixel * share for pixel, share in shares.items())
                assert isclose(mean, centre, abs_tol=1e-9), (case, unit, links)
                wanted = sum(share * (pixel - centre) ** 2 for pixel, share in shares.items())
                assert isclose(variance, wanted, abs_tol=1e-9), (case, unit, links)


def test_a_pattern_of_four_units_may_repeat_after_two() -> None:
    # Units 2 and 3 use what 0 and 1 use, 4 pixels further on.
    link = Link(8, (range(2), range(5), range(4, 6), range(4, 9)))
    ((axis,),) = footprint.composed(footprint.of_pixel(1), (link,))
    assert axis == AxisPrint(4, (range(2), range(5)))


def test_merged_branches_use_what_either_uses() -> None:
    draw = Random(7)
    for _ in range(60):
        first_, second = drawn(draw), drawn(draw)
        parts = [footprint.composed(footprint.of_pixel(1), (link,)) for link in (first_, second)]
        known = footprint.merged(parts)
        for unit in range(12):
            used = set().union(*(members(axis.at(unit)) for (axis,) in known))
            assert used == pixels([first_], unit) | pixels([second], unit)


def test_walks_of_one_branch_have_its_deviation() -> None:
    # Taps 0 to 6: (49 - 1) / 12 = 4; a unit that reads nothing has none.
    walks = effective.composed(effective.OF_PIXEL, Link(1, (range(7), range(0))))
    assert [effective.deviation(walks, unit) for unit in (0, 1, 2)] == [2.0, 0.0, 2.0]


def test_wide_windows_and_strides_are_one_product_where_they_can_be() -> None:
    wide = Link(1000, (range(-400, 400),))
    near = Link(1000, (range(-500, 100),))
    parts = [footprint.composed(footprint.of_pixel(1), (link,)) for link in (wide, near, wide)]
    known = footprint.merged(parts)
    assert known == ((AxisPrint(1000, (range(-500, 400),)),),)
    found = footprint.used_by(known, (3,))
    assert found == footprint.Used(900, (range(2500, 3400),), is_gridded=False)
    # Every second of 799 pixels.
    comb = footprint.composed(footprint.of_pixel(1), (Link(1, (range(0, 800, 2),)),))
    assert footprint.used_by(comb, (5,)) == footprint.Used(400, (range(5, 804),), is_gridded=True)
