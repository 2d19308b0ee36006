"""Elementwise merges: `add`, `sub`, `mul`, `div`, `pow`, `max` and `min`."""

from __future__ import annotations

from functools import reduce
from itertools import accumulate
from typing import TYPE_CHECKING, ClassVar

from convcalc.core.errors import LayerError
from convcalc.core.shapes import Shape, elements, format_shape
from convcalc.core.text import first_few
from convcalc.kinds.base import POINTWISE_LINKS, SCALED, Flow, Kept, Kind, Links, MergeKind, Work
from convcalc.kinds.base.fields import Names, described
from convcalc.kinds.base.ranges import (
    EVERYTHING,
    NEVER_NEGATIVE,
    Range,
    greater_of,
    negated,
    product_of,
    sum_of,
)

if TYPE_CHECKING:
    from convcalc.arrays.ops import Array, Ops


class Elementwise(MergeKind):
    """Inputs of equal shape, element by element. Work: n - 1 operations an element."""

    main: ClassVar[str] = "inputs"
    # The name of numpy's function of two inputs.
    function: ClassVar[str]

    temporaries: ClassVar[int] = 2

    inputs: Names = described("Names of the layers to join, at least two.")

    def stays_in_channel(self) -> bool:
        return True

    def reads_alike(self, inputs: tuple[Shape, ...]) -> bool:
        return True

    def value_range(self, inputs: tuple[Range, ...]) -> Range:
        return reduce(self.range_of_two, inputs)

    def range_of_two(self, left: Range, right: Range) -> Range:
        """Where the function of two inputs lies."""
        raise LookupError(f"{self.kind} says no range")

    def output_of(self, inputs: tuple[Shape, ...]) -> Shape:
        if len(inputs) < 2:
            raise LayerError(
                "wrong-value",
                f"{self.kind} joins two or more layers, got {len(inputs)}",
                f"name another one, as in `{self.kind}: [{self.inputs[0]}, prev]`",
                field="inputs",
                recovered=inputs[0],
            )
        whole = max(inputs, key=lambda shape: (len(shape), elements(shape)))
        for shape in inputs:
            if shape != whole and not (self.takes_gates and is_gate(shape, whole)):
                raise MergeSizeError(self.kind, inputs, whole, self.takes_gates)
        return whole

    def links_of(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Links, ...]:
        # A gate is one number for the whole map.
        return tuple(
            POINTWISE_LINKS[len(output) - 1] if shape == output else None for shape in inputs
        )

    def work_of(self, inputs: tuple[Shape, ...], output: Shape) -> Work:
        return {"merge": (len(inputs) - 1) * elements(output)}

    def notes_of(self, inputs: tuple[Shape, ...]) -> tuple[str, ...]:
        whole = max(inputs, key=lambda shape: (len(shape), elements(shape)))
        gates = [format_shape(shape) for shape in inputs if shape != whole]
        return (f"gate {' and '.join(gates)} spread over {format_shape(whole)}",) if gates else ()

    def forward_of(self, ops: Ops, inputs: tuple[Array, ...]) -> Array:
        return reduce(getattr(ops.np, self.function), _spread(inputs))

    def backward_of(
        self, ops: Ops, grad: Array, inputs: tuple[Array, ...], y: Array
    ) -> tuple[Array, ...]:
        spread = _spread(inputs)
        joined = list(accumulate(spread, getattr(ops.np, self.function)))
        grads = []
        # Joined two at a time from the left; the gradient takes the way back.
        for left, right, x in zip(joined[-2::-1], spread[:0:-1], inputs[:0:-1], strict=True):
            to_left, to_right = self.slopes(ops, left, right)
            grads.append(ops.unspread(grad * to_right, x.shape))
            grad = ops.unspread(grad * to_left, left.shape)
        return (ops.unspread(grad, inputs[0].shape), *grads[::-1])

    def slopes(self, ops: Ops, left: Array, right: Array) -> tuple[Array | int, Array | int]:
        """Derivatives of the function of two inputs with respect to each."""
        raise LookupError(f"{self.kind} has no gradient")


def _spread(inputs: tuple[Array, ...]) -> list[Array]:
    """The inputs with as many axes as the largest; a gate `(N, C)` becomes `(N, 1, ..., C)`."""
    rank = max(x.ndim for x in inputs)
    return [x.reshape(len(x), *(1,) * (rank - x.ndim), *x.shape[1:]) for x in inputs]


