"""Axes: from values to places, with ticks at numbers that people count in."""

from __future__ import annotations

from fractions import Fraction
from math import log10
from typing import NamedTuple

from convcalc.report.drawing.canvas import Box, Shape, Text, line
from convcalc.report.drawing.palette import GRID, INK, MUTED
from convcalc.report.drawing.text_width import text_width

TICK_SIZE = 14.0


class Scale(NamedTuple):
    """Values from `low` to `high` on pixels from `start` to `end`, linear or logarithmic."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def place(self, value: float) -> float:
        """The pixel of a value.

        >>> Scale(0, 10, 100, 200).place(5), Scale(1, 100, 0, 200, log=True).place(10)
        (150.0, 100.0)
        """
        low, high, at = self.low, self.high, value
        if self.log:
            low, high, at = log10(low), log10(high), log10(at)
        return self.start + (at - low) / (high - low) * (self.end - self.start)


def nice_scale(
    low: float,
    high: float,
    start: float,
    end: float,
    log: bool = False,
    about: int = 6,
    whole: bool = False,
) -> tuple[Scale, tuple[Fraction, ...]]:
    """A scale that holds [low, high] and ends at ticks, with its ticks, about as many as asked.

    With `whole` ticks are whole numbers.

    >>> scale, ticks = nice_scale(3, 435, 0, 100)
    >>> scale.high, [int(tick) for tick in ticks]
    (500.0, [0, 100, 200, 300, 400, 500])
    >>> [str(tick) for tick in nice_scale(3, 1024, 0, 100, log=True)[1]]
    ['10', '100', '1000']
    """
    if not log:
        ticks = _even_ticks(low, high, about, whole)
        return Scale(float(ticks[0]), float(ticks[-1]), start, end), ticks
    bottom, top, ticks = _log_ticks(Fraction(low), Fraction(high), about)
    return Scale(float(bottom), float(top), start, end, log=True), ticks


def _even_ticks(low: float, high: float, about: int, whole: bool) -> tuple[Fraction, ...]:
    # A chart of amounts starts at zero unless all of it is far away from there.
    if 0 < low <= high / 2:
        low = 0
    bottom, top = Fraction(low), Fraction(high)
    if bottom == top:
        top = bottom + (abs(bottom) or 1)
    step = nice_step((top - bottom) / about)
    step = max(step, Fraction(1)) if whole else step
    first, last = bottom // step, -(-top // step)
    return tuple(step * number for number in range(first, last + 1))


def nice_step(least: Fraction) -> Fraction:
    """The smallest of 1, 2, 5 times a power of ten that is no smaller.

    >>> nice_step(Fraction(34)), nice_step(Fraction(3, 100))
    (Fraction(50, 1), Fraction(1, 20))
    """
    power = Fraction(1)
    while power > least:
        power /= 10
    while power * 10 <= least:
        power *= 10
    return next(power * digit for digit in (1, 2, 5, 10) if power * digit >= least)


def _log_ticks(
    low: Fraction, high: Fraction, about: int
) -> tuple[Fraction, Fraction, tuple[Fraction, ...]]:
    """The ends, 1, 2 or 5 times a power of ten, and ticks: powers of ten, or those too."""
    power = Fraction(1)
    while power > low:
        power /= 10
    while power * 10 <= low:
        power *= 10
    steps = [power]
    while steps[-1] <= max(low, high) or len(steps) < 4:
        steps += [steps[-1] * 2, steps[-1] * 5, steps[-1] * 10]
    bottom = max(step for step in steps if step <= low)
    top = min(step for step in steps if step >= high and step > bottom)
    fine = [step for step in steps if bottom <= step <= top]
    if len(fine) <= about + 1:
        return bottom, top, tuple(fine)
    decades = [step for step in steps[::3] if bottom <= step <= top]
    return bottom, top, tuple(decades[:: -(-len(decades) // about)])


def tick_label(tick: Fraction) -> str:
    """A tick as it is written.

    >>> tick_label(Fraction(12000)), tick_label(Fraction(1, 4)), tick_label(Fraction(3 * 10**7))
    ('12,000', '0.25', '30M')
    """
    for power, letter in ((9, "G"), (6, "M")):
        if abs(tick) >= 10**power and (tick * 1000 / 10**power).denominator == 1:
            return f"{tick_label(tick / 10**power)}{letter}"
    if tick.denominator == 1:
        return f"{tick.numerator:,}"
    return f"{float(tick):g}"


def across(scale: Scale, ticks: tuple[Fraction, ...], y: float, grid: Box | None) -> list[Shape]:
    """A horizontal axis at height `y`: grid lines over `grid`, and labels that keep apart."""
    shapes: list[Shape] = []
    end = -1e9
    for tick in ticks:
        x = scale.place(float(tick))
        if grid is not None:
            shapes.append(line(x, grid.y, x, grid.bottom, GRID))
        shapes.append(line(x, y, x, y + 5))
        label = tick_label(tick)
        half = text_width(label, TICK_SIZE) / 2
        if x - half > end:
            place = y + 8 + TICK_SIZE
            shapes.append(Text(x, place, label, TICK_SIZE, MUTED, anchor="middle"))
            end = x + half + TICK_SIZE / 2
    shapes.append(line(scale.start, y, scale.end, y, INK))
    return shapes


def upwards(scale: Scale, ticks: tuple[Fraction, ...], x: float, grid: Box | None) -> list[Shape]:
    """A vertical axis at `x`, its labels to the left."""
    shapes: list[Shape] = []
    for tick in ticks:
        y = scale.place(float(tick))
        if grid is not None:
            shapes.append(line(grid.x, y, grid.right, y, GRID))
        label = tick_label(tick)
        shapes.append(Text(x - 10, y + 0.35 * TICK_SIZE, label, TICK_SIZE, MUTED, anchor="end"))
    shapes.append(line(x, scale.start, x, scale.end, INK))
    return shapes
