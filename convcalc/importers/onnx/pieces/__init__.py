"""Layers that exporters take to pieces, found again: functions, norms, attention, moves."""

from convcalc.importers.onnx.pieces import (
    functions,
    joined_attention,
    norms,
    phases,
    rolls,
    sequences,
)
from convcalc.importers.onnx.pieces.finding import Pieces

__all__ = ["Pieces", "functions", "joined_attention", "norms", "phases", "rolls", "sequences"]
