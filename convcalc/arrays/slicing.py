"""Where windows read, as slices and views of channels-last arrays `(N, *S, C)`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from math import ceil, prod
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from convcalc.arrays.products import Array
from convcalc.core.shapes import Window

Sides = Sequence[tuple[int, int]]
# What numpy takes in brackets.
Index = tuple[Any, ...]

PAD_MODES = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}


def padded(x: Array, sides: Sides, mode: str = "zeros", value: float = 0.0) -> Array:
    """`x` with (before, after) pixels on each spatial axis; negative numbers crop."""
    if not any(map(any, sides)):
        return x
    widths = [(0, 0), *((max(b, 0), max(a, 0)) for b, a in sides), (0, 0)]
    if mode in PAD_MODES:
        whole: Array = np.pad(x, widths, mode=PAD_MODES[mode])  # type: ignore[call-overload]
    else:
        shape = [size + b + a for size, (b, a) in zip(x.shape, widths, strict=True)]
        whole = np.full(shape, value, x.dtype)
        inner: Index = tuple(
            slice(b, b + size) for size, (b, _) in zip(x.shape, widths, strict=True)
        )
        whole[inner] = x
    cuts: Index = (slice(None), *(slice(max(-b, 0), min(a, 0) or None) for b, a in sides))
    return whole[cuts]


def taps(windows: Sequence[Window]) -> Iterator[tuple[int, ...]]:
    """Every tap of a kernel, rows before columns."""
    return product(*(range(w.kernel) for w in windows))


def of_tap(weight: Array, tap: tuple[int, ...]) -> Array:
    """The matrix of one tap of a weight (a, b, *k), a view."""
    index: Index = (..., *tap)
    found: Array = weight[index]
    return found


def kernel_of(weight: Array) -> Array:
    """A weight (out, cin / g, *k) as the kernel (*k, cin / g, out) that algorithms read.

    A dense layer's weight is left as it is stored: products of one row read it as fast.
    """
    kernel = np.moveaxis(weight, (0, 1), (-1, -2))
    return kernel if weight.ndim == 2 else np.ascontiguousarray(kernel)


def transposed_kernel(weight: Array, groups: int) -> Array:
    """A transposed layer's weight (g * cin, out, *k) as the kernel (*k, cin, g * out)."""
    cin, out, *axes = weight.shape
    split = weight.reshape(groups, cin // groups, out, *axes)
    split = np.moveaxis(split, (1, 0, 2), (-3, -2, -1))
    return np.ascontiguousarray(split.reshape(*axes, cin // groups, groups * out))


def tap_index(x: Array, windows: Sequence[Window], tap: Sequence[int]) -> Index:
    """Where one tap of each window's positions lies in the padded `x`."""
    return (
        slice(None),
        *(
            slice(j * w.dilation, size - w.span + j * w.dilation + 1, w.stride)
            for size, w, j in zip(x.shape[1:], windows, tap, strict=False)
        ),
    )


def scattered_index(x: Array, windows: Sequence[Window], tap: Sequence[int]) -> Index:
    """Where one tap of a transposed layer's kernel puts the positions of `x`."""
    return (
        slice(None),
        *(
            slice(j * w.dilation, j * w.dilation + (size - 1) * w.stride + 1, w.stride)
            for j, w, size in zip(tap, windows, x.shape[1:-1], strict=True)
        ),
    )


def patches(x: Array, windows: Sequence[Window]) -> Array:
    """Every window of the padded `x`, a view (N, *O, *k, C) that repeats shared pixels.

    Whatever axes stand behind those of the windows are kept whole.
    """
    rank = len(windows)
    first = x[tap_index(x, windows, (0,) * rank)]
    inner = [w.dilation * step for w, step in zip(windows, x.strides[1:], strict=False)]
    return as_strided(
        first,
        (*first.shape[: rank + 1], *(w.kernel for w in windows), *x.shape[rank + 1 :]),
        (*first.strides[: rank + 1], *inner, *x.strides[rank + 1 :]),
        writeable=False,
    )


def shifted_rows(x: Array, window: Window) -> Array:
    """What each tap of `window` reads along the last axis of `x` (..., W, C).

    A view (..., k, O, C): for every tap a row of positions, shared pixels repeated.
    """
    *outer, pixel, channel = x.strides
    count = len(range(0, x.shape[-2] - window.span + 1, window.stride))
    return as_strided(
        x,
        (*x.shape[:-2], window.kernel, count, x.shape[-1]),
        (*outer, window.dilation * pixel, window.stride * pixel, channel),
        writeable=False,
    )


def read_by(at: Index, windows: Sequence[Window]) -> Index:
    """The part of the padded input that the output positions `at` (image, *axes) read."""
    return (
        at[0],
        *(
            slice(o.start * w.stride, (o.stop - 1) * w.stride + w.span)
            for o, w in zip(at[1:], windows, strict=False)
        ),
    )


def along(axis: int, part: Any) -> Index:
    """`part` of one axis, and all of those before it."""
    return (*(slice(None),) * axis, part)


def by_group(x: Array, groups: int) -> Array:
    """`(N, *S, C)` as `(g, N * positions, C / g)`."""
    return np.moveaxis(x.reshape(-1, groups, x.shape[-1] // groups), 1, 0)


def from_groups(x: Array, positions: tuple[int, ...]) -> Array:
    """`(g, N * positions, C / g)` as `(N, *S, C)`."""
    return np.moveaxis(x, 0, 1).reshape(*positions, -1)


def tiles(shape: Sequence[int], most: int, apart: int = 0) -> list[Index]:
    """Boxes of at most `most` positions (at least one) that cover `shape` in order.

    Each box is whole on its inner axes and one thick on its outer ones, so that it is one piece
    of a contiguous array; the cut axis is shared out evenly. The first `apart` axes are walked
    one by one in any case.

    >>> tiles((2, 5), 3)[:2]
    [(slice(0, 1, None), slice(0, 3, None)), (slice(0, 1, None), slice(3, 5, None))]
    """
    axis = apart
    while axis < len(shape) - 1 and prod(shape[axis + 1 :]) > most:
        axis += 1
    size = shape[axis]
    longest = max(1, most // max(1, prod(shape[axis + 1 :])))
    step = ceil(size / ceil(size / longest)) if size else 1
    cut = [slice(start, min(start + step, size)) for start in range(0, size, step)]
    outer = [[slice(at, at + 1) for at in range(size)] for size in shape[:axis]]
    rest = [[slice(0, size)] for size in shape[axis + 1 :]]
    return list(product(*outer, cut, *rest))
