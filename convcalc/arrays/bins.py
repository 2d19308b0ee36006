"""Bins of adaptive pools, and how many pixels a mean is taken over."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from itertools import product

import numpy as np

from convcalc.arrays.products import Array
from convcalc.arrays.slicing import Index, along
from convcalc.core.shapes import Window


class Bins:
    """Part of `Ops`."""

    def join_bins(self, x: Array, counts: Sequence[int], join: np.ufunc) -> Array:
        """The pixels of each bin joined by `join`, axis by axis; `counts` bins on each."""
        for axis, count in enumerate(counts, 1):
            if count == x.shape[axis]:
                continue
            joined = [
                join.reduce(x[along(axis, part)], axis=axis, keepdims=True)
                for part in _bins(x.shape[axis], count)
            ]
            x = joined[0] if count == 1 else np.concatenate(joined, axis)
        return x

    def mean_bins(self, x: Array, counts: Sequence[int]) -> Array:
        """The mean of each bin."""
        sums = self.join_bins(x, counts, np.add)
        return sums / _bin_elements(x, sums)

    def mean_bins_gradient(self, grad: Array, x: Array) -> Array:
        """The adjoint of `mean_bins`: each bin's share on all of its pixels."""
        grad = grad / _bin_elements(x, grad)
        for axis, size in enumerate(x.shape[1:-1], 1):
            whole = np.zeros((*grad.shape[:axis], size, *grad.shape[axis + 1 :]), grad.dtype)
            for unit, part in enumerate(_bins(size, grad.shape[axis])):
                whole[along(axis, part)] += grad[along(axis, slice(unit, unit + 1))]
            grad = whole
        return grad

    def max_bins_gradient(self, grad: Array, x: Array) -> Array:
        """Each bin's gradient to the first of its largest elements, row by row."""
        whole = np.zeros(x.shape, grad.dtype)
        sizes = zip(x.shape[1:-1], grad.shape[1:-1], strict=True)
        for parts in product(*(enumerate(_bins(size, count)) for size, count in sizes)):
            at: Index = (slice(None), *(part for _, part in parts))
            unit: Index = (slice(None), *(number for number, _ in parts))
            pixels = x[at].reshape(len(x), -1, x.shape[-1])
            winners = pixels.argmax(axis=1)[:, None]
            passed = np.zeros(pixels.shape, grad.dtype)
            np.put_along_axis(passed, winners, grad[unit][:, None], axis=1)
            whole[at] += passed.reshape(x[at].shape)
        return whole

    def window_elements(
        self, x: Array, y: Array, windows: Sequence[Window], count_padding: bool
    ) -> Array | int:
        """Pixels that each window of an average pool stands on, within the padded input.

        `y` has the windows' positions. One number where all are equal.
        """
        axes = []
        for size, units, window in zip(x.shape[1:-1], y.shape[1:-1], windows, strict=True):
            first = np.arange(units) * window.stride - window.before
            ends = (-window.before, size + window.after) if count_padding else (0, size)
            before, within = (
                np.clip(-((first - end) // window.dilation), 0, window.kernel) for end in ends
            )
            axes.append(within - before)
        return _beside(axes, y)


def _bins(size: int, count: int) -> list[slice]:
    """`count` bins of `size` pixels: from the floor to the ceiling of each one's share.

    >>> _bins(4, 3)
    [slice(0, 2, None), slice(1, 3, None), slice(2, 4, None)]
    """
    return [slice(j * size // count, -(-(j + 1) * size // count)) for j in range(count)]


def _bin_elements(x: Array, y: Array) -> Array | int:
    """Pixels in each bin, where `y` has one number a bin."""
    axes = [
        np.array([part.stop - part.start for part in _bins(size, count)])
        for size, count in zip(x.shape[1:-1], y.shape[1:-1], strict=True)
    ]
    return _beside(axes, y)


def _beside(axes: Sequence[Array], y: Array) -> Array | int:
    """The products of one vector an axis, to stand beside `y` `(N, *S, C)`."""
    if all((axis == axis[0]).all() for axis in axes):
        return int(np.prod([axis[0] for axis in axes]))
    whole: Array = reduce(np.multiply.outer, axes)
    return whole[None, ..., None].astype(y.dtype if y.dtype.kind == "f" else np.float64)
