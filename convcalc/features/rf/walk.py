"""Forward through the graph, layer by layer: intervals, used pixels and spreads side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from convcalc.core.bounded_work import Budget
from convcalc.core.errors import Problem, StackError
from convcalc.core.links import Link
from convcalc.core.reach import PatternError
from convcalc.core.text import in_words
from convcalc.features.rf import effective, footprint
from convcalc.features.rf.effective import Walks
from convcalc.features.rf.equal_axes import by_axis
from convcalc.features.rf.footprint import Footprint
from convcalc.features.rf.pixel_sets import TooWideError
from convcalc.kinds.base import POINTWISE_LINKS
from convcalc.planning.reach_merges import Known, through
from convcalc.planning.reaches import (
    MAX_ENTRIES,
    Reach,
    entries,
    of_input,
    unfollowed,
)

if TYPE_CHECKING:
    from convcalc.features.rf.lens import Lens
    from convcalc.kinds.base import Facts


# Fields that are followed in all, and more for each layer.
MAX_FIELDS = 100_000
FIELDS_PER_LAYER = 4


class Trail(NamedTuple):
    """What is known of the units of a layer with regard to one source.

    `footprint` and `walks` (one entry an axis) are None where they are too large to be followed.
    `lost`: no position is left, and both are None.
    """

    source: int
    footprint: Footprint | None
    walks: tuple[Walks, ...] | None
    lost: bool = False


class Visited(NamedTuple):
    """One layer of the walk. `before` holds the reaches of its inputs, as far as they are read.

    `is_new` is False for a layer that sees just what its (first) input sees.
    """

    node: int
    reaches: tuple[Reach, ...]
    trails: tuple[Trail, ...]
    before: tuple[tuple[Reach, ...], ...]
    is_new: bool


def walk(lens: Lens, wanted: frozenset[int] | None = None) -> Iterator[Visited]:
    """Every layer behind the sources, in order; with `wanted`, no further than these."""
    graph = lens.graph
    reaches: dict[int, tuple[Reach, ...]] = {}
    trails: dict[int, tuple[Trail, ...]] = {}
    for source, index in enumerate(lens.sources):
        shape = graph.shape_of(index)
        reaches[index] = tuple(reach._replace(source=source) for reach in of_input(0, shape))
        rank = len(shape) - 1
        trails[index] = (
            Trail(source, footprint.of_pixel(rank), (effective.OF_PIXEL,) * rank)
            if rank
            else Trail(source, None, None, lost=True),
        )
    last_use = _last_use(lens)
    layers = lens.layers
    # One source is always followed; a field of each of many in each of many layers is not.
    budget = Budget(MAX_FIELDS + FIELDS_PER_LAYER * len(layers))
    patterns = Budget(MAX_ENTRIES)
    found: Known = {}
    for index in layers if wanted is None else range(layers.start, max(wanted) + 1):
        inputs, facts = lens.reads(index)
        before = tuple([reaches.get(source, ()) for source in inputs])
        budget.spent += sum(map(len, before))
        if not budget.has(0):
            raise _too_many(lens)
        known = [trails.get(source, ()) for source in inputs]
        if len(inputs) > 1:
            patterns.spent += sum(map(entries, before)) + facts.entries
        if not patterns.has(0):
            # As in a plan, patterns are not followed any further.
            known = [*map(_unfollowed, before, known)]
            before = tuple(map(unfollowed, before))
            facts = facts.without_patterns()
        own = through(before, facts, found) if any(before) else ()
        patterns.spent += entries(own)
        left = _trails(known, inputs, facts, lens, own)
        if own:
            reaches[index], trails[index] = own, left
        if wanted is None or index in wanted:
            is_same = bool(before) and (
                left == trails.get(inputs[0], ()) and _fields(own) == _fields(before[0])
            )
            yield Visited(index, own, left, before, not is_same)
        # Long patterns are dropped as soon as nobody needs them.
        for source in inputs:
            if last_use.get(source) == index:
                reaches.pop(source, None)
                trails.pop(source, None)


def _unfollowed(reaches: tuple[Reach, ...], trails: tuple[Trail, ...]) -> tuple[Trail, ...]:
    """The trails, without what repeats after many units."""
    bent = {reach.source for reach in reaches if not reach.slides_evenly}
    return tuple(
        trail._replace(footprint=None, walks=None) if trail.source in bent else trail
        for trail in trails
    )


def _too_many(lens: Lens) -> StackError:
    many = in_words(len(lens.sources), "input"), in_words(len(lens.layers), "layer")
    message = f"fields of {many[0]} in {many[1]} are too many to follow"
    help = "measure back to one of them, as in --from NAME"
    return StackError([Problem("too-much-work", message, help=help, file=lens.graph.file)])


def _fields(reaches: tuple[Reach, ...]) -> list[tuple[object, ...]]:
    """What is seen, whatever it says of single channels."""
    return [
        (reach.source, reach.axes, reach.whole, reach.lost, reach.at_most, reach.ways)
        for reach in reaches
    ]


def _last_use(lens: Lens) -> dict[int, int]:
    last: dict[int, int] = {}
    for index in lens.layers:
        for source in lens.reads(index)[0]:
            last[source] = index
    return last


def _trails(
    known: Sequence[tuple[Trail, ...]],
    inputs: tuple[int, ...],
    facts: Facts,
    lens: Lens,
    own: tuple[Reach, ...],
) -> tuple[Trail, ...]:
    if len(known) == 1:
        (links,) = facts.links
        if links is not None and links is POINTWISE_LINKS[len(links)]:
            return known[0]
        return tuple([_linked(trail, links, _is_moved(facts, 0)) for trail in known[0]])
    return tuple([_merged(reach.source, known, inputs, facts, lens) for reach in own])


def _is_moved(facts: Facts, number: int) -> bool:
    """True where positions are left that are other axes' now."""
    moves = facts.arrangements[number] if facts.arrangements else None
    is_told = moves is not None or facts.flow.how in ("unfollowed", "sampled")
    return facts.links[number] is None and is_told and len(facts.output) > 1


