"""Aligned columns, complete at any width: what a pipe and a very long table get."""

from __future__ import annotations

from collections.abc import Sequence

from convcalc.core.text import cells, count, padded, visible
from convcalc.report.columns import USUAL, Cell, Column
from convcalc.report.lines import Line
from convcalc.report.style import Style
from convcalc.report.view import PlanView

_GAP = "  "
# Beyond this a text does not widen its column: one merge of thousands would fill every line.
_WIDEST = 200


def render(view: PlanView, style: Style) -> str:
    """The plan as lines of text: title, heading, layers, total, and what the numbers mean."""
    columns = view.columns(USUAL)
    table = [[column.title for column in columns]]
    table += [shown_cells(columns, line) for line in view.lines]
    table.append([shown(view.total(column)) for column in columns])
    widths = [
        max(width for text in texts if (width := cells(text)) <= _WIDEST or column.is_right)
        for column, texts in zip(columns, zip(*table, strict=True), strict=True)
    ]
    body = [_aligned(texts, columns, widths) for texts in table]
    rule = ("─" if style.unicode else "-") * (sum(widths) + len(_GAP) * (len(widths) - 1))
    title = f" {style.dot} ".join(view.title)
    lines = [title, "", body[0], rule, *body[1:-1], rule, body[-1], "", *_footer(view)]
    return "\n".join(lines) + "\n"


def shown_cells(columns: Sequence[Column], line: Line) -> list[str]:
    """The cells of one line as text; the input is left out where it is just the line above."""
    return [
        visible(line.sources) if column.key == "inputs" else shown(column.cell(line))
        for column in columns
    ]


def shown(cell: Cell) -> str:
    """A cell as text: exact numbers with thousands separated, words without control characters.

    >>> shown(11689512), shown("stem")
    ('11,689,512', 'stem')
    """
    return count(cell) if isinstance(cell, int) else visible(cell)


def _aligned(texts: Sequence[str], columns: Sequence[Column], widths: Sequence[int]) -> str:
    shown = (
        padded(text, width, column.is_right)
        for text, column, width in zip(texts, columns, widths, strict=True)
    )
    return _GAP.join(shown).rstrip()


def _footer(view: PlanView) -> list[str]:
    width = max(len(heading) for heading, _ in view.footer)
    return [f"{heading:{width}}  {text}" for heading, text in view.footer]
