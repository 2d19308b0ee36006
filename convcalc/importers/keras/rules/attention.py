"""Attention: its projections, and what is done with them, as rows of its module."""

from __future__ import annotations

from collections.abc import Callable
from math import prod, sqrt
from typing import Any

from convcalc.core.shapes import Shape
from convcalc.importers.attended_heads import Attended, Mask
from convcalc.importers.keras.layer import Layer
from convcalc.importers.keras.rules.joins import several
from convcalc.importers.placing import NoRuleError
from convcalc.importers.pytorch.rules import attending, norms, products
from convcalc.importers.pytorch.rules.axes import repeat_interleave
from convcalc.importers.pytorch.values import Value
from convcalc.importers.tensor_views import View
from convcalc.kinds.softmax_family import Softmax

# The layer behind the heads, as the names of the weights have it.
_OUT = "output_dense"


Axes = tuple[int, ...]
# The steps of a sequence.
_STEPS = (1,)


def _heads_first(view: View, along: Axes) -> View:
    """`(N, *S, H, D)` as `(N, others, H, T, D)`: T are the axes of S `along` which it attends."""
    last = len(view.axes) - 1
    others = [axis for axis in range(1, last - 1) if axis not in along]
    moved = view.transposed([0, *others, last - 1, *along, last])
    lead = moved.dims[: 2 + len(others)]
    found = moved.reshaped((*lead, prod(view.dims[axis] for axis in along), view.dims[last]))
    assert found is not None
    return found


def _heads_last(view: View, sizes: Shape, along: Axes) -> View:
    """The other way round, where S has these sizes."""
    others = [axis for axis in range(1, len(sizes) + 1) if axis not in along]
    batch, heads, width = view.dims[0], view.dims[-3], view.dims[-1]
    moved = (*others, 0, *along)
    counts = [sizes[axis - 1] if axis else heads for axis in moved]
    split = view.reshaped((batch, *counts, width))
    if split is None:
        raise NoRuleError("its axes cannot be told apart")
    places = [1 + moved.index(axis) for axis in (*range(1, len(sizes) + 1), 0)]
    return split.transposed([0, *places, len(moved) + 1])


def _projected(
    layer: Layer,
    word: str,
    x: View,
    heads: int,
    size: int,
    before: str = "",
    along: Axes = _STEPS,
) -> View:
    """A dense layer to all heads at once, as `(N, others, H, T, D)`."""
    own, inside = layer.part(word, "EinsumDense"), f"{before}{word}_dense"
    kernel = own.array("kernel", (x.dims[-1], heads, size), inside=inside)
    flat = kernel.view.reshaped((x.dims[-1], heads * size))
    assert flat is not None
    bias = None
    if layer.flag("use_bias", default=True):
        held = own.array("bias", (heads, size), inside=inside)
        seen = held.view.reshaped((heads * size,))
        assert seen is not None
        bias = held._replace(view=seen)
    weight = kernel._replace(view=flat.transposed((1, 0)))
    found = products.linear(own.call, x, weight, bias)
    split = found.reshaped((*x.dims[:-1], heads, size))
    assert split is not None
    return _heads_first(split, along)


def _joined(
    layer: Layer, view: View, query: View, out: int, inside: str = _OUT, along: Axes = _STEPS
) -> View:
    """All heads as one, on the axes of the queries, and the dense layer behind them."""
    own = layer.part("attention_output", "EinsumDense")
    heads, size = view.dims[-3], view.dims[-1]
    laid = _heads_last(view, query.dims[1:-1], along)
    dims = (*query.dims[:-1], heads * size)
    flat = layer.call.builder.reshaped(laid, dims, own.operation)
    kernel = own.array("kernel", (heads, size, out), inside=inside)
    rows = kernel.view.reshaped((heads * size, out))
    assert rows is not None
    is_biased = layer.flag("use_bias", default=True)
    bias = own.array("bias", (out,), inside=inside) if is_biased else None
    weight = kernel._replace(view=rows.transposed((1, 0)))
    return products.linear(own.call, flat, weight, bias)


