"""What `convcalc budget` did, as JSON, version 1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from convcalc.core.errors import Problem
from convcalc.features.budget.answer import Budgeted, Entry
from convcalc.report.json_text import json_lines

BUDGET_VERSION = 1


class FileBudget(NamedTuple):
    """One file of a run: what became of it, or the `problems` that kept it from being read."""

    file: str
    done: Budgeted | None = None
    written: bool = False
    problems: tuple[Problem, ...] = ()
    error: str = ""
    diff: str = ""


def render(files: Sequence[FileBudget]) -> str:
    """All files in order."""
    return json_lines({"version": BUDGET_VERSION, "files": [_file(one) for one in files]})


def _file(one: FileBudget) -> dict[str, Any]:
    done = one.done
    return {
        "file": one.file,
        "changed": done is not None and done.is_changed,
        "written": one.written,
        "figures": [
            {
                "layer": entry.layer,
                "figure": entry.figure,
                "today": _today(entry),
                "before": entry.was or None,
                "now": entry.now or None,
                "change": entry.change,
                "reason": entry.reason or None,
            }
            for entry in (done.entries if done is not None else ())
        ],
        "problems": [str(problem) for problem in one.problems],
        "error": one.error or None,
        "diff": one.diff or None,
    }


def _today(entry: Entry) -> int | list[int] | str | None:
    """Today's figure as a number; strides between whole pixels and spreads are words."""
    if isinstance(entry.value, tuple):
        return list(entry.value)
    if entry.value is not None and entry.value.denominator == 1:
        return int(entry.value)
    return entry.today or None
