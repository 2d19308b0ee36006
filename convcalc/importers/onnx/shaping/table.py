"""The shape rules by operation."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from convcalc.core.shapes import Shape
from convcalc.importers.model import Declared
from convcalc.importers.onnx.use import Use

# Of each output, None for one that is not known.
Shapes = Sequence[Shape | None]
ShapeRule = Callable[[Use], Shapes]
SHAPES: dict[str, ShapeRule] = {}


def as_stated(use: Use, stated: Declared | None) -> Shape | None:
    """A shape that the file states, for one sample; None for none, or where sizes were changed."""
    if use.builder.listing.is_changed or stated is None:
        return None
    if any(not isinstance(size, int) for size in stated[1:]):
        return None
    # Open at the front is the batch, of which there is one here.
    sizes = tuple(size if isinstance(size, int) else 1 for size in stated)
    return use.walk.of_one_sample(sizes)


def shape(*ops: str) -> Callable[[ShapeRule], ShapeRule]:
    """The shape rule of these operations."""

    def kept(function: ShapeRule) -> ShapeRule:
        SHAPES.update(dict.fromkeys(ops, function))
        return function

    return kept
