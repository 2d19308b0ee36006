"""Convolutions: Conv."""

from __future__ import annotations

from convcalc.importers.onnx.rules.windows import (
    Window,
    as_maps,
    maps_of,
)
from convcalc.importers.onnx.use import Tensor, Use, rule
from convcalc.importers.tensor_views import View
from convcalc.kinds.conv import Conv
from convcalc.network.held import Held


@rule("Conv")
def conv(use: Use) -> list[Tensor]:
    """A convolution, whose kernel the weight has too."""
    return [convolved(use, use.held(1), use.held(2) if use.has(2) else None)]


def convolved(use: Use, weight: Held, bias: Held | None) -> View:
    """A convolution with these arrays, by the attributes of the operation."""
    held = {"weight": weight} | ({"bias": bias} if bias is not None else {})
    out, _, *kernel = weight.dims
    window = Window(use, tuple(kernel))
    x, extra = maps_of(use)
    channels, groups = x.shape[0], use.whole("group", 1)
    _check_weight(use, weight.dims, (out, channels // max(groups, 1), *kernel), channels)
    fields = {"out_channels": out, **window.fields(extra), "bias": bias is not None}
    if groups != 1:
        fields["groups"] = "depthwise" if groups == channels else groups
    if extra:
        held["weight"] = weight.made("reshaped", (out, channels // groups, 1, *kernel))
    at = use.layer(Conv, fields, x, held=held)
    return as_maps(use, at, extra)


def _check_weight(use: Use, dims: tuple[int, ...], wanted: tuple[int, ...], channels: int) -> None:
    if dims[1] != wanted[1] or len(dims) != len(use.dims()):
        message = f"{use.operation.title} reads {channels} channels"
        note = f"its weight is {'x'.join(map(str, dims))}, group {use.whole('group', 1)}"
        raise use.builder.refuse("broken-model", message, use.operation, note=note)
