"""Groups with and without some layers as one block: by hand, and by trying all alignments."""

from __future__ import annotations

from itertools import combinations, pairwise
from random import Random

from convcalc.features.import_.variants import Template, _aligned, _joined, merged, pruned
from tests.each import each

# Keys of parts: a convolution, a norm, a sum, and the projection that some have beside it.
CONV, NORM, ADD, PROJECT = 10, 11, 12, 13
PLAIN = ((CONV, -1), (NORM, 0), (ADD, 1, -1))
PROJECTED = ((CONV, -1), (NORM, 0), (PROJECT, -1), (ADD, 1, 2))
BOTH = Template(PROJECTED, {1: (0, 1, 3), 2: (0, 1, 2, 3)})


def alike(one: Template, other: Template) -> Template | None:
    """Both as one block, whose parts are alike where their keys are."""
    shapes = {1: PLAIN, 2: PROJECTED, 3: one.shape, 4: other.shape}

    def likeness(left: int, right: int) -> float | None:
        return 1.0 if one.shape[left][0] == other.shape[right][0] else None

    return merged(one, other, shapes, likeness)


def test_a_shortcut_with_and_without_its_projection_is_one_block() -> None:
    plain, projected = Template.of(1, PLAIN), Template.of(2, PROJECTED)
    assert plain.positions == {1: (0, 1, 2)}
    assert alike(plain, projected) == BOTH
    swapped = alike(projected, plain)
    assert swapped is not None
    assert (swapped.shape, dict(swapped.positions)) == (BOTH.shape, dict(BOTH.positions))


@each(("one", "other"), [
    # The sum of another order, one that reads another part, one with another input.
    (PLAIN, ((CONV, -1), (NORM, 0), (PROJECT, -1), (ADD, 2, 1))),
    (PLAIN, ((CONV, -1), (NORM, 0), (PROJECT, 1), (ADD, 0, 2))),
    (PLAIN, ((CONV, -1), (NORM, 0), (PROJECT, -1), (ADD, 1, 2, -2))),
    # Less than half is alike, or one part alone.
    (PLAIN, ((CONV, -1), (20, 0), (21, 1), (22, 2), (ADD, 3, -1))),
    (((CONV, -1),), ((CONV, -1),)),
    # What is behind the end of the other one does not come out of it.
    (((CONV, -1), (NORM, 0)), ((CONV, -1), (NORM, 0), (PROJECT, -1))),
])  # fmt: skip
def test_what_leaving_out_does_not_make_stays_two_blocks(
    one: tuple[tuple[int, ...], ...], other: tuple[tuple[int, ...], ...]
) -> None:
    assert alike(Template.of(3, one), Template.of(4, other)) is None


def test_layers_at_the_end_may_be_left_out_where_they_read_what_comes_out_before() -> None:
    short, long = ((CONV, -1), (NORM, 0)), ((CONV, -1), (NORM, 0), (20, 1), (21, 2))
    found = alike(Template.of(3, short), Template.of(4, long))
    assert found == Template(long, {3: (0, 1), 4: (0, 1, 2, 3)})


@each(("length", "is_one"), [(48, True), (49, False)])
def test_long_groups_are_compared_as_they_are(length: int, is_one: bool) -> None:
    shape = tuple((at, at - 1) for at in range(length))
    assert (alike(Template.of(3, shape), Template.of(4, shape)) is not None) == is_one


@each(("variants", "is_one"), [(7, True), (8, False)])
def test_a_block_has_eight_variants_at_most(variants: int, is_one: bool) -> None:
    many = Template(PLAIN, dict.fromkeys(range(10, 10 + variants), (0, 1, 2)))
    shapes = dict.fromkeys([*many.positions, 4], PLAIN)
    found = merged(many, Template.of(4, PLAIN), shapes, lambda a, b: 1.0 if a == b else None)
    assert (found is not None) == is_one


def test_what_no_variant_that_is_left_has_is_gone() -> None:
    assert pruned(BOTH, [1, 2]) == BOTH
    assert pruned(BOTH, [2]) == Template(PROJECTED, {2: (0, 1, 2, 3)})
    # The sum reads what the projection read.
    assert pruned(BOTH, [1]) == Template(PLAIN, {1: (0, 1, 2)})
    chain = Template(((1, -2), (2, 0), (3, 1), (4, 2, 0)), {5: (0, 3), 6: (1, 3), 7: (3,)})
    assert pruned(chain, [5]) == Template(((1, -2), (4, 0, 0)), {5: (0, 1)})
    assert pruned(chain, [6]) == Template(((2, -2), (4, 0, -2)), {6: (0, 1)})
    assert pruned(chain, [7]) == Template(((4, -2, -2),), {7: (0,)})


def test_parts_are_paired_so_that_they_are_most_alike_in_all() -> None:
    for seed in range(200):
        draw = Random(seed)
        first, second = draw.randint(0, 4), draw.randint(0, 4)
        table = {
            (i, j): draw.choice([None, 0.0, 0.25, 0.5, 1.0])
            for i in range(first) for j in range(second)
        }  # fmt: skip
        pairs = _aligned(first, second, lambda i, j, table=table: table[i, j])  # type: ignore[misc]

        def score(pairs: list[tuple[int, int]], table: dict[tuple[int, int], float | None] = table
                  ) -> float:  # fmt: skip
            return sum(1 + (table[pair] or 0) for pair in pairs)

        most = max(
            score(list(zip(left, right, strict=True)))
            for count in range(min(first, second) + 1)
            for left in combinations(range(first), count)
            for right in combinations(range(second), count)
            if all(table[pair] is not None for pair in zip(left, right, strict=True))
        )
        assert score(pairs) == most, (seed, table)
        assert all(table[pair] is not None for pair in pairs)
        assert all(a < c and b < d for (a, b), (c, d) in pairwise(pairs))
        # All of both stand in one list, in their order, and pairs at one place.
        (ours, its), count = _joined(first, second, pairs)
        assert count == first + second - len(pairs) == len({*ours, *its})
        assert (ours, its) == (sorted({*ours}), sorted({*its}))
        assert {*ours, *its} == {*range(count)}
        assert [(ours[a], its[b]) for a, b in pairs] == [(at, at) for at in ours if at in its]
