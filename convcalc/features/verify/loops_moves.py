"""Plain loops of layers that move elements: reshaping, shuffling, borders, resampling, joining."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from math import floor, prod
from typing import Any

from convcalc.features.verify import raw
from convcalc.features.verify.grid import Grid, Index, gathered, positions

Weights = Mapping[str, Grid]
Loop = Callable[[Any, Sequence[Grid], Weights], Grid]

# Keys' cubic with PyTorch's parameter.
CUBIC = -0.75


def _in_order(x: Grid, shape: Sequence[int]) -> Grid:
    """The numbers in their order under another shape."""
    values = [x[index] for index in positions(x.shape)]
    return gathered(dict(zip(positions(shape), values, strict=True)))


def _flatten(layer: Any, inputs: Sequence[Grid], w: Weights) -> Grid:
    return _in_order(inputs[0], (len(inputs[0].values),))


def _reshape(layer: Any, inputs: Sequence[Grid], w: Weights) -> Grid:
    count = len(inputs[0].values)
    known = prod(size for size in layer.shape if size > 0)
    return _in_order(inputs[0], [count // known if size < 0 else size for size in layer.shape])


def _pixel_shuffle(layer: Any, inputs: Sequence[Grid], w: Weights) -> Grid:
    (x,) = inputs
    r, rank = layer.factor, len(x.sizes)
    found: dict[Index, float] = {}
    for c in range(x.channels // r**rank):
        for number, inside in enumerate(positions((r,) * rank)):
            for at in x.positions():
                lands = tuple(place * r + k for place, k in zip(at, inside, strict=True))
                found[c, *lands] = x[c * r**rank + number, *at]
    return gathered(found)


def _pixel_unshuffle(layer: Any, inputs: Sequence[Grid], w: Weights) -> Grid:
    (x,) = inputs
    r, rank = layer.factor, len(x.sizes)
    found: dict[Index, float] = {}
    for index, value in x.values.items():
        c, *at = index
        number = 0
        for place in at:
            number = number * r + place % r
        found[c * r**rank + number, *(place // r for place in at)] = value
    return gathered(found)


def _channel_shuffle(layer: Any, inputs: Sequence[Grid], w: Weights) -> Grid:
    (x,) = inputs
    size = x.channels // layer.groups
    found: dict[Index, float] = {}
    for (c, *at), value in x.values.items():
        group, place = divmod(c, size)
        found[place * layer.groups + group, *at] = value
    return gathered(found)


def _slice(layer: Any, inputs: Sequence[Grid], w: Weights) -> Grid:
    start, stop = layer.channels
    return gathered(
        {(c - start, *at): v for (c, *at), v in inputs[0].values.items() if start <= c < stop}
    )


def _pad(layer: Any, inputs: Sequence[Grid], w: Weights) -> Grid:
    (x,) = inputs
    sides = raw.pairs(layer.padding, len(x.sizes))
    fill = float(layer.value) if layer.mode == "constant" else 0.0
    spans = [
        range(-before, size + after) for size, (before, after) in zip(x.sizes, sides, strict=True)
    ]
    found: dict[Index, float] = {}
    for c in range(x.channels):
        for at in positions(map(len, spans)):
            places = [along[place] for along, place in zip(spans, at, strict=True)]
            read = [raw.mirrored(p, n, layer.mode) for p, n in zip(places, x.sizes, strict=True)]
            pixel = tuple(place for place in read if place is not None)
            found[c, *at] = x[c, *pixel] if len(pixel) == len(read) else fill
    return gathered(found)


def _crop(layer: Any, inputs: Sequence[Grid], w: Weights) -> Grid:
    (x,) = inputs
    sides = raw.pairs(layer.padding, len(x.sizes))
    return _cut(x, [(b, size - a) for size, (b, a) in zip(x.sizes, sides, strict=True)])


def _cut(x: Grid, kept: Sequence[tuple[int, int]]) -> Grid:
    found: dict[Index, float] = {}
    for (c, *at), value in x.values.items():
        if all(first <= place < end for place, (first, end) in zip(at, kept, strict=True)):
            moved = (place - first for place, (first, _) in zip(at, kept, strict=True))
            found[c, *moved] = value
    return gathered(found)


def _concat(layer: Any, inputs: Sequence[Grid], w: Weights) -> Grid:
    smallest = [min(along) for along in zip(*(x.sizes for x in inputs), strict=True)]
    found: dict[Index, float] = {}
    before = 0
    for x in inputs:
        # Centred: what is left over after an even cut goes after.
        starts = [(size - left) // 2 for size, left in zip(x.sizes, smallest, strict=True)]
        ends = [start + left for start, left in zip(starts, smallest, strict=True)]
        part = _cut(x, list(zip(starts, ends, strict=True)))
        found |= {(before + c, *at): value for (c, *at), value in part.values.items()}
        before += x.channels
    return gathered(found)


def _upsample(layer: Any, inputs: Sequence[Grid], w: Weights) -> Grid:
    (x,) = inputs
    rank = len(x.sizes)
    axes = []
    for axis, size in enumerate(x.sizes):
        if layer.output_size is not None:
            count = raw.each(layer.output_size, rank)[axis]
            ratio = Fraction(size, count)
        else:
            factor = raw.each(layer.scale_factor, rank)[axis]
            count, ratio = floor(size * float(factor)), 1 / factor
        if layer.align_corners:
            ratio = Fraction(size - 1, count - 1) if count > 1 else Fraction(0)
        axes.append([_neighbours(u, ratio, size, layer) for u in range(count)])
    found: dict[Index, float] = {}
    for c in range(x.channels):
        for at in positions(map(len, axes)):
            near = [along[place] for along, place in zip(axes, at, strict=True)]
            total = 0.0
            for choice in positions(map(len, near)):
                picked = [n[k] for n, k in zip(near, choice, strict=True)]
                total += prod(share for _, share in picked) * x[c, *(pixel for pixel, _ in picked)]
            found[c, *at] = total
    return gathered(found)


def _neighbours(unit: int, ratio: Fraction, size: int, layer: Any) -> list[tuple[int, float]]:
    """(pixel, share) of each pixel that goes into one unit along an axis."""
    if layer.mode == "nearest":
        return [(min(floor(unit * ratio), size - 1), 1.0)]
    at = unit * ratio if layer.align_corners else (unit + Fraction(1, 2)) * ratio - Fraction(1, 2)
    if layer.mode != "bicubic":
        at = max(at, Fraction(0))
        pixel = min(floor(at), size - 1)
        share = float(at - pixel)
        return [(pixel, 1 - share), (min(pixel + 1, size - 1), share)]
    pixel = floor(at)
    share = float(at - pixel)
    shares = [_cubic(1 + share), _cubic(share), _cubic(1 - share), _cubic(2 - share)]
    return [(min(max(pixel + k - 1, 0), size - 1), weight) for k, weight in enumerate(shares)]


def _cubic(distance: float) -> float:
    d, a = abs(distance), CUBIC
    if d <= 1:
        return (a + 2) * d**3 - (a + 3) * d**2 + 1
    return a * d**3 - 5 * a * d**2 + 8 * a * d - 4 * a if d < 2 else 0.0


MOVES: dict[str, Loop] = {
    "flatten": _flatten,
    "unflatten": _reshape,
    "reshape": _reshape,
    "pixel_shuffle": _pixel_shuffle,
    "pixel_unshuffle": _pixel_unshuffle,
    "channel_shuffle": _channel_shuffle,
    "slice": _slice,
    "pad": _pad,
    "crop": _crop,
    "concat": _concat,
    "upsample": _upsample,
}
