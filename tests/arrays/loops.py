"""Convolution and pooling as plain loops over Python's integers, sharing no code with convcalc.

Arrays are channels-last, weights in PyTorch's layout, windows (kernel, stride, before, after,
dilation) on each axis.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Axis = tuple[int, int, int, int, int]


def outputs(size: int, axis: Axis) -> int:
    kernel, stride, before, after, dilation = axis
    place, count = 0, 0
    while place + dilation * (kernel - 1) < size + before + after:
        place, count = place + stride, count + 1
    return count


def pixels(
    at: Sequence[int], sizes: Sequence[int], axes: Sequence[Axis]
) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    """(tap, pixel) of one output position, for the pixels that are not padding."""
    for tap in product(*(range(axis[0]) for axis in axes)):
        pixel = tuple(
            o * stride - before + j * dilation
            for o, j, (_, stride, before, _, dilation) in zip(at, tap, axes, strict=True)
        )
        if all(0 <= p < size for p, size in zip(pixel, sizes, strict=True)):
            yield tap, pixel


def convolution(x: Array, weight: Array, axes: Sequence[Axis], groups: int) -> Array:
    batch, *sizes, _ = x.shape
    out, cin = weight.shape[:2]
    positions = [outputs(size, axis) for size, axis in zip(sizes, axes, strict=True)]
    y = np.zeros((batch, *positions, out), np.int64)
    for n, *at, o in np.ndindex(*y.shape):
        first = o // (out // groups) * cin
        for tap, pixel in pixels(at, sizes, axes):
            for c in range(cin):
                y[(n, *at, o)] += int(x[(n, *pixel, first + c)]) * int(weight[(o, c, *tap)])
    return y


def transposed(
    x: Array, weight: Array, axes: Sequence[Axis], extras: Sequence[int], groups: int
) -> Array:
    batch, *sizes, channels = x.shape
    out = weight.shape[1]
    wanted = [
        (size - 1) * s + d * (k - 1) + 1 - b - a + extra
        for size, (k, s, b, a, d), extra in zip(sizes, axes, extras, strict=True)
    ]
    y = np.zeros((batch, *wanted, groups * out), np.int64)
    for n, *at, c in np.ndindex(*x.shape):
        first = c // (channels // groups) * out
        for tap in product(*(range(axis[0]) for axis in axes)):
            place = [i * s - b + j * d for i, j, (_, s, b, _, d) in zip(at, tap, axes, strict=True)]
            if all(0 <= p < size for p, size in zip(place, wanted, strict=True)):
                for o in range(out):
                    y[(n, *place, first + o)] += int(x[(n, *at, c)]) * int(weight[(c, o, *tap)])
    return y


def pool(x: Array, axes: Sequence[Axis], join: Callable[[list[int]], int]) -> Array:
    batch, *sizes, channels = x.shape
    positions = [outputs(size, axis) for size, axis in zip(sizes, axes, strict=True)]
    y = np.zeros((batch, *positions, channels), np.int64)
    for n, *at, c in np.ndindex(*y.shape):
        y[(n, *at, c)] = join([int(x[(n, *p, c)]) for _, p in pixels(at, sizes, axes)])
    return y
