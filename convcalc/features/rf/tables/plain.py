"""Receptive fields as aligned columns: complete in a pipe, fitted to a terminal as a table."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap

from convcalc.core.text import cells, padded
from convcalc.features.rf.tables.columns import Column
from convcalc.features.rf.tables.view import FieldView
from convcalc.report.style import PLAIN, Style

_GAP = "  "
# Columns yield to a narrow terminal in this order; the rest folds names.
_YIELDS = ("kind", "output", "outside", "start", "effective", "used")
_COMFORT, _LEAST = 24, 12
_FOOTER = 100


def render(view: FieldView, style: Style) -> str:
    """The report as lines of text, without limit of width."""
    return drawn(view, Style(None, style.color, style.unicode))


def drawn(view: FieldView, style: Style) -> str:
    """The report as lines of text of at most `style.width` cells, numbers whole at any width."""
    columns, left_out, room = _fitted(view, style.width)
    rows = [[view.text(column, field) for column in columns] for field in view.lines]
    titles = [column.title for column in columns]
    widths = [max(map(cells, texts)) for texts in zip(titles, *rows, strict=True)]
    if room is not None and "name" in [column.key for column in columns]:
        at = [column.key for column in columns].index("name")
        widths[at] = min(widths[at], room)
    rule = ("─" if style.unicode else "-") * (sum(widths) + len(_GAP) * (len(widths) - 1))
    name, *rest = view.title
    title = f" {style.dot} ".join([style.paint(name, "1"), *rest])
    lines = [title, "", style.paint(_aligned(titles, columns, widths)[0], "1"), rule]
    for row in rows:
        lines += _aligned(row, columns, widths)
    if not rows:
        lines.append("no layer depends on it")
    footer = view.footer(columns)
    if left_out:
        titles = [column.title for column in left_out]
        said = f"{', '.join(titles)}: a wider terminal has room, or name them with --columns"
        footer.append(("left out", said))
    lines += [rule, *([""] if footer else []), *_footer(footer, style)]
    return "\n".join(lines) + "\n"


def _fitted(view: FieldView, width: int | None) -> tuple[list[Column], list[Column], int | None]:
    """The columns that fit, those left out, and the cells for names (None: no limit)."""
    columns = list(view.columns())
    if width is None:
        return columns, [], None
    natural = {
        column.key: max(
            [cells(column.title), *(cells(view.text(column, field)) for field in view.lines)]
        )
        for column in columns
    }

    def taken(comfort: int) -> int:
        sizes = [
            min(natural[one.key], comfort) if one.key == "name" else natural[one.key]
            for one in columns
        ]
        return sum(sizes) + len(_GAP) * (len(sizes) - 1)

    left_out = []
    for key in _YIELDS if not view.asked else ():
        if taken(_COMFORT) <= width:
            break
        for column in [one for one in columns if one.key == key]:
            columns.remove(column)
            left_out.append(column)
    comfort = _COMFORT if taken(_COMFORT) <= width else _LEAST
    names = min(natural.get("name", 0), comfort)
    return columns, left_out, max(names, names + width - taken(comfort))


def _aligned(texts: Sequence[str], columns: Sequence[Column], widths: Sequence[int]) -> list[str]:
    """One line, or several where a name is folded."""
    folded = [
        wrap(text, width, break_on_hyphens=False, subsequent_indent="  ") or [""]
        if column.key == "name" and cells(text) > width
        else [text]
        for text, column, width in zip(texts, columns, widths, strict=True)
    ]
    lines = []
    for place in range(max(map(len, folded))):
        line = []
        for parts, column, width in zip(folded, columns, widths, strict=True):
            text = parts[place] if place < len(parts) else ""
            line.append(padded(text, width, column.is_right))
        lines.append(_GAP.join(line).rstrip())
    return lines


def _footer(entries: Sequence[tuple[str, str]], style: Style) -> list[str]:
    indent = max((len(heading) for heading, _ in entries), default=0) + 2
    lines = []
    for heading, text in entries:
        room = None if style.width is None else max(min(style.width, _FOOTER) - indent, 20)
        parts = [text] if room is None else wrap(text, room, break_on_hyphens=False)
        painted = style.paint(heading, "33" if heading == "warning" else "2")
        for place, part in enumerate(parts):
            lead = painted + " " * (indent - len(heading)) if place == 0 else " " * indent
            lines.append(f"{lead}{part}".rstrip())
    return lines


__all__ = ["PLAIN", "drawn", "render"]
