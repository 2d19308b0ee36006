"""A board on one sheet: its panels below each other, playing; or frames of them side by side."""

from __future__ import annotations

from dataclasses import replace

from convcalc.report.drawing.boards.drawn_panel import (
    WIDTH,
    Drawn,
    below,
    drawn_panel,
    frame,
    head,
    legend,
    width_of,
)
from convcalc.report.drawing.boards.grids import Board, Panel
from convcalc.report.drawing.canvas import Group, Picture, Shape, Spot, Text, line, moved
from convcalc.report.drawing.palette import GRID, MUTED

_MARGIN, _BETWEEN = 40.0, 34.0
_FRAMES = 6


def playing(board: Board) -> Picture:
    """All panels below each other, each going through its steps. Raises BoardError."""
    width = width_of(board.panels)
    return _stacked(board, [drawn_panel(panel, width) for panel in board.panels], width)


def single(board: Board, panel: Panel) -> Picture:
    """One panel alone, without captions, which a page has as text. Raises BoardError."""
    width = width_of(board.panels)
    drawn = drawn_panel(panel, width, has_captions=False)
    shapes = (Group(drawn.shapes, (Spot(8, 8),)),)
    title = f"{board.title}: {panel.title}"
    return Picture(title, board.description, round(width + 16), round(drawn.height + 16), shapes)


def storyboard(board: Board) -> Picture:
    """All panels below each other, each as a few of its steps. Raises BoardError."""
    return _stacked(board, [_frames(panel) for panel in board.panels], WIDTH)


def _stacked(board: Board, panels: list[Drawn], across: float) -> Picture:
    shapes: list[Shape] = []
    y = _MARGIN
    for number, drawn in enumerate(panels):
        if number:
            y += _BETWEEN
            shapes.append(line(_MARGIN, y - 8, _MARGIN + across, y - 8, GRID))
            y += 14
        shapes.append(Group(drawn.shapes, (Spot(_MARGIN, y),)))
        y += drawn.height
    width, height = round(across + 2 * _MARGIN), round(y + _MARGIN)
    return Picture(board.title, board.description, width, height, tuple(shapes))


def chosen_steps(panel: Panel) -> tuple[int, ...]:
    """Six steps at most: the first two, the first of another row, the last two, the still one."""
    steps = len(panel.captions)
    if steps <= _FRAMES:
        return tuple(range(steps))
    wanted = {0, 1, panel.wrap or steps // 3, panel.still, steps - 2, steps - 1}
    return tuple(sorted(wanted))


def _frames(panel: Panel) -> Drawn:
    steps = chosen_steps(panel)
    if len(steps) < 2:
        return drawn_panel(panel)
    # Raises BoardError for what a picture that plays would not show either.
    drawn_panel(panel)
    across = 3 if panel.cells_across <= 24 else 2 if panel.cells_across <= 48 else 1
    room = (WIDTH - (across - 1) * _BETWEEN) / across
    rows = [
        _beside([_step(panel, step, room) for step in steps[at : at + across]], room)
        for at in range(0, len(steps), across)
    ]
    return below([head(panel), below(rows, _BETWEEN), legend(panel)], 20)


def _step(panel: Panel, step: int, room: float) -> Drawn:
    drawn = frame(replace(panel, still=step), room)
    count = Text(0, 12, f"step {step + 1} of {len(panel.captions)}", 12, MUTED)
    return below([Drawn((count,), 16), drawn], 6)


def _beside(parts: list[Drawn], room: float) -> Drawn:
    shapes = tuple(
        moved(shape, Spot(at * (room + _BETWEEN), 0))
        for at, part in enumerate(parts)
        for shape in part.shapes
    )
    return Drawn(shapes, max(part.height for part in parts))
