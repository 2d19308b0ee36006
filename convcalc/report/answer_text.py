"""An answer as text: a blank line between its parts, sentences folded where there is a width."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

from convcalc.core.text import ascii_only, cells, padded, visible
from convcalc.report.layout import Layout, lay_out
from convcalc.report.page import Drawing, Notes, Page, Part, Prose, Title
from convcalc.report.prose import folded
from convcalc.report.style import BOLD, DIM, Style
from convcalc.report.table import Cell, Column, Row, Table, Value

Draw = Callable[[Layout, Table, Style], list[str]]


def written(page: Page, style: Style, draw: Draw) -> str:
    """The page as lines of text; `draw` writes the parts of its tables."""
    parts: list[list[str]] = []
    hints: list[tuple[str, str]] = []
    above: Part | None = None
    for part in page.parts:
        if isinstance(part, Table):
            if not style.unicode:
                part = _in_ascii(part)
            layout = lay_out(part, style.width)
            parts.append(_table(part, layout, style, draw))
            hints += meanings(column for one in layout.parts for column in one.columns)
            if layout.left_out and part.hint:
                titles = ", ".join(column.title for column in layout.left_out)
                hints.append(("left out", f"{titles}: {part.hint}"))
        elif isinstance(part, Notes):
            parts.append(
                _notes(part._replace(entries=(*part.entries, *dict.fromkeys(hints))), style)
            )
            hints = []
        elif isinstance(part, Title) and isinstance(above, Title):
            parts[-1] += _lines(part, style)
        else:
            parts.append(list(_lines(part, style)))
        above = part
    if hints:
        parts.append(_notes(Notes(tuple(dict.fromkeys(hints))), style))
    text = "".join(f"{line}\n" for lines in parts if lines for line in ["", *lines])[1:]
    return text if style.unicode else ascii_only(text)


def _in_ascii(table: Table) -> Table:
    """The table without signs, before it is measured."""

    def plain(row: Row) -> Row:
        return replace(row, values=tuple(map(_without_signs, row.values)))

    total = plain(table.total) if table.total is not None else None
    return replace(table, rows=tuple(map(plain, table.rows)), total=total)


def _without_signs(value: Value) -> Value:
    """A value whose texts have no signs."""
    if isinstance(value, Cell):
        # Most cells are numbers: a copy of each would take as long as drawing them.
        if (value.text + (value.brief or "")).isascii():
            return value
        brief = None if value.brief is None else ascii_only(value.brief)
        return value._replace(text=ascii_only(value.text), brief=brief)
    return ascii_only(value) if isinstance(value, str) else value


def meanings(columns: Iterable[Column[Any]]) -> list[tuple[str, str]]:
    """What is said below a table of columns whose titles do not say it."""
    said = {column.title: column.meaning for column in columns if column.meaning}
    return list(said.items())


def _lines(part: Title | Prose | Drawing, style: Style) -> Iterator[str]:
    dot = f" {style.dot} "
    if isinstance(part, Title):
        first, *rest = folded(visible(dot.join((part.text, *part.rest))), style.width, hang="  ")
        text = visible(part.text)
        head = text if first.startswith(text) else first
        yield style.paint(head, BOLD) + first[len(head) :]
        yield from rest
    elif isinstance(part, Prose):
        lead = " " * part.indent
        for line in folded(visible(dot.join(part.texts)), style.width, lead, f"{lead}  "):
            yield style.paint(line, part.color)
    else:
        yield from [visible(part.title)] if part.title else []
        yield from map(visible, part.lines)


def _notes(notes: Notes, style: Style) -> list[str]:
    lines = folded(visible(notes.title), style.width) if notes.title else []
    entries = tuple((visible(label), visible(text)) for label, text in notes.entries)
    for label, texts in _noted(notes._replace(entries=entries), style.width):
        first, *rest = texts
        lead = " " * notes.indent
        painted = style.paint(label, notes.colors.get(label, DIM))
        lines += [lead + painted + first[len(lead) + len(label) :], *rest]
    return lines


def _noted(notes: Notes, width: int | None) -> Iterator[tuple[str, list[str]]]:
    """Each label with its lines, the texts aligned behind the longest label."""
    gap = 1 if notes.room else 2
    room = max([notes.room, *(cells(label) + gap for label, _ in notes.entries)])
    for label, text in notes.entries:
        lead = " " * notes.indent + padded(label, room)
        yield label, folded(text, width, lead)


def _table(table: Table, layout: Layout, style: Style, draw: Draw) -> list[str]:
    lines = [" " * table.indent + visible(table.title)] if table.title else []
    lines += draw(layout, table, style)
    if not table.rows and table.empty:
        lines.append(f"{' ' * table.indent}{table.empty}")
    return lines


def below(row: Row, style: Style) -> list[str]:
    """The sentences that belong to a row, folded below it."""
    return [
        style.paint(line, row.color)
        for text in row.below
        for line in folded(visible(text), style.width, "  ", "    ")
    ]
