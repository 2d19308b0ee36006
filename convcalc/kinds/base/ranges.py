"""Ranges of values: the least and the greatest number that a map may hold, whatever the weights."""

from __future__ import annotations

from math import inf

# (least, greatest); either may be infinite.
Range = tuple[float, float]
EVERYTHING: Range = (-inf, inf)
NEVER_NEGATIVE: Range = (0.0, inf)


def hull(*ranges: Range) -> Range:
    """The smallest range that holds all of them.

    >>> hull((0.0, 1.0), (-2.0, 0.5))
    (-2.0, 1.0)
    """
    return min(low for low, _ in ranges), max(high for _, high in ranges)


def lies_within(inner: Range, outer: Range) -> bool:
    """True where every number of `inner` is one of `outer`."""
    return outer[0] <= inner[0] and inner[1] <= outer[1]


def sign_of(values: Range) -> Range:
    """What is known of numbers with the signs of these: that they are not negative, or nothing.

    >>> sign_of((2.0, 3.0)), sign_of((-1.0, 3.0))
    ((0.0, inf), (-inf, inf))
    """
    return NEVER_NEGATIVE if values[0] >= 0 else EVERYTHING


def sum_of(left: Range, right: Range) -> Range:
    """Sums of a number of each.

    >>> sum_of((0.0, 1.0), (-2.0, inf))
    (-2.0, inf)
    """
    return left[0] + right[0], left[1] + right[1]


def negated(values: Range) -> Range:
    """The numbers with their signs turned."""
    return -values[1], -values[0]


def product_of(left: Range, right: Range) -> Range:
    """Products of a number of each.

    >>> product_of((0.0, 1.0), (-2.0, inf)), product_of((-1.0, 2.0), (-3.0, 4.0))
    ((-2.0, inf), (-6.0, 8.0))
    """
    # No number is infinite, so that 0 times whatever is allowed stays 0.
    ends = [a * b if a and b else 0.0 for a in left for b in right]
    return min(ends), max(ends)


def greater_of(left: Range, right: Range) -> Range:
    """The greater of a number of each."""
    return max(left[0], right[0]), max(left[1], right[1])
