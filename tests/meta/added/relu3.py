"""An activation that PyTorch has by another name."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from convcalc.core.shapes import Shape
from convcalc.kinds.activation_family import Activation
from convcalc.kinds.base import Range

if TYPE_CHECKING:
    from convcalc.arrays.ops import Array, Ops, Weights


class Relu3(Activation):
    """min(max(x, 0), 3). Work: 1 an element.

    ```yaml
    convcalc: 1
    input: [8, 4, 4]
    layers:
      - relu3
    ```
    """

    values: ClassVar[Range] = (0.0, 3.0)
    unchanged: ClassVar[Range | None] = (0.0, 3.0)
    is_clip: ClassVar[bool] = True
    keeps_sign: ClassVar[bool] = True

    def torch(self, x: Shape) -> list[str] | None:
        return ["nn.Hardtanh(0.0, 3.0)"]

    def forward(self, ops: Ops, x: Array, w: Weights) -> Array:
        y: Array = ops.np.clip(x, 0, 3)
        return y

    def backward(
        self, ops: Ops, grad: Array, x: Array, y: Array, w: Weights
    ) -> tuple[Array, dict[str, Array]]:
        return grad * ((x > 0) & (x < 3)), {}


KIND = Relu3
