"""Operations that are called as functions: those of `keras.ops`, and TensorFlow's of Keras 2.

Keras 3 has a class for each, `ops.Add`; Keras 2 has one layer, `TFOpLambda`, which names the
function, and `SlicingOpLambda`. Arguments stand in the call, or among the fields.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from convcalc.importers.building import NoRuleError
from convcalc.importers.keras.layer import Layer
from convcalc.importers.keras.rules.pointwise import activation_of, applied, rectified
from convcalc.importers.keras.rules.resizing import nearest, resampled
from convcalc.importers.pytorch.call import Call
from convcalc.importers.pytorch.rules import axes, joins, norms, parts, products, reductions
from convcalc.importers.pytorch.rules import pointwise as functions
from convcalc.importers.pytorch.rules import resizing as borders
from convcalc.importers.pytorch.rules.windows import on_map, over_map
from convcalc.importers.pytorch.values import Value
from convcalc.importers.tensor_views import View
from convcalc.kinds.arithmetic_family import Max, Min
from convcalc.kinds.base.kind import word_of
from convcalc.kinds.bent_family import Gelu
from convcalc.kinds.l2_normalize import L2Normalize
from convcalc.kinds.pixel_family import PixelShuffle, PixelUnshuffle
from convcalc.kinds.softmax_family import LogSoftmax, Softmax

Rule = Callable[..., Any]


class Given:
    """The arguments of a call: by their place, by their name there, or among the fields."""

    def __init__(self, layer: Layer, args: Sequence[Any], kwargs: dict[str, Any]) -> None:
        self.layer, self.args, self.kwargs = layer, args, kwargs

    @property
    def call(self) -> Call:
        """The call, for the rules of PyTorch's operators."""
        return self.layer.call

    def get(self, place: int, *names: str, default: Any = None) -> Any:
        """An argument by its place, or by one of its names."""
        if place < len(self.args):
            return self.args[place]
        for name in names:
            for held in (self.kwargs, self.layer.config):
                if held.get(name) is not None:
                    return held[name]
        return default

    def tensor(self, place: int, *names: str) -> Any:
        """An argument that has to be there."""
        found = self.get(place, *names)
        if found is None:
            raise NoRuleError(f"it has no `{names[0] if names else place}`")
        return found

    def whole(self, place: int, *names: str, default: int | None = None) -> int:
        """A whole number."""
        found = self.get(place, *names, default=default)
        if not isinstance(found, int) or isinstance(found, bool):
            raise NoRuleError(f"its `{names[0]}` is {found!s:.40}")
        return found

    def wholes(self, place: int, *names: str) -> tuple[int, ...] | None:
        """Several whole numbers, or None."""
        found = self.get(place, *names)
        if found is None:
            return None
        values = found if isinstance(found, list | tuple) else (found,)
        # An open size is that of the samples.
        values = tuple(-1 if one is None else one for one in values)
        if not all(isinstance(one, int) and not isinstance(one, bool) for one in values):
            raise NoRuleError(f"its `{names[0]}` is {found!s:.40}")
        return values


def _of_two(rule: Callable[[Call, Any, Any], Any]) -> Rule:
    def of(given: Given) -> Any:
        return rule(given.call, given.tensor(0, "x", "x1"), given.tensor(1, "y", "x2"))

    return of


def _function(word: str) -> Rule:
    """A function of single elements."""

    def of(given: Given) -> View:
        return applied(given.layer, given.layer.view(given.tensor(0, "x")), word)

    return of


def _shares(kind: type[Softmax] | type[LogSoftmax]) -> Rule:
    def of(given: Given) -> View:
        return norms.shares(kind)(given.call, given.tensor(0), given.whole(1, "axis", default=-1))

    return of


def _gelu(given: Given) -> View:
    is_rough = given.get(1, "approximate", default=given.layer.version == 3)
    fields = {"approximate": "tanh"} if is_rough else {}
    return given.layer.same(Gelu, fields, given.layer.view(given.tensor(0)))


