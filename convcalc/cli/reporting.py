"""Findings to their reader: as text on standard error, or as JSON in place of the answer."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from convcalc.cli.streams import answer, say, style_of
from convcalc.core.errors import ExitCode, Problem, StackError
from convcalc.report import findings_renderer
from convcalc.report.checked import FileFindings, Report
from convcalc.report.style import PLAIN


def unusable(error: StackError, *, json: bool = False, color: str = "auto") -> ExitCode:
    """Report everything that makes a file unusable; the exit code is returned."""
    if json:
        report = one_file(error.problems, error.source, is_usable=False)
        answer(findings_renderer("json")(report, PLAIN))
    else:
        tell(error.problems, error.source, color)
    return ExitCode.UNUSABLE


def tell(problems: Sequence[Problem], source: str, color: str = "auto") -> None:
    """Findings of one file on standard error, each with its excerpt."""
    tell_all(one_file(problems, source), color)


def tell_all(report: Report, color: str = "auto") -> None:
    """Findings of several files on standard error, each with its excerpt."""
    say(findings_renderer("full")(report, style_of(sys.stderr, color)))


def one_file(problems: Sequence[Problem], source: str, *, is_usable: bool = True) -> Report:
    """The report of a run over one file, which the problems name."""
    file = problems[0].file if problems else ""
    return Report((FileFindings(file, source, tuple(problems), is_usable=is_usable),))
