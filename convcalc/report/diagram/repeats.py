"""Blocks that follow each other and are built alike: drawn once, with their number."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from convcalc.planning.result import Group
    from convcalc.report.lines import Line


class Wiring(NamedTuple):
    """The lines of a plan with who reads whom, by their index; inputs of the network are None.

    `looks` is what a line is, for comparing: equal for lines that differ in name and place alone.
    """

    lines: tuple[Line, ...]
    sources: tuple[tuple[int | None, ...], ...]
    readers: tuple[tuple[int, ...], ...]
    looks: tuple[object, ...]


class Use(NamedTuple):
    """An open block: its lines are [first, end)."""

    group: Group
    first: int
    end: int
    depth: int


class Folded(NamedTuple):
    """`shown` is the line that is drawn for each line; `times` how often a drawn block stands."""

    shown: tuple[int, ...]
    times: dict[str, int]


def fold_repeats(wiring: Wiring) -> Folded:
    """Each line's stand-in: itself, or its like in the first of a row of equal blocks."""
    shown = list(range(len(wiring.lines)))
    times: dict[str, int] = {}
    uses = _uses(wiring.lines)
    for at, use in enumerate(uses):
        if shown[use.first] != use.first:
            continue
        run = [use, *_alike_behind(wiring, uses, at)]
        times[use.group.name] = len(run)
        for other in run[1:]:
            for index in range(other.first, other.end):
                shown[index] = use.first + index - other.first
    # What stands for a line may have become part of a row itself.
    for at, stand_in in enumerate(shown):
        shown[at] = shown[stand_in]
    return Folded(tuple(shown), times)


def _uses(lines: Sequence[Line]) -> list[Use]:
    """Every open block, outer ones before inner ones."""
    first: dict[str, int] = {}
    end: dict[str, int] = {}
    groups: dict[str, tuple[Group, int]] = {}
    for at, line in enumerate(lines):
        for depth, group in enumerate(line.path):
            first.setdefault(group.name, at)
            end[group.name] = at + 1
            groups.setdefault(group.name, (group, depth))
    return [Use(group, first[name], end[name], depth) for name, (group, depth) in groups.items()]


def _alike_behind(wiring: Wiring, uses: Sequence[Use], at: int) -> list[Use]:
    """The blocks that follow the one at `at` in a chain and are built as it is."""
    found: list[Use] = []
    before = use = uses[at]
    built = None
    for other in islice(uses, at + 1, None):
        if other.depth > use.depth:
            continue
        if other.depth < use.depth or other.first != before.end:
            break
        built = built or _built(wiring, use)
        if _built(wiring, other) != built or not _chained(wiring, before, other):
            break
        found.append(other)
        before = other
    return found


def _built(wiring: Wiring, use: Use) -> tuple[object, ...]:
    """What a block is made of: equal for blocks that differ in names and place alone."""

    def relative(source: int | None) -> int | None:
        return None if source is None or source < use.first else source - use.first

    inside = (
        (wiring.looks[at], tuple(map(relative, wiring.sources[at])))
        for at in range(use.first, use.end)
    )
    return (use.group.block, *inside)


def _chained(wiring: Wiring, before: Use, behind: Use) -> bool:
    """True where `behind` reads one line of `before` and nothing else reads out of that."""
    taken = {
        source
        for at in range(behind.first, behind.end)
        for source in wiring.sources[at]
        if source is None or source < behind.first
    }
    (source, *more) = taken or (None,)
    if more or source is None or source < before.first:
        return False
    readers = {
        reader
        for at in range(before.first, before.end)
        for reader in wiring.readers[at]
        if reader >= before.end
    }
    return bool(readers) and max(readers) < behind.end
