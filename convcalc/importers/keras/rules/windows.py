"""Convolutions and pools."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from convcalc.core.shapes import Shape
from convcalc.importers.keras.layer import Layer
from convcalc.importers.keras.rules.pointwise import activated
from convcalc.importers.placing import NoRuleError
from convcalc.importers.pytorch.rules.reductions import reduced
from convcalc.importers.pytorch.rules.windows import of_axes, on_map, over_map, over_more
from convcalc.importers.pytorch.values import Stored, Value
from convcalc.importers.tensor_views import View
from convcalc.kinds.adaptive_family import (
    AdaptiveAvgPool,
    AdaptiveMaxPool,
)
from convcalc.kinds.conv import Conv
from convcalc.kinds.conv_transpose import ConvTranspose
from convcalc.kinds.pool_family import AvgPool, MaxPool

# The array of a separable convolution that goes over single channels.
_BY_CHANNEL = "depthwise_kernel"


def _same(word: str, strides: Shape) -> str:
    """Keras' `same` as our word: TensorFlow's, which for a stride of 1 is everybody's.

    >>> _same("same", (1, 1)), _same("same", (2, 1))
    ('same', 'same_upper')
    """
    return word if set(strides) == {1} else f"{word}_upper"


class _Window:
    """A window's kernel, strides, dilation and padding."""

    def __init__(self, layer: Layer, kernel: Shape, strides: Shape) -> None:
        self.layer, self.kernel, self.strides = layer, kernel, strides
        self.dilation = layer.sizes("dilation_rate", rank=len(kernel), default=1)
        self.word = layer.word("padding", "border_mode", default="valid")
        if self.word not in ("valid", "same", "causal"):
            raise NoRuleError(f"its `padding` is {self.word:.40}")

    def padding(self, more: int) -> Any:
        """The padding, with so many axes before those of the window."""
        if self.word == "same":
            return _same(self.word, self.strides)
        if self.word == "valid":
            return 0
        reach = (self.kernel[0] - 1) * self.dilation[0]
        return self.word if not more else (*((0, 0),) * more, (reach, 0))

    def fields(self, more: int) -> dict[str, Any]:
        ones = (1,) * more
        return {
            "kernel_size": of_axes(ones + self.kernel),
            "stride": of_axes(ones + self.strides),
            "padding": self.padding(more),
        }


def _placed_conv(
    layer: Layer, x: Value, window: _Window, fields: dict[str, Any], weight: Stored, bias: bool
) -> View:
    """A convolution; `weight` is `(out, in, *kernel)`."""
    rank = len(window.kernel)
    view, more = over_map(layer.call, layer.map(x, rank), rank)
    held = over_more(layer.call, weight, {"weight": layer.call.array(weight)}, more)
    if bias:
        held["bias"] = layer.call.array(layer.array("bias", (fields["out_channels"],)))
    fields = {**fields, **window.fields(more), "bias": bias}
    if set(window.dilation) != {1}:
        fields["dilation"] = of_axes((1,) * more + window.dilation)
    at = layer.layer(Conv, fields, view, held=held)
    return layer.as_it_was(on_map(view, at, layer.call.builder.shape(at), more))


def _channels(layer: Layer, x: Value) -> int:
    return x.dims[1 if layer.is_channels_first else -1]


def _turned(weight: Stored) -> Stored:
    """`(*kernel, a, b)` as `(b, a, *kernel)`."""
    rank = len(weight.dims) - 2
    return weight._replace(view=weight.view.transposed([rank + 1, rank, *range(rank)]))


