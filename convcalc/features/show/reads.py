"""What every output reads: found by sliding the layer's windows over an array of indices."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from math import prod
from typing import Any

from convcalc.arrays.ops import Array, Ops
from convcalc.core.shapes import Shape, Window
from convcalc.features.show.values import Place, Read
from convcalc.kinds.base import LayerKind
from convcalc.kinds.conv import Conv
from convcalc.kinds.conv_transpose import ConvTranspose
from convcalc.kinds.linear import Linear


def reads_of(
    ops: Ops, layer: LayerKind, x: Shape, output: Shape
) -> Iterator[tuple[Place, tuple[Read, ...]]]:
    """Each output's place with what it reads, in the order of the taps.

    Of a transposed layer it is the window of the convolution over the stretched input.
    """
    if isinstance(layer, Linear):
        for place in product(*map(range, output)):
            yield (
                place,
                tuple(Read((index, *place[1:]), (place[0], index)) for index in range(x[0])),
            )
    elif isinstance(layer, ConvTranspose):
        yield from _transposed(layer, x, output)
    elif layer.form:
        yield from _windowed(ops, layer, x, output)


def indices(ops: Ops, x: Shape) -> Array:
    """An array (1, *S, 1) that holds at each pixel its index, from 1: 0 is left for padding."""
    numbers: Array = ops.np.arange(1.0, prod(x[1:]) + 1)
    return numbers.reshape(1, *x[1:], 1)


def _windowed(
    ops: Ops, layer: LayerKind, x: Shape, output: Shape
) -> Iterator[tuple[Place, tuple[Read, ...]]]:
    windows = layer.windows(x)
    source = indices(ops, x)
    if isinstance(layer, Conv):
        sides = [(window.before, window.after) for window in windows]
        source = ops.pad(source, sides, layer.padding_mode)
        windows = tuple(window._replace(before=0, after=0) for window in windows)
    ceil_mode: Any = getattr(layer, "ceil_mode", False)
    parts = [
        part.reshape(output[1:]) for part in ops.windows(source, windows, bool(ceil_mode), 0.0)
    ]
    taps = list(product(*(range(window.kernel) for window in windows)))
    # The mirrored border of a convolution is the input again; zeros are nowhere.
    groups = layer.group_count(x) if isinstance(layer, Conv) else x[0]
    each, filters = x[0] // groups, output[0] // groups
    for channel, *position in product(*map(range, output)):
        first = channel // filters * each
        reads = []
        for own, (tap, part) in product(range(each), zip(taps, parts, strict=True)):
            index = int(part[tuple(position)])
            pixel = _pixel(index - 1, x[1:]) if index else None
            weight = (channel, own, *tap) if isinstance(layer, Conv) else None
            reads.append(Read(None if pixel is None else (first + own, *pixel), weight))
        yield (channel, *position), tuple(reads)


def _pixel(index: int, sizes: Shape) -> Place:
    pixel = []
    for size in reversed(sizes):
        index, at = divmod(index, size)
        pixel.append(at)
    return tuple(reversed(pixel))


def _transposed(
    layer: ConvTranspose, x: Shape, output: Shape
) -> Iterator[tuple[Place, tuple[Read, ...]]]:
    windows = layer.windows(x)
    groups = layer.group_count(x)
    each, filters = x[0] // groups, output[0] // groups
    # The flipped kernel meets its last tap first.
    taps = list(product(*(reversed(range(window.kernel)) for window in windows)))
    for channel, *position in product(*map(range, output)):
        first = channel // filters * each
        reads = []
        for own, tap in product(range(each), taps):
            place, is_between = _source(position, tap, windows, x[1:])
            weight = (first + own, channel % filters, *tap)
            at = None if place is None else (first + own, *place)
            reads.append(Read(at, weight, is_between))
        yield (channel, *position), tuple(reads)


def _source(
    position: list[int], tap: Place, windows: tuple[Window, ...], sizes: Shape
) -> tuple[Place | None, bool]:
    """(the input that a tap of the transposed layer brings to a position, or None; whether a
    zero between two inputs stands there)."""
    place = []
    is_inside = is_between = True
    for at, index, window, size in zip(position, tap, windows, sizes, strict=True):
        steps, rest = divmod(at + window.before - index * window.dilation, window.stride)
        place.append(steps)
        is_inside = is_inside and not rest and 0 <= steps < size
        is_between = is_between and 0 <= steps <= size - 1 - bool(rest)
    return (tuple(place), False) if is_inside else (None, is_between)