def _leaky(given: Given) -> View:
    slope = given.get(1, "negative_slope", "alpha", default=0.2)
    return rectified(given.layer, given.layer.view(given.tensor(0)), slope, 0, None)


def _power(given: Given) -> Value:
    exponent = given.tensor(1, "y", "x2")
    if not isinstance(exponent, int | float):
        raise NoRuleError("its exponent is worked out")
    return functions.power(given.call, given.tensor(0), exponent)


def _reshape(given: Given) -> Value:
    shape = given.wholes(1, "shape", "newshape")
    if not shape:
        raise NoRuleError("its shape is worked out")
    x = given.tensor(0)
    if len(shape) > 1 and shape.count(-1) == 2 and shape[0] == -1:
        shape = (x.dims[0], *shape[1:])
    return axes.view(given.call, x, shape)


def _transpose(given: Given) -> Value:
    x = given.tensor(0)
    order = given.wholes(1, "axes", "perm") or tuple(reversed(range(len(x.dims))))
    return axes.permute(given.call, x, order)


def _squeeze(given: Given) -> Value:
    found: Value = axes.squeeze(given.call, given.tensor(0), given.wholes(1, "axis"))
    return found


def _expand_dims(given: Given) -> Value:
    found: Value = given.tensor(0)
    for axis in sorted(given.wholes(1, "axis") or ()):
        found = axes.unsqueeze(given.call, found, axis)
    return found


def _swap(given: Given) -> Value:
    first, second = given.whole(1, "axis1"), given.whole(2, "axis2")
    found: Value = axes.transpose(given.call, given.tensor(0), first, second)
    return found


def _move(given: Given) -> Value:
    places = given.wholes(1, "source"), given.wholes(2, "destination")
    return axes.movedim(given.call, given.tensor(0), *places)


def _tensors(given: Given) -> Sequence[Value]:
    found = given.tensor(0, "values", "xs")
    return found if type(found) is tuple else (found,)


def _concatenate(given: Given) -> Value:
    return joins.cat(given.call, _tensors(given), given.whole(1, "axis", default=-1))


def _stack(given: Given) -> Value:
    return joins.stack(given.call, _tensors(given), given.whole(1, "axis", default=0))


