"""What units see by a reach: the interval of each, and the figures over a whole map."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from heapq import merge
from math import lcm
from typing import NamedTuple, Protocol, Self, TypeVar

from convcalc.core.links import MAX_LOOKS, MAX_PATTERN, Link
from convcalc.core.reach import AxisReach, PatternError, Sliding, Track


class Field(NamedTuple):
    """What a layer's units see along one axis of the input, in pixels.

    `size` belongs to the centre unit, `least` and `most` to the smallest and largest field
    over the map; `stride` is None where units do not follow each other in any pattern, as pixels
    do that became one axis of tokens beside others; `start` is the first pixel that unit 0 sees,
    the negative effective padding, and `centre` the first one that the centre unit sees.
    `aligned` is False where paths of unequal stride meet.
    """

    size: int
    least: int
    most: int
    stride: Fraction | None
    start: int
    aligned: bool = True
    centre: int = 0


def centre_unit(count: int) -> int:
    """The unit in the middle of so many; of two, the first.

    >>> centre_unit(5), centre_unit(4)
    (2, 1)
    """
    return (count - 1) // 2


def interval(reach: AxisReach, unit: int) -> tuple[int, int] | None:
    """First and last input pixel that `unit` sees, unclipped; None if it sees none.

    >>> interval(Sliding(11, 4, -5), 2)
    (3, 13)
    """
    if isinstance(reach, Sliding):
        first = reach.start + unit * reach.stride
        return first, first + reach.size - 1
    ends = [track.at(unit) for track in reach]
    firsts = [first for first, _ in ends if first is not None]
    lasts = [last for _, last in ends if last is not None]
    return (min(firsts), max(lasts)) if firsts else None


class _Figures(Protocol):
    """The figures of one axis: a record with `size`, `least` and `most`, in pixels."""

    @property
    def size(self) -> int: ...
    @property
    def least(self) -> int: ...
    @property
    def most(self) -> int: ...
    def _replace(self, *, size: int, least: int, most: int) -> Self: ...


_Axis = TypeVar("_Axis", bound=_Figures)


def figures_together(axes: tuple[_Axis, ...]) -> tuple[_Axis, ...]:
    """The figures of all axes: a unit that sees nothing on one of them sees nothing at all.

    >>> row, column = Field(3, 0, 3, None, 0), Field(5, 5, 5, None, 0)
    >>> [(axis.size, axis.least, axis.most) for axis in figures_together((row, column))]
    [(3, 0, 3), (5, 0, 5)]
    """
    if all(axis.least for axis in axes):
        return axes
    sees = all(axis.size for axis in axes)
    ever = all(axis.most for axis in axes)
    return tuple(
        axis._replace(size=sees * axis.size, least=0, most=ever * axis.most) for axis in axes
    )


def covers(reach: AxisReach, count: int, size: int) -> bool:
    """True where the fields of `count` units run from the first of `size` pixels to the last.

    >>> covers(Sliding(11, 4, -2), 55, 224), covers(Sliding(3, 2, 0), 111, 224)
    (True, False)
    """
    if isinstance(reach, Sliding):
        return reach.start <= 0 and reach.start + (count - 1) * reach.stride + reach.size >= size
    lows, highs = [], []
    for track in reach:
        period = min(len(track.first), count)
        lows += [low for unit in range(period) if (low := track.at(unit)[0]) is not None]
        units = range(count - period, count)
        highs += [high for unit in units if (high := track.at(unit)[1]) is not None]
    return bool(lows) and min(lows) <= 0 and max(highs, default=-1) >= size - 1


def steps_over(reach: AxisReach, link: Link, units: int, count: int, size: int) -> bool:
    """True where `units` that read `count` of `reach` through holes may miss an end of `size`.

    A window of 3, dilation 2, that moves by 2 from -1 on reads -1, 1, 3, and never 0.

    >>> from convcalc.core.links import Link
    >>> steps_over(Sliding(), Link(2, (range(-1, 4, 2),)), 5, 12, 12)
    True
    >>> steps_over(Sliding(), Link(1, (range(-2, 3, 2),)), 12, 12, 12)
    False
    """
    taps = link.taps[0] if len(link.taps) == 1 else None
    if not taps or not link.rise or (taps.step == 1 and len(taps) >= link.rise):
        return False
    if min(len(taps), link.rise) > MAX_LOOKS:
        return True
    end = count - 1 - (units - 1) * link.rise
    back = range(end - taps[-1], end - taps[0] + 1, taps.step)
    near = (interval(reach, place) for place in _read_places(taps, link.rise, units, count))
    far = (
        (size - 1 - ends[1], size - 1 - ends[0])
        if (ends := interval(reach, count - 1 - place))
        else None
        for place in _read_places(back, link.rise, units, count)
    )
    return not (_meets_first(near) and _meets_first(far))


def _meets_first(fields: Iterator[tuple[int, int] | None]) -> bool:
    """True where one of these fields, that move onwards, holds pixel 0; padding alone may come
    before."""
    for ends in fields:
        if ends and ends[1] >= 0:
            return ends[0] <= 0
    return False


def _read_places(taps: range, rise: int, units: int, count: int) -> Iterator[int]:
    """The places of a map that so many units read through these taps, in order."""
    runs = []
    for tap in taps[:rise]:
        turns = max(-(tap // rise), 0)
        first = tap + turns * rise
        runs.append(range(first, min(first + (units - turns) * rise, count), rise))
    return merge(*runs)


def measure(reach: AxisReach, count: int) -> Field:
    """The figures of one axis for a map of `count` units.

    >>> measure(Sliding(11, 4, -5), 56).size, measure(Sliding(11, 4, -5), 56).centre
    (11, 103)
    """
    unit = centre_unit(count)
    if isinstance(reach, Sliding):
        size, stride, start = reach
        centre = start + unit * stride
        return Field(size, size, size, Fraction(stride), start, centre=centre)
    sizes = list(_telling_sizes(reach, count))
    origin, middle = interval(reach, 0), interval(reach, unit)
    return Field(
        middle[1] - middle[0] + 1 if middle else 0,
        min(sizes),
        max(sizes),
        _stride(reach),
        origin[0] if origin else 0,
        len(reach) == 1,
        middle[0] if middle else 0,
    )


def _stride(reach: tuple[Track, ...]) -> Fraction | None:
    """Pixels from one unit to the next, on average over the pattern; the most of several paths'.

    None where units follow each other in no pattern, or a map ends before it came twice: no unit
    has such a neighbour.

    >>> _stride((Track(3, (0, 1), (1, 2)),)), _stride((Track(225, (0,) * 197, (15,) * 197, 197),))
    (Fraction(3, 2), None)
    """
    for track in reach:
        if not track.is_even:
            return None
        if track.units is not None and 1 < track.stride.denominator > track.units // 2:
            return None
    return max(track.stride for track in reach)


def _size(reach: AxisReach, unit: int) -> int:
    ends = interval(reach, unit)
    return ends[1] - ends[0] + 1 if ends else 0


def _sizes_of(track: Track, count: int) -> Iterator[int]:
    """What each phase of a track sees, up to `count` units; units beyond its own see nothing."""
    for first, last in zip(track.first[:count], track.last, strict=False):
        yield 0 if first is None or last is None else last - first + 1
    if track.units is not None and count > track.units:
        yield 0


def _telling_sizes(reach: tuple[Track, ...], count: int) -> Iterator[int]:
    """Sizes among which the smallest and the largest of all `count` units must be.

    Within one phase of the common pattern the size is a maximum of straight lines, hence
    convex: its largest value lies at an end, its smallest where the slope changes sign.
    """
    if len(reach) == 1:
        # A single line: units of one phase all see as much.
        yield from _sizes_of(reach[0], count)
        return
    if any(track.units is not None for track in reach):
        yield from (_size(reach, unit) for unit in range(count))
        return
    period = lcm(*(len(track.first) for track in reach))
    if period > MAX_PATTERN:
        raise PatternError
    phases = range(min(period, count))
    for phase in phases:
        low, high = 0, (count - 1 - phase) // period
        yield _size(reach, phase)
        yield _size(reach, phase + high * period)
        while low < high:
            middle = (low + high) // 2
            here = _size(reach, phase + middle * period)
            if here <= _size(reach, phase + (middle + 1) * period):
                high = middle
            else:
                low = middle + 1
        yield _size(reach, phase + low * period)
