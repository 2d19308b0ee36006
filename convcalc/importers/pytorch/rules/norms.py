"""Norms and softmax."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

from convcalc.core.shapes import format_shape
from convcalc.importers.placing import NoRuleError
from convcalc.importers.pytorch.call import Call
from convcalc.importers.pytorch.constants import calculated
from convcalc.importers.pytorch.values import Stored, Value
from convcalc.importers.tensor_views import View
from convcalc.kinds.l2_normalize import L2Normalize
from convcalc.kinds.layer_norm_family import LayerNorm, RmsNorm
from convcalc.kinds.learnt_family import Scale
from convcalc.kinds.norm_family import BatchNorm, GroupNorm, InstanceNorm
from convcalc.kinds.softmax_family import LogSoftmax, Softmax
from convcalc.network.held import Held


def batch_norm(
    call: Call,
    x: Value,
    weight: Value | None,
    bias: Value | None,
    running_mean: Value | None,
    running_var: Value | None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
    **_: object,
) -> View:
    """Every channel by its stored mean and variance."""
    view = call.channels_first(call.view(x), 1)
    held = {} if weight is None else call.weights(weight, bias)
    if running_mean is None:
        raise NoRuleError("it has no running statistics")
    held["running_mean"] = call.array(call.stored(running_mean))
    held["running_var"] = call.array(call.stored(running_var))
    return call.same(BatchNorm, {"affine": weight is not None, "eps": eps}, view, held)


def instance_norm(
    call: Call,
    x: Value,
    weight: Value | None = None,
    bias: Value | None = None,
    running_mean: Value | None = None,
    running_var: Value | None = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
    **_: object,
) -> View:
    """Every channel by its own mean and variance."""
    if not use_input_stats:
        return batch_norm(call, x, weight, bias, running_mean, running_var, eps=eps)
    view = call.channels_first(call.view(x), 1)
    held = {} if weight is None else call.weights(weight, bias)
    return call.same(InstanceNorm, {"affine": weight is not None, "eps": eps}, view, held)


def group_norm(
    call: Call,
    x: Value,
    num_groups: int,
    weight: Value | None = None,
    bias: Value | None = None,
    eps: float = 1e-5,
    **_: object,
) -> View:
    """Groups of channels by their own mean and variance."""
    view = call.view(x)
    if view.axes[0]:
        raise NoRuleError("its batch holds more than samples")
    view = call.channels_first(view, 1)
    held = _learnt(call, view, weight, bias)
    fields = {"groups": num_groups, "affine": weight is not None, "eps": eps}
    return call.same(GroupNorm, fields, view, held)


def layer_norm(
    call: Call,
    x: Value,
    normalized_shape: Sequence[int],
    weight: Value | None = None,
    bias: Value | None = None,
    eps: float | None = 1e-5,
    kind: type[LayerNorm] | type[RmsNorm] = LayerNorm,
    **_: object,
) -> View:
    """The last axes by their mean and variance: the channels at each position, or all."""
    view = call.view(x)
    last = len(normalized_shape)
    if view.dims[-last:] != tuple(normalized_shape):
        sizes = format_shape(tuple(normalized_shape))
        raise NoRuleError(f"it is over {sizes}, and its input is {format_shape(view.dims)}")
    behind = [axis for axis in view.axes[-last:] if axis]
    if len(behind) > 1 and any(view.axes[:-last]):
        # Of several axes at each place of others: one axis of them all.
        whole = prod(normalized_shape)
        joined = view.reshaped((*view.dims[:-last], whole))
        assert joined is not None
        found = layer_norm(call, joined, [whole], weight, bias, eps, kind)
        return found.reshaped(view.dims) or found
    # A factor without a shift is no part of the layer, and stands behind it.
    is_alone = bias is None and weight is not None and kind is LayerNorm
    if is_alone and len(behind) > 1:
        raise NoRuleError("it learns a factor of each element and no shift")
    fields: dict[str, Any] = {"affine": weight is not None and not is_alone, "eps": eps}
    if len(behind) <= 1:
        view = call.channels_first(view, len(view.axes) - last)
        fields["over"], shape = "channels", view.shape[:1]
    else:
        view = call.arranged(view, behind)
        fields["over"], shape = "all", view.shape
    arrays = (("weight", weight), ("bias", bias))
    held = {name: call.array(call.stored(v), shape) for name, v in arrays if v is not None}
    if is_alone:
        return call.same(Scale, {}, call.same(kind, fields, view), held)
    return call.same(kind, fields, view, held)


def rms_norm(
    call: Call,
    x: Value,
    normalized_shape: Sequence[int],
    weight: Value | None = None,
    eps: float | None = None,
) -> View:
    """The last axes by their root mean square."""
    return layer_norm(call, x, normalized_shape, weight, None, eps, RmsNorm)


def weight_norm(call: Call, v: Value, g: Value, dim: int = 0) -> Value:
    """A weight by its direction v and its length g, along an axis; worked out when it is run."""
    if not (isinstance(v, Stored) and isinstance(g, Stored)):
        raise NoRuleError("what it makes a weight of is worked out from others")
    (name,) = call.operation.outputs
    element = call.elements.get(name, "float32")
    given = {"x": v, "g": g, "dim": dim}
    if g.is_learnt:
        # The layer that has the weight counts as many as the direction has.
        call.view(g)
    found = calculated(call.builder, call.operation.op, name, v.dims, element, given)
    return found._replace(is_learnt=v.is_learnt)


def over_axis(kind: type[LayerNorm] | type[RmsNorm]) -> Callable[..., View]:
    """A norm over one axis, as it was found to be one layer."""

    def rule(
        call: Call,
        x: Value,
        axis: int,
        eps: float,
        weight: Value | None = None,
        bias: Value | None = None,
    ) -> View:
        view = call.channels_first(call.view(x), axis)
        fields = {"over": "channels", "affine": weight is not None, "eps": eps}
        return call.same(kind, fields, view, _learnt(call, view, weight, bias))

    return rule


def l2_normalize(call: Call, x: Value, axis: int, eps: float) -> View:
    """Vectors of length 1 along an axis, as they were found to be one layer."""
    return call.same(L2Normalize, {"eps": eps}, call.channels_first(call.view(x), axis))


def _learnt(call: Call, view: View, weight: Value | None, bias: Value | None) -> dict[str, Held]:
    """What a norm learns for each channel, however its arrays lie along them."""
    arrays = (("weight", weight), ("bias", bias))
    return {name: call.array(call.stored(v), view.shape[:1]) for name, v in arrays if v is not None}


def shares(kind: type[Softmax] | type[LogSoftmax]) -> Callable[..., View]:
    """Softmax along an axis."""

    def rule(call: Call, x: Value, dim: int, *_: object, **__: object) -> View:
        view, axis = call.alone(call.view(x), dim)
        return call.same(kind, {"axis": axis} if axis else {}, view)

    return rule


RULES: dict[str, Callable[..., object]] = {
    "aten._weight_norm": weight_norm,
    "aten.batch_norm": batch_norm,
    "aten._native_batch_norm_legit_no_training": batch_norm,
    "aten.instance_norm": instance_norm,
    "aten.group_norm": group_norm,
    "aten.layer_norm": layer_norm,
    "aten.rms_norm": rms_norm,
    "pieces.layer_norm": over_axis(LayerNorm),
    "pieces.rms_norm": over_axis(RmsNorm),
    "pieces.l2_normalize": l2_normalize,
    **dict.fromkeys(("aten.softmax", "aten._softmax"), shares(Softmax)),
    **dict.fromkeys(("aten.log_softmax", "aten._log_softmax"), shares(LogSoftmax)),
}
