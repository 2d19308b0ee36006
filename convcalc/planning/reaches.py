"""The walk of receptive fields: what a layer sees, from what its inputs see and its facts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from itertools import accumulate
from math import prod
from typing import TYPE_CHECKING, NamedTuple

from convcalc.core.digits import Placed, UnfollowedError, placed
from convcalc.core.reach import IDENTITY, AxisReach, PatternError, Sliding, Track, compose, hull
from convcalc.core.reach_figures import covers, steps_over
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
# In so many ways at once are positions followed.
MAX_WAYS = 4


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

    `holed`: windows with holes step over an end of the input, which none may read.

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
    holed: bool = False

    @property
    def is_plain(self) -> bool:
        """True where nothing is to be said of channels, or of axes that moved."""
        return self.placed is None and self.run == 1 and not self.ways and not self.together

    @property
    def is_exactly_whole(self) -> bool:
        """True where every unit is known to see all of the input."""
        return self.whole and not self.at_most

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
        is_kept = is_kept and facts.flow.how != "picked"
        places = facts.output[1:]
        if is_kept and all(r.is_plain and (r.lost or r.counts == places) for r in own):
            return own
        return tuple([linked(reach, facts) for reach in own])
    by_source: dict[int, list[Reach]] = {}
    for number, own in enumerate(reaches):
        for reach in own:
            by_source.setdefault(reach.source, []).append(linked(reach, facts, number))
    many = len(reaches)
    return tuple([_merged(by_source[source], facts, many) for source in sorted(by_source)])


def linked(reach: Reach, facts: Facts, number: int = 0) -> Reach:
    """The reach of a layer of these facts that reads its input `number` of known `reach`."""
    links = facts.links[number]
    moves = facts.arrangements[number] if facts.arrangements else None
    mixes = facts.flow.how == "mixed"
    if reach.lost:
        return _of_vector(reach, links, moves, facts)
    if links is None and moves is None:
        covered = _covers(reach)
        if facts.flow.how == "sampled":
            reach, covered = reach._replace(covered=False), False
        elif facts.flow.how != "unfollowed":
            return _dropped(reach, covered, not mixes and (reach.together or _is_folded(reach)))
        left = _unknown(reach._replace(covered=covered))
        # Where another input has the positions, as offsets of taps do, they are known.
        is_placed = len(facts.output) == 1 or any(own is not None for own in facts.links)
        return _dropped(reach, covered)._replace(at_most=left.at_most) if is_placed else left
    if moves is not None and _moves(reach, links, moves):
        found = _arranged(reach, moves, facts)
    # The first of several places are read alike, and are not all.
    elif _is_pointwise(links) and reach.positions == facts.output[1:]:
        found = reach
    else:
        found = _windowed(reach, links or (), facts)
    if found.axes is None and not found.lost:
        found = found._replace(counts=facts.output[1:])
    if facts.sees_all and not found.is_exactly_whole:
        together = not mixes and _is_folded(found)
        found = found._replace(whole=True, at_most=not _covers(found), together=together)
    is_told = found.is_plain and found.axes is not None
    return found if is_told else _flown(found, facts, moves is not None)


def _dropped(reach: Reach, covered: bool, together: bool = False) -> Reach:
    """No position is left."""
    axes, counts = reach.axes, reach.counts
    left = Reach(reach.source, reach.size, axes, counts, True, True, not covered, covered)
    return left._replace(together=together, holed=reach.holed)


def _unknown(reach: Reach) -> Reach:
    """Positions are left, and which of the input's they are is not known."""
    at_most, covered = not reach.is_exactly_whole, reach.covered
    left = Reach(reach.source, reach.size, None, (), True, False, at_most, covered)
    return left._replace(together=reach.together, holed=reach.holed)


def _of_vector(reach: Reach, links: Links, moves: Arrangement | None, facts: Facts) -> Reach:
    """Behind a layer whose input has no positions: all of it, or a part, of what there was."""
    if facts.flow.how == "picked" or (moves is not None and links is None):
        # Some of the numbers see some of the input.
        if reach.covered and reach.run == 1 and not reach.together:
            return reach
        is_less = facts.flow.how == "picked" and facts.flow.counts[0] < reach.run
        return reach._replace(at_most=True, covered=reach.covered and not is_less)
    if facts.flow.how == "mixed":
        reach = reach._replace(together=False)
    if links is None:
        return reach._replace(at_most=not reach.covered, run=1)
    return reach


def _moves(reach: Reach, links: Links, moves: Arrangement) -> bool:
    """True where what is known of axes is needed to follow a move of them."""
    if links is None:
        return True
    folds = not _is_pointwise(links) and len(moves.after[0]) > len(moves.before[0])
    return folds or reach.run > 1 or (reach.placed is not None and reach.placed.has_folded)


