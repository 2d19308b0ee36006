"""What is seen through one input of a layer, from what that input sees and the layer's facts."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from convcalc.core.digits import UnfollowedError, placed
from convcalc.core.reach import PatternError
from convcalc.kinds.base import POINTWISE_LINKS
from convcalc.planning.reach_ways import met
from convcalc.planning.reach_windows import Placing, windowed
from convcalc.planning.reaches import Ends, Reach

if TYPE_CHECKING:
    from convcalc.core.arrangement import Arrangement
    from convcalc.kinds.base import Facts, Links


def linked(reach: Reach, facts: Facts, number: int = 0) -> Reach:
    """The reach of a layer of these facts that reads its input `number` of known `reach`."""
    links = facts.links[number]
    moves = facts.arrangements[number] if facts.arrangements else None
    mixes = facts.flow.how == "mixed"
    if reach.lost:
        return _of_vector(reach, links, moves, facts, reads_each(facts, number))
    if links is None and moves is None:
        covered = reach.covers_input
        if facts.flow.how == "sampled":
            return reach._replace(covered=False).unknown._replace(at_most=True)
        if facts.flow.how != "unfollowed":
            return reach.dropped(covered, not mixes and reach.is_each_less)
        left = reach._replace(covered=covered).unknown._replace(together=True)
        # Where another input has the positions, as offsets of taps do, they are known.
        is_placed = len(facts.output) == 1 or any(own is not None for own in facts.links)
        return reach.dropped(covered)._replace(at_most=left.at_most) if is_placed else left
    if moves is not None and _moves(reach, links, moves):
        found = _arranged(reach, moves, facts)
    # The first of several places are read alike, and are not all.
    elif is_pointwise(links) and reach.positions == facts.output[1:]:
        found = reach
    else:
        found = windowed(reach, links or (), facts, facts.inputs[number][1:])
    if found.axes is None and not found.lost:
        found = found._replace(counts=facts.output[1:])
    if facts.flow.how == "dealt":
        together = found.together or found.whole
        found = found._replace(run=facts.output[0], together=together)
    if facts.sees_all and not found.is_exactly_whole:
        together = not mixes and found.is_each_less
        found = found._replace(whole=True, at_most=not found.covers_input, together=together)
    is_told = found.is_plain and found.axes is not None
    if not is_told:
        found = _flown(found, facts, moves is not None)
    return _picked(found, reach, *facts.flow.counts) if facts.flow.how == "picked" else found


def _of_vector(
    reach: Reach, links: Links, moves: Arrangement | None, facts: Facts, is_each: bool
) -> Reach:
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
        reach = reach._replace(together=True, at_most=reach.at_most or reach.is_each_less)
    if links is not None and not is_each and reach.is_each_less:
        # What stands in a place may be a part, and others' places may be left out.
        return reach._replace(at_most=True, covered=False)
    if links is None and facts.flow.how != "unfollowed":
        run = 1 if facts.flow.how == "mixed" else reach.run
        return reach._replace(at_most=not reach.covered, run=run)
    if facts.flow.how == "dealt" and _reads_borders(links, facts):
        # A channel may be what stands in a border.
        return reach._replace(together=True)
    return reach


def _reads_borders(links: Links, facts: Facts) -> bool:
    """True where some taps of windows may lie beyond the places of the first input."""
    sizes = zip(links or (), facts.inputs[0][1:], facts.output[1:], strict=False)
    return any(Placing(*own).runs_over for own in sizes)


def _moves(reach: Reach, links: Links, moves: Arrangement) -> bool:
    """True where what is known of axes is needed to follow a move of them."""
    if links is None:
        return True
    folds = not is_pointwise(links) and len(moves.after[0]) > len(moves.before[0])
    return folds or reach.run > 1 or (reach.placed is not None and reach.placed.has_folded)


def _arranged(reach: Reach, moves: Arrangement, facts: Facts) -> Reach:
    """Behind a layer that moves whole axes."""
    covered = reach.covers_input
    channels = prod(moves.sizes[part] for part in moves.before[0])
    # Numbers of a vector: each sees a part, together they see all.
    if len(facts.output) == 1:
        if reach.is_exactly_whole and not reach.together:
            return reach.dropped(covered)
        if not _keeps_positions(moves):
            return reach.dropped(covered, reach.is_each_less)
        return reach.dropped(covered, reach.together)._replace(run=facts.output[0])
    is_bound = _gives_channels_away(moves) and (reach.together or reach.run > 1)
    try:
        if reach.ways:
            reach = reach._replace(hidden=reach.hidden or is_bound)
            left = met(reach, [way.arranged(moves) for way in reach.ways], facts.output[0])
            return left._replace(at_most=left.at_most or (is_bound and left.whole))
        if reach.axes is None:
            raise UnfollowedError
        whole = reach.placed or placed(reach.axes, (channels, *reach.counts))
        found = whole.arranged(moves)
    except (UnfollowedError, PatternError):
        return reach._replace(covered=covered).unknown
    if prod(found.counts) == 1 < prod(whole.counts):
        left = reach.dropped(covered, reach.is_each_less)
        # Of the places that are left, those that see nothing gather nothing.
        is_bound = is_bound or (reach.at_most and _keeps_positions(moves))
        return left._replace(at_most=left.at_most or is_bound)
    is_bound = is_bound and (reach.together or not reach.whole)
    return reach.laid(found)._replace(at_most=reach.at_most or is_bound)


def _keeps_positions(moves: Arrangement) -> bool:
    """False where all positions are summed over."""
    kept = {part for own in moves.after for part in own}
    return any(moves.sizes[part] > 1 for own in moves.before[1:] for part in own if part in kept)


def _gives_channels_away(moves: Arrangement) -> bool:
    """True where a position has only some of the channels that one had before."""
    given = {part for own in moves.after[1:] for part in own} & {*moves.before[0]}
    return any(moves.sizes[part] > 1 for part in given)


def _flown(reach: Reach, facts: Facts, is_moved: bool) -> Reach:
    """What the layer did with the channels, for what single ones of them have seen."""
    how, counts = facts.flow
    channels = facts.output[0]
    is_folded = reach.is_folded
    was_whole = reach.whole and not reach.together
    # Where axes move it is told which channels are read.
    is_read = how in ("mixed", "dealt") or (how in ("kept", "masked") and not is_moved)
    is_read = is_read and is_folded
    if is_read or any(way.channels != channels for way in reach.all_ways):
        run = channels if is_folded else reach.run
        try:
            found = [way.without_channels(channels) for way in reach.all_ways]
            reach = met(reach, found, channels) if reach.ways else reach.laid(*found)
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
    is_part = before.run > left or before.together or before.is_folded
    if is_part or (found.axes is None and not found.ways):
        found = found._replace(covered=False, ends=Ends.LOST)
    is_each = before.whole and not before.together
    return found._replace(at_most=found.at_most or (is_part and not is_each), cuts=())


def reads_each(facts: Facts, number: int = 0) -> bool:
    """True where the units read all positions of an input, each that of its own number.

    The first of several places are read alike, and are not all; so are those before a border.
    """
    return is_pointwise(facts.links[number]) and facts.inputs[number][1:] == facts.output[1:]


def is_pointwise(links: Links) -> bool:
    """True where each unit reads the position of its own number."""
    return links is not None and links is POINTWISE_LINKS[len(links)]
