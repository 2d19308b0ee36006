"""Attention: the operator of opset 23, and what exporters write as its pieces."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from math import prod, sqrt
from operator import add
from typing import cast

from convcalc.importers.building import NoRuleError
from convcalc.importers.mapped import stored_bytes
from convcalc.importers.model import Operation
from convcalc.importers.onnx.folding import Small, elementwise
from convcalc.importers.onnx.rules.concats import joined
from convcalc.importers.onnx.rules.joins import merged
from convcalc.importers.onnx.rules.pointwise import worded
from convcalc.importers.onnx.rules.products import product
from convcalc.importers.onnx.use import Tensor, Use, held_of, rule, values_of
from convcalc.importers.tensor_views import View, grown, whole
from convcalc.kinds.arithmetic_family import Add
from convcalc.kinds.number_family import MulNumber
from convcalc.kinds.scaled_dot_product_attention import ScaledDotProductAttention
from convcalc.kinds.softmax_family import Softmax
from convcalc.network.held import Held, InFile, Written

# Factors that are those of PyTorch, as float32 has them.
_NEAR = 1e-5
# Scores below it are none, and what stands for none where a mask is of truths.
_NONE, _LEAST = -1e4, -1e38
# A mask of so many bytes is looked at: one of 2,048 positions.
_MOST_BYTES = 1 << 24


@rule("Attention")
def attention(use: Use) -> list[Tensor]:
    """One layer where there is no mask or a causal one, else its pieces."""
    if "pieces" not in use.operation.attributes:
        return _operator(use)
    try:
        return [_joined(use)]
    except NoRuleError:
        return [*_as_written(use)]


def _joined(use: Use) -> View:
    """The pieces as one layer. Raises NoRuleError where they are not one."""
    q, k, v = (use.view(place) for place in range(3))
    if len(q.axes) < 2 or use.axis(len(q.axes), -1) != len(q.axes) - 1:
        raise NoRuleError("its shares are of another axis")
    scale = 1.0
    count = use.whole("factors", 0)
    for place in range(4, 4 + count + use.whole("divisors", 0)):
        factor = use.single(place)
        if not factor:
            raise NoRuleError("its scale is no number")
        scale = scale * factor if place < 4 + count else scale / factor
    return _one_layer(use, q, _turned(k), v, scale, _is_causal(use, 3))


def _turned(view: View) -> View:
    last = len(view.axes) - 1
    return view.transposed([*range(last - 1), last, last - 1])


def _is_causal(use: Use, place: int) -> bool:
    """True where a mask hides what comes later, False where it hides nothing.

    Raises NoRuleError for another mask.
    """
    if not use.has(place):
        return False
    rows = _mask_rows(use, use.tensor(place))
    if not any(map(any, rows)):
        return False
    hidden = rows[0][-1]
    count = len(rows[0])
    for row, values in enumerate(rows, 1):
        if hidden > _NONE or values != (0.0,) * row + (hidden,) * (count - row):
            raise NoRuleError("it has a mask")
    return True


def _mask_rows(use: Use, mask: Tensor) -> list[tuple[float, ...]]:
    """The rows of a mask that the file itself holds, the same for all heads."""
    if not isinstance(mask, Held) or len(mask.dims) < 2 or prod(mask.dims[:-2]) != 1:
        raise NoRuleError("it has a mask")
    source, count = mask.source, mask.dims[-1]
    if isinstance(source, Written) and len(source.values) == mask.count:
        values = source.values
    elif (
        isinstance(source, InFile)
        and source.file == use.walk.model.held_in
        and mask.element == "float32"
        and source.length <= _MOST_BYTES
    ):
        values = struct.unpack(f"<{mask.count}f", stored_bytes(source))
    else:
        raise NoRuleError("it has a mask")
    return [tuple(values[at : at + count]) for at in range(0, len(values), count)]


def _one_layer(use: Use, q: View, k: View, v: View, scale: float, is_causal: bool) -> View:
    """softmax(scale q k) v, of tensors `(..., positions, features)`."""
    if len({view.dims[:-2] for view in (q, k, v)}) > 1:
        raise NoRuleError("its heads are spread")
    if is_causal and q.dims[-2] != k.dims[-2]:
        raise NoRuleError("its mask begins elsewhere")
    size = q.dims[-1]
    factor = scale * sqrt(size)
    if abs(factor - 1) > _NEAR:
        scaling = replace(use.operation, op="Scale", name="")
        q = use.builder.pointwise(MulNumber, {"value": factor}, q, scaling)
    heads = q.dims[:-2]
    laid = [_of_heads(use, view) for view in (q, k, v)]
    fields = {"heads": prod(heads)} | ({"causal": True} if is_causal else {})
    at = use.layer(ScaledDotProductAttention, fields, *laid)
    channels, positions = use.builder.shape(at)
    found = whole(at, (channels, positions), [(0,), (1,)])
    split = use.builder.reshaped(found, (*heads, v.dims[-1], positions), use.operation)
    return _turned(split)


def _of_heads(use: Use, view: View) -> View:
    """`(..., L, D)` as channels, all heads' one behind the other, at L positions."""
    channels = tuple(chain(*view.axes[:-2], view.axes[-1]))
    return use.arranged(view, [channels, view.axes[-2]])


