"""A graph in ranks: who reads stands below, long edges bend through every rank between.

Source: Sugiyama, Tagawa, Toda, "Methods for visual understanding of hierarchical system
structures", 1981: ranks, bends, and an order by the mean place of the neighbours.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

Pair = tuple[int, int]

# Rounds of ordering; crossings hardly get fewer after these.
_ROUNDS = 6


class Ranks(NamedTuple):
    """Cells in ranks, from the top, each from left to right.

    A cell below `nodes` is a node; the others are bends, where an edge passes a rank. `routes`
    has the cells of each edge, from its source to its target.
    """

    nodes: int
    ranks: tuple[tuple[int, ...], ...]
    routes: tuple[tuple[int, ...], ...]

    def links(self) -> list[Pair]:
        """The pieces of edges between neighbouring ranks, each once."""
        pieces = (pair for route in self.routes for pair in pairwise(route))
        return list(dict.fromkeys(pieces))


def bends_of(levels: Sequence[int], edges: Sequence[Pair]) -> int:
    """How many bends these edges take."""
    return sum(levels[target] - levels[source] - 1 for source, target in edges)


def levels_of(count: int, edges: Sequence[Pair]) -> list[int]:
    """The rank of each node: behind all that it reads, in order of the longest path.

    Nodes stand in an order in which they can run. What reads nothing stands right above its
    first reader, but for the first node.

    >>> levels_of(5, [(0, 1), (1, 2), (0, 2), (3, 2), (2, 4)])
    [0, 1, 2, 1, 3]
    """
    levels = [0] * count
    sources: list[list[int]] = [[] for _ in range(count)]
    readers: list[list[int]] = [[] for _ in range(count)]
    for source, target in edges:
        sources[target].append(source)
        readers[source].append(target)
    for node in range(count):
        levels[node] = max((levels[one] + 1 for one in sources[node]), default=0)
    for node in range(1, count):
        if not sources[node] and readers[node]:
            levels[node] = max(0, min(levels[one] for one in readers[node]) - 1)
    return levels


def ranked(count: int, edges: Sequence[Pair]) -> Ranks:
    """The nodes and bends in ranks, ordered so that few edges cross.

    >>> ranked(3, [(0, 1), (1, 2), (0, 2)])
    Ranks(nodes=3, ranks=((0,), (1, 3), (2,)), routes=((0, 1), (1, 2), (0, 3, 2)))
    """
    levels = levels_of(count, edges)
    ranks: list[list[int]] = [[] for _ in range(max(levels, default=0) + 1)]
    for node, level in enumerate(levels):
        ranks[level].append(node)
    routes: list[tuple[int, ...]] = []
    cells = count
    bends: dict[Pair, int] = {}
    for source, target in edges:
        route = [source]
        for level in range(levels[source] + 1, levels[target]):
            # Edges out of one node share their way: they carry the same numbers.
            key = (source, level)
            if key not in bends:
                bends[key] = cells
                ranks[level].append(cells)
                cells += 1
            route.append(bends[key])
        routes.append((*route, target))
    ordered = _ordered(ranks, Ranks(count, (), tuple(routes)).links(), cells)
    return Ranks(count, tuple(map(tuple, ordered)), tuple(routes))


def _ordered(ranks: list[list[int]], links: Sequence[Pair], cells: int) -> list[list[int]]:
    """The ranks with each cell near the mean of its neighbours; the best order of all rounds."""
    above: list[list[int]] = [[] for _ in range(cells)]
    below: list[list[int]] = [[] for _ in range(cells)]
    for upper, lower in links:
        above[lower].append(upper)
        below[upper].append(lower)
    best = current = [list(rank) for rank in ranks]
    fewest = None
    for number in range(_ROUNDS):
        down = number % 2 == 0
        current = _swept(current, above if down else below, down)
        crossings = sum(map(_crossings, current, current[1:], [below] * len(current)))
        if fewest is None or crossings < fewest:
            fewest, best = crossings, current
        if not crossings and down:
            break
    return best


def _swept(
    ranks: Sequence[Sequence[int]], neighbours: Sequence[Sequence[int]], down: bool
) -> list[list[int]]:
    place: dict[int, float] = {}
    found: list[list[int]] = []
    for rank in ranks if down else reversed(ranks):
        wanted = {
            cell: sum(place[one] for one in neighbours[cell]) / len(neighbours[cell])
            if neighbours[cell]
            else float(at)
            for at, cell in enumerate(rank)
        }
        # The sort is stable: cells that want the same place keep their order, nodes before bends.
        row = sorted(rank, key=wanted.__getitem__)
        place.update((cell, float(at)) for at, cell in enumerate(row))
        found.append(row)
    return found if down else found[::-1]


def _crossings(upper: Sequence[int], lower: Sequence[int], below: Sequence[Sequence[int]]) -> int:
    """Pairs of pieces between two ranks that cross."""
    place = {cell: at for at, cell in enumerate(lower)}
    ends: list[int] = []
    crossings = 0
    for cell in upper:
        mine = sorted(place[one] for one in below[cell])
        crossings += sum(len(ends) - bisect_right(ends, end) for end in mine)
        for end in mine:
            insort(ends, end)
    return crossings
