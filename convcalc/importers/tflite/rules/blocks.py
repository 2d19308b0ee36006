"""Blocks of pixels that become samples, and back: how early converters dilate convolutions."""

from __future__ import annotations

from collections.abc import Sequence

from convcalc.importers.tflite.lowering import Lowering, NoWordsError


def dealt_out(say: Lowering, block: Sequence[int], sides: Sequence[int]) -> str:
    """(n, h, w, ...) padded, as (bh bw n, h / bh, w / bw, ...)."""
    count, rank, dims = len(block), say.rank(), say.dims()
    rest = rank - 1 - count
    if rest < 0 or len(sides) != 2 * count or min(block, default=0) < 1:
        raise NoWordsError("its blocks have another number of axes")
    x = say.input()
    if any(sides):
        zeros = (0,) * rest
        x = say.add("Pad", x, say.constant(0, *sides[::2], *zeros, 0, *sides[1::2], *zeros))
    sizes: list[int] = []
    for axis, size in enumerate(block):
        padded = dims[1 + axis] + sides[2 * axis] + sides[2 * axis + 1]
        if padded % size:
            raise NoWordsError(f"{padded} pixels do not divide in blocks of {size}")
        sizes += [padded // size, size]
    last = dims[1 + count :]
    x = say.reshaped(x, dims[0], *sizes, *last)
    inner = range(2, 2 + 2 * count, 2)
    outer = range(1, 1 + 2 * count, 2)
    end = 1 + 2 * count
    x = say.turned(x, *inner, 0, *outer, *range(end, end + rest))
    return say.reshaped(x, -1, *sizes[::2], *last)


def gathered(say: Lowering, block: Sequence[int], crops: Sequence[int]) -> str:
    """(bh bw n, h, w, ...) as (n, h bh, w bw, ...), cropped."""
    count, rank, dims = len(block), say.rank(), say.dims()
    rest = rank - 1 - count
    if rest < 0 or len(crops) != 2 * count or min(block, default=0) < 1:
        raise NoWordsError("its blocks have another number of axes")
    last, sizes = dims[1 + count :], dims[1 : 1 + count]
    x = say.reshaped(say.input(), *block, -1, *sizes, *last)
    pairs = [place for axis in range(count) for place in (count + 1 + axis, axis)]
    end = 2 * count + 1
    x = say.turned(x, count, *pairs, *range(end, end + rest))
    whole = [size * factor for size, factor in zip(sizes, block, strict=True)]
    x = say.reshaped(x, -1, *whole, *last)
    if not any(crops):
        return x
    starts = crops[::2]
    ends = [size - less for size, less in zip(whole, crops[1::2], strict=True)]
    axes = range(1, 1 + count)
    return say.add("Slice", x, say.constant(*starts), say.constant(*ends), say.constant(*axes))
