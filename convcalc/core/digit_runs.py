"""Digits that axes are made of: plain functions on their numbers and sizes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import prod

from convcalc.core.shapes import Shape

# Digits by number, the slowest first.
Digits = tuple[int, ...]


def every_digit(layout: Sequence[Digits]) -> Digits:
    """The digits of all axes, in order."""
    return tuple(digit for digits in layout for digit in digits)


def ends_of(sizes: Sequence[int]) -> list[int]:
    """Places from the end of an axis to the beginning of each digit: 1, the fastest, and so on."""
    return [prod(sizes[len(sizes) - n :]) for n in range(len(sizes) + 1)]


def replaced(digits: Digits, split: dict[int, Digits]) -> Digits:
    """The digits, some of which were split into others."""
    return tuple(new for digit in digits for new in split.get(digit, (digit,)))


def of_size(digits: Iterator[int], size: int, sizes: Sequence[int]) -> Iterator[int]:
    """The next digits, whose sizes multiply to `size`."""
    made = 1
    while made < size:
        digit = next(digits)
        made *= sizes[digit]
        yield digit


def runs_of(lines: Sequence[Digits], sizes: Shape) -> list[Digits]:
    """The digits of more than one place; those that are neighbours in all lines as one."""
    used = [digit for digit in dict.fromkeys(d for line in lines for d in line) if sizes[digit] > 1]
    follows: dict[int, set[int | None]] = {digit: set() for digit in used}
    precedes: dict[int, set[int | None]] = {digit: set() for digit in used}
    for line in lines:
        own = [digit for digit in line if sizes[digit] > 1]
        for left, right in pairwise([None, *own, None]):
            if left is not None:
                follows[left].add(right)
            if right is not None:
                precedes[right].add(left)
    runs: list[list[int]] = []
    for digit in used:
        before = precedes[digit]
        (left,) = before if len(before) == 1 else (None,)
        if left is not None and follows[left] == {digit} and runs and runs[-1][-1] == left:
            runs[-1].append(digit)
        else:
            runs.append([digit])
    return [tuple(run) for run in runs]
