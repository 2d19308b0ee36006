"""Groups that are one block with some layers left out, as those of a residual projection.

A layer that is left out stands for what it reads, so that its readers read that: a block says it
by `if`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

# Of each part of a group its key, and what it reads: a part before it by index; -1 is the group's
# input, -2 the next that it reads from outside, and so on.
Shape = tuple[tuple[int, ...], ...]
# How much two parts are alike, from 0 to 1; None where they cannot be the same one.
Likeness = Callable[[int, int], float | None]

# Longer groups are compared as they are.
_LONGEST = 48
_MOST_VARIANTS = 8


@dataclass(frozen=True, slots=True)
class Template:
    """The parts of a block, some of which some variants have not.

    `positions` says of each variant, by its own key, where in `shape` its parts stand.
    """

    shape: Shape
    positions: Mapping[int, tuple[int, ...]]

    @classmethod
    def of(cls, key: int, shape: Shape) -> Template:
        """The template that has one variant alone."""
        return cls(shape, {key: tuple(range(len(shape)))})


def merged(
    one: Template, other: Template, shapes: Mapping[int, Shape], likeness: Likeness
) -> Template | None:
    """A template for the variants of both; None where no `if` makes one of them.

    `shapes` are those of the variants by key; `likeness` compares parts of both templates.
    """
    lengths = len(one.shape), len(other.shape)
    pairs = _aligned(*lengths, likeness) if max(lengths) <= _LONGEST else []
    variants = len(one.positions) + len(other.positions)
    if 2 * len(pairs) < max(lengths) or len(pairs) < 2 or variants > _MOST_VARIANTS:
        return None
    places, count = _joined(*lengths, pairs)
    positions = {
        key: tuple(place[at] for at in own)
        for template, place in zip((one, other), places, strict=True)
        for key, own in template.positions.items()
    }
    keys = [0] * count
    for template, place in zip((one, other), places, strict=True):
        for at, entry in enumerate(template.shape):
            keys[place[at]] = entry[0]
    reads = {key: _reads(shapes[key], own) for key, own in positions.items()}
    refs = _most_specific(count, reads)
    if refs is None or not all(_is_made(refs, own) for own in reads.values()):
        return None
    return Template(tuple((key, *refs[at]) for at, key in enumerate(keys)), positions)


def pruned(template: Template, live: Iterable[int]) -> Template:
    """The template with those of its variants alone that are `live`, and with their parts."""
    positions = {key: template.positions[key] for key in live}
    used = sorted({place for own in positions.values() for place in own})
    if len(used) == len(template.shape):
        return Template(template.shape, positions)
    at = {place: index for index, place in enumerate(used)}

    def left(ref: int) -> int:
        # What is left out everywhere stands for what it reads.
        while ref >= 0 and ref not in at:
            ref = template.shape[ref][1]
        return at.get(ref, ref)

    shape = tuple(
        (template.shape[place][0], *map(left, template.shape[place][1:])) for place in used
    )
    return Template(
        shape, {key: tuple(at[place] for place in own) for key, own in positions.items()}
    )


def _aligned(first: int, second: int, likeness: Likeness) -> list[tuple[int, int]]:
    """The pairs of parts, in order on both sides, that are most alike in all."""
    best: list[list[float]] = [[0.0] * (second + 1) for _ in range(first + 1)]
    scores: dict[tuple[int, int], float] = {}
    for i in reversed(range(first)):
        for j in reversed(range(second)):
            best[i][j] = max(best[i + 1][j], best[i][j + 1])
            like = likeness(i, j)
            if like is not None:
                scores[i, j] = 1 + like + best[i + 1][j + 1]
                best[i][j] = max(best[i][j], scores[i, j])
    pairs = []
    i = j = 0
    while i < first and j < second:
        if scores.get((i, j)) == best[i][j]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif best[i + 1][j] == best[i][j]:
            i += 1
        else:
            j += 1
    return pairs


def _joined(
    first: int, second: int, pairs: Sequence[tuple[int, int]]
) -> tuple[tuple[list[int], list[int]], int]:
    """Where the parts of both sides stand in the list of all, and how long that is."""
    ours, its = [0] * first, [0] * second
    at, before = 0, (-1, -1)
    for left, right in [*pairs, (first, second)]:
        for one in range(before[0] + 1, left):
            ours[one], at = at, at + 1
        for one in range(before[1] + 1, right):
            its[one], at = at, at + 1
        if left < first:
            ours[left] = its[right] = at
            at += 1
        before = left, right
    return (ours, its), at


def _reads(shape: Shape, own: tuple[int, ...]) -> dict[int, tuple[int, ...]]:
    """What the parts of a variant read, by their places in the list of all."""
    return {
        place: tuple(own[ref] if ref >= 0 else ref for ref in entry[1:])
        for place, entry in zip(own, shape, strict=True)
    }


def _most_specific(
    count: int, variants: Mapping[int, Mapping[int, tuple[int, ...]]]
) -> list[tuple[int, ...]] | None:
    """What each part reads where nothing is left out: the last of what it reads anywhere."""
    refs = []
    for at in range(count):
        found = [reads[at] for reads in variants.values() if at in reads]
        if len(set(map(len, found))) != 1:
            return None
        refs.append(tuple(map(max, zip(*found, strict=True))))
    return refs


def _is_made(refs: Sequence[tuple[int, ...]], reads: Mapping[int, tuple[int, ...]]) -> bool:
    """True where leaving out parts makes this variant: all read what they should."""

    def left(ref: int) -> int | None:
        while ref >= 0 and ref not in reads:
            if not refs[ref]:
                return None
            ref = refs[ref][0]
        return ref

    return left(len(refs) - 1) == max(reads) and all(
        tuple(map(left, refs[at])) == wanted for at, wanted in reads.items()
    )
