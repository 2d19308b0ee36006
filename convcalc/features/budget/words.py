"""What `convcalc budget` did to each file: figures, limits before and now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from convcalc.core.text import in_words, size
from convcalc.features.budget.answer import Budgeted
from convcalc.features.budget.limiting import Entry
from convcalc.report.page import Page, Prose, Title
from convcalc.report.table import Cell, Column, Row, Table, Value, rows_of


def page(file: str, done: Budgeted, outcome: str) -> Page:
    """The table of one file, and a last line that says what became of it."""
    table = Table(_COLUMNS, rows_of(_COLUMNS, done.entries), indent=2)
    if not any(entry.layer for entry in done.entries):
        table = replace(table, columns=_COLUMNS[1:], rows=rows_of(_COLUMNS[1:], done.entries))
    return Page((Title(file), table, Prose((outcome,), indent=2)))


def page_of_all(files: Sequence[tuple[str, Budgeted]]) -> Page:
    """All limits of all files in one table, for machines."""
    column: Column[str] = Column("file", "file", str, is_name=True)
    rows = (
        Row((file, *row.values)) for file, done in files for row in rows_of(_COLUMNS, done.entries)
    )
    return Page((Table((column, *_COLUMNS), tuple(rows)),))


def outcome(done: Budgeted, done_in_words: str) -> str:
    """How many limits there are to write, in words.

    >>> outcome(Budgeted("", ()), "wrote")
    'nothing to write: every limit is as it should be'
    """
    changed = sum(entry.change in ("added", "changed") for entry in done.entries)
    if not changed:
        return "nothing to write: every limit is as it should be"
    return f"{done_in_words} {in_words(changed, 'limit')}"


def total(files: int, written: int) -> str:
    """The last line where there are several files."""
    return f"wrote {written:,} of {in_words(files, 'file')}\n"


def _today(entry: Entry) -> Value:
    """Today's figure; memory in the units of a plan, as its exact bytes are for programs."""
    if entry.figure == "memory" and isinstance(entry.value, int):
        return Cell(size(entry.value), entry.value)
    return entry.today


def _change(entry: Entry) -> str:
    return f"{entry.change}: {entry.reason}" if entry.reason else entry.change


_COLUMNS: tuple[Column[Entry], ...] = (
    Column("layer", "layer", lambda entry: entry.layer, is_name=True, folds=24),
    Column("figure", "figure", lambda entry: entry.figure),
    Column("today", "today", _today, right=True),
    Column("before", "before", lambda entry: entry.was or "-", folds=16),
    Column("now", "now", lambda entry: entry.now or "-", folds=16),
    Column("change", "change", _change, folds=16),
)
