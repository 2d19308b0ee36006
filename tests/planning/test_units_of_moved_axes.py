"""Single units where axes have moved: their pixels are those that reach them in a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import accumulate, product
from random import Random

import convcalc
from convcalc.features.rf import find, look, unit_fields
from tests.each import each
from tests.planning.moved_axes import EXACT, field, reached
from tests.planning.seen import Shape, file


def units(shape: Shape) -> Iterator[Shape]:
    return product(*map(range, shape[1:]))


@each(("shape", "layers", "least", "most"), EXACT)
def test_the_pixels_of_a_unit_are_those_that_reach_it(
    shape: Shape, layers: list[str], least: Shape, most: Shape
) -> None:
    if shape[-1] > 20:
        shape = (*shape[:-1], 6)
        layers = [layer.replace("100", "6") for layer in layers]
    text = file(shape, *layers)
    lens = look(convcalc.loads(text).graph())
    index = find(lens.graph, lens.graph.name_of(lens.graph.outputs[0]))
    every = list(units(lens.graph.shape_of(index)))
    for unit in {every[0], every[len(every) // 2], every[-1]}:
        (own,) = unit_fields(lens, index, unit)
        pixels = reached(text, unit)
        ends = [(min(axis), max(axis)) for axis in zip(*pixels, strict=True)]
        if own.at_most:
            # The walk back keeps no account of single channels: no pixel is missing.
            assert own.used is not None
            assert own.used >= len(pixels), unit
            continue
        assert own.used == len(pixels), unit
        assert own.real == tuple(ends), unit


@each(
    ("span", "at_most"),
    # 7 neighbours of the 3, 1 and 5 channels have one of each branch, 6 may miss the first.
    [([0, 7], False), ([2, 9], False), ([0, 6], True)],
)
def test_so_many_channels_see_every_branch(span: list[int], at_most: bool) -> None:
    found = field(
        (1, 9),
        "{conv: {out: 3, k: 1}, name: a}",
        "{conv: {out: 1, k: 3, p: 1}, name: b, from: input}",
        "{conv: {out: 5, k: 5, p: 2}, name: c, from: input}",
        "concat: [a, b, c]",
        f"slice: {span}",
    )
    assert (found.size, found.at_most) == ((5,), at_most)


def test_dealt_channels_have_one_of_each_branch_among_so_many() -> None:
    found = field(
        (1, 9),
        "{conv: {out: 2, k: 1}, name: a}",
        "{conv: {out: 2, k: 3, p: 1}, name: b, from: input}",
        "concat: [a, b]",
        "channel_shuffle: 2",
        "slice: [0, 2]",
    )
    # Channels a0, b0, a1, b1: any two neighbours have one of each.
    assert (found.size, found.at_most) == ((3,), False)


def test_neighbouring_channels_that_may_miss_a_branch() -> None:
    """Every window of so many channels is looked through, behind joined and dealt ones."""
    met = Counter[bool]()
    for seed in range(50):
        random = Random(seed)
        own = [random.randint(1, 4) for _ in range(random.randint(2, 4))]
        channels = sum(own)
        branches = [
            f"{{conv: {{out: {many}, k: {2 * at + 1}, p: {at}}}, name: b{at}, from: input}}"
            for at, many in enumerate(own)
        ]
        joined = f"concat: [{', '.join(f'b{at}' for at in range(len(own)))}]"
        seen = [at for at, many in enumerate(own) for _ in range(many)]
        groups = random.choice([n for n in range(1, channels + 1) if channels % n == 0])
        more: list[str] = []
        if seed % 2:
            more = [f"channel_shuffle: {groups}"]
            each = channels // groups
            # A channel of each group in turn.
            seen = [seen[group * each + at] for at in range(each) for group in range(groups)]
        # About where windows begin to have one of each.
        edge = groups if more else channels - min(own[0], own[-1]) + 1
        left = min(max(1, edge - random.randint(0, 1)), channels - 1)
        windows = [set(seen[at : at + left]) for at in range(channels - left + 1)]
        misses = any(len(window) < len(own) for window in windows)
        found = field((1, 9), *branches, joined, *more, f"slice: [0, {left}]")
        assert found.size == (2 * len(own) - 1,)
        ends = accumulate(own)
        if not more:
            assert found.at_most == misses, seed
        elif all(end % (channels // groups) == 0 for end in ends):
            # Whole groups of each branch: as many neighbours as groups have one of each.
            assert found.at_most == (left < groups), seed
            assert found.at_most >= misses, seed
        else:
            assert found.at_most, seed
        met[found.at_most] += 1
    assert min(met.values()) > 5, met
