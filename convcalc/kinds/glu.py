"""Gated linear unit."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from convcalc.core.shapes import Shape, elements
from convcalc.kinds.base import Keeps, LayerKind, Role, Work
from convcalc.kinds.base.checks import divisible
from convcalc.kinds.base.copies import Copy
from convcalc.kinds.base.ranges import Range, hull
from convcalc.kinds.base.undoing import Undone

if TYPE_CHECKING:
    from convcalc.arrays.ops import Array, Ops, Weights


class Glu(LayerKind):
    """The first half of the channels times the sigmoid of the second: halves the channels.

    Work: 1 an input element (a sigmoid on one half, a product with the other).
    Source: Dauphin et al. 2017; PyTorch's GLU over the channels.

    ```yaml
    convcalc: 1
    input: [64, 100]
    layers:
      - glu
    ```
    """

    role: ClassVar[Role] = "activation"
    keeps: ClassVar[Keeps] = "input"

    def output(self, x: Shape) -> Shape:
        help = f"give the layer before {x[0] + 1} output channels"
        what = f"channels, which {self.kind} halves"
        divisible(x[0], 2, what, "", help, is_divisor=False)
        return (x[0] // 2, *x[1:])

    def works_per_position(self) -> bool:
        return True

    def undone(self, x: Shape, output: Shape) -> Undone | None:
        reason = "half of the channels gate the other half; a 1x1 `conv` can double them again"
        return Undone(reason=reason)

    def value_range(self, inputs: tuple[Range, ...]) -> Range:
        # A share of one half of the channels.
        return hull(inputs[0], (0.0, 0.0))

    def thinned(self, inputs: tuple[Shape, ...]) -> Copy:
        (x,) = inputs
        return Copy(self, ((min(x[0], 4), *x[1:]),))

    def work(self, x: Shape, output: Shape) -> Work:
        return {"activation": elements(x)}

    def forward(self, ops: Ops, x: Array, w: Weights) -> Array:
        value, gate = ops.np.split(x, 2, axis=-1)
        y: Array = value * ops.sigmoid(gate)
        return y

    def backward(
        self, ops: Ops, grad: Array, x: Array, y: Array, w: Weights
    ) -> tuple[Array, dict[str, Array]]:
        value, gate = ops.np.split(x, 2, axis=-1)
        share = ops.sigmoid(gate)
        to_gate = grad * value * share * (1 - share)
        return ops.np.concatenate([grad * share, to_gate], axis=-1), {}


KIND = Glu
