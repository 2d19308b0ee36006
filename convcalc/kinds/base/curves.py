"""Functions of one element with their slopes, as numbers; `activation_family` makes kinds of them.

At a kink the slope is the one PyTorch takes. NaN goes through every function.
"""

from __future__ import annotations

from collections.abc import Callable
from math import log, pi, sqrt
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from convcalc.arrays.ops import Array, Ops

# Klambauer et al. 2017, "Self-Normalizing Neural Networks".
SELU_ALPHA = 1.6732632423543772
SELU_SCALE = 1.0507009873554805
# Hendrycks & Gimpel 2016, "Gaussian Error Linear Units".
QUICK = 1.702


class Curve(NamedTuple):
    """y = value(ops, x, *constants), and dy/dx = slope(ops, x, y, *constants)."""

    value: Callable[..., Array]
    slope: Callable[..., Array]


def _clip(least: float | None, most: float | None) -> Callable[[Ops, Array], Array]:
    # Faster than `maximum`, and integers stay integers.
    return lambda ops, x: ops.np.clip(x, least, most)


def _inside(ops: Ops, x: Array, y: Array, least: float, most: float, slope: float = 1) -> Array:
    """The slope between two numbers, 0 elsewhere."""
    steep: Array = ((x > least) & (x < most)) * x.dtype.type(slope)
    return steep


def _outside(ops: Ops, x: Array, y: Array, far: float) -> Array:
    """1 farther than so much from 0, and 0 nearer."""
    steep: Array = (ops.np.abs(x) > far) * x.dtype.type(1)
    return steep


def _flat(ops: Ops, x: Array, y: Array) -> Array:
    """0 everywhere, at the steps too."""
    level: Array = ops.np.zeros_like(x)
    return level


def _expm1(ops: Ops, x: Array) -> Array:
    """exp(x) - 1 up to 0; what lies above is not looked at, and must not overflow."""
    below: Array = ops.np.expm1(ops.np.minimum(x, 0))
    return below


def _silu_slope(ops: Ops, x: Array, y: Array) -> Array:
    share = ops.sigmoid(x)
    slope: Array = share + y * (1 - share)
    return slope


def _mish_slope(ops: Ops, x: Array, y: Array) -> Array:
    bent = ops.np.tanh(ops.softplus(x))
    slope: Array = bent + x * ops.sigmoid(x) * (1 - bent * bent)
    return slope


def _hardswish_slope(ops: Ops, x: Array, y: Array) -> Array:
    bent = ops.np.where(x <= -3, 0, x / 3 + 0.5)
    slope: Array = ops.np.where(x >= 3, 1, bent)
    return slope


def _gelu_inside(ops: Ops, x: Array) -> Array:
    """tanh of sqrt(2 / pi) (x + 0.044715 x^3)."""
    bent: Array = ops.np.tanh(sqrt(2 / pi) * (x + 0.044715 * x * x * x))
    return bent


def _gelu_tanh_slope(ops: Ops, x: Array, y: Array) -> Array:
    bent = _gelu_inside(ops, x)
    inner = sqrt(2 / pi) * (1 + 3 * 0.044715 * x * x)
    slope: Array = (1 + bent + x * (1 - bent * bent) * inner) / 2
    return slope


def _quick_gelu_slope(ops: Ops, x: Array, y: Array) -> Array:
    share = ops.sigmoid(QUICK * x)
    slope: Array = share + QUICK * y * (1 - share)
    return slope


def _hardsigmoid(ops: Ops, x: Array, alpha: float, beta: float) -> Array:
    # Of a sixth and a half relu6(x + 3) / 6, in PyTorch's order.
    y: Array = ops.np.clip(x + beta / alpha, 0, 1 / alpha) / (1 / alpha)
    return y


def _shrunk(ops: Ops, x: Array, far: float) -> Array:
    y: Array = x - ops.np.clip(x, -far, far)
    return y


def _log10(ops: Ops, x: Array) -> Array:
    # Of numbers in single precision numpy's is a digit off, even for powers of 10.
    found: Array = ops.np.log10(x.astype("float64")).astype(x.dtype)
    return found