def _arranged(reach: Reach, moves: Arrangement, facts: Facts) -> Reach:
    """Behind a layer that moves whole axes."""
    covered = _covers(reach)
    channels = prod(moves.sizes[part] for part in moves.before[0])
    # Numbers of a vector: each sees a part, together they see all.
    if len(facts.output) == 1:
        is_each = reach.whole and not reach.together
        left = _dropped(reach, covered, reach.together)
        return left if is_each else left._replace(run=facts.output[0])
    try:
        if reach.ways:
            return _met(reach, [way.arranged(moves) for way in reach.ways], facts.output[0])
        if reach.axes is None:
            raise UnfollowedError
        whole = reach.placed or placed(reach.axes, (channels, *reach.counts))
        found = whole.arranged(moves)
    except (UnfollowedError, PatternError):
        return _unknown(reach._replace(covered=covered))
    if prod(found.counts) == 1 < prod(whole.counts):
        return _dropped(reach, covered, reach.together)
    picked = {part for own in moves.after[1:] for part in own} & {*moves.before[0]}
    is_picked = any(moves.sizes[part] > 1 for part in picked)
    is_less = reach.together or (reach.run > 1 and not reach.whole)
    return _laid(reach, found)._replace(at_most=reach.at_most or (is_picked and is_less))


def _laid(reach: Reach, found: Placed) -> Reach:
    """The reach, whose axes now lie so."""
    found = found.by_units
    straight = None if found.is_straight else found
    return reach._replace(
        axes=found.axes, counts=found.counts, placed=straight, ways=(), covered=False
    )


def _windowed(reach: Reach, links: tuple[Link, ...], facts: Facts) -> Reach:
    """Behind a layer that reads positions through links."""
    try:
        if reach.ways:
            found = [_read(way, links, facts) for way in reach.ways]
            # Where windows among the channels were read as one, no more than that is known.
            hidden = reach.hidden or any(was_folded for _, was_folded in found)
            reach = reach._replace(hidden=hidden)
            return _met(reach, [way for way, _ in found], facts.output[0])
        if reach.axes is None:
            # It may have read only some of what there is.
            return reach._replace(covered=False)
        if reach.placed is not None:
            placed_, was_folded = _read(reach.placed, links, facts)
            run = facts.output[0] if was_folded else reach.run
            return _laid(reach, placed_)._replace(run=run)
        axes, units = reach.axes, facts.output[1:]
        read = zip(axes, links, units, reach.counts, reach.size, strict=True)
        holed = reach.holed or any(steps_over(*axis) for axis in read)
        return reach._replace(axes=_composed(axes, links, facts), counts=units, holed=holed)
    except PatternError:
        return reach._replace(axes=None, placed=None, ways=(), covered=False)
    except UnfollowedError:
        return _unknown(reach._replace(covered=False))


def _read(way: Placed, links: tuple[Link, ...], facts: Facts) -> tuple[Placed, bool]:
    """Behind links, and whether positions among the channels were read there.

    Of a layer whose channels read their own alone they stay, if none of them is also on an axis
    that is read. Raises UnfollowedError, PatternError.
    """
    if facts.flow.how in ("own", "scaled"):
        with suppress(UnfollowedError):
            return way.linked(links, facts.output, mixes=False), False
    return way.linked(links, facts.output), way.has_folded


def _met(reach: Reach, ways: Sequence[Placed], channels: int) -> Reach:
    """The reach, whose positions lie in each of these ways. Raises PatternError.

    What each unit sees in one of them hides where the others are: of the product of queries and
    keys, gathered over the keys, the queries' positions are left.
    """
    joined: list[Placed] = []
    gathered: list[Placed] = []
    together = reach.together
    covered = any(_way_covers(way, way.counts, reach.size) for way in ways) and not reach.holed
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
        return _dropped(reach._replace(axes=None), reach.covered)
    if gathered:
        seen = any(_way_covers(way, (1,) * len(way.axes), reach.size) for way in gathered)
        at_most = not reach.is_exactly_whole and (reach.hidden or reach.holed or not seen)
        together = together and not (reach.is_exactly_whole and not reach.together)
        reach = reach._replace(whole=True, at_most=at_most, together=together)
    if len(joined) == 1:
        return _laid(reach, joined[0])
    if gathered or len(joined) > MAX_WAYS:
        return _unknown(reach)
    return reach._replace(axes=None, counts=(), placed=None, ways=tuple(joined))


def _way_covers(way: Placed, counts: Shape, size: Shape) -> bool:
    return all(map(covers, way.axes, counts, size))


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


