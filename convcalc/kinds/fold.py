"""Columns back to a map."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any, ClassVar

from convcalc.core.errors import LayerError
from convcalc.core.links import transposed_link
from convcalc.core.shapes import MAX_RANK, Shape, Window, elements, format_shape
from convcalc.kinds.base import Flow, LayerKind, Links, Work
from convcalc.kinds.base.checks import divisible
from convcalc.kinds.base.code_lines import folded, is_even, torch_call, unless
from convcalc.kinds.base.copies import FEW, Copy
from convcalc.kinds.base.fields import FullShape, Kernel, Padding, PerAxis, described
from convcalc.kinds.base.ranges import Range, hull, sign_of
from convcalc.kinds.base.undoing import Undone
from convcalc.kinds.base.windowing import kernel_volume, positions, resolve_windows

if TYPE_CHECKING:
    from convcalc.arrays.ops import Array, Ops, Weights


class Fold(LayerKind):
    """col2im as a layer: every column of C * prod(k) values is added where its window stands.

    The transpose of `unfold`: [C * prod(k), L] becomes [C, *output_size], and L has to be the
    number of windows over it. Where windows overlap, values add up; where none stands, 0 is left.
    Work: 1 an input element, in the class of merges.
    Source: PyTorch's Fold, for one and three axes too.

    ```yaml
    convcalc: 1
    input: [48, 64]
    layers:
      - fold: {output_size: [16, 16], k: 2, s: 2}
    ```
    """

    aliases: ClassVar[tuple[str, ...]] = ("col2im",)
    main: ClassVar[str] = "output_size"

    temporaries: ClassVar[int] = 2

    output_size: FullShape = described("Sizes of the map, without its channels.")
    kernel_size: Kernel = described("Pixels of the window on each axis.")
    stride: PerAxis = described("Pixels from one window to the next.", 1)
    padding: Padding = described(
        "Pixels around the map that windows reach; what falls there is lost.", 0
    )
    dilation: PerAxis = described("Pixels from one tap of the window to the next.", 1)

    def output(self, x: Shape) -> Shape:
        if len(self.output_size) > MAX_RANK:
            note = f"output_size has {len(self.output_size)} values, but maps have {MAX_RANK} axes"
            raise LayerError("wrong-rank", note, "leave out the channels", field="output_size")
        windows = self._windows()
        volume = kernel_volume(windows)
        output = (max(x[0] // volume, 1), *self.output_size)
        counts = positions(output, windows)
        if len(x) != 2:
            raise LayerError(
                "wrong-rank",
                f"{self.kind} takes columns [C * prod(k), L], got {format_shape(x)}",
                "put `flatten: positions` before it" if len(x) > 2 else "give it a map of columns",
                recovered=output,
            )
        help = f"give the layer before {volume * max(x[0] // volume, 1)} channels"
        what = f"channels, of which {volume} are one window"
        divisible(x[0], volume, what, "", help, is_divisor=False)
        if x[1] != prod(counts):
            shown = " x ".join(map(str, counts))
            raise LayerError(
                "element-count-mismatch",
                f"{x[1]} columns, but {shown} = {prod(counts)} windows stand over "
                f"{format_shape(self.output_size)}",
                f"give it {prod(counts)} columns, or another `output_size`",
                field="output_size",
                recovered=output,
            )
        return output

    def sums(self, x: Shape, output: Shape) -> list[str]:
        taps = "·".join(str(window.kernel) for window in self._windows())
        return [f"{output[0]}·{taps} = {x[0]} values of each of {x[1]} windows"]

    def reads_by_size(self) -> bool:
        return True

    def undone(self, x: Shape, output: Shape) -> Undone | None:
        fields = {
            name: getattr(self, name)
            for name, info in type(self).model_fields.items()
            if name != "output_size" and getattr(self, name) != info.default
        }
        return Undone((("unfold", fields),))

    def torch(self, x: Shape) -> list[str] | None:
        windows = self._windows()
        if len(windows) != 2 or not is_even(windows):
            return None
        return [
            torch_call(
                "Fold",
                self.output_size,
                folded([window.kernel for window in windows]),
                dilation=unless(folded([window.dilation for window in windows]), 1),
                padding=unless(folded([window.before for window in windows]), 0),
                stride=unless(folded([window.stride for window in windows]), 1),
            )
        ]

    def value_range(self, inputs: tuple[Range, ...]) -> Range:
        return hull(sign_of(inputs[0]), (0.0, 0.0))

    def is_linear(self) -> bool:
        return True

    def links(self, x: Shape) -> Links:
        # The windows of several axes stand on one: neighbours are not told.
        windows = self._windows()
        return (transposed_link(windows[0]),) if len(windows) == 1 else None

    def flow(self, x: Shape) -> Flow:
        windows = self._windows()
        if len(windows) == 1:
            # Each position reads the channels of one tap of each window.
            return Flow("picked", (x[0] // windows[0].kernel,))
        side_by_side = all(
            w.kernel >= w.stride and w.dilation == 1 and not w.before for w in windows
        )
        return Flow("unfollowed" if side_by_side else "sampled")

    def renames_positions(self, inputs: tuple[Shape, ...]) -> bool:
        return len(self.output_size) > 1

    def thinned(self, inputs: tuple[Shape, ...]) -> Copy:
        (x,) = inputs
        volume = kernel_volume(self._windows())
        return Copy(self, ((volume * min(x[0] // volume, FEW), x[1]),))

    def work(self, x: Shape, output: Shape) -> Work:
        return {"merge": elements(x)}

    def resolved(self, inputs: tuple[Shape, ...]) -> dict[str, Any]:
        windows = self._windows()
        return super().resolved(inputs) | {
            "kernel_size": [window.kernel for window in windows],
            "stride": [window.stride for window in windows],
            "padding": [[window.before, window.after] for window in windows],
            "dilation": [window.dilation for window in windows],
        }

    def _windows(self) -> tuple[Window, ...]:
        """The window on each axis of the map that comes out."""
        # The channels of a map set no window.
        over = (1, *self.output_size)
        return resolve_windows(over, self.kernel_size, self.stride, self.padding, self.dilation)

    def forward(self, ops: Ops, x: Array, w: Weights) -> Array:
        windows = self._windows()
        channels = x.shape[-1] // kernel_volume(windows)
        blank = ops.np.zeros((len(x), *self.output_size, channels), x.dtype)
        places = next(iter(ops.windows(blank, windows, False, 0))).shape
        # Taps of one channel stand together: (C, *k) at each position.
        parts = ops.np.moveaxis(x.reshape(*places, -1), -1, 0)
        return ops.scatter(parts, blank, windows)

    def backward(
        self, ops: Ops, grad: Array, x: Array, y: Array, w: Weights
    ) -> tuple[Array, dict[str, Array]]:
        reads = list(ops.windows(grad, self._windows(), False, 0))
        taps: Array = ops.np.stack(reads, axis=-1)
        return taps.reshape(x.shape), {}


KIND = Fold
