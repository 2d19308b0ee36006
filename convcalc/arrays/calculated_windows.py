"""What programs of PyTorch calculate of constants with windows, norms and attention.

As in `calculated`, a function takes the shape of its output, and arguments under PyTorch's names.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod, sqrt
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from convcalc.arrays.calculated_layers import Function
from convcalc.arrays.ops import Array

Sizes = int | Sequence[int]
# Elements of a constant with its border: a file may say that there are any number.
MOST = 1 << 27


def _each(sizes: Sizes, rank: int) -> tuple[int, ...]:
    """One number for all axes, or one for each."""
    given = (sizes,) if isinstance(sizes, int) else tuple(sizes)
    return given * rank if len(given) == 1 else given


def _windows(
    x: Array, kernel: Sequence[int], stride: Sizes, padding: Sizes, dilation: Sizes, fill: float
) -> Array:
    """Windows of the last axes: (..., places, taps)."""
    rank = len(kernel)
    strides, pads, steps = (_each(one, rank) for one in (stride, padding, dilation))
    wide = [(0, 0)] * (x.ndim - rank) + [(pad, pad) for pad in pads]
    if (
        prod(size + before + after for size, (before, after) in zip(x.shape, wide, strict=True))
        > MOST
    ):
        raise FileNotFoundError(2, "so wide a border of constants is not worked out here")
    spans = tuple((size - 1) * step + 1 for size, step in zip(kernel, steps, strict=True))
    axes = tuple(range(x.ndim - rank, x.ndim))
    found: Any = sliding_window_view(np.pad(x, wide, constant_values=fill), spans, axes)
    every = (slice(None),) * (x.ndim - rank)
    taken: Array = found[(*every, *(slice(None, None, n) for n in (*strides, *steps)))]
    return taken


def _conv(
    dims: tuple[int, ...],
    x: Array,
    weight: Array,
    bias: Array | None = None,
    stride: Sizes = 1,
    padding: Sizes | str = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Any:
    kernel = weight.shape[2:]
    if isinstance(padding, str):
        raise FileNotFoundError(2, f"padding `{padding}` of constants is not worked out here")
    samples = x if x.ndim == weight.ndim else x[None]
    # (samples, groups, channels, places, taps) and (groups, maps, channels, taps).
    parts = samples.reshape(len(samples), groups, -1, *samples.shape[2:])
    seen = _windows(parts, kernel, stride, padding, dilation, 0)
    places = seen.shape[3 : 3 + len(kernel)]
    seen = seen.reshape(*seen.shape[:3], prod(places), prod(kernel))
    matrix = weight.reshape(groups, -1, weight.shape[1], prod(kernel))
    found = np.einsum("ngcpk,gmck->ngmp", seen, matrix).reshape(len(samples), -1, *places)
    if bias is not None:
        found = found + bias.reshape(-1, *(1,) * len(kernel))
    return found.reshape(dims)


def _max_pool(rank: int) -> Function:
    def found(
        dims: tuple[int, ...],
        x: Array,
        kernel_size: Sizes,
        stride: Sizes = (),
        padding: Sizes = 0,
        dilation: Sizes = 1,
        ceil_mode: bool = False,
        **_: object,
    ) -> Any:
        _check_ends(ceil_mode)
        kernel = _each(kernel_size, rank)
        seen = _windows(x, kernel, stride or kernel, padding, dilation, -np.inf)
        return seen.max(tuple(range(-rank, 0)))

    return found


def _avg_pool(rank: int) -> Function:
    def found(
        dims: tuple[int, ...],
        x: Array,
        kernel_size: Sizes,
        stride: Sizes = (),
        padding: Sizes = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> Any:
        _check_ends(ceil_mode)
        kernel = _each(kernel_size, rank)

        def total(values: Array) -> Any:
            seen = _windows(values, kernel, stride or kernel, padding, 1, 0)
            return seen.sum(tuple(range(-rank, 0)))

        count = prod(kernel) if count_include_pad else total(np.ones_like(x))
        return total(x) / (divisor_override if divisor_override else count)

    return found


def _check_ends(ceil_mode: bool) -> None:
    if ceil_mode:
        raise FileNotFoundError(2, "pools of constants over their ends are not worked out here")


def _scaled(found: Any, weight: Array | None, bias: Array | None, shape: tuple[int, ...]) -> Any:
    found = found if weight is None else found * weight.reshape(shape)
    return found if bias is None else found + bias.reshape(shape)


def _group_norm(
    dims: tuple[int, ...],
    x: Array,
    num_groups: int,
    weight: Array | None = None,
    bias: Array | None = None,
    eps: float = 1e-5,
    **_: object,
) -> Any:
    groups = np.asarray(x, np.float64).reshape(len(x), num_groups, -1)
    middle = groups - groups.mean(-1, keepdims=True)
    found = middle / np.sqrt(np.square(middle).mean(-1, keepdims=True) + eps)
    return _scaled(found.reshape(dims), weight, bias, (-1, *(1,) * (x.ndim - 2)))


def _batch_norm(
    dims: tuple[int, ...],
    x: Array,
    weight: Array | None,
    bias: Array | None,
    running_mean: Array | None,
    running_var: Array | None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
    **_: object,
) -> Any:
    if training or running_mean is None or running_var is None:
        raise FileNotFoundError(2, "a norm of the numbers of a batch is not worked out here")
    shape = (-1, *(1,) * (x.ndim - 2))
    spread = np.sqrt(np.asarray(running_var, np.float64) + eps).reshape(shape)
    return _scaled((x - running_mean.reshape(shape)) / spread, weight, bias, shape)


def _rms_norm(
    dims: tuple[int, ...],
    x: Array,
    normalized_shape: Sequence[int],
    weight: Array | None = None,
    eps: float | None = None,
) -> Any:
    axes = tuple(range(-len(normalized_shape), 0))
    values = np.asarray(x, np.float64)
    least = np.finfo(x.dtype).eps if eps is None else eps
    found = values / np.sqrt(np.square(values).mean(axes, keepdims=True) + least)
    return found if weight is None else found * weight


def _normalized(dims: tuple[int, ...], x: Array, axis: int, eps: float) -> Any:
    """Vectors along an axis at length 1; those shorter than eps are over eps."""
    lengths = np.sqrt(np.square(np.asarray(x, np.float64)).sum(axis, keepdims=True))
    return x / np.maximum(lengths, eps)


def _cosines(dims: tuple[int, ...], x1: Array, x2: Array, dim: int = 1, eps: float = 1e-8) -> Any:
    return (_normalized(dims, x1, dim, eps) * _normalized(dims, x2, dim, eps)).sum(dim)


def _distances(
    dims: tuple[int, ...], x1: Array, x2: Array, p: float = 2, compute_mode: object = None
) -> Any:
    """Of each row of one to each row of the other: (..., rows, others)."""
    apart = np.abs(np.asarray(x1, np.float64)[..., :, None, :] - x2[..., None, :, :])
    return np.linalg.norm(apart, p, axis=-1)


def _attention(
    dims: tuple[int, ...],
    query: Array,
    key: Array,
    value: Array,
    attn_mask: Array | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Any:
    if dropout_p or enable_gqa:
        raise FileNotFoundError(2, "such an attention of constants is not worked out here")
    scores = np.asarray(query, np.float64) @ np.swapaxes(key, -1, -2)
    scores = scores * (1 / sqrt(query.shape[-1]) if scale is None else scale)
    if is_causal:
        scores = np.where(np.tri(*scores.shape[-2:]) > 0, scores, -np.inf)
    if attn_mask is not None:
        is_bool = attn_mask.dtype == bool
        scores = np.where(attn_mask, scores, -np.inf) if is_bool else scores + attn_mask
    shares = np.exp(scores - scores.max(-1, keepdims=True))
    return shares / shares.sum(-1, keepdims=True) @ value


WINDOWS: dict[str, Function] = {
    **{f"aten.conv{rank}d": _conv for rank in (1, 2, 3)},
    **{f"aten.max_pool{rank}d": _max_pool(rank) for rank in (1, 2, 3)},
    **{f"aten.avg_pool{rank}d": _avg_pool(rank) for rank in (1, 2, 3)},
    "aten.group_norm": _group_norm, "aten.batch_norm": _batch_norm, "aten.rms_norm": _rms_norm,
    "pieces.l2_normalize": _normalized, "aten.cosine_similarity": _cosines,
    "aten.cdist": _distances, "aten.scaled_dot_product_attention": _attention,
}  # fmt: skip
