"""An answer as parts, before it is known how it is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from convcalc.report.table import Table


class Title(NamedTuple):
    """What the answer is, or is about: a heading, and what goes with it on the same line."""

    text: str
    rest: tuple[str, ...] = ()


class Prose(NamedTuple):
    """A sentence, folded at the terminal's width; `color` holds SGR codes.

    Several `texts` are parts of one line.
    """

    texts: tuple[str, ...]
    color: str = ""
    indent: int = 0


class Notes(NamedTuple):
    """Labels, and beside each what is said of it; a label is "" where the last one goes on.

    `room` are the least cells that a label has, with the gap behind it; `colors` holds SGR codes
    by label.
    """

    entries: tuple[tuple[str, str], ...]
    indent: int = 0
    title: str = ""
    room: int = 0
    colors: Mapping[str, str] = {}


class Drawing(NamedTuple):
    """Lines that stand as they are."""

    lines: tuple[str, ...]
    title: str = ""


Part = Title | Prose | Notes | Drawing | Table


def read_as(reading: str) -> tuple[Part, ...]:
    """How a size was read, as a part of the answer; none where there was no choice."""
    return (Prose((reading,), indent=2),) if reading else ()


@dataclass(frozen=True, slots=True)
class Page:
    """The parts of an answer in their order.

    `main` is the table that CSV holds; the first one unless given. `room` are the characters that
    a place for Markdown takes; None for any number.
    """

    parts: tuple[Part, ...]
    main: Table | None = None
    room: int | None = None

    @property
    def rows(self) -> Table:
        """The table that machines get."""
        if self.main is not None:
            return self.main
        return next(part for part in self.parts if isinstance(part, Table))
