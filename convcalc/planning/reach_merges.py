"""The walk of receptive fields: what a layer sees, from what all of its inputs see."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from itertools import accumulate
from math import prod
from typing import TYPE_CHECKING, NamedTuple

from convcalc.core.digits import Placed, placed
from convcalc.core.idle_units import idle_units, some_read
from convcalc.core.reach import AxisReach, PatternError, hull
from convcalc.planning.reach_links import linked, reads_each
from convcalc.planning.reach_ways import met
from convcalc.planning.reach_windows import is_idle_somewhere
from convcalc.planning.reaches import Reach

if TYPE_CHECKING:
    from convcalc.kinds.base import Facts


# What was found of layers that move axes or have several inputs, by all that it depends on: blocks
# of a network repeat, and to follow digits takes longer than to look them up.
Known = dict[tuple[object, ...], tuple[Reach, ...]]


def through(
    reaches: Sequence[tuple[Reach, ...]], facts: Facts, known: Known | None = None
) -> tuple[Reach, ...]:
    """The reach of a layer whose inputs have these; one entry for each input of the network.

    What is in `known` is not followed again.
    """
    if len(reaches) == 1 and not any(facts.arrangements):
        return _through_one(reaches[0], facts)
    if known is None:
        return _through_all(reaches, facts)
    output, links, moves = facts.output, facts.links, facts.arrangements
    key = (*reaches, output, links, moves, facts.flow, facts.inputs, facts.sees_all)
    found = known.get(key)
    if found is None:
        found = known[key] = _through_all(reaches, facts)
    return found


def _through_one(own: tuple[Reach, ...], facts: Facts) -> tuple[Reach, ...]:
    is_kept = not facts.sees_all and reads_each(facts) and facts.flow.how != "picked"
    places = facts.output[1:]
    if is_kept and all(r.is_plain and (r.lost or r.counts == places) for r in own):
        return own
    found = [(reach, linked(reach, facts)) for reach in own]
    return tuple([_heard([Read(0, reach, left)], left, facts) for reach, left in found])


def _through_all(reaches: Sequence[tuple[Reach, ...]], facts: Facts) -> tuple[Reach, ...]:
    if len(reaches) == 1:
        return _through_one(reaches[0], facts)
    by_source: dict[int, list[tuple[int, Reach]]] = {}
    for number, own in enumerate(reaches):
        for reach in own:
            by_source.setdefault(reach.source, []).append((number, reach))
    return tuple([_met_by(by_source[source], facts, len(reaches)) for source in sorted(by_source)])


class Read(NamedTuple):
    """An input by its number: what it sees `before` the layer, and what is seen through it."""

    number: int
    before: Reach
    own: Reach


def _met_by(inputs: list[tuple[int, Reach]], facts: Facts, many: int) -> Reach:
    """What a layer of so `many` inputs sees of one source, by the inputs that see it."""
    own = [linked(reach, facts, number) for number, reach in inputs]
    read = [Read(*seen, left) for seen, left in zip(inputs, own, strict=True)]
    found = _heard(read, _merged(own, facts, many), facts, is_alike=own.count(own[0]) == many)
    # Of what a mask leaves is known that it is no more.
    return found._replace(at_most=True) if facts.flow.how == "masked" else found


def _heard(read: list[Read], found: Reach, facts: Facts, is_alike: bool = True) -> Reach:
    """A bound where some units read nothing, and what is known of the others is said of all.

    Units between the taps of a transposed layer do, those that stand in padding alone, and all
    that read another input of a layer that joins positions.
    """
    is_told = not found.whole and all(one.own.is_straight for one in read)
    if found.at_most or is_told:
        return found
    if facts.sees_all or len(facts.output) == 1:
        return found
    all_seeing = [one for one in read if one.before.is_exactly_whole] if found.whole else []
    try:
        is_heard = _all_read(found, all_seeing or read, facts, is_alike or bool(all_seeing))
    except PatternError:
        is_heard = False
    if not found.whole and found.ways:
        return found._replace(hidden=found.hidden or not is_heard)
    if is_heard:
        return found
    # Together they see as much as before, if there are such units.
    return found._replace(at_most=True, covered=found.whole and _some_read(read, facts))


def _some_read(read: list[Read], facts: Facts) -> bool:
    """True where some units are known to read one of the inputs."""
    for number, *_ in read:
        places = facts.inputs[number][1:]
        axes = zip(facts.links[number] or (), facts.output[1:], places, strict=False)
        with suppress(PatternError):
            if all(some_read(*axis) for axis in axes):
                return True
    return False


def _all_read(found: Reach, read: list[Read], facts: Facts, is_alike: bool) -> bool:
    """True where each unit reads one of the inputs, as far as that is not told by `found`'s axes.

    Which of them it reads is told only where they are alike. Raises PatternError.
    """
    left: dict[int, frozenset[int]] = {}
    for number, _, own in read:
        links = facts.links[number]
        places = facts.inputs[number][1:]
        if links is None or reads_each(facts, number):
            return True
        sizes = zip(links, facts.output[1:], places, strict=True)
        idle = {at: units for at, axis in enumerate(sizes) if (units := idle_units(*axis))}
        if not idle:
            return True
        if not found.whole:
            idle = {at: units for at, units in idle.items() if not own.moves_along(at)}
        if not idle:
            # Its own axes tell which units read it.
            continue
        if not is_alike or len(idle) > 1 or (left and left.keys() != idle.keys()):
            return False
        left = {at: units & left.get(at, units) for at, units in idle.items()}
    return not any(left.values())


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
    each = [r.is_exactly_whole and not r.together for r in reaches]
    # What adds up has seen all where one has; elsewhere a channel may be one input's alone.
    adds = facts.flow.how in ("own", "scaled")
    together = whole and not (any(each) if adds else len(each) == many and all(each))
    ends = max(reach.ends for reach in reaches)
    found = (local or reaches)[0]._replace(
        whole=whole, at_most=at_most, hidden=hidden, together=together, ends=ends
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
        if found.whole and not whole and not _each_sees_all(local, adds):
            found = found._replace(together=True)
    except PatternError:
        return found._replace(axes=None, placed=None, ways=())
    if not (is_product or found.whole):
        found = found._replace(at_most=True)
    if joined and (len(local) < many or len(set(local)) > 1):
        own = facts.flow.counts
        cuts = tuple(accumulate(own))[:-1]
        return found._replace(run=sum(own) - min(own[0], own[-1]) + 1, cuts=cuts)
    return found._replace(run=max(reach.run for reach in local))


def _each_sees_all(local: list[Reach], adds: bool) -> bool:
    """True where each channel sees all that is seen from a single place, of what adds up or not."""
    each = [prod(r.counts) == 1 and r.run == 1 and not r.together for r in local]
    return any(each) if adds else all(each)


def _joined(found: Reach, local: list[Reach], channels: int) -> Reach:
    """The hull of several, unit by unit. Raises PatternError."""
    if not all(reach.placed is None and not reach.ways for reach in local):
        return met(found, [way for reach in local for way in _spread(reach)], channels)
    per_axis: Iterable[tuple[AxisReach, ...]] = zip(
        *(reach.axes or () for reach in local), strict=True
    )
    return found._replace(axes=tuple(map(hull, per_axis)))


def _is_product(local: list[Reach]) -> bool:
    """True where the hull of each axis tells of all units.

    Where one that reads nothing on an axis reads another input, or none, each has the same fields
    on the other axes.
    """
    if all(reach.is_straight and reach.slides_evenly for reach in local):
        return True
    axes: list[set[AxisReach]] = []
    for reach in local:
        for way in _spread(reach) if not reach.is_straight else (reach,):
            axes += [set() for _ in range(len(way.axes or ()) - len(axes))]
            for known, axis in zip(axes, way.axes or (), strict=True):
                known.add(axis)
    some = [known for known in axes if any(map(is_idle_somewhere, known))]
    return not some or (len(some) == 1 and all(len(own) == 1 for own in axes if own is not some[0]))


def _spread(reach: Reach) -> tuple[Placed, ...]:
    """Where the axes of a reach lie, in each way."""
    # So many channels as are written is of no account: nothing depends on them.
    return reach.ways or (reach.placed or placed(reach.axes or (), (1, *reach.counts)),)
