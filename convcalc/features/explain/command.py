"""`convcalc explain`: the page of a concept, a layer kind, a rule or another finding."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from convcalc.cli.declared import Argument, Switch
from convcalc.cli.usage import bad, need_texts, unfit
from convcalc.core.text import closest

EXAMPLES = (
    "convcalc explain receptive-field",
    "convcalc explain conv",
    "convcalc explain CC101",
    "convcalc explain bias-before-norm",
    "convcalc explain CC4",
    "convcalc explain --list",
)

# Lines longer than this are hard to read.
WIDEST = 100


def _subjects() -> Iterable[str]:
    from convcalc.features.explain.manual import subjects

    return subjects()


@dataclass(frozen=True, kw_only=True)
class Request:
    """A page as it is asked for."""

    subject: Annotated[
        str | None,
        Argument(
            "A concept, a kind, a finding's name or its code: receptive-field, conv or CC405.",
            "SUBJECT",
            read=lambda word, option: word,
            known=_subjects,
        ),
    ] = None
    list: Annotated[bool, Switch("List everything that can be explained.")] = False


def explain(request: Request) -> int:
    """Explain a concept, a layer kind or a finding, offline."""
    from convcalc.cli.streams import answer, style_of
    from convcalc.core.errors import ExitCode
    from convcalc.features.explain.manual import page_of, pages

    need_texts("pages")
    width = style_of(sys.stdout).width
    width = None if width is None else min(width, WIDEST)
    if request.list:
        answer(pages(width or WIDEST))
        return ExitCode.CLEAN
    if request.subject is None:
        raise unfit("name a concept, a kind or a finding, or give --list")
    page = page_of(request.subject, width)
    if page is None:
        near = closest(request.subject, _subjects())
        help = f"did you mean `{near}`?" if near else "`convcalc explain --list` lists all pages"
        raise bad(f"nothing is called `{request.subject}`", help, "SUBJECT")
    answer(page)
    return ExitCode.CLEAN
