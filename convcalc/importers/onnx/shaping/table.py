"""The shape rules by operation."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from convcalc.core.shapes import Shape
from convcalc.importers.onnx.use import Use

# Of each output, None for one that is not known.
Shapes = Sequence[Shape | None]
ShapeRule = Callable[[Use], Shapes]
SHAPES: dict[str, ShapeRule] = {}


def shape(*ops: str) -> Callable[[ShapeRule], ShapeRule]:
    """The shape rule of these operations."""

    def kept(function: ShapeRule) -> ShapeRule:
        SHAPES.update(dict.fromkeys(ops, function))
        return function

    return kept
