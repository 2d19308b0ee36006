"""`--plot FILE`: a picture beside the answer."""

from __future__ import annotations

from collections.abc import Callable
from shlex import quote
from typing import TYPE_CHECKING, Annotated

from convcalc.cli.declared import Option, Switch
from convcalc.cli.usage import bad, unfit
from convcalc.core.text import listed, visible

if TYPE_CHECKING:
    from convcalc.report.drawing import Board, Picture
    from convcalc.report.drawing import Theme as ThemeName
else:
    ThemeName = str


def picture_file(*formats: str) -> Callable[[str, str], str]:
    """Reads the name of a file of one of these formats, which its ending says."""

    def read(word: str, option: str) -> str:
        from convcalc.report.drawing import format_of

        if format_of(word) in formats:
            return word
        endings = listed(f".{name}" for name in formats)
        raise bad(f"`{visible(word)}` is no picture", f"name it {endings}", option)

    return read


Theme = Annotated[
    ThemeName,
    Option(
        "Colours of --plot: {known}; auto follows the reader in SVG and HTML and is light in "
        "PNG: --theme dark.",
        "NAME",
        known=lambda: ("auto", "light", "dark"),
    ),
]
Plot = Annotated[
    str | None,
    Option(
        "Draw it step by step: --plot layer.svg plays, .html goes through the steps, .png has "
        "some of them.",
        "FILE",
        picture_file("svg", "png", "html"),
    ),
]
Force = Annotated[bool, Switch("Let --plot overwrite a file that exists.")]


def draw(picture: Picture | Board, path: str, theme: ThemeName, *, force: bool) -> None:
    """Write the picture and say so. Raises WriteError where it cannot be written."""
    from convcalc.cli.output_file import write_file
    from convcalc.cli.streams import say
    from convcalc.report.drawing import format_of, render

    write_file(path, render(picture, format_of(path) or "", theme), force)
    say(f"wrote {visible(path)}\n")


def draw_board(
    make: Callable[[], Board],
    path: str,
    theme: ThemeName,
    *,
    force: bool,
    small: Callable[[], str] = str,
    otherwise: str = "",
) -> None:
    """Draw the board that `make` makes.

    Raises UsageError where it cannot be drawn; `small` gives a question that can, "" for none,
    and `otherwise` says what to do then.
    """
    from convcalc.report.drawing.boards import BoardError

    try:
        draw(make(), path, theme, force=force)
    except BoardError as error:
        question = "" if error.help else small()
        asked = f"write {question} --plot {quote(visible(path))}" if question else otherwise
        help = error.help or asked
        raise unfit(f"--plot cannot draw it: {error}", help) from None
