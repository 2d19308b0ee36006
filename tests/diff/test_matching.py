"""Which layer became which: alignments against all that there are, likeness by its weights."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import combinations, pairwise
from types import SimpleNamespace
from typing import Any

import pytest

import convcalc
from convcalc.features.diff import matching
from convcalc.features.diff.matching import Pair, Sides
from tests.each import each


def lists_of_pairs(rows: int, columns: int) -> Iterator[list[tuple[int, int]]]:
    """Every way to pair some of `rows` with some of `columns`, in the order of both."""
    for many in range(min(rows, columns) + 1):
        for chosen in combinations(range(rows), many):
            for others in combinations(range(columns), many):
                yield list(zip(chosen, others, strict=True))


def is_told_once(pairs: list[Pair], before: range, after: range) -> bool:
    old = [at for at, _ in pairs if at is not None]
    new = [at for _, at in pairs if at is not None]
    return old == list(before) and new == list(after)


def test_the_sum_of_likenesses_is_the_largest_that_there_is() -> None:
    draw = random.Random(7)
    for _ in range(150):
        rows, columns = draw.randint(1, 4), draw.randint(1, 5)
        scores = [[draw.choice([0, 0, 1, 2, 5, 9]) for _ in range(columns)] for _ in range(rows)]
        # Layers in front of the stretch and behind it that are not asked about.
        low, first = draw.randint(0, 2), draw.randint(0, 2)
        sides: Any = SimpleNamespace(
            before=[None] * low + list(range(rows)) + [None],
            after=[None] * first + list(range(columns)) + [None],
            likeness=lambda one, other, scores=scores: scores[one][other],
        )
        found = list(matching._by_table(sides, low, low + rows, first, first + columns))
        assert is_told_once(found, range(low, low + rows), range(first, first + columns))
        paired = [
            scores[at - low][to - first] for at, to in found if at is not None and to is not None
        ]
        # What cannot have become each other is no pair.
        assert all(paired)
        best = max(
            sum(scores[at][to] for at, to in pairs) for pairs in lists_of_pairs(rows, columns)
        )
        assert sum(paired) == best


def test_the_longest_chain_that_increases() -> None:
    draw = random.Random(8)
    for _ in range(200):
        numbers = draw.sample(range(9), draw.randint(0, 7))
        pairs = list(enumerate(numbers))
        found = matching._increasing(pairs)
        assert all(one in pairs for one in found)
        assert all(a < c and b < d for (a, b), (c, d) in pairwise(found))
        longest = max(
            many
            for many in range(len(numbers) + 1)
            for chosen in combinations(numbers, many)
            if list(chosen) == sorted(chosen)
        )
        assert len(found) == longest


def letters(before: str, after: str) -> Any:
    """Sides of layers that are told apart by a letter."""
    old, new = ([SimpleNamespace(row=SimpleNamespace(kind=one)) for one in word]
                for word in (before, after))  # fmt: skip
    return SimpleNamespace(before=old, after=new)


@each(("before", "after", "found"), [
    ("abc", "abc", [(0, 0), (1, 1), (2, 2)]),
    ("abc", "axc", [(0, 0), (1, None), (None, 1), (2, 2)]),
    ("abcd", "ab", [(0, 0), (1, 1), (2, None), (3, None)]),
    ("a", "abc", [(0, 0), (None, 1), (None, 2)]),
    ("", "ab", [(None, 0), (None, 1)]),
])  # fmt: skip
def test_in_step_where_there_is_nothing_to_hold_on_to(
    before: str, after: str, found: list[Pair]
) -> None:
    sides = letters(before, after)
    assert list(matching._in_step(sides, 0, len(before), 0, len(after))) == found


@each(("before", "after", "found"), [
    ("xaby", "zacb", [(1, 1), (2, 3)]),
    # Twice on one side is no anchor.
    ("xaaby", "zacbb", []),
    ("abc", "cab", [(0, 1), (1, 2)]),
    ("abc", "xyz", []),
])  # fmt: skip
def test_anchors_are_there_once_on_both_sides(
    before: str, after: str, found: list[tuple[int, int]]
) -> None:
    sides = letters(before, after)
    whole = (0, len(before), 0, len(after))
    assert matching._anchors(sides, *whole, key=lambda layer: layer.row.kind) == found
    # Of a part of them, what stands outside counts nothing.
    part = matching._anchors(sides, 1, len(before), 0, len(after), lambda layer: layer.row.kind)
    assert all(at >= 1 for at, _ in part)


def told(words: str) -> list[Any]:
    """Layers in which a letter is what they are called, and what they are."""
    return [
        SimpleNamespace(row=SimpleNamespace(kind=one, name=one), identity=(one, ()), token=ord(one))
        for one in words
    ]


@each(("before", "after", "is_short"), [("abxyz", "abuv", True), ("abxyz", "abuvw", False)])
def test_what_is_alike_at_the_ends_makes_no_stretch_longer(
    before: str, after: str, is_short: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three layers became two, or three: six pairs are looked at, and no nine."""
    monkeypatch.setattr(matching, "MOST_CELLS", 6)
    monkeypatch.setattr(matching, "_by_table", lambda *args: ["table"])
    monkeypatch.setattr(matching, "_by_anchors", lambda *args: ["anchors"])
    sides: Any = SimpleNamespace(before=told(before + "e"), after=told(after + "e"))
    found: list[Any] = [*matching._aligned(sides, 0, len(before) + 1, 0, len(after) + 1)]
    way = "table" if is_short else "anchors"
    assert found == [(0, 0), (1, 1), way, (len(before), len(after))]


