"""Markdown: headings, pipe tables and lists for pull requests and wikis, names as code."""

from __future__ import annotations

from collections.abc import Iterator

from convcalc.report.layout import lay_out
from convcalc.report.markdown_words import prose, table_code, table_row
from convcalc.report.page import Drawing, Notes, Page, Part, Prose, Title
from convcalc.report.style import Style
from convcalc.report.table import Column, Table
from convcalc.report.text import meanings


def render(page: Page, style: Style) -> str:
    """The page as blocks of Markdown."""
    columns = [one for part in page.parts if isinstance(part, Table) for one in part.columns]
    notes = Notes(tuple(meanings(columns)))
    blocks = ("\n".join(_lines(part)) for part in (*page.parts, notes))
    return "\n\n".join(block for block in blocks if block) + "\n"


def _lines(part: Part) -> Iterator[str]:
    if isinstance(part, Title):
        yield f"### {prose(part.text)}"
        if part.rest:
            yield from ("", prose(", ".join(part.rest)))
    elif isinstance(part, Prose):
        yield prose(", ".join(part.texts))
    elif isinstance(part, Notes):
        yield from (prose(part.title), "") if part.title else ()
        for label, text in part.entries:
            yield f"- **{prose(label)}**: {prose(text)}" if label else f"  {prose(text)}"
    elif isinstance(part, Drawing):
        yield from [prose(part.title), ""] if part.title else []
        yield from ("```text", *part.lines, "```")
    else:
        yield from _table(part)


def _table(table: Table) -> Iterator[str]:
    (part,) = lay_out(table, None).parts
    if table.title:
        yield from (f"**{prose(table.title)}**", "")
    if not part.rows and table.empty:
        yield prose(table.empty)
        return
    yield table_row([prose(column.title) for column in part.columns])
    yield table_row(["---:" if column.right else ":---" for column in part.columns])
    for texts in part.rows:
        cells = zip(part.columns, texts, strict=True)
        yield table_row([_cell(column, text) for column, text in cells])
    if part.total is not None:
        yield table_row([f"**{text}**" if text else "" for text in map(" ".join, part.total)])
    sentences = [text for row in table.rows for text in row.below]
    if sentences:
        yield from ("", *(f"- {prose(text)}" for text in sentences))


def _cell(column: Column[object], text: str) -> str:
    if column.is_name and text:
        return ", ".join(map(table_code, text.split(", ")))
    return text if column.right else prose(text)
