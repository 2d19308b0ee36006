"""The operations that layers are made of, on channels-last arrays `(N, *S, C)` or `(N, F)`.

A kind's `forward` is handed an `Ops` and calls it, so that numpy is loaded only when something
runs, and so that every product passes through one place that counts it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convcalc.shapes import Shape, Window

Array = NDArray[Any]
Weights = Mapping[str, Array]
Sides = Sequence[tuple[int, int]]

PAD_MODES = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}


class Ops:
    """Primitive operations; `macs` counts the multiply-accumulates of every product made.

    `batch_statistics` lets batch norm use the mean and variance of the batch itself.
    """

    np = np

    def __init__(self, *, batch_statistics: bool = False) -> None:
        self.macs = 0
        self.batch_statistics = batch_statistics

    def shape(self, x: Array) -> Shape:
        """The shape of one sample, channels first: `(N, *S, C)` -> `(C, *S)`."""
        return (x.shape[-1], *x.shape[1:-1])

    def dot(self, a: Array, b: Array) -> Array:
        """`a @ b`, counted from its operands: one product for each element and inner index."""
        y = np.matmul(a, b)
        self.macs += y.size * a.shape[-1]
        return y

    def pad(self, x: Array, sides: Sides, mode: str = "zeros", value: float = 0.0) -> Array:
        """`x` with (before, after) pixels on each spatial axis; negative numbers crop."""
        if not any(map(any, sides)):
            return x
        widths = [(0, 0), *((max(b, 0), max(a, 0)) for b, a in sides), (0, 0)]
        if mode in PAD_MODES:
            padded: Array = np.pad(x, widths, mode=PAD_MODES[mode])  # type: ignore[call-overload]
        else:
            shape = [size + b + a for size, (b, a) in zip(x.shape, widths, strict=True)]
            padded = np.full(shape, value, x.dtype)
            inner = zip(x.shape, widths, strict=True)
            padded[tuple(slice(b, b + size) for size, (b, _) in inner)] = x
        cuts = [slice(None), *(slice(max(-b, 0), min(a, 0) or None) for b, a in sides), slice(None)]
        return padded[tuple(cuts)]

    def convolve(
        self,
        x: Array,
        weight: Array,
        windows: Sequence[Window],
        groups: int = 1,
        bias: Array | None = None,
    ) -> Array:
        """Cross-correlation of `x` with `weight` (out, cin / groups, *k), zeros in the padding."""
        x = self.pad(x, [(w.before, w.after) for w in windows])
        out = weight.shape[0] // groups
        y: Array | None = None
        for tap in product(*(range(w.kernel) for w in windows)):
            part = x[(slice(None), *_tap_slices(x, windows, tap))]
            grouped = part.reshape(*part.shape[:-1], groups, -1)
            # (g, cin/g, out/g) of this tap.
            kernel = weight[(slice(None), slice(None), *tap)].reshape(groups, out, -1)
            terms = self.dot(
                np.moveaxis(grouped, -2, 0).reshape(groups, -1, kernel.shape[-1]),
                kernel.transpose(0, 2, 1),
            )
            y = terms if y is None else y + terms
            shape = part.shape[:-1]
        assert y is not None
        joined = np.moveaxis(y.reshape(groups, *shape, out), 0, -2).reshape(*shape, -1)
        return joined if bias is None else joined + bias

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
        cin, out = weight.shape[0] // groups, weight.shape[1]
        sizes = x.shape[1:-1]
        full = [
            (size - 1) * w.stride + w.span + extra
            for size, w, extra in zip(sizes, windows, extras, strict=True)
        ]
        y = np.zeros((x.shape[0], *full, groups * out), np.result_type(x, weight))
        grouped = np.moveaxis(x.reshape(*x.shape[:-1], groups, cin), -2, 0)
        grouped = grouped.reshape(groups, -1, cin)
        for tap in product(*(range(w.kernel) for w in windows)):
            kernel = weight[(slice(None), slice(None), *tap)].reshape(groups, cin, out)
            terms = self.dot(grouped, kernel).reshape(groups, *x.shape[:-1], out)
            at = tuple(
                slice(j * w.dilation, j * w.dilation + (size - 1) * w.stride + 1, w.stride)
                for j, w, size in zip(tap, windows, sizes, strict=True)
            )
            y[(slice(None), *at)] += np.moveaxis(terms, 0, -2).reshape(*x.shape[:-1], -1)
        cut = self.pad(y, [(-w.before, -w.after) for w in windows])
        return cut if bias is None else cut + bias

    def windows(
        self, x: Array, windows: Sequence[Window], ceil_mode: bool, fill: float
    ) -> Iterable[Array]:
        """For each tap of the windows, what they read there: arrays `(N, *O, C)`.

        The padding reads `fill`. With `ceil_mode` a last, partly filled window stands where it
        begins inside the input or the padding before it.
        """
        sides = []
        for size, w in zip(x.shape[1:-1], windows, strict=True):
            more = 0
            if ceil_mode:
                past = -(size + w.before + w.after - w.span) % w.stride
                starts = size + w.before + w.after + past - w.span
                more = past if starts < size + w.before else 0
            sides.append((w.before, w.after + more))
        padded = self.pad(x, sides, value=fill)
        for tap in product(*(range(w.kernel) for w in windows)):
            yield padded[(slice(None), *_tap_slices(padded, windows, tap))]


def _tap_slices(x: Array, windows: Sequence[Window], tap: Sequence[int]) -> tuple[slice, ...]:
    """Where one tap of each window's positions lies in the padded `x`."""
    return tuple(
        slice(j * w.dilation, size - w.span + j * w.dilation + 1, w.stride)
        for size, w, j in zip(x.shape[1:-1], windows, tap, strict=True)
    )


def channels_first(x: Array) -> Array:
    """`(N, *S, C)` as `(N, C, *S)`, a view."""
    return np.moveaxis(x, -1, 1)


def channels_last(x: Array) -> Array:
    """`(N, C, *S)` as `(N, *S, C)`, contiguous."""
    return np.ascontiguousarray(np.moveaxis(x, 1, -1))


def weight_elements(weights: Weights) -> int:
    """Numbers in all arrays."""
    return sum(prod(array.shape) for array in weights.values())
