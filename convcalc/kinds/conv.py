"""Convolution."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Literal

from convcalc.core.errors import LayerError
from convcalc.core.shapes import Shape, Window, axis_name, elements, padded_elements
from convcalc.kinds.base import KEPT, MIXED, Flow, Form, Kept, LayerKind, Role, Sliding, Work
from convcalc.kinds.base.checks import divisible_both, recovering, spatial_rank
from convcalc.kinds.base.code_lines import (
    folded,
    is_even,
    keras_border,
    keras_call,
    torch_border,
    torch_window,
    unless,
)
from convcalc.kinds.base.copies import Copy
from convcalc.kinds.base.fields import Count, Flag, Groups, Kernel, Padding, PerAxis, described
from convcalc.kinds.base.windowing import (
    cut_to,
    kept_input,
    kernel_volume,
    positions,
    resolve_windows,
    thinned_convolution,
)

if TYPE_CHECKING:
    from convcalc.arrays.ops import Array, Ops, Weights

PaddingMode = Literal["zeros", "reflect", "replicate", "circular"]


class Conv(LayerKind):
    """Convolution over 1, 2 or 3 spatial axes, grouped, dilated or depthwise.

    Output per axis: floor((i + before + after - K) / s) + 1 with K = d(k - 1) + 1.
    Weights: (out, cin / g, *k), and a bias of (out). MACs: (cin / g) * prod(k) * out * prod(o).
    Source: Dumoulin & Visin, relationships 1-6 and 15; PyTorch's Conv1d, Conv2d, Conv3d.

    ```yaml
    convcalc: 1
    input: [3, 224, 224]
    layers:
      - conv: {out: 64, k: 7, s: 2, p: 3}
      - conv: {out: 64, k: 3, p: same, g: depthwise, bias: false}
    ```
    """

    aliases: ClassVar[tuple[str, ...]] = (
        "convolution",
        "convolutional",
        "lazyconv",
        "separableconv",
    )
    variants: ClassVar[Mapping[str, str]] = {
        "atrousconv": "d: 2",
        "depthwiseconv": "g: depthwise",
        "dilatedconv": "d: 2",
        "dwconv": "g: depthwise",
        "pointwiseconv": "k: 1",
    }
    sliding: ClassVar[Sliding] = "window"
    form: ClassVar[Form] = "sum"
    role: ClassVar[Role] = "product"
    main: ClassVar[str] = "out_channels"
    temporaries: ClassVar[int] = 0
    layouts: ClassVar[int] = 1

    out_channels: Count = described("Number of filters: the channels of the output.")
    kernel_size: Kernel = described("Taps of the kernel on each axis.")
    stride: PerAxis = described("Pixels from one position to the next.", 1)
    padding: Padding = described(
        "Pixels added around the input: a number, one an axis, [before, after] pairs, or a word.",
        0,
    )
    dilation: PerAxis = described("Pixels from one tap of the kernel to the next.", 1)
    groups: Groups = described("Groups of channels that do not mix; `depthwise` = one each.", 1)
    bias: Flag = described("Add one learnt number to each output channel.", True)
    padding_mode: PaddingMode = described("What stands in the padding.", "zeros")

    def group_count(self, x: Shape) -> int:
        """The number of groups for this input."""
        return x[0] if isinstance(self.groups, str) else self.groups

    def windows(self, x: Shape) -> tuple[Window, ...]:
        return resolve_windows(x, self.kernel_size, self.stride, self.padding, self.dilation)

    def output(self, x: Shape) -> Shape:
        spatial_rank(x, self.kind)
        windows = self.windows(x)
        output = (self.out_channels, *positions(x, windows))
        with recovering(output):
            self._check_groups(x)
        self._check_mode(x, windows, output)
        return output

    def folding(self) -> str:
        return "" if self.padding_mode == "zeros" else self.padding_mode

    def torch(self, x: Shape) -> list[str] | None:
        windows = self.windows(x)
        padded = [(window.before, window.after) for window in windows]
        is_apart = not is_even(windows)
        if is_apart and self.padding_mode != "zeros":
            return None
        line = torch_window(
            "Conv",
            (x[0], self.out_channels),
            windows,
            [0 if is_apart else window.before for window in windows],
            groups=unless(self.group_count(x), 1),
            bias=unless(self.bias, True),
            padding_mode=unless(self.padding_mode, "zeros"),
        )
        return [*torch_border("ZeroPad", padded), line] if is_apart else [line]

    def keras(self, x: Shape) -> list[str] | None:
        if self.padding_mode != "zeros":
            return None
        windows = self.windows(x)
        line = keras_call(
            f"Conv{len(windows)}D",
            self.out_channels,
            folded([window.kernel for window in windows]),
            strides=unless(folded([window.stride for window in windows]), 1),
            dilation_rate=unless(folded([window.dilation for window in windows]), 1),
            groups=unless(self.group_count(x), 1),
            use_bias=unless(self.bias, True),
        )
        padded = [(window.before, window.after) for window in windows]
        return [*keras_border("ZeroPadding", padded), line]

    def adds_bias(self) -> bool:
        return self.bias

    def flow(self, x: Shape) -> Flow:
        return MIXED if self.group_count(x) == 1 else KEPT

    def weights(self, x: Shape) -> dict[str, Shape]:
        kernel = tuple(window.kernel for window in self.windows(x))
        weights = {"weight": (self.out_channels, x[0] // self.group_count(x), *kernel)}
        return weights | ({"bias": (self.out_channels,)} if self.bias else {})

    def macs(self, x: Shape, output: Shape) -> int:
        taps = x[0] // self.group_count(x) * kernel_volume(self.windows(x))
        return taps * elements(output)

    def is_linear(self) -> bool:
        return True

    def thinned(self, inputs: tuple[Shape, ...]) -> Copy:
        return thinned_convolution(self, inputs)

    def values_beside(self, inputs: tuple[Shape, ...], output: Shape) -> int:
        (x,) = inputs
        own = super().values_beside(inputs, output)
        if self.group_count(x) > 1:
            # Groups are laid out one after the other.
            return own + max(elements(x), elements(output))
        if len(x) != 3:
            return own
        # Of an image, the rows that one row of the output reads: the least of a tile.
        tall, wide = self.windows(x)
        if tall.stride > 1 or tall.kernel == 1:
            return own
        return own + x[0] * tall.span * wide.kernel * output[2]

    def forward(self, ops: Ops, x: Array, w: Weights) -> Array:
        shape = ops.shape(x)
        windows = self.windows(shape)
        if self.padding_mode != "zeros":
            x = ops.pad(x, [(axis.before, axis.after) for axis in windows], self.padding_mode)
            windows = tuple(axis._replace(before=0, after=0) for axis in windows)
        bias = w["bias"] if self.bias else None
        return ops.convolve(x, w["weight"], windows, self.group_count(shape), bias)

    def backward(
        self, ops: Ops, grad: Array, x: Array, y: Array, w: Weights
    ) -> tuple[Array, dict[str, Array]]:
        windows = self.windows(ops.shape(x))
        sides = [(axis.before, axis.after) for axis in windows]
        read = x
        if self.padding_mode != "zeros":
            read = ops.pad(x, sides, self.padding_mode)
            windows = tuple(axis._replace(before=0, after=0) for axis in windows)
        groups = self.group_count(ops.shape(x))
        to_x, to_weight = ops.convolve_gradients(grad, read, w["weight"], windows, groups)
        if self.padding_mode != "zeros":
            to_x = ops.unpad(to_x, sides, self.padding_mode)
        bias = {"bias": ops.channel_sum(grad)} if self.bias else {}
        return to_x, {"weight": to_weight} | bias

    def work(self, x: Shape, output: Shape) -> Work:
        return {"bias": elements(output) if self.bias else 0}

    def kept(self, x: Shape, output: Shape) -> Kept:
        windows = self.windows(x)
        if self.padding_mode == "zeros":
            return kept_input(x, windows)
        # Any other mode writes a padded copy; mirroring and repeating keep their input as well.
        keeps_input = self.padding_mode in ("reflect", "replicate")
        return Kept(inputs=keeps_input, values=padded_elements(x, windows))

    def _check_groups(self, x: Shape) -> None:
        groups = self.group_count(x)
        if isinstance(self.groups, str):
            check_depthwise(self.out_channels, groups)
        else:
            divisible_both(x[0], self.out_channels, groups)

    def _check_mode(self, x: Shape, windows: tuple[Window, ...], output: Shape) -> None:
        if self.padding_mode in ("reflect", "circular"):
            check_padding_mode(self.padding_mode, x, windows, "padding_mode", output)


def check_depthwise(out: int, channels: int) -> None:
    """Raises LayerError where filters are no whole number for each input channel."""
    if out % channels:
        down = out // channels * channels
        raise LayerError(
            "groups-indivisible",
            f"{channels} does not divide {out} output channels (remainder {out % channels})",
            "another multiple of the input channels",
            field="out_channels",
            repairs=[{"out_channels": many} for many in (down, down + channels) if many],
        )


def check_padding_mode(
    mode: str, x: Shape, windows: tuple[Window, ...], field: str, output: Shape
) -> None:
    """Raises LayerError where there are not enough pixels to mirror or to wrap around.

    `field` is the one that has the mode.
    """
    spare = 1 if mode == "reflect" else 0
    for axis, (size, window) in enumerate(zip(x[1:], windows, strict=True)):
        most = max(window.before, window.after)
        if most > size - spare:
            name = axis_name(axis, len(windows))
            on_axis = f" on the {name}" if name else ""
            raise LayerError(
                "size-out-of-range",
                f"`{mode}` can pad at most {size - spare} of {size} pixels, not {most}{on_axis}",
                field="padding",
                recovered=output,
                repairs=[
                    {"padding": cut_to(windows, [size - spare for size in x[1:]])},
                    {field: "zeros"},
                ],
            )


KIND = Conv
