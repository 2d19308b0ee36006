"""The only places where numbers are multiplied and summed, each counted from its operands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Names = Sequence[str]


class Products:
    """Counted products: `macs` grows by the multiply-accumulates of every one made."""

    def __init__(self) -> None:
        self.macs = 0

    def dot(self, a: Array, b: Array, out: Array | None = None) -> Array:
        """`a @ b`: one multiply for each element of the result and each inner index."""
        y: Array = np.matmul(a, b, out=out)
        self.macs += y.size * a.shape[-1]
        return y

    def contract(
        self,
        a: Array,
        a_names: Names,
        b: Array,
        b_names: Names,
        out: Names,
        sizes: Mapping[str, int],
    ) -> Array:
        """The sums of products of `a` and `b` over all names that `out` has not.

        (N, *a_names) and (N, *b_names) give (N, *out). One multiply for each combination of all
        names: what stands in one operand alone is summed after it was multiplied. A name that
        neither has is spread over.
        """
        both = [name for name in a_names if name in b_names]
        shared = [name for name in both if name in out]
        inner = [name for name in both if name not in out]
        left = [name for name in a_names if name not in b_names]
        right = [name for name in b_names if name not in a_names]
        rows = _laid_out(a, a_names, (shared, left, inner))
        columns = _laid_out(b, b_names, (shared, inner, right))
        made = [*shared, *left, *right]
        y = self.dot(rows, columns).reshape(len(a), *(sizes[name] for name in made))
        lost = tuple(1 + n for n, name in enumerate(made) if name not in out)
        y = y.sum(axis=lost)
        kept = [name for name in made if name in out]
        y = y.transpose(0, *(1 + kept.index(name) for name in out if name in kept))
        spread = [1 + n for n, name in enumerate(out) if name not in kept]
        shape = (len(a), *(sizes[name] for name in out))
        return np.broadcast_to(np.expand_dims(y, spread), shape)

    def weighted_sum(self, x: Array, weight: Array, inner: int, out: Array) -> Array:
        """The sum over the first `inner` axes of `x` times `weight`, element by element.

        `x` is (*inner, *outer, m), `weight` (*inner, m) and `out` (*outer, m). einsum adds each
        product to `out` in one pass, where a product and a sum of arrays would make two.
        """
        axes = list(range(x.ndim))
        np.einsum(x, axes, weight, [*axes[:inner], axes[-1]], axes[inner:], out=out)
        self.macs += x.size
        return out


def _laid_out(x: Array, names: Names, groups: Sequence[Names]) -> Array:
    """(N, *names) as (N, one axis for each group)."""
    sizes = dict(zip(names, x.shape[1:], strict=True))
    order = [1 + names.index(name) for group in groups for name in group]
    shape = [prod(sizes[name] for name in group) for group in groups]
    return x.transpose(0, *order).reshape(len(x), *shape)
