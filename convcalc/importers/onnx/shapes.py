"""Shapes of what has no kind here: operations on each element, and what the file states itself."""

from __future__ import annotations

from collections.abc import Callable

from convcalc.core.shapes import Shape
from convcalc.importers.onnx.folding import BINARY, UNARY, FoldError, spread
from convcalc.importers.onnx.use import Use

# Functions of each element, beside those that small tensors are worked out with.
_ELEMENTWISE = frozenset(
    {*BINARY, *UNARY, "Acos", "Acosh", "Asin", "Asinh", "Atan", "Atanh", "BitShift", "BitwiseAnd",
     "BitwiseNot", "BitwiseOr", "BitwiseXor", "Cosh", "IsInf", "IsNaN", "Max", "Mean", "Min",
     "Sinh", "Sum", "Swish", "Tan", "QuantizeLinear", "DequantizeLinear", "Clip", "Binarizer"}
)  # fmt: skip
# What keeps the shape of its first input, and reads more than one place of it.
_KEEPS_SHAPE = frozenset(
    {"Bernoulli", "CumSum", "EyeLike", "Hardmax", "MeanVarianceNormalization", "RandomNormalLike",
     "RandomUniformLike", "ReverseSequence", "Scatter", "ScatterElements", "ScatterND", "Trilu",
     "LpNormalization", "RotaryEmbedding", "LayerNormalization", "BatchNormalization",
     "Softmax", "Pow", "PRelu"}
)  # fmt: skip

# What compares, sorts or takes elements, and multiplies none.
_PICKS = frozenset(
    {"ArgMax", "ArgMin", "Compress", "Gather", "GatherElements", "GatherND", "Hardmax",
     "NonMaxSuppression", "NonZero", "OneHot", "ReduceMax", "ReduceMin", "ReverseSequence",
     "Scatter", "ScatterElements", "ScatterND", "TopK", "Trilu", "Unique"}
)  # fmt: skip

ShapeRule = Callable[[Use], list[Shape]]


def is_elementwise(op: str) -> bool:
    """True for a function of each element by itself."""
    return op in _ELEMENTWISE


def only_picks(op: str) -> bool:
    """True for what finds or takes elements, and calculates nothing with them."""
    return op in _PICKS


def output_shapes(use: Use) -> list[Shape] | None:
    """The shapes of the outputs that have names; None where one is not known."""
    found = _worked_out(use)
    if found is None:
        found = [_stated(use, name) for name in use.operation.outputs]
    if any(dims is None or 0 in dims for dims in found):
        return None
    return [dims for dims in found if dims is not None]


def _worked_out(use: Use) -> list[Shape | None] | None:
    op = use.operation.op
    if op in _ELEMENTWISE:
        try:
            every = [use.dims(place) for place in range(use.count) if use.has(place)]
            return [spread(every)]
        except FoldError:
            return None
    if op in _KEEPS_SHAPE:
        return [use.dims()]
    rule = _RULES.get(op)
    return [*rule(use)] if rule is not None else None


def _stated(use: Use, name: str) -> Shape | None:
    """The shape that the file states, where no input was changed."""
    stated = use.walk.model.shapes.get(name)
    if stated is None or any(not isinstance(size, int) for size in stated[1:]):
        return None
    # Open at the front is the batch, of which there is one here.
    return tuple(size if isinstance(size, int) and size else 1 for size in stated)


def _arg(use: Use) -> list[Shape]:
    dims = use.dims()
    axis = use.axis(len(dims))
    kept = (1,) if use.whole("keepdims", 1) else ()
    return [(*dims[:axis], *kept, *dims[axis + 1 :])]


def _top_k(use: Use) -> list[Shape]:
    dims = use.dims()
    axis = use.axis(len(dims), -1)
    (k,) = use.sizes(1) if use.has(1) else (use.whole("k", 1),)
    return [(*dims[:axis], k, *dims[axis + 1 :])] * 2


def _one_hot(use: Use) -> list[Shape]:
    dims = use.dims()
    axis = use.axis(len(dims) + 1, -1)
    depth = use.sizes(1)[0]
    return [(*dims[:axis], depth, *dims[axis:])]


def _gather(use: Use) -> list[Shape]:
    dims = use.dims()
    axis = use.axis(len(dims))
    return [(*dims[:axis], *use.dims(1), *dims[axis + 1 :])]


def _gather_nd(use: Use) -> list[Shape]:
    dims, indices, batch = use.dims(), use.dims(1), use.whole("batch_dims", 0)
    return [(*indices[:-1], *dims[batch + indices[-1] :])]


def _figure(use: Use) -> list[Shape]:
    dims = use.dims()
    given = use.sizes(1) if use.has(1) else use.list("axes")
    axes = use.axes(given, len(dims)) if given else tuple(range(len(dims)))
    keeps = bool(use.whole("keepdims", 1))
    return [
        tuple(1 if at in axes else size for at, size in enumerate(dims) if keeps or at not in axes)
    ]


def _expanded(use: Use) -> list[Shape]:
    return [spread((use.dims(), use.sizes(1)))]


def _tiled(use: Use) -> list[Shape]:
    return [tuple(size * n for size, n in zip(use.dims(), use.sizes(1), strict=True))]


def _filled(use: Use) -> list[Shape]:
    return [use.sizes(0)]


def _sampled(use: Use) -> list[Shape]:
    return [(*use.dims()[:2], *use.dims(1)[1:-1])]


def _roi(use: Use) -> list[Shape]:
    height, width = use.whole("output_height", 1), use.whole("output_width", 1)
    return [(use.dims(1)[0], use.dims()[1], height, width)]


def _product(use: Use) -> list[Shape]:
    left, right = use.dims(0), use.dims(1)
    if min(len(left), len(right)) < 2:
        rows = left[:-1] if len(left) > 1 else ()
        columns = right[-1:] if len(right) > 1 else ()
        return [(*right[:-2], *rows, *columns)]
    return [(*spread((left[:-2], right[:-2])), left[-2], right[-1])]


def _dealt(use: Use) -> list[Shape]:
    block = use.whole("blocksize", 1)
    batch, channels, height, width = use.dims()
    return [(batch, channels // block**2, height * block, width * block)]


def _recurrent(use: Use) -> list[Shape]:
    """The sequence of states, the last one, and an LSTM's last cells."""
    steps, batch = use.dims()[:2]
    directions = use.dims(1)[0]
    hidden = use.whole("hidden_size", use.dims(2)[-1])
    last = (directions, batch, hidden)
    return [(steps, directions, batch, hidden), last, last]


_RULES: dict[str, ShapeRule] = {
    "ArgMax": _arg,
    "ArgMin": _arg,
    "ConstantOfShape": _filled,
    "DepthToSpace": _dealt,
    "Expand": _expanded,
    "Gather": _gather,
    "GatherElements": lambda use: [use.dims(1)],
    "GatherND": _gather_nd,
    "GridSample": _sampled,
    "MatMul": _product,
    "GRU": _recurrent,
    "LSTM": _recurrent,
    "OneHot": _one_hot,
    "RNN": _recurrent,
    "ReduceL1": _figure,
    "ReduceL2": _figure,
    "ReduceLogSum": _figure,
    "ReduceLogSumExp": _figure,
    "ReduceMax": _figure,
    "ReduceMean": _figure,
    "ReduceMin": _figure,
    "ReduceProd": _figure,
    "ReduceSum": _figure,
    "ReduceSumSquare": _figure,
    "RoiAlign": _roi,
    "Tile": _tiled,
    "TopK": _top_k,
}
