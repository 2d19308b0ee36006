"""What is seen behind a layer that reads positions through links, as windows do."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from convcalc.core.digits import Placed, UnfollowedError
from convcalc.core.links import POINTWISE, Link
from convcalc.core.reach import AxisReach, PatternError, Sliding, compose
from convcalc.core.reach_figures import covers, steps_over
from convcalc.core.shapes import Shape
from convcalc.planning.reach_ways import met, way_covers
from convcalc.planning.reaches import Ends, Reach

if TYPE_CHECKING:
    from convcalc.kinds.base import Facts


def windowed(reach: Reach, links: tuple[Link, ...], facts: Facts, places: Shape) -> Reach:
    """Behind a layer that reads so many positions (`places`) through links."""
    try:
        if reach.ways:
            return _in_ways(reach, links, facts, places)
        if reach.axes is None:
            # It may have read only some of what there is.
            return reach._replace(covered=False)
        if reach.placed is not None:
            way, was_folded = _read(reach.placed, links, facts)
            covered = way_covers(way, way.counts, reach.size)
            return reach.laid(way)._replace(
                run=facts.output[0] if was_folded else reach.run,
                at_most=reach.at_most or not _is_told_apart(reach.placed, links),
                ends=_ends(reach, links, facts, places, covered),
            )
        seen, units = _composed(reach.axes, links, facts), facts.output[1:]
        covered = all(map(covers, seen, units, reach.size))
        ends = _ends(reach, links, facts, places, covered)
        return reach._replace(axes=seen, counts=units, ends=ends, covered=False)
    except PatternError:
        return reach._replace(axes=None, placed=None, ways=(), covered=False)
    except UnfollowedError:
        return reach._replace(covered=False).unknown


def _in_ways(reach: Reach, links: tuple[Link, ...], facts: Facts, places: Shape) -> Reach:
    """Behind links, where positions lie in several ways. Raises UnfollowedError, PatternError."""
    found = [_read(way, links, facts) for way in reach.ways]
    ways = [way for way, _ in found]
    # Where windows among the channels were read as one, no more than that is known.
    was_folded = any(folded for _, folded in found)
    covered = any(way_covers(way, way.counts, reach.size) for way in ways)
    reach = reach._replace(
        hidden=reach.hidden or was_folded,
        together=reach.together or was_folded,
        ends=_ends(reach, links, facts, places, covered),
    )
    return met(reach, ways, facts.output[0])


def _ends(
    reach: Reach, links: tuple[Link, ...], facts: Facts, places: Shape, covered: bool
) -> Ends:
    """What is left of the ends of the input, which the fields behind the layer say are `covered`.

    What an input has not seen no layer behind sees again: padding then stands for pixels.
    """
    windows = [
        Placing(link, count, units)
        for link, count, units in zip(links, places, facts.output[1:], strict=False)
    ]
    if reach.ends == Ends.LOST or (reach.ends and any(window.leaves_places for window in windows)):
        return Ends.LOST
    runs_over = any(window.runs_over for window in windows)
    if not runs_over and not any(window.has_gaps for window in windows):
        return reach.ends
    has_gaps = any(window.has_gaps and window.runs_over for window in windows)
    if reach.axes is not None and reach.placed is None:
        read = zip(reach.axes, links, facts.output[1:], reach.counts, reach.size, strict=True)
        is_lost = any(steps_over(*axis) for axis in read)
    else:
        is_lost = has_gaps
    if is_lost or (runs_over and covered and not _covered_before(reach)):
        return Ends.LOST
    return Ends.LOOSE if has_gaps else reach.ends


def _covered_before(reach: Reach) -> bool:
    if reach.ways:
        return any(way_covers(way, way.counts, reach.size) for way in reach.ways)
    ways = zip(reach.axes or (), reach.counts, reach.size, strict=True)
    return all(covers(*axis) for axis in ways)


class Placing(NamedTuple):
    """How `units` stand over so many `places` of one axis."""

    link: Link
    places: int
    units: int

    @property
    def window(self) -> range:
        """The taps of the first unit, where all read alike; empty where they do not."""
        taps = self.link.taps
        return taps[0] if len(taps) == 1 else range(0)

    @property
    def last(self) -> int:
        """The last tap of the last window."""
        return self.window[-1] + (self.units - 1) * self.link.rise

    @property
    def has_gaps(self) -> bool:
        """True where windows leave places between their taps, or between each other."""
        window = self.window
        return 0 < len(window) < max(window[-1] - window[0] + 1, self.link.rise)

    @property
    def runs_over(self) -> bool:
        """True where some taps may lie beyond the places."""
        if not self.window:
            return self.link.units is None
        return self.window[0] < 0 or self.last >= self.places

    @property
    def leaves_places(self) -> bool:
        """True where some places may be read by no unit."""
        window = self.window
        if not window:
            return self.link.units is None
        if window[0] > 0 or self.last < self.places - 1:
            return True
        # Of dilated windows that move by 1 each place is some unit's, if they are enough.
        return self.has_gaps and (self.link.rise != 1 or window.step > self.units)


def _is_told_apart(way: Placed, links: tuple[Link, ...]) -> bool:
    """False where a window meets places that see nothing, and others that see only one axis.

    Of rows and columns on one axis each is followed by itself.
    """
    if not any(map(is_idle_somewhere, way.axes)):
        return True
    windows = [own for own, link in zip(way.layout[1:], links, strict=True) if link != POINTWISE]
    return all(sum(not {*own}.isdisjoint(one) for one in way.coordinates) < 2 for own in windows)


def is_idle_somewhere(axis: AxisReach) -> bool:
    """True where some units see nothing."""
    return not isinstance(axis, Sliding) and any(None in track.first for track in axis)


def _read(way: Placed, links: tuple[Link, ...], facts: Facts) -> tuple[Placed, bool]:
    """Behind links, and whether positions among the channels were read there.

    Of a layer whose channels read their own alone they stay, if none of them is also on an axis
    that is read. Raises UnfollowedError, PatternError.
    """
    if facts.flow.how in ("own", "scaled"):
        with suppress(UnfollowedError):
            return way.linked(links, facts.output, mixes=False), False
    return way.linked(links, facts.output), way.has_folded


def _composed(
    axes: tuple[AxisReach, ...], links: tuple[Link, ...], facts: Facts
) -> tuple[AxisReach, ...]:
    # Square maps under square kernels are the rule: what one axis gives, both do.
    if len(axes) == 2 and axes[0] == axes[1] and links[0] == links[1]:
        high, wide = facts.output[1:]
        if high == wide:
            return (compose(axes[0], links[0], high),) * 2
    ways = zip(axes, links, facts.output[1:], strict=True)
    return tuple([compose(axis, link, units) for axis, link, units in ways])
