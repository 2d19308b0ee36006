"""Attention: its projections, and what is done with them, as rows of its module."""

from __future__ import annotations

from collections.abc import Callable

from convcalc.importers.building import NoRuleError
from convcalc.importers.keras.layer import Layer
from convcalc.importers.keras.rules.joins import several
from convcalc.importers.pytorch.rules import norms, products
from convcalc.importers.pytorch.values import Value
from convcalc.importers.tensor_views import View
from convcalc.kinds.softmax_family import Softmax

# The layer behind the heads, as the names of the weights have it.
_OUT = "output_dense"


def _swapped(view: View) -> View:
    """The last two axes of four, or the middle ones: `(N, T, H, D)` and `(N, H, T, D)`."""
    return view.transposed([0, 2, 1, 3])


def _projected(layer: Layer, word: str, x: View, heads: int, size: int) -> View:
    """A dense layer to all heads at once, as `(N, H, T, D)`."""
    own = layer.part(word, "EinsumDense")
    kernel = own.array("kernel", (x.dims[-1], heads, size), inside=f"{word}_dense")
    flat = kernel.view.reshaped((x.dims[-1], heads * size))
    assert flat is not None
    bias = None
    if layer.flag("use_bias", default=True):
        held = own.array("bias", (heads, size), inside=f"{word}_dense")
        seen = held.view.reshaped((heads * size,))
        assert seen is not None
        bias = held._replace(view=seen)
    weight = kernel._replace(view=flat.transposed((1, 0)))
    found = products.linear(own.call, x, weight, bias)
    split = found.reshaped((*x.dims[:-1], heads, size))
    assert split is not None
    return _swapped(split)


def _joined(layer: Layer, view: View, out: int) -> View:
    """All heads `(N, H, T, D)` as one, and the dense layer behind them."""
    own = layer.part("attention_output", "EinsumDense")
    batch, heads, steps, size = view.dims
    flat = layer.call.builder.reshaped(_swapped(view), (batch, steps, heads * size), own.operation)
    kernel = own.array("kernel", (heads, size, out), inside=_OUT)
    rows = kernel.view.reshaped((heads * size, out))
    assert rows is not None
    bias = own.array("bias", (out,), inside=_OUT) if layer.flag("use_bias", default=True) else None
    weight = kernel._replace(view=rows.transposed((1, 0)))
    return products.linear(own.call, flat, weight, bias)


def multi_head(
    layer: Layer,
    query: Value,
    value: Value,
    key: Value | None = None,
    attention_mask: Value | None = None,
    use_causal_mask: bool = False,
    return_attention_scores: bool = False,
    **_: object,
) -> View:
    """Heads that attend from the queries to the keys."""
    q, v = layer.view(query), layer.view(value)
    k = v if key is None else layer.view(key)
    if any(len(view.axes) != 3 for view in (q, k, v)):
        raise NoRuleError("it attends over several axes")
    if attention_mask is not None:
        raise NoRuleError("it has a mask")
    if return_attention_scores:
        raise NoRuleError("its shares are read")
    heads, size = layer.whole("num_heads"), layer.whole("key_dim")
    width = layer.whole("value_dim", default=size)
    axes = layer.field("attention_axes", default=[1])
    if axes not in ([1], (1,), 1) or layer.flag("use_gate", default=False):
        raise NoRuleError("it attends over other axes, or has a gate")
    out = layer.field("output_shape", default=q.dims[-1])
    if isinstance(out, list) and len(out) == 1:
        out = out[0]
    if not isinstance(out, int):
        raise NoRuleError(f"its `output_shape` is {out!s:.40}")
    found = products.attention(
        layer.part("heads").call,
        _projected(layer, "query", q, heads, size),
        _projected(layer, "key", k, heads, size),
        _projected(layer, "value", v, heads, width),
        is_causal=use_causal_mask,
    )
    return _joined(layer, found, out)


def attention(
    layer: Layer, x: tuple[Value, ...], mask: object = None, use_causal_mask: bool = False,
    return_attention_scores: bool = False, **_: object,
) -> View:  # fmt: skip
    """Shares of the values by the products of queries and keys, which are not scaled."""
    if several(x) not in (2, 3):
        raise NoRuleError("it wants queries, values, and keys")
    query, value, key = map(layer.view, (x[0], x[1], x[-1] if len(x) == 3 else x[1]))
    if mask not in (None, (None, None), (None, None, None)) or use_causal_mask:
        raise NoRuleError("it has a mask")
    if layer.flag("use_scale", default=False) or layer.word("score_mode", default="dot") != "dot":
        raise NoRuleError("it scales, or scores by a sum")
    if return_attention_scores:
        raise NoRuleError("its shares are read")
    scores = products.product(layer.part("scores").call, query, key.transposed([0, 2, 1]))
    shares = norms.shares(Softmax)(layer.part("shares", "Softmax").call, scores, -1)
    return products.product(layer.part("values").call, shares, value)


RULES: dict[str, Callable[..., object]] = {
    "MultiHeadAttention": multi_head,
    "Attention": attention,
}
