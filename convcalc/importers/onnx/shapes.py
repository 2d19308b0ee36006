"""Shapes of what has no kind here: by the operation's own rule, or as the file states them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import floor, prod

from convcalc.core.shapes import Shape
from convcalc.importers.building import NoRuleError
from convcalc.importers.onnx.folding import BINARY, UNARY, FoldError, spread
from convcalc.importers.onnx.rules.einsums import axis_names
from convcalc.importers.onnx.rules.windows import Window
from convcalc.importers.onnx.small_tensors import slices
from convcalc.importers.onnx.use import Use

# Functions of each element, beside those that small tensors are worked out with.
_ELEMENTWISE = frozenset(
    {*BINARY, *UNARY, "Acos", "Acosh", "Asin", "Asinh", "Atan", "Atanh", "BitCast", "BitShift",
     "BitwiseAnd",
     "BitwiseNot", "BitwiseOr", "BitwiseXor", "Cosh", "IsInf", "IsNaN", "Max", "Mean", "Min",
     "Selu", "Sinh", "Sum", "Swish", "Tan", "QuantizeLinear", "DequantizeLinear", "Clip",
     "Binarizer", "PRelu"}
)  # fmt: skip
# What keeps the shape of its first input, and reads more than one place of it.
_KEEPS_SHAPE = frozenset(
    {"Bernoulli", "CumProd", "CumSum", "EyeLike", "Hardmax", "InstanceNormalization", "LRN",
     "GroupNormalization", "LogSoftmax", "MeanVarianceNormalization", "RMSNormalization",
     "RandomNormalLike", "RandomUniformLike", "ReverseSequence", "Scatter", "ScatterElements",
     "ScatterND", "Softmax", "TensorScatter", "Trilu", "LpNormalization", "RotaryEmbedding"}
)  # fmt: skip

Shapes = Sequence[Shape | None]
ShapeRule = Callable[[Use], Shapes]
_RULES: dict[str, ShapeRule] = {}
# What comes of inputs and attributes that are not as the operation wants them.
_UNFIT = (ArithmeticError, AttributeError, LookupError, NoRuleError, TypeError, ValueError)


def _shape(*ops: str) -> Callable[[ShapeRule], ShapeRule]:
    def kept(function: ShapeRule) -> ShapeRule:
        _RULES.update(dict.fromkeys(ops, function))
        return function

    return kept


def is_elementwise(op: str) -> bool:
    """True for a function of each element by itself."""
    return op in _ELEMENTWISE


def output_shapes(use: Use) -> list[Shape | None] | None:
    """The shape of each output, None for one that is not known; None where none is."""
    names = use.operation.outputs
    try:
        worked_out: Shapes = _worked_out(use)
    except (FoldError, *_UNFIT):
        worked_out = ()
    found = [*worked_out[: len(names)], *(None for _ in names[len(worked_out) :])]
    stated = [
        dims if dims is not None else _stated(use, name)
        for dims, name in zip(found, names, strict=True)
    ]
    # Nothing is planned of no elements.
    known = [None if dims is None or min(dims, default=1) < 1 else dims for dims in stated]
    return known if any(dims is not None for dims in known) else None


def _worked_out(use: Use) -> Shapes:
    op = use.operation.op
    if op in _RULES:
        return _RULES[op](use)
    if op in _ELEMENTWISE:
        return [spread([use.dims(place) for place in range(use.count) if use.has(place)])]
    return [use.dims()] if op in _KEEPS_SHAPE else ()


def _stated(use: Use, name: str) -> Shape | None:
    """The shape that the file states, where no input was changed."""
    stated = use.walk.model.shapes.get(name)
    if use.builder.listing.is_changed or stated is None:
        return None
    if any(not isinstance(size, int) for size in stated[1:]):
        return None
    # Open at the front is the batch, of which there is one here.
    sizes = tuple(size if isinstance(size, int) else 1 for size in stated)
    return use.walk.of_one_sample(sizes)


@_shape("ArgMax", "ArgMin")
def _arg(use: Use) -> Shapes:
    dims = use.dims()
    axis = use.axis(len(dims))
    kept = (1,) if use.whole("keepdims", 1) else ()
    return [(*dims[:axis], *kept, *dims[axis + 1 :])]


@_shape("TopK")
def _top_k(use: Use) -> Shapes:
    dims = use.dims()
    axis = use.axis(len(dims), -1)
    (k,) = use.sizes(1) if use.has(1) else (use.whole("k", 1),)
    return [(*dims[:axis], k, *dims[axis + 1 :])] * 2


@_shape("OneHot")
def _one_hot(use: Use) -> Shapes:
    dims = use.dims()
    axis = use.axis(len(dims) + 1, -1)
    depth = use.sizes(1)[0]
    return [(*dims[:axis], depth, *dims[axis:])]


@_shape("Gather")
def _gather(use: Use) -> Shapes:
    dims = use.dims()
    axis = use.axis(len(dims))
    return [(*dims[:axis], *use.dims(1), *dims[axis + 1 :])]


@_shape("GatherElements")
def _picked(use: Use) -> Shapes:
    return [use.dims(1)]


@_shape("GatherND")
def _gather_nd(use: Use) -> Shapes:
    dims, indices, batch = use.dims(), use.dims(1), use.whole("batch_dims", 0)
    return [(*indices[:-1], *dims[batch + indices[-1] :])]


@_shape("ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax", "ReduceMean",
        "ReduceMin", "ReduceProd", "ReduceSum", "ReduceSumSquare")  # fmt: skip
def _figure(use: Use) -> Shapes:
    dims = use.dims()
    given = use.sizes(1) if use.has(1) else use.list("axes")
    if not given and use.whole("noop_with_empty_axes", 0):
        return [dims]
    axes = use.axes(given, len(dims)) if given else tuple(range(len(dims)))
    keeps = bool(use.whole("keepdims", 1))
    return [
        tuple(1 if at in axes else size for at, size in enumerate(dims) if keeps or at not in axes)
    ]


@_shape("Expand")
def _expanded(use: Use) -> Shapes:
    return [spread((use.dims(), use.sizes(1)))]


@_shape("Tile")
def _tiled(use: Use) -> Shapes:
    return [tuple(size * n for size, n in zip(use.dims(), use.sizes(1), strict=True))]


@_shape("Slice")
def _sliced(use: Use) -> Shapes:
    dims = list(use.dims())
    given = [use.sizes(place) for place in range(1, use.count) if use.has(place)]
    for axis, indices in slices(use, use.dims(), given):
        dims[axis] = len(indices)
    return [tuple(dims)]


@_shape("Pad")
def _padded(use: Use) -> Shapes:
    dims = list(use.dims())
    pads = use.sizes(1) if use.has(1) else use.list("pads") or ()
    axes = use.axes(use.sizes(3), len(dims)) if use.has(3) else range(len(dims))
    for at, axis in enumerate(axes):
        dims[axis] += pads[at] + pads[at + len(pads) // 2]
    return [tuple(dims)]


@_shape("Resize", "Upsample")
def _resized(use: Use) -> Shapes:
    dims = use.dims()
    axes = use.axes(use.list("axes") or range(len(dims)), len(dims))
    is_new = use.operation.op == "Resize" and use.opset > 10
    if is_new and use.has(3) and use.dims(3) != (0,):
        asked = dict(zip(axes, use.sizes(3), strict=True))
        policy = use.word("keep_aspect_ratio_policy", "stretch")
        if policy != "stretch":
            pick = min if policy == "not_larger" else max
            ratio = pick(Fraction(size, dims[axis]) for axis, size in asked.items())
            asked = {axis: floor(ratio * dims[axis] + Fraction(1, 2)) for axis in axes}
        return [tuple(asked.get(axis, size) for axis, size in enumerate(dims))]
    listed = use.operation.attributes.get("scales")
    found = use.values(2 if is_new else 1)
    scales = found.values if found is not None else listed
    if not isinstance(scales, tuple):
        raise NoRuleError("its size is known only when it runs")
    factors = dict(zip(axes, scales, strict=True))
    return [tuple(int(size * factors.get(axis, 1)) for axis, size in enumerate(dims))]


@_shape("CenterCropPad")
def _cropped(use: Use) -> Shapes:
    dims = list(use.dims())
    axes = use.axes(use.list("axes") or range(len(dims)), len(dims))
    for axis, size in zip(axes, use.sizes(1), strict=True):
        dims[axis] = size
    return [tuple(dims)]


@_shape("Range")
def _counted(use: Use) -> Shapes:
    found = [use.values(place) for place in range(3)]
    start, limit, step = (one.values[0] for one in found if one is not None)
    return [(max(0, -int(-(limit - start) // step)),)]


@_shape("ConstantOfShape")
def _filled(use: Use) -> Shapes:
    return [use.sizes(0)]


@_shape("BlackmanWindow", "HammingWindow", "HannWindow")
def _window(use: Use) -> Shapes:
    return [use.sizes(0)]


@_shape("GridSample")
def _sampled(use: Use) -> Shapes:
    return [(*use.dims()[:2], *use.dims(1)[1:-1])]


@_shape("AffineGrid")
def _grid(use: Use) -> Shapes:
    batch, _, *sizes = use.walk.of_one_sample(use.sizes(1))
    return [(batch, *sizes, len(sizes))]


@_shape("RoiAlign")
def _roi(use: Use) -> Shapes:
    height, width = use.whole("output_height", 1), use.whole("output_width", 1)
    return [(use.dims(1)[0], use.dims()[1], height, width)]


@_shape("MaxRoiPool")
def _roi_pool(use: Use) -> Shapes:
    return [(use.dims(1)[0], use.dims()[1], *(use.list("pooled_shape") or ()))]


@_shape("NonMaxSuppression")
def _suppressed(use: Use) -> Shapes:
    """As many boxes as may be left at most: all that are asked for of each class."""
    batch, boxes = use.dims()[:2]
    most = use.sizes(2)[0] if use.has(2) else 0
    return [(batch * use.dims(1)[1] * min(most, boxes), 3)]


@_shape("MatMul", "MatMulInteger")
def _product(use: Use) -> Shapes:
    return [_multiplied(use.dims(0), use.dims(1))]


@_shape("QLinearMatMul")
def _quantised_product(use: Use) -> Shapes:
    return [_multiplied(use.dims(0), use.dims(3))]


def _multiplied(left: Shape, right: Shape) -> Shape:
    if min(len(left), len(right)) < 2:
        rows = left[:-1] if len(left) > 1 else ()
        columns = right[-1:] if len(right) > 1 else ()
        return (*right[:-2], *rows, *columns)
    return (*spread((left[:-2], right[:-2])), left[-2], right[-1])


@_shape("Gemm")
def _gemm(use: Use) -> Shapes:
    left, right = use.dims(0), use.dims(1)
    return [(left[1 if use.whole("transA", 0) else 0], right[0 if use.whole("transB", 0) else 1])]


@_shape("Einsum")
def _einsum(use: Use) -> Shapes:
    names, after = axis_names(use)
    sizes = {
        name: size
        for place, word in enumerate(names)
        for name, size in zip(word, use.dims(place), strict=True)
    }
    return [tuple(sizes[name] for name in after)]


@_shape("Conv", "ConvInteger", "DeformConv")
def _convolved(use: Use) -> Shapes:
    return [_of_windows(use, use.dims(1))]


@_shape("QLinearConv")
def _quantised_conv(use: Use) -> Shapes:
    return [_of_windows(use, use.dims(3))]


@_shape("ConvTranspose")
def _enlarged(use: Use) -> Shapes:
    window = Window(use, use.dims(1)[2:])
    batch, _, *sizes = use.dims()
    more = use.list("output_padding") or (0,) * len(sizes)
    wanted = use.list("output_shape")
    found = [*(wanted or ())][-len(sizes) :]
    for at, size in enumerate(() if found else sizes):
        span = (window.kernel[at] - 1) * window.dilation[at] + 1
        pads = window.pads[at] + window.pads[at + len(sizes)]
        reach = (size - 1) * window.stride[at] + more[at] + span
        is_same = window.word.startswith("SAME")
        found.append(size * window.stride[at] if is_same else reach - pads)
    return [(batch, use.dims(1)[1] * use.whole("group", 1), *found)]


@_shape("MaxPool", "AveragePool", "LpPool")
def _pooled(use: Use) -> Shapes:
    kernel = use.list("kernel_shape") or ()
    return [_of_windows(use, (use.dims()[1], 1, *kernel))] * 2


def _of_windows(use: Use, weight: Shape) -> Shape:
    window = Window(use, weight[2:])
    return (use.dims()[0], weight[0], *window.counts(use.dims()[2:]))


@_shape("DepthToSpace")
def _dealt(use: Use) -> Shapes:
    block = use.whole("blocksize", 1)
    batch, channels, height, width = use.dims()
    return [(batch, channels // block**2, height * block, width * block)]


@_shape("Col2Im")
def _columns(use: Use) -> Shapes:
    batch, channels, _ = use.dims()
    return [(batch, channels // prod(use.sizes(2)), *use.sizes(1))]


@_shape("MaxUnpool")
def _unpooled(use: Use) -> Shapes:
    if use.has(2):
        return [use.walk.of_one_sample(use.sizes(2))]
    window = Window(use, use.list("kernel_shape") or ())
    batch, channels, *sizes = use.dims()
    rank = len(sizes)
    return [
        (
            batch,
            channels,
            *(
                (size - 1) * window.stride[at]
                + window.kernel[at]
                - window.pads[at]
                - window.pads[at + rank]
                for at, size in enumerate(sizes)
            ),
        )
    ]


@_shape("DynamicQuantizeLinear")
def _quantised(use: Use) -> Shapes:
    return [use.dims(), (), ()]


@_shape("Dropout")
def _dropped(use: Use) -> Shapes:
    return [use.dims()] * 2


@_shape("BatchNormalization")
def _normed(use: Use) -> Shapes:
    """What is normed, and the statistics that training goes on with."""
    return [use.dims(), *[use.dims(1)] * 4]


@_shape("LayerNormalization")
def _layer_normed(use: Use) -> Shapes:
    """What is normed, its mean, and one over its deviation."""
    dims = use.dims()
    axis = use.axis(len(dims), -1)
    figures = (*dims[:axis], *(1,) * (len(dims) - axis))
    return [dims, figures, figures]


@_shape("RNN", "GRU", "LSTM")
def _recurrent(use: Use) -> Shapes:
    """The sequence of states, the last one, and an LSTM's last cells."""
    steps, batch = use.dims()[:2]
    directions = use.dims(1)[0]
    hidden = use.whole("hidden_size", use.dims(2)[-1])
    if use.whole("layout", 0):
        batch, steps = steps, batch
        last = (batch, directions, hidden)
        return [(batch, steps, directions, hidden), last, last]
    last = (directions, batch, hidden)
    return [(steps, directions, batch, hidden), last, last]


