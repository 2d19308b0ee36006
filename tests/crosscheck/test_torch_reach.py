"""Receptive fields of random graphs, against the gradients that torch computes.

The pixels with a gradient are the pixels that a unit sees. Two things are held against them:

- every unit, at the borders too: the links of the single layers, followed back with every map
  clipped to its real positions, give exactly these pixels, holes included;
- every unit whose paths stay inside all maps: the composed interval has exactly their ends, and
  the plan's row has the figures of these units.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from itertools import product
from math import prod
from random import Random
from typing import Any, NamedTuple

import pytest

import convcalc
from convcalc.core.links import Link, window_link
from convcalc.core.reach import AxisReach
from convcalc.core.reach_figures import interval
from convcalc.kinds import find_kind
from convcalc.network.graph import Graph
from convcalc.planning import plan as plan_of
from convcalc.planning.reach_merges import through
from convcalc.planning.reaches import Reach, of_input
from convcalc.planning.receptive import ReceptiveField

torch = pytest.importorskip("torch", reason="cross-checks need the `crosscheck` extra")

from torch import Tensor  # noqa: E402 - only where torch is installed

from tests.crosscheck.random_graphs import RandomGraph, random_graph  # noqa: E402

pytestmark = [pytest.mark.crosscheck, pytest.mark.filterwarnings("ignore::UserWarning")]

WINDOWS = ("conv", "conv", "conv", "avg_pool", "crop", "pad")
EVERY = (*WINDOWS, "conv_transpose", "upsample", "adaptive_avg_pool", "pixel_shuffle")
MERGING = (*EVERY, "pixel_unshuffle", "add", "add", "concat")


def seen_by_gradient(graph: RandomGraph) -> list[Tensor]:
    """For every map, a table of which unit (first axes) has a gradient at which pixel."""
    probe = graph.run(torch.ones(1, *graph.shape, dtype=torch.float64))
    # A batch of equal inputs, of which number n is asked about unit n.
    batch = max(result[0, 0].numel() for result in probe)
    x = torch.ones(batch, *graph.shape, dtype=torch.float64, requires_grad=True)
    tables = []
    for result in graph.run(x)[1:]:
        # One number for each position, whatever the channel.
        units = result.sum(1).flatten(1)
        asked = units.diagonal().sum()
        (gradients,) = torch.autograd.grad(asked, x, retain_graph=True)
        used = gradients[: units.shape[1]].abs().sum(1) > 1e-9
        tables.append(used.reshape(*result.shape[2:], *graph.shape[1:]))
    return tables


class Walk:
    """The links of a planned graph, followed back along one axis with every map clipped."""

    def __init__(self, graph: Graph, axis: int) -> None:
        self.graph, self.axis = graph, axis
        self.pixels = cache(self._pixels)
        self.is_inside = cache(self._is_inside)

    def taps(self, index: int, unit: int) -> list[tuple[int, int]]:
        """(map, position) that the unit reads, also outside of the maps."""
        node = self.graph.nodes[index]
        taps = []
        for source, links in zip(node.inputs, node.facts.links, strict=True):
            assert links is not None
            link = links[self.axis]
            turns, phase = divmod(unit, len(link.taps))
            taps += [(source, tap + turns * link.rise) for tap in link.taps[phase]]
        return taps

    def _has(self, source: int, position: int) -> bool:
        return 0 <= position < self.graph.shape_of(source)[1 + self.axis]

    def _pixels(self, index: int, unit: int) -> frozenset[int]:
        if index < self.graph.input_count:
            return frozenset((unit,))
        taps = (tap for tap in self.taps(index, unit) if self._has(*tap))
        return frozenset().union(*(self.pixels(*tap) for tap in taps))

    def _is_inside(self, index: int, unit: int) -> bool:
        """True where no path of the unit leaves a map."""
        if index < self.graph.input_count:
            return True
        return all(self._has(*tap) and self.is_inside(*tap) for tap in self.taps(index, unit))


def composed(graph: Graph) -> list[tuple[AxisReach, ...] | None]:
    """The reach of every map, as the planner composes it; () where its axes have moved."""
    reaches: list[tuple[Reach, ...]] = [of_input(0, *graph.inputs.values())]
    for node in graph.layers:
        reaches.append(through([reaches[source] for source in node.inputs], node.facts))
    return [None if reach.lost else reach.axes if reach.is_plain else () for (reach,) in reaches]


def _has_positions(graph: Graph, number: int) -> bool:
    """False behind a layer of one position, which the plan calls global."""
    links = graph.nodes[number].facts.links
    return None not in links and all(
        source == 0 or _has_positions(graph, source) for source in graph.nodes[number].inputs
    )


class Family(NamedTuple):
    """Random graphs of one sort, and how much of them must have been compared at the least."""

    rank: int
    kinds: tuple[str, ...]
    graphs: int
    depth: int
    inside: int
    centres: int


FAMILIES = {
    "chains of windows": Family(1, WINDOWS, 60, 5, 4000, 150),
    "chains of every kind": Family(1, EVERY, 120, 5, 10_000, 300),
    "graphs": Family(1, MERGING, 200, 7, 20_000, 600),
    "graphs on images": Family(2, MERGING, 80, 5, 8000, 120),
}


@pytest.mark.parametrize("name", FAMILIES)
def test_units_see_what_has_a_gradient(name: str) -> None:
    family = FAMILIES[name]
    tally: Counter[str] = Counter()
    for number in range(family.graphs):
        rng = Random(f"{name} {number}")
        drawn = random_graph(rng, family.rank, family.kinds, rng.randint(2, family.depth))
        plan = plan_of(convcalc.loads(drawn.text()))
        tally.update(row.kind for row in plan.rows)
        look = Look(plan)
        for index, table in enumerate(seen_by_gradient(drawn), 1):
            if not look.has_positions(index):
                continue
            try:
                tally.update(look.compared(index, table))
            except AssertionError as error:
                raise AssertionError(f"Random('{name} {number}'):\n{drawn.text()}") from error
    print(f"{name}: {dict(tally)}")
    assert tally["inside"] >= family.inside
    assert tally["centres"] >= family.centres
    assert tally["too long"] <= family.graphs // 50
    assert set(family.kinds) - set(tally) == set()


class Look:
    """One planned graph, to be held against what torch sees."""

    def __init__(self, plan: convcalc.Plan) -> None:
        self.plan = plan
        self.graph = plan.graph
        self.rank = len(self.graph.shape_of(0)) - 1
        self.walks = [Walk(self.graph, axis) for axis in range(self.rank)]
        self.reaches = composed(self.graph)

    def has_positions(self, index: int) -> bool:
        """False behind a layer of one position, which the plan calls global."""
        if index == 0:
            return True
        node = self.graph.nodes[index]
        return None not in node.facts.links and all(map(self.has_positions, node.inputs))

    def compared(self, index: int, table: Tensor) -> dict[str, int]:
        """Compares the map `index`; how many units were compared in which way."""
        axes = self.reaches[index]
        if axes is None:
            # The planner leaves patterns of thousands of units alone.
            return {"too long": 1}
        field = self.plan.rows[index - 1].receptive_field
        assert field is not None
        counts = table.shape[: self.rank]
        inside = []
        for unit in product(*map(range, counts)):
            used = table[unit].nonzero().tolist()
            if self.rank == 1:
                (walk,) = self.walks
                assert walk.pixels(index, *unit) == {pixel for (pixel,) in used}
            if all(w.is_inside(index, at) for w, at in zip(self.walks, unit, strict=True)):
                inside.append(unit)
                for axis, at in enumerate(unit):
                    pixels = [pixel[axis] for pixel in used]
                    ends = (min(pixels), max(pixels)) if pixels else None
                    # Positions that became channels are followed by tests/planning.
                    assert not axes or interval(axes[axis], at) == ends
                    size = ends[1] - ends[0] + 1 if ends else 0
                    assert field.least[axis] <= size <= field.most[axis]
        return {
            "inside": len(inside),
            "units": prod(counts),
            "centres": self._compared_centre(field, table, inside),
            "whole maps": self._compared_map(field, table, inside),
        }

    def _compared_centre(
        self, field: ReceptiveField, table: Tensor, inside: list[tuple[int, ...]]
    ) -> int:
        centre = tuple((count - 1) // 2 for count in table.shape[: self.rank])
        if centre not in inside:
            return 0
        assert field.size == _extent(table[centre])
        return 1

    def _compared_map(
        self, field: ReceptiveField, table: Tensor, inside: list[tuple[int, ...]]
    ) -> int:
        """The smallest and the largest field, where nothing is clipped anywhere."""
        if len(inside) < prod(table.shape[: self.rank]):
            return 0
        extents = list(zip(*(_extent(table[unit]) for unit in inside), strict=True))
        assert field.least == tuple(map(min, extents))
        assert field.most == tuple(map(max, extents))
        first = table[inside[0]].nonzero()
        if len(first):
            assert field.start == tuple(first.min(0).values.tolist())
        return 1


def _extent(used: Tensor) -> tuple[int, ...]:
    pixels = used.nonzero()
    if not len(pixels):
        return tuple(0 for _ in used.shape)
    extents: list[int] = (pixels.max(0).values - pixels.min(0).values + 1).tolist()
    return tuple(extents)


def test_a_wrong_link_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def shifted(self: Any, x: tuple[int, ...]) -> tuple[Link, ...]:
        return tuple(window_link(window._replace(before=0)) for window in self.windows(x))

    monkeypatch.setattr(find_kind("conv"), "links", shifted)
    with pytest.raises(AssertionError, match="Random"):
        test_units_see_what_has_a_gradient("chains of windows")
