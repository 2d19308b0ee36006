"""Moves of axes: Reshape, Transpose, Expand, Tile, DepthToSpace, ..."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from math import prod

from convcalc.core.shapes import Shape
from convcalc.importers.onnx.asked_sizes import new_dims, spread_sizes
from convcalc.importers.onnx.use import Tensor, Use, rule, values_of
from convcalc.importers.placing import NoRuleError
from convcalc.importers.tensor_views import View, grown
from convcalc.network.held import Held, Made


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


@rule("Expand", "Tile")
def expand(use: Use) -> list[Tensor]:
    """A tensor repeated along axes of size 1: what needs it there spreads it."""
    x = use.tensor()
    asked = use.sizes(1)
    if use.operation.op == "Tile":
        if len(asked) != len(x.dims):
            raise NoRuleError(f"it repeats {len(x.dims)} axes {len(asked)} times")
        dims = tuple(size * times for size, times in zip(x.dims, asked, strict=True))
        if isinstance(x, View) or use.counts_learnt((prod(dims),)):
            return [_tiled(use, use.view(), asked)]
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
    if isinstance(x, Held) and not use.counts_learnt((prod(dims),)):
        how = "tiled" if use.operation.op == "Tile" else "spread"
        return [*use.made(how, dims, times=asked)]
    return [_spread(use, use.view(), dims)]


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
    maps = (batch, deep, height * block, width * block)
    return [_moved(use, use.builder.reshaped(x, maps, use.operation))]


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
    dims = (batch, channels * block * block, high, wide)
    return [_moved(use, use.builder.reshaped(x, dims, use.operation))]


def _moved(use: Use, x: View) -> View:
    """The maps laid out: what the operation does is a layer, whatever its reader wants."""
    return x if x.axes[0] else use.arranged(x, x.axes[1:])


def _map_dims(use: Use, x: View) -> Sequence[int]:
    if len(x.axes) != 4:
        message = f"{use.operation.title} wants four axes"
        raise use.builder.refuse("broken-model", message, use.operation, note=f"got {list(x.dims)}")
    return x.dims