def _as_written(use: Use) -> Sequence[Tensor]:
    """What the pieces are, walked over as if they had not been found."""
    operation, walk = use.operation, use.walk
    guard = cast(tuple[Operation, ...], operation.attributes["guard"])
    mask = use.values(3) if use.has(3) else None
    if mask is not None or not guard:
        _bound(use, 3)
    if guard and mask is not None and not _hides_a_row(mask):
        # There is no row for it to guard: the shares are what they are.
        chosen = guard[-1]
        same = replace(chosen, op="Identity", inputs=chosen.inputs[2:])
        return walk.as_written(operation, same)
    return walk.as_written(operation, *guard)


def _bound(use: Use, place: int) -> None:
    """Makes what a stored mask hides a number that can be added to: nothing comes of it either."""
    mask = use.tensor(place) if use.has(place) else None
    if isinstance(mask, Held):
        (use.walk.tensors[use.operation.inputs[place]],) = (
            mask.made("least", mask.dims, by=_LEAST),
        )


def _hides_a_row(mask: Small) -> bool:
    columns = mask.dims[-1] if mask.dims else 1
    rows = range(0, len(mask.values), columns)
    return any(max(mask.values[row : row + columns]) <= _NONE for row in rows)


def _operator(use: Use) -> list[Tensor]:
    """The operator: heads that may share keys, keys that go on from earlier ones, a mask."""
    q, k, v = (_split(use, place) for place in range(3))
    if use.has(4) and use.has(5):
        pasts = ((4, k), (5, v))
        k, v = (joined(use, ("", ""), (use.view(at), view), 2) for at, view in pasts)
    if use.has(6):
        raise NoRuleError("it knows only when it runs how many keys there are")
    keys, values = k, v
    k, v = (_shared(use, view, q.dims[1]) for view in (k, v))
    scale = use.number("scale", 0.0) or 1 / sqrt(q.dims[-1])
    is_causal = bool(use.whole("is_causal", 0))
    cap = use.number("softcap", 0.0)
    names = use.operation.outputs
    if len(names) > 3 and names[3] and use.walk.is_read(names[3]):
        raise NoRuleError("its scores are read")
    is_windowed = any(use.whole(f"{side}_window_size", -1) >= 0 for side in ("left", "right"))
    if cap or use.has(3) or is_windowed or (is_causal and q.dims[2] != k.dims[2]):
        made = _pieces(use, (q, k, v), scale, cap, is_causal)
    else:
        made = _one_layer(use, q, k, v, scale, is_causal)
    if len(use.dims(0)) == 3:
        batch, heads, positions, size = made.dims
        made = use.builder.transposed(made, (0, 2, 1, 3), use.operation)
        made = use.builder.reshaped(made, (batch, positions, heads * size), use.operation)
    return [made, keys, values]


