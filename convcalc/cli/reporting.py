"""Findings to their reader: as text on standard error, or as JSON in place of the answer."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from convcalc.cli.streams import FINDINGS_WIDTH, answer, say, style_of
from convcalc.errors import ExitCode, Problem, StackError
from convcalc.formats import findings_renderer
from convcalc.formats.style import PLAIN


def unusable(error: StackError, *, json: bool = False, color: str = "auto") -> ExitCode:
    """Report everything that makes a file unusable; the exit code is returned."""
    if json:
        answer(findings_renderer("json")(error.problems, error.source, PLAIN))
    else:
        tell(error.problems, error.source, color)
    return ExitCode.UNUSABLE


def tell(problems: Sequence[Problem], source: str, color: str = "auto") -> None:
    """Findings on standard error, each with its excerpt."""
    style = style_of(sys.stderr, color, FINDINGS_WIDTH)
    say(findings_renderer("full")(problems, source, style))
