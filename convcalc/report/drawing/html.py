"""A picture as one HTML page: the SVG, and the numbers as tables. No script, nothing remote."""

from __future__ import annotations

from convcalc.report.drawing.canvas import Picture, Table
from convcalc.report.drawing.palette import GRID, INK, MUTED, SURFACE, Theme, palette
from convcalc.report.drawing.svg import FONTS, embedded, escaped

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def html(picture: Picture, theme: Theme = "auto") -> str:
    """The page."""
    lines = [
        "<!DOCTYPE html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        f"<title>{escaped(picture.title)}</title>",
        "<style>",
        *_style(theme),
        "</style>",
        "</head>",
        "<body>",
        "<main>",
        embedded(picture, theme),
    ]
    for table in picture.tables:
        lines += _table(table)
    return "\n".join([*lines, "</main>", "</body>", "</html>", ""])


def _style(theme: Theme) -> list[str]:
    lines = [
        f"body {{ margin: 0; padding: 1rem; font: 15px/1.5 {FONTS} }}",
        "main { max-width: 80rem; margin: 0 auto }",
        "svg { display: block; width: 100%; height: auto }",
        "div { overflow-x: auto }",
        "table { border-collapse: collapse; margin: 1.5rem 0; white-space: nowrap }",
        "caption { text-align: left; font-weight: bold; padding: .3rem .8rem }",
        "th, td { text-align: right; padding: .2rem .8rem; border-bottom: 1px solid }",
        "th:first-child, td:first-child { text-align: left }",
        *_colors(palette(theme)),
    ]
    if theme == "auto":
        lines += [
            "@media (prefers-color-scheme: dark) {",
            *_colors(palette("dark")),
            "}",
        ]
    return lines


def _colors(colors: dict[str, str]) -> list[str]:
    return [
        f"body {{ background: {colors[SURFACE]}; color: {colors[INK]} }}",
        f"th, td {{ border-color: {colors[GRID]} }}",
        f"th {{ color: {colors[MUTED]} }}",
    ]


def _table(table: Table) -> list[str]:
    head = "".join(f'<th scope="col">{escaped(column)}</th>' for column in table.columns)
    lines = [
        "<div>",
        "<table>",
        f"<caption>{escaped(table.caption)}</caption>",
        f"<thead><tr>{head}</tr></thead>",
        "<tbody>",
    ]
    for row in table.rows:
        cells = "".join(f"<td>{escaped(cell)}</td>" for cell in row)
        lines.append(f"<tr>{cells}</tr>")
    return [*lines, "</tbody>", "</table>", "</div>"]
