"""Markdown: headings, pipe tables and lists for pull requests and wikis, names as code."""

from __future__ import annotations

from collections.abc import Iterator

from convcalc.report.answer_text import meanings
from convcalc.report.layout import lay_out
from convcalc.report.markdown_words import prose, table_code, table_row
from convcalc.report.page import Drawing, Notes, Page, Prose, Title
from convcalc.report.style import Style
from convcalc.report.table import Column, Table


def render(page: Page, style: Style) -> str:
    """The page as blocks of Markdown."""
    columns = [one for part in page.parts if isinstance(part, Table) for one in part.columns]
    blocks: list[str] = []
    room = page.room
    for part in (*page.parts, Notes(tuple(meanings(columns)))):
        lines = _table(part, room) if isinstance(part, Table) else _lines(part)
        block = "\n".join(lines)
        blocks += [block] if block else []
        room = None if room is None else room - len(block)
    return "\n\n".join(blocks) + ("\n" if blocks else "")


def _lines(part: Title | Prose | Notes | Drawing) -> Iterator[str]:
    if isinstance(part, Title):
        yield f"### {prose(part.text)}"
        if part.rest:
            yield from ("", prose(", ".join(part.rest)))
    elif isinstance(part, Prose):
        yield prose(", ".join(part.texts))
    elif isinstance(part, Notes):
        yield from (f"**{prose(part.title)}**", "") if part.title and part.entries else ()
        for label, text in part.entries:
            yield f"- **{prose(label)}**: {prose(text)}" if label else f"  {prose(text)}"
    else:
        yield from [prose(part.title), ""] if part.title else []
        yield from ("```text", *part.lines, "```")


def _table(table: Table, room: int | None) -> Iterator[str]:
    """A table under its heading, as far as there is room."""
    title = prose(table.title)
    if title and table.is_folded:
        yield from (f"<details><summary>{title}</summary>", "")
    elif title:
        yield from (f"**{title}**", "")
    yield from _rows(table, room)
    if title and table.is_folded:
        yield from ("", "</details>")


def _rows(table: Table, room: int | None) -> Iterator[str]:
    (part,) = lay_out(table, None).parts
    if not part.rows and table.empty:
        yield prose(table.empty)
        return
    yield table_row([prose(column.title) for column in part.columns])
    yield table_row(["---:" if column.right else ":---" for column in part.columns])
    for at, texts in enumerate(part.rows):
        cells = zip(part.columns, texts, strict=True)
        row = table_row([_cell(column, text) for column, text in cells])
        room = None if room is None else room - len(row) - 1
        if room is not None and room < 0:
            rest = len(part.rows) - at
            yield from ("", f"and {rest:,} more, too many for one comment")
            return
        yield row
    if part.total is not None:
        yield table_row([f"**{text}**" if text else "" for text in map(" ".join, part.total)])
    sentences = [text for row in table.rows for text in row.below]
    if sentences:
        yield from ("", *(f"- {prose(text)}" for text in sentences))


def _cell(column: Column[object], text: str) -> str:
    if column.is_name and text:
        return ", ".join(map(table_code, text.split(", ")))
    return prose(text)
