"""Functions with constants of their own: LeakyRelu, Elu, Clip, PRelu, ..."""

from __future__ import annotations

from math import inf

from convcalc.importers.onnx.rules.pointwise import spelt, unless
from convcalc.importers.onnx.use import Tensor, Use, rule
from convcalc.importers.placing import NoRuleError
from convcalc.importers.tensor_views import View
from convcalc.kinds.bent_family import (
    Celu,
    Elu,
    Gelu,
    Hardshrink,
    Hardsigmoid,
    Hardtanh,
    LeakyRelu,
    Softplus,
    Softshrink,
    Threshold,
)
from convcalc.kinds.prelu import Prelu

# float32's most, which stands for no bound.
MOST = 3.4e38


@rule("LeakyRelu")
def leaky_relu(use: Use) -> list[Tensor]:
    """A fixed slope below 0."""
    return [*use.pointwise(LeakyRelu, negative_slope=use.number("alpha", 0.01))]


@rule("Elu")
def elu(use: Use) -> list[Tensor]:
    """An exponential below 0."""
    return [*use.pointwise(Elu, **unless(1.0, alpha=use.number("alpha", 1.0)))]


@rule("Celu")
def celu(use: Use) -> list[Tensor]:
    """An exponential below 0, without a kink."""
    return [*use.pointwise(Celu, **unless(1.0, alpha=use.number("alpha", 1.0)))]


@rule("Gelu")
def gelu(use: Use) -> list[Tensor]:
    """By the error function, or by a tanh."""
    return [*use.pointwise(Gelu, approximate=use.word("approximate", "none"))]


@rule("HardSigmoid")
def hardsigmoid(use: Use) -> list[Tensor]:
    """A line between 0 and 1; ONNX's slope is 0.2 by default."""
    alpha, beta = use.number("alpha", 0.2), use.number("beta", 0.5)
    fields = {} if abs(alpha - 1 / 6) < 1e-7 else {"alpha": alpha}
    return [*use.pointwise(Hardsigmoid, **fields, **unless(0.5, beta=beta))]


@rule("Softplus")
def softplus(use: Use) -> list[Tensor]:
    """log(1 + exp(x))."""
    return [*use.pointwise(Softplus)]


@rule("ThresholdedRelu")
def thresholded(use: Use) -> list[Tensor]:
    """0 up to a threshold."""
    return [*use.pointwise(Threshold, threshold=use.number("alpha", 1.0), value=0)]


@rule("Shrink")
def shrink(use: Use) -> list[Tensor]:
    """Small numbers are 0; the others are moved towards it, or stay."""
    lambd, bias = use.number("lambd", 0.5), use.number("bias", 0.0)
    if bias not in (0.0, lambd):
        raise NoRuleError("its bias is not its threshold")
    return [*use.pointwise(Softshrink if bias else Hardshrink, lambd=lambd)]


@rule("Clip")
def clip(use: Use) -> list[Tensor]:
    """Between two numbers; a bound that is left out is as far as numbers go."""
    if use.opset < 11:
        least, most = use.number("min", -MOST), use.number("max", MOST)
    else:
        bounds = [use.single(at) if use.has(at) else far for at, far in ((1, -MOST), (2, MOST))]
        if None in bounds:
            raise NoRuleError("its bounds are calculated")
        least, most = (float(one) for one in bounds if one is not None)
    if least >= most:
        raise NoRuleError("its least number is not below its most")
    return [between(use, least, most)]


def between(use: Use, least: float, most: float) -> View:
    """The first input, and the bounds where it is beyond them."""
    for op in (f"Relu{most:g}", "Relu"):
        # The clips that have a word of their own.
        kind = spelt(op)
        bounds_ = kind.model_construct().clips_to() if kind is not None else None
        if kind is not None and bounds_ == (least, most if most < MOST else inf):
            return use.builder.pointwise(kind, {}, use.view(), use.operation)
    ends = {
        "min_val": None if least <= -MOST else least,
        "max_val": None if most >= MOST else most,
    }
    return use.builder.pointwise(Hardtanh, ends, use.view(), use.operation)


@rule("PRelu")
def prelu(use: Use) -> list[Tensor]:
    """A learnt slope below 0, for all channels or for each."""
    slope, x = use.held(1), use.view()
    if slope.count == 1:
        held = slope.made("reshaped", (1,))
        return [x.on(use.layer(Prelu, {}, x, held={"weight": held}))]
    # Slopes are spread from the last axis on: (C, 1, 1), or (1, C, 1, 1).
    first = next((n for n, size in enumerate(slope.dims) if size != 1), 0)
    axis = len(x.axes) - len(slope.dims) + first
    if axis < 0 or not x.has_channels(axis) or slope.count != x.shape[0]:
        raise NoRuleError("it has a slope for each element")
    held = slope.made("reshaped", (slope.count,))
    at = use.layer(Prelu, {"parameters": "channels"}, x, held={"weight": held})
    return [x.on(at)]
