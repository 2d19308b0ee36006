"""Receptive fields as a Markdown table, for pull requests and wikis."""

from __future__ import annotations

import re

from convcalc.formats.plans.markdown import escaped
from convcalc.formats.rf_view import FieldView
from convcalc.formats.style import Style


def render(view: FieldView, style: Style) -> str:
    """The report as a heading, a pipe table and a list."""
    columns = view.columns()
    name, *rest = view.title
    lines = [f"### {escaped(name)}", "", escaped(", ".join(rest)), ""]
    lines.append(_row([column.title for column in columns]))
    lines.append(_row(["---:" if column.is_right else ":---" for column in columns]))
    for field in view.lines:
        texts = [(column, view.text(column, field)) for column in columns]
        lines.append(_row([_code(t) if c.is_name else escaped(t) for c, t in texts]))
    lines.append("")
    heading = ""
    for own, text in view.footer(columns):
        heading = own or heading
        lines.append(f"- **{heading}**: {_sentence(text)}" if own else f"  {_sentence(text)}")
    return "\n".join(lines) + "\n"


def _row(texts: list[str]) -> str:
    return f"| {' | '.join(texts)} |"


def _code(name: str) -> str:
    return f"`{name.replace('|', chr(92) + '|')}`"


def _sentence(text: str) -> str:
    """Words in backticks are code, the rest is free text."""
    parts = re.split(r"`([^`]*)`", text)
    return "".join(
        escaped(part) if place % 2 == 0 else _code(part) for place, part in enumerate(parts)
    )
