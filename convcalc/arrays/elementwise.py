"""Elementwise functions, sums over axes and statistics, for kinds to be made of."""

from __future__ import annotations

from math import pi, sqrt

import numpy as np

from convcalc.arrays.erf import erf
from convcalc.arrays.products import Array


class Elementwise:
    """Part of `Ops`. Floating arrays keep their type; NaN stays where it is."""

    def sigmoid(self, x: Array) -> Array:
        """1 / (1 + exp(-x)); where the exponential overflows, 0."""
        with np.errstate(over="ignore"):
            share: Array = np.exp(-x)
            share += 1
            return np.reciprocal(share, out=share)

    def softplus(self, x: Array) -> Array:
        """log(1 + exp(x)), without overflow."""
        bent: Array = np.log1p(np.exp(-np.abs(x)))
        return np.add(np.maximum(x, 0), bent)

    def normal_cdf(self, x: Array) -> Array:
        """The share of a normal distribution below each element."""
        return (1 + erf(x / sqrt(2))) / 2

    def normal_density(self, x: Array) -> Array:
        """exp(-x^2 / 2) / sqrt(2 pi)."""
        return np.exp(-x * x / 2) / sqrt(2 * pi)

    def power(self, x: Array, exponent: float) -> Array:
        """x to the exponent; NaN for a broken power of a negative number, as in PyTorch."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return x**exponent

    def channel_sum(self, x: Array) -> Array:
        """The sum of each channel over samples and positions: `(N, *S, C)` -> `(C,)`."""
        total: Array = x.sum(axis=tuple(range(x.ndim - 1)))
        return total

    def unspread(self, grad: Array, shape: tuple[int, ...]) -> Array:
        """The gradient of an array of `shape` that was spread over that of `grad`: its sums."""
        padded = (shape[0], *(1,) * (grad.ndim - len(shape)), *shape[1:])
        axes = [axis for axis, size in enumerate(padded) if size != grad.shape[axis]]
        return (grad.sum(axis=tuple(axes), keepdims=True) if axes else grad).reshape(shape)

    def inverse_deviation(self, variance: Array, eps: float) -> Array:
        """1 / sqrt(variance + eps)."""
        return 1 / np.sqrt(variance + eps)

    def standardise(self, x: Array, axes: tuple[int, ...], eps: float) -> tuple[Array, Array]:
        """(x less its mean, over its deviation; 1 / deviation), both taken over `axes`.

        Statistics are found in double precision; the variance is that of the numbers at hand.
        """
        centred = x - x.mean(axis=axes, keepdims=True, dtype=np.float64).astype(x.dtype)
        variance = np.square(centred, dtype=np.float64).mean(axis=axes, keepdims=True)
        inverse: Array = self.inverse_deviation(variance, eps).astype(x.dtype)
        return centred * inverse, inverse

    def standardise_gradient(
        self, grad: Array, x: Array, axes: tuple[int, ...], eps: float
    ) -> Array:
        """The gradient with respect to what `standardise` was given.

        Both statistics move with x: (g - mean(g) - y mean(g y)) / deviation.
        Source: Ioffe & Szegedy 2015, section 3.
        """
        y, inverse = self.standardise(x, axes, eps)
        mean = grad.mean(axis=axes, keepdims=True)
        along = (grad * y).mean(axis=axes, keepdims=True)
        found: Array = (grad - mean - y * along) * inverse
        return found
