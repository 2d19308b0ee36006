"""Shares along an axis: `softmax`, `softmin` and `log_softmax`."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, ClassVar

from convcalc.core.shapes import Shape, elements
from convcalc.kinds.base import KEPT, MIXED, Flow, Keeps, Kind, LayerKind, Links, Role, Work
from convcalc.kinds.base.code_lines import keras_call, torch_call
from convcalc.kinds.base.fields import described
from convcalc.kinds.base.moving import Axis, along_axis, array_axis, axis_of, whole_axis
from convcalc.kinds.base.ranges import Range

if TYPE_CHECKING:
    from convcalc.arrays.ops import Array, Ops, Weights


class Shares(LayerKind):
    """The numbers along an axis against each other; by default the channels of each position."""

    main: ClassVar[str] = "axis"
    role: ClassVar[Role] = "activation"
    keeps: ClassVar[Keeps] = "output"

    axis: Axis = described("The axis along which the shares add up to 1.", "channels")

    def output(self, x: Shape) -> Shape:
        axis_of(self.axis, x, self.kind)
        return x

    def links(self, x: Shape) -> Links:
        axis = axis_of(self.axis, x, self.kind)
        return along_axis(axis, whole_axis(x[axis]), len(x) - 1)

    def reads_by_size(self) -> bool:
        return self.axis not in ("channels", 0)

    def stays_in_channel(self) -> bool:
        return not self.works_per_position()

    def flow(self, x: Shape) -> Flow:
        return KEPT if axis_of(self.axis, x, self.kind) else MIXED

    def along(self, ops: Ops, x: Array) -> int:
        """The axis of the array `x`."""
        return array_axis(axis_of(self.axis, ops.shape(x), self.kind), x.ndim - 2)

    def module(self, name: str, x: Shape) -> str:
        """The line of PyTorch: axes are counted behind the batch."""
        return torch_call(name, dim=1 + axis_of(self.axis, x, self.kind))

    def works_per_position(self) -> bool:
        return self.axis in ("channels", 0)

    def work(self, x: Shape, output: Shape) -> Work:
        # Exponential, maximum, subtraction, sum and division.
        return {"activation": 5 * elements(output)}


class Softmax(Shares):
    """exp(x) over its sum along the axis. Work: 5 an element.

    ```yaml
    convcalc: 1
    input: [8, 4, 4]
    layers:
      - softmax
      - softmax: width
    ```
    """

    def torch(self, x: Shape) -> list[str] | None:
        return [self.module("Softmax", x)]

    def keras(self, x: Shape) -> list[str] | None:
        axis = axis_of(self.axis, x, self.kind)
        return [keras_call("Softmax", axis=axis or None)]

    def value_range(self, inputs: tuple[Range, ...]) -> Range:
        return 0.0, 1.0

    def forward(self, ops: Ops, x: Array, w: Weights) -> Array:
        axis = self.along(ops, x)
        powers = ops.np.exp(x - x.max(axis=axis, keepdims=True))
        shares: Array = powers / powers.sum(axis=axis, keepdims=True)
        return shares

    def backward(
        self, ops: Ops, grad: Array, x: Array, y: Array, w: Weights
    ) -> tuple[Array, dict[str, Array]]:
        inner = (grad * y).sum(axis=self.along(ops, x), keepdims=True)
        return y * (grad - inner), {}


class LogSoftmax(Shares):
    """The logarithm of `softmax` along the axis. Work: 5 an element.

    ```yaml
    convcalc: 1
    input: [8, 4, 4]
    layers:
      - log_softmax
    ```
    """

    def torch(self, x: Shape) -> list[str] | None:
        return [self.module("LogSoftmax", x)]

    def keras(self, x: Shape) -> list[str] | None:
        # As an activation of Keras it goes along the channels.
        is_of_channels = not axis_of(self.axis, x, self.kind)
        return ['layers.Activation("log_softmax")'] if is_of_channels else None

    def value_range(self, inputs: tuple[Range, ...]) -> Range:
        return -inf, 0.0

    def forward(self, ops: Ops, x: Array, w: Weights) -> Array:
        axis = self.along(ops, x)
        below = x - x.max(axis=axis, keepdims=True)
        shares: Array = below - ops.np.log(ops.np.exp(below).sum(axis=axis, keepdims=True))
        return shares

    def backward(
        self, ops: Ops, grad: Array, x: Array, y: Array, w: Weights
    ) -> tuple[Array, dict[str, Array]]:
        total = grad.sum(axis=self.along(ops, x), keepdims=True)
        return grad - ops.np.exp(y) * total, {}


class Softmin(Softmax):
    """The `softmax` of -x: the smallest gets most. Work: 5 an element.

    ```yaml
    convcalc: 1
    input: [8, 4, 4]
    layers:
      - softmin
    ```
    """

    def torch(self, x: Shape) -> list[str] | None:
        return [self.module("Softmin", x)]

    def keras(self, x: Shape) -> list[str] | None:
        return None

    def forward(self, ops: Ops, x: Array, w: Weights) -> Array:
        return super().forward(ops, -x, w)

    def backward(
        self, ops: Ops, grad: Array, x: Array, y: Array, w: Weights
    ) -> tuple[Array, dict[str, Array]]:
        to_negative, _ = super().backward(ops, grad, -x, y, w)
        return -to_negative, {}


MEMBERS: tuple[type[Kind], ...] = (
    Softmax,
    Softmin,
    LogSoftmax,
)
