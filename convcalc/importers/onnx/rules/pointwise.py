"""Functions of each element, softmax, and what does nothing when a network runs.

A function without constants has no rule: the operation's word is the kind's.
"""

from __future__ import annotations

from dataclasses import replace
from math import inf, prod
from typing import Any

from convcalc.importers.building import NoRuleError
from convcalc.importers.onnx.use import Tensor, Use, rule
from convcalc.importers.tensor_views import View
from convcalc.kinds import find_kind
from convcalc.kinds.activation_family import Activation, Sqrt
from convcalc.kinds.arithmetic_family import Div, Mul
from convcalc.kinds.base import Kind
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
from convcalc.kinds.identity_family import Dropout
from convcalc.kinds.number_family import MulNumber
from convcalc.kinds.prelu import Prelu
from convcalc.kinds.softmax_family import LogSoftmax, Softmax
from convcalc.kinds.source_family import Constant
from convcalc.network.held import Held

# Klambauer et al. 2017.
_ALPHA, _GAMMA = 1.6732632423543772, 1.0507009873554805
# float32's most, which stands for no bound.
_MOST = 3.4e38


def spelt(op: str) -> type[Kind] | None:
    """The function of each element that bears the operation's word, where it has no constants.

    >>> spelt("HardSwish").kind, spelt("Conv") is None
    ('hardswish', True)
    """
    kind = find_kind(op.lower()) if op.isidentifier() else None
    is_function = kind is not None and issubclass(kind, Activation)
    return kind if is_function and kind is not None and not kind.model_fields else None


def worded(op: str) -> type[Kind]:
    """The function that bears this word."""
    kind = spelt(op)
    assert kind is not None, op
    return kind


def function(use: Use) -> list[Tensor]:
    """A function without constants. Raises NoRuleError where no kind bears its word."""
    kind = spelt(use.operation.op)
    if kind is None:
        raise NoRuleError("no kind does what it does")
    return [*use.pointwise(kind)]


@rule("LeakyRelu")
def leaky_relu(use: Use) -> list[Tensor]:
    """A fixed slope below 0."""
    return [*use.pointwise(LeakyRelu, negative_slope=use.number("alpha", 0.01))]


@rule("Selu")
def selu(use: Use) -> list[Tensor]:
    """By the two constants that its authors found, which files round."""
    alpha, gamma = use.number("alpha", _ALPHA), use.number("gamma", _GAMMA)
    if abs(alpha - _ALPHA) > 1e-4 or abs(gamma - _GAMMA) > 1e-4:
        raise NoRuleError("its constants are other ones")
    return [*use.pointwise(worded("Selu"))]


@rule("Swish")
def swish(use: Use) -> list[Tensor]:
    """x sigmoid(alpha x)."""
    if use.number("alpha", 1.0) != 1:
        raise NoRuleError("its slope is another one")
    return [*use.pointwise(worded("Silu"))]


@rule("SwiGLU")
def swiglu(use: Use) -> list[Tensor]:
    """The Swish of one tensor times another one."""
    (gate,) = swish(use)
    assert isinstance(gate, View)
    left, right = use.builder.aligned(gate, use.view(1), use.operation)
    right = use.builder.laid_like(right, left, use.operation)
    return [left.on(use.layer(Mul, {}, left, right))]


@rule("Elu")
def elu(use: Use) -> list[Tensor]:
    """An exponential below 0."""
    return [*use.pointwise(Elu, **_unless(1.0, alpha=use.number("alpha", 1.0)))]


@rule("Celu")
def celu(use: Use) -> list[Tensor]:
    """An exponential below 0, without a kink."""
    return [*use.pointwise(Celu, **_unless(1.0, alpha=use.number("alpha", 1.0)))]


@rule("Gelu")
def gelu(use: Use) -> list[Tensor]:
    """By the error function, or by a tanh."""
    return [*use.pointwise(Gelu, approximate=use.word("approximate", "none"))]


