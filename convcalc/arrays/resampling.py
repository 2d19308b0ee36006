"""Interpolation along one axis after the other: which pixels a unit reads, and their weights."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from convcalc.arrays.products import Array
from convcalc.arrays.slicing import along

# The sharpness of cubic convolution; Keys proposes -1/2, PyTorch and OpenCV take -3/4.
CUBIC = Fraction(-3, 4)


class Taps(NamedTuple):
    """Pixels and weights of every unit of an axis: arrays `(neighbours, units)`."""

    pixels: Array
    weights: Array


class Resampling:
    """Part of `Ops`."""

    def scaled_sizes(self, sizes: Sequence[int], factors: Sequence[Fraction]) -> tuple[int, ...]:
        """Whole pixels of each size times its factor, multiplied in double precision."""
        return tuple(
            int(np.floor(np.float64(size) * np.float64(factor)))
            for size, factor in zip(sizes, factors, strict=True)
        )

    def resample(
        self,
        x: Array,
        sizes: Sequence[int],
        ratios: Sequence[Fraction],
        offsets: Sequence[Fraction],
        neighbours: int,
    ) -> Array:
        """`x` with new spatial sizes: 1 neighbour nearest, 2 linear, 4 cubic on each axis.

        `ratios` are the input pixels from one unit to the next, `offsets` the place of the first.
        A neighbour of weight zero is not read.
        """
        for axis, (size, ratio, offset) in enumerate(zip(sizes, ratios, offsets, strict=True), 1):
            taps = resampling_taps(x.shape[axis], size, ratio, offset, neighbours)
            if neighbours == 1:
                x = x.take(taps.pixels[0], axis)
                continue
            terms = (
                x.take(pixels, axis) * _beside(weights, axis, x)
                for pixels, weights in zip(*taps, strict=True)
            )
            x = sum(terms, start=next(terms))
        return x

    def resample_gradient(
        self,
        grad: Array,
        x: Array,
        ratios: Sequence[Fraction],
        offsets: Sequence[Fraction],
        neighbours: int,
    ) -> Array:
        """The adjoint of `resample`: every unit's number goes to the pixels that it read."""
        for axis, (ratio, offset) in enumerate(zip(ratios, offsets, strict=True), 1):
            size = x.shape[axis]
            taps = resampling_taps(size, grad.shape[axis], ratio, offset, neighbours)
            shape = list(grad.shape)
            shape[axis] = size
            whole = np.zeros(shape, grad.dtype)
            for pixels, weights in zip(*taps, strict=True):
                at = along(axis, pixels)
                np.add.at(whole, at, grad * _beside(weights, axis, grad))
            grad = whole
        return grad


@lru_cache(maxsize=256)
def resampling_taps(
    size: int, units: int, ratio: Fraction, offset: Fraction, neighbours: int
) -> Taps:
    """What each unit of an axis reads of its `size` pixels. Borders are repeated.

    Source: PyTorch's area_pixel_compute_source_index, guard_index_and_lambda and
    get_cubic_upsample_coefficients, in exact numbers.

    >>> pixels, weights = resampling_taps(3, 6, Fraction(1, 2), Fraction(-1, 4), 2)
    >>> pixels.T.tolist()[:3], weights.T.tolist()[:3]
    ([[0, 0], [0, 1], [0, 1]], [[1.0, 0.0], [0.75, 0.25], [0.25, 0.75]])
    """
    found = [_unit(unit * ratio + offset, size, neighbours) for unit in range(units)]
    pixels = np.array([[pixel for pixel, _ in unit] for unit in found])
    weights = np.array([[float(weight) for _, weight in unit] for unit in found])
    return Taps(pixels.T, weights.T)


def _unit(at: Fraction, size: int, neighbours: int) -> list[tuple[int, Fraction]]:
    if neighbours == 1:
        return [(min(int(at), size - 1), Fraction(1))]
    if neighbours == 2:
        at = max(at, Fraction(0))
    pixel = min(at.numerator // at.denominator, size - 1)
    beyond = min(at - pixel, Fraction(1))
    weights = _WEIGHTS[neighbours](beyond)
    first = pixel - neighbours // 2 + 1
    taps = [(min(max(first + n, 0), size - 1), weight) for n, weight in enumerate(weights)]
    # A neighbour of weight 0 must not be read: NaN * 0 is NaN. The strongest one stands in.
    strongest, _ = max(taps, key=lambda tap: tap[1])
    return [(read if weight else strongest, weight) for read, weight in taps]


def _linear(beyond: Fraction) -> list[Fraction]:
    return [1 - beyond, beyond]


def _cubic(beyond: Fraction) -> list[Fraction]:
    def near(t: Fraction) -> Fraction:
        return ((CUBIC + 2) * t - (CUBIC + 3)) * t * t + 1

    def far(t: Fraction) -> Fraction:
        return ((CUBIC * t - 5 * CUBIC) * t + 8 * CUBIC) * t - 4 * CUBIC

    return [far(beyond + 1), near(beyond), near(1 - beyond), far(2 - beyond)]


_WEIGHTS = {2: _linear, 4: _cubic}


def _beside(weights: Array, axis: int, x: Array) -> Array:
    """One number a unit of `axis`, to stand beside `x`."""
    shape = [1] * x.ndim
    shape[axis] = -1
    return weights.reshape(shape).astype(x.dtype if x.dtype.kind == "f" else np.float64)