def multi_head(
    layer: Layer,
    query: Value,
    value: Value,
    key: Value | None = None,
    attention_mask: Value | None = None,
    use_causal_mask: bool = False,
    **_: object,
) -> list[View]:
    """Heads that attend from the queries to the keys."""
    q, v = layer.view(query), layer.view(value)
    k = v if key is None else layer.view(key)
    heads, size = layer.whole("num_heads"), layer.whole("key_dim")
    width = layer.whole("value_dim", default=size)
    if layer.flag("use_gate", default=False):
        raise NoRuleError("it has a gate")
    along = _attended(layer, len(q.axes))
    if {len(view.axes) for view in (q, k, v)} != {len(q.axes)}:
        raise NoRuleError("its queries, keys and values have unequal axes")
    out = layer.field("output_shape", default=q.dims[-1])
    if isinstance(out, list) and len(out) == 1:
        (out,) = out
    if not isinstance(out, int):
        raise NoRuleError(f"its `output_shape` is {out!s:.40}")
    projected = (
        _projected(layer, "query", q, heads, size, along=along),
        _projected(layer, "key", k, heads, size, along=along),
        _projected(layer, "value", v, heads, width, along=along),
    )
    found = _gathered(layer, projected, use_causal_mask, attention_mask)
    return [_joined(layer, found[0], q, out, along=along), *found[1:]]


def _attended(layer: Layer, rank: int) -> Axes:
    """The axes that it attends along: all but the samples and the channels, if none are named."""
    asked = layer.field("attention_axes", default=[*range(1, rank - 1)])
    given = asked if isinstance(asked, list | tuple) else [asked]
    if not all(isinstance(axis, int) and -rank <= axis < rank for axis in given):
        raise NoRuleError(f"its `attention_axes` are {asked!s:.40}")
    found = tuple(sorted({axis % rank for axis in given}))
    if not found or not set(found) <= {*range(1, rank - 1)}:
        raise NoRuleError(f"its `attention_axes` are {asked!s:.40}, of {rank} axes")
    return found


def _gathered(
    layer: Layer,
    projected: tuple[View, View, View],
    is_causal: bool,
    mask: Value | None,
) -> list[View]:
    """What the heads gather, and where they are read, the shares `(N, ..., H, T, S)`.

    Where the shares are read, its figures alone are known.
    """
    query, key, value = projected
    own = layer.part("heads")
    seen = None if mask is None else layer.view(mask)
    if not _reads_shares(layer) and (seen is None or (len(seen.axes), len(query.axes)) == (3, 4)):
        # True where a query sees a key, for all heads.
        beside = [Mask(_for_heads(seen), query.dims[:-2])] if seen is not None else []
        fields = {"causal": is_causal} | ({"masks": "boolean"} if beside else {})
        scale = 1 / sqrt(query.dims[-1])
        whole = Attended(query, key, value, beside)
        return [whole.layer(own.call.builder, own.operation, scale, fields)]
    dims = (*query.dims[:-1], value.dims[-1])
    macs = prod(query.dims[:-1]) * key.dims[-2] * (query.dims[-1] + value.dims[-1])
    views = [*projected, *([seen] if seen is not None else [])]
    why = "its shares are read" if seen is None else "it has a mask of other axes"
    found = [own.opaque(dims, views, why, 0, macs)]
    if _reads_shares(layer):
        shares = layer.part("shares", "Softmax")
        found.append(shares.opaque((*dims[:-1], key.dims[-2]), [query, key], why, 0, 0))
    return found


def _reads_shares(layer: Layer) -> bool:
    """True where the shares are read, which stand behind what is gathered."""
    return layer.call.is_read(1)


def _for_heads(mask: View) -> View:
    """A mask `(N, T, S)` as `(N, 1, T, S)`."""
    return mask._replace(axes=(mask.axes[0], (), *mask.axes[1:]))


