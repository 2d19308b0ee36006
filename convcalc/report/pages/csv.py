"""CSV: stable keys, a line a row, plain integers, no sum that spoils a sum."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from io import StringIO

from convcalc.core.text import visible
from convcalc.report.page import Page
from convcalc.report.style import Style
from convcalc.report.table import exact

# What spreadsheets take for the beginning of a formula (CWE-1236).
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
# A count for people, in words or alone.
_GROUPED = re.compile(r"(?<![\w,.])[+-]?\d{1,3}(?:,\d{3})+(?![\w,])")


def render(page: Page, style: Style) -> str:
    """The rows of the page's table."""
    table = page.rows
    return csv_text(
        [column.key for column in table.columns],
        [
            [
                _written(value, column.is_name)
                for column, value in zip(table.columns, map(exact, row.values), strict=True)
            ]
            for row in table.rows
        ],
    )


def _written(value: int | str, is_name: bool) -> int | str:
    """A value with plain digits, and a name as it is."""
    if isinstance(value, int):
        return value
    return harmless(value) if is_name else plain_digits(value)


def plain_digits(text: str) -> str:
    """A text whose counts have no thousands separators.

    >>> plain_digits("all 1,204,704"), plain_digits("117,600"), plain_digits("1,2 and 12x14")
    ('all 1204704', '117600', '1,2 and 12x14')
    """
    return _GROUPED.sub(lambda found: found[0].replace(",", ""), text)


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