def _split(use: Use, place: int) -> View:
    """Queries, keys or values as `(batch, heads, positions, features)`."""
    x = use.view(place)
    if len(x.axes) == 4:
        return x
    heads = use.whole("kv_num_heads" if place else "q_num_heads", 0)
    batch, positions, channels = x.dims
    if not heads or channels % heads:
        raise NoRuleError(f"it deals {channels} features to {heads} heads")
    split = (batch, positions, heads, channels // heads)
    x = use.builder.reshaped(x, split, use.operation)
    return use.builder.transposed(x, (0, 2, 1, 3), use.operation)


def _shared(use: Use, view: View, heads: int) -> View:
    """Keys or values once for each head of the queries that reads them."""
    batch, own, positions, size = view.dims
    if own == heads:
        return view
    if heads % own:
        raise NoRuleError(f"{heads} heads share {own}")
    view = use.builder.reshaped(view, (batch, own, 1, positions, size), use.operation)
    view = use.builder.spread(view, grown(view, {2: (heads // own,)}), use.operation)
    return use.builder.reshaped(view, (batch, heads, positions, size), use.operation)


def _pieces(
    use: Use, of: tuple[View, View, View], scale: float, cap: float, is_causal: bool
) -> View:
    """Two products with a softmax between them, and a mask."""
    q, k, v = of
    rows, columns = q.dims[2], k.dims[2]

    def times(x: View, value: float) -> View:
        return use.builder.pointwise(MulNumber, {"value": value}, x, use.operation)

    scores = product(use, times(q, scale), _turned(k))
    hidden = _hidden(use, rows, columns, is_causal)
    mask = _added(use, 3) if use.has(3) else None
    known = values_of(mask) if mask is not None else None
    if known is not None:
        hidden = elementwise(add, hidden, known)
    if _hides_a_row(hidden):
        raise NoRuleError("its mask hides whole rows")
    if mask is not None and known is None:
        scores = _masked(use, scores, mask)
    if any(hidden.values):
        scores = _masked(use, scores, held_of(hidden))
    if cap:
        scores = use.builder.pointwise(worded("Tanh"), {}, times(scores, 1 / cap), use.operation)
        scores = times(scores, cap)
    scores, axis = use.isolated(scores, 3)
    shares = scores.on(use.layer(Softmax, {"axis": axis} if axis else {}, scores))
    return product(use, shares, v)


def _hidden(use: Use, rows: int, columns: int, is_causal: bool) -> Small:
    """What the attributes hide: what comes later, and what is not in a window around a place."""
    left, right = (use.whole(f"{side}_window_size", -1) for side in ("left", "right"))
    right = 0 if is_causal else right
    later = use.dims(4)[2] if use.has(4) else 0

    def is_seen(behind: int) -> bool:
        return (left < 0 or behind >= -left) and (right < 0 or behind <= right)

    places = [column - row - later for row in range(rows) for column in range(columns)]
    return Small((rows, columns), tuple(0.0 if is_seen(one) else _LEAST for one in places))


def _masked(use: Use, scores: View, mask: Tensor) -> View:
    """The scores and a mask."""
    view = (
        mask
        if isinstance(mask, View)
        else use.walk.as_view(mask, f"{use.operation.name}/{id(mask)}", use.operation)
    )
    return merged(use, Add, scores, view)


def _added(use: Use, place: int) -> Tensor:
    """A mask as what is added to scores: of truths, nothing or less than any number."""
    mask = use.tensor(place)
    if not isinstance(mask, Held):
        if use.walk.model.elements.get(use.operation.inputs[place]) == "bool":
            raise NoRuleError("its mask of truths is known only when it runs")
        return mask
    if mask.element != "bool":
        return mask
    values = use.values(place)
    if values is None:
        raise NoRuleError("its mask is too large to look at")
    return held_of(values._replace(values=tuple(0.0 if one else _LEAST for one in values.values)))
