"""Pooling windows: `max_pool`, `avg_pool` and `lp_pool`."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, ClassVar

from convcalc.kinds.base import Kept, Kind, LayerKind, Work, kernel_volume, spatial_rank
from convcalc.kinds.fields import Count, Flag, Kernel, Padding, PerAxis, described
from convcalc.kinds.windowing import (
    check_pool_padding,
    kept_input,
    pool_positions,
    resolve_windows,
)
from convcalc.shapes import Shape, Window, elements

if TYPE_CHECKING:
    from convcalc.arrays.ops import Array, Ops, Weights

# An index per output, as PyTorch's max pooling stores it: int64.
INDEX_BYTES = 8


class Pool(LayerKind):
    """A window that slides over every channel apart."""

    main: ClassVar[str] = "kernel_size"

    kernel_size: Kernel = described("Pixels of the window on each axis.")
    stride: PerAxis | None = described(
        "Pixels from one window to the next; default the kernel.", None
    )
    ceil_mode: Flag = described("Keep a last window that is only partly filled.", False)

    def output(self, x: Shape) -> Shape:
        spatial_rank(x, self.kind)
        windows = self.windows(x)
        output = (
            x[0],
            *pool_positions(x, windows, self.ceil_mode, "padding" in type(self).model_fields),
        )
        check_pool_padding(windows, output)
        return output

    def work(self, x: Shape, output: Shape) -> Work:
        return {"pool": elements(output) * kernel_volume(self.windows(x))}


class MaxPool(Pool):
    """The largest value of each window.

    Output per axis: floor((i + before + after - K) / s) + 1; with `ceil_mode` rounded up, less a
    last window that would start beyond the input and the padding before it. Padding is limited
    to half the kernel. Work: one comparison for each element of each window.
    Source: PyTorch's MaxPool1d, 2d, 3d.

    ```yaml
    convcalc: 1
    input: [64, 112, 112]
    layers:
      - max_pool: {k: 3, s: 2, p: 1}
      - max_pool: 2
    ```
    """

    padding: Padding = described("Pixels added around the input; they never win.", 0)
    dilation: PerAxis = described("Pixels from one tap of the window to the next.", 1)

    def windows(self, x: Shape) -> tuple[Window, ...]:
        return resolve_windows(x, self.kernel_size, self.stride, self.padding, self.dilation)

    def forward(self, ops: Ops, x: Array, w: Weights) -> Array:
        windows = self.windows(ops.shape(x))
        reads = ops.windows(x, windows, self.ceil_mode, -ops.np.inf)
        return reduce(ops.np.maximum, reads)

    def kept(self, x: Shape, output: Shape) -> Kept:
        return kept_input(x, self.windows(x))._replace(bytes=INDEX_BYTES * elements(output))


class AvgPool(Pool):
    """The mean of each window.

    Sizes as for `max_pool`. The divisor is the window's size within the padded input
    (`count_include_pad`), or the number of real pixels, or `divisor_override`.
    Source: PyTorch's AvgPool1d, 2d, 3d.

    ```yaml
    convcalc: 1
    input: [6, 28, 28]
    layers:
      - avg_pool: 2
      - avg_pool: {k: 3, s: 2, p: 1, count_include_pad: false}
    ```
    """

    padding: Padding = described("Zeros added around the input.", 0)
    count_include_pad: Flag = described("Let the padding count in the divisor.", True)
    divisor_override: Count | None = described("Divide by this number instead.", None)

    def windows(self, x: Shape) -> tuple[Window, ...]:
        return resolve_windows(x, self.kernel_size, self.stride, self.padding)

    def kept(self, x: Shape, output: Shape) -> Kept:
        return kept_input(x, self.windows(x))


class LpPool(Pool):
    """The p-norm of each window: (sum |x|^p)^(1/p).

    Output per axis: floor((i - k) / s) + 1. Source: PyTorch's LPPool1d, 2d, 3d.

    ```yaml
    convcalc: 1
    input: [16, 32, 32]
    layers:
      - lp_pool: {k: 2, norm_type: 2}
    ```
    """

    norm_type: Count = described("The exponent p.", 2)

    def windows(self, x: Shape) -> tuple[Window, ...]:
        return resolve_windows(x, self.kernel_size, self.stride, 0)

    def kept(self, x: Shape, output: Shape) -> Kept:
        # |x|^p before the sum; the mean, its sign, its absolute value and the sum after it.
        return Kept(inputs=True, values=elements(x) + 4 * elements(output))


MEMBERS: dict[str, type[Kind]] = {"max_pool": MaxPool, "avg_pool": AvgPool, "lp_pool": LpPool}
