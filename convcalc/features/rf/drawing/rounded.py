"""Paths to a unit in floating point, where exact counts would take too long.

A map is an array of doubles beside a power of two, and is brought back below one after every
layer, so that no number of layers overflows. Counts are right to about 53 bits; a picture shows
their logarithms. Where the smallest is 2**1000 times below the largest, nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import frexp, prod
from typing import TYPE_CHECKING, Any, NamedTuple

from convcalc.core.links import Link
from convcalc.core.shapes import spatial
from convcalc.features.rf.used_pixels import folded, folding_of

if TYPE_CHECKING:
    import numpy as np

    from convcalc.features.rf.lens import Lens

    Array = np.ndarray[Any, np.dtype[np.float64]]

# Products that one picture may take: a second or two; and positions that one map may have.
MAX_WORK = 1 << 31
MAX_POSITIONS = 1 << 23
_BITS = 53
# Powers of two between the largest and the smallest number of a map: doubles have 1,022.
_APART = 1000


class TooFarApartError(Exception):
    """Counts of a map that one power of two cannot hold."""


class _Map(NamedTuple):
    """Counts of paths: `values` times two to the power of `power`."""

    values: Array
    power: int

    def joined(self, other: _Map) -> _Map:
        """The sum of two maps."""
        if self.power < other.power:
            return other.joined(self)
        import numpy as np

        moved = np.ldexp(other.values, other.power - self.power)
        return _Map(self.values + moved, self.power).reduced()

    def reduced(self) -> _Map:
        """The same counts with no value above one. Raises TooFarApartError."""
        import numpy as np

        _, power = frexp(float(self.values.max(initial=0.0)))
        least = self.values.min(initial=1.0, where=self.values > 0)
        if frexp(float(least))[1] - power < -_APART:
            raise TooFarApartError
        return _Map(np.ldexp(self.values, -power), self.power + power)


def rounded_counts(
    lens: Lens, index: int, unit: tuple[int, ...], source: str
) -> tuple[tuple[int, ...], Any] | None:
    """The first pixel with a path on each axis, and the counts from there on, nested by axis.

    None where there is no path to the source of that name, and where maps are too large or their
    counts too far apart.
    """
    import numpy as np

    start = np.zeros(spatial(lens.graph.shape_of(index)))
    start[unit] = 1.0
    names = {lens.source_name(at): own for at, own in enumerate(lens.sources)}
    try:
        found = _walked(lens, index, start).get(names[source])
    except TooFarApartError:
        return None
    if found is None or not found.values.any():
        return None
    axes = [
        np.flatnonzero(found.values.any(axis=tuple(set(range(start.ndim)) - {axis})))
        for axis in range(found.values.ndim)
    ]
    part = found.values[tuple(slice(axis[0], axis[-1] + 1) for axis in axes)]
    return tuple(int(axis[0]) for axis in axes), _nested(part, found.power)


def _walked(lens: Lens, index: int, start: Array) -> dict[int, _Map]:
    """The maps of the sources; empty where the way back takes more than MAX_WORK."""
    maps = {index: _Map(start, 0)}
    found: dict[int, _Map] = {}
    work = 0
    for at in range(index, min(lens.sources) - 1, -1):
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
            work += prod(sizes) * sum(max(map(len, link.taps), default=0) for link in links)
            if work > MAX_WORK or prod(sizes) > MAX_POSITIONS or not all(one.taps for one in links):
                return {}
            pulled = _pulled(own, links, sizes, folding_of(lens.graph.nodes[at].layer))
            maps[place] = maps[place].joined(pulled) if place in maps else pulled
    return found


def _pulled(own: _Map, links: tuple[Link, ...], sizes: tuple[int, ...], folding: str) -> _Map:
    values = own.values
    for axis, (link, size) in enumerate(zip(links, sizes, strict=True)):
        values = _along(values, axis, link, size, folding)
    return _Map(values, own.power).reduced()


def _along(values: Array, axis: int, link: Link, size: int, folding: str) -> Array:
    """The counts of the pixels that units read along one axis."""
    import numpy as np

    moved = np.moveaxis(values, axis, 0)
    found = np.zeros((size, *moved.shape[1:]))
    for phase, taps in enumerate(link.taps):
        part = moved[phase :: len(link.taps)]
        for tap in taps:
            pixels = tap + link.rise * np.arange(len(part))
            inside = (pixels >= 0) & (pixels < size)
            # Distinct units may read one pixel: `+=` would count it once.
            np.add.at(found, pixels[inside], part[inside])
            if folding and not inside.all():
                beyond = [folded(int(pixel), size, folding) for pixel in pixels[~inside]]
                np.add.at(found, beyond, part[~inside])
    return np.moveaxis(found, 0, axis)


def _nested(values: Array, power: int) -> tuple[Any, ...]:
    if values.ndim > 1:
        return tuple(_nested(part, power) for part in values)
    return tuple(_counts(values.tolist(), power))


def _counts(values: list[float], power: int) -> Iterator[int]:
    for value in values:
        mantissa, own = frexp(value)
        bits = int(mantissa * (1 << _BITS))
        shift = own + power - _BITS
        # A pixel with a path has one at least.
        count = bits << shift if shift >= 0 else (bits + (1 << -shift - 1)) >> -shift
        yield max(1, count) if bits else 0
