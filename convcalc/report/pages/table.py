"""The table on a terminal, by Rich: a tree of blocks, and numbers whole at any width."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from io import StringIO
from typing import TYPE_CHECKING

from convcalc.report.answer_text import below, written
from convcalc.report.layout import Layout, Part
from convcalc.report.page import Page
from convcalc.report.pages import plain
from convcalc.report.prose import broken
from convcalc.report.style import BAD, BOLD, CYAN, DIM, GREEN, RED, YELLOW, Style
from convcalc.report.table import Row, Table

if TYPE_CHECKING:
    from rich.table import Table as RichTable

# Rich takes 0.4 ms a row: a longer table is written plainly.
MOST_ROWS = 2000
# Lines under the heading and above the total, nothing else.
_BOX = "    \n    \n ── \n    \n    \n ── \n    \n    \n"
_STYLES = {
    "": "", BOLD: "bold", DIM: "dim", RED: "red", GREEN: "green", YELLOW: "yellow", CYAN: "cyan",
    BAD: "bold red",
}  # fmt: skip


def render(page: Page, style: Style) -> str:
    """The page as lines of at most `style.width` cells."""
    if any(isinstance(part, Table) and len(part.rows) > MOST_ROWS for part in page.parts):
        return plain.render(page, style)
    return written(page, style, _draw)


def _draw(layout: Layout, table: Table, style: Style) -> list[str]:
    lines: list[str] = []
    for part in layout.parts:
        lines += [""] if lines else []
        lines += _part(part, layout.below, table, style)
    return [(" " * table.indent + line).rstrip() for line in lines]


def _part(part: Part, sentences: Sequence[Sequence[str]], table: Table, style: Style) -> list[str]:
    """The lines of a table; sentences that belong to a row stand across all columns."""
    rows = table.rows
    room = None if style.width is None else style.width - table.indent
    lines: list[str] = []
    start = 0
    ends = [at + 1 for at, said in enumerate(sentences) if said and at + 1 < len(rows)]
    for end in (*ends, len(rows)):
        drawn = _rich(part, rows, style, range(start, end))
        lines += _printed(drawn, part.width, style)
        if end:
            row = replace(rows[end - 1], below=tuple(sentences[end - 1]))
            lines += below(row, replace(style, width=room))
        start = end
    return lines


def _rich(part: Part, rows: Sequence[Row], style: Style, shown: range) -> RichTable:
    """The rows of that range; the heading is above the first, the total below the last."""
    from rich.box import Box
    from rich.table import Table as RichTable
    from rich.text import Text

    table = RichTable(
        box=Box(_BOX if style.unicode else _BOX.replace("─", "-")),
        padding=(0, 1, 0, 0),
        pad_edge=False,
        show_edge=False,
        show_header=not shown.start,
        show_footer=part.total is not None and shown.stop == len(rows),
    )
    totals = part.total or ([""],) * len(part.columns)
    for column, width, total in zip(part.columns, part.widths, totals, strict=True):
        table.add_column(
            Text(column.title),
            Text("\n".join(total)),
            justify="right" if column.right else "left",
            width=width,
            no_wrap=True,
            overflow="fold",
        )
    for at in shown:
        cells = zip(part.rows[at], part.widths, strict=True)
        texts = (Text("\n".join(broken(text, width))) for text, width in cells)
        table.add_row(*texts, style=_STYLES[rows[at].color])
    return table


def _printed(table: RichTable, width: int, style: Style) -> list[str]:
    from rich.console import Console

    out = StringIO()
    console = Console(
        file=out,
        width=max(width, 1),
        force_terminal=style.color,
        color_system="standard" if style.color else None,
        markup=False,
        emoji=False,
        highlight=False,
        legacy_windows=False,
        # The style knows the surroundings already; Rich fails on COLUMNS=².
        _environ={},
    )
    console.print(table, crop=False)
    return out.getvalue().rstrip("\n").split("\n")
