"""Moves of axes: Reshape, Transpose, Slice, Split, Pad, Expand, Tile, DepthToSpace, ..."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from math import isfinite, prod
from typing import Any

from convcalc.core.shapes import Shape
from convcalc.importers.building import NoRuleError
from convcalc.importers.onnx.small_tensors import new_dims, slices, split_sizes, spread_sizes
from convcalc.importers.onnx.use import Tensor, Use, rule, values_of
from convcalc.importers.tensor_views import View, grown
from convcalc.kinds.border_family import Pad
from convcalc.kinds.pool_family import MaxPool
from convcalc.network.held import Held, Made, Written


@rule("Reshape", "Flatten", "Squeeze", "Unsqueeze")
def reshape(use: Use) -> list[Tensor]:
    """Another shape; no layer, as long as nobody needs the axes as they are then."""
    x = use.tensor()
    given = use.sizes(1) if use.has(1) else None
    dims = new_dims(use, x.dims, given)
    if isinstance(x, Held):
        return [*use.made("reshaped", dims)]
    return [use.builder.reshaped(x, dims, use.operation)]


@rule("Transpose")
def transpose(use: Use) -> list[Tensor]:
    """Axes in another order; no layer either."""
    x = use.tensor()
    rank = len(x.dims)
    order = use.list("perm") or tuple(range(rank))[::-1]
    if sorted(order) != list(range(rank)):
        message = f"{use.operation.title} orders {rank} axes as {list(order)}"
        raise use.builder.refuse("broken-model", message, use.operation)
    if isinstance(x, Held):
        dims = tuple(x.dims[axis] for axis in order)
        return [*use.made("arranged", dims, sizes=x.dims, axes=order)]
    return [use.builder.transposed(x, order, use.operation)]


@rule("Slice")
def slice_(use: Use) -> list[Tensor]:
    """Ranges of axes; every n-th position is a window of one pixel."""
    x = use.tensor()
    given = [use.sizes(place) for place in range(1, use.count) if use.has(place)]
    for axis, indices in slices(use, x.dims, given):
        if not indices:
            raise NoRuleError("it takes nothing")
        if isinstance(x, Held):
            dims = (*x.dims[:axis], len(indices), *x.dims[axis + 1 :])
            bounds = {"axis": axis, "start": indices.start, "step": indices.step}
            x = x.made("sliced", dims, **bounds)
        else:
            x = _taken(use, x, axis, indices)
    return [x]


def _taken(use: Use, x: View, axis: int, indices: range) -> View:
    if indices == range(x.dims[axis]):
        return x
    if indices.step == 1:
        return use.cut(x, axis, indices.start, indices.stop)
    if indices.step < 0:
        raise NoRuleError("it goes backwards")
    size, step = x.dims[axis], indices.step
    if size % step == 0 and len(indices) == size // step:
        # Every n-th of a whole axis: the axis split in two, and one index of the second.
        split = x.reshaped((*x.dims[:axis], size // step, step, *x.dims[axis + 1 :]))
        if split is not None and len(x.own) + 1 <= 4:
            taken = use.cut(split, axis + 1, indices.start, indices.start + 1)
            found = taken.reshaped((*x.dims[:axis], size // step, *x.dims[axis + 1 :]))
            assert found is not None
            return found
    x = use.cut(x, axis, indices.start, indices[-1] + 1)
    x, place = use.isolated(x, axis)
    if not place:
        raise NoRuleError("it takes every n-th channel")
    stride = tuple(step if at == place else 1 for at in range(1, len(x.own)))
    at = use.layer(MaxPool, {"kernel_size": 1, "stride": stride}, x)
    return x.resized(at, place, len(indices), axis)


@rule("Split")
def split(use: Use) -> list[Tensor]:
    """Ranges of one axis that follow each other."""
    x = use.tensor()
    axis = use.axis(len(x.dims))
    sizes = split_sizes(use, x.dims[axis], use.sizes(1) if use.has(1) else None)
    found: list[Tensor] = []
    start = 0
    for size in sizes:
        if isinstance(x, Held) or not size:
            dims = (*x.dims[:axis], size, *x.dims[axis + 1 :])
            whole = x if isinstance(x, Held) else Held("", x.dims, "float32", Written(()))
            # Of no elements: what is joined with it later on passes over it.
            found.append(whole.made("sliced", dims, axis=axis, start=start, step=1))
        else:
            found.append(use.cut(x, axis, start, start + size))
        start += size
    return found


# ONNX's words for what stands in the new pixels, beside a number, which is the usual.
_MODES = {"reflect": "reflect", "edge": "replicate", "wrap": "circular"}


@rule("Pad")
def pad(use: Use) -> list[Tensor]:
    """Pixels around a map."""
    x = use.view()
    pads = use.sizes(1) if use.has(1) else use.list("pads") or ()
    value = use.single(2) if use.has(2) else use.number("value", 0.0)
    rank = len(x.axes)
    axes = use.axes(use.sizes(3), rank) if use.has(3) else tuple(range(rank))
    if len(pads) != 2 * len(axes) or value is None or not isfinite(value):
        raise NoRuleError("its padding is not known")
    sides = {axis: (pads[at], pads[at + len(axes)]) for at, axis in enumerate(axes)}
    sides = {axis: pair for axis, pair in sides.items() if pair != (0, 0)}
    if not sides:
        return [x]
    if min(min(pair) for pair in sides.values()) < 0:
        return [_cropped(use, x, sides)]
    for axis in sides:
        x, _ = use.isolated(x, axis)
    places = {use.isolated(x, axis)[1]: pair for axis, pair in sides.items()}
    if 0 in places:
        x = _channels_behind(use, x, sides)
        places = {use.isolated(x, axis)[1]: pair for axis, pair in sides.items()}
    mode = use.word("mode", "")
    pairs = tuple(places.get(at, (0, 0)) for at in range(1, len(x.own)))
    fields: dict[str, Any] = {"padding": pairs}
    if mode in _MODES:
        fields["mode"] = _MODES[mode]
    elif value:
        fields |= {"mode": "constant", "value": value}
    at = use.layer(Pad, fields, x)
    shape = use.builder.shape(at)
    for axis, pair in sides.items():
        x = x.resized(at, use.isolated(x, axis)[1], x.dims[axis] + sum(pair), axis)
    assert x.shape == shape
    return [x]


def _channels_behind(use: Use, x: View, sides: dict[int, tuple[int, int]]) -> View:
    """The view with an axis that is not padded as its first."""
    free = next(
        (axis for axis in x.own if axis and axis not in map(x.axes.__getitem__, sides)), None
    )
    # In the order that the tensor has them: rows before columns.
    order = {part: at for at, parts in enumerate(x.axes) for part in parts}
    others = sorted(
        (axis for axis in x.own if axis != free),
        key=lambda axis: order.get(axis[0], 0) if axis else -1,
    )
    return use.arranged(x, [free or (), *others])


def _cropped(use: Use, x: View, sides: dict[int, tuple[int, int]]) -> View:
    for axis, (before, after) in sides.items():
        if before > 0 or after > 0:
            raise NoRuleError("it pads one side and crops another")
        x = use.cut(x, axis, -before, x.dims[axis] + after)
    return x


@rule("Expand", "Tile")
def expand(use: Use) -> list[Tensor]:
    """A tensor repeated along axes of size 1: what needs it there spreads it."""
    x = use.tensor()
    asked = use.sizes(1)
    if use.operation.op == "Tile":
        if len(asked) != len(x.dims):
            raise NoRuleError(f"it repeats {len(x.dims)} axes {len(asked)} times")
        if isinstance(x, View):
            return [_tiled(use, x, asked)]
        dims = tuple(size * times for size, times in zip(x.dims, asked, strict=True))
    else:
        asked = spread_sizes(use, x.dims, asked)
        rank = max(len(asked), len(x.dims))
        own = (1,) * (rank - len(x.dims)) + x.dims
        wanted = (1,) * (rank - len(asked)) + asked
        dims = tuple(map(max, own, wanted))
    if prod(dims) == prod(x.dims):
        if isinstance(x, Held):
            return [*use.made("reshaped", dims)]
        return [use.builder.reshaped(x, dims, use.operation)]
    if isinstance(x, Held):
        how = "tiled" if use.operation.op == "Tile" else "spread"
        return [*use.made(how, dims, times=asked)]
    return [_spread(use, x, dims)]


def _spread(use: Use, x: View, dims: Shape) -> View:
    if len(dims) > len(x.dims):
        x = use.builder.reshaped(x, (1,) * (len(dims) - len(x.dims)) + x.dims, use.operation)
    changed = {axis: (size,) for axis, size in enumerate(dims) if size != x.dims[axis]}
    if any(x.dims[axis] != 1 for axis in changed):
        raise NoRuleError(f"it repeats {list(x.dims)} to {list(dims)}")
    if not changed:
        return x
    return use.builder.spread(x, grown(x, changed), use.operation)


def _tiled(use: Use, x: View, times: Shape) -> View:
    """A tensor behind itself along axes: an axis before each, spread, and both as one."""
    if any(count < 1 for count in times):
        raise NoRuleError("it takes nothing")
    split = tuple(chain(*((1, size) for size in x.dims)))
    spread = tuple(chain(*zip(times, x.dims, strict=True)))
    dims = tuple(size * count for size, count in zip(x.dims, times, strict=True))
    x = _spread(use, use.builder.reshaped(x, split, use.operation), spread)
    return use.builder.reshaped(x, dims, use.operation)


@rule("ConstantOfShape")
def filled(use: Use) -> list[Tensor]:
    """A tensor of one number, too large to write out."""
    dims = use.sizes(0)
    value = use.operation.attributes.get("value")
    small = values_of(value) if isinstance(value, Held) else None
    number = small.values[0] if small is not None and small.values else 0.0
    element = value.element if isinstance(value, Held) else "float32"
    return [Held("", dims, element, Made("filled", (), {"by": number}))]


@rule("DepthToSpace")
def depth_to_space(use: Use) -> list[Tensor]:
    """Groups of channels become blocks of pixels: two reshapes and a transpose."""
    x, block = use.view(), use.whole("blocksize", 1)
    batch, channels, height, width = _map_dims(use, x)
    if block < 1 or channels % (block * block):
        message = f"{use.operation.title} deals {channels} channels in blocks"
        note = f"of {block} x {block}"
        raise use.builder.refuse("groups-indivisible", message, use.operation, note=note)
    deep = channels // (block * block)
    if use.word("mode", "DCR") == "CRD":
        dims, order = (batch, deep, block, block, height, width), (0, 1, 4, 2, 5, 3)
    else:
        dims, order = (batch, block, block, deep, height, width), (0, 3, 4, 1, 5, 2)
    x = use.builder.reshaped(x, dims, use.operation)
    x = use.builder.transposed(x, order, use.operation)
    return [use.builder.reshaped(x, (batch, deep, height * block, width * block), use.operation)]


@rule("SpaceToDepth")
def space_to_depth(use: Use) -> list[Tensor]:
    """Blocks of pixels become channels."""
    x, block = use.view(), use.whole("blocksize", 1)
    batch, channels, height, width = _map_dims(use, x)
    if block < 1 or height % block or width % block:
        message = f"{use.operation.title} cuts {height} x {width} in blocks"
        note = f"of {block} x {block}"
        raise use.builder.refuse("groups-indivisible", message, use.operation, note=note)
    high, wide = height // block, width // block
    x = use.builder.reshaped(x, (batch, channels, high, block, wide, block), use.operation)
    # The block's rows and columns, then the channels, or the other way round.
    is_crd = use.word("mode", "DCR") == "CRD"
    order = (0, 1, 3, 5, 2, 4) if is_crd else (0, 3, 5, 1, 2, 4)
    x = use.builder.transposed(x, order, use.operation)
    return [use.builder.reshaped(x, (batch, channels * block * block, high, wide), use.operation)]


def _map_dims(use: Use, x: View) -> Sequence[int]:
    if len(x.axes) != 4:
        message = f"{use.operation.title} wants four axes"
        raise use.builder.refuse("broken-model", message, use.operation, note=f"got {list(x.dims)}")
    return x.dims
