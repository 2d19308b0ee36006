"""Layers that exporters take to pieces, found again: functions, dense layers, norms, attention."""

from convcalc.importers.onnx.pieces import functions, joined_attention, norms, sequences
from convcalc.importers.onnx.pieces.finding import Pieces

__all__ = ["Pieces", "functions", "joined_attention", "norms", "sequences"]
