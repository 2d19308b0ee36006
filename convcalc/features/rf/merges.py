"""What merges do to a field, in words: paths that are shifted, and paths of unequal stride."""

from __future__ import annotations

from collections.abc import Container, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from convcalc.core.reach import AxisReach, PatternError, Sliding
from convcalc.core.reach_figures import measure
from convcalc.core.shapes import axis_name
from convcalc.features.rf.values import Note
from convcalc.planning.reach_links import linked
from convcalc.planning.reaches import Reach

if TYPE_CHECKING:
    from convcalc.features.rf.lens import Lens
    from convcalc.features.rf.walk import Visited


class _Shift(NamedTuple):
    """A merge of shifted paths: how far their centres lie apart, their hull, the largest path."""

    apart: Fraction
    hull: int
    largest: int
    layer: str


class Merges:
    """Collects what is to be said of the merges of one walk."""

    def __init__(self, lens: Lens) -> None:
        self.lens = lens
        self._dominators: list[int] = []
        self._unequal: dict[str, list[str]] = {}
        self._shifted: dict[tuple[str, bool], list[_Shift]] = {}

    def add(self, seen: Visited) -> None:
        """Looks at one layer."""
        if all(reaches is seen.before[0] for reaches in seen.before):
            return
        inputs, facts = self.lens.reads(seen.node)
        for own in seen.reaches:
            if own.axes is None or own.lost:
                continue
            paths: list[tuple[int, Reach]] = []
            for number, (index, reaches) in enumerate(zip(inputs, seen.before, strict=True)):
                for reach in reaches:
                    path = linked(reach, facts, number)
                    if reach.source == own.source and not path.lost and path.axes is not None:
                        paths.append((index, path))
            rank = len(own.axes)
            alike = len(set(own.axes)) == 1 and all(len(set(p.axes or ())) == 1 for _, p in paths)
            for axis in range(1 if alike else rank):
                name = "" if alike else axis_name(axis, rank)
                parts = [path.axes[axis] for _, path in paths if path.axes is not None]
                where = f" on the {name}" if name else ""
                size = own.counts[axis]
                sources = [at for at, _ in paths]
                self._compare(seen.node, where, own.axes[axis], size, parts, sources)

    def _compare(
        self,
        index: int,
        where: str,
        own: AxisReach,
        size: int,
        parts: Sequence[AxisReach],
        inputs: Sequence[int],
    ) -> None:
        if len(set(parts)) < 2:
            return
        strides = [_strides(part) for part in parts]
        if len(set().union(*strides)) > 1:
            # Said where such paths meet, not again behind it.
            if all(len(part) == 1 for part in strides):
                meeting = " and ".join(map(str, sorted(set().union(*strides))))
                message = (
                    f"not aligned{where}: paths of stride {meeting} meet, so the field depends on "
                    f"the position{_range(own, size)}{self._fork(inputs)}"
                )
                self._unequal.setdefault(message, []).append(self.lens.graph.name_of(index))
            return
        slides = [part for part in parts if isinstance(part, Sliding)]
        if len(slides) == len(parts) and isinstance(own, Sliding):
            # Each half a pixel beyond the middle: how far apart they lie is what is told.
            middles = sorted({part.start + Fraction(part.size, 2) for part in slides})
            if len(middles) > 1:
                largest = max(part.size for part in slides)
                shift = _Shift(
                    middles[-1] - middles[0], own.size, largest, self.lens.graph.name_of(index)
                )
                self._shifted.setdefault((where, own.size > largest), []).append(shift)

    def notes(self, names: Container[str] | None = None) -> list[Note]:
        """The notes on all merges, or on those of `names`.

        Merges that differ in their numbers only are told of once.
        """
        notes = [
            Note("unequal-strides", message, tuple(layers))
            for message, every in self._unequal.items()
            if (layers := [name for name in every if names is None or name in names])
        ]
        for (where, _), merges in self._shifted.items():
            shifts = [shift for shift in merges if names is None or shift.layer in names]
            if not shifts:
                continue
            most = max(shifts, key=lambda shift: shift.apart)
            larger = (
                f"of {most.hull}, larger than the largest path's {most.largest}"
                if most.hull > most.largest
                else f"of {most.hull}, the largest path's"
            )
            there = f" (at `{most.layer}`)" if len(shifts) > 1 else ""
            message = (
                f"not aligned{where}: the centres of the paths lie "
                f"{'up to ' if len(shifts) > 1 else ''}{_pixels(most.apart)} apart{there}; at "
                f"equal stride they still slide as one window, their hull {larger}"
            )
            notes.append(Note("shifted-paths", message, tuple(shift.layer for shift in shifts)))
        return notes

    def _fork(self, inputs: Sequence[int]) -> str:
        """The last layer that all paths to these layers come through, in words.

        Nothing where some begin at another input of the network.
        """
        if not self._dominators:
            self._dominators = dominators(self.lens)
        at = inputs[0]
        for other in inputs[1:]:
            at = _common(self._dominators, at, other)
        return "" if at < 0 else f"; they part at `{self.lens.graph.name_of(at)}`"


def _strides(reach: AxisReach) -> frozenset[Fraction]:
    if isinstance(reach, Sliding):
        return frozenset([Fraction(reach.stride)])
    return frozenset(track.stride for track in reach)


def _range(own: AxisReach, size: int) -> str:
    """The smallest and the largest field over a map of `size` units, in words."""
    try:
        field = measure(own, size)
    except PatternError:
        return ""
    if field.least == field.most:
        return f", though it is {field.least} pixels at each"
    return f", {field.least} to {field.most} pixels"


def _pixels(count: Fraction) -> str:
    """A number of pixels in words.

    >>> _pixels(Fraction(1, 2)), _pixels(Fraction(1)), _pixels(Fraction(3))
    ('1/2 pixel', '1 pixel', '3 pixels')
    """
    return f"{count} pixel{'' if count <= 1 else 's'}"


def dominators(lens: Lens) -> list[int]:
    """For each index the nearest earlier one that every path to it comes through; -1 for none."""
    parents: list[int] = []
    for index in range(len(lens.graph.nodes)):
        inputs, _ = lens.reads(index)
        if index in lens.sources or not inputs:
            parents.append(-1)
            continue
        at = inputs[0]
        for other in inputs[1:]:
            at = _common(parents, at, other)
        parents.append(at)
    return parents


def _common(parents: Sequence[int], a: int, b: int) -> int:
    while a != b:
        if a > b:
            a = parents[a]
        else:
            b = parents[b]
    return a
