"""Convolutions whose taps are moved, and columns that become maps: DeformConv, Col2Im."""

from __future__ import annotations

from convcalc.importers.onnx.rules.windows import (
    Window,
    as_maps,
)
from convcalc.importers.onnx.use import Tensor, Use, rule
from convcalc.importers.placing import NoRuleError
from convcalc.kinds.deform_conv import DeformConv
from convcalc.kinds.fold import Fold


@rule("DeformConv")
def deform_conv(use: Use) -> list[Tensor]:
    """A convolution whose taps are moved by its third input, and weighted by its fifth."""
    weight = use.held(1)
    out, _, *kernel = weight.dims
    window = Window(use, tuple(kernel))
    if len(kernel) != 2:
        raise NoRuleError("its maps have other than two axes")
    views = [use.view(place) for place in (0, 2, 4) if use.has(place)]
    laid = [use.arranged(x, [x.axes[1], x.axes[2], x.axes[3]]) for x in views]
    held = {"weight": weight} | ({"bias": use.held(3)} if use.has(3) else {})
    fields = {"out_channels": out, **window.fields(0), "bias": use.has(3)}
    if use.whole("group", 1) != 1:
        fields["groups"] = use.whole("group", 1)
    return [as_maps(use, use.layer(DeformConv, fields, *laid, held=held), 0)]


@rule("Col2Im")
def fold(use: Use) -> list[Tensor]:
    """Columns added up where their windows stand."""
    sizes, kernel = use.sizes(1), use.sizes(2)
    x, window = use.view(), Window(use, kernel)
    x = use.arranged(x, [x.axes[1], x.axes[2]])
    fields = window.fields(0)
    at = use.layer(Fold, {"output_size": sizes, **fields}, x)
    return [as_maps(use, at, 0)]