def conv(rank: int) -> Callable[..., View]:
    """A convolution over `rank` axes."""

    def rule(layer: Layer, x: Value) -> View:
        kernel = layer.sizes("kernel_size", rank=rank)
        window = _Window(layer, kernel, layer.sizes("strides", rank=rank, default=1))
        filters, groups = layer.whole("filters"), layer.whole("groups", default=1)
        channels = _channels(layer, x)
        if groups < 1 or channels % groups:
            raise NoRuleError(f"{channels} channels are no {groups} groups")
        weight = _turned(layer.array("kernel", (*kernel, channels // groups, filters)))
        fields = {
            "out_channels": filters,
            "groups": "depthwise" if groups == channels > 1 else groups,
        }
        bias = layer.flag("use_bias", default=True)
        return activated(layer, _placed_conv(layer, x, window, fields, weight, bias))

    return rule


def _by_channel(layer: Layer, x: Value, rank: int, kernel: Shape, name: str, bias: bool) -> View:
    """Every channel by itself, `depth_multiplier` times."""
    window = _Window(layer, kernel, layer.sizes("strides", rank=rank, default=1))
    channels, times = _channels(layer, x), layer.whole("depth_multiplier", default=1)
    held = layer.array(name, (*kernel, channels, times))
    seen = held.view.transposed([rank, rank + 1, *range(rank)])
    joined = seen.reshaped((channels * times, 1, *kernel))
    if joined is None:
        raise NoRuleError("its kernel cannot be laid out")
    fields = {
        "out_channels": channels * times,
        "groups": "depthwise" if channels > 1 else 1,
    }
    return _placed_conv(layer, x, window, fields, held._replace(view=joined), bias)


def depthwise(rank: int) -> Callable[..., View]:
    """A convolution of every channel by itself."""

    def rule(layer: Layer, x: Value) -> View:
        kernel = layer.sizes("kernel_size", rank=rank)
        bias = layer.flag("use_bias", default=True)
        return activated(layer, _by_channel(layer, x, rank, kernel, "kernel", bias))

    return rule


def separable(rank: int) -> Callable[..., View]:
    """A convolution of every channel by itself, and one of single pixels behind it."""

    def rule(layer: Layer, x: Value) -> View:
        kernel = layer.sizes("kernel_size", rank=rank)
        first = _by_channel(layer.part("depthwise"), x, rank, kernel, _BY_CHANNEL, False)
        channels, filters = _channels(layer, first), layer.whole("filters")
        own = layer.part("pointwise")
        ones = (1,) * rank
        window = _Window(own, ones, ones)
        window.word, window.dilation = "valid", ones
        weight = _turned(own.array("pointwise_kernel", (*ones, channels, filters)))
        bias = layer.flag("use_bias", default=True)
        found = _placed_conv(own, first, window, {"out_channels": filters}, weight, bias)
        return activated(layer, found)

    return rule


def conv_transpose(rank: int) -> Callable[..., View]:
    """A transposed convolution, cut or filled up as TensorFlow does it."""

    def rule(layer: Layer, x: Value) -> View:
        kernel = layer.sizes("kernel_size", rank=rank)
        strides = layer.sizes("strides", rank=rank, default=1)
        window = _Window(layer, kernel, strides)
        view, more = over_map(layer.call, layer.map(x, rank), rank)
        filters, bias = layer.whole("filters"), layer.flag("use_bias", default=True)
        weight = _turned(layer.array("kernel", (*kernel, filters, view.shape[0])))
        held = over_more(layer.call, weight, {"weight": layer.call.array(weight)}, more)
        if bias:
            held["bias"] = layer.call.array(layer.array("bias", (filters,)))
        asked = layer.field("output_padding", default=None)
        extra = None if asked is None else layer.sizes("output_padding", rank=rank)
        # Along what was folded into the batch each place is read by itself.
        cut = [(0, 0)] * more + [_cut(window, axis, extra) for axis in range(rank)]
        ones = (1,) * more
        pairs = tuple((before, max(0, after)) for before, after in cut)
        fields = {
            "out_channels": filters,
            "kernel_size": of_axes(ones + kernel),
            "stride": of_axes(ones + strides),
            "padding": pairs if any(a != b for a, b in pairs) else of_axes([a for a, _ in pairs]),
            "output_padding": of_axes([max(0, -after) for _, after in cut]),
            "dilation": of_axes(ones + window.dilation),
            "bias": bias,
        }
        at = layer.layer(ConvTranspose, fields, view, held=held)
        found = layer.as_it_was(on_map(view, at, layer.call.builder.shape(at), more))
        return activated(layer, found)

    return rule


def _cut(window: _Window, axis: int, extra: Shape | None) -> tuple[int, int]:
    """(pixels cut before, cut after) on an axis; fewer than 0 are added.

    Of (i - 1)s + K pixels, `same` keeps i s, or (i - 1)s + K mod 2 + extra, the smaller half cut
    before; `valid` fills up to (i - 1)s + max(K, s), or adds the extra ones.
    Source: `_get_output_shape_given_tf_padding` of Keras 3.
    """
    stride = window.strides[axis]
    span = (window.kernel[axis] - 1) * window.dilation[axis] + 1
    if window.word == "valid":
        return 0, -(max(0, stride - span) if extra is None else extra[axis])
    kept = stride if extra is None else span % 2 + extra[axis]
    before = max(0, span - kept) // 2
    return before, span - kept - before


def pool(kind: type[MaxPool] | type[AvgPool], rank: int) -> Callable[..., View]:
    """The largest, or the mean, of each window; padding is no part of a mean."""

    def rule(layer: Layer, x: Value) -> View:
        size = layer.sizes("pool_size", "pool_length", rank=rank, default=2)
        strides = layer.sizes("strides", "stride", rank=rank, default=size)
        window = _Window(layer, size, strides)
        view, more = over_map(layer.call, layer.map(x, rank), rank)
        fields = window.fields(more)
        if kind is AvgPool and window.word == "same":
            fields["count_include_pad"] = False
        at = layer.layer(kind, fields, view)
        return layer.as_it_was(on_map(view, at, layer.call.builder.shape(at), more))

    return rule


def global_pool(word: str, rank: int) -> Callable[..., View]:
    """One number of each channel."""

    def rule(layer: Layer, x: Value, mask: object = None) -> View:
        view, keep = layer.map(x, rank), layer.flag("keepdims", default=False)
        found = reduced(layer.call, view, word, range(2, rank + 2), keep)
        return layer.as_it_was(found) if keep else found

    return rule


def adaptive_pool(
    kind: type[AdaptiveAvgPool] | type[AdaptiveMaxPool], rank: int
) -> Callable[..., View]:
    """As many bins as asked for."""

    def rule(layer: Layer, x: Value) -> View:
        view, more = over_map(layer.call, layer.map(x, rank), rank)
        bins: Sequence[int | None] = layer.sizes("output_size", rank=rank)
        at = layer.layer(kind, {"output_size": ((None,) * more + tuple(bins))}, view)
        return layer.as_it_was(on_map(view, at, layer.call.builder.shape(at), more))

    return rule


_AXES = (1, 2, 3)
RULES: dict[str, Callable[..., object]] = {
    **{f"Conv{n}D": conv(n) for n in _AXES},
    **{f"DepthwiseConv{n}D": depthwise(n) for n in _AXES},
    **{f"SeparableConv{n}D": separable(n) for n in _AXES},
    **{f"Conv{n}DTranspose": conv_transpose(n) for n in _AXES},
    **{f"MaxPooling{n}D": pool(MaxPool, n) for n in _AXES},
    **{f"AveragePooling{n}D": pool(AvgPool, n) for n in _AXES},
    **{f"GlobalMaxPooling{n}D": global_pool("max", n) for n in _AXES},
    **{f"GlobalAveragePooling{n}D": global_pool("mean", n) for n in _AXES},
    **{f"AdaptiveAveragePooling{n}D": adaptive_pool(AdaptiveAvgPool, n) for n in _AXES},
    **{f"AdaptiveMaxPooling{n}D": adaptive_pool(AdaptiveMaxPool, n) for n in _AXES},
}
