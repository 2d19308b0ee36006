"""Pooling windows: `max_pool`, `avg_pool` and `lp_pool`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import repeat
from typing import TYPE_CHECKING, Any, ClassVar

from convcalc.core.shapes import Shape, Window, elements
from convcalc.kinds.base import Form, Kept, Kind, LayerKind, Role, Sliding, Work
from convcalc.kinds.base.checks import spatial_rank
from convcalc.kinds.base.code_lines import folded, is_even, keras_call, torch_call, unless
from convcalc.kinds.base.fields import Count, Flag, Kernel, Padding, PerAxis, described
from convcalc.kinds.base.ranges import NEVER_NEGATIVE, Range, hull, sign_of
from convcalc.kinds.base.windowing import (
    check_pool_padding,
    kept_input,
    kernel_volume,
    pool_positions,
    resolve_windows,
)

if TYPE_CHECKING:
    from convcalc.arrays.ops import Array, Ops, Weights

# An index per output, as PyTorch's max pooling stores it: int64.
INDEX_BYTES = 8


class Pool(LayerKind):
    """A window that slides over every channel apart."""

    main: ClassVar[str] = "kernel_size"
    sliding: ClassVar[Sliding] = "pool"
    is_spatial: ClassVar[bool] = True
    role: ClassVar[Role] = "pool"

    kernel_size: Kernel = described("Pixels of the window on each axis.")
    stride: PerAxis | None = described(
        "Pixels from one window to the next; default the kernel.", None
    )
    ceil_mode: Flag = described("Keep a last window that is only partly filled.", False)

    def output(self, x: Shape) -> Shape:
        spatial_rank(x, self.kind)
        windows = self.windows(x)
        output = (x[0], *pool_positions(x, windows, self.ceil_mode))
        if not self._keeps_size():
            check_pool_padding(windows, output)
        return output

    def resolved(self, inputs: tuple[Shape, ...]) -> dict[str, Any]:
        (x,) = inputs
        fields = super().resolved(inputs)
        # Its numbers would be refused.
        word = {"padding": self.padding_word()} if _beyond_half(self.windows(x)) else {}
        return fields | word

    def _keeps_size(self) -> bool:
        """True for a word of TensorFlow and ONNX, which know no limit of the padding."""
        return self.padding_word().startswith("same")

    def rounds_up(self) -> bool:
        return self.ceil_mode

    def stays_in_channel(self) -> bool:
        return True

    def hands_on(self, x: Shape) -> bool:
        # Of its own pixel alone, the largest and the mean are the pixel itself.
        windows = self.windows(x)
        return self.output(x) == x and all(w.kernel == 1 and w.stride == 1 for w in windows)

    def work(self, x: Shape, output: Shape) -> Work:
        return {"pool": elements(output) * kernel_volume(self.windows(x))}


def _beyond_half(windows: tuple[Window, ...]) -> bool:
    """True where PyTorch's pools would refuse the padding."""
    return any(max(window.before, window.after) > window.kernel // 2 for window in windows)


def _tiles(window: Window) -> bool:
    is_dense = window.dilation == 1 or window.kernel == 1
    return is_dense and window.kernel == window.stride and not (window.before or window.after)


def _torch_pool(
    name: str, windows: tuple[Window, ...], ceil_mode: bool, **beside: object
) -> list[str] | None:
    """PyTorch's pool, which pads alike before and after."""
    if not is_even(windows) or _beyond_half(windows):
        return None
    kernel = folded([window.kernel for window in windows])
    return [
        torch_call(
            f"{name}{len(windows)}d",
            kernel,
            stride=unless(folded([window.stride for window in windows]), kernel),
            padding=unless(folded([window.before for window in windows]), 0),
            dilation=unless(folded([window.dilation for window in windows]), 1),
            ceil_mode=unless(ceil_mode, False),
            **beside,
        )
    ]


class MaxPool(Pool):
    """The largest value of each window.

    Output per axis: floor((i + before + after - K) / s) + 1; with `ceil_mode` rounded up, less a
    last window that would start beyond the input and the padding before it. Padding in numbers is
    limited to half the kernel. Work: one comparison for each element of each window.
    Source: PyTorch's MaxPool1d, 2d, 3d.

    ```yaml
    convcalc: 1
    input: [64, 112, 112]
    layers:
      - max_pool: {k: 3, s: 2, p: 1}
      - max_pool: 2
    ```
    """

    aliases: ClassVar[tuple[str, ...]] = ("maxpooling",)
    form: ClassVar[Form] = "max"

    padding: Padding = described("Pixels added around the input; they never win.", 0)
    dilation: PerAxis = described("Pixels from one tap of the window to the next.", 1)

    def windows(self, x: Shape) -> tuple[Window, ...]:
        return resolve_windows(x, self.kernel_size, self.stride, self.padding, self.dilation)

    def torch(self, x: Shape) -> list[str] | None:
        return _torch_pool("MaxPool", self.windows(x), self.ceil_mode)

    def value_range(self, inputs: tuple[Range, ...]) -> Range:
        return inputs[0]

    def forward(self, ops: Ops, x: Array, w: Weights) -> Array:
        return ops.max_pool(x, self.windows(ops.shape(x)), self.ceil_mode)

    def backward(
        self, ops: Ops, grad: Array, x: Array, y: Array, w: Weights
    ) -> tuple[Array, dict[str, Array]]:
        windows = self.windows(ops.shape(x))
        reads = ops.windows(x, windows, self.ceil_mode, -ops.np.inf)
        return ops.scatter(_to_winners(ops, grad, reads, y), x, windows, self.ceil_mode), {}

    def may_be_infinite(self, x: Shape) -> bool:
        return any(w.dilation > 1 and (w.before or w.after) for w in self.windows(x))

    def kept(self, x: Shape, output: Shape) -> Kept:
        return kept_input(x, self.windows(x))._replace(bytes=INDEX_BYTES * elements(output))


def _to_winners(ops: Ops, grad: Array, reads: Iterable[Array], largest: Array) -> Iterator[Array]:
    """For each tap the gradient of the windows that it won; of equal ones the first wins."""
    open_still = ops.np.ones(largest.shape, bool)
    for read in reads:
        won = open_still & ((read == largest) | ops.np.isnan(read))
        open_still &= ~won
        yield ops.np.where(won, grad, 0)


class AvgPool(Pool):
    """The mean of each window.

    Sizes as for `max_pool`. The divisor is the window's size within the padded input
    (`count_include_pad`), or the number of real pixels, or `divisor_override`; of a dilated window
    on padding alone the mean is 0. Source: PyTorch's AvgPool1d, 2d, 3d; ONNX's AveragePool for
    `dilation`.

    ```yaml
    convcalc: 1
    input: [6, 28, 28]
    layers:
      - avg_pool: 2
      - avg_pool: {k: 3, s: 2, p: 1, count_include_pad: false}
      - avg_pool: {k: 2, s: 1, d: 2}
    ```
    """

    aliases: ClassVar[tuple[str, ...]] = ("averagepool", "averagepooling", "avgpooling")
    form: ClassVar[Form] = "mean"

    padding: Padding = described("Zeros added around the input.", 0)
    dilation: PerAxis = described("Pixels from one tap of the window to the next.", 1)
    count_include_pad: Flag = described("Let the padding count in the divisor.", True)
    divisor_override: Count | None = described("Divide by this number instead.", None)

    def windows(self, x: Shape) -> tuple[Window, ...]:
        return resolve_windows(x, self.kernel_size, self.stride, self.padding, self.dilation)

    def torch(self, x: Shape) -> list[str] | None:
        beside = {
            "count_include_pad": unless(self.count_include_pad, True),
            "divisor_override": self.divisor_override,
        }
        windows = self.windows(x)
        if self.divisor_override is not None and len(x) == 2:
            return None
        if any(window.dilation > 1 for window in windows):
            return None
        return _torch_pool("AvgPool", windows, self.ceil_mode, **beside)

    def keras(self, x: Shape) -> list[str] | None:
        windows = self.windows(x)
        if self.divisor_override is not None or not all(map(_tiles, windows)):
            return None
        kernel = folded([window.kernel for window in windows])
        return [keras_call(f"AveragePooling{len(windows)}D", kernel)]

    def is_linear(self) -> bool:
        return True

    def hands_on(self, x: Shape) -> bool:
        return super().hands_on(x) and self.divisor_override in (None, 1)

    def value_range(self, inputs: tuple[Range, ...]) -> Range:
        (x,) = inputs
        if self.divisor_override is not None:
            return sign_of(x)
        # Zeros of the padding count in the mean.
        return x if self.padding in (0, "valid") else hull(x, (0.0, 0.0))

    def kept(self, x: Shape, output: Shape) -> Kept:
        return kept_input(x, self.windows(x))

    def forward(self, ops: Ops, x: Array, w: Weights) -> Array:
        windows = self.windows(ops.shape(x))
        sums = ops.sum_pool(x, windows, self.ceil_mode)
        return sums / self._divisor(ops, x, sums)

    def backward(
        self, ops: Ops, grad: Array, x: Array, y: Array, w: Weights
    ) -> tuple[Array, dict[str, Array]]:
        windows = self.windows(ops.shape(x))
        part = grad / self._divisor(ops, x, y)
        return ops.scatter(repeat(part, kernel_volume(windows)), x, windows, self.ceil_mode), {}

    def _divisor(self, ops: Ops, x: Array, y: Array) -> Array | int:
        if self.divisor_override is not None:
            return self.divisor_override
        windows = self.windows(ops.shape(x))
        elements = ops.window_elements(x, y, windows, self.count_include_pad)
        if isinstance(elements, int):
            return max(elements, 1)
        some: Array = ops.np.maximum(elements, 1)
        return some


class LpPool(Pool):
    """The p-norm of each window: (sum x^p)^(1/p).

    Sizes as for `max_pool`. As in PyTorch an odd p keeps the signs: 1 is a sum, and of a negative
    sum there is no broken power (NaN). A last, partly filled window (`ceil_mode`) counts as if it
    were full of its own mean; the zeros of the padding fill it.
    Source: PyTorch's LPPool1d, 2d, 3d; ONNX's LpPool for `padding` and `dilation`.

    ```yaml
    convcalc: 1
    input: [16, 32, 32]
    layers:
      - lp_pool: {k: 2, norm_type: 2}
      - lp_pool: {k: 3, s: 1, p: 1}
    ```
    """

    # Of the root of a negative sum.
    wants_positive: ClassVar[bool] = True
    form: ClassVar[Form] = "norm"

    norm_type: Count = described("The exponent p.", 2)
    padding: Padding = described("Zeros added around the input.", 0)
    dilation: PerAxis = described("Pixels from one tap of the window to the next.", 1)

    def windows(self, x: Shape) -> tuple[Window, ...]:
        return resolve_windows(x, self.kernel_size, self.stride, self.padding, self.dilation)

    def hands_on(self, x: Shape) -> bool:
        # An even power forgets the sign.
        return super().hands_on(x) and self.norm_type % 2 == 1

    def value_range(self, inputs: tuple[Range, ...]) -> Range:
        return NEVER_NEGATIVE if self.norm_type % 2 == 0 else sign_of(inputs[0])

    def kept(self, x: Shape, output: Shape) -> Kept:
        # |x|^p before the sum; the mean, its sign, its absolute value and the sum after it.
        return Kept(inputs=True, values=elements(x) + 4 * elements(output))

    def forward(self, ops: Ops, x: Array, w: Weights) -> Array:
        windows = self.windows(ops.shape(x))
        sums = ops.sum_pool(x**self.norm_type, windows, self.ceil_mode)
        filled = sums * self._filling(ops, x, sums)
        return filled if self.norm_type == 1 else ops.power(filled, 1 / self.norm_type)

    def backward(
        self, ops: Ops, grad: Array, x: Array, y: Array, w: Weights
    ) -> tuple[Array, dict[str, Array]]:
        windows, p = self.windows(ops.shape(x)), self.norm_type
        # d y / d x = (x / y)^(p - 1); where the sum is 0 so is the gradient, as in PyTorch.
        part = grad * self._filling(ops, x, y) * ops.np.where(y == 0, 0, ops.power(y, 1 - p))
        spread = ops.scatter(repeat(part, kernel_volume(windows)), x, windows, self.ceil_mode)
        return (spread * x ** (p - 1)).astype(grad.dtype), {}

    def _filling(self, ops: Ops, x: Array, y: Array) -> Array | float:
        """How many times more pixels a full window has than the one at hand."""
        windows = self.windows(ops.shape(x))
        counts = ops.window_elements(x, y, windows, count_padding=True)
        return kernel_volume(windows) / counts


MEMBERS: tuple[type[Kind], ...] = (MaxPool, AvgPool, LpPool)
