"""Transposed convolutions: ConvTranspose."""

from __future__ import annotations

from collections.abc import Sequence

from convcalc.importers.onnx.rules.windows import (
    PerAxis,
    Window,
    as_maps,
    maps_of,
    of_axes,
    of_sides,
)
from convcalc.importers.onnx.use import Tensor, Use, rule
from convcalc.importers.placing import NoRuleError
from convcalc.kinds.conv_transpose import ConvTranspose
from convcalc.network.held import Held


def _weights(use: Use) -> dict[str, Held]:
    held = {"weight": use.held(1)}
    if use.has(2):
        held["bias"] = use.held(2)
    return held


@rule("ConvTranspose")
def conv_transpose(use: Use) -> list[Tensor]:
    """A transposed convolution."""
    held = _weights(use)
    _, out, *kernel = held["weight"].dims
    window = Window(use, tuple(kernel))
    x, extra = maps_of(use)
    if extra:
        raise NoRuleError("it enlarges several maps at once")
    groups = use.whole("group", 1)
    fields = {"out_channels": out * groups, **window.fields(0), "bias": use.has(2)}
    more = use.list("output_padding") or (0,) * len(kernel)
    wanted = use.list("output_shape")
    if wanted or window.word in ("SAME_UPPER", "SAME_LOWER"):
        fields["padding"] = _cut(window, x.shape[1:], more, wanted)
    if any(more):
        fields["output_padding"] = of_axes(more)
    if groups != 1:
        fields["groups"] = groups
    at = use.layer(ConvTranspose, fields, x, held=held)
    return [as_maps(use, at, 0)]


def _cut(
    window: Window, sizes: Sequence[int], more: Sequence[int], wanted: Sequence[int] | None
) -> PerAxis:
    """The padding that gives the wanted sizes, or the input's times the stride."""
    before, after = [], []
    for axis, size in enumerate(sizes):
        span = (window.kernel[axis] - 1) * window.dilation[axis] + 1
        aim = wanted[-len(sizes) :][axis] if wanted else size * window.stride[axis]
        total = (size - 1) * window.stride[axis] + more[axis] + span - aim
        if total < 0:
            raise NoRuleError("its output is larger than its windows reach")
        small, large = total // 2, total - total // 2
        is_upper = window.word == "SAME_UPPER"
        before.append(small if is_upper else large)
        after.append(large if is_upper else small)
    return of_sides((*before, *after))
