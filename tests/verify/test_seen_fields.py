"""Fields put together from patterns that are told, against sets of pixels, and what they take."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

import pytest

import convcalc
from convcalc.features.verify import seen_fields
from convcalc.features.verify.reads import Everything, Pattern, Reading, Unknown
from convcalc.features.verify.seen_fields import Fields, Measured, Seen
from convcalc.features.verify.work import Budget
from convcalc.network.graph import GraphNode
from tests.each import each

TWICE = Pattern(1, ((-1, 0), (0,)))
FAR = Pattern(1, ((-128, 0), (0,)))
STEPS = Pattern(2, ((-1, 0, 1),))
SOME = Pattern(3, ((-1, 4), (), (2,)))
HOLES = Pattern(1, ((-4, 0, 4),))
ONE = Pattern(1, ((0,),))
LEFT, RIGHT = Pattern(1, ((-3, 0),)), Pattern(1, ((4, 5),))


Figures = tuple[Measured, ...] | None


class Read(NamedTuple):
    """A layer: the numbers of those that it reads, 0 being the input, and how on each axis."""

    of: tuple[int, ...]
    patterns: tuple[tuple[Reading, ...], ...]


class Told(NamedTuple):
    """How one layer reads."""

    patterns: tuple[tuple[Reading, ...], ...]

    def of(self, number: int, axis: int) -> Reading:
        """As the layer says."""
        return self.patterns[number][axis]


def through(*patterns: Reading) -> list[Read]:
    """A chain, along one axis."""
    return [Read((at,), ((one,),)) for at, one in enumerate(patterns)]


def fields(reads: Sequence[Read], counts: Sequence[int], budget: Budget | None = None) -> Fields:
    """What layers that read so see; the last is asked for its figures on a map of `counts`."""
    names = ["input", *(f"l{n}" for n in range(1, len(reads) + 1))]
    rows = []
    for name, read in zip(names[1:], reads, strict=True):
        froms = [names[at] for at in read.of]
        merge = f"add: [{', '.join(froms)}]"
        rows.append(f"{{{merge if len(froms) > 1 else f'relu: , from: {froms[0]}'}, name: {name}}}")
    shape = ", ".join(["1", *("3" for _ in counts)])
    text = f"convcalc: 1\ninput: [{shape}]\nlayers: [{', '.join(rows)}]\n"
    graph = convcalc.plan(convcalc.loads(text)).graph

    def told(node: GraphNode) -> Told:
        return Told(reads[node.at - 1].patterns)

    found = Fields(graph, told, budget or Budget())  # type: ignore[arg-type]
    found.want(len(reads), (1, *counts))
    return found


def figures(reads: Sequence[Read], counts: Sequence[int], budget: Budget | None = None) -> Figures:
    found = fields(reads, counts, budget)
    (seen,) = found.seen[-1].values()
    return found.measured(seen, (1, *counts))


def pixels(reads: Sequence[Read], layer: int, axis: int, unit: int) -> set[int]:
    """What a unit sees: what those see that it reads."""
    if not layer:
        return {unit}
    found: set[int] = set()
    for parent, patterns in zip(*reads[layer - 1], strict=True):
        pattern = patterns[axis]
        assert isinstance(pattern, Pattern)
        turns, phase = divmod(unit, len(pattern.taps))
        for tap in pattern.taps[phase]:
            found |= pixels(reads, parent, axis, tap + turns * pattern.rise)
    return found


def size(seen: set[int]) -> int:
    return max(seen) - min(seen) + 1 if seen else 0


MEETING = [
    Read((0,), ((HOLES,),)), Read((0,), ((TWICE,),)), Read((1, 2), ((ONE,), (ONE,))),
    Read((3,), ((STEPS,),)), Read((3, 1), ((ONE,), (SOME,))),
]  # fmt: skip
EVEN = [
    Read((0,), ((HOLES,),)), Read((0,), ((Pattern(1, ((1, 2),)),),)), Read((1, 2), ((ONE,), (ONE,)))
]  # fmt: skip
UNEVEN = [Read((0,), ((STEPS,),)), *EVEN[1:]]


@each(
    ("reads", "count", "stride"),
    [
        pytest.param(through(ONE), 5, Fraction(1), id="itself"),
        pytest.param(through(STEPS, STEPS, HOLES), 6, Fraction(4), id="sliding evenly"),
        pytest.param(through(HOLES, TWICE, STEPS), 7, Fraction(1), id="two for each"),
        pytest.param(through(STEPS, TWICE, SOME), 8, Fraction(1), id="some that see nothing"),
        pytest.param(through(SOME, STEPS, TWICE), 9, Fraction(1), id="and others read them"),
        pytest.param(through(Pattern(0, ((1, 5),)), HOLES), 4, Fraction(0), id="all the same"),
        pytest.param(through(Pattern(-1, ((8, 9),)), TWICE), 9, Fraction(-1, 2), id="backwards"),
        pytest.param(through(STEPS, Pattern(2, ((),))), 3, Fraction(4), id="nothing"),
        pytest.param(MEETING[:3], 6, Fraction(1), id="two paths"),
        pytest.param(MEETING[:4], 6, Fraction(2), id="behind two paths"),
        pytest.param([*MEETING[:3], MEETING[4]], 7, Fraction(1), id="three paths"),
        pytest.param(EVEN, 5, Fraction(1), id="two even paths"),
        pytest.param(UNEVEN, 5, Fraction(2), id="two paths of different strides"),
        pytest.param([MEETING[1], MEETING[0]], 5, Fraction(1), id="one layer not asked for"),
        pytest.param([*MEETING[:2], Read((1,), ((ONE,),))], 5, Fraction(1), id="nor a later one"),
    ],
)
def test_figures_along_an_axis(reads: list[Read], count: int, stride: Fraction) -> None:
    seen = [pixels(reads, len(reads), 0, unit) for unit in range(count)]
    middle, sizes = seen[(count - 1) // 2], [size(one) for one in seen]
    first = min(seen[0]) if seen[0] else 0
    expected = Measured(size(middle), min(sizes), max(sizes), stride, first, len(middle))
    assert figures(reads, (count,)) == (expected,)


def test_a_unit_that_sees_nothing_on_one_axis_sees_nothing() -> None:
    reads = [Read((0,), ((Pattern(1, ((0, 1), ())), HOLES),))]
    row, column = figures(reads, (4, 3)) or ()
    assert (row[:3], column[:3]) == ((0, 0, 2), (0, 0, 9))


@each(("reads", "is_joined"), [
    ([Read((0,), ((STEPS, HOLES),))], False),
    ([Read((0,), ((HOLES, HOLES),)), Read((0, 1), ((ONE, ONE),) * 2)], True),
    ([Read((0,), ((HOLES, ONE),)), Read((0, 1), ((ONE, ONE),) * 2)], False),
    ([Read((0,), ((ONE, HOLES),)), Read((0, 1), ((ONE, ONE),) * 2)], False),
    ([Read((0,), ((HOLES, HOLES),)), Read((0, 1), ((ONE, ONE),) * 2),
      Read((2,), ((STEPS, STEPS),))], True),
])  # fmt: skip
def test_paths_meet_on_both_axes(reads: list[Read], is_joined: bool) -> None:
    found = fields(reads, (3, 3))
    (seen,) = found.seen[-1].values()
    assert found.is_joined(seen) is is_joined


@each(("reads", "count", "bits"), [
    # Nine units, each of which sees two pixels.
    (through(TWICE), 9, 18),
    # The unit that is asked for reads -3 and 0, so that four are needed in front of it.
    (through(TWICE, Pattern(1, ((-3, 0),))), 1, 8),
    # One stands for all; its first and last pixel are 8 apart.
    (through(HOLES), 9, 9),
    # Half a pixel apart: -3 and 0 are two pixels, and of nine units each sees up to four.
    (through(TWICE, Pattern(1, ((-3, 0), (0,)))), 9, 36),
])  # fmt: skip
def test_no_more_pixels_are_held_than_may_be(reads: list[Read], count: int, bits: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(seen_fields, "MOST_BITS", bits)
        assert figures(reads, (count,)) is not None
        patch.setattr(seen_fields, "MOST_BITS", bits - 1)
        assert figures(reads, (count,)) is None


@each(("reads", "count", "steps"), [
    # A union of 400 for the input, and one for each of two taps of nine units.
    (through(TWICE), 9, 400 + 9 * 2 * 400),
    # 129 pixels: two steps more for each union.
    (through(FAR), 9, 400 + 9 * 2 * 402),
    (through(HOLES), 9, 400 + 3 * 400),
    # Where nothing is read, a union is taken all the same.
    (through(Pattern(2, ((),))), 3, 400 + 400),
    ([Read((0,), ((TWICE,),)), Read((0, 1), ((ONE,), (ONE,)))], 5, 400 + 2 * 5 * 2 * 400),
    # Three units read -3 to 2, and these as many.
    (through(TWICE, LEFT), 3, 400 + 6 * 800 + 3 * 800),
    # -3 to 0 are in the second and the first turn, which read from -3 to 0.
    (through(TWICE, TWICE, LEFT), 1, 400 + 4 * 800 + 4 * 800 + 800),
    (through(TWICE, RIGHT), 1, 400 + 2 * 800 + 800),
    ([Read((0,), ((TWICE,),)), Read((1,), ((LEFT,),)), Read((1,), ((RIGHT,),)),
      Read((2, 3), ((ONE,), (ONE,)))], 1, 400 + 9 * 800 + 3 * 800),
    ([Read((0,), ((TWICE,),)), Read((1,), ((RIGHT,),)), Read((1,), ((LEFT,),)),
      Read((2, 3), ((ONE,), (ONE,)))], 1, 400 + 9 * 800 + 3 * 800),
])  # fmt: skip
def test_what_fields_take_of_the_budget(reads: list[Read], count: int, steps: int) -> None:
    budget = Budget(steps)
    assert figures(reads, (count,), budget) is not None
    assert budget.left == 0
    assert figures(reads, (count,), Budget(steps - 1)) is None


ALL, OWN, GAP = Everything(keeps=False), Everything(keeps=True), Unknown("not told")
RENAMING = Unknown("renamed", is_renaming=True)


@each(("reads", "seen"), [
    ([Read((0,), ((OWN, OWN),))], Seen((0, 0), whole=True)),
    ([Read((0,), ((OWN, ALL),))], Seen((0, 0), whole=True, lost=True)),
    ([Read((0,), ((OWN, ONE),))],
     Seen((0, 0), lost=True, gap="one axis is read whole, another is not")),
    ([Read((0,), ((ONE, GAP),))], Seen((0, 0), lost=True, gap="not told")),
    ([Read((0,), ((GAP, RENAMING),))], Seen((0, 0), lost=True, gap="not told")),
    ([Read((0,), ((RENAMING, GAP),))], Seen((0, 0), whole=True, lost=True, gap="renamed")),
    # What is lost stays lost, and why.
    ([Read((0,), ((GAP, GAP),)), Read((1,), ((OWN, OWN),))],
     Seen((0, 0), lost=True, gap="not told")),
    # One path sees all of it, the other its own position, and one was not measured.
    ([Read((0,), ((ALL, ALL),)), Read((0, 1), ((ONE, ONE), (ONE, ONE)))],
     Seen((0, 0), whole=True)),
    ([Read((0,), ((GAP, GAP),)), Read((0, 1), ((ONE, ONE), (ONE, ONE)))],
     Seen((0, 0), gap="not told")),
    ([Read((0,), ((GAP, GAP),)), Read((0,), ((ALL, ALL),)),
      Read((1, 2), ((ONE, ONE), (ONE, ONE)))],
     Seen((0, 0), whole=True, lost=True, gap="not told")),
])  # fmt: skip
def test_what_is_seen_of_an_input(reads: list[Read], seen: Seen) -> None:
    assert fields(reads, (3, 3)).seen[-1] == {0: seen}
