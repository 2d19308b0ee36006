"""What a layer's units see of an input of the network, as it is followed layer by layer."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import NamedTuple

from convcalc.core.digits import Placed
from convcalc.core.reach import IDENTITY, AxisReach, Sliding, Track
from convcalc.core.reach_figures import covers
from convcalc.core.shapes import Shape

# A plan keeps so many table entries in all, and for fields some more with each layer, so that
# those of one input are always followed: a field for each of many inputs in each of many layers
# is more than there is room for. Beyond, fields are unknown.
MAX_ENTRIES = 500_000
ENTRIES_PER_LAYER = 10
ENTRIES_PER_REACH = 4


class Ends(IntEnum):
    """What is known of the ends of an input, where fields reach them.

    `LOOSE`: windows with holes ran into padding, so that the end of a field may be padding, and the
    pixel beside it another unit's. `LOST`: what told of an end may have been stepped over.
    """

    READ = 0
    LOOSE = 1
    LOST = 2


class Reach(NamedTuple):
    """What a layer's units see of one input of the network.

    `axes` has one entry an axis of that input, each over so many units as `counts` says, or is
    None where the pattern is too long to follow. `placed` says where these axes lie in the layer,
    where that is not the same axis in order.

    `whole`: every unit depends on all of the input. `lost`: no position is left (a global pool, a
    dense layer); `axes` then keeps those of the last map, for its stride. `at_most`: the field is
    an upper bound. `covered`: all units together see all of the input, first to last.

    A field is that of all channels of a position together. `run` of them in a row, or more, see
    as much; `cuts` are where the channels of several inputs meet.

    `ways`: the same positions lie on different axes, each query's beside each key's; what a unit
    sees is the hull of all, which no table of `axes` holds; see `shown`. `hidden`: they met other
    numbers, which may be a mask, so that of what is gathered from them some may be missing.

    `ends`: whether the first and the last pixel of the fields are read.

    `together`: `whole` is true of all channels together; single ones, which hold some of the
    positions, may see less.
    """

    source: int
    size: Shape
    axes: tuple[AxisReach, ...] | None
    counts: Shape
    whole: bool = False
    lost: bool = False
    at_most: bool = False
    covered: bool = False
    placed: Placed | None = None
    run: int = 1
    cuts: tuple[int, ...] = ()
    ways: tuple[Placed, ...] = ()
    hidden: bool = False
    together: bool = False
    ends: Ends = Ends.READ

    @property
    def is_plain(self) -> bool:
        """True where nothing is to be said of channels, or of axes that moved."""
        return self.placed is None and self.run == 1 and not self.ways and not self.together

    @property
    def is_exactly_whole(self) -> bool:
        """True where every unit is known to see all of the input."""
        return self.whole and not self.at_most

    @property
    def is_straight(self) -> bool:
        """True where each axis of positions is an axis of the input, in order."""
        return self.placed is None and not self.ways

    @property
    def slides_evenly(self) -> bool:
        """True where the figures of the field do not depend on the map's size."""
        return self.axes is not None and all(type(axis) is Sliding for axis in self.axes)

    def moves_along(self, axis: int) -> bool:
        """True where units along an axis of positions see pixels that are told apart there."""
        if self.placed is None:
            return not self.ways
        _, *positions = self.placed.layout
        return any({*positions[axis]} & {*digits} for digits in self.placed.coordinates)

    @property
    def positions(self) -> Shape:
        """The sizes of the layer's axes of positions."""
        laid = self.ways[0] if self.ways else self.placed
        return self.counts if laid is None else laid.positions

    @property
    def shown(self) -> Reach:
        """What figures tell: of what is seen in several ways, that it is everything at most."""
        if not self.ways or self.whole:
            return self
        return self._replace(whole=True, at_most=True)

    @property
    def all_ways(self) -> tuple[Placed, ...]:
        """How axes lie that have moved."""
        return self.ways or ((self.placed,) if self.placed is not None else ())

    @property
    def is_folded(self) -> bool:
        """True where single channels hold some of the positions."""
        return any(way.has_folded for way in self.all_ways)

    @property
    def is_each_less(self) -> bool:
        """True where single channels may have seen less than all of a position together."""
        is_part = self.run > 1 and not self.is_exactly_whole
        return self.together or is_part or self.is_folded

    @property
    def covers_input(self) -> bool:
        """True where all units together see all of the input, from its first pixel to its last."""
        if self.is_exactly_whole:
            return True
        if self.axes is None or self.whole:
            return self.covered
        ways = zip(self.axes, self.counts, self.size, strict=True)
        return self.ends < Ends.LOST and all(
            covers(axis, units, size) for axis, units, size in ways
        )

    def laid(self, found: Placed) -> Reach:
        """The same, whose axes now lie so."""
        found = found.by_units
        straight = None if found.is_straight else found
        return self._replace(
            axes=found.axes, counts=found.counts, placed=straight, ways=(), covered=False
        )

    def dropped(self, covered: bool, together: bool = False) -> Reach:
        """No position is left."""
        left = Reach(
            self.source, self.size, self.axes, self.counts, True, True, not covered, covered
        )
        return left._replace(together=together, ends=self.ends)

    @property
    def unknown(self) -> Reach:
        """Positions are left, and which of the input's they are is not known."""
        at_most = not self.is_exactly_whole or self.together
        left = Reach(self.source, self.size, None, (), True, False, at_most, self.covered)
        together = self.together or not self.is_exactly_whole
        return left._replace(together=together, ends=self.ends)


def of_input(source: int, shape: Shape) -> tuple[Reach, ...]:
    """An input sees itself."""
    sizes = shape[1:]
    is_vector = not sizes
    axes = (IDENTITY,) * len(sizes)
    return (Reach(source, sizes, axes, sizes, whole=is_vector, lost=is_vector, covered=is_vector),)


def entries(reaches: Iterable[Reach]) -> int:
    """Length of all patterns together; 0 for straight lines."""
    ways = (way for reach in reaches for way in (reach.axes or (), *(w.axes for w in reach.ways)))
    axes = (axis for way in ways for axis in way if type(axis) is not Sliding)
    return sum(len(track.first) for tracks in axes for track in tracks if type(track) is Track)


def unfollowed(reaches: tuple[Reach, ...]) -> tuple[Reach, ...]:
    """The same reaches without their patterns, which would take too long to follow."""
    return tuple(
        reach if reach.slides_evenly else reach._replace(axes=None, placed=None, ways=())
        for reach in reaches
    )
