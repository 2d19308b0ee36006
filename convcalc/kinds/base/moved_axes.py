"""The base of kinds that put the same numbers on other axes, and calculate nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcalc.core.arrangement import Arrangement
from convcalc.core.shapes import Shape
from convcalc.kinds.base.copies import Turn, whole
from convcalc.kinds.base.layer_kind import LayerKind
from convcalc.kinds.base.moving import links_by
from convcalc.kinds.base.ranges import Range
from convcalc.kinds.base.stated import Links, Work

if TYPE_CHECKING:
    from convcalc.arrays.ops import Array, Ops, Weights


class MovedAxes(LayerKind):
    """A kind that states which axes go where, and the base what follows from it."""

    def arrangement(self, x: Shape) -> Arrangement:
        """How the axes of the input become those of the output."""
        raise LookupError(f"{self.kind} states no arrangement")

    def value_range(self, inputs: tuple[Range, ...]) -> Range:
        return inputs[0]

    def is_linear(self) -> bool:
        return True

    def turns(self, inputs: tuple[Shape, ...]) -> tuple[Turn, ...]:
        return whole(inputs)

    def renames_positions(self, inputs: tuple[Shape, ...]) -> bool:
        return True

    def links(self, x: Shape) -> Links:
        return links_by(self.arrangement(x), x)

    def work(self, x: Shape, output: Shape) -> Work:
        return {}

    def forward(self, ops: Ops, x: Array, w: Weights) -> Array:
        return ops.arranged(x, self.arrangement(ops.shape(x)))

    def backward(
        self, ops: Ops, grad: Array, x: Array, y: Array, w: Weights
    ) -> tuple[Array, dict[str, Array]]:
        return ops.arranged(grad, self.arrangement(ops.shape(x)).inverse), {}
