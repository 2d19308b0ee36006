"""Receptive fields as exact intervals: which input pixels a unit sees, as a function of its index.

Per axis, unit u of a layer sees input pixels first(u) .. last(u). Along a chain of windows both
are straight lines in u. Transposed and upsampling layers bend them: the lines then repeat a
pattern of P units while they move by `rise` pixels (first(u + P) = first(u) + rise). Where
paths of unequal stride meet there is no single line left; each path keeps its own `Track` and
the field is the hull over the tracks. Everything is composed forward, layer by layer, so the
cost grows with the graph and with the pattern, never with the map.

Fields are unclipped: they run into the padding, as published figures do.
Source, for chains: Araujo, Norris & Sim, "Computing Receptive Fields of Convolutional Neural
Networks" (Distill 2019).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from math import gcd, lcm
from typing import NamedTuple

from convcalc.core.links import MAX_LOOKS, MAX_PATTERN, TOO_LONG, Link


class PatternError(Exception):
    """The field repeats only after too many units; it is not computed."""


def check_looks(taps: Sequence[range], period: int) -> None:
    """Raises PatternError where `period` units that read through `taps` take too many look-ups.

    A kernel of 10**8 is as legal as one of 3, and one pattern behind it reads every tap.
    """
    if sum(map(len, taps)) * period // len(taps) > MAX_LOOKS:
        raise PatternError


def _bounded(pattern: int) -> int:
    if pattern > MAX_PATTERN:
        raise PatternError
    return pattern


class Sliding(NamedTuple):
    """The closed form: unit u sees [start + u*stride, start + u*stride + size - 1]."""

    size: int = 1
    stride: int = 1
    start: int = 0


class Track(NamedTuple):
    """The field along paths of one stride: unit r + P sees what unit r sees, moved by `rise`.

    `first` and `last` have one entry a phase; None where the unit sees nothing. With `units`
    they are those of all units of a map of so many, beyond which no unit stands; where they are
    not `is_even`, no stride leads from one to the next.
    """

    rise: int
    first: tuple[int | None, ...]
    last: tuple[int | None, ...]
    units: int | None = None
    is_even: bool = True

    @property
    def stride(self) -> Fraction:
        """Input pixels from one unit to the next, on average over the pattern."""
        return Fraction(self.rise, len(self.first))

    def at(self, unit: int) -> tuple[int | None, int | None]:
        """First and last input pixel of `unit`."""
        if self.units is not None and not 0 <= unit < self.units:
            return None, None
        turns, phase = divmod(unit, len(self.first))
        first, last = self.first[phase], self.last[phase]
        if first is None or last is None:
            return None, None
        return first + turns * self.rise, last + turns * self.rise


# One axis of a receptive field: the closed form wherever it holds, tracks elsewhere.
AxisReach = Sliding | tuple[Track, ...]

IDENTITY = Sliding()


def compose(reach: AxisReach, link: Link, units: int = 0) -> AxisReach:
    """The field of a layer whose units read units of known `reach` through `link`.

    How many `units` there are matters behind a layer whose fields end with its map.

    Raises PatternError when the pattern grows beyond MAX_PATTERN, or past what MAX_LOOKS allows.

    >>> stem = compose(IDENTITY, Link(rise=2, taps=(range(-3, 4),)))
    >>> compose(stem, Link(rise=2, taps=(range(-1, 2),)))
    Sliding(size=11, stride=4, start=-5)
    """
    if link is TOO_LONG:
        raise PatternError
    if isinstance(reach, Sliding):
        if len(link.taps) == 1 and link.units is None:
            taps = link.taps[0]
            if taps:
                size, stride, start = reach
                low = taps[0]
                return Sliding(
                    size + (taps[-1] - low) * stride, stride * link.rise, start + low * stride
                )
        reach = _tracks(reach)
    return _simplified(tuple(_through(track, link, units) for track in reach))


def _tracks(reach: AxisReach) -> tuple[Track, ...]:
    if isinstance(reach, Sliding):
        return (Track(reach.stride, (reach.start,), (reach.start + reach.size - 1,)),)
    return reach


def _through(track: Track, link: Link, units: int) -> Track:
    if track.units is not None or link.units is not None:
        return _through_all(track, link, units)
    inner, outer = len(track.first), len(link.taps)
    # After `period` units the link has moved by a whole number of the track's patterns.
    period = _bounded(outer * inner // gcd(inner, link.rise))
    # Where fields only move onwards, the outermost taps decide.
    near = 1 if _moves_onwards(track.first, track.rise) else inner
    far = 1 if _moves_onwards(track.last, track.rise) else inner
    if period * min(max(near, far), max(map(len, link.taps))) > MAX_LOOKS:
        raise PatternError
    # Beyond one pattern of the track, further taps only lie further inside.
    firsts = [taps[:near] for taps in link.taps]
    lasts = [taps[-far:] for taps in link.taps]
    rise = track.rise * (link.rise * (period // outer) // inner)
    return Track(
        rise,
        tuple(_outermost(min, track.first, track.rise, firsts, link.rise, period)),
        tuple(_outermost(max, track.last, track.rise, lasts, link.rise, period)),
    )


def _through_all(track: Track, link: Link, units: int) -> Track:
    """The same unit by unit, where a map's own end decides what is read."""
    units = units if link.units is None else link.units
    # Where every unit reads the same, one tells of all.
    is_same = link.rise == 0 and len(link.taps) == 1
    units = 1 if is_same else units
    if not 0 < units <= MAX_PATTERN:
        raise PatternError
    onwards = _moves_onwards(track.first, track.rise) and _moves_onwards(track.last, track.rise)
    firsts: list[int | None] = []
    lasts: list[int | None] = []
    looks = 0
    for unit in range(units):
        turns, phase = divmod(unit, len(link.taps))
        taps = standing(link.taps[phase], turns * link.rise, track.units)
        # Where fields only move onwards, the outermost taps decide.
        read = taps[:: max(len(taps) - 1, 1)] if onwards else taps
        looks += len(read)
        if looks > MAX_LOOKS:
            raise PatternError
        ends = [track.at(tap) for tap in read]
        if len(ends) == 1:
            ((first, last),) = ends
        else:
            first = min((end for end, _ in ends if end is not None), default=None)
            last = max((end for _, end in ends if end is not None), default=None)
        firsts.append(first)
        lasts.append(last)
    if is_same:
        return Track(0, tuple(firsts), tuple(lasts))
    stride = track.stride * Fraction(link.rise, len(link.taps))
    is_even = track.is_even and link.is_even
    return Track(int(stride * units), tuple(firsts), tuple(lasts), units, is_even)