@_shape("Attention")
def _attended(use: Use) -> Shapes:
    """What is gathered, keys and values to go on with, and the scores."""
    query, key, value = (use.dims(place) for place in range(3))
    many, few = use.whole("q_num_heads", 0), use.whole("kv_num_heads", 0)
    is_flat = len(query) == 3
    if is_flat:
        batch, steps, width = query
        query = (batch, many, steps, width // many)
        key, value = ((one[0], few, one[1], one[2] // few) for one in (key, value))
    batch, heads, steps, _ = query
    past = use.dims(4)[2] if use.has(4) else 0
    found = past + key[2]
    size = value[3]
    gathered = (batch, steps, heads * size) if is_flat else (batch, heads, steps, size)
    keys, values = ((batch, one[1], found, one[3]) for one in (key, value))
    return [gathered, keys, values, (batch, heads, steps, found)]


@_shape("LinearAttention")
def _linearly_attended(use: Use) -> Shapes:
    """What is gathered, and the state to go on with."""
    batch, steps, _ = use.dims()
    many, few = use.whole("q_num_heads", 1), use.whole("kv_num_heads", 1)
    keys, values = (use.dims(place)[2] // few for place in (1, 2))
    return [(batch, steps, many * values), (batch, few, keys, values)]


@_shape("CausalConvWithState")
def _causal(use: Use) -> Shapes:
    """The map, and the positions that go on with it."""
    batch, channels, _ = use.dims()
    return [use.dims(), (batch, channels, use.dims(1)[2] - 1)]


@_shape("Det")
def _determinant(use: Use) -> Shapes:
    return [use.dims()[:-2]]


@_shape("STFT")
def _spectra(use: Use) -> Shapes:
    batch, signal = use.dims()[:2]
    frame = use.sizes(3)[0] if use.has(3) else use.dims(2)[0]
    bins = frame // 2 + 1 if use.whole("onesided", 1) else frame
    return [(batch, (signal - frame) // use.sizes(1)[0] + 1, bins, 2)]


@_shape("DFT")
def _transformed(use: Use) -> Shapes:
    dims = list(use.dims())
    given = use.sizes(2)[0] if use.has(2) else use.whole("axis", 1 if use.opset < 20 else -2)
    axis = use.axes((given,), len(dims))[0]
    size = use.sizes(1)[0] if use.has(1) else dims[axis]
    is_half = bool(use.whole("onesided", 0))
    if use.whole("inverse", 0):
        if is_half and not use.has(1):
            size = 2 * (size - 1)
        dims[axis] = size
        dims[-1] = 1 if is_half else 2
    else:
        dims[axis] = size // 2 + 1 if is_half else size
        dims[-1] = 2
    return [tuple(dims)]
