"""Rows of cells in aligned columns, for the answers of calculators: never cut, never folded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from convcalc.core.text import cells, padded

GAP = "  "


def grid(lines: Iterable[Sequence[str]], left: int = 1, indent: str = "  ") -> list[str]:
    """Rows of cells as lines of text; the first `left` columns are aligned left, others right.

    >>> grid([["", "output", "MACs"], ["stem", "64", "1,000"]])
    ['        output   MACs', '  stem      64  1,000']
    """
    rows = list(lines)
    widths = column_widths(rows)
    return [
        (
            indent + GAP.join(padded(text, widths[at], at >= left) for at, text in enumerate(row))
        ).rstrip()
        for row in rows
    ]


def column_widths(rows: Sequence[Sequence[str]]) -> list[int]:
    """Cells of each column.

    >>> column_widths([["a", "bb"], ["ccc", ""]])
    [3, 2]
    """
    return [max(map(cells, column)) for column in zip(*rows, strict=True)]
