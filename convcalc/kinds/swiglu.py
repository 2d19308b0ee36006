"""Gated linear unit whose gate is a `silu`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcalc.core.shapes import Shape, elements
from convcalc.kinds.base import Kept
from convcalc.kinds.base.curves import CURVES
from convcalc.kinds.base.ranges import Range, sign_of
from convcalc.kinds.glu import Glu

if TYPE_CHECKING:
    from convcalc.arrays.ops import Array, Ops, Weights


class Swiglu(Glu):
    """The `silu` of the first half of the channels times the second: halves the channels.

    The other way round than `glu`: here the first half is the gate. Work: 1 an input element.
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
        gate, value = ops.np.split(x, 2, axis=-1)
        y: Array = CURVES["silu"].value(ops, gate) * value
        return y

    def backward(
        self, ops: Ops, grad: Array, x: Array, y: Array, w: Weights
    ) -> tuple[Array, dict[str, Array]]:
        gate, value = ops.np.split(x, 2, axis=-1)
        bent = CURVES["silu"].value(ops, gate)
        to_gate = grad * value * CURVES["silu"].slope(ops, gate, bent)
        return ops.np.concatenate([to_gate, grad * bent], axis=-1), {}


KIND = Swiglu