@each(("low", "first"), [(1, 1), (3, 1), (2, 5)])
def test_layers_of_a_part_that_are_the_same_are_paired_in_step(low: int, first: int) -> None:
    sides: Any = SimpleNamespace(before=told("x" * low + "abc"), after=told("y" * first + "abc"))
    found = list(matching._aligned(sides, low, low + 3, first, first + 3))
    assert found == [(low, first), (low + 1, first + 1), (low + 2, first + 2)]


def test_long_stretches_are_cut_at_what_is_there_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of different layers in another order, the most that have not changed places are kept."""
    monkeypatch.setattr(matching, "MOST_CELLS", 0)
    draw = random.Random(9)
    for _ in range(200):
        before = draw.sample("abcdefg", draw.randint(0, 6))
        after = draw.sample("abcdefg", draw.randint(0, 6))
        sides: Any = SimpleNamespace(before=told("".join(before)), after=told("".join(after)))
        found = list(matching._aligned(sides, 0, len(before), 0, len(after)))
        assert is_told_once(found, range(len(before)), range(len(after)))
        kept = [(at, to) for at, to in found if at is not None and to is not None]
        assert all(before[at] == after[to] for at, to in kept)
        most = max(
            len(pairs)
            for pairs in lists_of_pairs(len(before), len(after))
            if all(before[at] == after[to] for at, to in pairs)
        )
        assert len(kept) == most, (before, after)


@each("at", [0, 1, 2, 5, 8, 9])
def test_equal_layers_at_both_ends_are_not_compared(at: int) -> None:
    """Of ten layers of which one became another, only that one is asked about."""
    asked: list[tuple[str, str]] = []

    def likeness(one: Any, other: Any) -> int:
        asked.append((one.row.name, other.row.name))
        return 1

    before = "abcdefghij"
    after = before.replace(before[at], "x")
    sides: Any = SimpleNamespace(before=told(before), after=told(after), likeness=likeness)
    found = list(matching._aligned(sides, 0, 10, 0, 10))
    assert found == [(place, place) for place in range(10)]
    assert set(asked) == {(before[at], "x")}
    # One that came is asked about as little, and one that went.
    asked.clear()
    longer = told(before[:at] + "x" + before[at:])
    sides = SimpleNamespace(before=told(before), after=longer, likeness=likeness)
    came = list(matching._aligned(sides, 0, 10, 0, 11))
    assert came == [*((n, n) for n in range(at)), (None, at), *((n, n + 1) for n in range(at, 10))]
    sides = SimpleNamespace(before=longer, after=told(before), likeness=likeness)
    assert list(matching._aligned(sides, 0, 11, 0, 10)) == [(to, old) for old, to in came]
    assert asked == []


FIELDS, KIND, FAMILY, NAME, OTHER = 24, 10, 2, 12, -4
OUTPUT, SIZES, PLACE, NUMBER = 3, 2, 3, 1
# All that speaks for a layer beside what it is: it makes the same map, in the same block.
AROUND = OUTPUT + SIZES + PLACE


@each(("old", "new", "likeness"), [
    ("relu", "relu", FIELDS + KIND + AROUND + NUMBER),
    ("relu", "silu", FAMILY + AROUND),
    ("relu", "dropout", 0),
    ("conv: {out: 4, k: 3, p: 1}", "conv: {out: 4, k: 3, p: 1}", FIELDS + KIND + AROUND + NUMBER),
    # Equal fields share 8, rounded down: one that differs takes 1, two take 2.
    ("conv: {out: 4, k: 3, p: 1}", "conv: {out: 4, k: 5, p: 2}", KIND + 6 + AROUND + NUMBER),
    ("conv: {out: 4, k: 3, p: 1}", "conv: {out: 5, k: 3, p: 1}",
     KIND + 7 + SIZES + PLACE + NUMBER),
    ("conv: {out: 4, k: 3, p: 1}", "conv: {out: 4, k: 3}", KIND + 7 + PLACE + NUMBER),
    ("relu: {}, name: one", "relu: {}, name: one", FIELDS + KIND + NAME + AROUND + NUMBER),
    ("relu: {}, name: one", "relu: {}, name: two", FIELDS + KIND + OTHER + AROUND),
    ("relu: {}, name: one", "silu: {}, name: two", FAMILY + OTHER + AROUND),
    # A name alone may be of another kind.
    ("relu: {}, name: one", "dropout: 0.5, name: one", FAMILY + NAME + AROUND + NUMBER),
    ("relu: {}, name: one", "relu", FIELDS + KIND + AROUND),
    ("max_pool: 2", "avg_pool: 3", 2 + PLACE),
])  # fmt: skip
def test_what_speaks_for_it(old: str, new: str, likeness: int) -> None:
    one, other = (
        convcalc.plan(convcalc.loads(f"convcalc: 1\ninput: [4, 8, 8]\nlayers: [{{{layer}}}]\n"
                                     if ":" in layer else
                                     f"convcalc: 1\ninput: [4, 8, 8]\nlayers: [{layer}]\n"))
        for layer in (old, new)
    )  # fmt: skip
    sides = Sides(one, other)
    assert sides.likeness(sides.before[0], sides.after[0]) == likeness
    back = Sides(other, one)
    assert back.likeness(back.before[0], back.after[0]) == likeness


def test_never_less_than_one_where_they_may_be_one() -> None:
    # A family's 2, other names' -4, other maps, and another block.
    block = "blocks: {b: {layers: [{max_pool: 2, name: x}]}}\n"
    one = f"convcalc: 1\ninput: [4, 8, 8]\n{block}layers: [b]\n"
    other = "convcalc: 1\ninput: [4, 8, 8]\nlayers: [{avg_pool: 4, name: y}]\n"
    sides = Sides(*(convcalc.plan(convcalc.loads(text)) for text in (one, other)))
    assert sides.likeness(sides.before[0], sides.after[0]) == 1
