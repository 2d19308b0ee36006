"""Faults put into formulas and kernels on purpose: each a layer, what is broken, and how."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, NamedTuple

import numpy as np

from convcalc.kinds import find_kind

Change = Callable[[Any], Any]


class Fault(NamedTuple):
    """`target` is "module:Class.method" or "module:function"; `change` makes the broken one of it.

    `caught_by` are checks of which at least one has to fail; `values` and `arrays` are those of
    `tests.reference`.
    """

    name: str
    layers: str
    target: str
    change: Change
    caught_by: str
    input: str = "[4, 9, 11]"

    @property
    def text(self) -> str:
        """The network that shows the fault."""
        return f"convcalc: 1\ninput: {self.input}\nlayers: [{self.layers}]\n"

    @property
    def owner(self) -> tuple[Any, str]:
        """What holds the broken function, and its name there."""
        module, _, path = self.target.partition(":")
        *parents, name = path.split(".")
        owner: Any = import_module(module)
        for parent in parents:
            owner = getattr(owner, parent) if parent[0] != "@" else find_kind(parent[1:])
        return owner, name


def after(change: Callable[[Any], Any]) -> Change:
    """What the function gives, changed."""

    def broken(good: Any) -> Any:
        return lambda *args, **named: change(good(*args, **named))

    return broken


def before(change: Callable[..., tuple[Any, ...]]) -> Change:
    """The function called with other arguments; the first is the layer, or whatever `self` is."""

    def broken(good: Any) -> Any:
        return lambda *args, **named: good(*change(*args), **named)

    return broken


def instead(function: Any) -> Change:
    """Another function altogether."""
    return lambda good: function


def each(**changes: Callable[[Any], Any]) -> Change:
    """Windows with changed fields."""

    def changed(windows: Any) -> Any:
        return tuple(w._replace(**{n: f(w) for n, f in changes.items()}) for w in windows)

    return after(changed)


def weight(change: Callable[[Any], Any]) -> Change:
    """A forward pass that is handed another weight."""
    return before(lambda self, ops, x, w: (self, ops, x, {**w, "weight": change(w["weight"])}))


def without_bias(good: Any) -> Any:
    """A forward pass that adds no bias."""

    def forward(self: Any, ops: Any, x: Any, w: Any) -> Any:
        return good(self.model_copy(update={"bias": False}), ops, x, w)

    return forward


def fields(**changes: Any) -> Change:
    """A forward pass of the layer with other fields."""

    def broken(good: Any) -> Any:
        return lambda self, *args: good(self.model_copy(update=changes), *args)

    return broken


def uncounted(good: Any) -> Any:
    """A forward pass whose products nobody counts."""

    def forward(self: Any, ops: Any, x: Any, w: Any) -> Any:
        y = good(self, ops, x, w)
        ops.macs = 0
        return y

    return forward


def without_a_tap(view: Any) -> Any:
    """Windows (N, *O, *k, C) of an image, zeros in place of what their first tap reads."""
    kept = view.copy()
    kept[:, :, :, 0, 0] = 0
    return kept


def flipped(kernel: Any) -> Any:
    return np.flip(kernel, tuple(range(2, kernel.ndim)))


def rolled(axis: int) -> Callable[[Any], Any]:
    return lambda x: np.roll(x, 1, axis)


def scaled(by: float) -> Callable[[Any], Any]:
    return lambda y: y * np.float32(by)


CONV = "convcalc.kinds.conv:Conv"
TRANSPOSED = "convcalc.kinds.conv_transpose:ConvTranspose"
LINEAR = "convcalc.kinds.linear:Linear"
POOLS = "convcalc.kinds.pool_family"
K3 = "conv: {out: 6, k: 3, p: 1}"
WIDE = "conv: {out: 6, k: [1, 3], p: [0, 1]}"
STRIDED = "conv: {out: 6, k: 3, s: 2, p: 1}"
DILATED = "conv: {out: 6, k: 3, d: 2, p: 2}"
GROUPED = "conv: {out: 6, k: 3, p: 1, g: 2}"
UP = "conv_transpose: {out: 6, k: 3, s: 2, p: 1, a: 1}"
MAX = "max_pool: {k: 3, s: 2, p: 1}"
AVG = "avg_pool: {k: 3, s: 2, p: 1}"

# Formulas of the plan.
FORMULAS = [
    Fault("conv: macs count the bias", K3, f"{CONV}.macs", after(lambda n: n + 6), "macs"),
    Fault("conv: macs forget the groups", GROUPED, f"{CONV}.macs", after(lambda n: n * 2), "macs"),
    Fault("conv: macs forget a tap", K3, f"{CONV}.macs", after(lambda n: n * 8 // 9), "macs"),
    Fault(
        "conv: output rounds up",
        STRIDED,
        f"{CONV}.output",
        after(lambda y: (*y[:1], *(n + 1 for n in y[1:]))),
        "shape",
    ),
    Fault("conv: output swaps its axes", K3, f"{CONV}.output",
          after(lambda y: (y[0], y[2], y[1])), "shape"),
    Fault("conv: weights forget the groups", GROUPED, f"{CONV}.weights",
          after(lambda w: w | {"weight": (6, 4, 3, 3)}), "arrays"),
    Fault("conv: weights swap their axes", WIDE, f"{CONV}.weights",
          after(lambda w: w | {"weight": (6, 4, 3, 1)}), "arrays"),
    Fault("conv: weights forget the bias", K3, f"{CONV}.weights",
          after(lambda w: {"weight": w["weight"]}), "params"),
    Fault("conv: weights have a bias too many", "conv: {out: 6, k: 3, bias: false}",
          f"{CONV}.weights", after(lambda w: w | {"bias": (6,)}), "params"),
    Fault("conv: links start a pixel late", K3, f"{CONV}.links",
          after(lambda found: tuple(k._replace(taps=(range(0, 3),)) for k in found)), "field"),
    Fault("conv: links forget the stride", STRIDED, f"{CONV}.links",
          after(lambda found: tuple(k._replace(rise=1) for k in found)), "field"),
    Fault("conv: links forget the dilation", DILATED, f"{CONV}.links",
          after(lambda found: tuple(k._replace(taps=(range(-1, 2),)) for k in found)), "field"),
    Fault("conv_transpose: output forgets its padding a", UP, f"{TRANSPOSED}.output",
          after(lambda y: (*y[:1], *(n - 1 for n in y[1:]))), "shape"),
    Fault("conv_transpose: macs at the output", UP, f"{TRANSPOSED}.macs",
          after(lambda n: n * 4), "macs"),
    Fault("conv_transpose: weights as a convolution's", UP, f"{TRANSPOSED}.weights",
          after(lambda w: w | {"weight": (6, 4, 3, 3)}), "arrays"),
    Fault("conv_transpose: links as a convolution's", UP, f"{TRANSPOSED}.links",
          lambda good: lambda self, x: import_module(CONV.split(":")[0]).Conv.links(self, x),
          "field"),
    Fault("linear: macs count the bias", "flatten, linear: 5", f"{LINEAR}.macs",
          after(lambda n: n + 5), "macs"),
    Fault("linear: weights the other way round", "flatten, linear: 5", f"{LINEAR}.weights",
          after(lambda w: w | {"weight": w["weight"][::-1]}), "params"),
    Fault("pool: the window that starts in the padding counts",
          "max_pool: {k: 2, s: 2, p: 1, ceil_mode: true}", f"{POOLS}:MaxPool.output",
          after(lambda y: (*y[:1], *(n + 1 for n in y[1:]))), "shape"),
    Fault("max_pool: links forget the dilation", "max_pool: {k: 3, s: 1, d: 2, p: 1}",
          f"{POOLS}:MaxPool.links",
          after(lambda found: tuple(k._replace(taps=(range(-1, 2),)) for k in found)), "field"),
    Fault("global_avg_pool: said to see one pixel",
          "global_avg_pool: {keepdim: true}", "convcalc.kinds.adaptive_family:GlobalPool.links",
          instead(lambda self, x: import_module("convcalc.kinds.base").POINTWISE_LINKS[len(x) - 1]),
          "field"),
    Fault("instance_norm: said to see one pixel", "instance_norm",
          "convcalc.kinds.norm_family:InstanceNorm.sees_all", instead(lambda self, x: False),
          "field"),
    Fault("batch_norm: said to see all", "batch_norm", "convcalc.kinds.base:LayerKind.sees_all",
          instead(lambda self, x: True), "field"),
    Fault("batch_norm: weights forget the shift", "batch_norm",
          "convcalc.kinds.norm_family:Norm.weights",
          after(lambda w: {"weight": w["weight"]}), "params shape"),
    Fault("prelu: one slope in place of one a channel", "prelu: channels",
          "convcalc.kinds.prelu:Prelu.weights", instead(lambda self, x: {"weight": (1,)}),
          "arrays"),
    Fault("adaptive pool: bins end too early", "adaptive_avg_pool: 4",
          "convcalc.kinds.adaptive_family:adaptive_link",
          lambda good: lambda size, bins: good(size - size % bins, bins), "field"),
    Fault("upsample: links shrink", "upsample: 2", "convcalc.kinds.upsample:nearest_link",
          lambda good: lambda ratio, offset: good(1 / ratio, offset), "field"),
    Fault("upsample: linear links as nearest", "upsample: {scale_factor: 2, mode: bilinear}",
          "convcalc.kinds.upsample:resample_link",
          lambda good: lambda ratio, neighbours, offset: good(ratio, 4, offset), "field"),
    Fault("pixel_shuffle: output keeps its channels", "pixel_shuffle: 2",
          "convcalc.kinds.pixel_family:PixelShuffle.output",
          after(lambda y: (y[0] * 4, *y[1:])), "shape"),
    Fault("concat: channels of the first only",
          "{conv: {out: 4, k: 1}, name: a}, concat: [a, input]",
          "convcalc.kinds.concat:Concat.output_of", after(lambda y: (y[0] // 2, *y[1:])), "shape"),
    Fault("inverse: output padding forgotten", STRIDED,
          "convcalc.features.invert.inverse_axis:Axis.tail", instead(property(lambda self: 0)),
          "restored", "[4, 10, 12]"),
]  # fmt: skip

# Windows and paddings, which the plan and the kernel share.
WINDOWS = [
    Fault("conv: a pixel of padding moves from after to before", K3, f"{CONV}.windows",
          each(before=lambda w: w.before + 1, after=lambda w: w.after - 1), "values"),
    Fault("conv: no padding after", K3, f"{CONV}.windows", each(after=lambda w: 0), "values"),
    Fault("conv: the axes are swapped", "conv: {out: 6, k: [3, 1], s: [1, 2], p: [1, 0]}",
          f"{CONV}.windows", after(lambda found: found[::-1]), "params values"),
    Fault("conv: the stride is forgotten", STRIDED, f"{CONV}.windows", each(stride=lambda w: 1),
          "values"),
    Fault("conv: the dilation is forgotten", DILATED, f"{CONV}.windows",
          each(dilation=lambda w: 1), "values"),
    Fault("same_upper: the odd pixel before", "conv: {out: 6, k: 4, s: 2, p: same_upper}",
          "convcalc.kinds.base.windowing:word_padding", after(lambda p: p[::-1]), "values"),
    Fault("same: the odd pixel before", "conv: {out: 6, k: 4, p: same}",
          "convcalc.kinds.base.windowing:word_padding", after(lambda p: p[::-1]), "values"),
    Fault("causal: padded on both sides", "conv: {out: 6, k: 5, p: causal}",
          "convcalc.kinds.base.windowing:word_padding", instead(lambda *given: (2, 2)), "values",
          "[4, 30]"),
    Fault("full: a pixel short", "conv: {out: 6, k: 3, p: full}",
          "convcalc.kinds.base.windowing:word_padding", instead(lambda *given: (1, 1)), "values"),
    Fault("max_pool: the stride is 1 where none is given", "max_pool: 3",
          f"{POOLS}:MaxPool.windows", each(stride=lambda w: 1), "values"),
    Fault("conv_transpose: cut a pixel further", UP, f"{TRANSPOSED}.windows",
          each(before=lambda w: 0, after=lambda w: 2), "values"),
]  # fmt: skip

# Kernels.
KERNELS = [
    Fault("conv: convolution in place of cross-correlation", K3, f"{CONV}.forward",
          weight(flipped), "values flip"),
    Fault("conv: the bias is forgotten", K3, f"{CONV}.forward", without_bias, "params"),
    Fault("conv: the wrong group of channels", GROUPED, f"{CONV}.forward",
          before(lambda self, ops, x, w: (self, ops, np.roll(x, 2, -1), w)), "values"),
    Fault("conv: filters of another group", GROUPED, f"{CONV}.forward",
          after(lambda y: np.roll(y, 3, -1)), "values"),
    Fault("conv: groups are mixed up", GROUPED, f"{CONV}.group_count", instead(lambda self, x: 1),
          "arrays"),
    Fault("conv: the padding mode is forgotten",
          "conv: {out: 6, k: 3, p: 1, padding_mode: reflect}", f"{CONV}.forward",
          fields(padding_mode="zeros"), "values"),
    Fault("conv: products are not counted", K3, f"{CONV}.forward", uncounted, "macs"),
    Fault("conv: rows and columns of the kernel are swapped", K3, f"{CONV}.forward",
          weight(lambda w: w.swapaxes(2, 3)), "values"),
    Fault("conv: an algorithm leaves a tap out", K3, "convcalc.arrays.im2col:patches",
          after(without_a_tap), "values"),
    Fault("conv: a hair too large", K3, f"{CONV}.forward", after(scaled(1 + 1e-5)),
          "values"),
    Fault("conv: the last row is not a number", K3, f"{CONV}.forward",
          after(lambda y: np.where(np.arange(y.shape[1])[:, None, None] == 8, np.nan, y)),
          "finite"),
    Fault("conv_transpose: the kernel is flipped", UP, f"{TRANSPOSED}.forward", weight(flipped),
          "values stretched"),
    Fault("conv_transpose: output padding before", UP, f"{TRANSPOSED}.forward",
          after(rolled(1)), "values"),
    Fault("conv_transpose: output padding forgotten", UP, f"{TRANSPOSED}.forward",
          fields(output_padding=0), "shape"),
    Fault("conv_transpose: the bias is forgotten", UP, f"{TRANSPOSED}.forward", without_bias,
          "params"),
    Fault("conv_transpose: the wrong group", "conv_transpose: {out: 6, k: 3, s: 2, g: 2}",
          f"{TRANSPOSED}.forward",
          before(lambda self, ops, x, w: (self, ops, np.roll(x, 2, -1), w)), "values"),
    Fault("linear: the weights are turned", "linear: 4", f"{LINEAR}.forward",
          weight(lambda w: w.T), "values", "[4]"),
    Fault("linear: the bias is forgotten", "linear: 5", f"{LINEAR}.forward", without_bias,
          "params", "[4]"),
    Fault("linear: features in another order", "flatten, linear: 5", f"{LINEAR}.forward",
          before(lambda self, ops, x, w: (self, ops, x[:, ::-1], w)), "values dense"),
    Fault("flatten: pixel by pixel in place of channel by channel", "flatten",
          "convcalc.kinds.reshape_family:Flatten.forward",
          instead(lambda self, ops, x, w: x.reshape(len(x), -1)), "values"),
    Fault("max_pool: zeros in the padding win", MAX, f"{POOLS}:MaxPool.forward",
          instead(lambda self, ops, x, w: np.maximum(
              ops.max_pool(x, self.windows(ops.shape(x))), 0)), "values"),
    Fault("max_pool: ceil_mode is forgotten", "max_pool: {k: 2, s: 2, ceil_mode: true}",
          f"{POOLS}:MaxPool.forward", fields(ceil_mode=False), "shape"),
    Fault("avg_pool: the padding counts", "avg_pool: {k: 3, s: 2, p: 1, count_include_pad: false}",
          f"{POOLS}:AvgPool.forward", fields(count_include_pad=True), "values"),
    Fault("avg_pool: the padding does not count", AVG, f"{POOLS}:AvgPool.forward",
          fields(count_include_pad=False), "values"),
    Fault("avg_pool: its own divisor is forgotten", "avg_pool: {k: 3, divisor_override: 5}",
          f"{POOLS}:AvgPool.forward", fields(divisor_override=None), "values"),
    Fault("lp_pool: the root is forgotten", "lp_pool: 2", f"{POOLS}:LpPool.forward",
          after(np.square), "values"),
    Fault("adaptive_avg_pool: bins end too early", "adaptive_avg_pool: 4",
          "convcalc.arrays.bins:_bins",
          instead(lambda size, count: [
              slice(j * size // count, (j + 1) * size // count) for j in range(count)]), "values"),
    Fault("global_avg_pool: a sum", "global_avg_pool",
          "convcalc.kinds.adaptive_family:GlobalAvgPool.forward",
          instead(lambda self, ops, x, w: x.sum((1, 2))), "values"),
    Fault("upsample: corners are aligned", "upsample: {scale_factor: 2, mode: bilinear}",
          "convcalc.kinds.upsample:Upsample.forward", fields(align_corners=True), "values"),
    Fault("upsample: nearest a pixel late", "upsample: 2",
          "convcalc.kinds.upsample:Upsample.forward", after(rolled(1)), "values field"),
    Fault("upsample: another cubic", "upsample: {scale_factor: 2, mode: bicubic}",
          "convcalc.kinds.upsample:Upsample.forward", fields(mode="bilinear"), "values"),
    Fault("pixel_shuffle: columns before rows", "pixel_shuffle: 2",
          "convcalc.kinds.pixel_family:PixelShuffle.forward",
          before(lambda self, ops, x, w: (self, ops, x[..., [0, 2, 1, 3]], w)), "values"),
    Fault("channel_shuffle: shuffled back", "channel_shuffle: 2",
          "convcalc.kinds.channel_family:ChannelShuffle.forward",
          lambda good: lambda self, *args: good(self.model_copy(update={"groups": 3}), *args),
          "values", "[6, 9, 11]"),
    Fault("slice: a channel late", "slice: [1, 3]", "convcalc.kinds.channel_family:Slice.forward",
          fields(channels=(2, 4)), "values"),
    Fault("scale: added in place of multiplied", "scale",
          "convcalc.kinds.learnt_family:Scale.forward",
          instead(lambda self, ops, x, w: x + w["weight"]), "values"),
    Fault("concat: in the other order", "{conv: {out: 4, k: 1}, name: a}, concat: [a, input]",
          "convcalc.kinds.concat:Concat.forward_of",
          before(lambda self, ops, inputs: (self, ops, inputs[::-1])), "values"),
    Fault("sub: the other way round", "{relu: {}, name: a}, sub: [a, input]",
          "convcalc.kinds.arithmetic_family:Elementwise.forward_of",
          before(lambda self, ops, inputs: (self, ops, inputs[::-1])), "values"),
    Fault("add: joins the first two only", "{relu: {}, name: a}, {relu: {}, name: b}, "
          "add: [a, b, input]", "convcalc.kinds.arithmetic_family:Elementwise.forward_of",
          before(lambda self, ops, inputs: (self, ops, inputs[:2])), "values"),
    Fault("batch_norm: divides by the variance", "batch_norm",
          "convcalc.arrays.elementwise:Elementwise.inverse_deviation",
          instead(lambda self, variance, eps: 1 / (variance + np.float32(eps))), "values"),
    Fault("group_norm: one group", "group_norm: 2", "convcalc.kinds.norm_family:GroupNorm.forward",
          fields(groups=1), "values"),
    Fault("layer_norm: over everything", "layer_norm: channels",
          "convcalc.kinds.layer_norm_family:LayerNorm.forward",
          instead(lambda self, ops, x, w: (x - x.mean()) / x.std() * w["weight"] + w["bias"]),
          "values field"),
    Fault("local_response_norm: a neighbour too few", "local_response_norm: 3",
          "convcalc.kinds.local_response_norm:LocalResponseNorm.forward", fields(size=1), "values"),
    Fault("relu: lets -1 through", "relu", "convcalc.kinds.activation_family:@relu.forward",
          instead(lambda self, ops, x, w: np.maximum(x, -1)), "values"),
    Fault("leaky_relu: another slope", "leaky_relu",
          "convcalc.kinds.bent_family:@leaky_relu.forward",
          instead(lambda self, ops, x, w: np.where(x > 0, x, x / 10)), "values"),
    Fault("leaky_relu: its slope is forgotten", "leaky_relu: 0.2",
          "convcalc.kinds.bent_family:@leaky_relu.forward",
          fields(negative_slope=0.01), "values"),
    Fault("gelu: by its approximation", "gelu", "convcalc.kinds.bent_family:@gelu.forward",
          instead(lambda self, ops, x, w: x / (1 + np.exp(-1.702 * x))), "values"),
    Fault("softmax: over the positions", "softmax",
          "convcalc.kinds.softmax_family:Softmax.forward",
          instead(lambda self, ops, x, w: np.exp(x) / np.exp(x).sum((1, 2), keepdims=True)),
          "values"),
    Fault("glu: the halves are swapped", "glu", "convcalc.kinds.glu_family:Glu.forward",
          before(lambda self, ops, x, w: (self, ops, np.roll(x, x.shape[-1] // 2, -1), w)),
          "values"),
    Fault("pad: repeats the border in place of mirroring", "pad: {p: 2, mode: reflect}",
          "convcalc.kinds.border_family:Pad.forward", fields(mode="replicate"), "values"),
    Fault("crop: before and after are swapped", "crop: {p: [[0, 1], [2, 0]]}",
          "convcalc.kinds.border_family:Border.sides",
          after(lambda sides: [side[::-1] for side in sides]), "values"),
    Fault("unfold: channels within taps", "unfold: 2", "convcalc.kinds.unfold:Unfold.forward",
          after(lambda y: y[..., np.arange(16).reshape(4, 4).T.ravel()]), "values"),
    Fault("relu6: ends at 5", "relu6", "convcalc.kinds.activation_family:@relu6.forward",
          instead(lambda self, ops, x, w: np.clip(x, 0, 5)), "values"),
    Fault("hardswish: bends on beyond 3", "hardswish",
          "convcalc.kinds.activation_family:@hardswish.forward",
          lambda good: lambda self, ops, x, w: np.where(x > 3, 1, good(self, ops, x, w)), "values"),
    Fault("softmax: overflows", "softmax", "convcalc.kinds.softmax_family:Softmax.forward",
          instead(lambda self, ops, x, w: np.exp(x) / np.exp(x).sum(-1, keepdims=True)), "values"),
    Fault("local_response_norm: an even window hangs over the other side",
          "local_response_norm: 2",
          "convcalc.kinds.local_response_norm:LocalResponseNorm._neighbours",
          before(lambda self, ops, x, before: (self, ops, x, self.size - 1 - before)), "values"),
    Fault("instance_norm: samples are mixed", "instance_norm",
          "convcalc.kinds.norm_family:InstanceNorm.statistics_over",
          instead(lambda self, x: tuple(range(x.ndim - 1))), "values"),
    Fault("batch_norm: only the first sample", "batch_norm",
          "convcalc.kinds.norm_family:BatchNorm.forward",
          after(lambda y: np.concatenate([y[:1], 0 * y[1:]])), "values"),
    Fault("conv: its gradient is not flipped", K3, f"{CONV}.backward",
          before(lambda self, ops, g, x, y, w:
                 (self, ops, g, x, y, {**w, "weight": flipped(w["weight"])})), "adjoint"),
    Fault("avg_pool: its gradient is doubled", AVG, f"{POOLS}:AvgPool.backward",
          after(lambda found: (found[0] * 2, found[1])), "adjoint"),
]  # fmt: skip

FAULTS = [*FORMULAS, *WINDOWS, *KERNELS]
