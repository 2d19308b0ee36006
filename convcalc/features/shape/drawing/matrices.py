"""Panels of matrices: im2col beside the input, and y = C x with the weights' places coloured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from convcalc.features.shape.drawing.layer_panels import Subject, captions, read_grids
from convcalc.features.shape.drawing.planes import Spot
from convcalc.report.drawing.boards import Cell, Cursor, Grid, Panel, Tap


@dataclass(frozen=True, slots=True)
class MatrixNumbers:
    """y = C x: the entries of C, "" for zeros, x and y, as texts, and the names of both.

    `tints` puts entries of one weight together: 0 for none.
    """

    entries: tuple[tuple[str, ...], ...]
    tints: tuple[tuple[int, ...], ...]
    x: tuple[str, ...]
    y: tuple[str, ...]
    row_names: tuple[str, ...]
    column_names: tuple[str, ...]
    captions: tuple[str, ...]


def matrix_panel(
    title: str, notes: tuple[str, ...], names: tuple[str, str, str], numbers: MatrixNumbers
) -> Panel:
    """C · x = y, a row at a time; `names` are those of the three."""
    rows = tuple(
        tuple(
            Cell("value" if text else "nothing", text, tint if text else 0)
            for text, tint in zip(texts, tints, strict=True)
        )
        for texts, tints in zip(numbers.entries, numbers.tints, strict=True)
    )
    steps = tuple((at, 0) for at in range(len(rows)))
    row = Cursor(tuple(Tap(0, at) for at in range(len(numbers.x))), steps, "row")
    matrix = Grid(names[0], rows, (row,), numbers.row_names, numbers.column_names)
    x = Grid(names[1], tuple((Cell("value", text),) for text in numbers.x))
    made = Cursor((Tap(0, 0),), steps, "result")
    y = Grid(names[2], tuple((Cell("result", text),) for text in numbers.y), (made,))
    middle = len(rows) // 2
    return Panel(title, notes, ((matrix,), (x,), (y,)), ("·", "="), numbers.captions, middle)


def tints_of(weights: Sequence[Sequence[object]]) -> tuple[tuple[int, ...], ...]:
    """A tint for each different weight, from 1 in the order of rows; 0 for None.

    >>> tints_of([["a", None], ["b", "a"]])
    ((1, 0), (2, 1))
    """
    numbers: dict[object, int] = {None: 0}
    return tuple(tuple(numbers.setdefault(one, len(numbers)) for one in row) for row in weights)


def im2col_panel(subject: Subject) -> Panel:
    """The windows of a layer as the rows of a matrix, each beside the window that it is."""
    numbers, plane = subject.numbers, subject.plane
    is_sum = subject.form == "sum"
    texts = numbers.read
    steps = plane.steps
    rows = tuple(
        tuple(
            cell
            for number, one in enumerate(texts)
            for cell in _row(subject, step, one, len(texts) > 1, number)
        )
        for step in steps
    )
    at = tuple((row, 0) for row in range(len(rows)))
    row = Cursor(tuple(Tap(0, column) for column in range(len(rows[0]))), at, "row")
    made = tuple((Cell("result", numbers.made.get(step, "")),) for step in steps)
    y = Grid(numbers.name, made, (Cursor((Tap(0, 0),), at, "result"),))
    matrix = Grid("windows", rows, (row,), tuple(plane.name("y", step) for step in steps))
    columns: list[tuple[Grid, ...]] = [tuple(read_grids(subject)), (matrix,)]
    signs = ["→"]
    if is_sum:
        columns.append((Grid("kernel w", _weights(subject)),))
        signs.append("·")
    title = f"{subject.text} as im2col: a row for each window, a column for each tap"
    notes = (f"{len(rows)} windows of {len(rows[0])} numbers: {len(rows)}x{len(rows[0])}",)
    return Panel(
        title,
        notes,
        (*columns, (y,)),
        (*signs, "="),
        tuple(captions(subject)),
        plane.middle,
        plane.wrap,
    )


def _row(
    subject: Subject, step: Spot, texts: Mapping[Spot, str], is_one_of: bool, number: int
) -> list[Cell]:
    plane, signs = subject.plane, subject.signs
    letter = f"x{number}" if is_one_of else "x"
    cells = []
    for read in plane.reads(step):
        if read.pixel is None:
            cells.append(Cell(read.mark, signs.get(read.mark, "")))
        else:
            text = texts.get(read.pixel) or plane.name(letter, read.pixel)
            cells.append(Cell("padding" if read.mark == "padding" else "value", text))
    return cells


def _weights(subject: Subject) -> tuple[tuple[Cell, ...], ...]:
    """The kernels as one column, in the order of the taps."""
    plane = subject.plane
    return tuple(
        (Cell("nothing", tap.text or plane.weight_names.get(weight, "")),)
        for kernel in subject.numbers.kernels
        for tap, weight in zip(
            plane.taps(kernel), (read.weight for read in plane.reads(plane.steps[0])), strict=True
        )
    )
