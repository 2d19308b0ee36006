"""What a board shows, as frozen values: no place on the picture, no colour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

# What a cell is. `value` is a number that was there before, `result` one that is made; the others
# are what a layer adds to its input, cuts off or leaves alone.
Mark = Literal[
    "value", "result", "padding", "inserted", "extra", "beyond", "unread", "cut", "nothing"
]
MARKS: dict[Mark, str] = {
    "padding": "padding",
    "inserted": "zero put between two inputs",
    "extra": "a: output padding",
    "beyond": "outside: the last window sticks out",
    "unread": "no window reads it",
    "cut": "cut off",
}
Place = tuple[int, int]


class BoardError(ValueError):
    """A board that nobody could read; `help` says what can be drawn."""

    def __init__(self, message: str, help: str = "") -> None:
        self.help = help
        super().__init__(message)


class Cell(NamedTuple):
    """A cell of a grid; cells of one `tint` above 0 belong together."""

    mark: Mark
    text: str = ""
    tint: int = 0


class Tap(NamedTuple):
    """A cell of a cursor, counted from its place, with a small text in its corner."""

    row: int
    column: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class Cursor:
    """Cells that are marked together: where, at each step; None where they are not seen.

    `look` is "kernel" for what reads, "result" for what is made, "winner" for what is picked,
    "row" for a frame around all of them.
    """

    taps: tuple[Tap, ...]
    places: tuple[Place | None, ...]
    look: Literal["kernel", "result", "winner", "row"] = "kernel"


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows of cells below a title; rows and columns may have names."""

    title: str
    rows: tuple[tuple[Cell, ...], ...]
    cursors: tuple[Cursor, ...] = ()
    row_names: tuple[str, ...] = ()
    column_names: tuple[str, ...] = ()

    @property
    def width(self) -> int:
        """Its columns."""
        return max(map(len, self.rows), default=0)


@dataclass(frozen=True, slots=True)
class Panel:
    """Grids from left to right, those of a column below each other, and what moves on them.

    `signs` stand between the columns. `captions` say what happens at each step; `still` is the
    step that is shown where nothing moves, `wrap` the first step of another row.
    """

    title: str
    notes: tuple[str, ...]
    columns: tuple[tuple[Grid, ...], ...]
    signs: tuple[str, ...]
    captions: tuple[str, ...] = ()
    still: int = 0
    wrap: int = 0

    @property
    def cells_across(self) -> int:
        """Cells of its grids side by side."""
        return sum(max(grid.width for grid in grids) for grids in self.columns)

    @property
    def cells_down(self) -> int:
        """Cells of its highest column of grids."""
        return max(sum(len(grid.rows) for grid in grids) for grids in self.columns)

    @property
    def marks(self) -> tuple[Mark, ...]:
        """The marks that need a word, in the order of MARKS."""
        seen = {
            cell.mark for grids in self.columns for grid in grids for row in grid.rows
            for cell in row
        }  # fmt: skip
        return tuple(mark for mark in MARKS if mark in seen)


@dataclass(frozen=True, slots=True)
class Board:
    """A whole picture; `title` and `description` say what it shows to who cannot see it."""

    title: str
    description: str
    panels: tuple[Panel, ...]
