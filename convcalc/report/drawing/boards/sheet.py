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
    largest_cell,
    legend,
    width_of,
)
from convcalc.report.drawing.boards.grids import Board, Panel
from convcalc.report.drawing.canvas import Group, Picture, Shape, Spot, Text, line, moved
from convcalc.report.drawing.palette import GRID, MUTED

_MARGIN, _BETWEEN = 40.0, 34.0
# Cells of frames that stand side by side, in pixels.
_LEGIBLE = 12.0


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


def chosen_steps(panel: Panel, most: int = 6) -> tuple[int, ...]:
    """As many steps in order: the still one, the ends, the first of another row, their neighbours.

    >>> from convcalc.report.drawing.boards import Panel
    >>> panel = Panel("", (), (), (), captions=("",) * 40, still=22, wrap=8)
    >>> chosen_steps(panel), chosen_steps(panel, 3)
    ((0, 1, 8, 22, 38, 39), (0, 22, 39))
    """
    steps = len(panel.captions)
    if steps <= most:
        return tuple(range(steps))
    wanted = (panel.still, 0, steps - 1, panel.wrap or steps // 3, 1, steps - 2)
    return tuple(sorted(set(wanted[:most])))


def _frames(panel: Panel) -> Drawn:
    # Raises BoardError for what a picture that plays would not show either.
    drawn_panel(panel, has_captions=False)
    across = next((count for count in (3, 2) if _is_legible(panel, _room(count))), 1)
    steps = chosen_steps(panel, 2 * across + (across == 1))
    if len(steps) < 2:
        return drawn_panel(panel)
    room = _room(across)
    rows = [
        _beside([_step(panel, step, room) for step in steps[at : at + across]], room)
        for at in range(0, len(steps), across)
    ]
    return below([head(panel), below(rows, _BETWEEN), legend(panel)], 20)


def _room(across: int) -> float:
    """Pixels for each of so many frames side by side."""
    return (WIDTH - (across - 1) * _BETWEEN) / across


def _is_legible(panel: Panel, room: float) -> bool:
    return largest_cell(panel, room) >= _LEGIBLE


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
