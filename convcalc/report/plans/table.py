"""The table on a terminal, by Rich: a tree of blocks, exact numbers, and what they mean."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import StringIO
from textwrap import wrap
from typing import TYPE_CHECKING

from convcalc.core.text import visible
from convcalc.report.columns import WIDE, Column
from convcalc.report.layout import LEAST, Layout, lay_out
from convcalc.report.plans import plain
from convcalc.report.style import Style
from convcalc.report.tree import INDENT, Branch, branches
from convcalc.report.view import PlanView

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

# Rich takes 0.6 ms a row: a longer table is written plainly.
MOST_LINES = 500
_FOOTER_WIDTH = 100

# Lines under the heading and above the total, nothing else.
_BOX = "    \n    \n ── \n    \n    \n ── \n    \n    \n"


def render(view: PlanView, style: Style) -> str:
    """The plan as a table of at most `style.width` cells, numbers whole at any width."""
    if len(view.lines) > MOST_LINES:
        return plain.render(view, style)
    from rich.console import Console

    drawing = _Drawing(view, style)
    out = StringIO()
    console = Console(
        file=out,
        width=max(drawing.layout.width, style.width or _FOOTER_WIDTH),
        force_terminal=style.color,
        color_system="standard" if style.color else None,
        markup=False,
        emoji=False,
        highlight=False,
        legacy_windows=False,
        # The style knows the surroundings already; Rich fails on COLUMNS=².
        _environ={},
    )
    console.print(drawing.title())
    console.print()
    console.print(drawing.table(), crop=False)
    console.print()
    for line in drawing.footer():
        console.print(line, soft_wrap=True)
    return "\n".join(line.rstrip() for line in out.getvalue().split("\n"))


class _Drawing:
    """One table: its tree, and the columns that there is room for."""

    def __init__(self, view: PlanView, style: Style) -> None:
        self.view, self.style = view, style
        self.tree = tuple(branches(view.plan, view.lines))
        # Without branches or windows there is nothing to say in some columns.
        columns = [
            column
            for column in view.columns(WIDE)
            if view.asked or any(self._text(column, branch) for branch in self.tree)
        ]
        self.layout: Layout = lay_out(
            columns, (*view.asked, *view.counted), style.width, self._texts
        )

    def title(self) -> Text:
        """The network's name, its input, batch and dtype."""
        from rich.text import Text

        name, *rest = self.view.title
        return Text.assemble((name, "bold"), f" {self.style.dot} ".join(["", *rest]))

    def table(self) -> Table:
        """The lines between heading and total."""
        from rich.box import Box
        from rich.table import Table
        from rich.text import Text

        box = Box(_BOX if self.style.unicode else _BOX.replace("─", "-"))
        table = Table(
            box=box, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False, show_footer=True
        )
        for column, width in zip(self.layout.columns, self.layout.widths, strict=True):
            table.add_column(
                Text(column.title),
                Text("\n".join(wrap(plain.shown(self.view.total(column)), max(width, 1)))),
                justify="right" if column.is_right else "left",
                min_width=width,
                overflow="fold",
            )
        for branch in self.tree:
            columns = zip(self.layout.columns, self.layout.widths, strict=True)
            table.add_row(*(self._cell(column, branch, width) for column, width in columns))
        return table

    def footer(self) -> Iterable[Text]:
        """What stands below, folded to the width, with the columns left out."""
        from rich.text import Text

        entries = list(self.view.footer)
        if self.layout.left_out:
            titles = ", ".join(column.title for column in self.layout.left_out)
            entries.append(
                ("left out", f"{titles}: a wider terminal has room, or name them with --columns")
            )
        width = max(len(heading) for heading, _ in entries)
        room = max(self.style.width or _FOOTER_WIDTH, width + 2 + LEAST)
        blank = " " * (width + 2)
        for heading, text in entries:
            for index, line in enumerate(wrap(text, room - width - 2)):
                lead = (f"{heading:{width}}  ", "dim") if index == 0 else blank
                yield Text.assemble(lead, line)

    def _texts(self, column: Column, merged: frozenset[str]) -> Iterable[str]:
        yield plain.shown(self.view.total(column))
        for branch in self.tree:
            if column.key == "name":
                yield INDENT * branch.depth + self._name(branch, merged)
            else:
                yield self._text(column, branch)

    def _text(self, column: Column, branch: Branch) -> str:
        if column.key == "kind":
            return visible(branch.kind)
        if column.key == "inputs":
            return visible(", ".join(branch.sources))
        if branch.line is None:
            return ""
        return plain.shown(column.cell(branch.line))

    def _name(self, branch: Branch, merged: frozenset[str]) -> str:
        """The layer's cell, with its kind and its inputs where these have no column."""
        name = branch.name
        # `conv_1` says what it is by itself.
        if "kind" in merged and not name.startswith(branch.kind):
            name += f": {branch.kind}"
        if "inputs" in merged and branch.sources:
            name += f" {self.style.arrow} {', '.join(branch.sources)}"
        return visible(name)

    def _cell(self, column: Column, branch: Branch, width: int) -> Text:
        from rich.text import Text

        if column.key == "name":
            indent = INDENT * min(branch.depth, (width - LEAST // 2) // len(INDENT))
            lines = _folded(self._name(branch, self.layout.merged), width, indent)
            return Text("\n".join(lines), "bold" if branch.line is None else "")
        text = self._text(column, branch)
        if column.key in ("inputs", "fields"):
            return Text("\n".join(_folded(text, width, "")))
        return Text(text, _style_of(column, branch, text))


def _folded(text: str, width: int, indent: str) -> Sequence[str]:
    """`text` in lines of `width`, indented, those after the first by two cells more."""
    return wrap(
        text,
        width,
        initial_indent=indent,
        subsequent_indent=f"{indent}  ",
        break_on_hyphens=False,
    )


def _style_of(column: Column, branch: Branch, text: str) -> str:
    if text == "0" or column.key == "kind":
        return "dim"
    return "" if branch.line is None or not branch.line.is_block else "bold"
