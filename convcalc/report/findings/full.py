"""Findings for people: the place, the line with a caret, the arithmetic, and a repair."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from convcalc.core.errors import Level, Place, Problem
from convcalc.core.text import cells, in_words, visible
from convcalc.report.checked import Report
from convcalc.report.findings.concise import COLORS
from convcalc.report.harmless import inert_pieces
from convcalc.report.prose import folded
from convcalc.report.source_lines import SourceLines
from convcalc.report.style import Style

_DIM, _BOLD, _GREEN = "2", "1", "32"
_TAB = "    "
# What an excerpt keeps before the caret when a line is too long to be shown whole.
_LEAD = 30
_LEAST_EXCERPT = 40
# How wide an excerpt is where there is no terminal to fit.
_EXCERPT = 100


def render(report: Report, style: Style) -> str:
    """All findings in the order of the files, and how many there are; "" where there are none."""
    parts: list[str] = []
    for file in report.files:
        lines = SourceLines(file.source)
        parts += ["\n".join(_finding(problem, lines, style)) for problem in file.problems]
    if len(parts) > 1:
        parts.append(_summary(report))
    return "\n\n".join(parts) + "\n" if parts else ""


def _finding(problem: Problem, lines: SourceLines, style: Style) -> list[str]:
    place = problem.place
    where = f"{problem.file}:" if problem.file else ""
    if place is not None:
        where += f"{place.line}:{place.column}:"
    where = visible(where)
    name = f"{problem.level} {problem.code}"
    lead = f"{where} " if where else ""
    said = f"{name} {problem.slug}: {visible(problem.message)}"
    first, *shown = folded(said, style.width, lead, "  ")
    text = first[len(lead) :]
    if text.startswith(name):
        text = style.paint(name, COLORS[problem.level]) + text[len(name) :]
    shown.insert(0, f"{style.paint(where, _BOLD)} {text}".lstrip())
    line = lines.line(place.line) if place is not None else None
    if place is not None and line is not None:
        shown += _excerpt(line, place, style)
    if problem.note:
        shown += folded(visible(problem.note), style.width, "  ")
    if problem.help:
        first, *rest = folded(visible(problem.help), style.width, "  help: ")
        shown += [f"  {style.paint('help:', _GREEN)}{first[len('  help:') :]}", *rest]
    return shown


def _excerpt(line: str, place: Place, style: Style) -> list[str]:
    """The source line, and carets below the characters at `place`."""
    gutter = str(place.line)
    room = max((style.width or _EXCERPT) - len(gutter) - 5, _LEAST_EXCERPT)
    # A file may be one line: what is far from the place is not even looked at.
    low = max(0, place.column - 1 - 2 * room)
    near = line[low : place.column - 1 + 2 * room]
    pieces = inert_pieces([_TAB if char == "\t" else visible(char) for char in near])
    first = min(place.column - 1 - low, len(pieces))
    last = min(first + max(1, place.width), max(len(pieces), first + 1))
    start, end = _window(pieces, first, last, room)
    before = style.ellipsis if start or low else ""
    after = style.ellipsis if end < len(pieces) or low + len(near) < len(line) else ""
    shown = before + "".join(pieces[start:end]) + after
    indent = cells(before) + sum(map(cells, pieces[start:first]))
    width = max(1, sum(map(cells, pieces[first : min(last, end)])))
    caret = style.paint("^" * width, COLORS["error"])
    bar = style.paint("|", _DIM)
    return [
        f"  {style.paint(gutter, _DIM)} {bar} {shown}".rstrip(),
        f"  {' ' * len(gutter)} {bar} {' ' * indent}{caret}",
    ]


def _window(pieces: Sequence[str], first: int, last: int, room: int) -> tuple[int, int]:
    """The part [start, end) of a line that is shown: whole where it fits, else around the caret."""
    if sum(map(cells, pieces)) <= room:
        return 0, len(pieces)
    # Room for an ellipsis of three on both sides.
    room -= 6
    start, used = first, 0
    while start > 0 and used + cells(pieces[start - 1]) <= _LEAD:
        start -= 1
        used += cells(pieces[start])
    end = start
    used = 0
    while end < len(pieces) and used + cells(pieces[end]) <= room:
        used += cells(pieces[end])
        end += 1
    while start > 0 and used + cells(pieces[start - 1]) <= room:
        start -= 1
        used += cells(pieces[start])
    return start, max(end, first)


def _summary(report: Report) -> str:
    counts = report.levels
    levels = [in_words(counts[level], level) for level in get_args(Level) if counts[level]]
    return f"found {', '.join(levels)}"
