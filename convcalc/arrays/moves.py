"""Moves of elements: reshaping, borders and pixels, each with its adjoint."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np

from convcalc.arrays.products import Array
from convcalc.arrays.slicing import along
from convcalc.core.arrangement import Arrangement


class Moves:
    """Part of `Ops`."""

    def reshape(self, x: Array, shape: Sequence[int]) -> Array:
        """The elements of each sample in the order channels, rows, columns, under `shape`.

        `shape` is channels first, as PyTorch's; one -1 is found.
        """
        return self.last(self.first(x).reshape(len(x), *shape))

    def first(self, x: Array) -> Array:
        """`(N, *S, C)` as `(N, C, *S)`."""
        return np.moveaxis(x, -1, 1)

    def last(self, x: Array) -> Array:
        """`(N, C, *S)` as `(N, *S, C)`, contiguous."""
        return np.ascontiguousarray(np.moveaxis(x, 1, -1))

    def arranged(self, x: Array, arrangement: Arrangement) -> Array:
        """The elements of each sample on other axes; nothing is summed or spread."""
        sizes, before, after = arrangement
        split = [sizes[part] for parts in before for part in parts]
        order = {part: n for n, part in enumerate(part for parts in before for part in parts)}
        moves = [1 + order[part] for parts in after for part in parts]
        shape = [prod(sizes[part] for part in parts) for parts in after]
        whole = self.first(x).reshape(len(x), *split)
        return self.last(whole.transpose(0, *moves).reshape(len(x), *shape))

    def spread(self, x: Array, arrangement: Arrangement) -> Array:
        """`arranged`, with axes that the output alone has: the same numbers at each place."""
        sizes, before, after = arrangement
        held = tuple(part for parts in before for part in parts)
        new = tuple(part for parts in after for part in parts if part not in held)
        split = self.first(x).reshape(len(x), *(sizes[part] for part in held), *(1,) * len(new))
        wide = (*(sizes[part] for part in held), *(sizes[part] for part in new))
        whole: Array = np.broadcast_to(split, (len(x), *wide))
        order = {part: n for n, part in enumerate((*held, *new))}
        moves = [1 + order[part] for parts in after for part in parts]
        shape = [prod(sizes[part] for part in parts) for parts in after]
        return self.last(whole.transpose(0, *moves).reshape(len(x), *shape))

    def gathered(self, grad: Array, arrangement: Arrangement) -> Array:
        """The adjoint of `spread`: the sum over all places of each number."""
        sizes, before, after = arrangement
        held = tuple(part for parts in before for part in parts)
        there = tuple(part for parts in after for part in parts)
        split = self.first(grad).reshape(len(grad), *(sizes[part] for part in there))
        new = tuple(1 + n for n, part in enumerate(there) if part not in held)
        summed = split.sum(axis=new) if new else split
        left = [part for part in there if part in held]
        moves = [1 + left.index(part) for part in held]
        shape = [prod(sizes[part] for part in parts) for parts in before]
        return self.last(summed.transpose(0, *moves).reshape(len(grad), *shape))

    def unpad(self, grad: Array, sides: Sequence[tuple[int, int]], mode: str) -> Array:
        """The adjoint of `pad`: what stands in the padding goes back to where it came from."""
        for axis, (before, after) in enumerate(sides, 1):
            size = grad.shape[axis] - before - after
            ends = grad.shape[axis]
            inside = grad[along(axis, slice(max(before, 0), ends - max(after, 0)))]
            whole = inside
            if min(before, after) < 0:
                shape = list(grad.shape)
                shape[axis] = size
                whole = np.zeros(shape, grad.dtype)
                whole[along(axis, slice(max(-before, 0), size - max(-after, 0)))] = inside
            sources = _padding_sources(size, before, after, mode)
            if sources:
                whole = whole.copy()
            for place, source in sources:
                whole[along(axis, source)] += grad[along(axis, place)]
            grad = whole
        return grad

    def to_pixels(self, x: Array, factor: int, places_first: bool = False) -> Array:
        """Channels (C, r, r), or (r, r, C), of each position as a block of r x r pixels."""
        rank = x.ndim - 2
        block = (factor,) * rank
        inner = (*block, -1) if places_first else (-1, *block)
        split = x.reshape(*x.shape[:-1], *inner)
        # Each position beside its place in the block, the channels last.
        first = 1 + rank if places_first else 2 + rank
        order = [axis for n in range(rank) for axis in (1 + n, first + n)]
        sizes = (size * factor for size in x.shape[1:-1])
        last = 1 + 2 * rank if places_first else 1 + rank
        return split.transpose(0, *order, last).reshape(len(x), *sizes, -1)

    def from_pixels(self, x: Array, factor: int, places_first: bool = False) -> Array:
        """Blocks of r x r pixels as channels (C, r, r), or (r, r, C), of one position."""
        rank = x.ndim - 2
        blocks = [axis for size in x.shape[1:-1] for axis in (size // factor, factor)]
        split = x.reshape(len(x), *blocks, x.shape[-1])
        places, channels = range(2, 2 * rank + 1, 2), 1 + 2 * rank
        inner = (*places, channels) if places_first else (channels, *places)
        order = [*range(1, 2 * rank, 2), *inner]
        sizes = (size // factor for size in x.shape[1:-1])
        return split.transpose(0, *order).reshape(len(x), *sizes, -1)


def _padding_sources(size: int, before: int, after: int, mode: str) -> list[tuple[slice, slice]]:
    """(pixel of the padded axis, pixel of the axis that it copies), for each pixel of padding."""
    if mode not in ("reflect", "replicate", "circular"):
        return []
    places = [*range(-before, 0), *range(size, size + after)]
    if mode == "reflect":
        sources = [-u if u < 0 else 2 * (size - 1) - u for u in places]
    elif mode == "replicate":
        sources = [0 if u < 0 else size - 1 for u in places]
    else:
        sources = [u % size for u in places]
    pairs = zip(places, sources, strict=True)
    return [(_one(place + before), _one(source)) for place, source in pairs]


def _one(index: int) -> slice:
    return slice(index, index + 1)
