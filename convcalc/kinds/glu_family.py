"""Gated linear units: `glu` and `swiglu`."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from convcalc.core.links import Link
from convcalc.core.shapes import AXIS_NAMES, Shape, elements
from convcalc.kinds.base import Keeps, Kept, Kind, LayerKind, Links, Role, Work
from convcalc.kinds.base.checks import divisible
from convcalc.kinds.base.copies import Copy
from convcalc.kinds.base.curves import CURVES
from convcalc.kinds.base.fields import described
from convcalc.kinds.base.moving import Axis, along_axis, array_axis, axis_of
from convcalc.kinds.base.ranges import Range, hull, sign_of
from convcalc.kinds.base.undoing import Undone

if TYPE_CHECKING:
    from convcalc.arrays.ops import Array, Ops, Weights


class Gated(LayerKind):
    """Halves an axis: one half of it gates the other."""

    main: ClassVar[str] = "axis"
    role: ClassVar[Role] = "activation"
    keeps: ClassVar[Keeps] = "input"

    axis: Axis = described("The axis that is halved.", "channels")

    def output(self, x: Shape) -> Shape:
        axis = axis_of(self.axis, x, self.kind)
        if axis:
            name = ("channels", *AXIS_NAMES[len(x) - 1])[axis]
            what = f"positions along the {name}, which {self.kind} halves"
            help = f"pad or crop the {name} by one before it"
        else:
            what = f"channels, which {self.kind} halves"
            help = f"give the layer before {x[0] + 1} output channels"
        divisible(x[axis], 2, what, "", help, is_divisor=False)
        return (*x[:axis], x[axis] // 2, *x[axis + 1 :])

    def links(self, x: Shape) -> Links:
        axis = axis_of(self.axis, x, self.kind)
        half = max(x[axis] // 2, 1)
        return along_axis(axis, Link(1, (range(0, half + 1, half),)), len(x) - 1)

    def reads_by_size(self) -> bool:
        return not self.works_per_position()

    def renames_positions(self, inputs: tuple[Shape, ...]) -> bool:
        axis = axis_of(self.axis, inputs[0], self.kind)
        # One unit is left of two, which are all of the axis.
        return axis > 0 and inputs[0][axis] == 2

    def works_per_position(self) -> bool:
        return self.axis in ("channels", 0)

    def stays_in_channel(self) -> bool:
        return not self.works_per_position()

    def sums(self, x: Shape, output: Shape) -> list[str]:
        axis = axis_of(self.axis, x, self.kind)
        return [f"{x[axis]}/2 = {output[axis]}"] if axis else []

    def undone(self, x: Shape, output: Shape) -> Undone | None:
        if not self.works_per_position():
            return Undone(reason="half of the positions gate the other half")
        reason = "half of the channels gate the other half; a 1x1 `conv` can double them again"
        return Undone(reason=reason)

    def thinned(self, inputs: tuple[Shape, ...]) -> Copy:
        (x,) = inputs
        return Copy(self, ((min(x[0], 4), *x[1:]),))

    def work(self, x: Shape, output: Shape) -> Work:
        return {"activation": elements(x)}

    def halves(self, ops: Ops, x: Array) -> tuple[Array, Array]:
        """The first and the second half."""
        first, second = ops.np.split(x, 2, axis=self._along(ops, x))
        return first, second

    def joined(self, ops: Ops, x: Array, first: Array, second: Array) -> Array:
        """Both halves as the input `x` has them."""
        whole: Array = ops.np.concatenate([first, second], axis=self._along(ops, x))
        return whole

    def _along(self, ops: Ops, x: Array) -> int:
        return array_axis(axis_of(self.axis, ops.shape(x), self.kind), x.ndim - 2)


class Glu(Gated):
    """The first half of the channels times the sigmoid of the second: halves the channels.

    With `axis` the halves of another axis. Work: 1 an input element (a sigmoid on one half, a
    product with the other). Source: Dauphin et al. 2017; PyTorch's GLU.

    ```yaml
    convcalc: 1
    input: [64, 100]
    layers:
      - glu
      - glu: length
    ```
    """

    def value_range(self, inputs: tuple[Range, ...]) -> Range:
        # A share of one half.
        return hull(inputs[0], (0.0, 0.0))

    def forward(self, ops: Ops, x: Array, w: Weights) -> Array:
        value, gate = self.halves(ops, x)
        y: Array = value * ops.sigmoid(gate)
        return y

    def backward(
        self, ops: Ops, grad: Array, x: Array, y: Array, w: Weights
    ) -> tuple[Array, dict[str, Array]]:
        value, gate = self.halves(ops, x)
        share = ops.sigmoid(gate)
        to_gate = grad * value * share * (1 - share)
        return self.joined(ops, x, grad * share, to_gate), {}


class Swiglu(Gated):
    """The `silu` of the first half of the channels times the second: halves the channels.

    The other way round than `glu`: here the first half is the gate; with `axis` the halves of
    another axis. Work: 1 an input element.
    Source: Shazeer 2020; LLaMA's order of the two halves.

    ```yaml
    convcalc: 1
    input: [64, 100]
    layers:
      - swiglu
    ```
    """

    def value_range(self, inputs: tuple[Range, ...]) -> Range:
        return sign_of(inputs[0])

    def kept(self, x: Shape, output: Shape) -> Kept:
        # The bent half, which the other one multiplies.
        return Kept(inputs=True, values=elements(output))

    def forward(self, ops: Ops, x: Array, w: Weights) -> Array:
        gate, value = self.halves(ops, x)
        y: Array = CURVES["silu"].value(ops, gate) * value
        return y

    def backward(
        self, ops: Ops, grad: Array, x: Array, y: Array, w: Weights
    ) -> tuple[Array, dict[str, Array]]:
        gate, value = self.halves(ops, x)
        bent = CURVES["silu"].value(ops, gate)
        to_gate = grad * value * CURVES["silu"].slope(ops, gate, bent)
        return self.joined(ops, x, to_gate, grad * bent), {}


MEMBERS: tuple[type[Kind], ...] = (Glu, Swiglu)
