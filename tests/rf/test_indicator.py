"""Fields of random networks against an indicator pass written from the operations' definitions."""

from __future__ import annotations

from math import prod

import numpy as np
import pytest

import convcalc
from convcalc.features.rf import field_report, find, look, path_counts, unit_fields
from convcalc.features.rf.footprint import used_by
from convcalc.features.rf.walk import walk
from convcalc.network.graph import Graph
from tests.rf.graphs import FAMILIES, Drawing, units_of
from tests.rf.oracle import marked

# 20 networks of each family: every tenth batch in everyday tests, the others in thorough ones.
SEEDS = range(20 * len(FAMILIES))
BATCH = len(FAMILIES)
EVERYDAY = SEEDS[BATCH :: 10 * BATCH]
FIRSTS = [
    pytest.param(first, marks=() if first in EVERYDAY else pytest.mark.thorough)
    for first in SEEDS[::BATCH]
]


def drawn(seed: int) -> tuple[Drawing, Graph]:
    drawing = Drawing(seed)
    graph = convcalc.loads(drawing.text).graph()
    for op in drawing.ops:
        assert graph.shape_of(find(graph, op.name))[1:] == op.size, f"seed {seed}, {op.name}"
    return drawing, graph


@pytest.mark.parametrize("first", FIRSTS)
def test_real_pixels_of_single_units(first: int) -> None:
    for seed in range(first, first + BATCH):
        drawing, graph = drawn(seed)
        lens, last = look(graph), len(drawing.ops) - 1
        index = find(graph, drawing.ops[last].name)
        for unit in units_of(drawing, last, 1):
            expected = marked(drawing.ops, last, unit, clip=True)
            about = f"seed {seed} ({drawing.family}), unit {unit}: {drawing.text}"
            for source, field in enumerate(unit_fields(lens, index, unit)):
                positions, _ = expected.get(source, (None, None))
                if positions is None:
                    assert (field.real, field.used) == (None, 0), about
                    continue
                ends = tuple(zip(positions.min(axis=0), positions.max(axis=0), strict=True))
                assert field.real == ends, about
                assert field.used == len(positions), about


@pytest.mark.parametrize("first", FIRSTS)
def test_windows_and_holes_on_maps_without_end(first: int) -> None:
    for seed in range(first, first + BATCH):
        drawing, graph = drawn(seed)
        if drawing.family == "global":
            continue
        last = len(drawing.ops) - 1
        index = find(graph, drawing.ops[last].name)
        seen = next(step for step in walk(look(graph), frozenset([index])) if step.node == index)
        for unit in units_of(drawing, last, 0):
            expected = marked(drawing.ops, last, unit, clip=False)
            about = f"seed {seed} ({drawing.family}), unit {unit}: {drawing.text}"
            fields = unit_fields(look(graph), index, unit)
            for source, (field, trail) in enumerate(zip(fields, seen.trails, strict=True)):
                assert trail.footprint is not None, about
                used = used_by(trail.footprint, unit)
                if source not in expected:
                    assert (field.window, used) == (None, None), about
                    continue
                positions, _ = expected[source]
                ends = tuple(zip(positions.min(axis=0), positions.max(axis=0), strict=True))
                assert field.window == ends, about
                assert used is not None
                assert used.pixels == len(positions), about
                assert tuple((line[0], line[-1]) for line in used.window) == ends, about
                full = [len(np.unique(axis)) for axis in positions.T]
                wide = [last - first + 1 for first, last in ends]
                assert used.is_gridded == (full != wide), about


@pytest.mark.parametrize("first", FIRSTS)
def test_numbers_of_paths(first: int) -> None:
    for seed in range(first, first + BATCH):
        drawing, graph = drawn(seed)
        lens, last = look(graph), len(drawing.ops) - 1
        index = find(graph, drawing.ops[last].name)
        unit = tuple((n - 1) // 2 for n in drawing.ops[last].size)
        expected = marked(drawing.ops, last, unit, clip=True, counting=True)
        found = {paths.source: paths for paths in path_counts(lens, index, unit)}
        about = f"seed {seed} ({drawing.family}), unit {unit}: {drawing.text}"
        assert set(found) == {drawing.ops[source].name for source in expected}, about
        for source, (positions, counts) in expected.items():
            paths = found[drawing.ops[source].name]
            table = np.zeros(paths.sizes, dtype=object)
            table[tuple((positions - np.array(paths.first)).T)] = counts
            assert np.array_equal(np.array(paths.counts, dtype=object), table), about


@pytest.mark.parametrize("first", FIRSTS)
def test_smallest_and_largest_field_over_the_map(first: int) -> None:
    for seed in range(first, first + BATCH):
        drawing, graph = drawn(seed)
        last = len(drawing.ops) - 1
        size = drawing.ops[last].size
        if drawing.family == "global" or prod(size) > 60:
            continue
        sizes: dict[int, list[tuple[int, ...]]] = {}
        blind = False
        for unit in np.ndindex(size):
            found = marked(drawing.ops, last, unit, clip=False)
            for source in range(graph.input_count):
                blind = blind or source not in found
                positions, _ = found.get(source, (np.zeros((1, len(size)), int), None))
                extent = positions.max(axis=0) - positions.min(axis=0) + (source in found)
                sizes.setdefault(source, []).append(tuple(extent))
        if blind and len(size) > 1:
            # Such a unit sees nothing on one axis, which takes its pixels of the others too.
            continue
        for source, field in enumerate(field_report(graph).of(drawing.ops[last].name)):
            least = tuple(map(min, zip(*sizes[source], strict=True)))
            most = tuple(map(max, zip(*sizes[source], strict=True)))
            about = f"seed {seed} ({drawing.family}): {drawing.text}"
            assert tuple(axis.least for axis in field.axes) == least, about
            assert tuple(axis.most for axis in field.axes) == most, about


@pytest.mark.thorough
def test_the_draws_meet_every_difficulty() -> None:
    """A test that meets no hole, no bent pattern or no merge of unequal strides proves little."""
    met = {"holes": 0, "corners": 0, "varying": 0, "unequal": 0, "global": 0, "rank 3": 0}
    for seed in SEEDS:
        drawing, graph = drawn(seed)
        for field in field_report(graph).of(drawing.ops[-1].name):
            met["holes"] += field.has_holes and field.is_gridded
            met["corners"] += field.has_holes and not field.is_gridded
            met["varying"] += any(axis.varies for axis in field.axes)
            met["unequal"] += not field.aligned
            met["global"] += field.is_global
            met["rank 3"] += len(field.axes) == 3
    assert all(count >= 5 for count in met.values()), met
