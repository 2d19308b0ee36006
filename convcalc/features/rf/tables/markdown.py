"""Receptive fields as a Markdown table, for pull requests and wikis."""

from __future__ import annotations

from convcalc.features.rf.tables.view import FieldView
from convcalc.report.markdown_words import prose, table_code, table_row
from convcalc.report.style import Style


def render(view: FieldView, style: Style) -> str:
    """The report as a heading, a pipe table and a list."""
    columns = view.columns()
    name, *rest = view.title
    lines = [f"### {prose(name)}", "", prose(", ".join(rest)), ""]
    lines.append(table_row([column.title for column in columns]))
    lines.append(table_row(["---:" if column.is_right else ":---" for column in columns]))
    for field in view.lines:
        texts = [(column, view.text(column, field)) for column in columns]
        lines.append(table_row([table_code(t) if c.is_name else prose(t) for c, t in texts]))
    lines.append("")
    heading = ""
    for own, text in view.footer(columns):
        heading = own or heading
        lines.append(f"- **{heading}**: {prose(text)}" if own else f"  {prose(text)}")
    return "\n".join(lines) + "\n"