class MergeSizeError(LayerError):
    """Inputs that do not fit; whoever knows the graph says which layer is to blame."""

    def __init__(
        self,
        kind: str,
        inputs: tuple[Shape, ...],
        whole: Shape,
        takes_gates: bool,
        crops: bool = False,
    ) -> None:
        gate = f", or a gate [{whole[0]}]" if takes_gates and len(whole) > 1 else ""
        super().__init__(
            "merge-size-mismatch",
            f"{kind} wants equal shapes{gate}, got " + first_few([*map(format_shape, inputs)]),
            "",
            field="inputs",
            recovered=whole,
        )
        # Whether the kind can cut the larger inputs to the smallest.
        self.crops = crops
        self.takes_gates = takes_gates
        self.inputs = inputs


def is_gate(shape: Shape, whole: Shape) -> bool:
    """True for `[C]` or `[C, 1, ...]` beside a map of C channels.

    >>> is_gate((64,), (64, 7, 7)), is_gate((64, 1, 1), (64, 7, 7)), is_gate((1, 7, 7), (64, 7, 7))
    (True, True, False)
    """
    ones = len(whole) - 1
    return shape[0] == whole[0] and shape[1:] in ((), (1,) * ones)


class Add(Elementwise):
    """The sum of its inputs; a `[C]` or `[C, 1, ...]` input is spread over the map.

    ```yaml
    convcalc: 1
    input: [64, 56, 56]
    layers:
      - {conv: {out: 64, k: 3, p: 1}, name: main}
      - add: [main, input]
    ```
    """

    with_number: ClassVar[str] = "add_number"
    aliases: ClassVar[tuple[str, ...]] = ("plus", "sum")
    takes_gates: ClassVar[bool] = True
    function: ClassVar[str] = "add"
    twice: ClassVar[str] = "the sum has it twice"

    def commutes(self) -> bool:
        return True

    def is_linear(self) -> bool:
        return True

    def range_of_two(self, left: Range, right: Range) -> Range:
        return sum_of(left, right)

    def slopes(self, ops: Ops, left: Array, right: Array) -> tuple[Array | int, Array | int]:
        return 1, 1


class Sub(Elementwise):
    """The first input minus the others.

    ```yaml
    convcalc: 1
    input: [3, 32, 32]
    layers:
      - {conv: {out: 3, k: 3, p: 1}, name: noise}
      - sub: [input, noise]
    ```
    """

    aliases: ClassVar[tuple[str, ...]] = ("subtract",)
    function: ClassVar[str] = "subtract"
    twice: ClassVar[str] = "it is taken away from itself or taken away twice"

    def is_linear(self) -> bool:
        return True

    def range_of_two(self, left: Range, right: Range) -> Range:
        return sum_of(left, negated(right))

    def slopes(self, ops: Ops, left: Array, right: Array) -> tuple[Array | int, Array | int]:
        return 1, -1


class Mul(Elementwise):
    """The product of its inputs; a `[C]` or `[C, 1, ...]` gate is spread over the map.

    ```yaml
    convcalc: 1
    input: [64, 56, 56]
    layers:
      - global_avg_pool
      - linear: 64
      - {sigmoid: {}, name: gate}
      - mul: [input, gate]
    ```
    """

    with_number: ClassVar[str] = "mul_number"
    aliases: ClassVar[tuple[str, ...]] = ("multiply", "product")
    takes_gates: ClassVar[bool] = True
    function: ClassVar[str] = "multiply"

    def commutes(self) -> bool:
        return True

    def range_of_two(self, left: Range, right: Range) -> Range:
        return product_of(left, right)

    def flow_of(self, inputs: tuple[Shape, ...]) -> Flow:
        return SCALED

    def notes_of(self, inputs: tuple[Shape, ...]) -> tuple[str, ...]:
        # A gate is what a product is for, and no news.
        return ()

    def slopes(self, ops: Ops, left: Array, right: Array) -> tuple[Array | int, Array | int]:
        return right, left

    def kept_of(self, inputs: tuple[Shape, ...], output: Shape) -> Kept:
        return _kept_in_pairs(inputs, output)


