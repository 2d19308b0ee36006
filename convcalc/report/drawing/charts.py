"""Line charts: series over axes, with reference lines; every label has a place of its own.

    chart = Chart(
        "Map size against MACs",
        x=ChartAxis("map size, pixels", log=True),
        y=ChartAxis("MACs of the stack / MACs of the layer"),
        series=(series("3x3*3", [(1, 2.5), (56, 0.6)]),),
        references=(Reference(1, "equal"),),
    )
    picture = chart_picture(chart)

Legend and labels stand outside of the plot, so that they cover neither each other nor a line.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, NamedTuple

from convcalc.report.drawing.axes import Scale, across, nice_scale, upwards
from convcalc.report.drawing.canvas import (
    Area,
    Box,
    Dot,
    Path,
    Picture,
    Shape,
    Spot,
    Table,
    Text,
    line,
)
from convcalc.report.drawing.palette import MUTED, Role, accent
from convcalc.report.drawing.text_width import fitted, spread, text_width, wrapped

SMALL, PLAIN, HEAD = 14.0, 15.0, 22.0
_ROW = 22.0
# How far a label may stand from its line.
_SHIFT = 5.0


class Point(NamedTuple):
    """A value of a series; `title` shows on hover."""

    x: float
    y: float
    title: str = ""


class Band(NamedTuple):
    """From `low` to `high` at x."""

    x: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Series:
    """Lines of one colour (several where it branches), dots on them, and a band behind them.

    `role` is the series' own accent where it is None.
    """

    name: str
    lines: tuple[tuple[Point, ...], ...]
    role: Role | None = None
    dots: tuple[Point, ...] = ()
    bands: tuple[tuple[Band, ...], ...] = ()
    dash: bool = False
    width: float = 2.5


class Reference(NamedTuple):
    """A line at `value` of the y axis, or of the x axis, with a label outside of the plot."""

    value: float
    label: str
    axis: Literal["x", "y"] = "y"
    role: Role = MUTED


class ChartAxis(NamedTuple):
    """What an axis counts; `low` and `high` widen it, `whole` is for counts."""

    label: str
    log: bool = False
    low: float | None = None
    high: float | None = None
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """A line chart. On a logarithmic axis all values are above 0.

    `above` says what the labels of the vertical reference lines are.
    """

    title: str
    x: ChartAxis
    y: ChartAxis
    series: tuple[Series, ...]
    references: tuple[Reference, ...] = ()
    notes: tuple[str, ...] = ()
    above: str = ""


def series(name: str, points: Iterable[tuple[float, float]], dash: bool = False) -> Series:
    """A series of one line through `points`.

    >>> series("stack", [(1, 2)]).lines
    ((Point(x=1, y=2, title=''),),)
    """
    return Series(name, (tuple(Point(x, y) for x, y in points),), dash=dash)


def chart_picture(
    chart: Chart, width: int = 1280, height: int = 720, tables: tuple[Table, ...] = ()
) -> Picture:
    """The chart as a picture of its own."""
    shapes = draw_chart(chart, Box(32, 24, width - 64, height - 48))
    return Picture(chart.title, description(chart), width, height, tuple(shapes), tables)


def description(chart: Chart) -> str:
    """The chart in words, for who cannot see it."""
    names = ", ".join(one.name for one in chart.series if one.name)
    lines = [f"Line chart of {chart.y.label} against {chart.x.label}: {names}."]
    lines += [f"Line at {reference.label}." for reference in chart.references]
    return " ".join([*lines, *chart.notes])


def draw_chart(chart: Chart, frame: Box) -> list[Shape]:
    """The chart within `frame`."""
    shapes: list[Shape] = []
    y = frame.y
    if chart.title:
        title = fitted(chart.title, frame.width, HEAD, bold=True)
        shapes.append(Text(frame.x, y + 0.8 * HEAD, title, HEAD, bold=True, title=chart.title))
        y += HEAD + 16
    roles = [one.role or accent(at) for at, one in enumerate(chart.series)]
    legend, y = _legend(chart, roles, frame, y)
    shapes += legend
    notes = [part for note in chart.notes for part in wrapped(note, frame.width, SMALL)]
    bottom = frame.bottom - 20 * len(notes)
    for number, note in enumerate(notes):
        shapes.append(Text(frame.x, bottom + 20 * number + SMALL, note, SMALL, MUTED))
    return shapes + _plot(chart, roles, Box(frame.x, y, frame.width, bottom - y))


def _legend(chart: Chart, roles: Sequence[Role], frame: Box, y: float) -> tuple[list[Shape], float]:
    """The names of the series in rows, and where these end."""
    shapes: list[Shape] = []
    x = frame.x
    named = [(one, role) for one, role in zip(chart.series, roles, strict=True) if one.name]
    for one, role in named:
        name = fitted(one.name, frame.width - 40, PLAIN)
        width = 36 + text_width(name, PLAIN)
        if x > frame.x and x + width > frame.right:
            x, y = frame.x, y + _ROW
        if one.lines:
            shapes.append(line(x, y + 10, x + 28, y + 10, role, 3, one.dash))
        else:
            shapes.append(Dot(Spot(x + 14, y + 10), 5, role))
        shapes.append(Text(x + 36, y + 15, name, PLAIN, title=one.name if name != one.name else ""))
        x += width + 28
    return shapes, y + (_ROW + 10 if named else 0)


def _plot(chart: Chart, roles: Sequence[Role], frame: Box) -> list[Shape]:
    beside = [reference for reference in chart.references if reference.axis == "y"]
    above = [reference for reference in chart.references if reference.axis == "x"]
    widest = max((text_width(reference.label, SMALL) for reference in beside), default=0.0)
    right = min(widest, 0.3 * frame.width) + 20 if beside else 10
    # The axis' name, and labels above the plot.
    top = frame.y + 26 + (20 if above else 0)
    xs, ys = _values(chart)
    plot = Box(frame.x + 76, top, frame.width - 76 - right, frame.bottom - top - 56)
    across_scale, x_ticks = _scale(chart.x, xs, plot.x, plot.right, int(plot.width // 90))
    up_scale, y_ticks = _scale(chart.y, ys, plot.bottom, plot.y, max(2, int(plot.height // 60)))
    up = fitted(chart.y.label, plot.width + 76, PLAIN)
    name = fitted(chart.x.label, plot.width, PLAIN)
    shapes: list[Shape] = [
        Text(frame.x, frame.y + 12, up, PLAIN, MUTED),
        Text(plot.right, plot.bottom + 46, name, PLAIN, MUTED, anchor="end"),
    ]
    if above and chart.above:
        shapes.append(Text(frame.x, plot.y - 12, chart.above, SMALL, MUTED))
    shapes += upwards(up_scale, y_ticks, plot.x, plot)
    shapes += across(across_scale, x_ticks, plot.bottom, plot)
    for one, role in zip(chart.series, roles, strict=True):
        shapes += _bands(one, role, across_scale, up_scale)
    # Labels start behind the caption that stands at the left.
    caption = frame.x + text_width(chart.above, SMALL) + 6 if chart.above else frame.x
    shapes += _above(above, across_scale, plot, caption)
    shapes += _beside(beside, up_scale, plot, right)
    for one, role in zip(chart.series, roles, strict=True):
        shapes += _lines(one, role, across_scale, up_scale)
    return shapes


def _values(chart: Chart) -> tuple[list[float], list[float]]:
    xs: list[float] = []
    ys: list[float] = []
    for one in chart.series:
        for points in (*one.lines, one.dots):
            xs += [point.x for point in points]
            ys += [point.y for point in points]
        for bands in one.bands:
            xs += [band.x for band in bands]
            ys += [end for band in bands for end in (band.low, band.high)]
    for reference in chart.references:
        (ys if reference.axis == "y" else xs).append(reference.value)
    return xs, ys


def _scale(
    axis: ChartAxis, values: Sequence[float], start: float, end: float, about: int
) -> tuple[Scale, tuple[Fraction, ...]]:
    low = min([*values, *([] if axis.low is None else [axis.low])], default=1)
    high = max([*values, *([] if axis.high is None else [axis.high])], default=1)
    return nice_scale(low, high, start, end, axis.log, about, axis.whole)


def _bands(one: Series, role: Role, across_scale: Scale, up_scale: Scale) -> list[Shape]:
    shapes: list[Shape] = []
    for bands in one.bands:
        lower = [Spot(across_scale.place(b.x), up_scale.place(b.low)) for b in bands]
        upper = [Spot(across_scale.place(b.x), up_scale.place(b.high)) for b in bands]
        shapes.append(Area((*lower, *reversed(upper)), role, opacity=0.22))
    return shapes


def _lines(one: Series, role: Role, across_scale: Scale, up_scale: Scale) -> list[Shape]:
    shapes: list[Shape] = []
    for points in one.lines:
        spots = tuple(Spot(across_scale.place(p.x), up_scale.place(p.y)) for p in points)
        if len(spots) == 1:
            shapes.append(Dot(spots[0], 4, role, points[0].title))
        else:
            shapes.append(Path(spots, role, one.width, one.dash))
    for dot in one.dots:
        spot = Spot(across_scale.place(dot.x), up_scale.place(dot.y))
        shapes.append(Dot(spot, 3.5, role, dot.title))
    return shapes


def _above(references: Sequence[Reference], scale: Scale, plot: Box, end: float) -> list[Shape]:
    """Vertical lines, with labels to the right of `end` and of each other.

    A label that would stand too far from its line shows on hover only.
    """
    shapes: list[Shape] = []
    for reference in sorted(references):
        x = scale.place(reference.value)
        shapes.append(line(x, plot.y - 6, x, plot.bottom, reference.role, 1, True, reference.label))
        label = fitted(reference.label, 200, SMALL)
        half = text_width(label, SMALL) / 2
        at = min(max(x, end + half), plot.right - half)
        if at - half >= end and at - x <= _SHIFT:
            y = plot.y - 12
            shapes.append(
                Text(at, y, label, SMALL, reference.role, "middle", title=reference.label)
            )
            end = at + half + 6
    return shapes


def _beside(references: Sequence[Reference], scale: Scale, plot: Box, width: float) -> list[Shape]:
    """Horizontal lines with labels to the right, kept apart."""
    shapes: list[Shape] = []
    heights = [scale.place(reference.value) for reference in references]
    places = spread(heights, 18, plot.y, plot.bottom)
    for reference, height, place in zip(references, heights, places, strict=True):
        label = fitted(reference.label, width - 20, SMALL)
        title = reference.label
        shapes.append(line(plot.x, height, plot.right, height, reference.role, 1.5, True, title))
        shapes.append(line(plot.right, height, plot.right + 8, place, reference.role))
        text_y = place + 0.35 * SMALL
        shapes.append(Text(plot.right + 12, text_y, label, SMALL, reference.role, title=title))
    return shapes


__all__ = [
    "ChartAxis", "Band", "Chart", "Point", "Reference", "Series", "chart_picture", "description",
    "draw_chart", "series",
]  # fmt: skip
