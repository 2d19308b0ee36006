"""A grid as shapes: its cells told apart by more than colour, and its cursors as groups."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from convcalc.report.drawing.boards.grids import Cell, Cursor, Grid, Mark, Place
from convcalc.report.drawing.canvas import Box, Group, Hatch, Rect, Shape, Spot, Text, line
from convcalc.report.drawing.palette import GRID, INK, MUTED, SURFACE, Role, accent
from convcalc.report.drawing.text_width import fitted, text_width

VALUE, KERNEL, RESULT, EXTRA = accent(0), accent(1), accent(2), accent(3)
# Cells with strokes, and those whose letters are not plain ink.
_HATCHED: dict[Mark, Role] = {"padding": MUTED, "extra": EXTRA}
_LETTERED: dict[Mark, Role] = {**_HATCHED, "inserted": MUTED}
# A title above each grid, and names of rows or columns.
TITLE, NAME, LARGEST = 15.0, 11.0, 15.0
TITLE_ROOM, NAME_ROOM = 24.0, 18.0
# Below this size of a cell, texts are left out.
_LEGIBLE = 14.0
# The share of a cell's height by which its text gives way to the weights over it.
_LIFTED = 0.12
_WIDEST_TITLE = 240.0


class Size(NamedTuple):
    """Pixels of a cell, across and down."""

    wide: float
    high: float


def grid_box(grid: Grid, size: Size) -> Size:
    """Pixels that a grid takes with its title and names."""
    width = names_room(grid) + grid.width * size.wide
    high = head_room(grid) + len(grid.rows) * size.high
    return Size(max(width, text_width(_title(grid), TITLE, bold=True)), high)


def _title(grid: Grid) -> str:
    return fitted(grid.title, _WIDEST_TITLE, TITLE, bold=True)


def head_room(grid: Grid) -> float:
    """Pixels above the cells, for the title and the names of the columns."""
    return TITLE_ROOM + (NAME_ROOM if grid.column_names else 0)


def names_room(grid: Grid) -> float:
    """Pixels to the left of the cells, for the names of the rows."""
    return max((text_width(name, NAME) + 8 for name in grid.row_names), default=0.0)


def drawn_grid(grid: Grid, corner: Spot, size: Size, still: int) -> Iterator[Shape]:
    """The grid with its upper left corner at `corner`, cursors above the cells."""
    title = _title(grid)
    yield Text(corner.x, corner.y + TITLE, title, TITLE, INK, bold=True, title=grid.title)
    x, y = corner.x + names_room(grid), corner.y + head_room(grid)
    for at, name in enumerate(grid.column_names):
        if text_width(name, NAME) < size.wide:
            place = x + (at + 0.5) * size.wide
            yield Text(place, y - 6, name, NAME, MUTED, "middle")
    for at, name in enumerate(grid.row_names if size.high >= NAME else ()):
        middle = y + (at + 0.5) * size.high + 0.35 * NAME
        yield Text(x - 6, middle, name, NAME, MUTED, "end")
    is_shared = any(tap.text for cursor in grid.cursors for tap in cursor.taps)
    for row, cells in enumerate(grid.rows):
        for column, cell in enumerate(cells):
            box = Box(x + column * size.wide, y + row * size.high, *size)
            yield from drawn_cell(cell, box, is_shared)
    for cursor in grid.cursors:
        yield drawn_cursor(cursor, Spot(x, y), size, still)


def drawn_cell(cell: Cell, box: Box, is_shared: bool = False) -> Iterator[Shape]:
    """A cell: filled where it has a value, hatched, dashed or crossed where it has none.

    Where it `is_shared` with the weights of a kernel, which stand at the bottom, its text is above.
    """
    yield from _ground(cell, box)
    if cell.text and box.height >= _LEGIBLE:
        yield from _text(cell, box, -_LIFTED * box.height if is_shared else 0.0)


def _ground(cell: Cell, box: Box) -> Iterator[Shape]:
    if cell.tint:
        yield Rect(box, accent(cell.tint - 1), MUTED, 1, 0.3)
        return
    fills: dict[Mark, Role] = {"value": VALUE, "unread": VALUE, "result": RESULT, "extra": EXTRA}
    fill = fills.get(cell.mark)
    is_dashed = cell.mark in ("padding", "inserted", "beyond", "cut")
    stroke = GRID if cell.mark == "nothing" else MUTED
    yield Rect(box, fill, stroke, 1, 0.16, dash=is_dashed)
    if cell.mark in _HATCHED:
        yield Hatch(box, _HATCHED[cell.mark], gap=9)
    if cell.mark in ("unread", "cut"):
        yield line(box.x, box.y, box.right, box.bottom, MUTED)
    if cell.mark == "cut":
        yield line(box.x, box.bottom, box.right, box.y, MUTED)


def _text(cell: Cell, box: Box, moved: float) -> Iterator[Shape]:
    size = text_size(box, cell.text)
    role = _LETTERED.get(cell.mark, INK)
    base = box.middle.y + 0.36 * size + moved
    text = Text(box.middle.x, base, cell.text, size, role, "middle", role == EXTRA)
    if cell.mark in _HATCHED:
        # Strokes behind a letter would make another letter of it.
        yield Rect(_around(text.box), SURFACE)
    yield text


def _around(box: Box) -> Box:
    return Box(box.x - 1.5, box.y, box.width + 3, box.height)


def text_size(box: Box, text: str) -> float:
    """The size of the letters of a text in a cell."""
    size = min(LARGEST, 0.45 * box.height)
    wide = text_width(text, size)
    return size if wide <= box.width - 4 else size * (box.width - 4) / wide


def drawn_cursor(cursor: Cursor, corner: Spot, size: Size, still: int) -> Group:
    """The cursor as a group that stands at its place of each step."""
    shapes: list[Shape] = []
    role = RESULT if cursor.look == "result" else KERNEL
    boxes = [
        Box(tap.column * size.wide, tap.row * size.high, *size).moved(corner) for tap in cursor.taps
    ]
    low, high = boxes[0], boxes[-1]
    span = Box(low.x, low.y, high.right - low.x, high.bottom - low.y)
    places = tuple(None if place is None else _spot(place, size) for place in cursor.places)
    if cursor.look == "row":
        return Group((Rect(span, None, role, 4),), places, still)
    if _has_gaps(cursor):
        shapes.append(Rect(span, None, role, 2, dash=True))
    fill = None if cursor.look == "winner" else role
    width = 4 if cursor.look == "winner" else 2
    for tap, box in zip(cursor.taps, boxes, strict=True):
        shapes.append(Rect(box, fill, role, width, 0.32))
        small = min(11.0, 0.3 * size.high)
        if tap.text and small >= 6 and text_width(tap.text, small, bold=True) <= size.wide - 4:
            text = Text(box.right - 3, box.bottom - 3, tap.text, small, INK, "end", bold=True)
            shapes.append(text)
    return Group(tuple(shapes), places, still)


def _has_gaps(cursor: Cursor) -> bool:
    rows, columns = {tap.row for tap in cursor.taps}, {tap.column for tap in cursor.taps}
    covered = (max(rows) - min(rows) + 1) * (max(columns) - min(columns) + 1)
    return covered > len(cursor.taps)


def _spot(place: Place, size: Size) -> Spot:
    return Spot(place[1] * size.wide, place[0] * size.high)
