"""Joining along the channels, or along an axis of positions."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, ClassVar, Literal

from convcalc.core.errors import LayerError
from convcalc.core.links import MAX_LOOKS, TOO_LONG, window_link
from convcalc.core.shapes import Shape, Window, format_axes, format_shape
from convcalc.core.text import first_few
from convcalc.kinds.arithmetic_family import MergeSizeError
from convcalc.kinds.base import KEPT, Flow, Links, MergeKind, Work
from convcalc.kinds.base.copies import Copy, Turn
from convcalc.kinds.base.fields import Names, described
from convcalc.kinds.base.moving import Axis, along_axis, axis_of, joined_axis
from convcalc.kinds.base.ranges import Range, hull

if TYPE_CHECKING:
    from convcalc.arrays.ops import Array, Ops

Alignment = Literal["strict", "crop"]


class Concat(MergeKind):
    """The channels of all inputs, one after the other; or their positions along one axis.

    All other axes are equal. `axis: positions` joins maps of one axis, such as tokens.
    With `align: strict` all maps must have the same size; `crop` cuts the larger ones centrally
    to the smallest (one more pixel after than before where the difference is odd) and says so.
    Source: PyTorch's cat; Ronneberger et al. 2015 for the cropping.

    ```yaml
    convcalc: 1
    input: [64, 32, 32]
    layers:
      - {conv: {out: 64, k: 3}, name: inner}
      - {concat: {inputs: [input, inner], align: crop}, name: both}
      - concat: {inputs: [both, both], axis: height}
    ```
    """

    aliases: ClassVar[tuple[str, ...]] = ("cat", "concatenate")
    main: ClassVar[str] = "inputs"
    twice: ClassVar[str] = "the same channels stand in the result twice"

    temporaries: ClassVar[int] = 0

    inputs: Names = described("Names of the layers to join, in the order of their channels.")
    axis: Axis = described("The axis to join.", "channels")
    align: Alignment = described("What to do with maps of unequal size.", "strict")

    def value_range(self, inputs: tuple[Range, ...]) -> Range:
        return hull(*inputs)

    def only_joins(self) -> bool:
        # Cut twice, a map may lie elsewhere than cut once.
        return self.align == "strict"

    def reads_alike(self, inputs: tuple[Shape, ...]) -> bool:
        # Along its own axis each input has positions of its own.
        return not axis_of(self.axis, inputs[0], self.kind)

    def output_of(self, inputs: tuple[Shape, ...]) -> Shape:
        axis = axis_of(self.axis, inputs[0], self.kind)
        if axis:
            return self._joined(inputs, axis)
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

    def _joined(self, inputs: tuple[Shape, ...], axis: int) -> Shape:
        """Joined along an axis of positions."""
        if len({(len(shape), *_others(shape, axis)) for shape in inputs}) > 1:
            listed = first_few([*map(format_shape, inputs)])
            channels = {shape[0] for shape in inputs}
            help = "bring all to the same axes and sizes first"
            if len({len(shape) for shape in inputs}) == 1 and len(channels) > 1:
                most = max(channels)
                help = f"give all {most} channels, as by `linear: {{out: {most}, over: channels}}`"
            raise LayerError(
                "merge-size-mismatch",
                f"concat along {self.axis} wants all other sizes equal, got {listed}",
                help,
                field="inputs",
                recovered=inputs[0],
            )
        total = sum(shape[axis] for shape in inputs)
        return (*inputs[0][:axis], total, *inputs[0][axis + 1 :])

    def links_of(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Links, ...]:
        axis = axis_of(self.axis, inputs[0], self.kind)
        if axis:
            sizes = [shape[axis] for shape in inputs]
            if len(sizes) * output[axis] > MAX_LOOKS:
                # Each input has a table of all units.
                return (along_axis(axis, TOO_LONG, len(output) - 1),) * len(sizes)
            return tuple(
                along_axis(axis, joined_axis(size, before, output[axis]), len(output) - 1)
                for size, before in zip(sizes, accumulate(sizes, initial=0), strict=False)
            )
        # Thousands of inputs have few sizes.
        by_size = {
            sizes: tuple(
                window_link(Window(1, 1, -((size - left) // 2)))
                for size, left in zip(sizes, output[1:], strict=True)
            )
            for sizes in {shape[1:] for shape in inputs}
        }
        return tuple([by_size[shape[1:]] for shape in inputs])

    def flow_of(self, inputs: tuple[Shape, ...]) -> Flow:
        if axis_of(self.axis, inputs[0], self.kind):
            return KEPT
        return Flow("joined", tuple(shape[0] for shape in inputs))

    def work_of(self, inputs: tuple[Shape, ...], output: Shape) -> Work:
        return {}

    def notes_of(self, inputs: tuple[Shape, ...]) -> tuple[str, ...]:
        if axis_of(self.axis, inputs[0], self.kind):
            return ()
        output = self.output_of(inputs)
        return tuple(
            f"input {number} cropped centrally from {format_axes(shape[1:])} "
            f"to {format_axes(output[1:])}"
            for number, shape in enumerate(inputs, 1)
            if shape[1:] != output[1:]
        )

    def is_linear(self) -> bool:
        return True

    def thinned(self, inputs: tuple[Shape, ...]) -> Copy:
        if axis_of(self.axis, inputs[0], self.kind):
            return Copy(self, inputs)
        # Of unequal numbers of channels, so that their order shows.
        return Copy(self, tuple((min(x[0], 2 + n % 2), *x[1:]) for n, x in enumerate(inputs)))

    def turns(self, inputs: tuple[Shape, ...]) -> tuple[Turn, ...]:
        sizes = self.output_of(inputs)[1:]
        is_along = axis_of(self.axis, inputs[0], self.kind) > 0
        return tuple(Turn(size, period=0) if is_along else Turn(size) for size in sizes)

    def on_map(self, inputs: tuple[Shape, ...], sizes: Shape) -> Copy:
        # What is cut from the larger maps stays as it is.
        smallest = self.output_of(inputs)[1:]
        axes = [zip(x[1:], smallest, sizes, strict=True) for x in inputs]
        cut = [tuple(size - low + new for size, low, new in along) for along in axes]
        return Copy(self, tuple((x[0], *own) for x, own in zip(inputs, cut, strict=True)))

    def forward_of(self, ops: Ops, inputs: tuple[Array, ...]) -> Array:
        axis = axis_of(self.axis, ops.shape(inputs[0]), self.kind)
        if axis:
            joined: Array = ops.np.concatenate(inputs, axis=axis)
            return joined
        cuts = _central_cuts(inputs)
        parts = [ops.pad(x, cut) for x, cut in zip(inputs, cuts, strict=True)]
        y: Array = ops.np.concatenate(parts, axis=-1)
        return y

    def backward_of(
        self, ops: Ops, grad: Array, inputs: tuple[Array, ...], y: Array
    ) -> tuple[Array, ...]:
        axis = axis_of(self.axis, ops.shape(inputs[0]), self.kind)
        if axis:
            ends = list(accumulate(x.shape[axis] for x in inputs))
            return tuple(ops.np.split(grad, ends[:-1], axis=axis))
        grads, start = [], 0
        for x, cut in zip(inputs, _central_cuts(inputs), strict=True):
            own = grad[..., start : start + x.shape[-1]]
            grads.append(ops.unpad(own, cut, "zeros"))
            start += x.shape[-1]
        return tuple(grads)


def _others(shape: Shape, axis: int) -> Shape:
    return (*shape[:axis], *shape[axis + 1 :])


def _central_cuts(inputs: tuple[Array, ...]) -> list[list[tuple[int, int]]]:
    """For each input and axis what is cut before and after, as negative padding."""
    smallest = list(map(min, zip(*(x.shape[1:-1] for x in inputs), strict=True)))
    cuts = []
    for x in inputs:
        excess = [size - left for size, left in zip(x.shape[1:-1], smallest, strict=True)]
        cuts.append([(-(more // 2), more // 2 - more) for more in excess])
    return cuts


KIND = Concat