CURVES: dict[str, Curve] = {
    "relu": Curve(_clip(0, None), lambda ops, x, y: (x > 0) * x.dtype.type(1)),
    "relu6": Curve(_clip(0, 6), lambda ops, x, y: _inside(ops, x, y, 0, 6)),
    "hardtanh": Curve(lambda ops, x, least, most: ops.np.clip(x, least, most), _inside),
    "leaky_relu": Curve(
        # What lies above 0 is not looked at, and must not overflow.
        lambda ops, x, slope: ops.np.where(x > 0, x, ops.np.minimum(x, 0) * slope),
        lambda ops, x, y, slope: ops.np.where(x > 0, x.dtype.type(1), x.dtype.type(slope)),
    ),
    "elu": Curve(
        lambda ops, x, alpha: ops.np.where(x > 0, x, _expm1(ops, x) * alpha),
        lambda ops, x, y, alpha: ops.np.where(x > 0, 1, y + alpha),
    ),
    "celu": Curve(
        lambda ops, x, alpha: ops.np.where(x > 0, x, _expm1(ops, x / alpha) * alpha),
        lambda ops, x, y, alpha: ops.np.where(x > 0, 1, y / alpha + 1),
    ),
    "selu": Curve(
        lambda ops, x: ops.np.where(x > 0, x, _expm1(ops, x) * SELU_ALPHA) * SELU_SCALE,
        lambda ops, x, y: ops.np.where(
            x > 0, x.dtype.type(SELU_SCALE), y + SELU_SCALE * SELU_ALPHA
        ),
    ),
    "gelu": Curve(
        lambda ops, x: x * ops.normal_cdf(x),
        lambda ops, x, y: ops.normal_cdf(x) + x * ops.normal_density(x),
    ),
    "silu": Curve(lambda ops, x: x * ops.sigmoid(x), _silu_slope),
    "mish": Curve(lambda ops, x: x * ops.np.tanh(ops.softplus(x)), _mish_slope),
    "gelu_tanh": Curve(lambda ops, x: x * (1 + _gelu_inside(ops, x)) / 2, _gelu_tanh_slope),
    "quick_gelu": Curve(lambda ops, x: x * ops.sigmoid(QUICK * x), _quick_gelu_slope),
    "hardsigmoid": Curve(
        _hardsigmoid,
        lambda ops, x, y, alpha, beta: _inside(ops, x, y, -beta / alpha, (1 - beta) / alpha, alpha),
    ),
    "hardswish": Curve(lambda ops, x: x * ops.np.clip(x + 3, 0, 6) / 6, _hardswish_slope),
    "sigmoid": Curve(lambda ops, x: ops.sigmoid(x), lambda ops, x, y: y * (1 - y)),
    "tanh": Curve(lambda ops, x: ops.np.tanh(x), lambda ops, x, y: 1 - y * y),
    "log_sigmoid": Curve(lambda ops, x: -ops.softplus(-x), lambda ops, x, y: ops.sigmoid(-x)),
    "softplus": Curve(
        lambda ops, x, beta, straight: ops.np.where(
            x * beta > straight, x, ops.softplus(x * beta) / beta
        ),
        lambda ops, x, y, beta, straight: ops.np.where(
            x * beta > straight, 1, ops.sigmoid(x * beta)
        ),
    ),
    "softsign": Curve(
        lambda ops, x: x / (1 + ops.np.abs(x)),
        lambda ops, x, y: 1 / ops.np.square(1 + ops.np.abs(x)),
    ),
    "tanhshrink": Curve(
        lambda ops, x: x - ops.np.tanh(x), lambda ops, x, y: ops.np.square(ops.np.tanh(x))
    ),
    "softshrink": Curve(_shrunk, _outside),
    "hardshrink": Curve(
        lambda ops, x, far: ops.np.where(ops.np.abs(x) <= far, x.dtype.type(0), x), _outside
    ),
    "threshold": Curve(
        lambda ops, x, least, value: ops.np.where(x <= least, x.dtype.type(value), x),
        lambda ops, x, y, least, value: (x > least) * x.dtype.type(1),
    ),
    "square": Curve(lambda ops, x: x * x, lambda ops, x, y: 2 * x),
    "abs": Curve(lambda ops, x: ops.np.abs(x), lambda ops, x, y: ops.np.sign(x)),
    "exp": Curve(lambda ops, x: ops.np.exp(x), lambda ops, x, y: y),
    "sin": Curve(lambda ops, x: ops.np.sin(x), lambda ops, x, y: ops.np.cos(x)),
    "cos": Curve(lambda ops, x: ops.np.cos(x), lambda ops, x, y: -ops.np.sin(x)),
    "floor": Curve(lambda ops, x: ops.np.floor(x), _flat),
    "ceil": Curve(lambda ops, x: ops.np.ceil(x), _flat),
    "round": Curve(lambda ops, x: ops.np.rint(x), _flat),
    "trunc": Curve(lambda ops, x: ops.np.trunc(x), _flat),
    "sign": Curve(lambda ops, x: ops.np.sign(x), _flat),
    "sqrt": Curve(lambda ops, x: ops.np.sqrt(x), lambda ops, x, y: 1 / (2 * y)),
    "log": Curve(lambda ops, x: ops.np.log(x), lambda ops, x, y: 1 / x),
    "log2": Curve(lambda ops, x: ops.np.log2(x), lambda ops, x, y: 1 / (x * log(2))),
    "log10": Curve(_log10, lambda ops, x, y: 1 / (x * log(10))),
    "reciprocal": Curve(lambda ops, x: 1 / x, lambda ops, x, y: -y * y),
}
