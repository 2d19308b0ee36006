"""`convcalc rules`: everything that `convcalc check` can find."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from convcalc.cli.declared import Arguments, Option
from convcalc.features.check.selectors import read_selectors, selector_words

EXAMPLES = (
    "convcalc rules",
    "convcalc rules CC4",
    "convcalc rules --format json | jq '.rules[] | select(.fix == \"safe\") | .code'",
)


def _formats() -> Iterable[str]:
    from convcalc.features.rules.catalogue import FORMATS

    return FORMATS


@dataclass(frozen=True, kw_only=True)
class Request:
    """A list of rules as it is asked for."""

    selectors: Annotated[
        tuple[str, ...],
        Arguments(
            "Only these, by code, its beginning, or name: CC4 or bias-before-norm.",
            "CODES",
            read_selectors,
            selector_words,
        ),
    ] = ()
    format: Annotated[
        str,
        Option("How to write the list: {known}, as in --format json.", "NAME", known=_formats),
    ] = "text"


def rules(request: Request) -> int:
    """List every finding of a check: code, name, level, fix, meaning.

    `fix` is what --fix repairs, `unsafe` what --unsafe-fixes repairs too, and `off` what has to
    be selected.
    """
    from convcalc.cli.streams import answer, style_of
    from convcalc.core.errors import ExitCode
    from convcalc.features.rules.answer import entries
    from convcalc.features.rules.catalogue import render

    answer(render(entries(*request.selectors), request.format, style_of(sys.stdout).width))
    return ExitCode.CLEAN