def _split(given: Given) -> list[Value | None]:
    x = given.tensor(0)
    cuts = given.tensor(1, "indices_or_sections", "num_or_size_splits")
    axis = given.whole(2, "axis", default=0) % len(x.dims)
    size = x.dims[axis]
    if isinstance(cuts, int):
        if cuts < 1 or size % cuts:
            raise NoRuleError(f"{size} are no {cuts} equal parts")
        return parts.split(given.call, x, size // cuts, axis)
    if given.layer.version == 2:
        return parts.split(given.call, x, list(cuts), axis)
    ends = [*cuts, size]
    sizes = [end - begin for begin, end in zip([0, *cuts], ends, strict=True)]
    return parts.split(given.call, x, sizes, axis)


def _figure(op: str) -> Rule:
    """A figure over axes, or over everything."""

    def of(given: Given) -> Value:
        x = given.tensor(0, "input_tensor")
        keep = bool(given.get(2, "keepdims", default=False))
        found: Value = reductions.figure(op)(given.call, x, given.wholes(1, "axis"), keep)
        return found

    return of


def _matmul(given: Given) -> Value:
    left, right = given.tensor(0, "a"), given.tensor(1, "b", "x2")
    for name, at in (("transpose_a", 0), ("transpose_b", 1)):
        if given.get(9, name):
            turned = axes.transpose(given.call, (left, right)[at], -1, -2)
            left, right = (turned, right) if at == 0 else (left, turned)
    return products.matmul(given.call, left, right)


def _einsum(given: Given) -> Value:
    equation, tensors = given.get(9, "subscripts", "equation"), given.args
    if tensors and isinstance(tensors[0], str):
        equation, tensors = tensors[0], tensors[1:]
    if not isinstance(equation, str):
        raise NoRuleError("it has no equation")
    return products.einsum(given.call, equation, tensors)


def _item(given: Given) -> Value:
    """Spans and places of the axes."""
    found: Value = given.tensor(0)
    key = given.tensor(1, "key", "slice_spec")
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
    widths = given.tensor(1, "pad_width", "paddings")
    mode = str(given.get(9, "mode", default="constant")).lower()
    value = given.get(9, "constant_values", default=0)
    if not isinstance(value, int | float) or not isinstance(widths, tuple | list):
        raise NoRuleError("its borders are worked out")
    pairs = [tuple(pair) for pair in widths]
    if pairs[0] != (0, 0):
        raise NoRuleError("it adds samples")
    amounts = [number for pair in pairs[:0:-1] for number in pair]
    return borders.pad(given.call, given.tensor(0), amounts, mode, value)


def _normalize(given: Given) -> View:
    view = given.layer.view(given.tensor(0))
    if given.get(9, "order", default=2) != 2:
        raise NoRuleError("it takes another norm than the Euclidean")
    axis = given.whole(1, "axis", default=-1)
    return given.layer.same(L2Normalize, {}, given.call.channels_first(view, axis))


def _resize(given: Given) -> View:
    layer, size = given.layer, given.wholes(1, "size")
    mode = str(given.get(2, "method", "interpolation", default="bilinear")).lower()
    if size is None or len(size) != 2 or mode not in ("nearest", "bilinear"):
        raise NoRuleError("its size or its mode is none of ours")
    if given.get(9, "antialias") or given.get(9, "preserve_aspect_ratio"):
        raise NoRuleError("it smooths, or keeps the ratio of the sides")
    view = layer.view(given.tensor(0))
    if mode == "nearest" and len(view.axes) == 4:
        mode = nearest(layer.channels_second(view).dims[2:], size)
    return resampled(layer, view, 2, {"output_size": size, "mode": mode})


def _pixels(kind: type[PixelShuffle] | type[PixelUnshuffle]) -> Rule:
    """Blocks of pixels from channels, or the other way round, in TensorFlow's order."""

    def of(given: Given) -> View:
        layer = given.layer
        view = layer.map(given.tensor(0), 2)
        laid, more = over_map(given.call, view, 2)
        if more:
            raise NoRuleError("its batch holds more than samples")
        at = layer.layer(kind, {"factor": given.whole(1, "block_size"), "order": "dcr"}, laid)
        return layer.as_it_was(on_map(laid, at, given.call.builder.shape(at), 0))

    return of


def _as_it_is(given: Given) -> Value:
    found: Value = given.tensor(0, "x")
    return found


def _spread(given: Given) -> Value:
    shape = given.wholes(1, "shape")
    if not shape:
        raise NoRuleError("its shape is worked out")
    return axes.expand(given.call, given.tensor(0), shape)


def _repeat(given: Given) -> Value:
    axis = given.whole(2, "axis", default=-1)
    return axes.repeat_interleave(given.call, given.tensor(0), given.whole(1, "repeats"), axis)


def _tile(given: Given) -> Value:
    return axes.repeat(given.call, given.tensor(0), given.wholes(1, "repeats", "multiples") or ())


def _attention(given: Given) -> View:
    """`(N, T, H, D)` of queries, keys and values."""
    query, key, value = (
        axes.permute(given.call, given.tensor(at, name), (0, 2, 1, 3))
        for at, name in enumerate(("query", "key", "value"))
    )
    if given.get(3, "bias") is not None or given.get(4, "mask") is not None:
        raise NoRuleError("it has a mask")
    is_causal = bool(given.get(9, "is_causal", default=False))
    scale = given.get(9, "scale")
    found = products.attention(given.call, query, key, value, is_causal=is_causal, scale=scale)
    return found.transposed((0, 2, 1, 3))


# By the class that Keras 3 has for each.
OPERATIONS: dict[str, Rule] = {
    "Add": _of_two(joins.add),
    "Subtract": _of_two(joins.sub),
    "Multiply": _of_two(joins.mul),
    "Divide": _of_two(joins.div),
    "Maximum": _of_two(lambda call, x, y: joins.joined(call, Max, x, y)),
    "Minimum": _of_two(lambda call, x, y: joins.joined(call, Min, x, y)),
    "Power": _power,
    "Negative": lambda given: functions.negative(given.call, given.tensor(0)),
    "Softmax": _shares(Softmax),
    "LogSoftmax": _shares(LogSoftmax),
    "Gelu": _gelu,
    "LeakyRelu": _leaky,
    "Absolute": _function(word_of("Abs")),
    "Reshape": _reshape,
    "Transpose": _transpose,
    "Squeeze": _squeeze,
    "ExpandDims": _expand_dims,
    "Swapaxes": _swap,
    "Moveaxis": _move,
    "Concatenate": _concatenate,
    "Stack": _stack,
    "Split": _split,
    "Mean": _figure("mean"),
    "Sum": _figure("sum"),
    "Max": _figure("max"),
    "Min": _figure("min"),
    "Matmul": _matmul,
    "Einsum": _einsum,
    "GetItem": _item,
    "Pad": _pad,
    "Normalize": _normalize,
    "Resize": _resize,
    "DepthToSpace": _pixels(PixelShuffle),
    "SpaceToDepth": _pixels(PixelUnshuffle),
    "BroadcastTo": _spread,
    "Repeat": _repeat,
    "Tile": _tile,
    "DotProductAttention": _attention,
    **dict.fromkeys(("Cast", "StopGradient", "Copy", "ConvertToTensor"), _as_it_is),
}
# Functions of TensorFlow, and of Keras, that are called otherwise.
_OTHERS = {
    "TrueDivide": "Divide",
    "Truediv": "Divide",
    "Div": "Divide",
    "Neg": "Negative",
    "Pow": "Power",
    "Concat": "Concatenate",
    "ReduceMean": "Mean",
    "ReduceSum": "Sum",
    "ReduceMax": "Max",
    "ReduceMin": "Min",
    "L2Normalize": "Normalize",
    "Sub": "Subtract",
    "Mul": "Multiply",
    "Abs": "Absolute",
    "Getitem": "GetItem",
    "StridedSlice": "GetItem",
    "Amax": "Max",
    "Amin": "Min",
}


def _class_of(function: str) -> str:
    """What the class of a function would be called.

    >>> _class_of("math.reduce_mean"), _class_of("__operators__.getitem"), _class_of("GetItem")
    ('ReduceMean', 'Getitem', 'GetItem')
    """
    words = function.rpartition(".")[2].split("_")
    return "".join(word[:1].upper() + word[1:] for word in words)


def operation_of(word: str) -> Rule | None:
    """The rule of an operation, by its name in Keras or in TensorFlow.

    >>> operation_of("TrueDivide") is operation_of("math.truediv"), operation_of("fft")
    (True, None)
    """
    name = _class_of(word)
    found = OPERATIONS.get(_OTHERS.get(name, name))
    if found is not None:
        return found
    function = activation_of(word.rpartition(".")[2])
    return None if function is None else _function(function)


def operation(word: str) -> Callable[..., Any] | None:
    """The rule of a class of `keras.ops`; None where there is none."""
    rule = operation_of(word)
    if rule is None:
        return None
    return partial(_asked, rule)


def _asked(rule: Rule, layer: Layer, *args: Any, **kwargs: Any) -> Any:
    return rule(Given(layer, args, kwargs))


def of_tensorflow(layer: Layer, *args: Any, **kwargs: Any) -> Any:
    """A function of TensorFlow, by the name that the layer gives."""
    word = layer.field("function")
    rule = operation_of(word) if isinstance(word, str) else None
    if rule is None:
        raise NoRuleError(f"it is the function `{word!s:.60}`")
    return rule(Given(layer, args, kwargs))


RULES: dict[str, Callable[..., object]] = {
    "TFOpLambda": of_tensorflow,
    "SlicingOpLambda": of_tensorflow,
}
