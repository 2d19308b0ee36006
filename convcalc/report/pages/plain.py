"""Aligned columns, complete at any width: what a pipe gets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import zip_longest

from convcalc.core.text import padded
from convcalc.report.answer_text import below, written
from convcalc.report.layout import GAP, Layout, Part
from convcalc.report.page import Page
from convcalc.report.style import BOLD, Style
from convcalc.report.table import Table


def render(page: Page, style: Style) -> str:
    """The page as lines of text, none folded, nothing left out."""
    return written(page, replace(style, width=None), _draw)


def _draw(layout: Layout, table: Table, style: Style) -> list[str]:
    (part,) = layout.parts
    lead = " " * table.indent
    rule = ("─" if style.unicode else "-") * part.width
    lines = [style.paint(_aligned([one.title for one in part.columns], part), BOLD), rule]
    for texts, row in zip(part.rows, table.rows, strict=True):
        lines.append(style.paint(_aligned(texts, part), row.color))
        lines += below(row, style)
    if part.total is not None:
        below_each_other = zip_longest(*part.total, fillvalue="")
        lines += [rule, *(_aligned(texts, part) for texts in below_each_other)]
    return [f"{lead}{line}" for line in lines]


def _aligned(texts: Sequence[str], part: Part) -> str:
    cells = (
        padded(text, width, column.right)
        for text, width, column in zip(texts, part.widths, part.columns, strict=True)
    )
    return (" " * GAP).join(cells).rstrip()
