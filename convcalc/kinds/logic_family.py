"""Logic, element by element: `logical_and`, `logical_or`, `logical_xor`, `logical_not`, `isnan`."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, ClassVar

from convcalc.core.shapes import Shape, elements
from convcalc.kinds.arithmetic_family import Elementwise
from convcalc.kinds.base import Kind, LayerKind, Work
from convcalc.kinds.base.ranges import Range

if TYPE_CHECKING:
    from convcalc.arrays.ops import Array, Ops, Weights


class Logic(Elementwise):
    """1 where it is true, 0 elsewhere; an input is true where it is not 0."""

    takes_masks: ClassVar[bool] = True

    def commutes(self) -> bool:
        return True

    def range_of_two(self, left: Range, right: Range) -> Range:
        return 0.0, 1.0

    def forward_of(self, ops: Ops, inputs: tuple[Array, ...]) -> Array:
        return ops.decided(reduce(getattr(ops.np, self.function), inputs), inputs)

    def backward_of(
        self, ops: Ops, grad: Array, inputs: tuple[Array, ...], y: Array
    ) -> tuple[Array, ...]:
        # A little step leaves it as it is.
        return tuple(map(ops.np.zeros_like, inputs))


class LogicalAnd(Logic):
    """1 where no input is 0, and 0 elsewhere.

    Work: 1 operation an element for each input behind the first. Training keeps nothing: no
    gradient passes. Source: PyTorch's and numpy's logical_and.

    ```yaml
    convcalc: 1
    input: [1, 12]
    layers:
      - {greater: 0, name: above}
      - {less: 1, from: input, name: below}
      - logical_and: [above, below]
    ```
    """

    aliases: ClassVar[tuple[str, ...]] = ("and", "bitwiseand")
    function: ClassVar[str] = "logical_and"
    twice: ClassVar[str] = "a thing and itself is the thing"


class LogicalOr(Logic):
    """1 where any input is not 0, and 0 elsewhere.

    Work: 1 operation an element for each input behind the first. Training keeps nothing: no
    gradient passes. Source: PyTorch's and numpy's logical_or.

    ```yaml
    convcalc: 1
    input: [1, 12]
    layers:
      - {less: 0, name: below}
      - {greater: 1, from: input, name: above}
      - logical_or: [below, above]
    ```
    """

    aliases: ClassVar[tuple[str, ...]] = ("or", "bitwiseor")
    function: ClassVar[str] = "logical_or"
    twice: ClassVar[str] = "a thing or itself is the thing"


class LogicalXor(Logic):
    """1 where an odd number of inputs is not 0, and 0 elsewhere: of two, where one alone is.

    Work: 1 operation an element for each input behind the first. Training keeps nothing: no
    gradient passes. Source: PyTorch's and numpy's logical_xor.

    ```yaml
    convcalc: 1
    input: {left: [1, 12], right: [1, 12]}
    layers:
      - logical_xor: [left, right]
    ```
    """

    aliases: ClassVar[tuple[str, ...]] = ("xor", "bitwisexor")
    function: ClassVar[str] = "logical_xor"
    twice: ClassVar[str] = "what it has twice is as if it were not there"


class Asked(LayerKind):
    """A question to each element: 1 where it is so, 0 elsewhere."""

    is_spatial: ClassVar[bool] = True

    def stays_in_channel(self) -> bool:
        return True

    def works_per_position(self) -> bool:
        return True

    def value_range(self, inputs: tuple[Range, ...]) -> Range:
        return 0.0, 1.0

    def work(self, x: Shape, output: Shape) -> Work:
        return {"merge": elements(output)}

    def backward(
        self, ops: Ops, grad: Array, x: Array, y: Array, w: Weights
    ) -> tuple[Array, dict[str, Array]]:
        return ops.np.zeros_like(x), {}


class LogicalNot(Asked):
    """1 where the input is 0, and 0 elsewhere.

    Work: 1 operation an element, in the class of merges. Training keeps nothing: no gradient
    passes. Source: PyTorch's and numpy's logical_not.

    ```yaml
    convcalc: 1
    input: [1, 12]
    layers:
      - greater: 0
      - logical_not
    ```
    """

    aliases: ClassVar[tuple[str, ...]] = ("not", "bitwisenot")

    def forward(self, ops: Ops, x: Array, w: Weights) -> Array:
        return ops.decided(ops.np.logical_not(x), (x,))


class Isnan(Asked):
    """1 where the input is not a number (NaN), and 0 elsewhere.

    Work: 1 operation an element, in the class of merges. Training keeps nothing: no gradient
    passes. Source: PyTorch's and numpy's isnan.

    ```yaml
    convcalc: 1
    input: [1, 12]
    layers:
      - {softmax: {axis: positions}, name: shares}
      - isnan
      - where: {inputs: [prev, shares], value: 0}
    ```
    """

    def forward(self, ops: Ops, x: Array, w: Weights) -> Array:
        return ops.decided(ops.np.isnan(x), (x,))


MEMBERS: tuple[type[Kind], ...] = (LogicalAnd, LogicalOr, LogicalXor, LogicalNot, Isnan)
