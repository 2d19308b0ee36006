"""Joining along the channels."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from convcalc.core.links import window_link
from convcalc.core.shapes import Shape, Window, format_axes
from convcalc.kinds.arithmetic_family import MergeSizeError
from convcalc.kinds.base import Links, MergeKind, Work
from convcalc.kinds.base.fields import Names, described
from convcalc.kinds.base.ranges import Range, hull

if TYPE_CHECKING:
    from convcalc.arrays.ops import Array, Ops

JoinedAxis = Literal["channels"]
Alignment = Literal["strict", "crop"]


class Concat(MergeKind):
    """The channels of all inputs, one after the other.

    With `align: strict` all maps must have the same size; `crop` cuts the larger ones centrally
    to the smallest (one more pixel after than before where the difference is odd) and says so.
    Source: PyTorch's cat; Ronneberger et al. 2015 for the cropping.

    ```yaml
    convcalc: 1
    input: [64, 32, 32]
    layers:
      - {conv: {out: 64, k: 3}, name: inner}
      - concat: {inputs: [input, inner], align: crop}
    ```
    """

    aliases: ClassVar[tuple[str, ...]] = ("cat", "concatenate")
    main: ClassVar[str] = "inputs"
    twice: ClassVar[str] = "the same channels stand in the result twice"

    inputs: Names = described("Names of the layers to join, in the order of their channels.")
    axis: JoinedAxis = described("The axis to join; only `channels`.", "channels")
    align: Alignment = described("What to do with maps of unequal size.", "strict")

    def value_range(self, inputs: tuple[Range, ...]) -> Range:
        return hull(*inputs)

    def output_of(self, inputs: tuple[Shape, ...]) -> Shape:
        smallest = tuple(map(min, zip(*(shape[1:] for shape in inputs), strict=False)))
        channels = sum(shape[0] for shape in inputs)
        ranks = {len(shape) for shape in inputs}
        fits = all(shape[1:] == smallest for shape in inputs)
        if len(ranks) > 1 or not (fits or self.align == "crop"):
            # Skips are right more often than what was upsampled towards them.
            largest = map(max, zip(*(shape[1:] for shape in inputs), strict=False))
            raise MergeSizeError(
                self.kind, inputs, (channels, *largest), takes_gates=False, crops=True
            )
        return (channels, *smallest)

    def links_of(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Links, ...]:
        return tuple(
            tuple(
                window_link(Window(1, 1, -((size - left) // 2)))
                for size, left in zip(shape[1:], output[1:], strict=True)
            )
            for shape in inputs
        )

    def work_of(self, inputs: tuple[Shape, ...], output: Shape) -> Work:
        return {}

    def notes_of(self, inputs: tuple[Shape, ...]) -> tuple[str, ...]:
        output = self.output_of(inputs)
        return tuple(
            f"input {number} cropped centrally from {format_axes(shape[1:])} "
            f"to {format_axes(output[1:])}"
            for number, shape in enumerate(inputs, 1)
            if shape[1:] != output[1:]
        )

    def forward_of(self, ops: Ops, inputs: tuple[Array, ...]) -> Array:
        cuts = _central_cuts(inputs)
        parts = [ops.pad(x, cut) for x, cut in zip(inputs, cuts, strict=True)]
        y: Array = ops.np.concatenate(parts, axis=-1)
        return y

    def backward_of(
        self, ops: Ops, grad: Array, inputs: tuple[Array, ...], y: Array
    ) -> tuple[Array, ...]:
        grads, start = [], 0
        for x, cut in zip(inputs, _central_cuts(inputs), strict=True):
            own = grad[..., start : start + x.shape[-1]]
            grads.append(ops.unpad(own, cut, "zeros"))
            start += x.shape[-1]
        return tuple(grads)


def _central_cuts(inputs: tuple[Array, ...]) -> list[list[tuple[int, int]]]:
    """For each input and axis what is cut before and after, as negative padding."""
    smallest = list(map(min, zip(*(x.shape[1:-1] for x in inputs), strict=True)))
    cuts = []
    for x in inputs:
        excess = [size - left for size, left in zip(x.shape[1:-1], smallest, strict=True)]
        cuts.append([(-(more // 2), more // 2 - more) for more in excess])
    return cuts


KIND = Concat
