"""`--format`: every format that an answer with a table can be written in."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Annotated

from convcalc.cli.declared import Option
from convcalc.cli.usage import unfit

if TYPE_CHECKING:
    from convcalc.report.page import Page


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


def write(
    asked: str | None,
    color: str,
    page: Callable[[str], Page],
    json: Callable[[], str],
    quiet: str | None = None,
) -> None:
    """Write an answer on standard output: `json()`, or `page(format)` as that can show it.

    `quiet` is written in place of the page: the answer alone, for programs.
    """
    from convcalc.cli.streams import answer

    format = table_format(asked)
    if format == "json":
        answer(json())
    elif quiet is not None:
        answer(quiet)
    else:
        show(page(format), format, color)


def show(page: Page, format: str, color: str) -> None:
    """Write a page on standard output."""
    from convcalc.cli.streams import answer, style_of
    from convcalc.report import written

    answer(written(page, format, style_of(sys.stdout, color)))


def write_beside(page: Page, color: str) -> None:
    """Write a page on standard error, where standard output is for a file."""
    from convcalc.cli.streams import is_terminal, say, style_of
    from convcalc.report import written

    form = "table" if is_terminal(sys.stderr) else "plain"
    say(written(page, form, style_of(sys.stderr, color)))
