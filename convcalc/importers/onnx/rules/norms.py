"""Norms: BatchNormalization, LayerNormalization, InstanceNormalization, GroupNormalization, LRN."""

from __future__ import annotations

from itertools import chain
from typing import Any

from convcalc.importers.building import NoRuleError
from convcalc.importers.onnx.rules.windows import maps_of
from convcalc.importers.onnx.use import Tensor, Use, rule
from convcalc.importers.tensor_views import View
from convcalc.kinds.l2_normalize import L2Normalize
from convcalc.kinds.layer_norm_family import LayerNorm, RmsNorm
from convcalc.kinds.local_response_norm import LocalResponseNorm
from convcalc.kinds.norm_family import BatchNorm, GroupNorm, InstanceNorm
from convcalc.network.held import Held

_EPSILON = 1e-5


def _eps(use: Use, usual: float = _EPSILON) -> dict[str, Any]:
    eps = use.number("epsilon", _EPSILON)
    return {} if eps == usual else {"eps": eps}


@rule("BatchNormalization")
def batch_norm(use: Use) -> list[Tensor]:
    """A norm by stored statistics."""
    x = use.view()
    roles = ("weight", "bias", "running_mean", "running_var")
    held = {role: use.held(place) for place, role in enumerate(roles, 1)}
    x = channels_at(use, x, 1)
    return [x.on(use.layer(BatchNorm, _eps(use), x, held=held))]


def channels_at(use: Use, x: View, axis: int) -> View:
    """The view with the tensor's `axis` as channels."""
    if x.has_channels(axis):
        return x
    x, _ = use.isolated(x, axis)
    others = [parts for parts in x.own if parts != x.axes[axis]]
    return use.arranged(x, [x.axes[axis], *others])


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
    fields = _eps(use)
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
    fields: dict[str, Any] = {"eps": use.number("epsilon", _EPSILON)}
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


@rule("InstanceNormalization")
def instance_norm(use: Use) -> list[Tensor]:
    """A norm of each channel's map."""
    x, extra = maps_of(use)
    if extra:
        raise NoRuleError("it norms several maps at once")
    held = {"weight": use.held(1), "bias": use.held(2)}
    return [x.on(use.layer(InstanceNorm, {"affine": True, **_eps(use)}, x, held=held))]


@rule("GroupNormalization")
def group_norm(use: Use) -> list[Tensor]:
    """A norm of groups of channels; before opset 21 its scales were those of groups."""
    x, extra = maps_of(use)
    groups = use.whole("num_groups", 1)
    scale, bias = use.held(1), use.held(2)
    if extra:
        raise NoRuleError("it norms several maps at once")
    if scale.count != x.shape[0]:
        times = x.shape[0] // max(groups, 1)
        scale = scale.made("repeated", (x.shape[0],), times=times)
        bias = bias.made("repeated", (x.shape[0],), times=times)
    fields = {"groups": groups, **_eps(use)}
    learnt = {"weight": scale, "bias": bias}
    held = {role: one.made("reshaped", (one.count,)) for role, one in learnt.items()}
    return [x.on(use.layer(GroupNorm, fields, x, held=held))]


@rule("LRN")
def local_response_norm(use: Use) -> list[Tensor]:
    """A norm by the energy of neighbouring channels."""
    x, _ = maps_of(use)
    fields = {
        "size": use.whole("size", 1),
        "alpha": use.number("alpha", 0.0001),
        "beta": use.number("beta", 0.75),
        "k": use.number("bias", 1.0),
    }
    return [x.on(use.layer(LocalResponseNorm, fields, x))]
