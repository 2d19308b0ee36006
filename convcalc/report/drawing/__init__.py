"""Pictures: frozen shapes in roles, and the files they become.

    from convcalc.report.drawing import ChartAxis, Chart, chart_picture, format_of, render, series

    sizes, ratios = ChartAxis("map size", log=True), ChartAxis("ratio")
    chart = Chart("Title", sizes, ratios, (series("a", points),))
    data = render(chart_picture(chart), format_of("chart.svg"))

A `Board` (`drawing.boards`) is a picture with steps.

`canvas` has the shapes, `palette` the roles and the two themes, `charts` line charts; `svg`,
`png` and `html` write a picture. The same picture gives the same bytes.
"""

from __future__ import annotations

from pathlib import PurePath

from convcalc.report.drawing.boards.grids import Board
from convcalc.report.drawing.canvas import Picture, Table
from convcalc.report.drawing.charts import Chart, ChartAxis, Reference, chart_picture, series
from convcalc.report.drawing.palette import THEMES, Theme

FORMATS = ("svg", "png", "html")

__all__ = [
    "FORMATS",
    "THEMES",
    "Board",
    "ChartAxis",
    "Chart",
    "Picture",
    "Reference",
    "Table",
    "Theme",
    "chart_picture",
    "format_of",
    "render",
    "series",
]


def format_of(filename: str) -> str | None:
    """The format that a file's name asks for; None where there is none.

    >>> format_of("fields.SVG"), format_of("fields.jpg")
    ('svg', None)
    """
    suffix = PurePath(filename).suffix.lower().removeprefix(".")
    suffix = {"htm": "html"}.get(suffix, suffix)
    return suffix if suffix in FORMATS else None


def render(picture: Picture | Board, format: str, theme: Theme = "auto") -> bytes:
    """The picture as the contents of a file of one of FORMATS.

    With the theme `auto` SVG and HTML follow their reader, and PNG is light. A board plays its
    steps in SVG, goes through them in HTML and has some of them in PNG. Raises BoardError where it
    cannot be read.
    """
    if isinstance(picture, Board):
        if format == "html":
            from convcalc.report.drawing.boards.stepper import page

            return page(picture, theme).encode()
        from convcalc.report.drawing.boards.sheet import playing, storyboard

        picture = storyboard(picture) if format == "png" else playing(picture)
    if format == "png":
        from convcalc.report.drawing.png import png

        return png(picture, theme)
    if format == "html":
        from convcalc.report.drawing.html import html

        return html(picture, theme).encode()
    from convcalc.report.drawing.svg import svg

    return svg(picture, theme).encode()
