"""A panel as shapes: a head, its grids from left to right, a legend, and captions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from convcalc.report.drawing.boards.drawn_grid import (
    Size,
    drawn_cell,
    drawn_grid,
    grid_box,
    head_room,
    names_room,
)
from convcalc.report.drawing.boards.grids import MARKS, BoardError, Cell, Panel
from convcalc.report.drawing.canvas import Box, Group, Shape, Spot, Text, moved
from convcalc.report.drawing.palette import INK, MUTED
from convcalc.report.drawing.text_width import text_width, wrapped

# The widest panel, and the narrowest, whose notes still have room.
WIDTH, _NARROW = 1120.0, 700.0
MOST_STEPS = 400
# The largest and the smallest cell, that of a frame, and the highest column of grids.
_LARGE, _SMALL, _FRAME, _TALL = 46.0, 13.0, 5.0, 900.0
_GAP, _BELOW = 58.0, 16.0
_LINE, _TITLE, _TEXT, _SMALL_TEXT = 22.0, 18.0, 15.0, 13.0
# More lines of a sum are read by nobody.
_MOST_LINES = 4


class Drawn(NamedTuple):
    """Shapes from (0, 0), and the room that they take downwards."""

    shapes: tuple[Shape, ...]
    height: float


def below(parts: list[Drawn], gap: float) -> Drawn:
    """Parts below each other."""
    shapes: list[Shape] = []
    y = 0.0
    for part in parts:
        if part.shapes:
            shapes += (moved(shape, Spot(0, y)) for shape in part.shapes)
            y += part.height + gap
    return Drawn(tuple(shapes), max(0.0, y - gap))


def width_of(panels: Sequence[Panel]) -> float:
    """What panels below each other take across, as far as there is room."""
    wanted = (_across(panel, _LARGE) for panel in panels)
    return max(_NARROW, min(WIDTH, max(wanted)))


def drawn_panel(panel: Panel, width: float = WIDTH, has_captions: bool = True) -> Drawn:
    """The whole panel, playing its steps. Raises BoardError where it cannot be read."""
    parts = [head(panel, width), _grids(panel, width, _SMALL), legend(panel, width)]
    if has_captions and panel.captions:
        parts.append(_captions(panel, width))
    return below(parts, 16)


def frame(panel: Panel, width: float) -> Drawn:
    """The panel as it stands still, within `width`: its grids, and the caption of the step."""
    lines = _caption_lines(panel.captions[panel.still], width, _SMALL_TEXT)
    return below([_grids(panel, width, _FRAME), _lines(lines, _SMALL_TEXT)], 6)


def head(panel: Panel, width: float = WIDTH) -> Drawn:
    """The title and the notes."""
    # Bold letters are wider.
    titles = wrapped(panel.title, 0.94 * width, _TITLE)
    shapes: list[Shape] = [
        Text(0, (at + 1) * (_TITLE + 4) - 4, text, _TITLE, INK, bold=True)
        for at, text in enumerate(titles)
    ]
    y = len(titles) * (_TITLE + 4)
    for note in panel.notes:
        for text in wrapped(note, width, _TEXT):
            y += _LINE
            shapes.append(Text(0, y, text, _TEXT, MUTED))
    return Drawn(tuple(shapes), y + 4)


def legend(panel: Panel, width: float = WIDTH) -> Drawn:
    """A sample of each mark with its words, in lines."""
    shapes: list[Shape] = []
    x = y = 0.0
    for mark in panel.marks:
        words = MARKS[mark]
        wide = 52 + text_width(words, _TEXT)
        if x and x + wide > width:
            x, y = 0.0, y + 26
        shapes += drawn_cell(Cell(mark), Box(x, y, 18, 18))
        shapes.append(Text(x + 26, y + 14, words, _TEXT, MUTED))
        x += wide
    return Drawn(tuple(shapes), y + 20)


def _grids(panel: Panel, width: float, least: float) -> Drawn:
    size = _cell_size(panel, width, least)
    shapes: list[Shape] = []
    x = bottom = 0.0
    top = max(head_room(grid) for grids in panel.columns for grid in grids)
    for at, grids in enumerate(panel.columns):
        boxes = [grid_box(grid, size) for grid in grids]
        y = 0.0
        for grid, box in zip(grids, boxes, strict=True):
            shapes += drawn_grid(grid, Spot(x, y), size, panel.still)
            y += box.high + _BELOW
        bottom = max(bottom, y - _BELOW)
        x += max(box.wide for box in boxes)
        if at < len(panel.signs):
            least = min(len(one[0].rows) for one in panel.columns[at : at + 2])
            middle = top + least * size.high / 2
            sign = Text(x + _GAP / 2, middle + 8, panel.signs[at], 24, MUTED, "middle", bold=True)
            shapes.append(sign)
        x += _GAP
    return Drawn(tuple(shapes), bottom)


def _fixed(panel: Panel) -> float:
    """Pixels across that are no cells."""
    names = sum(max(map(names_room, grids)) for grids in panel.columns)
    return names + _GAP * (len(panel.columns) - 1)


def _cell_size(panel: Panel, width: float, least: float) -> Size:
    across, down = panel.cells_across, panel.cells_down
    size = largest_cell(panel, width)
    if size < least:
        most = (int((width - _fixed(panel)) / least), int(_TALL / least))
        raise BoardError(
            f"its picture would be {across} cells wide and {down} high; {most[0]} by {most[1]} can "
            "be told apart"
        )
    if len(panel.captions) > MOST_STEPS:
        steps = f"{len(panel.captions):,} steps"
        raise BoardError(f"its picture would have {steps}; {MOST_STEPS} at most are drawn")
    cells = (cell for grids in panel.columns for grid in grids for row in grid.rows for cell in row)
    wanted = max((text_width(cell.text, 9.0) + 4 for cell in cells if cell.text), default=0.0)
    return Size(max(size, min(wanted, (width - _fixed(panel)) / across)), size)


def largest_cell(panel: Panel, width: float) -> float:
    """The largest cell with which the grids and their titles fit into `width`."""
    size = min(_LARGE, (width - _fixed(panel)) / panel.cells_across, _TALL / panel.cells_down)
    # Edges on whole pixels of a PNG, which are sharp and quickly drawn.
    size = int(2 * size) / 2
    while size > 1 and _across(panel, size) > width:
        size -= 0.5
    return size


def _across(panel: Panel, size: float) -> float:
    """Pixels that the grids take with cells of this size."""
    cell = Size(size, size)
    boxes = (max(grid_box(grid, cell).wide for grid in grids) for grids in panel.columns)
    return sum(boxes) + _GAP * (len(panel.columns) - 1)


def _captions(panel: Panel, width: float) -> Drawn:
    """What happens at each step, each seen at its own."""
    parts = [_lines(_caption_lines(text, width, _TEXT), _TEXT) for text in panel.captions]
    steps = range(len(parts))
    groups = (
        Group(part.shapes, tuple(Spot(0, 0) if step == at else None for step in steps), panel.still)
        for at, part in enumerate(parts)
    )
    return Drawn(tuple(groups), max(part.height for part in parts))


def _lines(texts: list[str], size: float) -> Drawn:
    line = size + 7
    shapes = (Text(0, (at + 1) * line - 6, text, size, INK) for at, text in enumerate(texts))
    return Drawn(tuple(shapes), len(texts) * line)


def _caption_lines(text: str, width: float, size: float) -> list[str]:
    lines = wrapped(text, width, size)
    if len(lines) <= _MOST_LINES:
        return lines
    start, _, rest = text.partition(" = ")
    return wrapped(f"{start} = … = {rest.rpartition(' = ')[2]}", width, size)
