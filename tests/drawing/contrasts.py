"""How well a colour stands out from another."""

from __future__ import annotations

from convcalc.report.drawing.palette import rgb


def contrast(a: str, b: str) -> float:
    """The contrast of two colours, from 1 to 21.

    (L1 + 0.05) / (L2 + 0.05). Source: WCAG 2.2, definition of contrast ratio.

    >>> contrast("#ffffff", "#000000")
    21.0
    """
    low, high = sorted((_luminance(a), _luminance(b)))
    return (high + 0.05) / (low + 0.05)


def _luminance(color: str) -> float:
    red, green, blue = (_linear(channel / 255) for channel in rgb(color))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)
