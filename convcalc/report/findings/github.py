"""Findings as GitHub's workflow commands: annotations of a pull request, the worst first.

The runner keeps the first 10 errors, 10 warnings and 10 notices of a step and drops the rest
without a word; so what it would drop is written to the log, and the last line says how many.
Source: actions/runner, src/Runner.Worker/ExecutionContext.cs (`_maxCountPerIssueType`) and
src/Runner.Common/ActionCommand.cs (the escapes).
"""

from __future__ import annotations

from convcalc.core.errors import Level, Problem
from convcalc.core.files import STDIN_NAME
from convcalc.core.text import in_words, inline
from convcalc.report.checked import Report
from convcalc.report.findings.concise import one_line
from convcalc.report.paths import shown_path
from convcalc.report.style import PLAIN, Style

MOST = 10
_COMMANDS: dict[Level, str] = {"error": "error", "warning": "warning", "info": "notice"}


def render(report: Report, style: Style) -> str:
    """A command for each finding up to the limit, the rest as a log, and how many that are."""
    groups = {level: [one for one in report.problems if one.level == level] for level in _COMMANDS}
    is_cut = any(len(group) > MOST for group in groups.values())
    shown: list[str] = []
    left: list[str] = []
    cut: list[str] = []
    for level, group in groups.items():
        # The closing line is a notice itself.
        most = MOST - 1 if is_cut and level == "info" else MOST
        shown += [_annotation(problem) for problem in group[:most]]
        left += [one_line(problem, PLAIN) for problem in group[most:]]
        if len(group) > most:
            cut.append(in_words(len(group) - most, level))
    if cut:
        closing = f"{', '.join(cut)} without an annotation: GitHub keeps {MOST} of a kind a step"
        left.append(f"::notice title=convcalc::{_data(f'{closing}; the log has them all')}")
    return "".join(f"{line}\n" for line in [*shown, *left])


def _annotation(problem: Problem) -> str:
    properties = {}
    if problem.file and problem.file != STDIN_NAME:
        properties["file"] = inline(shown_path(problem.file))
    place = problem.place
    if place is not None:
        properties |= {
            "line": str(place.line),
            "endLine": str(place.line),
            "col": str(place.column),
            "endColumn": str(place.column + place.width),
        }
    properties["title"] = f"{problem.code} {problem.slug}"
    written = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    parts = [problem.message, problem.note, f"help: {problem.help}" if problem.help else ""]
    text = "\n".join(inline(part) for part in parts if part)
    return f"::{_COMMANDS[problem.level]} {written}::{_data(text)}"


def _data(text: str) -> str:
    """The text behind `::`.

    >>> _data("50%\\n::error::x")
    '50%25%0A::error::x'
    """
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """A property's value.

    >>> _property("a,b:c")
    'a%2Cb%3Ac'
    """
    return _data(text).replace(":", "%3A").replace(",", "%2C")
