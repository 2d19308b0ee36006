"""The only places where numbers are multiplied and summed, each counted from its operands."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


class Products:
    """Counted products: `macs` grows by the multiply-accumulates of every one made."""

    def __init__(self) -> None:
        self.macs = 0

    def dot(self, a: Array, b: Array, out: Array | None = None) -> Array:
        """`a @ b`: one multiply for each element of the result and each inner index."""
        y: Array = np.matmul(a, b, out=out)
        self.macs += y.size * a.shape[-1]
        return y

    def weighted_sum(self, x: Array, weight: Array, inner: int, out: Array) -> Array:
        """The sum over the first `inner` axes of `x` times `weight`, element by element.

        `x` is (*inner, *outer, m), `weight` (*inner, m) and `out` (*outer, m). einsum adds each
        product to `out` in one pass, where a product and a sum of arrays would make two.
        """
        axes = list(range(x.ndim))
        np.einsum(x, axes, weight, [*axes[:inner], axes[-1]], axes[inner:], out=out)
        self.macs += x.size
        return out
