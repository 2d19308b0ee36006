"""The exact pixels that a unit uses, as a function of its index: where the holes are.

Along one path the used pixels are a product over the axes: those of the rows times those of the
columns. Where paths meet they are a *union* of such products, which is no product itself (a
1x3 beside a 3x1 branch leaves the corners free), so a footprint is a small list of products.
Products that another one holds are dropped at once: a shortcut seldom sees more than its branch.
Like a `Track`, each axis repeats a pattern of phases behind transposed and upsampling layers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import gcd, prod
from typing import NamedTuple

from convcalc.core.links import MAX_PATTERN, Link
from convcalc.core.reach import PatternError, check_looks
from convcalc.features.rf.equal_axes import by_axis
from convcalc.features.rf.pixel_sets import (
    Pixels,
    TooWideError,
    last,
    mask_from,
    moved,
    size,
    spread,
    union,
    within,
)

# More shapes of paths than this are not followed.
MAX_TERMS = 64
# Bounds the work on one layer: phases times the width of a set with holes.
MAX_TABLE = 1 << 22


class AxisPrint(NamedTuple):
    """Pixels used on one axis: unit r + len(phases) uses what unit r uses, moved by `rise`."""

    rise: int
    phases: tuple[Pixels | None, ...]

    def at(self, unit: int) -> Pixels | None:
        """The pixels that `unit` uses; None if it sees nothing."""
        turns, phase = divmod(unit, len(self.phases))
        pixels = self.phases[phase]
        return None if pixels is None else moved(pixels, turns * self.rise)


Term = tuple[AxisPrint, ...]
Footprint = tuple[Term, ...]

_PIXEL = AxisPrint(1, (range(1),))


def of_pixel(rank: int) -> Footprint:
    """A pixel of the input uses itself."""
    return ((_PIXEL,) * rank,)


def composed(footprint: Footprint, links: tuple[Link, ...]) -> Footprint:
    """The footprint of a layer whose units read units of known `footprint` through `links`.

    Raises PatternError or TooWideError where it would outgrow its bounds.
    """
    return _tidy([by_axis(_through, term, links) for term in footprint])


def _through(known: AxisPrint, link: Link) -> AxisPrint:
    rise, phases = known
    taps = link.taps
    if not taps or link.units is not None:
        # The layer's own pattern is too long to be followed, or ends with its map.
        raise PatternError
    if len(phases) == 1 and phases[0] is not None:
        only = phases[0]
        made = tuple([spread(only, _scaled(tap, rise)) if tap else None for tap in taps])
        if len(taps) == 1:
            return AxisPrint(rise * link.rise, made)
        return _shortest(AxisPrint(rise * link.rise, made))
    inner, outer = len(phases), len(taps)
    period = outer * inner // gcd(inner, link.rise)
    width = max((last(p) - p.start + 1 for p in phases if p is not None), default=0)
    if period > MAX_PATTERN or period * width > MAX_TABLE:
        raise PatternError
    check_looks(taps, period)
    table: list[Pixels | None] = []
    for unit in range(period):
        turns, phase = divmod(unit, outer)
        seen = [known.at(tap + turns * link.rise) for tap in taps[phase]]
        sets = [pixels for pixels in seen if pixels is not None]
        table.append(union(sets) if sets else None)
    return _shortest(AxisPrint(rise * (link.rise * (period // outer) // inner), tuple(table)))


def _scaled(taps: range, rise: int) -> range:
    if rise == 0:
        # A map resampled to one unit: all of its positions are this one.
        return range(1)
    return range(taps.start * rise, taps.stop * rise, taps.step * rise)


def _shortest(axis: AxisPrint) -> AxisPrint:
    """The same print with its shortest pattern.

    >>> _shortest(AxisPrint(8, (range(2), range(2, 4), range(4, 6), range(6, 8))))
    AxisPrint(rise=2, phases=(range(0, 2),))
    >>> _shortest(AxisPrint(2, (range(2), range(1, 2), range(1, 3), range(2, 3))))
    AxisPrint(rise=1, phases=(range(0, 2), range(1, 2)))
    """
    period = len(axis.phases)
    for shorter in range(1, period):
        if period % shorter or axis.rise % (period // shorter):
            continue
        by = axis.rise // (period // shorter)
        if all(
            _moved(axis.phases[unit], by) == axis.phases[unit + shorter]
            for unit in range(period - shorter)
        ):
            return AxisPrint(by, axis.phases[:shorter])
    return axis


def _moved(pixels: Pixels | None, by: int) -> Pixels | None:
    return None if pixels is None else moved(pixels, by)


def merged(footprints: Iterable[Footprint]) -> Footprint:
    """The footprint of a layer that joins several: the union, per unit.

    Raises TooWideError or PatternError where it would outgrow its bounds.
    """
    return _tidy([term for footprint in footprints for term in footprint])


def _tidy(terms: list[Term]) -> Footprint:
    kept: list[Term] = []
    for term in dict.fromkeys(terms):
        new: Term = term
        again = True
        while again:
            again = False
            for index, other in enumerate(kept):
                joined = _as_one(new, other)
                if joined is not None:
                    del kept[index]
                    # What has grown may now hold others.
                    again = joined != other
                    new = joined
                    break
        kept.append(new)
        if len(kept) > MAX_TERMS:
            raise PatternError
    return tuple(kept)


def _as_one(a: Term, b: Term) -> Term | None:
    """The union of two products where it is a product: one holds the other, or one axis differs."""
    if any(x.rise != y.rise or len(x.phases) != len(y.phases) for x, y in zip(a, b, strict=True)):
        return None
    if sum(x != y for x, y in zip(a, b, strict=True)) <= 1:
        return tuple(
            AxisPrint(x.rise, tuple(map(_either, x.phases, y.phases)))
            for x, y in zip(a, b, strict=True)
        )
    if all(_inside(x, y) for x, y in zip(a, b, strict=True)):
        return b
    if all(_inside(y, x) for x, y in zip(a, b, strict=True)):
        return a
    return None


def _either(a: Pixels | None, b: Pixels | None) -> Pixels | None:
    if a is None or b is None:
        return b if a is None else a
    return union((a, b))


def _inside(a: AxisPrint, b: AxisPrint) -> bool:
    return all(
        x is None or (y is not None and within(x, y))
        for x, y in zip(a.phases, b.phases, strict=True)
    )


class Used(NamedTuple):
    """What one unit uses: the number of `pixels`, and its window from first to last, per axis.

    `is_gridded`: on some axis there is a row or column between the first and the last that is
    not used at all, as dilation and stride leave them. Otherwise unused pixels are those that
    only branches of unequal shape leave over, such as the corners of a 1x3 beside a 3x1.
    """

    pixels: int
    window: tuple[range, ...]
    is_gridded: bool

    @property
    def share(self) -> Fraction:
        """The share of the window that is used; 1 where it has no holes."""
        return Fraction(self.pixels, prod(map(len, self.window)))


def used_by(footprint: Footprint, unit: Sequence[int]) -> Used | None:
    """The pixels that `unit` uses, padding included; None if it sees nothing.

    >>> three = (AxisPrint(1, (range(-1, 2),)), AxisPrint(1, (range(0, 1),)))
    >>> used_by((three, three[::-1]), (0, 0))
    Used(pixels=5, window=(range(-1, 2), range(-1, 2)), is_gridded=False)
    """
    boxes = []
    for term in footprint:
        sets = by_axis(AxisPrint.at, term, unit)
        box = tuple([pixels for pixels in sets if pixels is not None])
        if len(box) == len(sets):
            boxes.append(box)
    if not boxes:
        return None
    lines = tuple(map(union, zip(*boxes, strict=True))) if len(boxes) > 1 else boxes[0]
    window = by_axis(_window, lines)
    is_gridded = any(map(_is_gridded, lines, window))
    return Used(_volume(boxes), window, is_gridded)


def _window(pixels: Pixels) -> range:
    return range(pixels.start, last(pixels) + 1)


def _is_gridded(pixels: Pixels, window: range) -> bool:
    return size(pixels) < len(window)


def _volume(boxes: Sequence[tuple[Pixels, ...]]) -> int:
    """Pixels in the union of products: rows are grouped by which products they belong to."""
    if len(boxes) == 1:
        return prod(map(size, boxes[0]))
    if not boxes[0]:
        return 1
    origin = min(box[0].start for box in boxes)
    cells: list[tuple[int, list[int]]] = []
    for index, box in enumerate(boxes):
        rest = mask_from(box[0], origin)
        split: list[tuple[int, list[int]]] = []
        for rows, members in cells:
            both = rows & rest
            if both:
                split.append((both, [*members, index]))
            apart = rows & ~rest
            if apart:
                split.append((apart, members))
            rest &= ~rows
        if rest:
            split.append((rest, [index]))
        cells = split
    return sum(
        rows.bit_count() * _volume([boxes[index][1:] for index in members])
        for rows, members in cells
    )


__all__ = ["Footprint", "TooWideError", "Used", "composed", "merged", "of_pixel", "used_by"]
