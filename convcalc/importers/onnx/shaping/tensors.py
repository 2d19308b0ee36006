"""Shapes of tensors: figures, picks, products, sequences, attention."""

from __future__ import annotations

from convcalc.core.shapes import Shape
from convcalc.importers.equations import axis_names
from convcalc.importers.onnx.asked_sizes import slices
from convcalc.importers.onnx.folding import spread
from convcalc.importers.onnx.reader import branches
from convcalc.importers.onnx.shaping.table import Shapes, as_stated, shape
from convcalc.importers.onnx.use import Use


@shape("ArgMax", "ArgMin")
def _arg(use: Use) -> Shapes:
    dims = use.dims()
    axis = use.axis(len(dims))
    kept = (1,) if use.whole("keepdims", 1) else ()
    return [(*dims[:axis], *kept, *dims[axis + 1 :])]


@shape("TopK")
def _top_k(use: Use) -> Shapes:
    dims = use.dims()
    axis = use.axis(len(dims), -1)
    (k,) = use.sizes(1) if use.has(1) else (use.whole("k", 1),)
    return [(*dims[:axis], k, *dims[axis + 1 :])] * 2


@shape("OneHot")
def _one_hot(use: Use) -> Shapes:
    dims = use.dims()
    axis = use.axis(len(dims) + 1, -1)
    depth = use.sizes(1)[0]
    return [(*dims[:axis], depth, *dims[axis:])]


@shape("Gather")
def _gather(use: Use) -> Shapes:
    dims = use.dims()
    axis = use.axis(len(dims))
    return [(*dims[:axis], *use.dims(1), *dims[axis + 1 :])]


@shape("GatherElements")
def _picked(use: Use) -> Shapes:
    return [use.dims(1)]


@shape("GatherND")
def _gather_nd(use: Use) -> Shapes:
    dims, indices, batch = use.dims(), use.dims(1), use.whole("batch_dims", 0)
    return [(*indices[:-1], *dims[batch + indices[-1] :])]


@shape("ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax", "ReduceMean",
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


@shape("Expand")
def _expanded(use: Use) -> Shapes:
    return [spread((use.dims(), use.sizes(1)))]


@shape("Tile")
def _tiled(use: Use) -> Shapes:
    return [tuple(size * n for size, n in zip(use.dims(), use.sizes(1), strict=True))]


@shape("Slice")
def _sliced(use: Use) -> Shapes:
    dims = list(use.dims())
    given = [use.sizes(place) for place in range(1, use.count) if use.has(place)]
    for axis, indices in slices(use, use.dims(), given):
        dims[axis] = len(indices)
    return [tuple(dims)]


@shape("MatMul", "MatMulInteger")
def _product(use: Use) -> Shapes:
    return [_multiplied(use.dims(0), use.dims(1))]


def _multiplied(left: Shape, right: Shape) -> Shape:
    if min(len(left), len(right)) < 2:
        rows = left[:-1] if len(left) > 1 else ()
        columns = right[-1:] if len(right) > 1 else ()
        return (*right[:-2], *rows, *columns)
    return (*spread((left[:-2], right[:-2])), left[-2], right[-1])


@shape("com.microsoft.MatMulNBits")
def _product_of_few_bits(use: Use) -> Shapes:
    return [(*use.dims()[:-1], use.whole("N", 0))]


@shape("Gemm")
def _gemm(use: Use) -> Shapes:
    left, right = use.dims(0), use.dims(1)
    return [(left[1 if use.whole("transA", 0) else 0], right[0 if use.whole("transB", 0) else 1])]


@shape("Einsum")
def _einsum(use: Use) -> Shapes:
    ranks = [len(use.dims(place)) for place in range(use.count)]
    names, after = axis_names(use.word("equation", ""), ranks)
    sizes = {
        name: size
        for place, word in enumerate(names)
        for name, size in zip(word, use.dims(place), strict=True)
    }
    return [tuple(sizes[name] for name in after)]


@shape("DynamicQuantizeLinear")
def _quantised(use: Use) -> Shapes:
    return [use.dims(), (), ()]


@shape("Dropout")
def _dropped(use: Use) -> Shapes:
    return [use.dims()] * 2


@shape("BatchNormalization")
def _normed(use: Use) -> Shapes:
    """What is normed, and the statistics that training goes on with."""
    return [use.dims(), *[use.dims(1)] * 4]


@shape("LayerNormalization")
def _layer_normed(use: Use) -> Shapes:
    """What is normed, its mean, and one over its deviation."""
    dims = use.dims()
    axis = use.axis(len(dims), -1)
    figures = (*dims[:axis], *(1,) * (len(dims) - axis))
    return [dims, figures, figures]


@shape("RNN", "GRU", "LSTM")
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


@shape("Attention")
def _attended(use: Use) -> Shapes:
    """What is gathered, keys and values to go on with, and the scores."""
    query, key, value = (use.dims(place) for place in range(3))
    is_flat = len(query) == 3
    batch, heads, steps = query[0], use.whole("q_num_heads", 0) if is_flat else query[1], query[-2]
    if is_flat:
        few = use.whole("kv_num_heads", 0)
        key, value = ((batch, few, one[1], one[2] // few) for one in (key, value))
    past = use.dims(4)[2] if use.has(4) else 0
    found = past + key[2]
    size = value[3]
    gathered = (batch, steps, heads * size) if is_flat else (batch, heads, steps, size)
    keys, values = ((batch, one[1], found, one[3]) for one in (key, value))
    return [gathered, keys, values, (batch, heads, steps, found)]


@shape("LinearAttention")
def _linearly_attended(use: Use) -> Shapes:
    """What is gathered, and the state to go on with."""
    batch, steps, _ = use.dims()
    many, few = use.whole("q_num_heads", 1), use.whole("kv_num_heads", 1)
    keys, values = (use.dims(place)[2] // few for place in (1, 2))
    return [(batch, steps, many * values), (batch, few, keys, values)]


@shape("CausalConvWithState")
def _causal(use: Use) -> Shapes:
    """The map, and the positions that go on with it."""
    batch, channels, _ = use.dims()
    return [use.dims(), (batch, channels, use.dims(1)[2] - 1)]


@shape("If")
def _branched(use: Use) -> Shapes:
    """What both branches state, where that is the same."""
    graphs = [one.graph for one in branches(use.operation.attributes) if one.graph is not None]
    stated = [
        [as_stated(use, graph.infos[name].dims) for name in graph.outputs] for graph in graphs
    ]
    if len(stated) != 2:
        return []
    return [one if one == other else None for one, other in zip(*stated, strict=True)]


@shape("Det")
def _determinant(use: Use) -> Shapes:
    return [use.dims()[:-2]]
