"""What programs of PyTorch calculate of constants with the functions that layers are made of.

As in `calculated`, a function takes the shape of its output, and arguments under PyTorch's names.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import sqrt
from typing import Any

import numpy as np

from convcalc.arrays.erf import erf
from convcalc.arrays.ops import Array

Function = Callable[..., Any]
Axes = int | Sequence[int] | None


def _softmax(dims: tuple[int, ...], x: Array, dim: int, *_: object, **__: object) -> Any:
    return np.exp(_log_softmax(dims, x, dim))


def _log_softmax(dims: tuple[int, ...], x: Array, dim: int, *_: object, **__: object) -> Any:
    scores = np.asarray(x, np.float64)
    # NaN where all are hidden by infinity, as in PyTorch.
    with np.errstate(invalid="ignore"):
        above = scores - np.max(scores, axis=dim, keepdims=True)
    return above - np.log(np.sum(np.exp(above), axis=dim, keepdims=True))


def _logsumexp(dims: tuple[int, ...], x: Array, dim: Axes, keepdim: bool = False) -> Any:
    scores = np.asarray(x, np.float64)
    most = np.max(scores, axis=_axes(dim), keepdims=True)
    # An infinity is not taken from itself.
    most = np.where(np.isinf(most), 0, most)
    with np.errstate(divide="ignore"):
        found = most + np.log(np.sum(np.exp(scores - most), axis=_axes(dim), keepdims=True))
    return found.reshape(dims)


def _dropout(dims: tuple[int, ...], x: Array, p: float = 0.5, train: bool = False) -> Any:
    if train and p:
        raise FileNotFoundError(2, "dropout in training is of other numbers each time")
    return x


def _axes(dim: Axes) -> int | tuple[int, ...] | None:
    """All axes for none."""
    if dim is None or isinstance(dim, int):
        return dim
    return tuple(dim) or None


def _variance(dims: tuple[int, ...], x: Array, dim: Axes = None, **given: Any) -> Any:
    correction = given.get("correction")
    less = int(given.get("unbiased", True)) if correction is None else correction
    return np.asarray(np.var(np.asarray(x, np.float64), axis=_axes(dim), ddof=less)).reshape(dims)


def _deviation(dims: tuple[int, ...], x: Array, dim: Axes = None, **given: Any) -> Any:
    return np.sqrt(_variance(dims, x, dim, **given))


def _norm(
    dims: tuple[int, ...], x: Array, p: float | None = 2, dim: Axes = None, **_: object
) -> Any:
    sizes, power = np.abs(np.asarray(x, np.float64)), 2 if p is None else p
    axes = _axes(dim)
    if power == np.inf:
        found = np.max(sizes, axis=axes)
    elif power == -np.inf:
        found = np.min(sizes, axis=axes)
    elif power == 0:
        found = np.sum(sizes != 0, axis=axes)
    else:
        found = np.sum(sizes**power, axis=axes) ** (1 / power)
    return np.asarray(found).reshape(dims)


def _layer_norm(
    dims: tuple[int, ...],
    x: Array,
    normalized_shape: Sequence[int],
    weight: Array | None = None,
    bias: Array | None = None,
    eps: float = 1e-5,
    *_: object,
    **__: object,
) -> Any:
    axes = tuple(range(x.ndim - len(normalized_shape), x.ndim))
    values = np.asarray(x, np.float64)
    middle = values - values.mean(axes, keepdims=True)
    found = middle / np.sqrt(np.square(middle).mean(axes, keepdims=True) + eps)
    found = found if weight is None else found * weight
    return found if bias is None else found + bias


def _padded(
    dims: tuple[int, ...],
    x: Array,
    pad: Sequence[int],
    mode: str | float = "constant",
    value: float | None = None,
) -> Any:
    """Pads from the last axis on, two numbers an axis; below 0 they cut."""
    if isinstance(mode, int | float):
        # Where padding is with a number alone, that stands in its place.
        return _padded(dims, x, pad, value=mode)
    pairs = [(0, 0)] * (x.ndim - len(pad) // 2)
    pairs += [(pad[at], pad[at + 1]) for at in range(len(pad) - 2, -1, -2)]
    cut = tuple(
        slice(max(0, -before), size - max(0, -after))
        for size, (before, after) in zip(x.shape, pairs, strict=True)
    )
    added = [(max(0, before), max(0, after)) for before, after in pairs]
    if mode == "constant":
        return np.pad(x[cut], added, constant_values=value or 0)
    modes: dict[str | float, Any] = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}
    return np.pad(x[cut], added, mode=modes[mode])


def _linear(dims: tuple[int, ...], x: Array, weight: Array, bias: Array | None = None) -> Any:
    found = x @ weight.T
    return found if bias is None else found + bias


def _product_and_sum(
    dims: tuple[int, ...], x: Array, first: Array, second: Array, beta: float = 1, alpha: float = 1
) -> Any:
    # What is 0 times an infinity counts for nothing.
    return alpha * (first @ second) + (beta * x if beta else 0)


def _addmm(dims: tuple[int, ...], x: Array, mat1: Array, other: Array, **given: Any) -> Any:
    return _product_and_sum(dims, x, mat1, other, **given)


def _baddbmm(dims: tuple[int, ...], x: Array, batch1: Array, batch2: Array, **given: Any) -> Any:
    return _product_and_sum(dims, x, batch1, batch2, **given)


def _addcmul(
    dims: tuple[int, ...], x: Array, tensor1: Array, tensor2: Array, value: float = 1
) -> Any:
    return x + value * tensor1 * tensor2


def _addcdiv(
    dims: tuple[int, ...], x: Array, tensor1: Array, tensor2: Array, value: float = 1
) -> Any:
    return x + value * tensor1 / tensor2


def _einsum(dims: tuple[int, ...], equation: str, tensors: Sequence[Array], **_: object) -> Any:
    return np.einsum(equation.replace(" ", ""), *tensors)


def _lerp(dims: tuple[int, ...], x: Array, end: Array, weight: Any) -> Any:
    return x + weight * (end - x)


def _rsub(dims: tuple[int, ...], x: Array, other: Any, alpha: float = 1) -> Any:
    return np.asarray(other - alpha * x)


def _cumprod(dims: tuple[int, ...], x: Array, dim: int, **_: object) -> Any:
    return np.cumprod(x, axis=dim)


def _embedding(dims: tuple[int, ...], weight: Array, indices: Array, *_: object, **__: Any) -> Any:
    return weight[indices.astype(np.int64)]


def _sorted(
    dims: tuple[int, ...], x: Array, dim: int = -1, descending: bool = False, **given: Any
) -> Any:
    """What is sorted, or as output 1 where it stood."""
    order = _order(dims, x, dim, descending)
    return order if given.get("nth") else np.take_along_axis(x, order, axis=dim)


def _order(
    dims: tuple[int, ...], x: Array, dim: int = -1, descending: bool = False, **_: object
) -> Any:
    values = np.asarray(x, np.float64)
    return np.argsort(-values if descending else values, axis=dim, kind="stable")


def _sigmoid(x: Array) -> Any:
    return 1 / (1 + np.exp(-np.asarray(x, np.float64)))


def _gelu(dims: tuple[int, ...], x: Array, approximate: str = "none") -> Any:
    values = np.asarray(x, np.float64)
    if approximate == "tanh":
        return values * (1 + np.tanh(sqrt(2 / np.pi) * (values + 0.044715 * values**3))) / 2
    return values * (1 + erf(values / sqrt(2))) / 2


def _softplus(dims: tuple[int, ...], x: Array, beta: float = 1, threshold: float = 20) -> Any:
    steep = beta * np.asarray(x, np.float64)
    return np.where(steep > threshold, x, np.log1p(np.exp(np.minimum(steep, threshold))) / beta)


def _elu(
    dims: tuple[int, ...], x: Array, alpha: float = 1, scale: float = 1, input_scale: float = 1
) -> Any:
    below = alpha * np.expm1(np.minimum(x, 0) * input_scale)
    return scale * np.where(x > 0, x, below)


def _celu(dims: tuple[int, ...], x: Array, alpha: float = 1) -> Any:
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0) / alpha))


def _leaky_relu(dims: tuple[int, ...], x: Array, negative_slope: float = 0.01) -> Any:
    return np.where(x > 0, x, negative_slope * x)


def _hardtanh(dims: tuple[int, ...], x: Array, min_val: float = -1, max_val: float = 1) -> Any:
    return np.clip(x, min_val, max_val)


def _of_elements(function: Callable[[Array], Any]) -> Function:
    return lambda dims, x, **_: np.asarray(function(x))


def _of_arrays(function: Callable[..., Any]) -> Function:
    """A function of arrays alone, whatever their names."""
    return lambda dims, *_, **given: np.asarray(function(*given.values()))


_ELEMENTS: dict[str, Callable[[Array], Any]] = {
    "aten.relu": lambda x: np.maximum(x, 0),
    "aten.relu6": lambda x: np.clip(x, 0, 6),
    "aten.sigmoid": _sigmoid,
    "aten.silu": lambda x: x * _sigmoid(x),
    "aten.log_sigmoid": lambda x: -np.logaddexp(0, -x),
    "aten.hardsigmoid": lambda x: np.clip(x + 3, 0, 6) / 6,
    "aten.hardswish": lambda x: x * np.clip(x + 3, 0, 6) / 6,
    "aten.mish": lambda x: x * np.tanh(np.logaddexp(0, x)),
    "aten.erf": lambda x: erf(np.asarray(x, np.float64)),
    "aten.expm1": np.expm1,
    "aten.exp2": np.exp2,
    "aten.square": np.square,
    "aten.tan": np.tan,
    "aten.sinh": np.sinh,
    "aten.cosh": np.cosh,
    "aten.asin": np.arcsin,
    "aten.acos": np.arccos,
    "aten.atan": np.arctan,
    "aten.asinh": np.arcsinh,
    "aten.acosh": np.arccosh,
    "aten.atanh": np.arctanh,
    "aten.log10": lambda x: np.log10(np.asarray(x, np.float64)),
    "aten.isnan": np.isnan,
    "aten.isinf": np.isinf,
    "aten.isfinite": np.isfinite,
    "aten.sgn": np.sign,
    "aten.frac": lambda x: x - np.trunc(x),
    "aten.softsign": lambda x: x / (1 + np.abs(x)),
    "aten.tanhshrink": lambda x: x - np.tanh(x),
    "aten.sinc": np.sinc,
    "aten.deg2rad": np.deg2rad,
    "aten.rad2deg": np.rad2deg,
}
_DROPPING = (
    "aten.dropout",
    "aten.feature_dropout",
    "aten.alpha_dropout",
    "aten.feature_alpha_dropout",
)
_PRODUCTS = ("aten.mm", "aten.bmm", "aten.mv", "aten.dot")
FUNCTIONS: dict[str, Function] = {
    **{word: _of_elements(function) for word, function in _ELEMENTS.items()},
    **dict.fromkeys(_PRODUCTS, _of_arrays(np.matmul)),
    **dict.fromkeys(_DROPPING, _dropout),
    **dict.fromkeys(("aten.softmax", "aten._softmax"), _softmax),
    **dict.fromkeys(("aten.log_softmax", "aten._log_softmax"), _log_softmax),
    **dict.fromkeys(("aten.norm", "aten.linalg_vector_norm"), _norm),
    **dict.fromkeys(("aten.pad", "aten.constant_pad_nd"), _padded),
    "aten.logsumexp": _logsumexp, "aten.var": _variance, "aten.std": _deviation,
    "aten.layer_norm": _layer_norm, "aten.linear": _linear, "aten.addmm": _addmm,
    "aten.baddbmm": _baddbmm, "aten.addcmul": _addcmul, "aten.addcdiv": _addcdiv,
    "aten.einsum": _einsum, "aten.lerp": _lerp, "aten.rsub": _rsub, "aten.cumprod": _cumprod,
    "aten.embedding": _embedding, "aten.sort": _sorted, "aten.argsort": _order,
    "aten.gelu": _gelu, "aten.softplus": _softplus, "aten.elu": _elu, "aten.celu": _celu,
    "aten.leaky_relu": _leaky_relu, "aten.hardtanh": _hardtanh,
    "aten.fmod": _of_arrays(np.fmod), "aten.hypot": _of_arrays(np.hypot),
    "aten.kron": _of_arrays(np.kron),
}  # fmt: skip
