"""Attention: the operator of opset 23."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from operator import add

from convcalc.importers.attended_heads import Attended, Mask
from convcalc.importers.onnx.folding import Small, elementwise
from convcalc.importers.onnx.rules import joined_attention
from convcalc.importers.onnx.rules.concats import joined
from convcalc.importers.onnx.rules.joins import merged
from convcalc.importers.onnx.rules.pointwise import worded
from convcalc.importers.onnx.rules.products import product
from convcalc.importers.onnx.use import Tensor, Use, held_of, rule, values_of
from convcalc.importers.placing import NoRuleError
from convcalc.importers.stored_layers import held_view
from convcalc.importers.tensor_views import View, grown
from convcalc.kinds.arithmetic_family import Add
from convcalc.kinds.number_family import MulNumber
from convcalc.kinds.softmax_family import Softmax
from convcalc.network.held import Held

# Scores below it are none, and what stands for none where a mask is of truths.
_NONE, _LEAST = -1e4, -1e38
# What is hidden is written out, a number for each score of a head.
_MOST_SCORES = 1 << 22


@rule("Attention")
def attention(use: Use) -> Sequence[Tensor]:
    """One layer, or its pieces where it does what no layer does."""
    if "pieces" in use.operation.attributes:
        return joined_attention.joined(use)
    return _operator(use)


def _operator(use: Use) -> list[Tensor]:
    """The operator: heads that may share keys, keys that go on from earlier ones, a mask."""
    q, k, v = (_split(use, place) for place in range(3))
    if use.has(4) and use.has(5):
        pasts = ((4, k), (5, v))
        k, v = (joined(use, ("", ""), (use.view(at), view), 2) for at, view in pasts)
    if use.has(6):
        raise NoRuleError("it knows only when it runs how many keys there are")
    if k.dims[1] == 0 or q.dims[1] % k.dims[1]:
        raise NoRuleError(f"{q.dims[1]} heads share {k.dims[1]}")
    scale = use.number("scale", 0.0) or 1 / sqrt(q.dims[-1])
    is_causal = bool(use.whole("is_causal", 0))
    cap = use.number("softcap", 0.0)
    names = use.operation.outputs
    if len(names) > 3 and names[3] and use.walk.is_read(names[3]):
        raise NoRuleError("its scores are read")
    if cap:
        made = _capped(use, (q, k, v), scale, cap, is_causal)
    else:
        masks, fields = _masks(use, (*q.dims[:3], k.dims[2]), is_causal)
        made = Attended(q, k, v, masks).layer(use.builder, use.operation, scale, fields)
    if len(use.dims(0)) == 3:
        batch, heads, positions, size = made.dims
        made = use.builder.transposed(made, (0, 2, 1, 3), use.operation)
        made = use.builder.reshaped(made, (batch, positions, heads * size), use.operation)
    return [made, k, v]


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


def _masks(
    use: Use, scores: tuple[int, ...], is_causal: bool
) -> tuple[list[Mask], dict[str, object]]:
    """The masks of scores of this shape, and the fields that say what they are."""
    is_plain = is_causal and not use.has(4)
    hidden = _hidden(use, scores, is_causal and not is_plain)
    fields: dict[str, object] = {"causal": True} if is_plain else {}
    if use.has(3) and _is_of_truths(use):
        if hidden is not None and any(hidden.values):
            raise NoRuleError("it has masks of numbers and of truths")
        return [Mask(use.view(3), scores[:-2])], fields | {"masks": "boolean"}
    found = []
    for mask in _added(use, hidden):
        held = mask if isinstance(mask, Held) else None
        view = mask if isinstance(mask, View) else held_view(mask)
        is_learnt = held is not None and use.has(3) and use.is_learnt(3)
        found.append(Mask(view, scores[:-2], held, is_learnt))
    return found, fields


def _is_of_truths(use: Use) -> bool:
    """True for a mask of truths that is calculated."""
    is_bool = use.walk.is_of_truths(use.operation.inputs[3])
    return is_bool and isinstance(use.tensor(3), View)


def _capped(
    use: Use, of: tuple[View, View, View], scale: float, cap: float, is_causal: bool
) -> View:
    """Two products with a softmax between them, of scores that a tanh bends and a mask hides."""
    q, k, v = of
    k, v = (_shared(use, view, q.dims[1]) for view in (k, v))
    if use.has(3) and _is_of_truths(use):
        raise NoRuleError("its mask of truths is known only when it runs")
    hidden = _hidden(use, (*q.dims[:3], k.dims[2]), is_causal)

    def times(x: View, value: float) -> View:
        return use.builder.pointwise(MulNumber, {"value": value}, x, use.operation)

    last = len(k.axes) - 1
    scores = product(use, times(q, scale), k.transposed([*range(last - 1), last, last - 1]))
    scores = use.builder.pointwise(worded("Tanh"), {}, times(scores, 1 / cap), use.operation)
    scores = times(scores, cap)
    for mask in _added(use, hidden):
        name = f"{use.operation.name}/{id(mask)}"
        view = use.walk.as_view(mask, name, use.operation) if isinstance(mask, Held) else mask
        scores = merged(use, Add, scores, view)
    scores, axis = use.isolated(scores, 3)
    shares = scores.on(use.layer(Softmax, {"axis": axis} if axis else {}, scores))
    return product(use, shares, v)


def _hidden(use: Use, scores: tuple[int, ...], is_causal: bool) -> Small | None:
    """What the attributes hide: what comes later, and what is not in a window around a place.

    None where that is nothing.
    """
    rows, columns = scores[-2:]
    left, right = (use.whole(f"{side}_window_size", -1) for side in ("left", "right"))
    right = 0 if is_causal else right
    if left < 0 and right < 0:
        return None
    if rows * columns > _MOST_SCORES:
        raise NoRuleError(f"it hides some of {rows * columns:,} scores")
    later = use.dims(4)[2] if use.has(4) else 0

    def is_seen(behind: int) -> bool:
        return (left < 0 or behind >= -left) and (right < 0 or behind <= right)

    places = [column - row - later for row in range(rows) for column in range(columns)]
    return Small((rows, columns), tuple(0.0 if is_seen(one) else _LEAST for one in places))


def _added(use: Use, hidden: Small | None) -> Sequence[Tensor]:
    """All that is added to scores: a mask that is calculated, and what is known."""
    mask = _as_added(use) if use.has(3) else None
    known = values_of(mask) if mask is not None else None
    calculated = [mask] if mask is not None and known is None else []
    if known is not None:
        hidden = known if hidden is None else elementwise(add, hidden, known)
    if hidden is None:
        return calculated
    if joined_attention.hides_a_row(hidden):
        raise NoRuleError("its mask hides whole rows")
    return [*calculated, *([held_of(hidden)] if any(hidden.values) else [])]


def _as_added(use: Use) -> Tensor:
    """A mask as what is added to scores: of truths, nothing or less than any number."""
    mask = use.tensor(3)
    if not isinstance(mask, Held) or mask.element != "bool":
        return mask
    values = use.values(3)
    if values is None:
        raise NoRuleError("its mask is too large to look at")
    return held_of(values._replace(values=tuple(0.0 if one else _LEAST for one in values.values)))
