"""Copies of a layer on which it shows how its units read: long along one axis, short elsewhere."""

from __future__ import annotations

from math import floor, gcd
from typing import Any

from convcalc.core.shapes import Shape
from convcalc.features.verify import raw
from convcalc.features.verify.small import (
    RENAMING,
    WINDOWED,
    Copy,
    congruent,
    least_inputs,
    small,
    thin,
    wide_enough,
    with_fields,
    with_sizes,
)


def long_copy(layer: Any, inputs: tuple[Shape, ...], axis: int) -> Copy | None:
    """A copy whose map is long enough along `axis` to show how units read, and short elsewhere.

    Of the same class as the real map; None for layers that leave no position, and for those
    that rename positions.
    """
    x = inputs[0]
    is_renaming = layer.kind in RENAMING or (layer.kind == "unfold" and len(x) > 2)
    if is_renaming or (len(x) == 1 and not layer.is_merge):
        return None
    if getattr(layer, "align_corners", False) and layer.scale_factor is not None:
        # The corners' distances depend on the sizes alone.
        factors = raw.each(layer.scale_factor, len(x) - 1)
        scaled = tuple(floor(n * float(f)) for n, f in zip(x[1:], factors, strict=True))
        layer = with_fields(layer, scale_factor=None, output_size=scaled)
    copy = small(layer, inputs)
    if layer.kind.startswith("adaptive") and set(_bins(layer, x[1:])) == {1}:
        return copy
    if layer.kind == "conv_transpose":
        return _long_transposed(layer, x, axis)
    if layer.kind == "concat":
        return Copy(layer, tuple(_alone(shape, axis) for shape in copy.inputs))
    if layer.is_merge:
        return Copy(layer, tuple(_grown(shape, axis, 4) for shape in copy.inputs))
    size, wanted = _length(layer, x[1:], axis)
    sizes: list[int] = [*copy.inputs[0][1:]]
    if layer.kind in WINDOWED:
        # Not so few that every position on another axis stands on padding alone.
        sizes = [wide_enough(window, 1) for window in raw.axes(layer, x[1:])]
    sizes[axis] = size
    made = copy.layer
    if wanted is not None:
        outputs = [*raw.each(getattr(made, "output_size", 1), len(sizes))]
        outputs[axis] = wanted
        made = with_fields(made, output_size=tuple(outputs))
    return Copy(made, ((copy.inputs[0][0], *sizes),))


def _bins(layer: Any, sizes: Shape) -> list[int]:
    """Bins of an adaptive pool on each axis."""
    given = raw.each(layer.output_size, len(sizes))
    return [size if bins is None else bins for size, bins in zip(sizes, given, strict=True)]


def _long_transposed(layer: Any, x: Shape, axis: int) -> Copy:
    """Wide enough on the other axes too that not all of them is a hole between strides."""
    copy = thin(layer, (x,))
    windows = raw.axes(layer, x[1:])
    lengths = [least_inputs(window) + 2 for window in windows]
    along = windows[axis]
    lengths[axis] = 2 * (-(-along.reach // along.stride)) + 2 * least_inputs(along)
    sizes = tuple(lengths)
    made = with_sizes(copy.layer, x[1:], sizes)
    return Copy(made, ((copy.inputs[0][0], *sizes),))


def _alone(shape: Shape, axis: int) -> Shape:
    """A longer map that is as short as can be on all axes but one."""
    sizes = [size + 6 if place == axis else 1 for place, size in enumerate(shape[1:])]
    return (shape[0], *sizes)


def _grown(shape: Shape, axis: int, by: int) -> Shape:
    """A longer map; a gate stays one number a channel."""
    if len(shape) == 1 or all(size == 1 for size in shape[1:]):
        return shape
    return (*shape[: axis + 1], shape[axis + 1] + by, *shape[axis + 2 :])


def _length(layer: Any, sizes: Shape, axis: int) -> tuple[int, int | None]:
    """Size along the axis, and the output size that goes with it where the layer names one."""
    size, kind = sizes[axis], layer.kind
    if kind in WINDOWED:
        window = raw.axes(layer, sizes)[axis]
        least = 2 * max(window.reach, window.before + 1, window.after + 1) + 4 * window.stride
        return congruent(size, window.stride, least), None
    if kind == "pad":
        before, after = raw.pairs(layer.padding, len(sizes))[axis]
        return 2 * max(before, after) + 6, None
    if kind == "crop":
        return sum(raw.pairs(layer.padding, len(sizes))[axis]) + 6, None
    if kind == "pixel_unshuffle":
        return 4 * layer.factor, None
    if kind == "upsample" and layer.output_size is None:
        factor = raw.each(layer.scale_factor, len(sizes))[axis]
        return 4 * factor.denominator + 4, None
    if kind in ("upsample", "adaptive_avg_pool", "adaptive_max_pool"):
        return _repeated(layer, size, len(sizes), axis)
    return 6, None


def _repeated(layer: Any, size: int, rank: int, axis: int) -> tuple[int, int | None]:
    """Several times the smallest sizes of the same ratio."""
    wanted = raw.each(layer.output_size, rank)[axis]
    wanted = size if wanted is None else wanted
    aligned = 1 if getattr(layer, "align_corners", False) else 0
    before, after = size - aligned, wanted - aligned
    if not before or not after:
        return size, wanted
    common = gcd(before, after)
    turns = max(4, 6 * common // before)
    return before // common * turns + aligned, after // common * turns + aligned
