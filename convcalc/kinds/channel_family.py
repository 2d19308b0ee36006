"""Layers that reorder or pick channels: `channel_shuffle` and `slice`."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from convcalc.core.errors import LayerError
from convcalc.core.shapes import Shape
from convcalc.kinds.base import Kind, LayerKind, Work
from convcalc.kinds.base.checks import divisible, spatial_rank
from convcalc.kinds.base.fields import Channels, Count, described
from convcalc.kinds.base.lines import torch_call
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

    groups: Count = described("Number of groups of channels.")

    def undone(self, x: Shape, output: Shape) -> Undone | None:
        return Undone(((ChannelShuffle, {"groups": x[0] // self.groups}),), is_exact=True)

    def torch(self, x: Shape) -> list[str] | None:
        return [torch_call("ChannelShuffle", self.groups)]

    def value_range(self, inputs: tuple[Range, ...]) -> Range:
        return inputs[0]

    def hands_on(self, x: Shape) -> bool:
        return self.groups in (1, x[0])

    def output(self, x: Shape) -> Shape:
        spatial_rank(x, self.kind)
        divisible(x[0], self.groups, "channels", "groups")
        return x

    def work(self, x: Shape, output: Shape) -> Work:
        return {}

    def forward(self, ops: Ops, x: Array, w: Weights) -> Array:
        return x.reshape(*x.shape[:-1], self.groups, -1).swapaxes(-1, -2).reshape(x.shape)

    def backward(
        self, ops: Ops, grad: Array, x: Array, y: Array, w: Weights
    ) -> tuple[Array, dict[str, Array]]:
        # A group's channels now lie as many apart as there are groups.
        return grad.reshape(*x.shape[:-1], -1, self.groups).swapaxes(-1, -2).reshape(x.shape), {}


class Slice(LayerKind):
    """Channels start to stop - 1 of the input; a view.

    ```yaml
    convcalc: 1
    input: [116, 28, 28]
    layers:
      - slice: [0, =cin//2]
    ```
    """

    aliases: ClassVar[tuple[str, ...]] = ("chunk", "split")
    main: ClassVar[str] = "channels"
    is_view: ClassVar[bool] = True

    channels: Channels = described("[start, stop], counted from 0; stop itself is not taken.")

    def works_per_position(self) -> bool:
        return True

    def undone(self, x: Shape, output: Shape) -> Undone | None:
        if x == output:
            return None
        return Undone(reason="the other channels are gone; a 1x1 `conv` can make new ones")

    def value_range(self, inputs: tuple[Range, ...]) -> Range:
        return inputs[0]

    def hands_on(self, x: Shape) -> bool:
        return self.channels == (0, x[0])

    def output(self, x: Shape) -> Shape:
        start, stop = self.channels
        if stop > x[0]:
            raise LayerError(
                "size-out-of-range",
                f"channels [{start}, {stop}] of an input that has {x[0]}",
                f"use [{min(start, x[0] - 1)}, {x[0]}]",
                field="channels",
                recovered=(stop - start, *x[1:]),
            )
        return (stop - start, *x[1:])

    def work(self, x: Shape, output: Shape) -> Work:
        return {}

    def forward(self, ops: Ops, x: Array, w: Weights) -> Array:
        start, stop = self.channels
        return x[..., start:stop]

    def backward(
        self, ops: Ops, grad: Array, x: Array, y: Array, w: Weights
    ) -> tuple[Array, dict[str, Array]]:
        start, stop = self.channels
        whole = ops.np.zeros(x.shape, grad.dtype)
        whole[..., start:stop] = grad
        return whole, {}


MEMBERS: tuple[type[Kind], ...] = (ChannelShuffle, Slice)
