"""What programs of PyTorch calculate of constants alone, as layers do: shares, norms, bent lines.

The functions take PyTorch's arguments, as those of `calculated` do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from convcalc.arrays.erf import erf
from convcalc.arrays.ops import Array


def _log_shares(dims: tuple[int, ...], x: Array, dim: int, **_: object) -> Any:
    """Logarithms of the shares; NaN where all are hidden by infinity, as in PyTorch."""
    less = _below_the_most(x, dim)
    return less - np.log(np.exp(less).sum(axis=dim, keepdims=True))


def _shares(dims: tuple[int, ...], x: Array, dim: int, **_: object) -> Any:
    found = np.exp(_below_the_most(x, dim))
    return found / found.sum(axis=dim, keepdims=True)


def _below_the_most(x: Array, dim: int) -> Any:
    # In this order: of numbers of -1e9 the logarithm of how many there are would be lost.
    with np.errstate(invalid="ignore"):
        return x - x.max(axis=dim, keepdims=True)


def _linear(dims: tuple[int, ...], x: Array, weight: Array, bias: Array | None = None) -> Any:
    return x @ weight.T + (0 if bias is None else bias)


def _deviation(function: Any) -> Callable[..., Any]:
    """A variance or its root over axes: divided by the numbers, less the correction."""

    def found(
        dims: tuple[int, ...], x: Array, dim: Any = None, correction: float | None = None, **_: Any
    ) -> Any:
        less = 1 if correction is None else correction
        over = tuple(dim) if isinstance(dim, tuple | list) else dim
        return np.asarray(function(x, axis=None if over == () else over, ddof=less)).reshape(dims)

    return found


def _layer_norm(
    dims: tuple[int, ...],
    x: Array,
    normalized_shape: Sequence[int],
    weight: Array | None = None,
    bias: Array | None = None,
    eps: float = 1e-5,
    **_: object,
) -> Any:
    over = tuple(range(x.ndim - len(normalized_shape), x.ndim))
    less = x - x.mean(axis=over, keepdims=True)
    found = less / np.sqrt(np.square(less).mean(axis=over, keepdims=True) + eps)
    return found * (1 if weight is None else weight) + (0 if bias is None else bias)


def _length(dims: tuple[int, ...], x: Array, ord: float = 2, dim: Any = None, **_: object) -> Any:
    over = tuple(dim) if isinstance(dim, tuple | list) else dim
    if ord != 2:
        over = None if over == () else over
        return np.linalg.norm(x.ravel() if over is None else x, ord, over).reshape(dims)
    return np.sqrt(np.square(x).sum(axis=None if over == () else over)).reshape(dims)


def _gelu(dims: tuple[int, ...], x: Array, approximate: str = "none") -> Any:
    if approximate == "tanh":
        return x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))) / 2
    return x * (1 + erf(x / np.sqrt(2))) / 2


def _sigmoid(dims: tuple[int, ...], x: Array) -> Any:
    return 1 / (1 + np.exp(-x))


def _silu(dims: tuple[int, ...], x: Array) -> Any:
    return x / (1 + np.exp(-x))


def _relu(dims: tuple[int, ...], x: Array) -> Any:
    return np.maximum(x, 0)


def _leaky(dims: tuple[int, ...], x: Array, negative_slope: float = 0.01) -> Any:
    return np.where(x > 0, x, negative_slope * x)


def _softplus(dims: tuple[int, ...], x: Array, beta: float = 1, threshold: float = 20) -> Any:
    return np.where(beta * x > threshold, x, np.logaddexp(0, beta * x) / beta)


def _summed(dims: tuple[int, ...], equation: str, tensors: Sequence[Array], **_: object) -> Any:
    return np.einsum(equation, *tensors)


def _rsub(dims: tuple[int, ...], x: Array, other: Array, alpha: float = 1) -> Any:
    return other - alpha * x


LAYERS: dict[str, Callable[..., Any]] = {
    "aten.softmax": _shares,
    "aten.log_softmax": _log_shares,
    "aten.linear": _linear,
    "aten.var": _deviation(np.var),
    "aten.std": _deviation(np.std),
    "aten.layer_norm": _layer_norm,
    "aten.linalg_vector_norm": _length,
    "aten.gelu": _gelu,
    "aten.erf": lambda dims, x: erf(x),
    "aten.sigmoid": _sigmoid,
    "aten.silu": _silu,
    "aten.relu": _relu,
    "aten.leaky_relu": _leaky,
    "aten.softplus": _softplus,
    "aten.einsum": _summed,
    "aten.rsub": _rsub,
}
