"""Where the balance between two costs turns, found exactly and proven to be all there is.

A cost on an i x i map is a polynomial in i: every layer's positions grow linearly with the map,
and its multiply-accumulates with their product. A polynomial is kept as its forward differences,
all integers, which are found from as many values as it has coefficients. Where the differences of
the next order keep their sign, the polynomial only rises or only falls, so that it changes its own
sign at most once there: bisection finds that place, and nothing lies beyond the last one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

Differences = tuple[int, ...]


class OneSign(NamedTuple):
    """Sizes from `first` to `last` (None: for good) on which a difference has one sign."""

    first: int
    last: int | None
    sign: int


def forward_differences(values: Sequence[int]) -> Differences:
    """p(0), then the differences of order 1, 2, ... at 0, from p(0), p(1), ...

    >>> forward_differences([0, 1, 4])
    (0, 1, 2)
    """
    row = list(values)
    found = []
    while row:
        found.append(row[0])
        row = [after - before for before, after in pairwise(row)]
    return tuple(found)


def value_at(differences: Differences, n: int) -> int:
    """p(n) = sum of the k-th difference times n over k.

    >>> [value_at((0, 1, 2), n) for n in range(5)]
    [0, 1, 4, 9, 16]
    """
    total, choose = 0, 1
    for order, difference in enumerate(differences):
        total += difference * choose
        choose = choose * (n - order) // (order + 1)
    return total


def sign_runs(differences: Differences) -> tuple[OneSign, ...]:
    """The signs of p(n) over all n >= 0, as the longest runs of one sign.

    >>> [tuple(run) for run in sign_runs(forward_differences([9, 4, 1]))]
    [(0, 2, 1), (3, 3, 0), (4, None, 1)]
    """
    if not any(differences[1:]):
        return (OneSign(0, None, _sign(differences[0] if differences else 0)),)
    starts: list[tuple[int, int]] = []
    for slope in sign_runs(differences[1:]):
        # p(slope.first) .. p(slope.last + 1) only rises, only falls, or stays.
        end = None if slope.last is None else slope.last + 1
        starts += _monotone_starts(differences, slope.first, end, slope.sign)
    merged: list[tuple[int, int]] = []
    for start, sign in starts:
        if not merged or merged[-1][1] != sign:
            merged.append((start, sign))
    ends = [start - 1 for start, _ in merged[1:]] + [None]
    return tuple(OneSign(start, end, sign) for (start, sign), end in zip(merged, ends, strict=True))


def _monotone_starts(
    differences: Differences, first: int, end: int | None, slope: int
) -> list[tuple[int, int]]:
    """(n, sign) for each sign that p takes on [first, end], where it moves one way."""
    starts = [(first, _sign(value_at(differences, first)))]
    if slope == 0:
        return starts
    # A value that rises by 1 or more at every step has passed zero after as many steps.
    beyond = end + 1 if end is not None else first + abs(value_at(differences, first)) + 2
    # Where it has left the side it comes from, and where it has reached the other.
    for wanted in (0, 1):
        n = _first_where(differences, slope, wanted, first, beyond)
        if n < beyond:
            starts.append((n, _sign(value_at(differences, n))))
    return starts


def _first_where(differences: Differences, slope: int, wanted: int, low: int, high: int) -> int:
    """Smallest n in [low, high) where sign(p(n)) * slope is `wanted` or more; else `high`."""
    while low < high:
        middle = (low + high) // 2
        if _sign(value_at(differences, middle)) * slope >= wanted:
            high = middle
        else:
            low = middle + 1
    return low


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)


def cost_runs(
    difference: Callable[[int], int], first: int, degree: int, period: int, most: int = 100_000
) -> tuple[OneSign, ...]:
    """The signs of `difference(i)` over all sizes i >= `first`.

    On each of the `period` residues of i it must be a polynomial of at most `degree`: the period
    is 1 without strides, and else the product of the strides, as floor((i + s n) / s) grows by n.
    With a period the runs are joined size by size. The final run ends in None where every residue
    keeps that sign for good; it ends at a size where they never agree, or not within `most` sizes.

    >>> from_9_16 = lambda i: 9 * ((i - 2) ** 2 + (i - 4) ** 2) - 25 * (i - 4) ** 2
    >>> [tuple(run) for run in cost_runs(from_9_16, 5, degree=2, period=1)]
    [(5, 9, 1), (10, 10, 0), (11, None, -1)]
    """
    residues = [
        sign_runs(
            forward_differences([difference(first + shift + n * period) for n in range(degree + 1)])
        )
        for shift in range(period)
    ]
    if period == 1:
        return tuple(
            OneSign(first + run.first, None if run.last is None else first + run.last, run.sign)
            for run in residues[0]
        )
    settled = (max(runs[-1].first for runs in residues) + 1) * period
    agree = len({runs[-1].sign for runs in residues}) == 1
    signs = []
    for step in range(min(settled, most) + period):
        n, shift = divmod(step, period)
        signs.append(next(run.sign for run in reversed(residues[shift]) if run.first <= n))
    return _joined(signs, first, for_good=agree and settled <= most)


def _joined(signs: Sequence[int], first: int, for_good: bool) -> tuple[OneSign, ...]:
    runs: list[OneSign] = []
    for size, sign in enumerate(signs, first):
        if runs and runs[-1].sign == sign:
            runs[-1] = runs[-1]._replace(last=size)
        else:
            runs.append(OneSign(size, size, sign))
    if for_good:
        runs[-1] = runs[-1]._replace(last=None)
    return tuple(runs)


def linear_root(at_one: int, at_two: int, unit: int) -> tuple[Fraction, int] | None:
    """Where A x + B with these values at `unit` and 2 * `unit` is zero, and the sign of A.

    None where there is no such place above zero.

    >>> linear_root(-7, 9, 16)
    (Fraction(23, 1), 1)
    """
    slope = at_two - at_one
    if slope == 0:
        return None
    root = unit * (1 - Fraction(at_one, slope))
    return (root, _sign(slope)) if root > 0 else None
