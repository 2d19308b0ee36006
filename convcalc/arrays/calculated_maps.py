"""What programs of PyTorch calculate of constants with gates, bent functions and moves of maps.

As in `calculated`, a function takes the shape of its output, and arguments under PyTorch's names.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from convcalc.arrays.calculated_layers import Function
from convcalc.arrays.ops import Array

# Klambauer et al. 2017, "Self-Normalizing Neural Networks", as PyTorch writes them.
_ALPHA, _SCALE = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946


def _glu(dims: tuple[int, ...], x: Array, dim: int = -1) -> Any:
    half, gate = np.split(np.asarray(x, np.float64), 2, axis=dim)
    return half / (1 + np.exp(-gate))


def _selu(dims: tuple[int, ...], x: Array) -> Any:
    return _SCALE * np.where(x > 0, x, _ALPHA * np.expm1(np.minimum(x, 0)))


def _prelu(dims: tuple[int, ...], x: Array, weight: Array) -> Any:
    # A slope for each channel, the second axis, or one for all.
    return np.where(x > 0, x, weight.reshape(-1, *[1] * (x.ndim - 2)) * x)


def _hardshrink(dims: tuple[int, ...], x: Array, lambd: float = 0.5) -> Any:
    return np.where(np.abs(x) <= lambd, 0, x)


def _softshrink(dims: tuple[int, ...], x: Array, lambd: float = 0.5) -> Any:
    return np.sign(x) * np.maximum(np.abs(x) - lambd, 0)


def _threshold(dims: tuple[int, ...], x: Array, threshold: float, value: float) -> Any:
    # NaN is not above it, and stays.
    return np.where(x <= threshold, value, x)


def _logaddexp(dims: tuple[int, ...], x: Array, other: Array) -> Any:
    return np.logaddexp(np.asarray(x, np.float64), other)


def _nan_to_num(
    dims: tuple[int, ...],
    x: Array,
    nan: float | None = None,
    posinf: float | None = None,
    neginf: float | None = None,
) -> Any:
    return np.nan_to_num(x, nan=nan or 0.0, posinf=posinf, neginf=neginf)


def _adaptive_mean(dims: tuple[int, ...], x: Array, output_size: Sequence[int]) -> Any:
    """Means of bins, `output_size` of them on each of the last axes."""
    found = np.asarray(x, np.float64)
    for axis in range(x.ndim - len(output_size), x.ndim):
        size, count = x.shape[axis], dims[axis]
        numbers = np.arange(count)
        # Of each bin the first pixel, and the one behind its last.
        first, end = numbers * size // count, -(-(numbers + 1) * size // count)
        at = first[:, None] + np.arange((end - first).max())
        behind = [1] * (x.ndim - 1 - axis)
        is_own = (at < end[:, None]).reshape(*at.shape, *behind)
        bins = np.where(is_own, np.take(found, np.minimum(at, size - 1), axis), 0)
        found = bins.sum(axis + 1) / (end - first).reshape(count, *behind)
    return found


def _pixel_shuffle(dims: tuple[int, ...], x: Array, upscale_factor: int) -> Any:
    """Channels as pixels: `(..., C r^2, H, W)` to `(..., C, H r, W r)`."""
    factor, (*lead, height, width) = upscale_factor, dims
    cut = x.reshape(*lead, factor, factor, height // factor, width // factor)
    return _turned(cut, (-2, -4, -1, -3)).reshape(dims)


def _pixel_unshuffle(dims: tuple[int, ...], x: Array, downscale_factor: int) -> Any:
    """Pixels as channels: `(..., C, H r, W r)` to `(..., C r^2, H, W)`."""
    factor, (*lead, height, width) = downscale_factor, x.shape
    cut = x.reshape(*lead, height // factor, factor, width // factor, factor)
    return _turned(cut, (-3, -1, -4, -2)).reshape(dims)


def _channel_shuffle(dims: tuple[int, ...], x: Array, groups: int) -> Any:
    cut = x.reshape(len(x), groups, -1, *x.shape[2:])
    return np.swapaxes(cut, 1, 2).reshape(dims)


def _turned(x: Array, last: Sequence[int]) -> Array:
    """The last axes in another order."""
    lead = range(x.ndim - len(last))
    return x.transpose(*lead, *(x.ndim + axis for axis in last))


OF_MAPS: dict[str, Function] = {
    "aten.glu": _glu, "aten.selu": _selu, "aten.prelu": _prelu, "aten.hardshrink": _hardshrink,
    "aten.softshrink": _softshrink, "aten.threshold": _threshold, "aten.logaddexp": _logaddexp,
    "aten.nan_to_num": _nan_to_num, "aten.pixel_shuffle": _pixel_shuffle,
    "aten.pixel_unshuffle": _pixel_unshuffle, "aten.channel_shuffle": _channel_shuffle,
    **{f"aten.adaptive_avg_pool{rank}d": _adaptive_mean for rank in (1, 2, 3)},
    **{f"aten._adaptive_avg_pool{rank}d": _adaptive_mean for rank in (2, 3)},
}  # fmt: skip
