"""`--plot FILE`: a picture beside the answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, cast

from convcalc.cli import options
from convcalc.core.text import visible

if TYPE_CHECKING:
    from convcalc.report.drawing import Picture, Theme

THEMES = ("auto", "light", "dark")


class Plot(NamedTuple):
    """Where a picture goes, and how it is to look."""

    path: str
    format: str
    theme: str
    force: bool

    def write(self, picture: Picture) -> None:
        """Write the picture and say so. Raises WriteError where it cannot be written."""
        from convcalc.cli.streams import say
        from convcalc.cli.writing import write_file
        from convcalc.report.drawing import render

        theme = cast("Theme", self.theme)
        write_file(self.path, render(picture, self.format, theme), self.force)
        say(f"wrote {visible(self.path)}\n")


def plot(path: str | None, theme: str, force: bool, formats: Sequence[str]) -> Plot | None:
    """The words of --plot and its company; None without --plot."""
    options.one_of(theme, THEMES, "--theme")
    if path is None:
        return None
    from convcalc.report.drawing import format_of

    format = format_of(path)
    if format is None or format not in formats:
        names = ", ".join(f".{name}" for name in formats[:-1])
        raise options.bad(
            f"`{visible(path)}` is no picture", f"name it {names} or .{formats[-1]}", "--plot"
        )
    return Plot(path, format, theme, force)
