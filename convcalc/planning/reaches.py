"""The walk of receptive fields: what a layer sees, from what its inputs see and its facts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate
from math import prod
from typing import TYPE_CHECKING, NamedTuple

from convcalc.core.digits import Placed, UnfollowedError, placed
from convcalc.core.reach import IDENTITY, AxisReach, PatternError, Sliding, Track, compose, hull
from convcalc.core.reach_figures import covers
from convcalc.core.shapes import Shape
from convcalc.kinds.base import POINTWISE_LINKS

if TYPE_CHECKING:
    from convcalc.core.arrangement import Arrangement
    from convcalc.core.links import Link
    from convcalc.kinds.base import Facts, Links

# A plan keeps so many table entries in all, and for fields some more with each layer, so that
# those of one input are always followed: a field for each of many inputs in each of many layers
# is more than there is room for. Beyond, fields are unknown.
MAX_ENTRIES = 500_000
ENTRIES_PER_LAYER = 10
ENTRIES_PER_REACH = 4


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

    @property
    def is_plain(self) -> bool:
        """True where nothing is to be said of channels, or of axes that moved."""
        return self.placed is None and self.run == 1


def of_input(source: int, shape: Shape) -> tuple[Reach, ...]:
    """An input sees itself."""
    sizes = shape[1:]
    is_vector = not sizes
    axes = (IDENTITY,) * len(sizes)
    return (Reach(source, sizes, axes, sizes, whole=is_vector, lost=is_vector, covered=is_vector),)


def through(reaches: Sequence[tuple[Reach, ...]], facts: Facts) -> tuple[Reach, ...]:
    """The reach of a layer whose inputs have these; one entry for each input of the network."""
    if len(reaches) == 1:
        (own,) = reaches
        is_kept = not facts.sees_all and _is_pointwise(facts.links[0])
        if is_kept and all(reach.is_plain for reach in own):
            return own
        return tuple([linked(reach, facts) for reach in own])
    by_source: dict[int, list[Reach]] = {}
    for number, own in enumerate(reaches):
        for reach in own:
            by_source.setdefault(reach.source, []).append(linked(reach, facts, number))
    return tuple([_merged(by_source[source], facts) for source in sorted(by_source)])


def linked(reach: Reach, facts: Facts, number: int = 0) -> Reach:
    """The reach of a layer of these facts that reads its input `number` of known `reach`."""
    links = facts.links[number]
    moves = facts.arrangements[number] if facts.arrangements else None
    if reach.lost:
        return _of_vector(reach, links, moves, facts)
    if links is None and moves is None:
        covered = _covers(reach)
        is_told = facts.flow.how != "unfollowed"
        at_most = reach.at_most if reach.whole else not (covered and is_told)
        return _dropped(reach, at_most, covered)
    if moves is not None and _moves(reach, links, moves):
        found = _arranged(reach, moves, facts)
    elif _is_pointwise(links):
        found = reach
    else:
        found = _windowed(reach, links or (), facts)
    if facts.sees_all and not (found.whole and not found.at_most):
        found = found._replace(whole=True, at_most=not _covers(found))
    return found if found.is_plain and found.run == 1 else _flown(found, facts)


def _dropped(reach: Reach, at_most: bool, covered: bool) -> Reach:
    """No position is left."""
    axes, counts = reach.axes, reach.counts
    return Reach(reach.source, reach.size, axes, counts, True, True, at_most, covered)


def _of_vector(reach: Reach, links: Links, moves: Arrangement | None, facts: Facts) -> Reach:
    """Behind a layer whose input has no positions: all of it, or a part, of what there was."""
    if facts.flow.how == "picked" or (moves is not None and links is None):
        # Some of the numbers see some of the input.
        return reach if reach.covered and reach.run == 1 else reach._replace(at_most=True)
    if links is None:
        return reach._replace(at_most=not reach.covered, run=1)
    return reach


def _moves(reach: Reach, links: Links, moves: Arrangement) -> bool:
    """True where what is known of axes is needed to follow a move of them."""
    if links is None:
        return True
    folds = not _is_pointwise(links) and len(moves.after[0]) > len(moves.before[0])
    return folds or (reach.placed is not None and reach.placed.has_folded)


def _arranged(reach: Reach, moves: Arrangement, facts: Facts) -> Reach:
    """Behind a layer that moves whole axes."""
    covered = _covers(reach)
    channels = prod(moves.sizes[part] for part in moves.before[0])
    # Numbers of a vector: each sees a part, together they see all.
    if len(facts.output) == 1:
        at_most = reach.at_most if reach.whole else not covered
        left = _dropped(reach, at_most, covered)
        return left if reach.whole else left._replace(run=facts.output[0])
    if reach.whole:
        return _dropped(reach, reach.at_most, covered)
    try:
        if reach.axes is None:
            raise UnfollowedError
        whole = reach.placed or placed(reach.axes, (channels, *reach.counts))
        found = whole.arranged(moves)
    except (UnfollowedError, PatternError):
        return _dropped(reach, True, covered)
    picked = {part for own in moves.after[1:] for part in own} & {*moves.before[0]}
    is_split = reach.run > 1 and any(moves.sizes[part] > 1 for part in picked)
    return reach._replace(
        axes=found.axes,
        counts=found.counts,
        placed=None if found.is_straight else found,
        at_most=reach.at_most or is_split,
    )


def _windowed(reach: Reach, links: tuple[Link, ...], facts: Facts) -> Reach:
    """Behind a layer that reads positions through links."""
    if reach.axes is None:
        return reach
    try:
        if reach.placed is not None:
            found = reach.placed.linked(links, facts.output)
            was_folded = reach.placed.has_folded
            return reach._replace(
                axes=found.axes,
                counts=found.counts,
                placed=None if found.is_straight else found,
                run=facts.output[0] if was_folded else reach.run,
            )
        return reach._replace(axes=_composed(reach.axes, links, facts), counts=facts.output[1:])
    except PatternError:
        return reach._replace(axes=None, placed=None)
    except UnfollowedError:
        return _dropped(reach, True, _covers(reach))


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


def _flown(reach: Reach, facts: Facts) -> Reach:
    """What the layer did with the channels, for what single ones of them have seen."""
    how, counts = facts.flow
    channels = facts.output[0]
    is_folded = reach.placed is not None and reach.placed.has_folded
    is_read = how == "mixed" and is_folded
    if reach.placed is not None and (is_read or reach.placed.channels != channels):
        run = 1 if how == "mixed" else channels if is_folded else reach.run
        try:
            found = reach.placed.without_channels(channels)
        except PatternError:
            return reach._replace(axes=None, placed=None)
        straight = None if found.is_straight else found
        reach = reach._replace(axes=found.axes, counts=found.counts, placed=straight, run=run)
    if how == "mixed":
        return reach._replace(run=1, cuts=())
    if how == "shuffled":
        (groups,) = counts
        is_dealt = bool(reach.cuts) and not any(cut % (channels // groups) for cut in reach.cuts)
        # Each group has a channel among any so many, and each input's are whole groups.
        return reach._replace(run=groups if is_dealt else channels, cuts=())
    if how == "picked":
        (left,) = counts
        is_part = is_folded or reach.run > left
        return reach._replace(at_most=reach.at_most or (is_part and not reach.whole), cuts=())
    return reach


def _covers(reach: Reach) -> bool:
    """True where all units together see all of the input, from its first pixel to its last."""
    if reach.whole:
        return not reach.at_most
    if reach.axes is None:
        return False
    ways = zip(reach.axes, reach.counts, reach.size, strict=True)
    return all(covers(axis, units, size) for axis, units, size in ways)


def _is_pointwise(links: Links) -> bool:
    return links is not None and links is POINTWISE_LINKS[len(links)]


def is_straight(reach: Reach) -> bool:
    """True where the field slides evenly, so that its figures do not depend on the map's size."""
    return reach.axes is not None and all(type(axis) is Sliding for axis in reach.axes)


