"""`convcalc explain`: the manual page of a layer kind, a rule or another finding."""

from __future__ import annotations

from typing import Annotated

import typer

from convcalc.cli.completion import complete_subject

EXAMPLES = (
    "convcalc explain conv",
    "convcalc explain CC101",
    "convcalc explain bias-before-norm",
    "convcalc explain CC4",
    "convcalc explain --list",
)


def explain(
    subject: Annotated[
        str | None,
        typer.Argument(
            metavar="SUBJECT",
            help="A kind, a finding's name or its code: conv, bias-before-norm or CC405.",
            autocompletion=complete_subject,
        ),
    ] = None,
    list_all: Annotated[
        bool, typer.Option("--list", help="List everything that can be explained.")
    ] = False,
) -> int:
    """Explain a layer kind or a finding, offline."""
    import sys

    from convcalc.cli.streams import FINDINGS_WIDTH, answer, style_of
    from convcalc.core.errors import ExitCode
    from convcalc.features.explain.manual import page_of, pages

    if list_all:
        width = style_of(sys.stdout).width or FINDINGS_WIDTH
        answer(pages(min(width, FINDINGS_WIDTH)))
        return ExitCode.CLEAN
    if subject is None:
        raise typer.BadParameter("name a kind or a finding, or give --list", param_hint="SUBJECT")
    answer(page_of(subject))
    return ExitCode.CLEAN
