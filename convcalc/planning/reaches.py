"""The walk of receptive fields: what a layer sees, from what its inputs see and its facts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from itertools import accumulate
from math import prod
from typing import TYPE_CHECKING, NamedTuple

from convcalc.core.digits import Placed, UnfollowedError, placed
from convcalc.core.idle_units import idle_units
from convcalc.core.links import POINTWISE
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
    def is_straight(self) -> bool:
        """True where each axis of positions is an axis of the input, in order."""
        return self.placed is None and not self.ways

    def moves_along(self, axis: int) -> bool:
        """True where units along an axis of positions see pixels that are told apart there."""
        if self.placed is None:
            return not self.ways
        own = {*self.placed.layout[axis + 1]}
        return any(own & {*digits} for digits in self.placed.coordinates)

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
        return tuple([_heard([(0, reach)], linked(reach, facts), facts) for reach in own])
    by_source: dict[int, list[tuple[int, Reach]]] = {}
    for number, own in enumerate(reaches):
        for reach in own:
            by_source.setdefault(reach.source, []).append((number, reach))
    return tuple([_met_by(by_source[source], facts, len(reaches)) for source in sorted(by_source)])


def _met_by(read: list[tuple[int, Reach]], facts: Facts, many: int) -> Reach:
    """What a layer of so `many` inputs sees of one source, by the inputs that see it."""
    own = [linked(reach, facts, number) for number, reach in read]
    return _heard(read, _merged(own, facts, many), facts, is_alike=own.count(own[0]) == many)


def _heard(
    read: list[tuple[int, Reach]], found: Reach, facts: Facts, is_alike: bool = True
) -> Reach:
    """A bound where some units read nothing, and what is known of the others is said of all.

    Units between the taps of a transposed layer do, those that stand in padding alone, and all
    that read another input of a layer that joins positions.
    """
    has_units = len(facts.output) > 1 and bool(facts.inputs)
    if found.at_most or facts.sees_all or not has_units:
        return found
    all_seeing = [own for own in read if own[1].is_exactly_whole] if found.whole else []
    if not found.whole and found.is_straight:
        return found
    try:
        is_heard = _all_read(found, all_seeing or read, facts, is_alike or bool(all_seeing))
    except PatternError:
        is_heard = False
    if not found.whole and found.ways:
        return found._replace(hidden=found.hidden or not is_heard)
    return found if is_heard else found._replace(at_most=True, covered=found.whole)


def _all_read(found: Reach, read: list[tuple[int, Reach]], facts: Facts, is_alike: bool) -> bool:
    """True where each unit reads one of the inputs, as far as that is not told by `found`'s axes.

    Which of them it reads is told only where they are alike. Raises PatternError.
    """
    left: dict[int, frozenset[int]] = {}
    for number, _ in read:
        links = facts.links[number]
        places = facts.inputs[number][1:]
        if links is None or (_is_pointwise(links) and places == facts.output[1:]):
            return True
        sizes = zip(links, facts.output[1:], places, strict=True)
        idle = {at: units for at, axis in enumerate(sizes) if (units := idle_units(*axis))}
        if not found.whole:
            idle = {at: units for at, units in idle.items() if not found.moves_along(at)}
        if not idle:
            return True
        if not is_alike or len(idle) > 1 or (left and left.keys() != idle.keys()):
            return False
        left = {at: units & left.get(at, units) for at, units in idle.items()}
    return not any(left.values())


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
            return _unknown(reach._replace(covered=False))._replace(at_most=True)
        if facts.flow.how != "unfollowed":
            return _dropped(reach, covered, not mixes and _is_each_less(reach))
        left = _unknown(reach._replace(covered=covered))._replace(together=True)
        # Where another input has the positions, as offsets of taps do, they are known.
        is_placed = len(facts.output) == 1 or any(own is not None for own in facts.links)
        return _dropped(reach, covered)._replace(at_most=left.at_most) if is_placed else left
    if moves is not None and _moves(reach, links, moves):
        found = _arranged(reach, moves, facts)
    # The first of several places are read alike, and are not all.
    elif _is_pointwise(links) and reach.positions == facts.output[1:]:
        found = reach
    else:
        found = _windowed(reach, links or (), facts, facts.inputs[number][1:])
    if found.axes is None and not found.lost:
        found = found._replace(counts=facts.output[1:])
    if facts.flow.how == "dealt":
        together = found.together or found.whole
        found = found._replace(run=facts.output[0], together=together)
    if facts.sees_all and not found.is_exactly_whole:
        together = not mixes and (_is_each_less(found) or facts.flow.how == "dealt")
        found = found._replace(whole=True, at_most=not _covers(found), together=together)
    is_told = found.is_plain and found.axes is not None
    if not is_told:
        found = _flown(found, facts, moves is not None)
    return _picked(found, reach, *facts.flow.counts) if facts.flow.how == "picked" else found


def _dropped(reach: Reach, covered: bool, together: bool = False) -> Reach:
    """No position is left."""
    axes, counts = reach.axes, reach.counts
    left = Reach(reach.source, reach.size, axes, counts, True, True, not covered, covered)
    return left._replace(together=together, holed=reach.holed)


def _is_each_less(reach: Reach) -> bool:
    """True where single channels may have seen less than all of a position together."""
    is_part = reach.run > 1 and not reach.is_exactly_whole
    return reach.together or is_part or _is_folded(reach)


def _unknown(reach: Reach) -> Reach:
    """Positions are left, and which of the input's they are is not known."""
    at_most, covered = not reach.is_exactly_whole or reach.together, reach.covered
    left = Reach(reach.source, reach.size, None, (), True, False, at_most, covered)
    together = reach.together or not reach.is_exactly_whole
    return left._replace(together=together, holed=reach.holed)


