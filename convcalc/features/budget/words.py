"""What `convcalc budget` did to each file: figures, limits before and now."""

from __future__ import annotations

from collections.abc import Sequence

from convcalc.core.text import in_words, size, visible
from convcalc.features.budget.answer import Budgeted, Entry
from convcalc.report.grid import grid

_HEAD = ("", "figure", "today", "before", "now", "")


def render(file: str, done: Budgeted, outcome: str) -> str:
    """The table of one file, and a last line that says what became of it."""
    rows = [list(_HEAD)] + [_row(entry) for entry in done.entries]
    has_layers = any(entry.layer for entry in done.entries)
    table = grid([row if has_layers else row[1:] for row in rows], left=6 if has_layers else 5)
    return "\n".join([visible(file), *table, f"  {outcome}"]) + "\n"


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


def _row(entry: Entry) -> Sequence[str]:
    change = f"{entry.change}: {entry.reason}" if entry.reason else entry.change
    return [
        visible(entry.layer),
        entry.figure,
        _today(entry),
        visible(entry.was) or "-",
        visible(entry.now) or "-",
        change,
    ]


def _today(entry: Entry) -> str:
    """Today's figure; memory in the units of a plan, as its exact bytes are for programs."""
    if entry.figure == "memory" and isinstance(entry.value, int):
        return size(entry.value)
    return entry.today
