"""Quantised files in their float sense: QuantizeLinear, DequantizeLinear."""

from __future__ import annotations

from convcalc.importers.onnx.use import Tensor, Use, rule
from convcalc.network.held import Held


@rule("DequantizeLinear")
def dequantize(use: Use) -> list[Tensor]:
    """Stored integers as the reals that they stand for; an activation as it is."""
    x = use.tensor()
    if not isinstance(x, Held):
        return [x]
    others = [use.held(1)] + ([use.held(2)] if use.has(2) else [])
    axis = use.axis(len(x.dims), 1) if len(x.dims) > 1 else 0
    (made,) = use.made("dequantised", x.dims, *others, axis=axis)
    # Integers of a quantised file are what was learnt.
    use.walk.learnt.update(use.operation.outputs)
    return [Held(made.name, made.dims, "float32", made.source)]


@rule("QuantizeLinear")
def quantize(use: Use) -> list[Tensor]:
    """An activation as it is: it is rounded, and nothing is calculated."""
    return [use.view()]
