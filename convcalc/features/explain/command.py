"""`convcalc explain`: the manual page of a layer kind, a rule or another finding."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from convcalc.cli.declared import Argument, Switch
from convcalc.cli.usage import bad, unfit
from convcalc.core.text import nearest

EXAMPLES = (
    "convcalc explain conv",
    "convcalc explain CC101",
    "convcalc explain bias-before-norm",
    "convcalc explain CC4",
    "convcalc explain --list",
)


def _subjects() -> Iterable[str]:
    from convcalc.features.explain.manual import subjects

    return subjects()


@dataclass(frozen=True, kw_only=True)
class Request:
    """A page as it is asked for."""

    subject: Annotated[
        str | None,
        Argument(
            "A kind, a finding's name or its code: conv, bias-before-norm or CC405.",
            "SUBJECT",
            read=lambda word, option: word,
            known=_subjects,
        ),
    ] = None
    list: Annotated[bool, Switch("List everything that can be explained.")] = False


def explain(request: Request) -> int:
    """Explain a layer kind or a finding, offline."""
    from convcalc.cli.streams import FINDINGS_WIDTH, answer, style_of
    from convcalc.core.errors import ExitCode
    from convcalc.features.explain.manual import page_of, pages

    if request.list:
        width = style_of(sys.stdout).width or FINDINGS_WIDTH
        answer(pages(min(width, FINDINGS_WIDTH)))
        return ExitCode.CLEAN
    if request.subject is None:
        raise unfit("name a kind or a finding, or give --list")
    page = page_of(request.subject)
    if page is None:
        help = nearest(request.subject, _subjects())
        raise bad(f"nothing is called `{request.subject}`", help, "SUBJECT")
    answer(page)
    return ExitCode.CLEAN
