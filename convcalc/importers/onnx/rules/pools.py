"""Pools: MaxPool, AveragePool, LpPool."""

from __future__ import annotations

from typing import Any

from convcalc.importers.onnx.rules.pointwise import worded
from convcalc.importers.onnx.rules.windows import (
    Window,
    as_maps,
    maps_of,
)
from convcalc.importers.onnx.use import Tensor, Use, rule
from convcalc.importers.placing import NoRuleError
from convcalc.kinds.pool_family import AvgPool, LpPool, MaxPool


def _kernel(use: Use) -> tuple[int, ...]:
    kernel = use.list("kernel_shape")
    if not kernel:
        message = f"{use.operation.title} has no kernel_shape"
        raise use.builder.refuse("broken-model", message, use.operation)
    return kernel


def _pool_fields(use: Use, extra: int) -> dict[str, Any]:
    window = Window(use, _kernel(use))
    halves = [size // 2 for size in window.kernel] * 2
    if any(a > b for a, b in zip(window.pads, halves, strict=True)):
        raise NoRuleError("its padding is more than half of its window")
    fields = window.fields(extra, "stride")
    if use.whole("ceil_mode", 0):
        fields["ceil_mode"] = True
    return fields


@rule("MaxPool")
def max_pool(use: Use) -> list[Tensor]:
    """A maximum over windows; its second output, the places of the maxima, has no kind."""
    x, extra = maps_of(use)
    at = use.layer(MaxPool, _pool_fields(use, extra), x)
    return [as_maps(use, at, extra)]


@rule("AveragePool")
def average_pool(use: Use) -> list[Tensor]:
    """A mean over windows."""
    x, extra = maps_of(use)
    fields = _pool_fields(use, extra)
    if "padding" in fields and not use.whole("count_include_pad", 0):
        fields["count_include_pad"] = False
    at = use.layer(AvgPool, fields, x)
    return [as_maps(use, at, extra)]


@rule("LpPool")
def lp_pool(use: Use) -> list[Tensor]:
    """The norm of each window."""
    x, extra = maps_of(use)
    fields = _pool_fields(use, extra)
    fields["norm_type"] = use.whole("p", 2)
    if use.whole("p", 2) % 2:
        x = use.builder.pointwise(worded("Abs"), {}, x, use.operation)
    at = use.layer(LpPool, fields, x)
    return [as_maps(use, at, extra)]
