"""Each value back to where the largest one stood."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from convcalc.core.errors import LayerError
from convcalc.core.links import MAX_PATTERN, TOO_LONG, Link, transposed_link
from convcalc.core.shapes import Shape, Window, elements, format_shape
from convcalc.kinds.base import Kept, Links, MergeKind, Work
from convcalc.kinds.base.checks import spatial_rank
from convcalc.kinds.base.copies import Copy, Turn, whole, window_turn
from convcalc.kinds.base.fields import Kernel, Names, Padding, PerAxis, described
from convcalc.kinds.base.ranges import Range, hull
from convcalc.kinds.base.windowing import (
    check_pool_padding,
    kernel_volume,
    pool_positions,
    resolve_windows,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convcalc.arrays.ops import Array, Ops

INDEX_BYTES = 8


class MaxUnpool(MergeKind):
    """Each value goes where the largest of its window stood before a `max_pool`; the rest is 0.

    `inputs` are the values and the map that was pooled, whose size comes out; kernel, stride and
    padding are those of the pool. Windows may not overlap: which of two would write a pixel, nobody
    says. Work: one comparison for each element of each window, as the pool's own.
    Source: PyTorch's MaxUnpool1d, 2d, 3d, with the indices of MaxPool; Zeiler & Fergus 2014.

    ```yaml
    convcalc: 1
    input: [64, 56, 56]
    layers:
      - {relu: {}, name: fine}
      - max_pool: 2
      - {conv: {out: 64, k: 3, p: 1}, name: coarse}
      - max_unpool: {inputs: [coarse, fine], k: 2}
    ```
    """

    main: ClassVar[str] = "inputs"

    inputs: Names = described("The values, and the map that was pooled, as in [coarse, fine].")
    kernel_size: Kernel = described("Pixels of the pool's window on each axis.")
    stride: PerAxis | None = described(
        "Pixels from one window to the next; default the kernel.", None
    )
    padding: Padding = described("Pixels that the pool added around its input.", 0)

    def output_of(self, inputs: tuple[Shape, ...]) -> Shape:
        if len(inputs) != 2:
            raise LayerError(
                "wrong-value",
                f"{self.kind} joins values and the map that was pooled, got {len(inputs)} inputs",
                "name two layers, as in `inputs: [coarse, fine]`",
                field="inputs",
                recovered=inputs[-1],
            )
        values, source = inputs
        spatial_rank(source, self.kind)
        windows = self._windows(source)
        check_pool_padding(windows, source)
        pooled = (source[0], *pool_positions(source, windows, False))
        if values != pooled:
            raise LayerError(
                "merge-size-mismatch",
                f"the pool makes {format_shape(pooled)} of {format_shape(source)}, "
                f"but the values are {format_shape(values)}",
                field="inputs",
                recovered=source,
            )
        if any(window.kernel > window.stride for window in windows):
            kernels = tuple(window.kernel for window in windows)
            raise LayerError(
                "wrong-value",
                "windows overlap, and which of two values a pixel gets is not told",
                "use a stride of the kernel's size",
                field="stride",
                recovered=source,
                repairs=[{"stride": kernels}],
            )
        return source

    def _windows(self, source: Shape) -> tuple[Window, ...]:
        return resolve_windows(source, self.kernel_size, self.stride, self.padding)

    def reads_by_size(self) -> bool:
        return True

    def stays_in_channel(self) -> bool:
        return True

    def turns(self, inputs: tuple[Shape, ...]) -> tuple[Turn, ...]:
        source = inputs[1]
        if super().reads_by_size():
            return whole(inputs[1:])
        return tuple(map(window_turn, source[1:], self._windows(source)))

    def on_map(self, inputs: tuple[Shape, ...], sizes: Shape) -> Copy:
        source = (inputs[1][0], *sizes)
        pooled = (source[0], *pool_positions(source, self._windows(source), False))
        return Copy(self, (pooled, source))

    def value_range(self, inputs: tuple[Range, ...]) -> Range:
        return hull(inputs[0], (0.0, 0.0))

    def links_of(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Links, ...]:
        windows = self._windows(inputs[1])
        own = tuple(map(_own_window, windows, inputs[0][1:], output[1:]))
        return tuple(map(transposed_link, windows)), own

    def resolved(self, inputs: tuple[Shape, ...]) -> dict[str, Any]:
        windows = self._windows(inputs[1])
        return super().resolved(inputs) | {
            "kernel_size": [window.kernel for window in windows],
            "stride": [window.stride for window in windows],
            "padding": [[window.before, window.after] for window in windows],
        }

    def work_of(self, inputs: tuple[Shape, ...], output: Shape) -> Work:
        return {"pool": elements(inputs[0]) * kernel_volume(self._windows(inputs[1]))}

    def kept_of(self, inputs: tuple[Shape, ...], output: Shape) -> Kept:
        return Kept(bytes=INDEX_BYTES * elements(inputs[0]))

    def forward_of(self, ops: Ops, inputs: tuple[Array, ...]) -> Array:
        values, source = inputs
        windows = self._windows(ops.shape(source))
        # What is no number has no place: then all of its window is none.
        lost = ops.np.where(ops.np.isnan(values), ops.np.nan, 0).astype(values.dtype)
        parts = (
            ops.np.where(unknown, ops.np.nan, ops.np.where(won, values, lost))
            for won, unknown in self._winners(ops, source, windows)
        )
        blank = ops.np.zeros(source.shape, values.dtype)
        return ops.scatter(parts, blank, windows)

    def backward_of(
        self, ops: Ops, grad: Array, inputs: tuple[Array, ...], y: Array
    ) -> tuple[Array, ...]:
        values, source = inputs
        windows = self._windows(ops.shape(source))
        total = ops.np.zeros(values.shape, grad.dtype)
        reads = ops.windows(grad, windows, False, 0)
        for (won, _), read in zip(self._winners(ops, source, windows), reads, strict=True):
            total += ops.np.where(won, read, 0)
        # A little step leaves the largest where it is.
        return total, ops.np.zeros(source.shape, grad.dtype)

    def _winners(
        self, ops: Ops, source: Array, windows: tuple[Window, ...]
    ) -> Iterator[tuple[Array, Array]]:
        """For each tap, which windows have their largest there, and which have none."""
        largest = ops.max_pool(source, windows)
        unknown = ops.np.isnan(largest)
        open_still = ~unknown
        for read in ops.windows(source, windows, False, -ops.np.inf):
            # Of equal ones the first wins.
            won = open_still & (read == largest)
            open_still &= ~won
            yield won, unknown


def _own_window(window: Window, count: int, size: int) -> Link:
    """A unit reads all pixels of the window that it lies in; none where there is no window."""
    # Behind the last of `count` windows a few pixels may be left, which are none's.
    are_all_held = count * window.stride - window.before >= size
    units = window.stride if are_all_held else size
    if units > MAX_PATTERN:
        return TOO_LONG
    taps = []
    for unit in range(units):
        place, inside = divmod(unit + window.before, window.stride)
        first = place * window.stride - window.before
        is_held = inside < window.kernel and (are_all_held or place < count)
        taps.append(range(first, first + window.kernel) if is_held else range(0))
    return Link(units, tuple(taps), None if are_all_held else size)


KIND = MaxUnpool