def _of_vector(reach: Reach, links: Links, moves: Arrangement | None, facts: Facts) -> Reach:
    """Behind a layer whose input has no positions: all of it, or a part, of what there was."""
    if facts.flow.how == "picked" or (moves is not None and links is None):
        # Some of the numbers see some of the input.
        if reach.covered and reach.run == 1 and not reach.together:
            return reach
        is_less = facts.flow.how == "picked" and (
            reach.together or facts.flow.counts[0] < reach.run
        )
        return reach._replace(at_most=True, covered=reach.covered and not is_less)
    if facts.flow.how == "mixed":
        reach = reach._replace(together=False)
    if facts.flow.how == "sampled":
        return reach._replace(at_most=True, covered=False, run=1)
    if facts.flow.how == "unfollowed":
        reach = reach._replace(together=True, at_most=reach.at_most or _is_each_less(reach))
    if links is not None and not _is_pointwise(links) and _is_each_less(reach):
        # What stands in a place may be a part, and others' places may be left out.
        return reach._replace(at_most=True, covered=False)
    if links is None and facts.flow.how != "unfollowed":
        run = 1 if facts.flow.how == "mixed" else reach.run
        return reach._replace(at_most=not reach.covered, run=run)
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
        is_each = reach.is_exactly_whole and not reach.together
        left = _dropped(reach, covered, reach.together)
        return left if is_each else left._replace(run=facts.output[0])
    is_bound = _gives_channels_away(moves) and (reach.together or reach.run > 1)
    try:
        if reach.ways:
            reach = reach._replace(hidden=reach.hidden or is_bound)
            left = _met(reach, [way.arranged(moves) for way in reach.ways], facts.output[0])
            return left._replace(at_most=left.at_most or (is_bound and left.whole))
        if reach.axes is None:
            raise UnfollowedError
        whole = reach.placed or placed(reach.axes, (channels, *reach.counts))
        found = whole.arranged(moves)
    except (UnfollowedError, PatternError):
        return _unknown(reach._replace(covered=covered))
    if prod(found.counts) == 1 < prod(whole.counts):
        left = _dropped(reach, covered, _is_each_less(reach))
        return left._replace(at_most=left.at_most or is_bound)
    is_bound = is_bound and (reach.together or not reach.whole)
    return _laid(reach, found)._replace(at_most=reach.at_most or is_bound)


def _gives_channels_away(moves: Arrangement) -> bool:
    """True where a position has only some of the channels that one had before."""
    given = {part for own in moves.after[1:] for part in own} & {*moves.before[0]}
    return any(moves.sizes[part] > 1 for part in given)


def _laid(reach: Reach, found: Placed) -> Reach:
    """The reach, whose axes now lie so."""
    found = found.by_units
    straight = None if found.is_straight else found
    return reach._replace(
        axes=found.axes, counts=found.counts, placed=straight, ways=(), covered=False
    )