class Max(Elementwise):
    """The largest of its inputs, element by element; equal ones share the gradient.

    ```yaml
    convcalc: 1
    input: {left: [16, 8, 8], right: [16, 8, 8]}
    layers:
      - max: [left, right]
    ```
    """

    aliases: ClassVar[tuple[str, ...]] = ("maximum",)
    function: ClassVar[str] = "maximum"
    twice: ClassVar[str] = "the largest of a thing and itself is the thing"

    def commutes(self) -> bool:
        return True

    def range_of_two(self, left: Range, right: Range) -> Range:
        return greater_of(left, right)

    def slopes(self, ops: Ops, left: Array, right: Array) -> tuple[Array | int, Array | int]:
        share = ops.np.where(left == right, 0.5, left > right).astype(left.dtype)
        return share, 1 - share

    def kept_of(self, inputs: tuple[Shape, ...], output: Shape) -> Kept:
        return _kept_in_pairs(inputs, output)


class Min(Max):
    """The smallest of its inputs, element by element; equal ones share the gradient.

    ```yaml
    convcalc: 1
    input: {left: [16, 8, 8], right: [16, 8, 8]}
    layers:
      - min: [left, right]
    ```
    """

    function: ClassVar[str] = "minimum"
    twice: ClassVar[str] = "the smallest of a thing and itself is the thing"
    aliases: ClassVar[tuple[str, ...]] = ("minimum",)

    def commutes(self) -> bool:
        return True

    def range_of_two(self, left: Range, right: Range) -> Range:
        return negated(greater_of(negated(left), negated(right)))

    def slopes(self, ops: Ops, left: Array, right: Array) -> tuple[Array | int, Array | int]:
        return super().slopes(ops, -left, -right)


class Div(Elementwise):
    """The first input over the others, element by element.

    ```yaml
    convcalc: 1
    input: {whole: [16, 8, 8], part: [16, 8, 8]}
    layers:
      - {exp: {}, name: positive, from: whole}
      - div: [part, positive]
    ```
    """

    with_number: ClassVar[str] = "div_number"
    function: ClassVar[str] = "divide"
    twice: ClassVar[str] = "it is divided by itself, or divides twice"
    aliases: ClassVar[tuple[str, ...]] = ("divide",)
    wants_positive: ClassVar[bool] = True

    def flow_of(self, inputs: tuple[Shape, ...]) -> Flow:
        return SCALED

    def range_of_two(self, left: Range, right: Range) -> Range:
        # What is divided by may be close to 0.
        return NEVER_NEGATIVE if left[0] >= 0 and right[0] >= 0 else EVERYTHING

    def slopes(self, ops: Ops, left: Array, right: Array) -> tuple[Array | int, Array | int]:
        return 1 / right, -left / (right * right)

    def kept_of(self, inputs: tuple[Shape, ...], output: Shape) -> Kept:
        return _kept_in_pairs(inputs, output)


class Pow(Elementwise):
    """The first input to the power of the others, element by element.

    What is below 0 has none (NaN) unless the exponent is whole. A fixed exponent is `pow_number`.

    ```yaml
    convcalc: 1
    input: [16, 8, 8]
    layers:
      - {softplus: {}, name: base}
      - {parameter: [16, 8, 8], name: exponents}
      - pow: [base, exponents]
    ```
    """

    with_number: ClassVar[str] = "pow_number"
    function: ClassVar[str] = "power"
    aliases: ClassVar[tuple[str, ...]] = ("power",)
    wants_positive: ClassVar[bool] = True

    def range_of_two(self, left: Range, right: Range) -> Range:
        return NEVER_NEGATIVE if left[0] >= 0 else EVERYTHING

    def slopes(self, ops: Ops, left: Array, right: Array) -> tuple[Array | int, Array | int]:
        to_left = ops.np.where(right == 0, 0, right * left ** (right - 1))
        # Nothing moves a power of 0 but one below 0, as in PyTorch.
        is_still = (left == 0) & (right >= 0)
        return to_left, left**right * ops.np.log(ops.np.where(is_still, 1, left))

    def kept_of(self, inputs: tuple[Shape, ...], output: Shape) -> Kept:
        return _kept_in_pairs(inputs, output)._replace(output=True)


def _kept_in_pairs(inputs: tuple[Shape, ...], output: Shape) -> Kept:
    # Three and more are joined two at a time; each result between is kept.
    return Kept(inputs=True, values=(len(inputs) - 2) * elements(output))


MEMBERS: tuple[type[Kind], ...] = (
    Add,
    Sub,
    Mul,
    Div,
    Pow,
    Max,
    Min,
)
