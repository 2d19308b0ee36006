"""The list of everything that a check can find."""

from __future__ import annotations

from collections.abc import Sequence

from convcalc.features.check.catalog import Entry
from convcalc.features.explain.manual import summary_of
from convcalc.report.page import Page, Part, Title
from convcalc.report.table import Column, Table, rows_of

_GROUPS = {
    "CC1": "Shape",
    "CC2": "Graph",
    "CC3": "Portability",
    "CC4": "Smells",
    "CC5": "Expectations",
    "CC9": "File",
}


def page(entries: Sequence[Entry], form: str) -> Page:
    """`entries` as a table; in Markdown one for each group."""
    if form != "markdown":
        return Page((Table(_COLUMNS, rows_of(_COLUMNS, entries)),))
    parts: list[Part] = []
    for prefix, title in _GROUPS.items():
        group = [entry for entry in entries if entry.code.startswith(prefix)]
        if group:
            parts += [Title(f"{prefix} {title}"), Table(_COLUMNS, rows_of(_COLUMNS, group))]
    return Page(tuple(parts))


def _remark(entry: Entry) -> str:
    """What `--fix` does, and whether the rule has to be selected."""
    fix = {"none": "", "safe": "fix", "unsafe": "unsafe"}[entry.fix]
    return ", ".join(filter(None, (fix, "" if entry.is_default else "off")))


_COLUMNS: tuple[Column[Entry], ...] = (
    Column("code", "code", lambda entry: entry.code),
    Column("name", "name", lambda entry: entry.slug),
    Column("level", "level", lambda entry: entry.level),
    Column("fix", "fix", _remark),
    Column("finds", "finds", summary_of, folds=60, sinks=True),
)
