"""Pages of HTML that load nothing: a picture as SVG with its numbers as tables, or other bodies."""

from __future__ import annotations

from collections.abc import Sequence

from convcalc.report.drawing.canvas import Picture, Table
from convcalc.report.drawing.palette import GRID, INK, MUTED, SURFACE, Theme, palette
from convcalc.report.drawing.svg import FONTS, embedded, escaped

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def html(picture: Picture, theme: Theme = "auto") -> str:
    """The page of a picture: it, and its tables."""
    lines = [embedded(picture, theme)]
    for table in picture.tables:
        lines += _table(table)
    return document(picture.title, lines, theme)


def document(
    title: str, body: Sequence[str], theme: Theme, rules: Sequence[str] = (), policy: str = ""
) -> str:
    """A page that loads nothing: `body` in its elements, further rules of style and policy."""
    lines = [
        "<!DOCTYPE html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}{policy}">',
        f"<title>{escaped(title)}</title>",
        "<style>",
        *_style(theme),
        *rules,
        "</style>",
        "</head>",
        "<body>",
        "<main>",
        *body,
        "</main>",
        "</body>",
        "</html>",
        "",
    ]
    return "\n".join(lines)


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
