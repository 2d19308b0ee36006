"""Small copies of a layer: the same fields over few channels and few pixels.

`thin` cuts channels, `fitted` cuts the map to a size of the same class: congruent modulo the
stride, so that paddings, dropped borders and the last window fall as they do on the real map.
What cannot be cut stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, prod
from typing import Any, NamedTuple

from convcalc.core.shapes import Shape, elements
from convcalc.features.verify import raw
from convcalc.kinds.base import Kind

WINDOWED = frozenset({"conv", "conv_transpose", "max_pool", "avg_pool", "lp_pool", "unfold"})
RESHAPING = frozenset({"flatten", "unflatten", "reshape"})
# Kinds that make other axes of positions.
RENAMING = RESHAPING | {"rearrange", "reduce", "einsum", "matmul", "permute"}
# Kinds whose fields speak of the very sizes of their axes.
SIZED = RENAMING | {"slice", "split"}
PRODUCTS = frozenset({"einsum", "matmul"})
ATTENTION = frozenset({"attention", "cross_attention", "scaled_dot_product_attention"})
_CONVOLUTIONS = frozenset({"conv", "conv_transpose"})


class Copy(NamedTuple):
    """A layer with the shapes of its inputs, channels first."""

    layer: Kind
    inputs: tuple[Shape, ...]


def small(layer: Kind, inputs: tuple[Shape, ...]) -> Copy:
    """Few channels and few pixels.

    >>> from convcalc.kinds import find_kind
    >>> conv = find_kind("conv").model_validate({"out_channels": 64, "kernel_size": 3, "stride": 2})
    >>> copy = small(conv, ((64, 56, 57),))
    >>> copy.layer.out_channels, copy.inputs
    (2, ((2, 6, 5),))
    """
    return fitted(*thin(layer, inputs))


def steps(copy: Copy) -> int:
    """About how many products, or moves, a layer makes."""
    layer: Any = copy.layer
    count = sum(map(elements, copy.inputs))
    if layer.kind in WINDOWED:
        kernel: int = prod(raw.each(layer.kernel_size, len(copy.inputs[0]) - 1))
        return int(count * kernel * getattr(layer, "out_channels", 1))
    if layer.kind in ATTENTION:
        # Every position meets every other, or those of its window.
        met = prod(copy.inputs[-1][1:])
        window = getattr(layer, "window", None)
        met = prod(raw.each(window, len(copy.inputs[0]) - 1)) if window else met
        return int(count * (met + sum(shape[0] for shape in copy.inputs)))
    if layer.kind in PRODUCTS:
        return layer.facts(copy.inputs).macs  # type: ignore[no-any-return]
    return int(count * getattr(layer, "out_features", 1))


def with_fields(layer: Kind, **fields: Any) -> Kind:
    """The layer with other values in some fields, which are not checked again."""
    return layer.model_copy(update=fields)


def thin(layer: Any, inputs: tuple[Shape, ...]) -> Copy:
    """Few channels; groups stay groups of several channels where they are."""
    if not inputs:
        return Copy(layer, inputs)
    kind, x = layer.kind, inputs[0]
    rank = len(x) - 1
    if kind in _CONVOLUTIONS:
        return _thin_convolution(layer, x)
    if kind == "linear":
        fields = {"out_features": min(layer.out_features, 5)}
        return Copy(with_fields(layer, **fields), ((min(x[0], 12), *x[1:]),))
    if kind in ATTENTION:
        return _thin_attention(layer, inputs)
    if kind == "flatten":
        return Copy(layer, ((min(x[0], 12), *(min(size, 24) for size in x[1:])),))
    if kind in SIZED or getattr(layer, "axis", "channels") != "channels":
        return Copy(layer, inputs)
    if kind in ("group_norm", "channel_shuffle"):
        groups = min(layer.groups, 3)
        channels = groups * min(x[0] // layer.groups, 3)
        return Copy(with_fields(layer, groups=groups), ((channels, *x[1:]),))
    channels = min(x[0], 3)
    if kind == "pixel_shuffle":
        block = layer.factor**rank
        channels = block * min(x[0] // block, 2)
    elif kind == "local_response_norm":
        channels = min(x[0], layer.size + 2)
    elif kind == "glu":
        channels = min(x[0], 4)
    elif kind == "concat":
        return Copy(
            layer, tuple((min(shape[0], 2 + n % 2), *shape[1:]) for n, shape in _of(inputs))
        )
    return Copy(layer, tuple((min(shape[0], channels), *shape[1:]) for shape in inputs))


def _thin_attention(layer: Any, inputs: tuple[Shape, ...]) -> Copy:
    """Two heads of two features; heads that share keys share them still."""
    heads = min(layer.heads, 2)
    if layer.kind == "scaled_dot_product_attention":
        q, k, v = inputs
        product = ((2 * heads, *q[1:]), (2 * heads, *k[1:]), (heads, *v[1:]))
        return Copy(with_fields(layer, heads=heads), product)
    fields: dict[str, Any] = {"heads": heads, "head_size": 2}
    if layer.kv_heads is not None:
        fields["kv_heads"] = heads if layer.kv_heads == layer.heads else 1
    if layer.out_features is not None:
        fields["out_features"] = min(layer.out_features, 3)
    # A memory of other channels keeps others.
    is_same = len({shape[0] for shape in inputs}) == 1
    cut = tuple(
        (min(shape[0], 4 if is_same or not n else 3), *shape[1:]) for n, shape in enumerate(inputs)
    )
    if not is_same and cut[0][0] == cut[1][0]:
        cut = inputs
    return Copy(with_fields(layer, **fields), cut)


def _window_tiles(layer: Any, sizes: Shape, room: int) -> Shape:
    if layer.window is None:
        return tuple(map(_short, sizes, (3, 2, 2)))
    window = raw.each(layer.window, len(sizes))
    return tuple(min(size, own * (1 + room)) for size, own in zip(sizes, window, strict=True))


def _of(inputs: tuple[Shape, ...]) -> list[tuple[int, Shape]]:
    return list(enumerate(inputs))


def _thin_convolution(layer: Any, x: Shape) -> Copy:
    groups = raw.group_count(layer, x[0])
    kept = min(groups, 3)
    fields: dict[str, Any] = {"out_channels": kept * min(layer.out_channels // groups, 2)}
    if layer.groups != "depthwise":
        fields["groups"] = kept
    return Copy(with_fields(layer, **fields), ((kept * min(x[0] // groups, 2), *x[1:]),))


def fitted(layer: Kind, inputs: tuple[Shape, ...], room: int = 1) -> Copy:
    """Few pixels: so many that the window has `room` strides to move, never more than there are."""
    if not inputs or layer.kind in SIZED or (len(inputs[0]) == 1 and not layer.is_merge):
        return Copy(layer, inputs)
    if getattr(layer, "axis", "channels") != "channels":
        return Copy(layer, inputs)
    if layer.kind == "concat":
        return _fitted_concat(layer, inputs)
    if layer.is_merge:
        return Copy(
            layer, tuple((shape[0], *map(_short, shape[1:], (3, 2, 2))) for shape in inputs)
        )
    x = inputs[0]
    cut = _CUTS.get("window" if layer.kind in WINDOWED else layer.kind)
    if cut is None:
        return Copy(layer, ((x[0], *map(_short, x[1:], (3, 2, 2))),))
    sizes = cut(layer, x[1:], room)
    return Copy(with_sizes(layer, x[1:], sizes), ((x[0], *sizes),))


def _short(size: int, most: int) -> int:
    return min(size, most)


def _fitted_concat(layer: Kind, inputs: tuple[Shape, ...]) -> Copy:
    smallest = [min(along) for along in zip(*(shape[1:] for shape in inputs), strict=True)]
    cut = [min(size, 3 - (axis > 0)) for axis, size in enumerate(smallest)]
    return Copy(
        layer,
        tuple(
            (
                shape[0],
                *(n - low + new for n, low, new in zip(shape[1:], smallest, cut, strict=True)),
            )
            for shape in inputs
        ),
    )


def _window_sizes(layer: Any, sizes: Shape, room: int) -> Shape:
    if layer.kind == "conv_transpose":
        return tuple(min(axis.size, least_inputs(axis) + room) for axis in raw.axes(layer, sizes))
    return tuple(min(axis.size, wide_enough(axis, room)) for axis in raw.axes(layer, sizes))


def wide_enough(axis: raw.Axis, room: int) -> int:
    """Pixels that a window needs to move `room` strides; wider than what may be mirrored."""
    wanted = max(axis.reach, axis.before + 1, axis.after + 1) + room * axis.stride
    return congruent(axis.size, axis.stride, wanted)


def least_inputs(axis: raw.Axis) -> int:
    """Inputs of a transposed layer of which something is left when its padding is cut."""
    cut = max(axis.before + axis.after - axis.reach, 0)
    return 2 - (-cut // axis.stride)


def congruent(size: int, stride: int, least: int) -> int:
    """The smallest number from `least` on that leaves the remainder of `size`.

    >>> congruent(57, 2, 4), congruent(56, 2, 4)
    (5, 4)
    """
    return least + (size - least) % stride


def _border_sizes(layer: Any, sizes: Shape, room: int) -> Shape:
    sides = raw.pairs(layer.padding, len(sizes))
    if layer.kind == "crop":
        return tuple(min(n, b + a + 1 + room) for n, (b, a) in zip(sizes, sides, strict=True))
    return tuple(min(n, max(b, a) + 1 + room) for n, (b, a) in zip(sizes, sides, strict=True))


def _shrinks(layer: Any, rank: int) -> list[int]:
    """Pixels that make one, for each axis of an upsampling layer that shrinks the map."""
    if layer.scale_factor is None:
        return [1] * rank
    return [ceil(1 / factor) for factor in raw.each(layer.scale_factor, rank)]


_CUTS: dict[str, Callable[[Any, Shape, int], Shape]] = {
    "window": _window_sizes,
    "attention": _window_tiles,
    "pad": _border_sizes,
    "crop": _border_sizes,
    "upsample": lambda layer, sizes, room: tuple(
        min(size, max(3 + room, 2 * shrink))
        for size, shrink in zip(sizes, _shrinks(layer, len(sizes)), strict=True)
    ),
    "adaptive_avg_pool": lambda layer, sizes, room: tuple(min(size, 6 + room) for size in sizes),
    "adaptive_max_pool": lambda layer, sizes, room: tuple(min(size, 6 + room) for size in sizes),
    "pixel_unshuffle": lambda layer, sizes, room: tuple(
        layer.factor * min(size // layer.factor, 1 + room) for size in sizes
    ),
}


def with_sizes(layer: Any, old: Shape, new: Shape) -> Kind:
    """The layer with a wanted output that goes with the smaller input."""
    given = getattr(layer, "output_size", None)
    if given is None or old == new:
        return layer  # type: ignore[no-any-return]
    if layer.kind == "conv_transpose":
        steps = raw.each(layer.stride, len(old))
        wanted = raw.each(given, len(old))
        changed = zip(wanted, old, new, steps, strict=True)
        return with_fields(layer, output_size=tuple(w - (o - n) * s for w, o, n, s in changed))
    wanted = raw.each(given, len(old))
    return with_fields(
        layer,
        output_size=tuple(
            None if w is None else n if w == o else max(1, w * n // o)
            for w, o, n in zip(wanted, old, new, strict=True)
        ),
    )
