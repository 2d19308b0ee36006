"""The list of everything that a check can find, as text, JSON or Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap

from convcalc.features.check.catalog import Entry
from convcalc.features.explain.manual import summary_of
from convcalc.features.rules.answer import listed
from convcalc.report.json_text import answer_json

FORMATS = ("text", "json", "markdown")
_GROUPS = {
    "CC1": "Shape",
    "CC2": "Graph",
    "CC3": "Portability",
    "CC4": "Smells",
    "CC5": "Expectations",
    "CC9": "File",
}


# Columns that a summary beside the other figures has to have, or it goes below them.
_LEAST_SUMMARY = 50


def render(entries: Sequence[Entry], form: str, width: int | None = None) -> str:
    """`entries` in one of FORMATS; text fits `width` columns (None: no limit)."""
    if form == "text":
        return _text(entries, width)
    if form == "json":
        return answer_json(listed(tuple(entries)))
    return _markdown(entries)


def _text(entries: Sequence[Entry], width: int | None) -> str:
    slug = max(len(entry.slug) for entry in entries)
    remark = max(len(_remark(entry)) for entry in entries)
    lines = []
    for entry in entries:
        lead = f"{entry.code}  {entry.slug:{slug}}  {entry.level:7}  {_remark(entry):{remark}}"
        summary = summary_of(entry)
        if width is None:
            lines.append(f"{lead}  {summary}")
        elif width - len(lead) - 2 >= _LEAST_SUMMARY:
            blank = " " * (len(lead) + 2)
            lines += wrap(summary, width, initial_indent=f"{lead}  ", subsequent_indent=blank)
        else:
            blank = " " * (len(entry.code) + 2)
            lines += [lead.rstrip()]
            lines += wrap(summary, width, initial_indent=blank, subsequent_indent=blank)
    return "\n".join(lines) + "\n"


def _remark(entry: Entry) -> str:
    """What `--fix` does, and whether the rule has to be selected."""
    fix = {"none": "", "safe": "fix", "unsafe": "unsafe"}[entry.fix]
    return ", ".join(filter(None, (fix, "" if entry.is_default else "off")))


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
