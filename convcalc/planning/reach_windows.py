"""What is seen behind a layer that reads positions through links, as windows do."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from convcalc.core.digits import Placed, UnfollowedError
from convcalc.core.links import POINTWISE
from convcalc.core.reach import AxisReach, PatternError, Sliding, compose
from convcalc.core.reach_figures import covers, steps_over
from convcalc.core.shapes import Shape
from convcalc.planning.reach_ways import met, way_covers
from convcalc.planning.reaches import Reach

if TYPE_CHECKING:
    from convcalc.core.links import Link
    from convcalc.kinds.base import Facts


def windowed(reach: Reach, links: tuple[Link, ...], facts: Facts, places: Shape) -> Reach:
    """Behind a layer that reads so many positions (`places`) through links."""
    units = facts.output[1:]
    try:
        if reach.ways:
            found = [_read(way, links, facts) for way in reach.ways]
            ways = [way for way, _ in found]
            # Where windows among the channels were read as one, no more than that is known.
            was_folded = any(folded for _, folded in found)
            is_covered = any(way_covers(way, way.counts, reach.size) for way in ways)
            reach = reach._replace(
                hidden=reach.hidden or was_folded,
                together=reach.together or was_folded,
                holed=reach.holed or _loses_ends(links, places, units, is_covered),
            )
            return met(reach, ways, facts.output[0])
        if reach.axes is None:
            # It may have read only some of what there is.
            return reach._replace(covered=False)
        if reach.placed is not None:
            way, was_folded = _read(reach.placed, links, facts)
            is_covered = way_covers(way, way.counts, reach.size)
            return reach.laid(way)._replace(
                run=facts.output[0] if was_folded else reach.run,
                at_most=reach.at_most or not _is_told_apart(reach.placed, links),
                holed=reach.holed or _loses_ends(links, places, units, is_covered),
            )
        read = zip(reach.axes, links, units, reach.counts, reach.size, strict=True)
        holed = reach.holed or any(steps_over(*axis) for axis in read)
        seen = _composed(reach.axes, links, facts)
        if not holed and _leaves_out(links, places, units):
            holed = not all(map(covers, seen, units, reach.size))
        return reach._replace(axes=seen, counts=units, holed=holed, covered=False)
    except PatternError:
        return reach._replace(axes=None, placed=None, ways=(), covered=False)
    except UnfollowedError:
        return reach._replace(covered=False).unknown


def _loses_ends(links: tuple[Link, ...], places: Shape, units: Shape, is_covered: bool) -> bool:
    """True where an end of the input may be lost for good; `is_covered` by what is read now."""
    is_left = _leaves_out(links, places, units) and not is_covered
    return is_left or _may_miss_ends(links, places, units)


def _leaves_out(links: tuple[Link, ...], places: Shape, units: Shape) -> bool:
    """True where windows do not reach an end of the map, which padding behind does not bring back.

    As a crop does, and what a stride leaves over.
    """
    for (rise, taps, *_), count, own in zip(links, places, units, strict=False):
        if len(taps) == 1 and taps[0]:
            first, last = taps[0][0], taps[0][-1] + (own - 1) * rise
            if first > 0 or last < count - 1:
                return True
    return False


def _may_miss_ends(links: tuple[Link, ...], places: Shape, units: Shape) -> bool:
    """True where windows that leave places between them begin or end in padding."""
    return any(
        link.taps[0][0] < 0 or link.taps[0][-1] + (own - 1) * link.rise >= count
        for link, count, own in zip(links, places, units, strict=False)
        if len(link.taps) == 1
        and link.taps[0]
        and (link.taps[0].step > 1 or len(link.taps[0]) < link.rise)
    )


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
