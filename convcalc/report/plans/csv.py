"""CSV: a heading of stable keys, one line a layer, plain integers, no total that spoils a sum."""

from __future__ import annotations

import csv
from io import StringIO

from convcalc.core.text import visible
from convcalc.report.columns import COLUMNS, Cell, Column
from convcalc.report.style import Style
from convcalc.report.view import PlanView

# What spreadsheets take for the beginning of a formula (CWE-1236).
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def render(view: PlanView, style: Style) -> str:
    """The plan as CSV, every column unless some are asked for."""
    columns = view.columns(tuple(COLUMNS))
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([column.key for column in columns])
    for line in view.lines:
        writer.writerow([_cell(column, column.cell(line)) for column in columns])
    return out.getvalue()


def _cell(column: Column, cell: Cell) -> Cell:
    return harmless(cell) if column.is_name and isinstance(cell, str) else cell


def harmless(name: str) -> str:
    """A name that no spreadsheet runs: an apostrophe before whatever would begin a formula.

    >>> harmless("stem"), harmless("=cmd()")
    ('stem', "'=cmd()")
    """
    return f"'{visible(name)}" if name.startswith(_FORMULA) else visible(name)
