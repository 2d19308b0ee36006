"""A choice between two for each element."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import isinf
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import BeforeValidator

from convcalc.core.errors import LayerError
from convcalc.core.shapes import Shape, elements
from convcalc.kinds.arithmetic_family import MergeSizeError
from convcalc.kinds.base import Kept, MergeKind, Work
from convcalc.kinds.base.field_values import INFINITE, escaped, show, wrong
from convcalc.kinds.base.fields import Names, NumberOrInfinity, described
from convcalc.kinds.base.ranges import Range, hull

if TYPE_CHECKING:
    from convcalc.arrays.ops import Array, Ops


def _without_numbers(value: object) -> object:
    """The names as they are given. Raises where a number stands among them."""
    items = value if isinstance(value, (list, tuple)) else [value]
    numbers = [_is_number(item) for item in items]
    if not any(numbers):
        return value
    repair = "inputs: [condition, x], value: 3"
    if not numbers[0] and len(items) == 3:
        names = [str(one) for one, number in zip(items, numbers, strict=True) if not number]
        given = zip(("value", "other"), items[1:], numbers[1:], strict=True)
        fields = (f"{field}: {one}" for field, one, number in given if number)
        repair = ", ".join((f"inputs: [{', '.join(names)}]", *fields))
    found = show(items[numbers.index(True)])
    message = f"wants layer names, got {found}, and numbers are `value` and `other`"
    raise wrong("wrong-type", message, f"write `where: {{{escaped(repair)}}}`")


def _is_number(item: object) -> bool:
    if isinstance(item, str):
        return item in INFINITE
    return isinstance(item, int | float | Fraction) and not isinstance(item, bool)


class Where(MergeKind):
    """For each element the first of two where a condition is not 0, the second elsewhere.

    `where: [condition, a, b]` chooses between two layers. A number in the place of either is
    written as `value`, where the condition holds, and as `other`, elsewhere; `inf` and `-inf` are
    numbers here. Work: 1 operation an element. Training keeps the condition (1 byte each); the
    gradient goes to what was chosen, none to the condition.
    Source: PyTorch's where, and its masked_fill.

    ```yaml
    convcalc: 1
    input: {words: [1, 12], scores: [8, 12]}
    layers:
      - {not_equal: 0, from: words, name: is_word}
      - {broadcast: {pattern: "1 l -> h l", sizes: {h: 8}}, name: shown}
      - where: {inputs: [shown, scores], other: -inf}
      - {where: {value: 0, other: -10000}, from: is_word}
    ```
    """

    aliases: ClassVar[tuple[str, ...]] = ("select",)
    variants: ClassVar[Mapping[str, str]] = {"maskedfill": "inputs: [mask, x], value: 0"}
    main: ClassVar[str] = "inputs"
    takes_from: ClassVar[bool] = True
    takes_masks: ClassVar[bool] = True
    input_words: ClassVar[tuple[str, ...]] = ("condition", "a", "b")

    inputs: Annotated[Names, BeforeValidator(_without_numbers)] = described(
        "Names of the condition, and of what is chosen from, as far as it is no number; else the "
        "layer before is the condition.",
        ("prev",),
    )
    value: NumberOrInfinity = described("A number where the condition holds; ~ for an input.", None)
    other: NumberOrInfinity = described("A number where it does not; ~ for an input.", None)

    def stays_in_channel(self) -> bool:
        return True

    def reads_alike(self, inputs: tuple[Shape, ...]) -> bool:
        return True

    def may_be_infinite(self, x: Shape) -> bool:
        return any(one is not None and isinf(float(one)) for one in (self.value, self.other))

    def value_range(self, inputs: tuple[Range, ...]) -> Range:
        return hull(*inputs[1:], *((float(one),) * 2 for one in self._numbers))

    @property
    def _numbers(self) -> tuple[Fraction | str, ...]:
        return tuple(one for one in (self.value, self.other) if one is not None)

    def output_of(self, inputs: tuple[Shape, ...]) -> Shape:
        given = len(inputs) - 1 + len(self._numbers)
        if given != 2:
            help = "leave one out, or name one layer less"
            if given < 2:
                help = "name three layers, as in `inputs: [condition, a, b]`, or write a number"
                help += " as `value` or `other` in the place of one"
            raise LayerError(
                "wrong-value",
                f"{self.kind} chooses between two, got {given}: {len(inputs) - 1} behind the "
                f"condition, {len(self._numbers)} by number",
                help,
                field="inputs",
                recovered=inputs[0],
            )
        if len(set(inputs)) > 1:
            raise MergeSizeError(self.kind, inputs, inputs[-1], takes_gates=False)
        return inputs[0]

    def work_of(self, inputs: tuple[Shape, ...], output: Shape) -> Work:
        return {"merge": elements(output)}

    def kept_of(self, inputs: tuple[Shape, ...], output: Shape) -> Kept:
        return Kept(bytes=elements(output) if len(inputs) > 1 else 0)

    def forward_of(self, ops: Ops, inputs: tuple[Array, ...]) -> Array:
        condition, *arrays = inputs
        first, second = (
            arrays.pop(0) if number is None else float(number)
            for number in (self.value, self.other)
        )
        return ops.decided(ops.np.where(condition != 0, first, second), inputs)

    def backward_of(
        self, ops: Ops, grad: Array, inputs: tuple[Array, ...], y: Array
    ) -> tuple[Array, ...]:
        condition = inputs[0]
        sides = ((self.value, condition != 0), (self.other, condition == 0))
        parts = (ops.np.where(chosen, grad, 0) for number, chosen in sides if number is None)
        return ops.np.zeros_like(condition), *(part.astype(grad.dtype) for part in parts)


KIND = Where
