"""Random numbers for weights and inputs, from a seed: small integers, or normal ones.

Drawing costs more than the arithmetic of a layer, so numbers repeat a pool of prime length.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from math import prod, sqrt
from typing import Literal

import numpy as np

from convcalc.arrays.ops import Array
from convcalc.core.shapes import Shape

Numbers = Literal["integers", "normal"]
# A prime: no row or channel of usual size begins at the same place of the pool as another.
POOL = 65_537
# Largest size of small integers: sums of 2**24 / MOST_INTEGER**2 products are exact in float32.
MOST_INTEGER = 4


class Draws:
    """A stream of arrays; the same seed gives the same ones."""

    def __init__(
        self, seed: int | Sequence[int] = 0, numbers: Numbers = "normal", dtype: str = "float32"
    ) -> None:
        self._rng = np.random.default_rng(seed)
        self._numbers = numbers
        self.dtype = np.dtype(dtype)

    @cached_property
    def _pool(self) -> Array:
        """The numbers: they are drawn first, when an array is wanted at all."""
        if self._numbers == "integers":
            pool: Array = self._rng.integers(-MOST_INTEGER, MOST_INTEGER, POOL, endpoint=True)
        else:
            # Drawn in float32 whatever the type is, so that a run in both has the same numbers.
            pool = self._rng.standard_normal(POOL, np.float32)
        return pool.astype(self.dtype)

    def array(self, shape: Shape, scale: float = 1.0) -> Array:
        """An array of `shape`; normal numbers have `scale` as their deviation."""
        size, pool = prod(shape), self._pool
        start = int(self._rng.integers(POOL))
        end = start + size
        # Only what is used: the result keeps alive what it was cut from.
        pool = pool[start:end] if end <= POOL else np.roll(pool, -start)[:size]
        if self._numbers == "normal":
            pool = pool * pool.dtype.type(np.float32(scale))
        return np.resize(pool, size).reshape(shape)

    def weights(self, shapes: Mapping[str, Shape]) -> dict[str, Array]:
        """Arrays by name; normal ones keep the variance of what passes through them.

        Source: He et al. 2015 for the scale sqrt(2 / fan_in), fan_in the numbers of one filter.
        """
        drawn = {}
        for name, shape in shapes.items():
            if name == "running_var":
                drawn[name] = np.abs(self.array(shape)) + self.dtype.type(0.5)
            elif "weight" in name and len(shape) > 1:
                drawn[name] = self._kernel(shape, sqrt(2 / prod(shape[1:])))
            else:
                drawn[name] = self.array(shape, 0.5)
        return drawn

    def indices(self, shape: Shape, limit: int) -> Array:
        """Whole numbers from 0 to `limit` - 1, in the type of the other arrays."""
        return as_indices(self.array(shape), limit)

    def _kernel(self, shape: Shape, scale: float) -> Array:
        # Stored as (*k, in, out), the layout in which a kernel is used, and seen as PyTorch's.
        stored = (*shape[2:], shape[1], shape[0])
        return np.moveaxis(self.array(stored, scale), (-1, -2), (0, 1))


def with_indices(arrays: Sequence[Array], limits: Mapping[int, range]) -> tuple[Array, ...]:
    """The arrays, those with limits, by number, as whole numbers from 0 on within them.

    >>> [x.tolist() for x in with_indices([np.array([-0.5]), np.array([0.25])], {1: range(10)})]
    [[-0.5], [4.0]]
    """
    return tuple(
        as_indices(array, limits[place].stop) if place in limits else array
        for place, array in enumerate(arrays)
    )


def as_indices(array: Array, limit: int) -> Array:
    """Any numbers as whole ones from 0 to `limit` - 1, of the same type.

    >>> as_indices(np.array([-0.5, 0.25, 3.0]), 10).tolist()
    [8.0, 4.0, 8.0]
    """
    spread: Array = np.floor(np.abs(array) * 2**20) % limit
    return spread.astype(array.dtype)