def _windowed(reach: Reach, links: tuple[Link, ...], facts: Facts, places: Shape) -> Reach:
    """Behind a layer that reads so many positions (`places`) through links."""
    units = facts.output[1:]
    try:
        if reach.ways:
            found = [_read(way, links, facts) for way in reach.ways]
            ways = [way for way, _ in found]
            # Where windows among the channels were read as one, no more than that is known.
            was_folded = any(folded for _, folded in found)
            is_covered = any(_way_covers(way, way.counts, reach.size) for way in ways)
            reach = reach._replace(
                hidden=reach.hidden or was_folded,
                together=reach.together or was_folded,
                holed=reach.holed or _loses_ends(links, places, units, is_covered),
            )
            return _met(reach, ways, facts.output[0])
        if reach.axes is None:
            # It may have read only some of what there is.
            return reach._replace(covered=False)
        if reach.placed is not None:
            way, was_folded = _read(reach.placed, links, facts)
            is_covered = _way_covers(way, way.counts, reach.size)
            return _laid(reach, way)._replace(
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
        return _unknown(reach._replace(covered=False))


def _loses_ends(links: tuple[Link, ...], places: Shape, units: Shape, is_covered: bool) -> bool:
    """True where an end of the input may be lost for good; `is_covered` by what is read now."""
    is_left = _leaves_out(links, places, units) and not is_covered
    return is_left or _may_miss_ends(links, places, units)


def _leaves_out(links: tuple[Link, ...], places: Shape, units: Shape) -> bool:
    """True where windows do not reach an end of the map, which padding behind does not bring back.

    As a crop does, and what a stride leaves over.
    """
    return any(
        link.taps[0][0] > 0 or link.taps[0][-1] + (own - 1) * link.rise < count - 1
        for link, count, own in zip(links, places, units, strict=False)
        if len(link.taps) == 1 and link.taps[0]
    )


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
    if not any(map(_is_idle_somewhere, way.axes)):
        return True
    windows = [own for own, link in zip(way.layout[1:], links, strict=True) if link != POINTWISE]
    return all(sum(not {*own}.isdisjoint(one) for one in way.coordinates) < 2 for own in windows)


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
        left = _dropped(reach._replace(axes=None), reach.covered, together)
        return left._replace(at_most=left.at_most or reach.at_most)
    if gathered:
        seen = any(_way_covers(way, (1,) * len(way.axes), reach.size) for way in gathered)
        is_bound = reach.at_most or reach.hidden or reach.holed or not seen
        at_most = is_bound and not reach.is_exactly_whole
        together = together and not (reach.is_exactly_whole and not reach.together)
        reach = reach._replace(whole=True, at_most=at_most, together=together)
    if len(joined) == 1:
        at_most = reach.at_most or (reach.hidden and not reach.whole)
        return _laid(reach, joined[0])._replace(at_most=at_most)
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
    is_read = is_folded and (how in ("mixed", "dealt") or (how == "kept" and not is_moved))
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
    if how == "shuffled" and reach.run > 1:
        (groups,) = counts
        is_dealt = bool(reach.cuts) and not any(cut % (channels // groups) for cut in reach.cuts)
        # Each group has a channel among any so many, and each input's are whole groups.
        return reach._replace(run=groups if is_dealt else channels, cuts=())
    return reach


def _picked(found: Reach, before: Reach, left: int) -> Reach:
    """Of some channels, so many of them `left`, no more is known than of all of them."""
    is_part = before.run > left or before.together or _is_folded(before)
    if is_part or (found.axes is None and not found.ways):
        found = found._replace(covered=False, holed=True)
    is_each = before.whole and not before.together
    return found._replace(at_most=found.at_most or (is_part and not is_each), cuts=())


def _covers(reach: Reach) -> bool:
    """True where all units together see all of the input, from its first pixel to its last."""
    if reach.is_exactly_whole:
        return True
    if reach.axes is None or reach.whole:
        return reach.covered
    if reach.holed:
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
    each = [r.is_exactly_whole and not r.together and r.run == 1 for r in reaches]
    # What adds up has seen all where one has; elsewhere a channel may be one input's alone.
    adds = facts.flow.how in ("own", "scaled")
    together = whole and not (any(each) if adds else len(each) == many and all(each))
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
        is_product = _is_product(local)
        found = _joined(found, local, facts.output[0])
    except PatternError:
        return found._replace(axes=None, placed=None, ways=())
    if not (is_product or found.whole):
        found = found._replace(at_most=True)
    if joined and (len(local) < many or len(set(local)) > 1):
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


def _is_product(local: list[Reach]) -> bool:
    """True where the hull of each axis tells of all units.

    Where one that reads nothing on an axis reads another input, or none, each has the same fields
    on the other axes.
    """
    axes: list[set[AxisReach]] = []
    for reach in local:
        for way in _spread(reach) if not reach.is_straight else (reach,):
            axes += [set() for _ in range(len(way.axes or ()) - len(axes))]
            for known, axis in zip(axes, way.axes or (), strict=True):
                known.add(axis)
    some = [known for known in axes if any(map(_is_idle_somewhere, known))]
    return not some or (len(some) == 1 and all(len(own) == 1 for own in axes if own is not some[0]))


def _is_idle_somewhere(axis: AxisReach) -> bool:
    return not isinstance(axis, Sliding) and any(None in track.first for track in axis)


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
