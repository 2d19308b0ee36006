"""Operations that put elements elsewhere: axes, parts, borders, maps of another size."""

from __future__ import annotations

from convcalc.importers.keras.rules import windows
from convcalc.importers.keras.rules.operation_arguments import Given, Rule
from convcalc.importers.keras.rules.resizing import nearest, resampled
from convcalc.importers.placing import NoRuleError
from convcalc.importers.pytorch.rules import axes, joins, parts, tables
from convcalc.importers.pytorch.rules import resizing as borders
from convcalc.importers.pytorch.rules.windows import on_map, over_map
from convcalc.importers.pytorch.values import Value
from convcalc.importers.tensor_views import View
from convcalc.kinds.pixel_family import PixelShuffle, PixelUnshuffle
from convcalc.kinds.pool_family import AvgPool, MaxPool


def _reshape(given: Given) -> Value:
    shape = given.wholes(1, "shape", "newshape")
    if not shape:
        raise NoRuleError("its shape is worked out")
    x = given.first()
    first, *others = shape
    if first == -1 and -1 in others:
        shape = (x.dims[0], *others)
    return axes.view(given.call, x, shape)


def _transpose(given: Given) -> Value:
    x = given.first()
    order = given.wholes(1, "axes", "perm") or tuple(reversed(range(len(x.dims))))
    return axes.permute(given.call, x, order)


def _squeeze(given: Given) -> Value:
    found: Value = axes.squeeze(given.call, given.first(), given.wholes(1, "axis"))
    return found


def _expand_dims(given: Given) -> Value:
    found: Value = given.first()
    for axis in sorted(given.wholes(1, "axis") or ()):
        found = axes.unsqueeze(given.call, found, axis)
    return found


def _swap(given: Given) -> Value:
    first, second = given.whole(1, "axis1"), given.whole(2, "axis2")
    found: Value = axes.transpose(given.call, given.first(), first, second)
    return found


def _move(given: Given) -> Value:
    places = given.wholes(1, "source"), given.wholes(2, "destination")
    return axes.movedim(given.call, given.first(), *places)


def _concatenate(given: Given) -> Value:
    return joins.cat(given.call, given.tensors(0, "values", "xs"), given.whole(1, "axis"))


def _stack(given: Given) -> Value:
    return joins.stack(
        given.call, given.tensors(0, "values", "xs"), given.whole(1, "axis", default=0)
    )


