"""Pixels around a map: Pad."""

from __future__ import annotations

from math import isfinite
from typing import Any

from convcalc.importers.onnx.use import Tensor, Use, rule
from convcalc.importers.placing import NoRuleError
from convcalc.importers.tensor_views import View
from convcalc.kinds.border_family import Pad

# ONNX's words for what stands in the new pixels, beside a number, which is the usual.
_MODES = {"reflect": "reflect", "edge": "replicate", "wrap": "circular"}


@rule("Pad")
def pad(use: Use) -> list[Tensor]:
    """Pixels around a map."""
    x = use.view()
    pads = use.sizes(1) if use.has(1) else use.list("pads") or ()
    value = use.single(2) if use.has(2) else use.number("value", 0.0)
    rank = len(x.axes)
    axes = use.axes(use.sizes(3), rank) if use.has(3) else tuple(range(rank))
    if len(pads) != 2 * len(axes) or value is None or not isfinite(value):
        raise NoRuleError("its padding is not known")
    sides = {axis: (pads[at], pads[at + len(axes)]) for at, axis in enumerate(axes)}
    sides = {axis: pair for axis, pair in sides.items() if pair != (0, 0)}
    if not sides:
        return [x]
    mode = use.word("mode", "")
    cut = {axis: (min(a, 0), min(b, 0)) for axis, (a, b) in sides.items() if min(a, b) < 0}
    sides = {axis: (max(a, 0), max(b, 0)) for axis, (a, b) in sides.items() if max(a, b) > 0}
    if cut and sides and mode in _MODES:
        raise NoRuleError("it crops, and mirrors or repeats what is left")
    x = _cropped(use, x, cut)
    if not sides:
        return [x]
    for axis in sides:
        x, _ = use.isolated(x, axis)
    places = {use.isolated(x, axis)[1]: pair for axis, pair in sides.items()}
    if 0 in places:
        x = _channels_behind(use, x, sides)
        places = {use.isolated(x, axis)[1]: pair for axis, pair in sides.items()}
    pairs = tuple(places.get(at, (0, 0)) for at in range(1, len(x.own)))
    fields: dict[str, Any] = {"padding": pairs}
    if mode in _MODES:
        fields["mode"] = _MODES[mode]
    elif value:
        fields |= {"mode": "constant", "value": value}
    at = use.layer(Pad, fields, x)
    shape = use.builder.shape(at)
    for axis, pair in sides.items():
        x = x.resized(at, use.isolated(x, axis)[1], x.dims[axis] + sum(pair), axis)
    assert x.shape == shape
    return [x]


def _channels_behind(use: Use, x: View, sides: dict[int, tuple[int, int]]) -> View:
    """The view with an axis that is not padded as its first."""
    free = next(
        (axis for axis in x.own if axis and axis not in map(x.axes.__getitem__, sides)), None
    )
    # In the order that the tensor has them: rows before columns.
    order = {part: at for at, parts in enumerate(x.axes) for part in parts}
    others = sorted(
        (axis for axis in x.own if axis != free),
        key=lambda axis: order.get(axis[0], 0) if axis else -1,
    )
    return use.arranged(x, [free or (), *others])


def _cropped(use: Use, x: View, sides: dict[int, tuple[int, int]]) -> View:
    """The tensor without as many places at either end of an axis as a padding below 0 says."""
    for axis, (before, after) in sides.items():
        if x.dims[axis] + before + after <= 0:
            raise NoRuleError(f"it crops {-before - after:,} of {x.dims[axis]:,} places")
        x = use.cut(x, axis, -before, x.dims[axis] + after)
    return x