def _linked(trail: Trail, links: tuple[Link, ...] | None, is_moved: bool) -> Trail:
    source, pixels, walks, lost = trail
    if lost or links is None:
        return Trail(source, None, None, lost=lost or not is_moved)
    if links is POINTWISE_LINKS[len(links)]:
        return trail
    if pixels is not None:
        try:
            pixels = footprint.composed(pixels, links)
        except (PatternError, TooWideError):
            pixels = None
    if walks is not None:
        try:
            walks = by_axis(effective.composed, walks, links)
        except PatternError:
            walks = None
    return Trail(source, pixels, walks)


def _merged(
    source: int,
    known: Sequence[tuple[Trail, ...]],
    inputs: tuple[int, ...],
    facts: Facts,
    lens: Lens,
) -> Trail:
    """The trail of a merge; branches without positions say nothing of the local field."""
    parts: list[tuple[float, Trail]] = []
    for number, (index, links, trails) in enumerate(zip(inputs, facts.links, known, strict=True)):
        for trail in trails:
            if trail.source == source:
                linked = _linked(trail, links, _is_moved(facts, number))
                if not linked.lost:
                    channels = lens.graph.shape_of(index)[0]
                    parts.append((float(channels), linked))
    if not parts:
        return Trail(source, None, None, lost=True)
    first = parts[0][1]
    if all(trail == first for _, trail in parts):
        return first
    pixels: Footprint | None = None
    footprints = [part.footprint for _, part in parts if part.footprint is not None]
    if len(footprints) == len(parts):
        try:
            pixels = footprint.merged(footprints)
        except (PatternError, TooWideError):
            pixels = None
    walks = [(share, part.walks) for share, part in parts if part.walks is not None]
    joined = None
    if len(walks) == len(parts):
        joined = tuple(
            effective.merged([(share, axes[axis]) for share, axes in walks])
            for axis in range(len(walks[0][1]))
        )
    return Trail(source, pixels, joined)
