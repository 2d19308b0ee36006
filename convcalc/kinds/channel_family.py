"""Layers that reorder or pick channels: `channel_shuffle` and `slice`."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from convcalc.core.arrangement import Arrangement
from convcalc.core.errors import LayerError
from convcalc.core.links import window_link
from convcalc.core.shapes import Shape, Window
from convcalc.kinds.base import KEPT, Flow, Kind, LayerKind, Links, Work
from convcalc.kinds.base.checks import divisible, recovering, spatial_rank
from convcalc.kinds.base.code_lines import torch_call
from convcalc.kinds.base.copies import FEW, Copy, Turn, whole
from convcalc.kinds.base.fields import Channels, Count, described
from convcalc.kinds.base.moving import Axis, along_axis, array_axis, axis_of
from convcalc.kinds.base.ranges import Range
from convcalc.kinds.base.undoing import Undone

if TYPE_CHECKING:
    from convcalc.arrays.ops import Array, Ops, Weights


class ChannelShuffle(LayerKind):
    """Interleave the channels of `groups` groups, so that the next grouped layer mixes them.

    Source: Zhang et al. 2018; PyTorch's ChannelShuffle.

    ```yaml
    convcalc: 1
    input: [116, 28, 28]
    layers:
      - channel_shuffle: 2
    ```
    """

    main: ClassVar[str] = "groups"

    temporaries: ClassVar[int] = 0

    groups: Count = described("Number of groups of channels.")

    def undone(self, x: Shape, output: Shape) -> Undone | None:
        return Undone(((ChannelShuffle.kind, {"groups": x[0] // self.groups}),), is_exact=True)

    def torch(self, x: Shape) -> list[str] | None:
        return [torch_call("ChannelShuffle", self.groups)]

    def value_range(self, inputs: tuple[Range, ...]) -> Range:
        return inputs[0]

    def is_linear(self) -> bool:
        return True

    def hands_on(self, x: Shape) -> bool:
        return self.groups in (1, x[0])

    def output(self, x: Shape) -> Shape:
        spatial_rank(x, self.kind)
        with recovering(x):
            divisible(x[0], self.groups, "channels", "groups")
        return x

    def thinned(self, inputs: tuple[Shape, ...]) -> Copy:
        (x,) = inputs
        groups = min(self.groups, FEW)
        channels = groups * min(x[0] // self.groups, FEW)
        return Copy(self.model_copy(update={"groups": groups}), ((channels, *x[1:]),))

    def work(self, x: Shape, output: Shape) -> Work:
        return {}

    def forward(self, ops: Ops, x: Array, w: Weights) -> Array:
        return x.reshape(*x.shape[:-1], self.groups, -1).swapaxes(-1, -2).reshape(x.shape)

    def arrangement(self, x: Shape) -> Arrangement:
        places = tuple((n,) for n in range(2, len(x) + 1))
        sizes = (self.groups, x[0] // self.groups, *x[1:])
        return Arrangement(sizes, ((0, 1), *places), ((1, 0), *places))

    def flow(self, x: Shape) -> Flow:
        return Flow("shuffled", (self.groups,))

    def backward(
        self, ops: Ops, grad: Array, x: Array, y: Array, w: Weights
    ) -> tuple[Array, dict[str, Array]]:
        # A group's channels now lie as many apart as there are groups.
        return grad.reshape(*x.shape[:-1], -1, self.groups).swapaxes(-1, -2).reshape(x.shape), {}


class Slice(LayerKind):
    """Channels start to stop - 1 of the input, or positions along another axis; a view.

    ```yaml
    convcalc: 1
    input: [116, 28, 28]
    layers:
      - slice: [0, =cin//2]
      - slice: {span: [1, 28], axis: width}
    ```
    """

    main: ClassVar[str] = "channels"
    temporaries: ClassVar[int] = 0
    is_view: ClassVar[bool] = True

    channels: Channels = described(
        "[start, stop] along the axis, counted from 0; stop itself is not taken. `span` is the "
        "same field."
    )
    axis: Axis = described("The axis to cut.", "channels")

    @classmethod
    def spellings(cls) -> dict[str, str]:
        return super().spellings() | {"span": "channels"}

    def works_per_position(self) -> bool:
        return self.axis in ("channels", 0)

    def undone(self, x: Shape, output: Shape) -> Undone | None:
        if x == output:
            return None
        if axis_of(self.axis, x, self.kind):
            return Undone(reason="the other positions are gone; a `pad` can make new ones")
        return Undone(reason="the other channels are gone; a 1x1 `conv` can make new ones")

    def value_range(self, inputs: tuple[Range, ...]) -> Range:
        return inputs[0]

    def is_linear(self) -> bool:
        return True

    def hands_on(self, x: Shape) -> bool:
        return self.channels == (0, x[axis_of(self.axis, x, self.kind)])

    def output(self, x: Shape) -> Shape:
        start, stop = self.channels
        axis = axis_of(self.axis, x, self.kind)
        if stop > x[axis]:
            what = "positions" if axis else "channels"
            first = min(start, x[axis] - 1)
            raise LayerError(
                "size-out-of-range",
                f"{what} [{start}, {stop}] of an input that has {x[axis]}",
                field="channels",
                recovered=(*x[:axis], x[axis] - first, *x[axis + 1 :]),
                repairs=[{"channels": (first, x[axis])}],
            )
        return (*x[:axis], stop - start, *x[axis + 1 :])

    def turns(self, inputs: tuple[Shape, ...]) -> tuple[Turn, ...]:
        # Positions are cut where the fields say.
        return super().turns(inputs) if self.works_per_position() else whole(inputs)

    def links(self, x: Shape) -> Links:
        axis = axis_of(self.axis, x, self.kind)
        return along_axis(axis, window_link(Window(1, 1, -self.channels[0])), len(x) - 1)

    def work(self, x: Shape, output: Shape) -> Work:
        return {}

    def forward(self, ops: Ops, x: Array, w: Weights) -> Array:
        return x[self._taken(ops, x)]

    def backward(
        self, ops: Ops, grad: Array, x: Array, y: Array, w: Weights
    ) -> tuple[Array, dict[str, Array]]:
        whole = ops.np.zeros(x.shape, grad.dtype)
        whole[self._taken(ops, x)] = grad
        return whole, {}

    def flow(self, x: Shape) -> Flow:
        if axis_of(self.axis, x, self.kind):
            return KEPT
        start, stop = self.channels
        return Flow("picked", (stop - start,)) if stop - start < x[0] else KEPT

    def _taken(self, ops: Ops, x: Array) -> tuple[slice, ...]:
        axis = array_axis(axis_of(self.axis, ops.shape(x), self.kind), x.ndim - 2)
        return (*(slice(None),) * axis, slice(*self.channels))


MEMBERS: tuple[type[Kind], ...] = (ChannelShuffle, Slice)
