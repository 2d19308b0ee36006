"""Functions of one element with their slopes, as numbers; `activation_family` makes kinds of them.

At a kink the slope is the one PyTorch takes. NaN goes through every function.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from convcalc.arrays.ops import Array, Ops

# PyTorch's default.
SOFTPLUS_IS_LINEAR_ABOVE = 20
# Klambauer et al. 2017, "Self-Normalizing Neural Networks".
SELU_ALPHA = 1.6732632423543772
SELU_SCALE = 1.0507009873554805


class Curve(NamedTuple):
    """y = value(ops, x), and dy/dx = slope(ops, x, y)."""

    value: Callable[[Ops, Array], Array]
    slope: Callable[[Ops, Array, Array], Array]


def _clip(least: float | None, most: float | None) -> Callable[[Ops, Array], Array]:
    # Faster than `maximum`, and integers stay integers.
    return lambda ops, x: ops.np.clip(x, least, most)


def _between(least: float, most: float, slope: float = 1) -> Callable[[Ops, Array, Array], Array]:
    return lambda ops, x, y: ((x > least) & (x < most)) * x.dtype.type(slope)


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


_ELU = Curve(
    lambda ops, x: ops.np.where(x > 0, x, _expm1(ops, x)),
    lambda ops, x, y: ops.np.where(x > 0, 1, y + 1),
)

CURVES: dict[str, Curve] = {
    "relu": Curve(_clip(0, None), lambda ops, x, y: (x > 0) * x.dtype.type(1)),
    "relu6": Curve(_clip(0, 6), _between(0, 6)),
    "hardtanh": Curve(_clip(-1, 1), _between(-1, 1)),
    "elu": _ELU,
    # With PyTorch's alpha of 1 the two are one function.
    "celu": _ELU,
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
    "hardsigmoid": Curve(
        lambda ops, x: ops.np.clip(x + 3, 0, 6) / 6,
        _between(-3, 3, 1 / 6),
    ),
    "hardswish": Curve(lambda ops, x: x * ops.np.clip(x + 3, 0, 6) / 6, _hardswish_slope),
    "sigmoid": Curve(lambda ops, x: ops.sigmoid(x), lambda ops, x, y: y * (1 - y)),
    "tanh": Curve(lambda ops, x: ops.np.tanh(x), lambda ops, x, y: 1 - y * y),
    "softplus": Curve(
        lambda ops, x: ops.np.where(x > SOFTPLUS_IS_LINEAR_ABOVE, x, ops.softplus(x)),
        lambda ops, x, y: ops.np.where(x > SOFTPLUS_IS_LINEAR_ABOVE, 1, ops.sigmoid(x)),
    ),
    "softsign": Curve(
        lambda ops, x: x / (1 + ops.np.abs(x)),
        lambda ops, x, y: 1 / ops.np.square(1 + ops.np.abs(x)),
    ),
}
