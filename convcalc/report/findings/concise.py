"""Findings one a line: `file:line:column: level CODE slug: message`, for editors and `grep`."""

from __future__ import annotations

from convcalc.core.errors import Problem
from convcalc.core.text import visible
from convcalc.report.checked import Report
from convcalc.report.style import Style

COLORS = {"error": "1;31", "warning": "1;33", "info": "1;36"}


def render(report: Report, style: Style) -> str:
    """One line a finding and nothing else; "" where there are none."""
    return "".join(f"{one_line(problem, style)}\n" for problem in report.problems)


def one_line(problem: Problem, style: Style) -> str:
    """The finding with its place and its arithmetic, without a line break.

    >>> from convcalc.core.errors import Place
    >>> one_line(Problem("wrong-type", "no list", Place(3, 5), "got 8", file="a.yaml"), Style())
    'a.yaml:3:5: error CC926 wrong-type: no list; got 8'
    """
    where = f"{problem.file}:" if problem.file else ""
    if problem.place is not None:
        where += f"{problem.place.line}:{problem.place.column}:"
    where, message = visible(where), visible(in_one(problem))
    level = style.paint(f"{problem.level} {problem.code}", COLORS[problem.level])
    where = f"{style.paint(where, '1')} " if where else ""
    return f"{where}{level} {problem.slug}: {message}"


def in_one(problem: Problem) -> str:
    """Message and arithmetic as one text, with the characters of the file as they are."""
    return f"{problem.message}; {problem.note}" if problem.note else problem.message
