"""One unit of a layer: its window, the real pixels that it uses, and the paths from each."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Annotated, Any

from convcalc.core.errors import Problem, StackError
from convcalc.core.reach import AxisReach, PatternError
from convcalc.core.reach_figures import interval
from convcalc.core.records import Hidden, Key, Record, Sizes
from convcalc.core.shapes import Shape, format_shape, spatial
from convcalc.features.rf.footprint import used_by
from convcalc.features.rf.pixel_sets import TooWideError
from convcalc.features.rf.used_pixels import Canvas, Rows, TooLargeError, links_taps
from convcalc.features.rf.walk import Trail, walk

if TYPE_CHECKING:
    from convcalc.features.rf.lens import Lens
    from convcalc.planning.reaches import Reach

# First and last pixel on each axis.
Ends = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class UnitField(Record):
    """What one unit sees of one source, per axis, ends included.

    `window` is None too where the unit sees nothing. `real` is found by walking back with every
    map clipped; it and `used` are None too where the maps are too large (`is_counted`).
    """

    source: Hidden[str]
    shape: Hidden[Shape]
    window: Annotated[Ends | None, Key("Its first and last pixel, padding included, on each axis.")]
    real: Annotated[
        Ends | None,
        Key("The first and the last real pixel used; null where it sees padding alone."),
    ]
    used: Annotated[int | None, Key("Real pixels used; null where they are not counted.")]
    is_global: Annotated[bool, Key("It also depends on all of the source.", name="global")]
    at_most: Annotated[
        bool, Key("All of it is an upper bound: what positions became is not followed.")
    ] = False
    is_counted: Hidden[bool] = True
    is_placed: Hidden[bool] = True

    @property
    @Key(name="shape")
    def known_shape(self) -> Sizes | None:
        """The source's shape; null where the input's size is open."""
        return self.shape if self.is_placed else None

    @property
    def holes(self) -> int:
        """Real pixels between the first and the last that are not used."""
        if self.real is None or self.used is None:
            return 0
        return prod(last - first + 1 for first, last in self.real) - self.used


def unit_fields(lens: Lens, index: int, unit: tuple[int, ...]) -> tuple[UnitField, ...]:
    """What `unit` of the layer `index` sees of each source that it depends on.

    Raises StackError where the layer has no such unit.
    """
    check_unit(lens, index, unit)
    windows: dict[int, Ends | None] = {}
    seen_whole: dict[int, bool] = {}
    bounds: dict[int, bool] = {}
    for seen in walk(lens, frozenset([index])):
        trails = {trail.source: trail for trail in seen.trails}
        for reach in seen.reaches:
            seen_whole[reach.source] = reach.shown.whole
            bounds[reach.source] = reach.shown.at_most
            windows[reach.source] = _window(reach, trails[reach.source], unit)
    try:
        rows, _, at_most = Canvas(lens).back(index, unit)
        is_counted = True
    except TooLargeError:
        rows, at_most, is_counted = {}, False, False
    fields = []
    for source, window in sorted(windows.items()):
        shape = lens.source_shape(source)
        own = rows.get(source)
        fields.append(
            UnitField(
                lens.source_name(source),
                shape,
                window,
                extent(own, len(shape) - 1) if own else None,
                sum(row.bit_count() for row in (own or {}).values()) if is_counted else None,
                seen_whole[source],
                bounds[source] or at_most,
                is_counted,
            )
        )
    return tuple(fields)


def _window(reach: Reach, trail: Trail, unit: tuple[int, ...]) -> Ends | None:
    """The unclipped window. Over several axes only the footprint knows of a path that sees
    pixels on one axis and nothing on another."""
    if reach.axes is None or reach.lost:
        return None
    if reach.placed is not None:
        with suppress(PatternError):
            found = reach.placed.without_channels()
            return _intervals(found.axes, found.units_of(unit))
        return None
    if len(reach.axes) != len(unit):
        return None
    if trail.footprint is not None:
        with suppress(TooWideError):
            used = used_by(trail.footprint, unit)
            return used and tuple((pixels[0], pixels[-1]) for pixels in used.window)
    return _intervals(reach.axes, unit)


def _intervals(axes: Sequence[AxisReach], unit: Sequence[int]) -> Ends | None:
    ends = [interval(axis, at) for axis, at in zip(axes, unit, strict=True)]
    found = tuple(end for end in ends if end is not None)
    return found if len(found) == len(ends) else None


def check_unit(lens: Lens, index: int, unit: tuple[int, ...]) -> None:
    """Raises StackError unless the layer `index` has this unit."""
    name, shape = lens.graph.name_of(index), lens.graph.shape_of(index)
    sizes = spatial(shape)
    if len(unit) != len(sizes):
        wanted = ", ".join(str((size - 1) // 2) for size in sizes)
        raise _no_unit(
            lens,
            f"`{name}` has the output {format_shape(shape)}: a unit has {len(sizes)} "
            f"position{'' if len(sizes) == 1 else 's'}, not {len(unit)}",
            f"its centre is {wanted}" if sizes else "ask for a layer with spatial axes",
        )
    if not all(0 <= at < size for at, size in zip(unit, sizes, strict=True)):
        raise _no_unit(
            lens,
            f"`{name}` has no unit {','.join(map(str, unit))}: its map is {format_shape(sizes)}",
            f"positions go from 0 to {','.join(str(size - 1) for size in sizes)}",
        )


def _no_unit(lens: Lens, message: str, help: str) -> StackError:
    return StackError([Problem("wrong-value", message, help=help, file=lens.graph.file)])


def extent(rows: Rows, rank: int) -> Ends:
    """First and last pixel with a bit, on each axis.

    >>> extent({(3,): 0b0110, (5,): 0b1000}, 2)
    ((3, 5), (1, 3))
    """
    if not rank:
        return ()
    leading = [(min(axis), max(axis)) for axis in zip(*rows, strict=True)]
    joined = 0
    for row in rows.values():
        joined |= row
    lowest = (joined & -joined).bit_length() - 1
    return (*leading, (lowest, joined.bit_length() - 1))


@dataclass(frozen=True, slots=True)
class PathCounts:
    """The number of paths from each real pixel of one source to one unit, exact.

    `first` is the first real pixel on each axis, `counts` has the numbers from there on, nested
    by axis (rows of columns for an image). Paths run between positions; channels do not multiply
    them. `is_global`: some paths see a whole map (a norm over space, a gate); these are left out.
    """

    source: str
    shape: Shape
    first: tuple[int, ...]
    counts: tuple[Any, ...]
    is_global: bool

    @property
    def sizes(self) -> tuple[int, ...]:
        """Pixels that `counts` covers on each axis."""
        sizes = []
        level: Any = self.counts
        while isinstance(level, tuple):
            sizes.append(len(level))
            level = level[0]
        return tuple(sizes)


def path_counts(lens: Lens, index: int, unit: tuple[int, ...]) -> tuple[PathCounts, ...]:
    """How many paths lead from each pixel of each source to `unit` of the layer `index`.

    A source that the unit does not reach through local paths is left out. Raises StackError
    where the layer has no such unit, and TooLargeError where the maps are too large.

    >>> from convcalc import loads, plan
    >>> from convcalc.features.rf import look
    >>> graph = plan(loads('''
    ... convcalc: 1
    ... input: [1, 9]
    ... layers: [conv: {out: 1, k: 3}, conv: {out: 1, k: 3, d: 2}]
    ... ''')).graph
    >>> path_counts(look(graph), 2, (0,))[0].counts
    (1, 1, 2, 1, 2, 1, 1)
    """
    check_unit(lens, index, unit)
    bits = max(4, -(-_most_paths(lens, index).bit_length() // 4) * 4)
    rows, whole, _ = Canvas(lens, bits).back(index, unit)
    found = []
    for source, own in sorted(rows.items()):
        shape = lens.source_shape(source)
        rank = len(shape) - 1
        if not rank:
            continue
        ends = _field_extent(own, rank, bits)
        found.append(
            PathCounts(
                lens.source_name(source),
                shape,
                tuple(first for first, _ in ends),
                _nested(own, ends, (), bits),
                whole,
            )
        )
    return tuple(found)


def _field_extent(rows: Rows, rank: int, bits: int) -> Ends:
    *leading, (lowest, highest) = extent(rows, rank)
    return (*leading, (lowest // bits, highest // bits))


def _nested(rows: Rows, ends: Ends, key: tuple[int, ...], bits: int) -> tuple[Any, ...]:
    first, last = ends[len(key)]
    if len(key) + 1 < len(ends):
        return tuple(_nested(rows, ends, (*key, at), bits) for at in range(first, last + 1))
    # Read as digits: shifting the whole row for every pixel would cost its length each time.
    digits = bits // 4
    text = f"{rows.get(key, 0):x}".zfill((last + 1) * digits)
    end = len(text)
    return tuple(
        int(text[end - (at + 1) * digits : end - at * digits], 16) for at in range(first, last + 1)
    )


def _most_paths(lens: Lens, index: int) -> int:
    """All paths from the unit back to any map: no pixel can have more."""
    paths = {index: 1}
    most = 1
    for at in lens.back_from(index):
        count = paths.pop(at, 0)
        most = max(most, count)
        if not count or at in lens.sources:
            continue
        inputs, facts = lens.reads(at)
        kept = iter(links_taps(facts))
        for source, links in zip(inputs, facts.links, strict=True):
            if links is not None:
                taps = prod(max(map(len, link.taps)) for link in next(kept))
                paths[source] = paths.get(source, 0) + count * taps
    return most