def entries(reaches: Iterable[Reach]) -> int:
    """Length of all patterns together; 0 for straight lines."""
    axes = (axis for reach in reaches for axis in reach.axes or () if type(axis) is not Sliding)
    return sum(len(track.first) for tracks in axes for track in tracks if type(track) is Track)


def unfollowed(reaches: tuple[Reach, ...]) -> tuple[Reach, ...]:
    """The same reaches without their patterns, which would take too long to follow."""
    return tuple(
        reach if is_straight(reach) else reach._replace(axes=None, placed=None) for reach in reaches
    )


def _merged(reaches: list[Reach], facts: Facts) -> Reach:
    first = reaches[0]
    joined = facts.flow.how == "joined"
    if reaches.count(first) == len(reaches):
        return first
    whole = any(reach.whole for reach in reaches)
    is_exact = any(reach.whole and not reach.at_most for reach in reaches)
    at_most = not is_exact and any(reach.at_most for reach in reaches)
    # A branch without positions (a squeeze-excite gate) says nothing of the local field.
    local = [reach for reach in reaches if not reach.lost]
    if not local:
        return first._replace(whole=True, at_most=at_most, covered=any(r.covered for r in reaches))
    found = local[0]._replace(whole=whole, at_most=at_most)
    if any(reach.axes is None for reach in local):
        return found._replace(axes=None, placed=None)
    try:
        found = _joined(found, local)
    except PatternError:
        return found._replace(axes=None, placed=None)
    except UnfollowedError:
        return _dropped(found, not is_exact, is_exact)
    if joined and len(set(local)) > 1:
        own = facts.flow.counts
        ends = tuple(accumulate(own))[:-1]
        return found._replace(run=sum(own) - min(own[0], own[-1]) + 1, cuts=ends)
    return found._replace(run=max(reach.run for reach in local))


def _joined(found: Reach, local: list[Reach]) -> Reach:
    """The hull of several, unit by unit; raises UnfollowedError, PatternError."""
    if any(reach.placed is not None for reach in local):
        ways = [_spread(reach) for reach in local]
        if len({way[1:] for way in ways}) > 1:
            raise UnfollowedError
        axes = tuple(map(hull, zip(*(way.axes for way in ways), strict=True)))
        return found._replace(axes=axes, placed=ways[0]._replace(axes=axes))
    per_axis: Iterable[tuple[AxisReach, ...]] = zip(
        *(reach.axes or () for reach in local), strict=True
    )
    return found._replace(axes=tuple(map(hull, per_axis)))


def _spread(reach: Reach) -> Placed:
    """Where the axes of a reach lie, seen by what reads all channels."""
    if reach.placed is None:
        # So many channels as are written is of no account: nothing depends on them.
        return placed(reach.axes or (), (1, *reach.counts))
    return reach.placed.without_channels()
