"""Paths to a unit in floating point, where exact counts would take too long.

A map is the doubles of its part with paths, beside a power of two, and is brought back below one
after every layer, so that no number of layers overflows. Counts are right to about 53 bits; a
picture shows their logarithms. Where the smallest is 2**1000 times below the largest, nothing is
said.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import frexp, prod
from typing import TYPE_CHECKING, Any, NamedTuple

from convcalc.core.bounded_work import Budget, WorkError
from convcalc.core.links import Link
from convcalc.core.shapes import spatial
from convcalc.features.rf.used_pixels import folded, folding_of

if TYPE_CHECKING:
    import numpy as np

    from convcalc.features.rf.lens import Lens

    Array = np.ndarray[Any, np.dtype[np.float64]]

# Sums that one picture may take, some seconds; and what a call of numpy takes beside its sums.
MAX_WORK = 1 << 30
_CALL = 1000
_BITS = 53
# Powers of two between the largest and the smallest number of a map: doubles have 1,022.
_APART = 1000


class TooFarApartError(Exception):
    """Counts of a map that one power of two cannot hold."""


class RoundedCounts(NamedTuple):
    """Counts in cells of `step` pixels an axis; the fields are those of `CountedPixels`."""

    ends: tuple[tuple[int, int], ...]
    step: int
    rows: tuple[tuple[int, ...], ...]
    summed: bool
    used: int
    least: int
    most: int


class _Map(NamedTuple):
    """Counts of paths: `values` times 2**`power`, `first` the position that they begin with."""

    values: Array
    first: tuple[int, ...]
    power: int

    def joined(self, other: _Map) -> _Map:
        """The sum of two maps."""
        if self.power < other.power:
            return other.joined(self)
        import numpy as np

        first = tuple(map(min, self.first, other.first))
        ends = tuple(map(max, _ends(self), _ends(other)))
        values = np.zeros([end - start for start, end in zip(first, ends, strict=True)])
        values[_part(self, first)] += self.values
        values[_part(other, first)] += np.ldexp(other.values, other.power - self.power)
        return _Map(values, first, self.power).reduced()

    def reduced(self) -> _Map:
        """The same counts with no value above one. Raises TooFarApartError."""
        import numpy as np

        _, power = frexp(float(self.values.max(initial=0.0)))
        least = self.values.min(initial=1.0, where=self.values > 0)
        if frexp(float(least))[1] - power < -_APART:
            raise TooFarApartError
        return _Map(np.ldexp(self.values, -power), self.first, self.power + power)


def _ends(one: _Map) -> tuple[int, ...]:
    return tuple(first + size for first, size in zip(one.first, one.values.shape, strict=True))


def _part(one: _Map, first: Sequence[int]) -> tuple[slice, ...]:
    """Where a map lies in one that begins at `first`."""
    pairs = zip(one.first, first, one.values.shape, strict=True)
    return tuple(slice(own - zero, own - zero + size) for own, zero, size in pairs)


def rounded_counts(
    lens: Lens, index: int, unit: tuple[int, ...], source: str, most_cells: int
) -> RoundedCounts | None:
    """The counts of the source of that name, in at most `most_cells` cells an axis.

    None where no path leads there, and where maps are too large or their counts too far apart.
    """
    import numpy as np

    names = {lens.source_name(at): own for at, own in enumerate(lens.sources)}
    start = _Map(np.ones((1,) * len(unit)), unit, 0)
    try:
        found = _walked(lens, index, start).get(names[source])
    except (TooFarApartError, WorkError):
        return None
    if found is None or not found.values.any():
        return None
    return _gathered(found, most_cells)


def _walked(lens: Lens, index: int, start: _Map) -> dict[int, _Map]:
    """The maps of the sources. Raises WorkError where the way back takes more than MAX_WORK."""
    maps = {index: start}
    found: dict[int, _Map] = {}
    budget = Budget(MAX_WORK)
    for at in lens.back_from(index):
        own = maps.pop(at, None)
        if own is None:
            continue
        if at in lens.sources:
            found[at] = own
            continue
        inputs, facts = lens.reads(at)
        for place, links in zip(inputs, facts.links, strict=True):
            if links is None:
                # Some path sees a whole map; such paths are left out.
                continue
            sizes = spatial(lens.graph.shape_of(place))
            folding = folding_of(lens.graph.nodes[at].layer)
            pulled = _pulled(own, links, sizes, folding, budget)
            if pulled.values.size:
                maps[place] = maps[place].joined(pulled) if place in maps else pulled
    return found


def _pulled(
    own: _Map, links: tuple[Link, ...], sizes: tuple[int, ...], folding: str, budget: Budget
) -> _Map:
    values, first = own.values, list(own.first)
    for axis, (link, size) in enumerate(zip(links, sizes, strict=True)):
        values, first[axis] = _along(values, axis, first[axis], link, size, folding, budget)
    return _Map(values, tuple(first), own.power).reduced()


def _along(
    values: Array, axis: int, first: int, link: Link, size: int, folding: str, budget: Budget
) -> tuple[Array, int]:
    """The counts of the pixels that units from `first` on read along one axis, and the first."""
    import numpy as np

    moved = np.moveaxis(values, axis, 0)
    reads = []
    for phase, taps in enumerate(link.taps):
        offset = (phase - first) % len(link.taps)
        part = moved[offset :: len(link.taps)]
        if len(part) and taps:
            reads.append((part, (first + offset) // len(link.taps) * link.rise, taps))
    if not reads:
        if not link.taps:
            budget.spend(MAX_WORK + 1)
        return np.take(values, range(0), axis), 0
    low = min(base + taps[0] for _, base, taps in reads)
    high = max(base + taps[-1] + link.rise * (len(part) - 1) for part, base, taps in reads)
    budget.spend((high - low + 1) * prod(moved.shape[1:]))
    found = np.zeros((high - low + 1, *moved.shape[1:]))
    for part, base, taps in reads:
        budget.spend((part.size + _CALL) * len(taps))
        for tap in taps:
            at = base + tap - low
            if link.rise:
                found[at : at + link.rise * (len(part) - 1) + 1 : link.rise] += part
            else:
                found[at] += part.sum(axis=0)
    inside, start = _clipped(found, low, size, folding)
    return np.moveaxis(inside, 0, axis), start


def _clipped(found: Array, low: int, size: int, folding: str) -> tuple[Array, int]:
    """What lies on the map, and where; padding that repeats real pixels is counted for these."""
    inside = found[max(0, -low) : max(0, size - low)]
    if not folding or len(inside) == len(found):
        return inside, max(low, 0)
    import numpy as np

    # What is repeated may lie in front of all that is read.
    whole = np.zeros((size, *found.shape[1:]))
    for at, counts in enumerate(found):
        whole[folded(low + at, size, folding)] += counts
    return whole, 0


def _gathered(found: _Map, most_cells: int) -> RoundedCounts:
    import numpy as np

    values, first = found.values, list(found.first)
    for axis in range(values.ndim):
        others = tuple(other for other in range(values.ndim) if other != axis)
        lines = np.flatnonzero(values.any(axis=others))
        values = np.take(values, range(lines[0], lines[-1] + 1), axis)
        first[axis] += int(lines[0])
    used = int(np.count_nonzero(values))
    summed = values.ndim == 3
    if summed:
        values, first = values.sum(axis=0), first[1:]
    ends = tuple((at, at + size - 1) for at, size in zip(first, values.shape, strict=True))
    flat = np.atleast_2d(values)
    step = -(-max(values.shape) // most_cells)
    cells = _cells(flat, step if values.ndim == 2 else 1, step)
    known = values[values > 0]
    return RoundedCounts(
        ends,
        step,
        tuple(_counts(row, found.power) for row in cells),
        summed,
        used,
        *_counts([float(known.min()), float(known.max())], found.power),
    )


def _cells(values: Array, down: int, across: int) -> list[list[float]]:
    """The largest of each cell; those at the end may hold fewer pixels."""
    import numpy as np

    high, wide = values.shape
    whole = np.pad(values, ((0, -high % down), (0, -wide % across)))
    parts = whole.reshape(len(whole) // down, down, -1, across)
    cells: list[list[float]] = parts.max(axis=(1, 3)).tolist()
    return cells


def _counts(values: Sequence[float], power: int) -> tuple[int, ...]:
    return tuple(_count(value, power) for value in values)


def _count(value: float, power: int) -> int:
    mantissa, own = frexp(value)
    bits = int(mantissa * (1 << _BITS))
    shift = own + power - _BITS
    # A pixel with a path has one at least.
    count = bits << shift if shift >= 0 else (bits + (1 << -shift - 1)) >> -shift
    return max(1, count) if bits else 0
