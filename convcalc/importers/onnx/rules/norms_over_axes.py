"""Norms of the last axes, and vectors of length 1: LayerNormalization, RMSNormalization, ..."""

from __future__ import annotations

from itertools import chain
from typing import Any

from convcalc.core.shapes import Shape
from convcalc.importers.onnx.rules.norms import EPSILON, channels_at, eps_of, is_put_there
from convcalc.importers.onnx.use import Tensor, Use, rule
from convcalc.importers.placing import NoRuleError
from convcalc.importers.tensor_views import View
from convcalc.kinds.l2_normalize import L2Normalize
from convcalc.kinds.layer_norm_family import LayerNorm, OverNorm, RmsNorm
from convcalc.kinds.learnt_family import Scale
from convcalc.network.held import Held


@rule("LpNormalization")
def l2_normalize(use: Use) -> list[Tensor]:
    """Vectors along an axis, of length 1."""
    if use.whole("p", 2) != 2:
        raise NoRuleError("its length is a sum")
    x = use.view()
    x = channels_at(use, x, use.axis(len(x.axes), -1))
    return [x.on(use.layer(L2Normalize, eps_of(use, 1e-12, 1e-12), x))]


@rule("LayerNormalization")
def layer_norm(use: Use) -> list[Tensor]:
    """A norm over the last axes: of the channels at each position, or of the whole sample."""
    return _norm(use, LayerNorm, ("weight", "bias"), eps_of(use))


@rule("RMSNormalization", "SimplifiedLayerNormalization")
def rms_norm(use: Use) -> list[Tensor]:
    """A norm by the root mean square of the last axes."""
    return _norm(use, RmsNorm, ("weight",), {"eps": use.number("epsilon", EPSILON)})


def _norm(
    use: Use, kind: type[OverNorm], roles: tuple[str, ...], fields: dict[str, Any]
) -> list[Tensor]:
    """A norm over the axes from `axis` on, or over that one alone where it is `single`."""
    x = use.view()
    axis = use.axis(len(x.axes), -1)
    is_single = bool(use.whole("single", 0))
    if not use.has(1):
        return [over_axes(use, kind, x, axis, {}, {"affine": False, **fields}, is_single)]
    places = {role: place for place, role in enumerate(roles, 1) if use.has(place)}
    if is_single and not all(_lies_along(use.dims(place), x, axis) for place in places.values()):
        return [*use.walk.as_written(use.operation)]
    # Zeros, and ones alone, that the exporter put there: the norm learns none.
    for role, nothing in (("bias", 0), ("weight", 1)):
        place = places.get(role)
        if place is not None and is_put_there(use, place, nothing):
            del places[role]
        elif place is not None:
            break
    if not places:
        fields = {"affine": False, **fields}
    held = {role: use.held(place) for role, place in places.items()}
    return [over_axes(use, kind, x, axis, held, fields, is_single)]


def _lies_along(dims: Shape, x: View, axis: int) -> bool:
    """True where numbers of this shape tell apart the places of one axis of a tensor alone."""
    wanted = [size if at == axis else 1 for at, size in enumerate(x.dims)]
    return wanted == [1] * (len(x.dims) - len(dims)) + list(dims)


def over_axes(
    use: Use,
    kind: type[OverNorm],
    x: View,
    axis: int,
    held: dict[str, Held],
    fields: dict[str, Any],
    is_single: bool = False,
) -> View:
    """A norm over the axes from `axis` on, or over that one."""
    parts = x.axes[axis] if is_single else tuple(chain(*x.axes[axis:]))
    joined = x if is_single else x.reshaped((*x.dims[:axis], _count(x, parts)))
    assert joined is not None
    flat = {role: one.made("reshaped", (one.count,)) for role, one in held.items()}
    if not joined.has_channels(axis):
        others = [own for own in joined.own if own and not set(own) & set(joined.axes[axis])]
        if sum(map(len, others)) + len(joined.axes[axis]) != len(joined.sizes):
            others = [one for place, one in enumerate(joined.axes) if place != axis and one]
        joined = use.arranged(joined, [joined.axes[axis], *others])
    if kind is LayerNorm and flat.keys() == {"weight"}:
        # A factor without a shift is no part of the layer.
        bare = use.layer(kind, {"over": "channels", "affine": False, **fields}, joined)
        at = use.layer(Scale, {}, joined.on(bare), held=flat)
    else:
        at = use.layer(kind, {"over": "channels", **fields}, joined, held=flat)
    found = joined.on(at).reshaped(x.dims)
    assert found is not None
    return found


def _count(x: View, parts: tuple[int, ...]) -> int:
    return x.size(parts)
