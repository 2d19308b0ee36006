"""The picture of `solve --plot`: what depths and widths cost, and how far they see."""

from __future__ import annotations

from itertools import groupby

from convcalc.core.text import count
from convcalc.features.solve.choices import Choice, Choices
from convcalc.report.drawing import Chart, ChartAxis, Picture, chart_picture
from convcalc.report.drawing.charts import Point, Series


def picture(found: Choices) -> Picture:
    """MACs against parameters, a line for each depth; dots are on the front."""
    by_depth = sorted(found.choices, key=lambda one: (one.layers, one.channels))
    drawn = tuple(
        _series(depth, tuple(group))
        for depth, group in groupby(by_depth, key=lambda one: one.layers)
    )
    size = "x".join(map(str, found.input))
    target = "x".join(map(str, found.output))
    chart = Chart(
        f"{size} to {target}: what depth and width cost",
        ChartAxis("parameters", log=True),
        ChartAxis("MACs of one sample", log=True),
        drawn,
        notes=(
            f"Channels from {found.widths[0]} to {found.widths[-1]} along each line; a dot: no "
            "other choice is better in one figure and as good in the others.",
        ),
    )
    return chart_picture(chart)


def _series(depth: int, chosen: tuple[Choice, ...]) -> Series:
    fields = sorted({min(one.receptive_field or (0,)) for one in chosen})
    sees = f"{fields[0]} to {fields[-1]}" if len(fields) > 1 else str(fields[0])
    line = tuple(map(_point, chosen))
    best = tuple(_point(one) for one in chosen if one.is_best)
    name = f"{depth} layer{'s' * (depth > 1)}, field {sees}"
    return Series(name, (line,), dots=best)


def _point(one: Choice) -> Point:
    title = f"{one.channels} channels: {count(one.params)} params, {count(one.macs)} MACs"
    return Point(one.params, one.macs, title)
