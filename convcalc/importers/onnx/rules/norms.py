"""Norms of maps: BatchNormalization, InstanceNormalization, GroupNormalization."""

from __future__ import annotations

from typing import Any

from convcalc.importers.onnx.rules.windows import maps_of
from convcalc.importers.onnx.use import Tensor, Use, rule
from convcalc.importers.placing import NoRuleError
from convcalc.importers.tensor_views import View
from convcalc.kinds.norm_family import BatchNorm, GroupNorm, InstanceNorm

EPSILON = 1e-5


def eps_of(use: Use, usual: float = EPSILON, unsaid: float = EPSILON) -> dict[str, Any]:
    """The field `eps`, where it is not as usual; `unsaid` is ONNX's own."""
    eps = use.number("epsilon", unsaid)
    return {} if eps == usual else {"eps": eps}


@rule("BatchNormalization")
def batch_norm(use: Use) -> list[Tensor]:
    """A norm by stored statistics."""
    x = use.view()
    roles = ("weight", "bias", "running_mean", "running_var")
    held = {role: use.held(place) for place, role in enumerate(roles, 1)}
    x = channels_at(use, x, 1)
    # Before opset 14 one that trains is told by what else it gives.
    if use.whole("training_mode", int(use.opset < 14 and any(use.operation.outputs[1:]))):
        use.builder.trained[use.operation.name or use.operation.result] = None
    if is_put_there(use, 1, 1) and is_put_there(use, 2, 0):
        bare = {role: held[role] for role in roles[2:]}
        return [x.on(use.layer(BatchNorm, {"affine": False, **eps_of(use)}, x, held=bare))]
    return [x.on(use.layer(BatchNorm, eps_of(use), x, held=held))]


def is_put_there(use: Use, place: int, number: float) -> bool:
    """True for an input of one number that the exporter put there, so that a norm learns none.

    Of what was found to be a norm by its pieces it may have laid out a parameter.
    """
    is_found = "pieces" in use.operation.attributes
    is_made = not use.is_learnt(place) if is_found else use.is_made(place)
    return is_made and use.single(place) == number


def _is_bare(use: Use) -> bool:
    """True for a norm that learns nothing, or whose numbers come behind it, as those of groups."""
    is_learnt = use.is_learnt(1) or use.is_learnt(2)
    return not is_learnt and (use.single(1), use.single(2)) == (1, 0)


def channels_at(use: Use, x: View, axis: int) -> View:
    """The view with the tensor's `axis` as channels."""
    if x.has_channels(axis):
        return x
    x, _ = use.isolated(x, axis)
    others = [parts for parts in x.own if parts != x.axes[axis]]
    return use.arranged(x, [x.axes[axis], *others])


@rule("InstanceNormalization")
def instance_norm(use: Use) -> list[Tensor]:
    """A norm of each channel's map."""
    x, extra = maps_of(use)
    if extra:
        raise NoRuleError("it norms several maps at once")
    if _is_bare(use):
        return [x.on(use.layer(InstanceNorm, eps_of(use), x))]
    held = {"weight": use.held(1), "bias": use.held(2)}
    return [x.on(use.layer(InstanceNorm, {"affine": True, **eps_of(use)}, x, held=held))]


@rule("GroupNormalization")
def group_norm(use: Use) -> list[Tensor]:
    """A norm of groups of channels; before opset 21 its scales were those of groups."""
    x, extra = maps_of(use)
    groups = use.whole("num_groups", 1)
    scale, bias = use.held(1), use.held(2)
    if extra:
        raise NoRuleError("it norms several maps at once")
    fields = {"groups": groups, **eps_of(use)}
    if _is_bare(use):
        return [x.on(use.layer(GroupNorm, {"affine": False, **fields}, x))]
    if scale.count != x.shape[0]:
        times = x.shape[0] // max(groups, 1)
        scale = scale.made("repeated", (x.shape[0],), times=times)
        bias = bias.made("repeated", (x.shape[0],), times=times)
    learnt = {"weight": scale, "bias": bias}
    held = {role: one.made("reshaped", (one.count,)) for role, one in learnt.items()}
    return [x.on(use.layer(GroupNorm, fields, x, held=held))]
