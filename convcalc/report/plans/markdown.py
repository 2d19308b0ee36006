"""Markdown: a pipe table for pull requests and wikis, names as code."""

from __future__ import annotations

from convcalc.report.columns import USUAL, Column
from convcalc.report.markdown_words import prose, table_code, table_row
from convcalc.report.plans.plain import shown, shown_cells
from convcalc.report.style import Style
from convcalc.report.view import PlanView


def render(view: PlanView, style: Style) -> str:
    """The plan as a heading, a pipe table and a list."""
    columns = view.columns(USUAL)
    name, *rest = view.title
    lines = [f"### {prose(name)}", "", prose(", ".join(rest)), ""]
    lines.append(table_row([column.title for column in columns]))
    lines.append(table_row(["---:" if column.is_right else ":---" for column in columns]))
    for line in view.lines:
        texts = zip(columns, shown_cells(columns, line), strict=True)
        lines.append(table_row([_cell(column, text) for column, text in texts]))
    lines.append(table_row([_total(column, shown(view.total(column))) for column in columns]))
    lines.append("")
    lines += [f"- **{heading}**: {prose(text)}" for heading, text in view.footer]
    return "\n".join(lines) + "\n"


def _cell(column: Column, text: str) -> str:
    if column.key in ("name", "inputs") and text:
        return ", ".join(map(table_code, text.split(", ")))
    return text if column.total else text.replace("\\", "\\\\").replace("|", "\\|")


def _total(column: Column, text: str) -> str:
    return f"**{text}**" if text else ""
