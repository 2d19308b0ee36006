"""Masks beside the scores of attention: which shapes fit, what reads what, and how they run.

Scores have the axes (heads, *those attended one by one, queries, keys). A mask has as many, or
fewer, the last ones; where it has 1 it holds for all.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, NamedTuple

from convcalc.core.arrangement import Arrangement, Parts
from convcalc.core.errors import LayerError
from convcalc.core.shapes import Shape, format_shape

if TYPE_CHECKING:
    from convcalc.arrays.ops import Array, Ops


class Scores(NamedTuple):
    """The axes of scores; `apart` are those whose places take nothing from each other."""

    heads: int
    apart: Shape
    queries: Shape
    keys: Shape

    @property
    def shape(self) -> Shape:
        """(heads, *apart, queries, keys), the axes of positions joined."""
        return (self.heads, *self.apart, prod(self.queries), prod(self.keys))

    @property
    def elements(self) -> int:
        """How many scores there are."""
        return prod(self.shape)

    def check(self, mask: Shape, kind: str) -> None:
        """Raises LayerError where a mask does not spread over the scores."""
        wanted = self.shape
        own = wanted[len(wanted) - len(mask) :]
        if 2 <= len(mask) <= len(wanted) and all(
            size in (1, whole) for size, whole in zip(mask, own, strict=True)
        ):
            return
        raise LayerError(
            "product-mismatch",
            f"a mask {format_shape(mask)} does not spread over the scores {format_shape(wanted)} "
            f"of {kind}",
            f"give it `{list(wanted[-2:])}` for all heads, or `{list(wanted)}`, or 1 on any axis",
            field="inputs",
        )

    def spread(self, mask: Shape, sizes: Scores) -> Shape:
        """A mask of these scores as one of others: what holds for all still does."""
        count = len(mask)
        axes = zip(mask, self.shape[-count:], sizes.shape[-count:], strict=True)
        return tuple(size if size != whole else other for size, whole, other in axes)

    def arrangement(self, mask: Shape, features: int) -> Arrangement | None:
        """How the axes of a mask become those of the output, of so many features a head.

        Keys are summed over, and stand in the mask alone. None where no position of the mask is
        one of the output: every unit sees all of them.
        """
        sizes = (self.heads, features, *self.apart, *self.queries, prod(self.keys))
        apart = [(2 + n,) for n in range(len(self.apart))]
        first = 2 + len(apart)
        queries = [(first + n,) for n in range(len(self.queries))]
        keys = len(sizes) - 1
        axes: list[Parts] = [(0,), *apart, tuple(part for (part,) in queries), (keys,)]
        count = len(mask)
        before = tuple(
            parts if size == whole else ()
            for parts, size, whole in zip(axes[-count:], mask, self.shape[-count:], strict=True)
        )
        if not any(before[1:-1]):
            return None
        is_read = bool(before[-1])
        return Arrangement(sizes if is_read else sizes[:-1], before, ((0, 1), *apart, *queries))

    def beside(self, ops: Ops, masks: tuple[Array, ...], is_boolean: bool) -> Array | None:
        """What masks add to scores laid out (blocks, heads, queries, keys); None without any.

        A boolean one adds nothing where it is not 0, and minus infinity where it is.
        """
        total = None
        for mask in masks:
            own = ops.first(mask)
            if is_boolean:
                # What is no number stays none.
                own = ops.np.where(own == 0, -ops.np.inf, own * 0)
            own = self._in_blocks(ops, own)
            total = own if total is None else total + own
        return total

    def _in_blocks(self, ops: Ops, own: Array) -> Array:
        """(N, *mask) as (N * apart, heads or 1, queries or 1, keys or 1)."""
        missing = len(self.shape) - own.ndim + 1
        own = own.reshape(len(own), *(1,) * missing, *own.shape[1:])
        # Blocks are what is attended one by one, with all heads inside.
        own = ops.np.moveaxis(own, 1, -3)
        lead = (len(own), *self.apart)
        spread: Array = ops.np.broadcast_to(own, (*lead, *own.shape[-3:]))
        return spread.reshape(-1, *own.shape[-3:])

    def gradient(self, ops: Ops, to_scores: Array, mask: Array) -> Array:
        """The gradient of an added mask, from that of scores laid out in blocks."""
        split = to_scores.reshape(-1, *self.apart, *to_scores.shape[1:])
        found: Array = ops.np.moveaxis(split, -3, 1)
        return ops.last(ops.unspread(found, ops.first(mask).shape))
