"""Where the positions of an input have gone, once a layer has moved whole axes.

A *coordinate* is an axis of the network's input as it is followed: it has units, and a field for
each of them. As long as every axis of a layer is one coordinate there is nothing to say.
`c (h p) (w q) -> (c p q) h w` splits both coordinates into digits and puts one of each among the
channels; `c h w -> c (h w)` puts two coordinates on one axis. Later layers that read all of an
axis, or move axes back, are then followed exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import prod
from typing import NamedTuple

from convcalc.core.arrangement import Arrangement
from convcalc.core.digit_runs import Digits, ends_of, every_digit, of_size, replaced, runs_of
from convcalc.core.links import MAX_PATTERN, POINTWISE, Link
from convcalc.core.reach import AxisReach, PatternError, Sliding, compose, hull
from convcalc.core.reach_figures import interval
from convcalc.core.shapes import Shape


class UnfollowedError(Exception):
    """The axes do not divide so that their digits could be followed."""


class Placed(NamedTuple):
    """The field of each coordinate, and the digits that it and the layer's axes are made of.

    `sizes` are the digits'; one that no coordinate has is a place on which nothing depends.
    `layout` has the digits of each axis of the layer, channels first.
    """

    axes: tuple[AxisReach, ...]
    sizes: Shape
    coordinates: tuple[Digits, ...]
    layout: tuple[Digits, ...]

    @property
    def counts(self) -> Shape:
        """Units of each coordinate."""
        return tuple(prod(self.sizes[n] for n in digits) for digits in self.coordinates)

    @property
    def is_straight(self) -> bool:
        """True where each axis of positions is one coordinate, in order."""
        return self.layout[1:] == self.coordinates and not self.has_folded

    @property
    def has_folded(self) -> bool:
        """True where some positions of the input are channels."""
        tied = set().union(*self.coordinates)
        return any(digit in tied for digit in self.layout[0])

    def arranged(self, moves: Arrangement) -> Placed:
        """Behind a layer that moves axes. Raises UnfollowedError, PatternError."""
        placed = self
        parts: dict[int, Digits] = {}
        for axis, own in enumerate(moves.before):
            placed, found = placed._cut(axis, [moves.sizes[part] for part in own])
            parts |= dict(zip(own, found, strict=True))
        # Cutting one axis leaves the digits of the others as they were.
        kept = {part for own in moves.after for part in own}
        for part, digits in parts.items():
            if part not in kept:
                for digit in digits:
                    placed = placed._read_whole(digit)
        sizes = [*placed.sizes]
        for part in kept - parts.keys():
            parts[part] = (len(sizes),)
            sizes.append(moves.sizes[part])
        layout = tuple(tuple(d for part in own for d in parts[part]) for own in moves.after)
        return placed._replace(sizes=tuple(sizes), layout=layout)._tidy()

    def linked(self, links: Sequence[Link], output: Shape, mixes: bool = True) -> Placed:
        """Behind a layer whose units read positions through links, and any of their channels.

        Unless it `mixes` them: then each reads its own channel alone. Raises UnfollowedError,
        PatternError.
        """
        placed = self.without_channels(output[0]) if mixes else self
        read = zip(links, placed.positions, output[1:], strict=True)
        for axis, (link, places, units) in enumerate(read, 1):
            if link != POINTWISE or places != units:
                placed = placed._through(axis, link, units)
        return placed._tidy()

    @property
    def positions(self) -> Shape:
        """The sizes of the layer's axes of positions."""
        return tuple(prod(self.sizes[digit] for digit in own) for own in self.layout[1:])

    @property
    def channels(self) -> int:
        """How many channels there are."""
        return prod(self.sizes[digit] for digit in self.layout[0])

    def without_channels(self, channels: int = 1) -> Placed:
        """As seen by what reads all channels of a position, and has so many of its own.

        Raises PatternError.
        """
        placed = self
        for digit in self.layout[0]:
            placed = placed._read_whole(digit)
        return placed._with_channels(channels)

    @property
    def shown(self) -> tuple[tuple[AxisReach, ...], Shape]:
        """The field of each coordinate as all channels see it, and its units.

        Nothing moves on a coordinate that no axis of the layer tells. Raises PatternError.
        """
        found = self.without_channels()
        if found.is_straight:
            return found.axes, found.counts
        told = zip(found.axes, found.coordinates, strict=True)
        return tuple(axis if digits else _still(axis) for axis, digits in told), found.counts

    def units_of(self, position: Sequence[int]) -> tuple[int, ...]:
        """The unit of each coordinate that a position of the layer stands for."""
        values = [0] * len(self.sizes)
        for digits, place in zip(self.layout[1:], position, strict=True):
            for digit in reversed(digits):
                place, values[digit] = divmod(place, self.sizes[digit])
        found = []
        for digits in self.coordinates:
            unit = 0
            for digit in digits:
                unit = unit * self.sizes[digit] + values[digit]
            found.append(unit)
        return tuple(found)

    def hull_with(self, other: Placed) -> Placed | None:
        """What a unit sees that sees both, which may tell its place by more of its digits.

        None where no coordinate is told by all the digits of both. Raises PatternError.
        """
        try:
            own = self._cut_as(other)
            beside = other._cut_as(own)
        except UnfollowedError:
            return None
        numbers = dict(zip(every_digit(beside.layout), every_digit(own.layout), strict=True))
        axes, coordinates = [], []
        for n, mine in enumerate(own.coordinates):
            theirs = tuple(numbers[digit] for digit in beside.coordinates[n])
            digits = mine if {*mine} >= {*theirs} else theirs
            if not {*mine, *theirs} <= {*digits}:
                return None
            fields = (
                own._told_by(own.axes[n], mine, digits),
                own._told_by(beside.axes[n], theirs, digits),
            )
            axes.append(hull(fields))
            coordinates.append(digits)
        return own._replace(axes=tuple(axes), coordinates=tuple(coordinates))._tidy()

    @property
    def by_units(self) -> Placed:
        """A coordinate that has an axis for itself is told by all of the axis' places.

        As `c h w -> c (h p) w` spreads rows: of 2 places each, their field moves every other one.
        """
        placed = self
        for n, digits in enumerate(self.coordinates):
            others = {d for m, own in enumerate(self.coordinates) if m != n for d in own}
            for own in self.layout[1:]:
                if digits != own and {*digits} < {*own} and digits and not others & {*own}:
                    try:
                        axis = placed._told_by(placed.axes[n], digits, own)
                    except PatternError:
                        continue
                    axes = (*placed.axes[:n], axis, *placed.axes[n + 1 :])
                    coordinates = (*placed.coordinates[:n], own, *placed.coordinates[n + 1 :])
                    placed = placed._replace(axes=axes, coordinates=coordinates)
        return placed if placed is self else placed._tidy()

    def _cut_as(self, other: Placed) -> Placed:
        """With a digit at least for each of the other's. Raises UnfollowedError."""
        if len(self.layout) != len(other.layout):
            raise UnfollowedError
        placed = self
        for axis, digits in enumerate(other.layout):
            placed, _ = placed._cut(axis, [other.sizes[digit] for digit in digits])
        return placed

    def _told_by(self, axis: AxisReach, few: Digits, many: Digits) -> AxisReach:
        """The field over the places of more digits, of which only `few` matter."""
        if few == many:
            return axis
        if not few:
            return _still(axis)
        units = prod(self.sizes[digit] for digit in many)
        if many[: len(few)] == few:
            each = prod(self.sizes[digit] for digit in many[len(few) :])
            if each > MAX_PATTERN:
                raise PatternError
            return compose(axis, Link(1, (range(1),) * each), units)
        return compose(axis, self._table(many, few), units)

    def _with_channels(self, channels: int) -> Placed:
        layout = ((len(self.sizes),), *self.layout[1:])
        return self._replace(sizes=(*self.sizes, channels), layout=layout)._tidy()

    def _cut(self, axis: int, wanted: Sequence[int]) -> tuple[Placed, list[Digits]]:
        """An axis cut into parts of the wanted sizes, and the digits of each."""
        own = self.layout[axis]
        cuts = sorted({*ends_of([self.sizes[digit] for digit in own]), *ends_of(wanted)})
        # Channels that were read as positions on the way are fewer here than they are.
        is_whole = prod(wanted) == prod(self.sizes[digit] for digit in own)
        if not is_whole or any(more % less for less, more in pairwise(cuts)):
            raise UnfollowedError
        sizes, split = [*self.sizes], {}
        for digit, (low, high) in zip(
            reversed(own), pairwise(ends_of([self.sizes[digit] for digit in own])), strict=True
        ):
            inside = [cut for cut in cuts if low <= cut <= high]
            if len(inside) > 2:
                made = [more // less for less, more in pairwise(inside)][::-1]
                split[digit] = tuple(range(len(sizes), len(sizes) + len(made)))
                sizes += made
        placed = self._replace(
            sizes=tuple(sizes),
            coordinates=tuple(replaced(digits, split) for digits in self.coordinates),
            layout=tuple(replaced(digits, split) for digits in self.layout),
        )
        digits = iter(placed.layout[axis])
        return placed, [tuple(of_size(digits, size, sizes)) for size in wanted]

    def _read_whole(self, digit: int) -> Placed:
        """Whoever stands elsewhere sees all places of the digit."""
        placed = self
        for n, digits in enumerate(self.coordinates):
            if digit in digits:
                placed = placed._hulled(n, digit)
        return placed

    def _hulled(self, n: int, digit: int) -> Placed:
        digits = self.coordinates[n]
        place = digits.index(digit)
        step = prod(self.sizes[faster] for faster in digits[place + 1 :])
        far = self.sizes[digit] * step
        if not place:
            # So many units as a step are left, side by side.
            link = Link(far if step == 1 else 1, (range(0, far, step),))
        elif step > MAX_PATTERN:
            raise PatternError
        else:
            link = Link(far, tuple(range(first, first + far, step) for first in range(step)))
        left = digits[:place] + digits[place + 1 :]
        return self._changed(n, link, prod(self.sizes[other] for other in left), left)

    def _changed(self, n: int, link: Link, units: int, digits: Digits) -> Placed:
        field = compose(self.axes[n], link, units)
        axes = (*self.axes[:n], field, *self.axes[n + 1 :])
        coordinates = (*self.coordinates[:n], digits, *self.coordinates[n + 1 :])
        return self._replace(axes=axes, coordinates=coordinates)

    def _through(self, axis: int, link: Link, units: int) -> Placed:
        """One axis of positions read through a link."""
        own = self.layout[axis]
        placed, made = self, len(self.sizes)
        size = prod(self.sizes[digit] for digit in own)
        if link.rise == 0 and link.taps == (range(size),):
            # Each unit reads all of the axis, whatever else its coordinates are on.
            for digit in own:
                placed = placed._read_whole(digit)
            own = ()
        tied = [n for n, digits in enumerate(self.coordinates) if set(digits) & set(own)]
        for n in tied:
            digits = self.coordinates[n]
            if digits != own:
                if not set(digits) <= set(own):
                    raise UnfollowedError
                table = self._table(own, digits)
                placed = placed._changed(n, table, len(table.taps), digits)
            placed = placed._changed(n, link, units, (made,))
        layout = (*self.layout[:axis], (made,), *self.layout[axis + 1 :])
        return placed._replace(sizes=(*self.sizes, units), layout=layout)

    def _table(self, own: Digits, digits: Digits) -> Link:
        """The unit of a coordinate at each place of an axis that holds others too."""
        places = prod(self.sizes[digit] for digit in own)
        if places > MAX_PATTERN:
            raise PatternError
        taps = []
        for place in range(places):
            values = {}
            for digit in reversed(own):
                place, values[digit] = divmod(place, self.sizes[digit])
            unit = 0
            for digit in digits:
                unit = unit * self.sizes[digit] + values[digit]
            taps.append(range(unit, unit + 1))
        return Link(prod(self.sizes[digit] for digit in digits), tuple(taps), places, False)

    def _tidy(self) -> Placed:
        """Digits of one place dropped, neighbours everywhere joined, numbers in order."""
        runs = runs_of([*self.layout, *self.coordinates], self.sizes)
        numbers = {digits: n for n, digits in enumerate(runs)}
        sizes = tuple(prod(self.sizes[digit] for digit in digits) for digits in runs)
        first = {digits[0]: n for digits, n in numbers.items()}

        def renamed(digits: Digits) -> Digits:
            return tuple(first[digit] for digit in digits if digit in first)

        layout = tuple(map(renamed, self.layout))
        return Placed(self.axes, sizes, tuple(map(renamed, self.coordinates)), layout)


def placed(axes: tuple[AxisReach, ...], shape: Shape) -> Placed:
    """Each axis of positions of a layer of this shape is one coordinate.

    >>> from convcalc.core.reach import IDENTITY
    >>> from convcalc.core.arrangement import reshaped
    >>> rows = placed((IDENTITY, IDENTITY), (1, 4, 100))
    >>> folded = rows.arranged(reshaped((1, 4, 100), (4, 100)))
    >>> folded.has_folded, folded.without_channels().axes[0]
    (True, Sliding(size=4, stride=4, start=0))
    """
    positions = tuple((n,) for n in range(1, len(shape)))
    return Placed(axes, shape, positions, ((0,), *positions))._tidy()


def _still(axis: AxisReach) -> AxisReach:
    """The field of a single unit, which has no next one."""
    ends = interval(axis, 0)
    return axis if ends is None else Sliding(ends[1] - ends[0] + 1, 0, ends[0])
