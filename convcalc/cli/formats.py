"""`--format` of tables: every format that an answer can be written in."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Annotated

from convcalc.cli.declared import Option
from convcalc.cli.usage import unfit


def _formats() -> Iterable[str]:
    from convcalc.report import formats

    return formats()


TableFormat = Annotated[
    str | None,
    Option(
        "How to write it: {known}, as in --format csv. "
        "Default: table on a terminal, plain in a pipe.",
        "NAME",
        known=_formats,
    ),
]


def table_format(asked: str | None, **selection: object) -> str:
    """The format asked for; else `table` on a terminal and `plain` in a pipe.

    `selection` are the options that say what to show; JSON always holds everything, so it goes
    with none of them. Raises UsageError.
    """
    from convcalc.cli.streams import is_terminal

    if asked is None:
        return "table" if is_terminal(sys.stdout) else "plain"
    for option, given in selection.items():
        if asked == "json" and given:
            raise unfit(
                f"--{option} does not go with --format json", "JSON always holds everything"
            )
    return asked
