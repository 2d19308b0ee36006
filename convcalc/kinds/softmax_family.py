"""Shares of the channels: `softmax`, `softmin` and `log_softmax`."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, ClassVar

from convcalc.core.shapes import Shape, elements
from convcalc.kinds.base import Keeps, Kind, LayerKind, Role, Work
from convcalc.kinds.base.ranges import Range

if TYPE_CHECKING:
    from convcalc.arrays.ops import Array, Ops, Weights


class Shares(LayerKind):
    """The channels of each position against each other."""

    role: ClassVar[Role] = "activation"
    keeps: ClassVar[Keeps] = "output"

    def works_per_position(self) -> bool:
        return True

    def work(self, x: Shape, output: Shape) -> Work:
        # Exponential, maximum, subtraction, sum and division.
        return {"activation": 5 * elements(output)}


class Softmax(Shares):
    """exp(x) over its sum over the channels. Work: 5 an element.

    ```yaml
    convcalc: 1
    input: [8, 4, 4]
    layers:
      - softmax
    ```
    """

    def torch(self, x: Shape) -> list[str] | None:
        return ["nn.Softmax(dim=1)"]

    def keras(self, x: Shape) -> list[str] | None:
        return ["layers.Softmax()"]

    def value_range(self, inputs: tuple[Range, ...]) -> Range:
        return 0.0, 1.0

    def forward(self, ops: Ops, x: Array, w: Weights) -> Array:
        powers = ops.np.exp(x - x.max(axis=-1, keepdims=True))
        shares: Array = powers / powers.sum(axis=-1, keepdims=True)
        return shares

    def backward(
        self, ops: Ops, grad: Array, x: Array, y: Array, w: Weights
    ) -> tuple[Array, dict[str, Array]]:
        return y * (grad - (grad * y).sum(axis=-1, keepdims=True)), {}


class LogSoftmax(Shares):
    """The logarithm of `softmax` over the channels. Work: 5 an element.

    ```yaml
    convcalc: 1
    input: [8, 4, 4]
    layers:
      - log_softmax
    ```
    """

    def torch(self, x: Shape) -> list[str] | None:
        return ["nn.LogSoftmax(dim=1)"]

    def keras(self, x: Shape) -> list[str] | None:
        return ['layers.Activation("log_softmax")']

    def value_range(self, inputs: tuple[Range, ...]) -> Range:
        return -inf, 0.0

    def forward(self, ops: Ops, x: Array, w: Weights) -> Array:
        below = x - x.max(axis=-1, keepdims=True)
        shares: Array = below - ops.np.log(ops.np.exp(below).sum(axis=-1, keepdims=True))
        return shares

    def backward(
        self, ops: Ops, grad: Array, x: Array, y: Array, w: Weights
    ) -> tuple[Array, dict[str, Array]]:
        return grad - ops.np.exp(y) * grad.sum(axis=-1, keepdims=True), {}


class Softmin(Softmax):
    """The `softmax` of -x: the smallest gets most. Work: 5 an element.

    ```yaml
    convcalc: 1
    input: [8, 4, 4]
    layers:
      - softmin
    ```
    """

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