@rule("HardSigmoid")
def hardsigmoid(use: Use) -> list[Tensor]:
    """A line between 0 and 1; ONNX's slope is 0.2 by default."""
    alpha, beta = use.number("alpha", 0.2), use.number("beta", 0.5)
    fields = {} if abs(alpha - 1 / 6) < 1e-7 else {"alpha": alpha}
    return [*use.pointwise(Hardsigmoid, **fields, **_unless(0.5, beta=beta))]


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
        least, most = use.number("min", -_MOST), use.number("max", _MOST)
    else:
        bounds = [use.single(at) if use.has(at) else far for at, far in ((1, -_MOST), (2, _MOST))]
        if None in bounds:
            raise NoRuleError("its bounds are calculated")
        least, most = (float(one) for one in bounds if one is not None)
    if least >= most:
        raise NoRuleError("its least number is not below its most")
    for op in (f"Relu{most:g}", "Relu"):
        # The clips that have a word of their own.
        kind = spelt(op)
        bounds_ = kind.model_construct().clips_to() if kind is not None else None
        if kind is not None and bounds_ == (least, most if most < _MOST else inf):
            return [*use.pointwise(kind)]
    return [*use.pointwise(Hardtanh, min_val=least, max_val=most)]


@rule("PRelu")
def prelu(use: Use) -> list[Tensor]:
    """A learnt slope below 0, for all channels or for each."""
    slope, x = use.held(1), use.view()
    if slope.count == 1:
        held = slope.made("reshaped", (1,))
        return [x.on(use.layer(Prelu, {}, x, held={"weight": held}))]
    # Slopes are spread from the last axis on: (C, 1, 1).
    axis = len(x.axes) - len(slope.dims)
    if axis < 0 or not x.has_channels(axis) or slope.count != x.shape[0]:
        raise NoRuleError("it has a slope for each element")
    held = slope.made("reshaped", (slope.count,))
    at = use.layer(Prelu, {"parameters": "channels"}, x, held={"weight": held})
    return [x.on(at)]


@rule("Softmax", "LogSoftmax")
def softmax(use: Use) -> list[Tensor]:
    """Shares along an axis; up to opset 12 along all axes from one on."""
    x = use.view()
    rank = len(x.axes)
    axis = use.axis(rank, 1 if use.opset < 13 else -1)
    if use.opset < 13 and prod(x.dims[axis + 1 :]) != 1:
        x = use.builder.reshaped(x, (*x.dims[:axis], prod(x.dims[axis:])), use.operation)
        made = _shares(use, x, axis)
        return [use.builder.reshaped(made, use.dims(), use.operation)]
    return [_shares(use, x, axis)]


def _shares(use: Use, x: View, axis: int) -> View:
    x, place = use.isolated(x, axis)
    kind = Softmax if use.operation.op == "Softmax" else LogSoftmax
    return x.on(use.layer(kind, {"axis": place} if place else {}, x))


@rule("Identity", "Cast", "CastLike", "StopGradient")
def nothing(use: Use) -> list[Tensor]:
    """The input itself, whatever its element type.

    A copy of a stored tensor is one of its own: TorchScript's exporter stores equal ones once.
    """
    x = use.tensor()
    return [replace(x, name=use.operation.outputs[0]) if isinstance(x, Held) else x]


@rule("Dropout")
def dropout(use: Use) -> list[Tensor]:
    """The input itself when a network runs."""
    if isinstance(use.tensor(), Held):
        return [use.tensor()]
    if use.opset >= 12 and use.has(2) and use.single(2) != 0:
        raise NoRuleError("it drops while the network runs")
    share = use.single(1) if use.has(1) else use.number("ratio", 0.5)
    return [*use.pointwise(Dropout, **_unless(0.5, p=share if share is not None else 0.5))]


@rule("Reciprocal")
def reciprocal(use: Use) -> list[Tensor]:
    """One over x."""
    return [inverse(use, use.view())]


def inverse(use: Use, x: View) -> View:
    """One over each element."""
    one = use.builder.layer(Constant, {"shape": x.shape, "value": 1}, (), use.operation)
    return x.on(use.builder.layer(Div, {}, (one, x.at), use.operation))


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
    """Squares and roots."""
    exponent = use.single(1)
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
        x = use.view()
        return [inverse(use, use.pointwise(Sqrt)[0] if exponent == -0.5 else x)]
    raise NoRuleError(f"it is a power of {exponent if exponent is not None else 'many numbers'}")


def _unless(usual: float, **field: Any) -> dict[str, Any]:
    """The field, where it is not as usual."""
    return {name: value for name, value in field.items() if value != usual}
