"""The list of everything that a check can find, as text, JSON or Markdown."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from convcalc.check.catalog import Entry
from convcalc.cli.manual import page_of_entry, summary_of

RULES_VERSION = 1
FORMATS = ("text", "json", "markdown")
_GROUPS = {
    "CC1": "Shape",
    "CC2": "Graph",
    "CC3": "Portability",
    "CC4": "Smells",
    "CC5": "Expectations",
    "CC9": "File",
}


def render(entries: Sequence[Entry], form: str) -> str:
    """`entries` in one of FORMATS."""
    return {"text": _text, "json": _json, "markdown": _markdown}[form](entries)


def _text(entries: Sequence[Entry]) -> str:
    width = max(len(entry.slug) for entry in entries)
    lines = (
        f"{entry.code}  {entry.slug:{width}}  {entry.level:7}  {_remark(entry):6}  "
        f"{summary_of(entry)}"
        for entry in entries
    )
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _remark(entry: Entry) -> str:
    return {"none": "", "safe": "fix", "unsafe": "unsafe"}[entry.fix]


def _json(entries: Sequence[Entry]) -> str:
    rules = [json.dumps(_data(entry)) for entry in entries]
    body = ",\n    ".join(rules)
    return f'{{\n  "version": {RULES_VERSION},\n  "rules": [\n    {body}\n  ]\n}}\n'


def _data(entry: Entry) -> dict[str, Any]:
    return {
        "code": entry.code,
        "name": entry.slug,
        "level": entry.level,
        "rule": entry.rule is not None,
        "default": entry.is_default,
        "selectable": entry.is_selectable,
        "fix": entry.fix,
        "summary": summary_of(entry),
        "page": page_of_entry(entry),
    }


def _markdown(entries: Sequence[Entry]) -> str:
    parts = []
    for prefix, title in _GROUPS.items():
        group = [entry for entry in entries if entry.code.startswith(prefix)]
        if group:
            rows = "".join(map(_row, group))
            head = "| Code | Name | Level | Fix | Finds |\n| --- | --- | --- | --- | --- |\n"
            parts.append(f"## {prefix} {title}\n\n{head}{rows}")
    return "\n".join(parts)


def _row(entry: Entry) -> str:
    fix = {"none": "", "safe": "safe", "unsafe": "unsafe"}[entry.fix]
    level = entry.level if entry.is_default else f"{entry.level}, to be selected"
    summary = summary_of(entry).replace("|", "\\|")
    return f"| {entry.code} | `{entry.slug}` | {level} | {fix} | {summary} |\n"
