"""Powers and roots, and a gate times a tensor: Pow, Sqrt, SwiGLU."""

from __future__ import annotations

from math import prod

from convcalc.importers.onnx.rules.joins import of_two
from convcalc.importers.onnx.rules.pointwise import swish, worded
from convcalc.importers.onnx.use import Tensor, Use, rule
from convcalc.importers.tensor_views import View
from convcalc.kinds.activation_family import Sqrt
from convcalc.kinds.arithmetic_family import Mul, Pow
from convcalc.kinds.number_family import MulNumber


@rule("SwiGLU")
def swiglu(use: Use) -> list[Tensor]:
    """The Swish of one tensor times another one."""
    (gate,) = swish(use)
    assert isinstance(gate, View)
    left, right = use.builder.aligned(gate, use.view(1), use.operation)
    right = use.builder.laid_like(right, left, use.operation)
    return [left.on(use.layer(Mul, {}, left, right))]


@rule("Neg")
def negative(use: Use) -> list[Tensor]:
    """Less x."""
    return [*use.pointwise(MulNumber, value=-1)]


@rule("Sqrt")
def root(use: Use) -> list[Tensor]:
    """The square root."""
    return [*use.pointwise(Sqrt)]


@rule("Pow")
def power(use: Use) -> list[Tensor]:
    """Squares and roots, which are functions of their own, and other powers."""
    # Exponents that are learnt are one number by chance, as long as nobody trains them.
    exponent = use.single(1) if prod(use.dims(1)) == 1 or not use.counts(1) else None
    if exponent == 2:
        return [*use.pointwise(worded("Square"))]
    if exponent == 0.5:
        return [*use.pointwise(Sqrt)]
    if exponent == 1:
        return [use.tensor()]
    if exponent == 3:
        x = use.view()
        square = use.pointwise(worded("Square"))[0]
        return [x.on(use.layer(Mul, {}, x, square))]
    if exponent in (-1, -0.5):
        x = use.pointwise(Sqrt)[0] if exponent == -0.5 else use.view()
        return [use.builder.pointwise(worded("Reciprocal"), {}, x, use.operation)]
    left, right = use.tensors()
    return [of_two(use, Pow, left, right)]
