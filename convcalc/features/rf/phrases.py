"""Numbers and names as the report's sentences say them."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from convcalc.core.shapes import format_axes

if TYPE_CHECKING:
    from convcalc.features.rf.values import AxisField


def sizes(axes: Sequence[AxisField]) -> str:
    """The centre unit's field in words: `11`, `11x7`."""
    return format_axes(tuple(axis.size for axis in axes))


def number(size: int | Fraction) -> str:
    """A size in words; one between pixels with a decimal."""
    return str(size) if Fraction(size).denominator == 1 else f"{float(size):.1f}"


def listed(numbers: Sequence[int]) -> str:
    """A list in words: `[1, 2, 3]`."""
    return "[" + ", ".join(map(str, numbers)) + "]"


def several(names: Sequence[str]) -> str:
    """Names in words, no more than four of them.

    >>> several("abcd"), several("abcdefghijklm")
    ('`a`, `b`, `c`, `d`', '`a`, `b`, `c`, `d` and 9 more')
    """
    shown = ", ".join(f"`{name}`" for name in names[:4])
    return shown if len(names) <= 4 else f"{shown} and {len(names) - 4} more"


def percent(share: Fraction) -> str:
    """A share in words, never rounded to all or nothing.

    >>> percent(Fraction(49, 169)), percent(Fraction(9999, 10000))
    ('29 %', '99.99 %')
    """
    # A fraction is asked piece by piece: a report has two a layer.
    if share.denominator == 1:
        return f"{share.numerator * 100} %"
    hundredths = share.numerator / share.denominator * 100
    for digits in range(6):
        text = f"{hundredths:.{digits}f}"
        if 0 < float(text) < 100:
            return f"{text} %"
    return f"{hundredths:.6f} %"
