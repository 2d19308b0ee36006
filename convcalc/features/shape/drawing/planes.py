"""Two axes of a layer as one plane of cells: its steps, and what is read at each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from typing import NamedTuple

from convcalc.features.shape.drawing.axis_cells import NO_AXIS, AxisCells, common
from convcalc.report.drawing.boards import Cell, Mark, Tap
from convcalc.shorthand.axis import Axis

# A place on a plane: row and column, row 0 of a sequence.
Spot = tuple[int, int]


class Read(NamedTuple):
    """What a tap reads, or is stamped on: the weight, the pixel (None outside), the cell's mark."""

    weight: Spot
    pixel: Spot | None
    mark: Mark


class Plane(NamedTuple):
    """Rows and columns; a sequence is a plane of one row."""

    rows: AxisCells
    columns: AxisCells
    is_line: bool

    @property
    def steps(self) -> tuple[Spot, ...]:
        """The steps in reading order."""
        return tuple(product(range(len(self.rows.starts)), range(len(self.columns.starts))))

    @property
    def places(self) -> tuple[Spot, ...]:
        """The cell under the first tap at each step."""
        return tuple((self.rows.starts[row], self.columns.starts[col]) for row, col in self.steps)

    @property
    def middle(self) -> int:
        """The step in the middle of the plane."""
        rows, columns = len(self.rows.starts), len(self.columns.starts)
        return rows // 2 * columns + columns // 2

    @property
    def wrap(self) -> int:
        """The first step of another row."""
        return 0 if self.is_line else len(self.columns.starts)

    def cells(
        self, signs: Mapping[Mark, str], texts: Mapping[Spot, str]
    ) -> tuple[tuple[Cell, ...], ...]:
        """Every cell: its mark, with the pixel's text, or the sign of its mark."""
        return tuple(
            tuple(
                self._cell(row, column, signs, texts) for column in range(len(self.columns.marks))
            )
            for row in range(len(self.rows.marks))
        )

    def _cell(
        self, row: int, column: int, signs: Mapping[Mark, str], texts: Mapping[Spot, str]
    ) -> Cell:
        mark = self.mark(row, column)
        pixel = self.pixel(row, column)
        if pixel is None:
            return Cell(mark, signs.get(mark, ""))
        return Cell(mark, texts.get(pixel, signs.get(mark, "") if mark == "extra" else ""))

    def mark(self, row: int, column: int) -> Mark:
        """What a cell is."""
        if self.is_line:
            return self.columns.marks[column]
        return common(self.rows.marks[row], self.columns.marks[column])

    def pixel(self, row: int, column: int) -> Spot | None:
        """The pixel in a cell, None where there is none."""
        at, across = self.rows.pixels[row], self.columns.pixels[column]
        return None if at is None or across is None else (at, across)

    def taps(self, weights: Mapping[Spot, str]) -> tuple[Tap, ...]:
        """The kernel's taps from its first one, with their weights."""
        return tuple(
            Tap(row, column, weights.get((down, across), ""))
            for (row, down), (column, across) in product(
                zip(self.rows.taps, self.rows.weights, strict=True),
                zip(self.columns.taps, self.columns.weights, strict=True),
            )
        )

    @property
    def weight_names(self) -> dict[Spot, str]:
        """The weights by their places, as `w02`; none where a place has several digits."""
        rows, columns = max(self.rows.weights), max(self.columns.weights)
        if max(rows, columns) > 9:
            return {}
        return {
            (row, column): f"w{column}" if self.is_line else f"w{row}{column}"
            for row, column in product(range(rows + 1), range(columns + 1))
        }

    def reads(self, step: Spot) -> Iterator[Read]:
        """What each tap meets at a step."""
        top, left = self.rows.starts[step[0]], self.columns.starts[step[1]]
        for (row, down), (column, across) in product(
            zip(self.rows.taps, self.rows.weights, strict=True),
            zip(self.columns.taps, self.columns.weights, strict=True),
        ):
            cell = (top + row, left + column)
            yield Read((down, across), self.pixel(*cell), self.mark(*cell))

    def name(self, letter: str, place: Spot) -> str:
        """A number's name, `x[0,1]`, or `x[1]` of a sequence."""
        return f"{letter}[{place[1]}]" if self.is_line else f"{letter}[{place[0]},{place[1]}]"


def plane_of(axes: Sequence[Axis], cells: Callable[[Axis], AxisCells]) -> Plane:
    """One or two axes as a plane."""
    found = [cells(axis) for axis in axes]
    return Plane(NO_AXIS, found[0], True) if len(found) == 1 else Plane(found[0], found[1], False)
