"""`convcalc rules`: everything that `convcalc check` can find."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from convcalc.cli import formats, parameters
from convcalc.cli.declared import Arguments
from convcalc.cli.usage import need_texts
from convcalc.features.check.selectors import read_selectors, selector_words

EXAMPLES = (
    "convcalc rules",
    "convcalc rules CC4",
    "convcalc rules --format json | jq '.rules[] | select(.fix == \"safe\") | .code'",
)


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
    format: formats.TableFormat = None
    color: parameters.Color = "auto"


def rules(request: Request) -> int:
    """List every finding of a check: code, name, level, fix, meaning.

    `fix` is what --fix repairs, `unsafe` what --unsafe-fixes repairs too, and `off` what has to
    be selected.
    """
    from convcalc.core.errors import ExitCode
    from convcalc.features.rules.answer import entries, listed
    from convcalc.features.rules.catalogue import page
    from convcalc.report.json_text import answer_json

    need_texts("summaries of rules")
    found = entries(*request.selectors)
    formats.write(
        request.format,
        request.color,
        lambda form: page(found, form),
        lambda: answer_json(listed(tuple(found))),
    )
    return ExitCode.CLEAN
