"""`convcalc rules`: everything that `convcalc check` can find."""

from __future__ import annotations

from typing import Annotated

import typer

from convcalc.cli.completion import complete_rules_format, complete_selector

EXAMPLES = (
    "convcalc rules",
    "convcalc rules CC4",
    "convcalc rules --format json | jq '.rules[] | select(.fix == \"safe\") | .code'",
)


def rules(
    selectors: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="CODES",
            help="Only these, by code, its beginning, or name: CC4 or bias-before-norm.",
            autocompletion=complete_selector,
        ),
    ] = None,
    format: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="How to write the list: text, json or markdown, as in --format json.",
            autocompletion=complete_rules_format,
        ),
    ] = "text",
) -> int:
    """List every finding of a check: code, name, level, fix, meaning.

    `fix` is what --fix repairs, `unsafe` what --unsafe-fixes repairs too, and `off` what has to
    be selected.
    """
    import sys

    from convcalc.cli import options
    from convcalc.cli.streams import answer, style_of
    from convcalc.core.errors import ExitCode
    from convcalc.features.check.catalog import catalog
    from convcalc.features.check.selection import fits, is_known, nearest_selector
    from convcalc.features.rules.catalogue import FORMATS, render

    options.one_of(format, FORMATS, "--format")
    wanted = options.words(selectors) or ["ALL"]
    for word in wanted:
        if not is_known(word):
            raise options.bad(f"no finding is called `{word}`", nearest_selector(word), "CODES")
    entries = [entry for entry in catalog() if any(fits(word, entry) for word in wanted)]
    answer(render(entries, format, style_of(sys.stdout).width))
    return ExitCode.CLEAN
