"""Convolutions and pools: Conv, ConvTranspose, MaxPool, AveragePool, LpPool, the global ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from convcalc.core.shapes import MAX_RANK
from convcalc.importers.building import NoRuleError
from convcalc.importers.onnx.rules.pointwise import worded
from convcalc.importers.onnx.use import Tensor, Use, rule
from convcalc.importers.tensor_views import View, whole
from convcalc.kinds.adaptive_family import GlobalAvgPool, GlobalMaxPool
from convcalc.kinds.base import Kind
from convcalc.kinds.conv import Conv
from convcalc.kinds.conv_transpose import ConvTranspose
from convcalc.kinds.deform_conv import DeformConv
from convcalc.kinds.fold import Fold
from convcalc.kinds.pool_family import AvgPool, LpPool, MaxPool
from convcalc.network.held import Held

PerAxis = int | tuple[int, ...] | tuple[tuple[int, int], ...]


def of_axes(values: Sequence[int]) -> int | tuple[int, ...]:
    """One value for all axes where they are equal."""
    return values[0] if len(set(values)) == 1 else tuple(values)


def of_sides(pads: Sequence[int]) -> PerAxis:
    """ONNX's pads (all befores, then all afters) as a kind's padding.

    >>> of_sides((1, 1, 1, 1)), of_sides((0, 1, 0, 1)), of_sides((0, 0, 1, 1))
    (1, (0, 1), ((0, 1), (0, 1)))
    """
    rank = len(pads) // 2
    before, after = tuple(pads[:rank]), tuple(pads[rank:])
    if before == after:
        return of_axes(before)
    return tuple(zip(before, after, strict=True))


class Window:
    """The attributes that all windows have, with one value an axis."""

    def __init__(self, use: Use, kernel: tuple[int, ...]) -> None:
        rank = len(kernel)
        self.use = use
        self.kernel = kernel
        self.stride = use.list("strides") or (1,) * rank
        self.dilation = use.list("dilations") or (1,) * rank
        self.pads = use.list("pads") or (0,) * (2 * rank)
        self.word = use.word("auto_pad", "NOTSET")
        lengths = {len(self.stride), len(self.dilation), len(self.pads) // 2}
        if lengths != {rank} or len(self.pads) % 2:
            message = f"{use.operation.title} has a kernel of {rank} axes"
            note = "and strides, dilations or pads of another number"
            raise use.builder.refuse("broken-model", message, use.operation, note=note)
        if min(self.pads) < 0:
            raise NoRuleError("its padding is negative")

    @property
    def padding(self) -> PerAxis | str:
        """The padding as kinds have it."""
        if self.word in ("SAME_UPPER", "SAME_LOWER"):
            return self.word.lower()
        return 0 if self.word == "VALID" else of_sides(self.pads)

    def counts(self, sizes: Sequence[int]) -> list[int]:
        """How many windows stand on each axis of a map."""
        found = []
        rank = len(self.kernel)
        for at, size in enumerate(sizes):
            span = (self.kernel[at] - 1) * self.dilation[at] + 1
            stride = self.stride[at]
            if self.word in ("SAME_UPPER", "SAME_LOWER"):
                found.append(-(-size // stride))
                continue
            pads = 0 if self.word == "VALID" else self.pads[at] + self.pads[at + rank]
            room = size + pads - span
            count = room // stride + 1
            if self.use.whole("ceil_mode", 0) and self.word != "VALID":
                count = -(-room // stride) + 1
                # The last window has to begin on the map, or before it.
                count -= (count - 1) * stride >= size + self.pads[at]
            found.append(count)
        return found

    def fields(self, extra: int, *names: str) -> dict[str, Any]:
        """The fields that a kind takes, with windows of 1 on so many axes before."""
        ones = (1,) * extra
        found: dict[str, Any] = {"kernel_size": of_axes((*ones, *self.kernel))}
        if any(one != 1 for one in self.stride) or "stride" in names:
            found["stride"] = of_axes((*ones, *self.stride))
        padding = self.padding
        if padding != 0 and extra:
            if isinstance(padding, str):
                raise NoRuleError("it pads several maps at once by a word")
            sides = of_sides((*(0,) * extra, *self.pads[: len(self.kernel)], *(0,) * extra,
                              *self.pads[len(self.kernel) :]))  # fmt: skip
            found["padding"] = sides
        elif padding != 0:
            found["padding"] = padding
        if any(one != 1 for one in self.dilation):
            found["dilation"] = of_axes((*ones, *self.dilation))
        return found


def maps_of(use: Use) -> tuple[View, int]:
    """The first input laid out as maps, channels first, and how many axes stand before them.

    A batch that was folded out of the map is one more axis of positions.
    """
    x = use.view()
    if len(x.axes) < 3:
        raise NoRuleError(f"its input has {len(x.axes)} axes")
    batch, channels, *spatial = x.axes
    wanted = [channels, *([batch] if batch else []), *spatial]
    if len(wanted) > 1 + MAX_RANK:
        raise NoRuleError("it works on several samples of three axes at once")
    return use.arranged(x, wanted), len(wanted) - 1 - len(spatial)


def as_maps(use: Use, at: int, extra: int) -> View:
    """The output of a layer of `maps_of`, as the tensor that it is."""
    shape = use.builder.shape(at)
    spatial = [(axis,) for axis in range(1 + extra, len(shape))]
    return whole(at, shape, [(1,) if extra else (), (0,), *spatial])


def _windowed(
    use: Use, kind: type[Kind], fields: Mapping[str, Any], held: Mapping[str, Held] | None = None
) -> list[Tensor]:
    x, extra = maps_of(use)
    at = use.layer(kind, fields, x, held=held)
    return [as_maps(use, at, extra)]


def _weights(use: Use) -> dict[str, Held]:
    held = {"weight": use.held(1)}
    if use.has(2):
        held["bias"] = use.held(2)
    return held


@rule("Conv")
def conv(use: Use) -> list[Tensor]:
    """A convolution, whose kernel the weight has too."""
    return [convolved(use, use.held(1), use.held(2) if use.has(2) else None)]


def convolved(use: Use, weight: Held, bias: Held | None) -> View:
    """A convolution with these arrays, by the attributes of the operation."""
    held = {"weight": weight} | ({"bias": bias} if bias is not None else {})
    out, _, *kernel = weight.dims
    window = Window(use, tuple(kernel))
    x, extra = maps_of(use)
    channels, groups = x.shape[0], use.whole("group", 1)
    _check_weight(use, weight.dims, (out, channels // max(groups, 1), *kernel), channels)
    fields = {"out_channels": out, **window.fields(extra), "bias": bias is not None}
    if groups != 1:
        fields["groups"] = "depthwise" if groups == channels else groups
    if extra:
        held["weight"] = weight.made("reshaped", (out, channels // groups, 1, *kernel))
    at = use.layer(Conv, fields, x, held=held)
    return as_maps(use, at, extra)


def _check_weight(use: Use, dims: tuple[int, ...], wanted: tuple[int, ...], channels: int) -> None:
    if dims[1] != wanted[1] or len(dims) != len(use.dims()):
        message = f"{use.operation.title} reads {channels} channels"
        note = f"its weight is {'x'.join(map(str, dims))}, group {use.whole('group', 1)}"
        raise use.builder.refuse("broken-model", message, use.operation, note=note)


@rule("ConvTranspose")
def conv_transpose(use: Use) -> list[Tensor]:
    """A transposed convolution."""
    held = _weights(use)
    _, out, *kernel = held["weight"].dims
    window = Window(use, tuple(kernel))
    x, extra = maps_of(use)
    if extra:
        raise NoRuleError("it enlarges several maps at once")
    groups = use.whole("group", 1)
    fields = {"out_channels": out * groups, **window.fields(0), "bias": use.has(2)}
    more = use.list("output_padding") or (0,) * len(kernel)
    wanted = use.list("output_shape")
    if wanted or window.word in ("SAME_UPPER", "SAME_LOWER"):
        fields["padding"] = _cut(window, x.shape[1:], more, wanted)
    if any(more):
        fields["output_padding"] = of_axes(more)
    if groups != 1:
        fields["groups"] = groups
    at = use.layer(ConvTranspose, fields, x, held=held)
    return [as_maps(use, at, 0)]


def _cut(
    window: Window, sizes: Sequence[int], more: Sequence[int], wanted: Sequence[int] | None
) -> PerAxis:
    """The padding that gives the wanted sizes, or the input's times the stride."""
    before, after = [], []
    for axis, size in enumerate(sizes):
        span = (window.kernel[axis] - 1) * window.dilation[axis] + 1
        aim = wanted[-len(sizes) :][axis] if wanted else size * window.stride[axis]
        total = (size - 1) * window.stride[axis] + more[axis] + span - aim
        if total < 0:
            raise NoRuleError("its output is larger than its windows reach")
        small, large = total // 2, total - total // 2
        is_upper = window.word == "SAME_UPPER"
        before.append(small if is_upper else large)
        after.append(large if is_upper else small)
    return of_sides((*before, *after))