def _flown(reach: Reach, facts: Facts, is_moved: bool) -> Reach:
    """What the layer did with the channels, for what single ones of them have seen."""
    how, counts = facts.flow
    channels = facts.output[0]
    is_folded = _is_folded(reach)
    was_whole = reach.whole and not reach.together
    # Where axes move it is told which channels are read.
    is_read = is_folded and (how == "mixed" or (how == "kept" and not is_moved))
    if is_read or any(way.channels != channels for way in _ways(reach)):
        run = 1 if how == "mixed" else channels if is_folded else reach.run
        try:
            found = [way.without_channels(channels) for way in _ways(reach)]
            reach = _met(reach, found, channels) if reach.ways else _laid(reach, *found)
        except PatternError:
            return reach._replace(axes=None, placed=None, ways=())
        together = reach.together or (is_folded and reach.whole and not was_whole)
        reach = reach._replace(run=run, together=together)
    if how == "mixed":
        return reach._replace(run=1, cuts=(), together=False)
    if how == "shuffled":
        (groups,) = counts
        is_dealt = bool(reach.cuts) and not any(cut % (channels // groups) for cut in reach.cuts)
        # Each group has a channel among any so many, and each input's are whole groups.
        return reach._replace(run=groups if is_dealt else channels, cuts=())
    if how == "picked":
        (left,) = counts
        if reach.axes is None and not reach.ways:
            reach = reach._replace(covered=False)
        is_part = is_folded or reach.together or reach.run > left
        return reach._replace(at_most=reach.at_most or (is_part and not was_whole), cuts=())
    return reach


def _covers(reach: Reach) -> bool:
    """True where all units together see all of the input, from its first pixel to its last."""
    if reach.is_exactly_whole:
        return True
    if reach.axes is None:
        return reach.covered
    if reach.whole or reach.holed:
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
    ways = (way for reach in reaches for way in (reach.axes or (), *(w.axes for w in reach.ways)))
    axes = (axis for way in ways for axis in way if type(axis) is not Sliding)
    return sum(len(track.first) for tracks in axes for track in tracks if type(track) is Track)


def unfollowed(reaches: tuple[Reach, ...]) -> tuple[Reach, ...]:
    """The same reaches without their patterns, which would take too long to follow."""
    return tuple(
        reach if is_straight(reach) else reach._replace(axes=None, placed=None, ways=())
        for reach in reaches
    )


def _merged(reaches: list[Reach], facts: Facts, many: int) -> Reach:
    """What a layer of so `many` inputs sees of one source, by those that see it."""
    first = reaches[0]
    joined = facts.flow.how == "joined"
    if len(reaches) == many and reaches.count(first) == many:
        return first
    # A branch without positions (a squeeze-excite gate) says nothing of the local field, nor does
    # one of whose positions nothing is known.
    local = [
        reach for reach in reaches if (reach.axes is not None and not reach.lost) or reach.ways
    ]
    hidden = any(reach.hidden for reach in reaches)
    if len(local) < many and facts.flow.how != "scaled":
        hidden = hidden or any(reach.ways for reach in local)
    whole = any(reach.whole for reach in reaches)
    is_exact = any(reach.is_exactly_whole for reach in reaches) and not hidden
    at_most = not is_exact and (hidden or any(reach.at_most for reach in reaches))
    # Once they are gathered it is said.
    hidden = hidden and not any(facts.arrangements)
    together = whole and all(reach.together for reach in reaches if reach.is_exactly_whole)
    holed = any(reach.holed for reach in reaches)
    found = (local or reaches)[0]._replace(
        whole=whole, at_most=at_most, hidden=hidden, together=together, holed=holed
    )
    if not local or any(r.axes is None and not (r.whole or r.ways) for r in reaches):
        lost = all(reach.lost for reach in reaches)
        axes = found.axes if lost else None
        covered = any(reach.covered for reach in reaches)
        places = found.counts if lost else facts.output[1:]
        return found._replace(
            axes=axes, counts=places, placed=None, ways=(), lost=lost, covered=covered
        )
    try:
        found = _joined(found, local, facts.output[0])
    except PatternError:
        return found._replace(axes=None, placed=None, ways=())
    if joined and len(set(local)) > 1:
        own = facts.flow.counts
        ends = tuple(accumulate(own))[:-1]
        return found._replace(run=sum(own) - min(own[0], own[-1]) + 1, cuts=ends)
    return found._replace(run=max(reach.run for reach in local))


def _joined(found: Reach, local: list[Reach], channels: int) -> Reach:
    """The hull of several, unit by unit. Raises PatternError."""
    if not all(reach.placed is None and not reach.ways for reach in local):
        return _met(found, [way for reach in local for way in _spread(reach)], channels)
    per_axis: Iterable[tuple[AxisReach, ...]] = zip(
        *(reach.axes or () for reach in local), strict=True
    )
    return found._replace(axes=tuple(map(hull, per_axis)))


def _is_folded(reach: Reach) -> bool:
    """True where single channels hold some of the positions."""
    return any(way.has_folded for way in _ways(reach))


def _ways(reach: Reach) -> tuple[Placed, ...]:
    """How axes lie that have moved."""
    return reach.ways or ((reach.placed,) if reach.placed is not None else ())


def _spread(reach: Reach) -> tuple[Placed, ...]:
    """Where the axes of a reach lie, in each way."""
    # So many channels as are written is of no account: nothing depends on them.
    return reach.ways or (reach.placed or placed(reach.axes or (), (1, *reach.counts)),)
