"""CSV: stable keys, a line a row, plain integers, no sum that spoils a sum."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from io import StringIO

from convcalc.core.text import visible
from convcalc.report.page import Page
from convcalc.report.style import Style
from convcalc.report.table import exact

# What spreadsheets take for the beginning of a formula (CWE-1236).
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def render(page: Page, style: Style) -> str:
    """The rows of the page's table."""
    table = page.rows
    return csv_text(
        [column.key for column in table.columns],
        [
            [
                harmless(value) if column.is_name and isinstance(value, str) else value
                for column, value in zip(table.columns, map(exact, row.values), strict=True)
            ]
            for row in table.rows
        ],
    )


def csv_text(heading: Sequence[str], rows: Sequence[Sequence[int | str]]) -> str:
    """A heading and rows as CSV.

    >>> csv_text(["a", "b"], [[1, "x, y"]])
    'a,b\\n1,"x, y"\\n'
    """
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(heading)
    writer.writerows(rows)
    return out.getvalue()


def harmless(name: str) -> str:
    """A name that no spreadsheet runs: an apostrophe before whatever would begin a formula.

    >>> harmless("stem"), harmless("=cmd()")
    ('stem', "'=cmd()")
    """
    return f"'{visible(name)}" if name.startswith(_FORMULA) else visible(name)
