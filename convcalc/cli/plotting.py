"""`--plot FILE`: a picture beside the answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

from convcalc.cli.declared import Option, Switch
from convcalc.cli.usage import bad
from convcalc.core.text import listed, visible

if TYPE_CHECKING:
    from convcalc.report.drawing import Picture
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
Force = Annotated[bool, Switch("Let --plot overwrite a file that exists.")]


def draw(picture: Picture, path: str, theme: ThemeName, *, force: bool) -> None:
    """Write the picture and say so. Raises WriteError where it cannot be written."""
    from convcalc.cli.output_file import write_file
    from convcalc.cli.streams import say
    from convcalc.report.drawing import format_of, render

    write_file(path, render(picture, format_of(path) or "", theme), force)
    say(f"wrote {visible(path)}\n")
