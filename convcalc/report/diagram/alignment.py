"""Places across for cells in ranks: chains straight, branches around their middle."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from convcalc.report.diagram.ranks import Pair, Ranks

# Passes over all ranks, the last one downwards.
_ROUNDS = 21
# Boxes do not make way for lines, nor those of a chain for others.
_CHAINED, _NODE, _BEND = 50_000.0, 1000.0, 1.0
# How strongly cells pull: along a chain, box to box, along a line, and where it meets its target.
_SPINE, _BOX, _LINE, _LOOSE = 32.0, 4.0, 8.0, 0.01


class Pull(NamedTuple):
    """A neighbour that a cell wants to stand above or below, and how strongly."""

    cell: int
    weight: float


def aligned(ranks: Ranks, widths: Sequence[float]) -> list[float]:
    """The middle of each cell, in pixels; `widths` has the room that each takes.

    Each rank in turn is moved as near as can be to where its neighbours stand, with its order and
    its room kept.

    >>> from convcalc.report.diagram.ranks import ranked
    >>> graph = ranked(3, [(0, 1), (1, 2), (0, 2)])
    >>> [round(x) for x in aligned(graph, [100, 100, 100, 20])]
    [0, 0, 0, 60]
    """
    places = [0.0] * len(widths)
    for rank in ranks.ranks:
        edge = 0.0
        for cell in rank:
            places[cell] = edge + widths[cell] / 2
            edge += widths[cell]
    above, below = _pulls(ranks, len(widths))
    order = list(range(len(ranks.ranks)))
    # Boxes follow one side at a time, which carries them far; lines stay between their ends.
    for bend in range(ranks.nodes, len(widths)):
        above[bend] = below[bend] = [*above[bend], *below[bend]]
    for number in range(_ROUNDS):
        pulls = above if number % 2 == 0 else below
        for level in order if number % 2 == 0 else reversed(order):
            _settle(ranks.ranks[level], ranks.nodes, places, widths, pulls)
    _straighten(ranks, places, widths)
    middle = places[ranks.ranks[0][0]]
    return [place - middle for place in places]


def _straighten(ranks: Ranks, places: list[float], widths: Sequence[float]) -> None:
    """Make long edges beside all boxes upright, by moving them away from the boxes."""
    _move_out(ranks, ranks.ranks, places, widths)
    mirrored = [-place for place in places]
    _move_out(ranks, [rank[::-1] for rank in ranks.ranks], mirrored, widths)
    places[:] = [-place for place in mirrored]


def _move_out(
    ranks: Ranks, rows: Sequence[Sequence[int]], places: list[float], widths: Sequence[float]
) -> None:
    """Move those on the right to the right."""
    beside: dict[int, int] = {}
    free: set[int] = set()
    for row in rows:
        beside.update(zip(row[1:], row, strict=False))
        last = max((at for at, cell in enumerate(row) if cell < ranks.nodes), default=-1)
        free.update(row[last + 1 :])
    chains = [chain for chain in _chains(ranks) if free.issuperset(chain)]
    for chain in sorted(chains, key=lambda one: (min(map(places.__getitem__, one)), one)):
        x = max(map(places.__getitem__, chain))
        for cell in chain:
            if (left := beside.get(cell)) is not None:
                x = max(x, places[left] + (widths[left] + widths[cell]) / 2)
        for cell in chain:
            places[cell] = x


def _chains(ranks: Ranks) -> list[tuple[int, ...]]:
    """The bends of each long edge; those that share bends are one."""
    longest: dict[int, tuple[int, ...]] = {}
    for route in ranks.routes:
        bends = route[1:-1]
        if bends and len(bends) > len(longest.get(bends[0], ())):
            longest[bends[0]] = bends
    return list(longest.values())


def _pulls(ranks: Ranks, cells: int) -> tuple[list[list[Pull]], list[list[Pull]]]:
    """For each cell those above that pull it, and those below."""
    above: list[list[Pull]] = [[] for _ in range(cells)]
    below: list[list[Pull]] = [[] for _ in range(cells)]
    spine = _spine(ranks)
    into = {lower for _, lower in spine}
    out = {upper for upper, _ in spine}
    read = {lower for _, lower in ranks.links()}
    for upper, lower in ranks.links():
        weight = _BOX
        if lower >= ranks.nodes:
            # A long edge goes down from its source, and bends where it meets its target.
            weight = _LINE if upper >= ranks.nodes else _BOX
        elif upper >= ranks.nodes:
            weight = _LOOSE
        elif (upper, lower) in spine:
            weight = _SPINE
        # A box of a chain stands in the chain, whatever else meets it there.
        if not (lower in into and weight < _SPINE):
            above[lower].append(Pull(upper, _BOX if weight == _LOOSE else weight))
        # Nor does it follow the lines that leave it, if anything stands above it.
        leaves = upper < ranks.nodes <= lower and upper in read
        if not leaves and not (upper in out and weight < _SPINE):
            below[upper].append(Pull(lower, weight))
    return above, below


def _spine(ranks: Ranks) -> set[Pair]:
    """The pieces of chains of boxes, and of the longer one of two ways out of a box or into one."""
    level = {cell: at for at, rank in enumerate(ranks.ranks) for cell in rank}
    links = [pair for pair in ranks.links() if max(pair) < ranks.nodes]
    upwards = {cell: -at for cell, at in level.items()}
    up = _longer([(lower, upper) for upper, lower in links], upwards)
    return _longer(links, level) & {(upper, lower) for lower, upper in up}


def _longer(links: Sequence[Pair], level: Mapping[int, int]) -> set[Pair]:
    """The only way out of each box, or the longer one of two."""
    ways: dict[int, list[int]] = {}
    entries: Counter[int] = Counter()
    for start, end in links:
        ways.setdefault(start, []).append(end)
        entries[end] += 1
    length: Counter[int] = Counter()
    for box in sorted(ways, key=level.__getitem__, reverse=True):
        # A way is as long as its chain is, up to where others come in.
        length[box] = 1 + max((length[one] for one in ways[box] if entries[one] < 2), default=0)
    found = set()
    for box, ends in ways.items():
        lengths = [length[end] if entries[end] < 2 else 0 for end in ends]
        if len(ends) == 1 or (len(ends) == 2 and lengths[0] != lengths[1]):
            found.add((box, ends[lengths.index(max(lengths))]))
    return found


def _settle(
    rank: Sequence[int],
    count: int,
    places: list[float],
    widths: Sequence[float],
    pulls: Sequence[Sequence[Pull]],
) -> None:
    """Move the cells of a rank to where they are pulled, as far as their room allows.

    The least sum of weighted squares that keeps the order, by pooling of adjacent violators.
    Source: Barlow et al., "Statistical Inference under Order Restrictions", 1972.
    """
    offset = 0.0
    offsets: list[float] = []
    pools: list[tuple[float, float, int]] = []
    for at, cell in enumerate(rank):
        if at:
            offset += (widths[rank[at - 1]] + widths[cell]) / 2
        offsets.append(offset)
        total = sum(pull.weight for pull in pulls[cell])
        wanted = places[cell]
        if total:
            wanted = sum(places[pull.cell] * pull.weight for pull in pulls[cell]) / total
        weight = _BEND
        if cell < count:
            chained = any(pull.weight == _SPINE for pull in pulls[cell])
            weight = _CHAINED if chained else _NODE
        mean, size = wanted - offset, 1
        while pools and pools[-1][0] > mean:
            other, heavy, many = pools.pop()
            mean = (other * heavy + mean * weight) / (heavy + weight)
            weight, size = weight + heavy, size + many
        pools.append((mean, weight, size))
    at = 0
    for mean, _, size in pools:
        for _ in range(size):
            places[rank[at]] = mean + offsets[at]
            at += 1
