"""Transposed convolution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from pydantic import model_validator

from convcalc.core.arithmetic import equal_padding, transposed_size
from convcalc.core.errors import LayerError, OnAxes
from convcalc.core.links import transposed_link
from convcalc.core.shapes import Shape, Window, axis_name, elements, padded_elements
from convcalc.kinds.base import (
    KEPT,
    MIXED,
    Flow,
    Form,
    Keeps,
    Kind,
    LayerKind,
    Links,
    Role,
    Sliding,
    Work,
)
from convcalc.kinds.base.checks import divisible_both, recovering, spatial_rank
from convcalc.kinds.base.code_lines import (
    folded,
    keras_border,
    keras_call,
    torch_border,
    torch_window,
    unless,
)
from convcalc.kinds.base.copies import Copy, Turn
from convcalc.kinds.base.field_values import wrong
from convcalc.kinds.base.fields import (
    Count,
    Flag,
    Groups,
    Kernel,
    NumericPadding,
    PerAxis,
    PerAxisOrZero,
    described,
    per_axis,
)
from convcalc.kinds.base.windowing import kernel_volume, resolve_windows, thinned_convolution

if TYPE_CHECKING:
    from convcalc.arrays.ops import Array, Ops, Weights


class ConvTranspose(LayerKind):
    """Transposed convolution: the map that a convolution's gradient takes, used to enlarge.

    Output per axis: (i - 1)s - before - after + K + a with K = d(k - 1) + 1 and a < max(s, d).
    `output_size` may stand in place of `output_padding`: a is then found from it.
    Weights: (cin, out / g, *k), and a bias of (out). MACs are counted at the input positions:
    (out / g) * prod(k) * cin * prod(i).
    Source: Dumoulin & Visin, relationships 8-14; PyTorch's ConvTranspose1d, 2d, 3d.

    ```yaml
    convcalc: 1
    input: [128, 16, 16]
    layers:
      - conv_transpose: {out: 64, k: 4, s: 2, p: 1}
      - conv_transpose: {out: 3, k: 3, s: 2, p: 1, output_size: 64}
    ```
    """

    aliases: ClassVar[tuple[str, ...]] = (
        "convolutiontranspose",
        "deconv",
        "deconvolution",
        "fractionallystridedconv",
        "lazyconvtranspose",
        "transposeconv",
        "transposedconv",
        "upconv",
    )
    sliding: ClassVar[Sliding] = "transposed"
    form: ClassVar[Form] = "sum"
    role: ClassVar[Role] = "product"
    main: ClassVar[str] = "out_channels"
    keeps: ClassVar[Keeps] = "input"

    layouts: ClassVar[int] = 2

    out_channels: Count = described("Number of filters: the channels of the output.")
    kernel_size: Kernel = described("Taps of the kernel on each axis.")
    stride: PerAxis = described("Output pixels from one input's contribution to the next.", 1)
    padding: NumericPadding = described("Pixels cut from the output's borders.", 0)
    output_padding: PerAxisOrZero = described("Pixels added after the output.", 0)
    dilation: PerAxis = described("Pixels from one tap of the kernel to the next.", 1)
    groups: Groups = described("Groups of channels that do not mix; `depthwise` = one each.", 1)
    bias: Flag = described("Add one learnt number to each output channel.", True)
    output_size: PerAxis | None = described(
        "Wanted spatial size, in place of output_padding.", None
    )

    @model_validator(mode="after")
    def _one_way_to_the_size(self) -> ConvTranspose:
        if self.output_size is not None and self.output_padding != 0:
            raise wrong(
                "field-given-twice",
                "`output_padding` and `output_size` both set the size",
                "keep one of them",
            )
        return self

    def group_count(self, x: Shape) -> int:
        """The number of groups for this input."""
        return x[0] if isinstance(self.groups, str) else self.groups

    def windows(self, x: Shape) -> tuple[Window, ...]:
        return resolve_windows(x, self.kernel_size, self.stride, self.padding, self.dilation)

    def output_paddings(self, x: Shape) -> tuple[int, ...]:
        """a on each axis, given or found from `output_size`."""
        windows = self.windows(x)
        if self.output_size is None:
            return per_axis(self.output_padding, len(windows), "output_padding")
        wanted = per_axis(self.output_size, len(windows), "output_size")
        least = [
            transposed_size(size, w.span, w.stride, w.before, w.after)
            for size, w in zip(x[1:], windows, strict=True)
        ]
        for axis, (size, low, window) in enumerate(zip(wanted, least, windows, strict=True)):
            if not low <= size < low + window.stride:
                name = axis_name(axis, len(windows))
                raise LayerError(
                    "output-padding-range",
                    f"output_size {size}{' on the ' + name if name else ''} is out of reach: "
                    f"these fields give {low} to {low + window.stride - 1}",
                    "another kernel, stride or padding",
                    field="output_size",
                    recovered=(self.out_channels, *wanted),
                    repairs=[
                        {"output_size": _reached(wanted, least, windows, last)}
                        for last in (False, True)
                    ],
                )
        return tuple(size - low for size, low in zip(wanted, least, strict=True))

    def output(self, x: Shape) -> Shape:
        spatial_rank(x, self.kind)
        windows = self.windows(x)
        extras = self.output_paddings(x)
        sizes = tuple(
            transposed_size(size, w.span, w.stride, w.before, w.after, extra)
            for size, w, extra in zip(x[1:], windows, extras, strict=True)
        )
        self._check_sizes(x, windows, sizes)
        output = (self.out_channels, *sizes)
        self._check_extras(windows, extras, output)
        with recovering(output):
            divisible_both(x[0], self.out_channels, self.group_count(x))
        return output

    def links(self, x: Shape) -> Links:
        return tuple(map(transposed_link, self.windows(x)))

    def torch(self, x: Shape) -> list[str] | None:
        windows = self.windows(x)
        # PyTorch cuts both sides alike; what is left to cut is a layer of its own.
        paddings, extras, crops = zip(
            *(
                equal_padding(window.before, window.after, extra)
                for window, extra in zip(windows, self.output_paddings(x), strict=True)
            ),
            strict=True,
        )
        line = torch_window(
            "ConvTranspose",
            (x[0], self.out_channels),
            windows,
            paddings,
            output_padding=unless(folded(extras), 0),
            groups=unless(self.group_count(x), 1),
            bias=unless(self.bias, True),
        )
        return [line, *torch_border("ZeroPad", crops, sign=-1)]

    def keras(self, x: Shape) -> list[str] | None:
        windows, extras = self.windows(x), self.output_paddings(x)
        is_strided = any(window.stride > 1 for window in windows)
        if self.group_count(x) > 1:
            return ["# Keras has no grouped transposed layer: split the channels, or write PyTorch"]
        if is_strided and any(window.dilation > 1 for window in windows):
            return ["# Keras takes no stride together with dilation in a transposed layer"]
        line = keras_call(
            f"Conv{len(windows)}DTranspose",
            self.out_channels,
            folded([window.kernel for window in windows]),
            strides=unless(folded([window.stride for window in windows]), 1),
            # Without it Keras would fill a kernel smaller than its stride up to the stride.
            output_padding=folded(extras) if is_strided else None,
            dilation_rate=unless(folded([window.dilation for window in windows]), 1),
            use_bias=unless(self.bias, True),
        )
        cuts = [(window.before, window.after) for window in windows]
        return [line, *keras_border("Cropping", cuts)]

    def adds_bias(self) -> bool:
        return self.bias

    def flow(self, x: Shape) -> Flow:
        return MIXED if self.group_count(x) == 1 else KEPT

    def weights(self, x: Shape) -> dict[str, Shape]:
        kernel = tuple(window.kernel for window in self.windows(x))
        weights = {"weight": (x[0], self.out_channels // self.group_count(x), *kernel)}
        return weights | ({"bias": (self.out_channels,)} if self.bias else {})

    def macs(self, x: Shape, output: Shape) -> int:
        per_input = self.out_channels // self.group_count(x) * kernel_volume(self.windows(x))
        return per_input * elements(x)

    def is_linear(self) -> bool:
        return True

    def turns(self, inputs: tuple[Shape, ...]) -> tuple[Turn, ...]:
        (x,) = inputs
        return tuple(map(_turn, x[1:], self.windows(x)))

    def at_sizes(self, x: Shape, sizes: Shape) -> Kind:
        if self.output_size is None:
            return self
        wanted = per_axis(self.output_size, len(sizes), "output_size")
        axes = zip(wanted, x[1:], sizes, self.windows(x), strict=True)
        return self.model_copy(
            update={"output_size": tuple(w - (old - new) * a.stride for w, old, new, a in axes)}
        )

    def thinned(self, inputs: tuple[Shape, ...]) -> Copy:
        return thinned_convolution(self, inputs)

    def values_beside(self, inputs: tuple[Shape, ...], output: Shape) -> int:
        (x,) = inputs
        # Every input's terms before they fall where they belong, and the uncut output.
        many = 2 if self.group_count(x) > 1 else 1
        uncut = padded_elements(output, self.windows(x))
        return many * max(elements(x), elements(output)) + uncut

    def forward(self, ops: Ops, x: Array, w: Weights) -> Array:
        shape = ops.shape(x)
        bias = w["bias"] if self.bias else None
        return ops.convolve_transposed(
            x,
            w["weight"],
            self.windows(shape),
            self.output_paddings(shape),
            self.group_count(shape),
            bias,
        )

    def backward(
        self, ops: Ops, grad: Array, x: Array, y: Array, w: Weights
    ) -> tuple[Array, dict[str, Array]]:
        shape = ops.shape(x)
        to_x, to_weight = ops.convolve_transposed_gradients(
            grad, x, w["weight"], self.windows(shape), self.group_count(shape)
        )
        bias = {"bias": ops.channel_sum(grad)} if self.bias else {}
        return to_x, {"weight": to_weight} | bias

    def work(self, x: Shape, output: Shape) -> Work:
        return {"bias": elements(output) if self.bias else 0}

    def resolved(self, inputs: tuple[Shape, ...]) -> dict[str, object]:
        fields = super().resolved(inputs)
        fields["output_padding"] = list(self.output_paddings(inputs[0]))
        del fields["output_size"]
        return fields

    def _check_sizes(self, x: Shape, windows: tuple[Window, ...], sizes: Shape) -> None:
        for axis, (size, window, out) in enumerate(zip(x[1:], windows, sizes, strict=True)):
            if out < 1:
                name = axis_name(axis, len(windows))
                full = (size - 1) * window.stride + window.span
                raise LayerError(
                    "size-out-of-range",
                    f"padding {window.before} + {window.after} cuts all of the "
                    f"{full} pixels{' on the ' + name if name else ''}: "
                    f"({size} - 1)*{window.stride} - {window.before + window.after} + "
                    f"{window.span} = {out}",
                    "less",
                    field="padding",
                    repairs=[{"padding": OnAxes(map(_one_left, x[1:], windows, sizes))}],
                )

    def _check_extras(
        self, windows: tuple[Window, ...], extras: tuple[int, ...], output: Shape
    ) -> None:
        for window, extra in zip(windows, extras, strict=True):
            limit = max(window.stride, window.dilation)
            if extra >= limit:
                raise LayerError(
                    "output-padding-range",
                    f"output_padding {extra} is not below max(stride {window.stride}, "
                    f"dilation {window.dilation}) = {limit}",
                    "a `pad` layer after",
                    field="output_padding",
                    recovered=output,
                    repairs=[{"output_padding": OnAxes(map(_in_range, windows, extras))}],
                )


def _turn(size: int, window: Window) -> Turn:
    """One pixel on, a stride of the output further; something is left when the padding is cut."""
    cut = max(window.before + window.after - window.span, 0)
    reach = -(-window.span // window.stride)
    return Turn(size, 1 - (-cut // window.stride) + reach)


def _in_range(window: Window, extra: int) -> int:
    return min(extra, max(window.stride, window.dilation) - 1)


def _one_left(size: int, window: Window, out: int) -> tuple[int, int]:
    """The padding of an axis, less where it cuts everything."""
    if out > 0:
        return window.before, window.after
    most = ((size - 1) * window.stride + window.span - 1) // 2
    return min(window.before, most), min(window.after, most)


def _reached(
    wanted: Sequence[int], least: Sequence[int], windows: tuple[Window, ...], last: bool
) -> OnAxes:
    """The wanted sizes; the first or last that can be reached where they cannot."""
    found = []
    for size, low, window in zip(wanted, least, windows, strict=True):
        reached = range(low, low + window.stride)
        found.append(size if size in reached else reached[-1 if last else 0])
    return OnAxes(found)


KIND = ConvTranspose
