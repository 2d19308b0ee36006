"""Markdown: a pipe table for pull requests and wikis, names as code."""

from __future__ import annotations

import re

from convcalc.formats.columns import USUAL, Column
from convcalc.formats.plans.plain import shown, shown_cells
from convcalc.formats.style import Style
from convcalc.formats.view import PlanView
from convcalc.text import visible

_SIGNS = re.compile(r"([\\`*_\[\]#|<>~$])")


def render(view: PlanView, style: Style) -> str:
    """The plan as a heading, a pipe table and a list."""
    columns = view.columns(USUAL)
    name, *rest = view.title
    lines = [f"### {escaped(name)}", "", escaped(", ".join(rest)), ""]
    lines.append(_row([column.title for column in columns]))
    lines.append(_row(["---:" if column.is_right else ":---" for column in columns]))
    for line in view.lines:
        texts = zip(columns, shown_cells(columns, line), strict=True)
        lines.append(_row([_cell(column, text) for column, text in texts]))
    lines.append(_row([_total(column, shown(view.total(column))) for column in columns]))
    lines.append("")
    lines += [f"- **{heading}**: {_sentence(text)}" for heading, text in view.footer]
    return "\n".join(lines) + "\n"


def escaped(text: str) -> str:
    """Free text that Markdown shows as it is: no markup, no mention, no HTML.

    >>> escaped("a|b *c* <d> @me")
    'a\\\\|b \\\\*c\\\\* \\\\<d\\\\> &#64;me'
    """
    return _SIGNS.sub(r"\\\1", visible(text).replace("&", "&amp;")).replace("@", "&#64;")


def _sentence(text: str) -> str:
    """A sentence of the footer: words in backticks are code, the rest is free text."""
    parts = re.split(r"`([^`]*)`", text)
    shown = (escaped(part) if index % 2 == 0 else _code(part) for index, part in enumerate(parts))
    return "".join(shown)


def _row(texts: list[str]) -> str:
    return f"| {' | '.join(texts)} |"


def _cell(column: Column, text: str) -> str:
    if column.key in ("name", "inputs") and text:
        return ", ".join(map(_code, text.split(", ")))
    return text if column.total else text.replace("\\", "\\\\").replace("|", "\\|")


def _total(column: Column, text: str) -> str:
    return f"**{text}**" if text else ""


def _code(name: str) -> str:
    """Layer names hold letters, digits and `_.-`: nothing that could end a span of code."""
    return f"`{name.replace('|', chr(92) + '|')}`"
