"""Comparisons, element by element: `equal`, `not_equal`, `less`, `greater` and the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from convcalc.core.errors import LayerError
from convcalc.core.shapes import Shape, elements
from convcalc.kinds.arithmetic_family import MergeSizeError
from convcalc.kinds.base import Kind, MergeKind, Work
from convcalc.kinds.base.fields import Names, NumberOrInfinity, described
from convcalc.kinds.base.ranges import Range

if TYPE_CHECKING:
    from convcalc.arrays.ops import Array, Ops


class Comparison(MergeKind):
    """1 where it is so, 0 elsewhere. Work: 1 operation an element."""

    main: ClassVar[str] = "value"
    takes_from: ClassVar[bool] = True
    takes_masks: ClassVar[bool] = True
    twice: ClassVar[str] = "it is compared with itself"
    # The name of numpy's function of two inputs.
    function: ClassVar[str]

    value: NumberOrInfinity = described(
        "The number that every element is compared with, `inf` and `-inf` too; ~ for an input.",
        None,
    )
    inputs: Names = described(
        "Names of two layers that are compared; else the layer before, with `value`.", ("prev",)
    )

    def stays_in_channel(self) -> bool:
        return True

    def reads_alike(self, inputs: tuple[Shape, ...]) -> bool:
        return True

    def value_range(self, inputs: tuple[Range, ...]) -> Range:
        return 0.0, 1.0

    def output_of(self, inputs: tuple[Shape, ...]) -> Shape:
        if len(inputs) > 2:
            raise LayerError(
                "wrong-value",
                f"{self.kind} compares two layers, got {len(inputs)} inputs",
                "name two of them, and compare the others in a layer of their own",
                field="inputs",
                recovered=inputs[0],
            )
        if len(inputs) == 1 and self.value is None:
            raise LayerError(
                "wrong-value",
                f"{self.kind} has nothing to compare its input with",
                "give it a number, as in `value: 0`, or name two layers in `inputs`",
                recovered=inputs[0],
            )
        if len(inputs) == 2 and self.value is not None:
            raise LayerError(
                "wrong-value",
                f"{self.kind} compares two layers, and is given a number as well",
                "leave `value` out, or name one layer",
                field="value",
                recovered=inputs[0],
            )
        if inputs[0] != inputs[-1]:
            raise MergeSizeError(self.kind, inputs, inputs[0], takes_gates=False)
        return inputs[0]

    def work_of(self, inputs: tuple[Shape, ...], output: Shape) -> Work:
        return {"merge": elements(output)}

    def forward_of(self, ops: Ops, inputs: tuple[Array, ...]) -> Array:
        right = inputs[1] if self.value is None else float(self.value)
        return ops.decided(getattr(ops.np, self.function)(inputs[0], right), inputs)

    def backward_of(
        self, ops: Ops, grad: Array, inputs: tuple[Array, ...], y: Array
    ) -> tuple[Array, ...]:
        # A little step leaves it as it is.
        return tuple(map(ops.np.zeros_like, inputs))


class Equal(Comparison):
    """1 where the input is the number, or both inputs are the same; 0 elsewhere.

    What is not a number (NaN) equals nothing. Work: 1 operation an element. Training keeps
    nothing: no gradient passes. Source: PyTorch's eq, numpy's equal.

    ```yaml
    convcalc: 1
    input: [12]
    layers:
      - equal: 49407
    ```
    """

    aliases: ClassVar[tuple[str, ...]] = ("eq",)
    function: ClassVar[str] = "equal"

    def commutes(self) -> bool:
        return True


class NotEqual(Comparison):
    """1 where the input is not the number, or both inputs differ; 0 elsewhere.

    NaN differs from everything. Work: 1 operation an element. Training keeps nothing: no gradient
    passes. Source: PyTorch's ne, numpy's not_equal.

    ```yaml
    convcalc: 1
    input: [12]
    layers:
      - {not_equal: 1, name: is_word}
      - cumsum
      - mul: [prev, is_word]
    ```
    """

    aliases: ClassVar[tuple[str, ...]] = ("ne",)
    function: ClassVar[str] = "not_equal"

    def commutes(self) -> bool:
        return True


class Less(Comparison):
    """1 where the input is less than the number, or the first input than the second; 0 elsewhere.

    Work: 1 operation an element. Training keeps nothing: no gradient passes. Source: PyTorch's lt,
    numpy's less.

    ```yaml
    convcalc: 1
    input: [1, 12]
    layers:
      - less: 0.5
    ```
    """

    aliases: ClassVar[tuple[str, ...]] = ("lt",)
    function: ClassVar[str] = "less"


class LessEqual(Comparison):
    """1 where the input is at most the number, or the first input the second; 0 elsewhere.

    Work: 1 operation an element. Training keeps nothing: no gradient passes. Source: PyTorch's le,
    numpy's less_equal.

    ```yaml
    convcalc: 1
    input: [1, 12]
    layers:
      - less_equal: 0.5
    ```
    """

    aliases: ClassVar[tuple[str, ...]] = ("le", "lessorequal")
    function: ClassVar[str] = "less_equal"


class Greater(Comparison):
    """1 where the input is above the number, or the first input above the second; 0 elsewhere.

    Work: 1 operation an element. Training keeps nothing: no gradient passes. Source: PyTorch's gt,
    numpy's greater.

    ```yaml
    convcalc: 1
    input: {left: [16, 8, 8], right: [16, 8, 8]}
    layers:
      - greater: {inputs: [left, right]}
      - {greater: 0, from: left}
    ```
    """

    aliases: ClassVar[tuple[str, ...]] = ("gt",)
    function: ClassVar[str] = "greater"


class GreaterEqual(Comparison):
    """1 where the input is at least the number, or the first input the second; 0 elsewhere.

    Work: 1 operation an element. Training keeps nothing: no gradient passes. Source: PyTorch's ge,
    numpy's greater_equal.

    ```yaml
    convcalc: 1
    input: [1, 12]
    layers:
      - greater_equal: 0.5
    ```
    """

    aliases: ClassVar[tuple[str, ...]] = ("ge", "greaterorequal")
    function: ClassVar[str] = "greater_equal"


# What a comparison is with its two sides changed over.
TURNED: dict[type[Comparison], type[Comparison]] = {
    Equal: Equal,
    NotEqual: NotEqual,
    Less: Greater,
    LessEqual: GreaterEqual,
    Greater: Less,
    GreaterEqual: LessEqual,
}
MEMBERS: tuple[type[Kind], ...] = (Equal, NotEqual, Less, LessEqual, Greater, GreaterEqual)
