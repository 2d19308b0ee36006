"""Shares in percent, exact before they are rounded."""

from __future__ import annotations


def percent(part: int, whole: int) -> str:
    """part / whole in percent with one decimal, exact before it is rounded; "" for whole 0.

    >>> percent(27, 49), percent(1, 10**9), percent(0, 5), percent(49 - 27, 27)
    ('55.1 %', '<0.1 %', '0 %', '81.5 %')
    """
    if not whole:
        return ""
    tenths = (abs(part) * 2000 + whole) // (2 * whole)
    if part and not tenths:
        return "<0.1 %"
    sign = "-" if part < 0 else ""
    return f"{sign}{tenths // 10:,}.{tenths % 10} %" if part else "0 %"
