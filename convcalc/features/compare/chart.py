"""The picture of `compare --plot`: how many MACs the first stack costs for one of the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise

from convcalc.features.compare.answer import Comparison
from convcalc.features.compare.balance import MapTurn
from convcalc.features.compare.stacks import Stack
from convcalc.report.drawing import Chart, ChartAxis, Picture, Reference, chart_picture
from convcalc.report.drawing.charts import Point, Series
from convcalc.report.drawing.palette import accent

MOST_POINTS = 400
# A map on which the borders do not count any more.
_LARGE = 10**9


class CannotDrawError(ValueError):
    """There is no curve to draw: a file has one size of its own."""


def picture(found: Comparison) -> Picture:
    """Map size against MACs(first) / MACs(other), padded or not as they are compared.

    Horizontal lines mark equal costs, and the ratio on very large maps; vertical ones the sizes
    at which the balance turns. Raises CannotDrawError where a file is compared.
    """
    first, *others = found.stacks
    if first is None or None in others or len(found.map_turns) < len(others):
        raise CannotDrawError
    known = [stack for stack in others if stack is not None]
    sizes = _sizes(found)
    drawn = tuple(
        Series(other.text, (tuple(_curve(found, first, other, sizes)),), accent(number))
        for number, other in enumerate(known)
    )
    channels = found.channels
    padding = "Padded to keep the map" if found.padded else "No padding"
    name = known[0].text if len(known) == 1 else "each other stack"
    chart = Chart(
        f"MACs of {first.text} divided by those of {name}",
        ChartAxis("map size i, on every axis", log=True),
        ChartAxis(f"MACs of {first.text} / MACs of the other", log=True),
        drawn,
        (
            Reference(1, "as many"),
            *(
                Reference(limit, f"limit {limit:.3g}", role=accent(number))
                for number, limit in enumerate(_limits(found, first, known))
            ),
            *(turn for turns in found.map_turns for turn in _turns(turns, sizes)),
        ),
        (f"{padding}, {channels.cin} to {channels.cout} channels.",),
        "first size of a tie, a gain or a loss",
    )
    return chart_picture(chart)


def _sizes(found: Comparison) -> list[int]:
    """Sizes from the smallest that fits to well behind the last turn."""
    least = found.least
    turns = [run.first for turn in found.map_turns for run in turn.runs]
    near = [first for first in turns if first <= 20 * least + 1000]
    most = max(10 * max(near), *found.size)
    step = max(1, (most - least) // MOST_POINTS)
    # Turns stay on the curve, whatever the step.
    return sorted({*range(least, most + 1, step), *near})


def _curve(found: Comparison, first: Stack, other: Stack, sizes: Sequence[int]) -> Iterator[Point]:
    for size in sizes:
        ratio = _ratio(found, first, other, size)
        yield Point(size, float(ratio), f"{size}: {float(ratio):.4g}")


def _ratio(found: Comparison, first: Stack, other: Stack, size: int) -> Fraction:
    on = (size,) * found.rank
    own, their = (stack.macs(found.channels, on, padded=found.padded) for stack in (first, other))
    return Fraction(own, their)


def _limits(found: Comparison, first: Stack, others: Sequence[Stack]) -> Iterator[float]:
    for other in others:
        yield float(_ratio(found, first, other, first.period * other.period * _LARGE))


def _turns(turn: MapTurn, sizes: Sequence[int]) -> Iterator[Reference]:
    words = {0: "tie", -1: "gain", 1: "loss"}
    for before, run in pairwise(turn.runs):
        # A tie announces the gain behind it.
        if run.first <= sizes[-1] and before.sign:
            role = accent(turn.other - 1)
            yield Reference(run.first, f"{words[run.sign]} {run.first:,}", "x", role)
