"""The operations that layers are made of, on channels-last arrays `(N, *S, C)` or `(N, F)`.

A kind's `forward` is handed an `Ops` and calls it, so that numpy is loaded only when something
runs, and so that every product passes through one place that counts it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import reduce

import numpy as np

from convcalc.arrays.choose import ALGORITHMS, choose
from convcalc.arrays.functions import Functions
from convcalc.arrays.jobs import Finish, Job
from convcalc.arrays.products import Array as Array
from convcalc.arrays.products import Products
from convcalc.arrays.slicing import (
    Sides,
    by_group,
    from_groups,
    kernel_of,
    of_tap,
    padded,
    patches,
    scattered_index,
    tap_index,
    taps,
    transposed_kernel,
)
from convcalc.arrays.transposed import TRANSPOSED
from convcalc.core.shapes import Shape, Window

Weights = Mapping[str, Array]


class Ops(Products, Functions):
    """Primitive operations; `macs` counts the multiply-accumulates of every product made.

    `batch_statistics` lets batch norm use the mean and variance of the batch itself. `algorithm`
    names the one to use for convolutions where it can run them; `used` the last one that ran.
    `traces` lets NaN stand for what was read, so that comparisons and choices hand it on.
    """

    # For kinds, which may not import numpy themselves.
    np = np

    def __init__(
        self, *, batch_statistics: bool = False, algorithm: str = "", traces: bool = False
    ) -> None:
        super().__init__()
        self.traces = traces
        self.batch_statistics = batch_statistics
        self.algorithm = algorithm
        self.used = ""
        # What layers without an input make, as whoever runs a network says.
        self.batch = 1
        self.dtype = np.dtype(np.float32)

    def shape(self, x: Array) -> Shape:
        """The shape of one sample, channels first: `(N, *S, C)` -> `(C, *S)`."""
        return (x.shape[-1], *x.shape[1:-1])

    def decided(self, y: Array, read: Sequence[Array]) -> Array:
        """What was decided by looking at these arrays, in their type, whatever it was found in."""
        found: Array = y.astype(np.result_type(*read))
        for x in read if self.traces else ():
            found = np.where(np.isnan(x), np.nan, found)
        return found

    def pad(self, x: Array, sides: Sides, mode: str = "zeros", value: float = 0.0) -> Array:
        """`x` with (before, after) pixels on each spatial axis; negative numbers crop."""
        return padded(x, sides, mode, value)

    def convolve(
        self,
        x: Array,
        weight: Array,
        windows: Sequence[Window],
        groups: int = 1,
        bias: Array | None = None,
    ) -> Array:
        """Cross-correlation of `x` with `weight` (out, cin / groups, *k), zeros in the padding."""
        x = np.ascontiguousarray(self.pad(x, [(w.before, w.after) for w in windows]))
        positions = patches(x, windows).shape[: x.ndim - 1]
        y = np.empty((*positions, weight.shape[0]), np.result_type(x, weight))
        job = Job(self, x, kernel_of(weight), tuple(windows), groups, Finish(y, bias))
        self.used = choose(job, self.algorithm)
        ALGORITHMS[self.used].prepare(job)()
        return y

    def convolve_transposed(
        self,
        x: Array,
        weight: Array,
        windows: Sequence[Window],
        extras: Sequence[int],
        groups: int = 1,
        bias: Array | None = None,
    ) -> Array:
        """The adjoint of `convolve`: every input scatters `weight` (cin, out / groups, *k)."""
        sizes = [
            (size - 1) * w.stride + w.span + extra - w.before - w.after
            for size, w, extra in zip(x.shape[1:-1], windows, extras, strict=True)
        ]
        y = np.empty((len(x), *sizes, groups * weight.shape[1]), np.result_type(x, weight))
        kernel = transposed_kernel(weight, groups)
        job = Job(self, x, kernel, tuple(windows), groups, Finish(y, bias))
        # By default the form that makes no more multiplies than the layer is said to cost.
        self.used = choose(
            job, self.algorithm if self.algorithm in TRANSPOSED else "scatter", TRANSPOSED
        )
        TRANSPOSED[self.used].prepare(job)()
        return y

    def convolve_gradients(
        self, grad: Array, x: Array, weight: Array, windows: Sequence[Window], groups: int = 1
    ) -> tuple[Array, Array]:
        """Gradients with respect to `x` and `weight`, from that of the convolution's output."""
        out, cin, *_ = weight.shape
        whole = self.pad(x, [(w.before, w.after) for w in windows])
        to_x = np.zeros(whole.shape, np.result_type(grad, weight))
        to_weight = np.zeros(weight.shape, np.result_type(grad, x))
        grads = by_group(grad, groups)
        for tap in taps(windows):
            at = tap_index(whole, windows, tap)
            kernel = of_tap(weight, tap).reshape(groups, out // groups, cin)
            to_x[at] += from_groups(self.dot(grads, kernel), grad.shape[:-1])
            found = self.dot(grads.transpose(0, 2, 1), by_group(whole[at], groups))
            of_tap(to_weight, tap)[:] = found.reshape(out, cin)
        return self.pad(to_x, [(-w.before, -w.after) for w in windows]), to_weight

    def convolve_transposed_gradients(
        self, grad: Array, x: Array, weight: Array, windows: Sequence[Window], groups: int = 1
    ) -> tuple[Array, Array]:
        """Gradients with respect to `x` and `weight`, from that of the transposed output."""
        cin, out, *_ = weight.shape
        whole = self.pad(grad, [(w.before, w.after) for w in windows])
        to_x = np.zeros(x.shape, np.result_type(grad, weight))
        to_weight = np.zeros(weight.shape, np.result_type(grad, x))
        inputs = by_group(x, groups)
        for tap in taps(windows):
            grads = by_group(whole[scattered_index(x, windows, tap)], groups)
            kernel = of_tap(weight, tap).reshape(groups, cin // groups, out)
            to_x += from_groups(self.dot(grads, kernel.transpose(0, 2, 1)), x.shape[:-1])
            found = self.dot(inputs.transpose(0, 2, 1), grads)
            of_tap(to_weight, tap)[:] = found.reshape(cin, out)
        return to_x, to_weight

    def max_pool(self, x: Array, windows: Sequence[Window], ceil_mode: bool = False) -> Array:
        """The largest value of each window; the padding never wins."""
        lowest = -np.inf if x.dtype.kind == "f" else np.iinfo(x.dtype).min
        return self._pool(x, windows, ceil_mode, np.maximum, lowest)

    def sum_pool(self, x: Array, windows: Sequence[Window], ceil_mode: bool = False) -> Array:
        """The sum of each window, zeros in the padding."""
        return self._pool(x, windows, ceil_mode, np.add, 0)

    def _pool(
        self, x: Array, windows: Sequence[Window], ceil_mode: bool, join: np.ufunc, fill: float
    ) -> Array:
        # Separable: the rows of the windows first, then the columns of what they left.
        for axis, window in enumerate(windows):
            along = [Window(1)] * len(windows)
            along[axis] = window
            x = reduce(join, self.windows(x, along, ceil_mode, fill))
        return x

    def windows(
        self, x: Array, windows: Sequence[Window], ceil_mode: bool, fill: float
    ) -> Iterator[Array]:
        """For each tap of the windows, what they read there: arrays `(N, *O, C)`.

        The padding reads `fill`. With `ceil_mode` a last, partly filled window stands where it
        begins inside the input or the padding before it.
        """
        whole = self.pad(x, _pool_sides(x, windows, ceil_mode), value=fill)
        for tap in taps(windows):
            yield whole[tap_index(whole, windows, tap)]

    def scatter(
        self, parts: Iterable[Array], x: Array, windows: Sequence[Window], ceil_mode: bool = False
    ) -> Array:
        """The adjoint of `windows`: one array `(N, *O, C)` a tap, summed where it was read.

        The result has the shape of `x`; what falls on the padding is lost.
        """
        sides = _pool_sides(x, windows, ceil_mode)
        sizes = [size + b + a for size, (b, a) in zip(x.shape[1:-1], sides, strict=True)]
        whole = np.zeros((x.shape[0], *sizes, x.shape[-1]), x.dtype)
        for tap, part in zip(taps(windows), parts, strict=True):
            whole[tap_index(whole, windows, tap)] += part
        return self.pad(whole, [(-b, -a) for b, a in sides])


def _pool_sides(x: Array, windows: Sequence[Window], ceil_mode: bool) -> list[tuple[int, int]]:
    """Padding before and after each axis, with what a last, partly filled window hangs over."""
    sides = []
    for size, w in zip(x.shape[1:-1], windows, strict=True):
        more = 0
        if ceil_mode:
            past = -(size + w.before + w.after - w.span) % w.stride
            start = size + w.before + w.after + past - w.span
            more = past if start < size + w.before else 0
        sides.append((w.before, w.after + more))
    return sides


def channels_first(x: Array) -> Array:
    """`(N, *S, C)` as `(N, C, *S)`, a view."""
    return np.moveaxis(x, -1, 1)


def channels_last(x: Array) -> Array:
    """`(N, C, *S)` as `(N, *S, C)`, contiguous."""
    return np.ascontiguousarray(np.moveaxis(x, 1, -1))
