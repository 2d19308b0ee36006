"""Where positions lie in several ways at once, as queries and keys that have met."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from convcalc.core.digits import Placed
from convcalc.core.reach_figures import covers
from convcalc.core.shapes import Shape
from convcalc.planning.reaches import Ends, Reach

# In so many ways at once are positions followed.
MAX_WAYS = 4


def met(reach: Reach, ways: Sequence[Placed], channels: int) -> Reach:
    """The reach, whose positions lie in each of these ways. Raises PatternError.

    What each unit sees in one of them hides where the others are: of the product of queries and
    keys, gathered over the keys, the queries' positions are left.
    """
    joined: list[Placed] = []
    gathered: list[Placed] = []
    together = reach.together
    covered = any(way_covers(way, way.counts, reach.size) for way in ways)
    covered = covered and reach.ends < Ends.LOST
    reach = reach._replace(covered=covered or reach.is_exactly_whole)
    for way in ways:
        if not way.has_folded or way.channels != channels:
            # Each of several channels may see less.
            together = together or way.has_folded
            way = way.without_channels(channels)
        if prod(way.counts) == 1:
            gathered.append(way)
            continue
        for at, known in enumerate(joined):
            both = known.hull_with(way)
            if both is not None:
                joined[at] = both
                break
        else:
            joined.append(way)
    if not joined:
        left = reach._replace(axes=None).dropped(reach.covered, together)
        return left._replace(at_most=left.at_most or reach.at_most)
    if gathered:
        seen = any(way_covers(way, (1,) * len(way.axes), reach.size) for way in gathered)
        is_bound = reach.at_most or reach.hidden or reach.ends == Ends.LOST or not seen
        at_most = is_bound and not reach.is_exactly_whole
        together = together and not (reach.is_exactly_whole and not reach.together)
        reach = reach._replace(whole=True, at_most=at_most, together=together)
    if len(joined) == 1:
        at_most = reach.at_most or (reach.hidden and not reach.whole)
        return reach.laid(joined[0])._replace(at_most=at_most)
    if len(joined) > MAX_WAYS:
        return reach.unknown
    return reach._replace(axes=None, counts=(), placed=None, ways=tuple(joined))


def way_covers(way: Placed, counts: Shape, size: Shape) -> bool:
    """True where so many units of each coordinate see all of the input of this size."""
    return all(map(covers, way.axes, counts, size))
