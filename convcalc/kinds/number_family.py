"""Arithmetic with one fixed number: `add_number`, `mul_number`, `div_number`, `pow_number`."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from convcalc.core.shapes import Shape, elements
from convcalc.kinds.base import Kept, Kind, LayerKind, Work
from convcalc.kinds.base.fields import NonZero, Number, described
from convcalc.kinds.base.ranges import EVERYTHING, NEVER_NEGATIVE, Range, product_of, sum_of

if TYPE_CHECKING:
    from convcalc.arrays.ops import Array, Ops, Weights


class WithNumber(LayerKind):
    """Every element and one number, which is not learnt. Work: 1 an element, as of a merge."""

    is_spatial: ClassVar[bool] = True
    main: ClassVar[str] = "value"

    value: Number = described("The number, the same for every element.")

    def works_per_position(self) -> bool:
        return True

    def stays_in_channel(self) -> bool:
        return True

    def work(self, x: Shape, output: Shape) -> Work:
        return {"merge": elements(output)}


class AddNumber(WithNumber):
    """Every element and a fixed number. Work: 1 an element, as of a merge.

    A learnt number for each channel is `bias`.

    ```yaml
    convcalc: 1
    input: [8, 4, 4]
    layers:
      - add_number: -0.5
    ```
    """

    def value_range(self, inputs: tuple[Range, ...]) -> Range:
        return sum_of(inputs[0], (float(self.value),) * 2)

    def hands_on(self, x: Shape) -> bool:
        return self.value == 0

    def forward(self, ops: Ops, x: Array, w: Weights) -> Array:
        return x + float(self.value)

    def backward(
        self, ops: Ops, grad: Array, x: Array, y: Array, w: Weights
    ) -> tuple[Array, dict[str, Array]]:
        return grad, {}


class MulNumber(WithNumber):
    """Every element times a fixed number. Work: 1 an element, as of a merge.

    A learnt factor for each channel is `scale`.

    ```yaml
    convcalc: 1
    input: [8, 4, 4]
    layers:
      - mul_number: 0.125
    ```
    """

    def value_range(self, inputs: tuple[Range, ...]) -> Range:
        return product_of(inputs[0], (float(self.value),) * 2)

    def is_linear(self) -> bool:
        return True

    def hands_on(self, x: Shape) -> bool:
        return self.value == 1

    def forward(self, ops: Ops, x: Array, w: Weights) -> Array:
        return x * float(self.value)

    def backward(
        self, ops: Ops, grad: Array, x: Array, y: Array, w: Weights
    ) -> tuple[Array, dict[str, Array]]:
        return grad * float(self.value), {}


class DivNumber(WithNumber):
    """Every element over a fixed number. Work: 1 an element, as of a merge.

    It is rounded once: a product with 1/41 is not, and may be a hair below the whole number that a
    `floor` behind it wants.

    ```yaml
    convcalc: 1
    input: [8, 4, 4]
    layers:
      - div_number: 41
      - floor
    ```
    """

    value: NonZero = described("The number, the same for every element.")

    def value_range(self, inputs: tuple[Range, ...]) -> Range:
        ends = [end / float(self.value) for end in inputs[0]]
        return min(ends), max(ends)

    def is_linear(self) -> bool:
        return True

    def hands_on(self, x: Shape) -> bool:
        return self.value == 1

    def forward(self, ops: Ops, x: Array, w: Weights) -> Array:
        return x / float(self.value)

    def backward(
        self, ops: Ops, grad: Array, x: Array, y: Array, w: Weights
    ) -> tuple[Array, dict[str, Array]]:
        return grad / float(self.value), {}


class PowNumber(WithNumber):
    """Every element to the power of a fixed number. Work: 1 an element, as of a merge.

    What is below 0 has none (NaN) unless the number is whole. `square`, `sqrt` and `reciprocal`
    are kinds of their own; a learnt exponent is a `pow` of a `parameter`.

    ```yaml
    convcalc: 1
    input: [8, 4, 4]
    layers:
      - abs
      - pow_number: 0.75
    ```
    """

    wants_positive: ClassVar[bool] = True

    # A power of 0 is 1, whatever is read.
    value: NonZero = described("The exponent, the same for every element.")

    def value_range(self, inputs: tuple[Range, ...]) -> Range:
        is_positive = inputs[0][0] >= 0 or float(self.value) % 2 == 0
        return NEVER_NEGATIVE if is_positive else EVERYTHING

    def hands_on(self, x: Shape) -> bool:
        return self.value == 1

    def kept(self, x: Shape, output: Shape) -> Kept:
        return Kept(inputs=True)

    def forward(self, ops: Ops, x: Array, w: Weights) -> Array:
        y: Array = x ** float(self.value)
        return y

    def backward(
        self, ops: Ops, grad: Array, x: Array, y: Array, w: Weights
    ) -> tuple[Array, dict[str, Array]]:
        return grad * float(self.value) * x ** (float(self.value) - 1), {}


MEMBERS: tuple[type[Kind], ...] = (
    AddNumber,
    MulNumber,
    DivNumber,
    PowNumber,
)
