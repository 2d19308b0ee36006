"""Boards: grids of cells side by side, on which something moves step by step.

A `Board` has panels, a panel grids, a grid cells and cursors: marked cells that stand somewhere
else at every step. SVG plays the steps, HTML goes through them one by one, and PNG has some of
them side by side (`report.drawing.render`).
"""

from __future__ import annotations

from convcalc.report.drawing.boards.grids import (
    Board,
    BoardError,
    Cell,
    Cursor,
    Grid,
    Mark,
    Panel,
    Tap,
)

__all__ = [
    "Board",
    "BoardError",
    "Cell",
    "Cursor",
    "Grid",
    "Mark",
    "Panel",
    "Tap",
]
