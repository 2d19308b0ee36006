"""An axis read from its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from convcalc.core.shapes import Shape
from convcalc.kinds.base import LayerKind, Links, Work
from convcalc.kinds.base.fields import described
from convcalc.kinds.base.moving import Axis, along_axis, array_axis, axis_of, turned_axis
from convcalc.kinds.base.ranges import Range

if TYPE_CHECKING:
    from convcalc.arrays.ops import Array, Ops, Weights


class Flip(LayerKind):
    """What stands along an axis in the other order, the last first.

    Source: PyTorch's flip of one axis; TensorFlow's reverse.

    ```yaml
    convcalc: 1
    input: [8, 100]
    layers:
      - flip: positions
      - gru: 16
    ```
    """

    main: ClassVar[str] = "axis"
    aliases: ClassVar[tuple[str, ...]] = ("reverse",)

    axis: Axis = described("The axis to turn round.")

    def stays_in_channel(self) -> bool:
        return self.axis not in ("channels", 0)

    def value_range(self, inputs: tuple[Range, ...]) -> Range:
        return inputs[0]

    def hands_on(self, x: Shape) -> bool:
        return x[axis_of(self.axis, x, self.kind)] == 1

    def output(self, x: Shape) -> Shape:
        axis_of(self.axis, x, self.kind)
        return x

    def reads_by_size(self) -> bool:
        return self.stays_in_channel()

    def is_linear(self) -> bool:
        return True

    def links(self, x: Shape) -> Links:
        axis = axis_of(self.axis, x, self.kind)
        return along_axis(axis, turned_axis(x[axis]), len(x) - 1)

    def work(self, x: Shape, output: Shape) -> Work:
        return {}

    def forward(self, ops: Ops, x: Array, w: Weights) -> Array:
        axis = axis_of(self.axis, ops.shape(x), self.kind)
        turned: Array = ops.np.flip(x, array_axis(axis, x.ndim - 2))
        return turned

    def backward(
        self, ops: Ops, grad: Array, x: Array, y: Array, w: Weights
    ) -> tuple[Array, dict[str, Array]]:
        return self.forward(ops, grad, w), {}


KIND = Flip