def _split(given: Given) -> list[Value | None]:
    x = given.first()
    cuts = given.required(1, "indices_or_sections", "num_or_size_splits")
    axis = given.whole(2, "axis", default=0) % len(x.dims)
    size = x.dims[axis]
    # The file has no more of them than are read.
    read = len(given.call.operation.outputs)
    if isinstance(cuts, int):
        if cuts < 1 or size % cuts:
            raise NoRuleError(f"{size} are no {cuts} equal parts")
        sizes = [size // cuts] * min(cuts, read)
    elif given.layer.version == 2:
        sizes = list(cuts)
    else:
        ends = [*cuts, size]
        sizes = [end - begin for begin, end in zip([0, *cuts], ends, strict=True)]
    return parts.split(given.call, x, sizes[:read], axis)


def _item(given: Given) -> Value:
    """Spans and places of the axes."""
    found: Value = given.first()
    key = given.required(1, "key", "slice_spec")
    keys = list(key) if isinstance(key, tuple) else [key]
    rank = len(found.dims)
    if ... in keys:
        at = keys.index(...)
        missing = rank - sum(one is not None for one in keys) + 1
        keys[at : at + 1] = [slice(None)] * missing
    axis = 0
    for one in keys:
        if one is None:
            found = axes.unsqueeze(given.call, found, axis)
            axis += 1
        elif isinstance(one, slice):
            step = 1 if one.step is None else one.step
            if axis or (one.start, one.stop) != (None, None):
                found = parts.slice_(given.call, found, axis, one.start, one.stop, step)
            axis += 1
        elif isinstance(one, int) and not isinstance(one, bool) and axis:
            found = parts.select(given.call, found, axis, one)
        else:
            raise NoRuleError("it picks samples, or places by indices")
    return found


def _pad(given: Given) -> View:
    widths = given.required(1, "pad_width", "paddings")
    mode = str(given.named("mode", default="constant")).lower()
    value = given.named("constant_values", default=0)
    if not isinstance(value, int | float) or not isinstance(widths, tuple | list):
        raise NoRuleError("its borders are worked out")
    pairs = [tuple(pair) for pair in widths]
    if pairs[0] != (0, 0):
        raise NoRuleError("it adds samples")
    amounts = [number for pair in pairs[:0:-1] for number in pair]
    return borders.pad(given.call, given.first(), amounts, mode, value)


def _resize(given: Given) -> View:
    layer, size = given.layer, given.wholes(1, "size")
    mode = str(given.get(2, "method", "interpolation", default="bilinear")).lower()
    if size is None or len(size) != 2 or mode not in ("nearest", "bilinear"):
        raise NoRuleError("its size or its mode is none of ours")
    if given.named("antialias") or given.named("preserve_aspect_ratio"):
        raise NoRuleError("it smooths, or keeps the ratio of the sides")
    view = layer.view(given.first())
    if mode == "nearest" and len(view.axes) == 4:
        mode = nearest(layer.channels_second(view).dims[2:], size)
    return resampled(layer, view, 2, {"output_size": size, "mode": mode})


def _pixels(kind: type[PixelShuffle] | type[PixelUnshuffle]) -> Rule:
    """Blocks of pixels from channels, or the other way round, in TensorFlow's order."""

    def of(given: Given) -> View:
        layer = given.layer
        view = layer.map(given.first(), 2)
        laid, more = over_map(given.call, view, 2)
        if more:
            raise NoRuleError("its batch holds more than samples")
        at = layer.layer(kind, {"factor": given.whole(1, "block_size"), "order": "dcr"}, laid)
        return layer.as_it_was(on_map(laid, at, given.call.builder.shape(at), 0))

    return of


def _spread(given: Given) -> Value:
    shape = given.wholes(1, "shape")
    if not shape:
        raise NoRuleError("its shape is worked out")
    return axes.expand(given.call, given.first(), shape)


def _repeat(given: Given) -> Value:
    axis = given.wholes(2, "axis")
    if axis is None:
        raise NoRuleError("it repeats the elements of everything as one axis")
    return axes.repeat_interleave(given.call, given.first(), given.whole(1, "repeats"), axis[0])


def _tile(given: Given) -> Value:
    return axes.repeat(given.call, given.first(), given.wholes(1, "repeats", "multiples") or ())


def _flip(given: Given) -> View:
    x = given.first("x")
    dims = given.wholes(1, "axis") or tuple(range(len(x.dims)))
    return borders.flip(given.call, x, dims)


def _roll(given: Given) -> View:
    moves, dims = given.wholes(1, "shift") or (), given.wholes(2, "axis") or ()
    if len(moves) == 1:
        moves *= len(dims)
    if len(moves) != len(dims):
        raise NoRuleError("it has not one shift for each axis")
    return borders.roll(given.call, given.first("x"), moves, dims)


def _take(given: Given) -> Value:
    x, places = given.first("x"), given.required(1, "indices")
    if given.get(2, "axis") is None:
        raise NoRuleError("it picks of the elements of everything as one axis")
    axis = given.whole(2, "axis") % len(x.dims)
    if isinstance(places, int):
        return parts.select(given.call, x, axis, places)
    return tables.picked(given.call, x, [*(None,) * axis, given.known(places, "indices")])


def _pool(kind: type[MaxPool] | type[AvgPool]) -> Rule:
    def of(given: Given) -> View:
        x = given.first("inputs")
        return windows.pool(kind, len(x.dims) - 2)(given.layer, x)

    return of


def _patches(given: Given) -> Value:
    """Patches side by side as channels: rows, columns and channels of each, in this order."""
    layer, call = given.layer, given.call
    size = layer.sizes("size", rank=2)
    is_beside = size == layer.sizes("strides", rank=2, default=size)
    if not is_beside or layer.word("padding", default="valid") != "valid":
        raise NoRuleError("its patches lie over each other, or are filled up")
    found: Value = given.first("images", "x")
    if len(found.dims) != 4 or layer.is_channels_first:
        raise NoRuleError("its channels do not come last")
    for axis, step in enumerate(size, 1):
        found = parts.slice_(call, found, axis, 0, found.dims[axis] // step * step, 1)
    many, height, width, channels = found.dims
    (rows, columns), (high, wide) = size, (height // size[0], width // size[1])
    cut = axes.view(call, found, (many, high, rows, wide, columns, channels))
    beside = axes.permute(call, cut, (0, 1, 3, 2, 4, 5))
    return axes.view(call, beside, (many, high, wide, rows * columns * channels))


def _as_it_is(given: Given) -> Value:
    found: Value = given.first("x")
    return found


MOVES: dict[str, Rule] = {
    "Reshape": _reshape,
    "Transpose": _transpose,
    "Squeeze": _squeeze,
    "ExpandDims": _expand_dims,
    "Swapaxes": _swap,
    "Moveaxis": _move,
    "Concatenate": _concatenate,
    "Stack": _stack,
    "Split": _split,
    "GetItem": _item,
    "Pad": _pad,
    "Resize": _resize,
    "DepthToSpace": _pixels(PixelShuffle),
    "SpaceToDepth": _pixels(PixelUnshuffle),
    "BroadcastTo": _spread,
    "Repeat": _repeat,
    "Tile": _tile,
    **dict.fromkeys(("Flip", "Reverse"), _flip),
    "Roll": _roll,
    "Take": _take,
    "MaxPool": _pool(MaxPool),
    "AveragePool": _pool(AvgPool),
    "ExtractPatches": _patches,
    **dict.fromkeys(("StopGradient", "Copy", "ConvertToTensor"), _as_it_is),
}