def standing(taps: range, moved: int, count: int | None) -> range:
    """The taps, moved, that lie on a map of `count` units."""
    if moved:
        taps = range(taps.start + moved, taps.stop + moved, taps.step)
    if count is None or not taps or (taps[0] >= 0 and taps[-1] < count):
        return taps
    first = taps.start + -(min(taps.start, 0) // taps.step) * taps.step
    return range(first, min(taps.stop, count), taps.step)


def _outermost(
    outer: Callable[[list[int]], int],
    table: tuple[int | None, ...],
    rise: int,
    taps: list[range],
    moved: int,
    count: int,
) -> Iterator[int | None]:
    """The lowest or highest pixel of each of `count` units that read a table through `taps`."""
    pattern, phases = len(table), len(taps)
    for unit in range(count):
        turns, phase = divmod(unit, phases)
        shift = turns * moved
        pixels = [
            pixel + (tap + shift) // pattern * rise
            for tap in taps[phase]
            if (pixel := table[(tap + shift) % pattern]) is not None
        ]
        yield outer(pixels) if pixels else None


def _moves_onwards(pixels: tuple[int | None, ...], rise: int) -> bool:
    """True where no unit sees nothing and none ends before the unit before it does."""
    known = [pixel for pixel in pixels if pixel is not None]
    if len(known) < len(pixels):
        return False
    return all(a <= b for a, b in zip(known, [*known[1:], known[0] + rise], strict=True))


def hull(reaches: Iterable[AxisReach]) -> AxisReach:
    """The field of a merge: the hull over its inputs, per unit.

    Paths of equal stride still form one sliding window, which may be larger than the largest
    of them; paths of unequal stride stay apart as tracks.

    >>> hull([Sliding(3, 1, -1), Sliding(3, 1, 0)])
    Sliding(size=4, stride=1, start=-1)
    """
    reaches = list(dict.fromkeys(reaches))
    if len(reaches) == 1:
        return reaches[0]
    if all(isinstance(reach, Sliding) for reach in reaches):
        slides = [reach for reach in reaches if isinstance(reach, Sliding)]
        if len({slide.stride for slide in slides}) == 1:
            start = min(slide.start for slide in slides)
            end = max(slide.start + slide.size for slide in slides)
            return Sliding(end - start, slides[0].stride, start)
    by_stride: dict[Fraction, Track] = {}
    for reach in reaches:
        for track in _tracks(reach):
            known = by_stride.get(track.stride)
            by_stride[track.stride] = track if known is None else _joined(known, track)
    return _simplified(tuple(by_stride.values()))


def _joined(a: Track, b: Track) -> Track:
    count = b.units if a.units is None else a.units
    period = count or _bounded(lcm(len(a.first), len(b.first)))
    pairs = [(a.at(unit), b.at(unit)) for unit in range(period)]
    firsts = [[p for p in (x[0], y[0]) if p is not None] for x, y in pairs]
    lasts = [[p for p in (x[1], y[1]) if p is not None] for x, y in pairs]
    return Track(
        int(a.stride * period),
        tuple(min(pixels) if pixels else None for pixels in firsts),
        tuple(max(pixels) if pixels else None for pixels in lasts),
        count,
        a.is_even and b.is_even,
    )


def _simplified(tracks: tuple[Track, ...]) -> AxisReach:
    tracks = tuple(map(_shortest, tracks))
    if len(tracks) == 1 and len(tracks[0].first) == 1 and tracks[0].units is None:
        rise, (first,), (last,), *_ = tracks[0]
        if first is not None and last is not None:
            return Sliding(last - first + 1, rise, first)
    return tracks


def _shortest(track: Track) -> Track:
    """The same track with its shortest pattern (a strided layer undoes an upsampling one)."""
    period = len(track.first) if track.units is None else 0
    for shorter in range(1, period):
        if period % shorter or track.rise % (period // shorter):
            continue
        moved = track.rise // (period // shorter)
        if all(
            later == (None if pixel is None else pixel + moved)
            for table in (track.first, track.last)
            for pixel, later in zip(table, table[shorter:], strict=False)
        ):
            return Track(moved, track.first[:shorter], track.last[:shorter])
    return track
