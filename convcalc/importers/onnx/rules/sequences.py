"""Tensors of sequences that stand in the file: SequenceAt, ConcatFromSequence."""

from __future__ import annotations

from convcalc.core.shapes import Shape
from convcalc.importers.onnx.rules.concats import joined
from convcalc.importers.onnx.use import Tensor, Use, rule
from convcalc.importers.placing import NoRuleError
from convcalc.importers.tensor_views import View


@rule("SequencePart")
def part(use: Use) -> list[Tensor]:
    """One of the parts of an axis that SplitToSequence makes, without the axis where it is told."""
    x = use.tensor()
    axis = use.axis(len(x.dims))
    start, size = _span(use, x.dims[axis], use.whole("index", 0))
    dims = (*x.dims[:axis], size, *x.dims[axis + 1 :])
    if isinstance(x, View):
        found: Tensor = use.cut(x, axis, start, start + size)
    else:
        found = x.made("sliced", dims, axis=axis, start=start, step=1)
    if use.has(1) or use.whole("keepdims", 1):
        return [found]
    return [_reshaped(use, found, (*dims[:axis], *dims[axis + 1 :]))]


def _span(use: Use, whole: int, index: int) -> tuple[int, int]:
    """Start and size of a part: all are of one size, the last one perhaps less, or of their own."""
    given = use.sizes(1) if use.has(1) else (1,)
    if use.has(1) and use.dims(1):
        if sum(given) != whole or min(given) < 1:
            raise NoRuleError(f"its parts come to {sum(given)} of {whole}")
        place = _place(index, len(given))
        return sum(given[:place]), given[place]
    size = given[0]
    if size < 1:
        raise NoRuleError(f"its parts have {size} places")
    start = size * _place(index, -(-whole // size))
    return start, min(size, whole - start)


def _place(index: int, count: int) -> int:
    if not -count <= index < count:
        raise NoRuleError(f"it takes tensor {index} of {count}")
    return index % count


def _reshaped(use: Use, tensor: Tensor, dims: Shape) -> Tensor:
    if isinstance(tensor, View):
        return use.builder.reshaped(tensor, dims, use.operation)
    return tensor.made("reshaped", dims)


@rule("SequenceStack")
def stack(use: Use) -> list[Tensor]:
    """Tensors of one shape along a new axis."""
    tensors = list(use.tensors())
    rank = len(tensors[0].dims) + 1
    axis = use.axis(rank)
    laid = [
        _reshaped(use, one, (*one.dims[:axis], 1, *one.dims[axis:]))
        if len(one.dims) == rank - 1
        else one
        for one in tensors
    ]
    if not any(isinstance(one, View) for one in laid):
        raise NoRuleError("it joins stored numbers")
    return [joined(use, use.operation.inputs, laid, axis)]
