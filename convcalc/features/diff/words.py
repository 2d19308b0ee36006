"""A comparison of two networks as text: the answer, the sums, then the layers that differ."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap

from convcalc.core.text import cells, visible
from convcalc.features.diff.layers import MARKS, Entry, entries
from convcalc.features.diff.limits import Verdict
from convcalc.features.diff.phrases import (
    affected,
    expectation_words,
    headline,
    total_lines,
    verdict_words,
)
from convcalc.features.diff.values import STATUSES, Difference, ExpectationChange, Status
from convcalc.report.grid import grid
from convcalc.report.style import Style

_COLORS = {"+": "32", "-": "31", "~": "33", ">": "36"}
_RED, _BOLD = "1;31", "1"
# The mark stands in front of the names.
_TITLES = ("  layer", "output", "params", "MACs", "RF")


def render(
    found: Difference, verdicts: Sequence[Verdict], style: Style, every_layer: bool = False
) -> str:
    """One comparison; `every_layer` also shows those that stay as they are."""
    sides = zip(found.names, (found.before, found.after), strict=True)
    title = f" {_arrow(style)} ".join(visible(name) for name, plan in sides if plan is not None)
    parts = ["\n".join([*_wrapped(headline(found), style, bold=True), *_wrapped(title, style)])]
    if found.note:
        parts.append("\n".join(_wrapped(visible(found.note), style)))
    if not found.has_same_layers:
        parts.append("\n".join(_totals(found)))
        parts += _layers(found, style, every_layer)
    if found.expectations:
        parts.append("\n".join(_expectation(change, style) for change in found.expectations))
    if verdicts:
        parts.append("\n".join(_verdict(verdict, style) for verdict in verdicts))
    return "\n\n".join(parts) + "\n"


def _totals(found: Difference) -> list[str]:
    if found.before is None:
        return grid([line.title, line.after] for line in total_lines(found))
    if found.after is None:
        return grid([line.title, line.before] for line in total_lines(found))
    return grid([["", "before", "after", "change", ""], *total_lines(found)])


def _arrow(style: Style) -> str:
    return "→" if style.unicode else "->"


def _wrapped(text: str, style: Style, bold: bool = False) -> list[str]:
    lines = [text]
    if style.width is not None:
        lines = wrap(
            text,
            max(20, style.width),
            subsequent_indent="  ",
            break_on_hyphens=False,
            break_long_words=False,
        )
    return [style.paint(line, _BOLD) for line in lines] if bold else lines


def _expectation(change: ExpectationChange, style: Style) -> str:
    of, before, after, effect = expectation_words(change)
    said = visible(f"expect {of}: {before} -> {after}").replace("->", _arrow(style))
    text = "\n".join(_wrapped(f"{said}, {effect}" if effect else said, style))
    return style.paint(text, _COLORS["~"])


def _verdict(verdict: Verdict, style: Style) -> str:
    said = visible(verdict_words(verdict)).replace(" -> ", f" {_arrow(style)} ")
    text = "\n".join(_wrapped(f"limit {said}", style))
    return style.paint(text, _RED) if verdict.is_tripped else text


def _layers(found: Difference, style: Style, every_layer: bool) -> list[str]:
    if found.before is None or found.after is None:
        return []
    statuses: tuple[Status, ...] = ("added", "removed", "moved", "changed", "renamed")
    chosen = entries(found, STATUSES if every_layer else statuses, fold=not every_layer)
    listed = [_with_arrows(one, style) for one in chosen]
    parts = ["\n".join(_listed(listed, style))] if listed else []
    rest = "" if every_layer else affected(found)
    if rest:
        hint = "--all shows every layer"
        parts.append("\n".join(_wrapped(f"{rest} ({hint})", style)))
    return parts


def _with_arrows(one: Entry, style: Style) -> Entry:
    what, output, field = (
        text.replace("->", _arrow(style)) for text in (one.what, one.output, one.field)
    )
    return one._replace(what=what, output=output, field=field)


def _listed(listed: Sequence[Entry], style: Style) -> list[str]:
    """The layers as a table, or with their figures below their names where that is too wide."""
    figures = ((one.output, one.params, one.macs, one.field) for one in listed)
    names = map(_marked, listed)
    rows = [_TITLES, *((name, *rest) for name, rest in zip(names, figures, strict=True))]
    lines = grid(rows, left=2)
    width = max(map(cells, lines))
    whats = ["what", *(one.what for one in listed)]
    # What differs stands last, as it may be long.
    lines = [
        f"{line}{' ' * (width - cells(line))}  {what}"
        for line, what in zip(lines, whats, strict=True)
    ]
    if style.width is None or max(map(cells, lines)) <= style.width:
        painted = zip(lines[1:], listed, strict=True)
        return [lines[0], *(_painted(line, one, style) for line, one in painted)]
    return [line for one in listed for line in _stacked(one, style)]


def _marked(one: Entry) -> str:
    more = f" and {one.more:,} more" if one.more else ""
    return f"{MARKS[one.status] or ' '} {one.name}{more}"


def _painted(line: str, one: Entry, style: Style) -> str:
    color = _COLORS.get(MARKS[one.status], "")
    return style.paint(line, color) if color else line


def _stacked(one: Entry, style: Style) -> list[str]:
    width = max(20, style.width or 80)
    head = f"  {_marked(one)}  {one.what}"
    lines = wrap(head, width, subsequent_indent=" " * 6, break_on_hyphens=False)
    figures = [one.output]
    figures += [f"params {one.params}"] * bool(one.params) + [f"MACs {one.macs}"] * bool(one.macs)
    figures.append(f"RF {one.field}")
    indent = " " * 6
    lines += wrap(", ".join(figures), width, initial_indent=indent, subsequent_indent=indent)
    return [_painted(lines[0], one, style), *lines[1:]]
