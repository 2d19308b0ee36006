"""Windows as columns."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, ClassVar

from convcalc.core.links import window_link
from convcalc.core.shapes import Shape, Window
from convcalc.kinds.base import DEALT, KEPT, Flow, LayerKind, Links, Sliding, Work
from convcalc.kinds.base.checks import spatial_rank
from convcalc.kinds.base.copies import FEW, Copy
from convcalc.kinds.base.fields import Kernel, Padding, PerAxis, described
from convcalc.kinds.base.ranges import Range, hull
from convcalc.kinds.base.undoing import Undone
from convcalc.kinds.base.windowing import kernel_volume, positions, resolve_windows

if TYPE_CHECKING:
    from convcalc.arrays.ops import Array, Ops, Weights


class Unfold(LayerKind):
    """im2col as a layer: every window becomes a column of C * prod(k) values.

    Output: [C * prod(k), L] with L positions in row-major order.
    Source: PyTorch's Unfold, for one and three axes too.

    ```yaml
    convcalc: 1
    input: [3, 32, 32]
    layers:
      - unfold: {k: 3, p: 1}
    ```
    """

    aliases: ClassVar[tuple[str, ...]] = ("im2col",)
    sums_of: ClassVar[str] = "columns"
    sliding: ClassVar[Sliding] = "window"
    main: ClassVar[str] = "kernel_size"

    temporaries: ClassVar[int] = 0

    kernel_size: Kernel = described("Pixels of the window on each axis.")
    stride: PerAxis = described("Pixels from one window to the next.", 1)
    padding: Padding = described("Zeros added around the input.", 0)
    dilation: PerAxis = described("Pixels from one tap of the window to the next.", 1)

    def sums(self, x: Shape, output: Shape) -> list[str]:
        taps = "·".join(str(window.kernel) for window in self.windows(x))
        return [f"{x[0]}·{taps} = {output[0]} values in each of {output[1]} columns"]

    def reads_by_size(self) -> bool:
        return True

    def undone(self, x: Shape, output: Shape) -> Undone | None:
        fields = {
            name: getattr(self, name)
            for name, info in type(self).model_fields.items()
            if getattr(self, name) != info.default
        }
        # Columns lie side by side: nothing is added twice, and nothing is left out.
        is_exact = all(
            w.kernel == w.stride
            and w.dilation == 1
            and not (w.before or w.after or size % w.kernel)
            for size, w in zip(x[1:], self.windows(x), strict=True)
        )
        return Undone((("fold", {"output_size": x[1:], **fields}),), is_exact=is_exact)

    def value_range(self, inputs: tuple[Range, ...]) -> Range:
        return hull(inputs[0], (0.0, 0.0))

    def windows(self, x: Shape) -> tuple[Window, ...]:
        return resolve_windows(x, self.kernel_size, self.stride, self.padding, self.dilation)

    def output(self, x: Shape) -> Shape:
        spatial_rank(x, self.kind)
        windows = self.windows(x)
        return (x[0] * kernel_volume(windows), prod(positions(x, windows)))

    def links(self, x: Shape) -> Links:
        # Several axes become one: the columns' neighbours are not the map's.
        return (window_link(self.windows(x)[0]),) if len(x) == 2 else None

    def is_linear(self) -> bool:
        return True

    def thinned(self, inputs: tuple[Shape, ...]) -> Copy:
        (x,) = inputs
        return Copy(self, ((min(x[0], FEW), *x[1:]),))

    def renames_positions(self, inputs: tuple[Shape, ...]) -> bool:
        return len(inputs[0]) > 2

    def flow(self, x: Shape) -> Flow:
        if len(x) == 2:
            # Each channel holds one tap.
            return DEALT if kernel_volume(self.windows(x)) > 1 else KEPT
        # Positions of several axes become one.
        windows = self.windows(x)
        each = zip(windows, x[1:], positions(x, windows), strict=True)
        return Flow("unfollowed" if all(_reads_all(*axis) for axis in each) else "sampled")

    def work(self, x: Shape, output: Shape) -> Work:
        return {}

    def forward(self, ops: Ops, x: Array, w: Weights) -> Array:
        reads = list(ops.windows(x, self.windows(ops.shape(x)), False, 0))
        # Taps of one channel stand together: (C, *k) at each position.
        taps: Array = ops.np.stack(reads, axis=-1)
        return taps.reshape(len(x), -1, x.shape[-1] * len(reads))

    def backward(
        self, ops: Ops, grad: Array, x: Array, y: Array, w: Weights
    ) -> tuple[Array, dict[str, Array]]:
        windows = self.windows(ops.shape(x))
        # The positions of the windows, from what one tap reads.
        places = next(iter(ops.windows(x, windows, False, 0))).shape
        parts = ops.np.moveaxis(grad.reshape(*places, -1), -1, 0)
        return ops.scatter(parts, x, windows), {}


KIND = Unfold


def _reads_all(window: Window, size: int, count: int) -> bool:
    """True where so many windows side by side leave out no pixel, and none sees padding alone."""
    first = (count - 1) * window.stride - window.before
    is_close = window.dilation == 1 and window.kernel >= window.stride
    return is_close and window.before < window.kernel and size - window.kernel <= first < size
