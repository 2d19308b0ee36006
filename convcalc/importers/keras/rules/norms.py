"""Norms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

from convcalc.importers.keras.layer import Layer
from convcalc.importers.placing import NoRuleError
from convcalc.importers.pytorch.rules import norms
from convcalc.importers.pytorch.values import Value
from convcalc.importers.tensor_views import View
from convcalc.kinds.l2_normalize import L2Normalize
from convcalc.kinds.learnt_family import Bias, Scale
from convcalc.kinds.norm_family import BatchNorm
from convcalc.network.held import Held


def _axis(layer: Layer, view: View) -> int:
    """The one axis that a norm is told."""
    axis = layer.field("axis", default=-1)
    axes = axis if isinstance(axis, list | tuple) else [axis]
    if [type(one) for one in axes] != [int]:
        raise NoRuleError(f"its `axis` is {axis!s:.40}")
    (only,) = axes
    return int(only % len(view.axes))


def _learnt(layer: Layer, *dims: int) -> dict[str, Held]:
    """The factor and the shift, as far as there are any."""
    found = {}
    for role, name, flag in (("weight", "gamma", "scale"), ("bias", "beta", "center")):
        if layer.flag(flag, default=True):
            found[role] = layer.call.array(layer.array(name, tuple(dims)))
    return found


def _behind(layer: Layer, view: View, learnt: dict[str, Held]) -> View:
    """A factor alone, or a shift alone, behind the norm."""
    if "weight" in learnt:
        return layer.part("gamma").same(Scale, {}, view, {"weight": learnt["weight"]})
    if "bias" in learnt:
        return layer.part("beta").same(Bias, {}, view, {"bias": learnt["bias"]})
    return view


def batch_norm(layer: Layer, x: Value, mask: object = None) -> View:
    """Every channel by its stored mean and variance."""
    view = layer.view(x)
    axis = _axis(layer, view)
    view = layer.call.channels_first(view, axis)
    channels = view.dims[axis]
    learnt = _learnt(layer, channels)
    is_affine = len(learnt) == 2
    held = dict(learnt) if is_affine else {}
    for role, name in (("running_mean", "moving_mean"), ("running_var", "moving_variance")):
        held[role] = layer.call.array(layer.array(name, (channels,), learnt=False))
    fields = {"affine": is_affine, "eps": layer.number("epsilon", default=1e-3)}
    own = layer if is_affine or not learnt else layer.part("norm")
    found = own.same(BatchNorm, fields, view, held)
    return found if is_affine else _behind(layer, found, learnt)


def layer_norm(layer: Layer, x: Value, mask: object = None) -> View:
    """The last axes by their mean and variance."""
    view = layer.view(x)
    axis = layer.field("axis", default=-1)
    axes = sorted(n % len(view.axes) for n in (axis if isinstance(axis, list) else [axis]))
    rank = len(view.axes)
    shape = tuple(view.dims[n] for n in axes)
    # By a root mean square there is a factor, and no shift, whatever the other fields say.
    by_square = layer.flag("rms_scaling", default=False)
    why = ""
    if axes != list(range(rank - len(axes), rank)):
        why = f"it normalises the axes {axes}"
    elif by_square:
        why = "it scales by the root mean square of what it has centred"
    if why:
        both = [one for one in ("scale", "center") if layer.flag(one, default=True)]
        arrays = 1 if by_square else len(both)
        return layer.opaque(view.dims, [view], why, arrays * prod(shape), 0)
    eps = layer.number("epsilon", default=1e-3)
    names = [
        layer.array(name, shape) if layer.flag(flag, default=True) else None
        for name, flag in (("gamma", "scale"), ("beta", "center"))
    ]
    gamma, beta = names
    if (gamma is None) == (beta is None):
        return norms.layer_norm(layer.call, view, shape, gamma, beta, eps)
    if len(axes) > 1:
        raise NoRuleError("it learns a factor or a shift of several axes, and not both")
    plain = norms.layer_norm(layer.part("norm").call, view, shape, None, None, eps)
    return _behind(layer, plain, _learnt(layer, *shape))


def group_norm(layer: Layer, x: Value) -> View:
    """Groups of channels by their mean and variance."""
    view = layer.view(x)
    axis = _axis(layer, view)
    last = len(view.axes) - 1
    if axis not in (1, last):
        raise NoRuleError(f"its channels are axis {axis}")
    is_turned = axis == last
    turned = view.transposed([0, last, *range(1, last)]) if is_turned else view
    channels = view.dims[axis]
    groups = layer.whole("groups", default=32)
    learnt = _learnt(layer, channels)
    if len(learnt) == 1:
        raise NoRuleError("it learns a factor or a shift, and not both")
    gamma, beta = (layer.array(name, (channels,)) if learnt else None for name in ("gamma", "beta"))
    eps = layer.number("epsilon", default=1e-3)
    count = channels if groups == -1 else groups
    found = norms.group_norm(layer.call, turned, count, gamma, beta, eps)
    return found.transposed([0, *range(2, last + 1), 1]) if is_turned else found


def rms_norm(layer: Layer, x: Value) -> View:
    """The channels by their root mean square."""
    view = layer.view(x)
    if _axis(layer, view) != len(view.axes) - 1:
        raise NoRuleError("it goes along another axis than the last")
    shape: Sequence[int] = view.dims[-1:]
    scale = layer.array("scale", tuple(shape))
    return norms.rms_norm(layer.call, view, shape, scale, layer.number("epsilon", default=1e-6))


def unit_norm(layer: Layer, x: Value) -> View:
    """The channels to a length of 1."""
    view = layer.view(x)
    moved = layer.call.channels_first(view, _axis(layer, view))
    return layer.same(L2Normalize, {}, moved)


def normalization(layer: Layer, x: Value) -> View:
    """Every channel by a mean and a variance that were taken from the data."""
    view = layer.view(x)
    axis = _axis(layer, view)
    if layer.flag("invert", default=False):
        raise NoRuleError("it is the way back")
    view = layer.call.channels_first(view, axis)
    channels = view.dims[axis]
    held: dict[str, Any] = {}
    for role, name in (("running_mean", "mean"), ("running_var", "variance")):
        given = layer.field(name, default=None)
        if given is None:
            held[role] = layer.call.array(layer.array(name, (channels,), learnt=False))
        else:
            values = _flat(given)
            values = values * channels if len(values) == 1 else values
            held[role] = layer.call.array(layer.written(name, values))
    return layer.same(BatchNorm, {"affine": False, "eps": 0}, view, held)


def _flat(value: Any) -> list[float]:
    if isinstance(value, list | tuple):
        return [number for one in value for number in _flat(one)]
    return [float(value)]


RULES: dict[str, Callable[..., object]] = {
    "BatchNormalization": batch_norm,
    "SyncBatchNormalization": batch_norm,
    "LayerNormalization": layer_norm,
    "GroupNormalization": group_norm,
    "RMSNormalization": rms_norm,
    "UnitNormalization": unit_norm,
    "Normalization": normalization,
}
