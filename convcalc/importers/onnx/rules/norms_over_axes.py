"""Norms of the last axes, and vectors of length 1: LayerNormalization, RMSNormalization, ..."""

from __future__ import annotations

from itertools import chain
from typing import Any

from convcalc.importers.building import NoRuleError
from convcalc.importers.onnx.rules.norms import EPSILON, channels_at, eps_of
from convcalc.importers.onnx.use import Tensor, Use, rule
from convcalc.importers.tensor_views import View
from convcalc.kinds.l2_normalize import L2Normalize
from convcalc.kinds.layer_norm_family import LayerNorm, RmsNorm
from convcalc.network.held import Held


@rule("LpNormalization")
def l2_normalize(use: Use) -> list[Tensor]:
    """Vectors along an axis, of length 1."""
    if use.whole("p", 2) != 2:
        raise NoRuleError("its length is a sum")
    x = use.view()
    x = channels_at(use, x, use.axis(len(x.axes), -1))
    return [x.on(use.layer(L2Normalize, {}, x))]


@rule("LayerNormalization")
def layer_norm(use: Use) -> list[Tensor]:
    """A norm over the last axes: of the channels at each position, or of the whole sample."""
    x = use.view()
    rank = len(x.axes)
    axis = use.axis(rank, -1)
    fields = eps_of(use)
    if not use.has(1):
        return [over_last(use, LayerNorm, x, axis, {}, {"affine": False, **fields})]
    weight = use.held(1)
    bias = use.held(2) if use.has(2) else weight.made("scaled", weight.dims, by=0.0)
    return [over_last(use, LayerNorm, x, axis, {"weight": weight, "bias": bias}, fields)]


@rule("RMSNormalization", "SimplifiedLayerNormalization")
def rms_norm(use: Use) -> list[Tensor]:
    """A norm by the root mean square of the last axes."""
    x = use.view()
    axis = use.axis(len(x.axes), -1)
    fields: dict[str, Any] = {"eps": use.number("epsilon", EPSILON)}
    held = {"weight": use.held(1)} if use.has(1) else {}
    if not held:
        fields["affine"] = False
    return [over_last(use, RmsNorm, x, axis, held, fields)]


def over_last(
    use: Use,
    kind: type[LayerNorm] | type[RmsNorm],
    x: View,
    axis: int,
    held: dict[str, Held],
    fields: dict[str, Any],
) -> View:
    """A norm over the axes from `axis` on."""
    parts = tuple(chain(*x.axes[axis:]))
    joined = x.reshaped((*x.dims[:axis], _count(x, parts)))
    assert joined is not None
    flat = {role: one.made("reshaped", (one.count,)) for role, one in held.items()}
    if not joined.has_channels(axis):
        others = [own for own in joined.own if own and not set(own) & set(joined.axes[axis])]
        if sum(map(len, others)) + len(joined.axes[axis]) != len(joined.sizes):
            others = [one for place, one in enumerate(joined.axes) if place != axis and one]
        joined = use.arranged(joined, [joined.axes[axis], *others])
    at = use.layer(kind, {"over": "channels", **fields}, joined, held=flat)
    found = joined.on(at).reshaped(x.dims)
    assert found is not None
    return found


def _count(x: View, parts: tuple[int, ...]) -> int:
    return x.size(parts)