def grouped(
    layer: Layer,
    query: Value,
    value: Value,
    key: Value | None = None,
    attention_mask: Value | None = None,
    use_causal_mask: bool = False,
    **_: object,
) -> list[View]:
    """Heads of which several attend to the same keys."""
    q, v = layer.view(query), layer.view(value)
    k = v if key is None else layer.view(key)
    heads, shared = layer.whole("num_query_heads"), layer.whole("num_key_value_heads")
    size = layer.whole("head_dim")
    if layer.flag("use_gate", default=False) or heads % shared:
        raise NoRuleError("it has a gate, or its heads cannot share their keys")
    if layer.field("sliding_window", default=None) is not None:
        raise NoRuleError("it attends within a window")
    once = _projected(layer, "query", q, heads, size, "_")
    pair = [
        layer.view(
            repeat_interleave(
                layer.part(f"{word}s").call,
                _projected(layer, word, view, shared, size, "_"),
                heads // shared,
                1,
            )
        )
        for word, view in (("key", k), ("value", v))
    ]
    projected = (once, pair[0], pair[1])
    found = _gathered(layer, projected, use_causal_mask, attention_mask)
    return [_joined(layer, found[0], q, q.dims[-1], f"_{_OUT}"), *found[1:]]


def attention(
    layer: Layer, x: tuple[Value, ...], use_causal_mask: bool = False, **_: object
) -> list[View]:
    """Shares of the values by the products of queries and keys, which are not scaled."""
    query, value, key = _three(layer, x)
    has_scale = layer.flag("use_scale", default=False)
    is_sum = layer.word("score_mode", default="dot") != "dot"
    if has_scale or is_sum:
        # A sum of a query and a key goes through tanh, and is no product.
        size = 0 if is_sum else query.dims[-1]
        return _told(layer, (query, value, key), "it scales, or scores by a sum",
                     has_scale + is_sum, size)  # fmt: skip
    if use_causal_mask or _reads_shares(layer):
        why = "it has a mask, or its shares are read"
        return _told(layer, (query, value, key), why, 0, query.dims[-1])
    scores = products.product(layer.part("scores").call, query, key.transposed([0, 2, 1]))
    shares = norms.shares(Softmax)(layer.part("shares", "Softmax").call, scores, -1)
    return [products.product(layer.part("values").call, shares, value)]


def additive(layer: Layer, x: tuple[Value, ...], **_: object) -> list[View]:
    """Shares of the values by a learnt sum over tanh of the sums of queries and keys."""
    query, value, key = _three(layer, x)
    size = query.dims[-1] if layer.flag("use_scale", default=True) else 0
    views = (query, value, key)
    return _told(layer, views, "it scores by a sum", size, size)


def _three(layer: Layer, x: tuple[Value, ...]) -> tuple[View, View, View]:
    """Queries, values and keys, which are the values where they are not given."""
    if several(x) not in (2, 3):
        raise NoRuleError("it wants queries, values, and keys")
    query, value, *others = map(layer.view, x)
    (key,) = others or (value,)
    if any(len(view.axes) != 3 for view in (query, value, key)):
        raise NoRuleError("it attends over several axes")
    return query, value, key


def _told(
    layer: Layer,
    views: tuple[View, View, View],
    why: str,
    params: int,
    size: int,
) -> list[View]:
    """One head whose figures are known: each score takes `size` products."""
    query, value, key = views
    batch, steps = query.dims[:2]
    macs = batch * steps * key.dims[1] * (size + value.dims[-1])
    dims = (batch, steps, value.dims[-1])
    found = [layer.opaque(dims, views, why, params, macs)]
    if _reads_shares(layer):
        shares = layer.part("shares", "Softmax")
        found.append(shares.opaque((batch, steps, key.dims[1]), [query, key], why, 0, 0))
    return found


def _of_pieces(layer: Layer, **given: Any) -> View:
    """Attention of pieces that was found to be one layer."""
    return attending.pieces(layer.call, **given)


RULES: dict[str, Callable[..., object]] = {
    attending.PIECES_OF_ATTENTION: _of_pieces,
    "MultiHeadAttention": multi_head,
    **dict.fromkeys(("GroupQueryAttention", "GroupedQueryAttention"), grouped),
    "Attention": attention,
    "AdditiveAttention": additive,
}
