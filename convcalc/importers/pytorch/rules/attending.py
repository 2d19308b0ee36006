"""Attention: PyTorch's operator, and what modules write as its pieces."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf, prod, sqrt
from typing import Any

from convcalc.core.shapes import Shape
from convcalc.importers.attended_heads import Attended, Mask
from convcalc.importers.attended_letters import Letters
from convcalc.importers.model import Operation
from convcalc.importers.placing import NoRuleError
from convcalc.importers.pytorch.call import Call
from convcalc.importers.pytorch.constants import calculated, held_of
from convcalc.importers.pytorch.rules.axes import of_one_sample
from convcalc.importers.pytorch.seen_keys import OTHERS, Seen, added, seen
from convcalc.importers.pytorch.values import Filled, Stored, Value
from convcalc.importers.stored_layers import held_view
from convcalc.importers.tensor_views import View

# The pieces told as one operator, `last` being what the last of them is by itself.
PIECES_OF_ATTENTION = "pieces.attention"
# What is done to scores by truths, and what of that hides scores where they are true.
_OF_TRUTHS, _HIDING = ("seen", "kept", "hidden"), ("hidden",)
# What a mask that is told by a field is, by what it lets queries see.
_FIELDS: dict[Seen | None, dict[str, Any]] = {"all": {}, "before": {"causal": True}}
# A number below it leaves nothing of a score beside others, and what does so for any scores.
_NONE, _LEAST = -1e4, -1e38


def attention(
    call: Call,
    query: Value,
    key: Value,
    value: Value,
    attn_mask: Value | None = None,
    dropout_p: float = 0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> View:
    """softmax(scale q k + mask) v."""
    q, k, v = map(call.view, (query, key, value))
    factor = 1 / sqrt(q.dims[-1]) if scale is None else scale
    name = str(call.operation.attributes.get("attn_mask"))
    is_boolean = call.elements.get(name) == "bool" or _element(attn_mask) == "bool"
    sees = None if attn_mask is None or is_causal else _sees(call, attn_mask, is_boolean)
    fields: dict[str, Any] = {"causal": is_causal or sees == "before"}
    masks = []
    if attn_mask is not None and sees not in ("all", "before"):
        lead = q.dims[:-2]
        masks = [mask for mask in (_mask(call, attn_mask, lead),) if mask is not None]
        if is_boolean:
            fields["masks"] = "boolean"
    return Attended(q, k, v, masks).layer(call.builder, call.operation, factor, fields)


def pieces(
    call: Call,
    query: Value,
    key: Value,
    value: Value,
    scale: float,
    steps: Sequence[tuple[Any, ...]],
    letters: Sequence[str] | None,
    last: Operation,
) -> View:
    """Two products with a softmax between them, and what is done to the scores.

    The keys are turned, where no equations say what the axes are.
    """
    q, k, v = map(call.view, (query, key, value))
    *front, rows, columns = range(len(k.axes))
    said = Letters(*letters) if letters else None
    q, k, v = said.laid(q, k, v) if said else (q, k.transposed([*front, columns, rows]), v)
    *lead, queries, _ = q.dims
    *_, keys, _ = k.dims
    masks: list[Mask | None] = []
    fields: dict[str, Any] = {}
    for word, read, *number in steps:
        if word == "shaped":
            *lead, _, _ = _shaped(call, read, (*lead, queries, keys))
            continue
        sees = _sees(call, read, word in _OF_TRUTHS)
        if sees is not None and word in _HIDING:
            sees = OTHERS[sees]
        if sees in _FIELDS:
            fields |= _FIELDS[sees]
            continue
        if number:
            read = _filled(call, word not in _HIDING, read, *number)
        elif word in _OF_TRUTHS:
            fields["masks"] = "boolean"
        masks.append(_mask(call, read, tuple(lead)))
    if "masks" in fields and len(masks) > 1:
        raise NoRuleError("it has masks of numbers and of truths")
    given = [mask for mask in masks if mask is not None]
    whole = Attended(q, k, v, given, tuple(lead))
    found = whole.layer(call.builder, call.operation, scale, fields)
    return said.given(found) if said else found


def _shaped(call: Call, sizes: Shape, dims: Shape) -> Shape:
    """Scores under another shape, which the file states for all samples."""
    if call.samples > 1 and prod(sizes) == prod(dims) * call.samples:
        sizes = of_one_sample(dims, sizes)
    if sizes[-2:] != dims[-2:] or prod(sizes) != prod(dims):
        raise NoRuleError("its scores become others")
    return sizes


def _mask(call: Call, value: Value, lead: Shape) -> Mask | None:
    """A mask beside scores; None where it adds nothing."""
    if isinstance(value, Filled) and not value.number:
        return None
    if isinstance(value, Stored) and value.held not in call.sources:
        return Mask(value.view, lead, value.held, value.is_learnt)
    return Mask(call.view(value), lead)


def _filled(call: Call, keeps: bool, mask: Value, number: float | None) -> Stored:
    """A stored mask of truths as what is added: scores are kept where it is true, or hidden."""
    if not isinstance(mask, Stored) or number is None or number > _NONE:
        raise NoRuleError("scores become a number")
    low = -inf if number == -inf else _LEAST
    pair = (0.0, low) if keeps else (low, 0.0)
    given = dict(zip(("condition", "x", "other"), (mask, *pair), strict=True))
    # Layers that have one mask read one layer.
    key = (mask.held, mask.view, pair)
    made = call.builder.worked_out.get(key)
    if made is None:
        name = f"{mask.held.name} added"
        made = calculated(call.builder, "aten.where", name, mask.dims, "float32", given).held
        call.builder.worked_out[key] = made
    return Stored(made, held_view(made), is_learnt=False)


def _sees(call: Call, mask: Value, is_boolean: bool) -> Seen | None:
    """Which keys a mask of constants lets each query see, where that is known."""
    if not isinstance(mask, Stored) or mask.is_learnt:
        return None
    held = held_of(call.builder, mask)
    if len(held.dims) < 2 or prod(held.dims[:-2]) != 1:
        return None
    return seen(held) if is_boolean else added(held)


def _element(value: Value | None) -> str:
    return value.held.element if isinstance(value, Stored) else ""


RULES: dict[str, Callable[..., object]] = {
    "aten.scaled_dot_product_attention": attention,
    PIECES_OF_ATTENTION: pieces,
}