def _kernel(use: Use) -> tuple[int, ...]:
    kernel = use.list("kernel_shape")
    if not kernel:
        message = f"{use.operation.title} has no kernel_shape"
        raise use.builder.refuse("broken-model", message, use.operation)
    return kernel


def _pool_fields(use: Use, extra: int) -> dict[str, Any]:
    window = Window(use, _kernel(use))
    halves = [size // 2 for size in window.kernel] * 2
    if window.word == "NOTSET" and any(a > b for a, b in zip(window.pads, halves, strict=True)):
        raise NoRuleError("its padding is more than half of its window")
    fields = window.fields(extra, "stride")
    if use.whole("ceil_mode", 0):
        fields["ceil_mode"] = True
    return fields


@rule("MaxPool")
def max_pool(use: Use) -> list[Tensor]:
    """A maximum over windows; its second output, the places of the maxima, has no kind."""
    x, extra = maps_of(use)
    at = use.layer(MaxPool, _pool_fields(use, extra), x)
    return [as_maps(use, at, extra)]


@rule("AveragePool")
def average_pool(use: Use) -> list[Tensor]:
    """A mean over windows."""
    x, extra = maps_of(use)
    fields = _pool_fields(use, extra)
    if "dilation" in fields and "dilation" not in AvgPool.model_fields:
        raise NoRuleError("its windows are dilated")
    if "padding" in fields and not use.whole("count_include_pad", 0):
        fields["count_include_pad"] = False
    at = use.layer(AvgPool, fields, x)
    return [as_maps(use, at, extra)]


@rule("LpPool")
def lp_pool(use: Use) -> list[Tensor]:
    """The norm of each window."""
    x, extra = maps_of(use)
    fields = _pool_fields(use, extra)
    if {"padding", "dilation"} & fields.keys() - LpPool.model_fields.keys():
        raise NoRuleError("its windows are padded or dilated")
    fields["norm_type"] = use.whole("p", 2)
    if use.whole("p", 2) % 2:
        x = use.builder.pointwise(worded("Abs"), {}, x, use.operation)
    at = use.layer(LpPool, fields, x)
    return [as_maps(use, at, extra)]


@rule("DeformConv")
def deform_conv(use: Use) -> list[Tensor]:
    """A convolution whose taps are moved by its third input, and weighted by its fifth."""
    weight = use.held(1)
    out, _, *kernel = weight.dims
    window = Window(use, tuple(kernel))
    if len(kernel) != 2:
        raise NoRuleError("its maps have other than two axes")
    views = [use.view(place) for place in (0, 2, 4) if use.has(place)]
    laid = [use.arranged(x, [x.axes[1], x.axes[2], x.axes[3]]) for x in views]
    held = {"weight": weight} | ({"bias": use.held(3)} if use.has(3) else {})
    fields = {"out_channels": out, **window.fields(0), "bias": use.has(3)}
    if use.whole("group", 1) != 1:
        fields["groups"] = use.whole("group", 1)
    return [as_maps(use, use.layer(DeformConv, fields, *laid, held=held), 0)]


@rule("Col2Im")
def fold(use: Use) -> list[Tensor]:
    """Columns added up where their windows stand."""
    sizes, kernel = use.sizes(1), use.sizes(2)
    x, window = use.view(), Window(use, kernel)
    x = use.arranged(x, [x.axes[1], x.axes[2]])
    fields = window.fields(0)
    at = use.layer(Fold, {"output_size": sizes, **fields}, x)
    return [as_maps(use, at, 0)]


@rule("GlobalAveragePool", "GlobalMaxPool")
def global_pool(use: Use) -> list[Tensor]:
    """One figure for each channel."""
    kind = GlobalAvgPool if use.operation.op == "GlobalAveragePool" else GlobalMaxPool
    _x, extra = maps_of(use)
    if extra:
        raise NoRuleError("it pools several maps at once")
    return _windowed(use, kind, {"keepdim": True})
