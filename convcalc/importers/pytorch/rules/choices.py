"""What looks at numbers and decides: comparisons, logic, `where`."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from itertools import zip_longest

from convcalc.importers.placing import NoRuleError, number_word
from convcalc.importers.pytorch.call import Call
from convcalc.importers.pytorch.constants import held_of
from convcalc.importers.pytorch.rules.axes import expand
from convcalc.importers.pytorch.rules.joins import Operand, holds, joined, tensor
from convcalc.importers.pytorch.seen_keys import seen
from convcalc.importers.pytorch.values import Filled, Stored, Value
from convcalc.importers.tensor_views import View, like
from convcalc.kinds.base import MergeKind
from convcalc.kinds.comparison_family import (
    TURNED,
    Comparison,
    Equal,
    Greater,
    GreaterEqual,
    Less,
    LessEqual,
    NotEqual,
)
from convcalc.kinds.logic_family import Isnan, LogicalAnd, LogicalNot, LogicalOr, LogicalXor
from convcalc.kinds.where import Where


def compared(kind: type[Comparison]) -> Callable[..., Value]:
    """A comparison of two tensors, or of a tensor and a number."""

    def rule(call: Call, x: Operand, other: Operand) -> Value:
        if isinstance(x, int | float):
            return compared(TURNED[kind])(call, tensor(other), x)
        if isinstance(other, Filled) and holds(x, other):
            other = other.number
        if isinstance(other, int | float):
            return call.same(kind, {"value": number_word(other)}, call.view(x))
        if isinstance(x, Filled) and holds(other, x):
            return call.same(TURNED[kind], {"value": number_word(x.number)}, call.view(other))
        return joined(call, kind, x, other)

    return rule


def logic(kind: type[MergeKind], nothing: bool) -> Callable[..., Value]:
    """Two tensors of truths; one that changes nothing beside the other is left out."""

    def rule(call: Call, x: Value, other: Value) -> Value:
        for known, left in ((other, x), (x, other)):
            if isinstance(known, Filled) and holds(left, known) and known.number == nothing:
                return left
            if isinstance(known, Stored) and _is_all(call, known, nothing):
                pair = zip_longest(known.dims[::-1], left.dims[::-1], fillvalue=1)
                return expand(call, left, [max(sizes) for sizes in pair][::-1])
        return joined(call, kind, x, other)

    return rule


def _is_all(call: Call, known: Stored, truth: bool) -> bool:
    """True for a constant that is this truth everywhere."""
    word = "all" if truth else "none"
    is_truth = known.held.element == "bool"
    return is_truth and seen(held_of(call.builder, known)) == word


def negation(call: Call, x: Value) -> Value:
    """The other truth."""
    return call.same(LogicalNot, {}, call.view(x))


def of_bits(logical: Callable[..., Value]) -> Callable[..., Value]:
    """What works on bits, where these are truths."""

    def rule(call: Call, *values: Value, **named: Value) -> Value:
        (name,) = call.operation.outputs
        if call.elements.get(name) != "bool":
            raise NoRuleError("it works on the bits of numbers")
        return logical(call, *values, **named)

    return rule


def is_nan(call: Call, x: Value) -> Value:
    """What is no number."""
    return call.same(Isnan, {}, call.view(x))


def where(call: Call, condition: Value, x: Operand, other: Operand) -> Value:
    """x where the condition is true, and the other elsewhere; either may be a number."""
    numbers: dict[str, float | str] = {}
    values = [condition]
    for name, one in (("value", x), ("other", other)):
        if isinstance(one, Filled) and holds(condition, one):
            one = one.number
        if isinstance(one, int | float):
            numbers[name] = number_word(one)
        else:
            values.append(one)
    views = together(call, values)
    return views[0].on(call.layer(Where, numbers, *views))


def masked_fill(call: Call, x: Value, mask: Value, value: Operand) -> Value:
    """x with a number where a mask is true."""
    return where(call, mask, value, x)


def together(call: Call, values: list[Value]) -> list[View]:
    """Tensors spread over each other, and laid out alike."""

    def over(whole: View, other: View) -> View:
        return call.spread_over(*call.builder.aligned(whole, other, call.operation))

    views = [call.view(one) for one in values]
    whole = reduce(over, views)
    found = []
    for view in views:
        whole, view = call.builder.aligned(whole, view, call.operation)
        laid = call.arranged(view, like(view, whole))
        if laid.shape != whole.shape:
            laid = call.builder.spread(view, whole, call.operation)
        found.append(laid)
    return found


_AND, _OR, _XOR = (logic(LogicalAnd, True), logic(LogicalOr, False), logic(LogicalXor, False))
RULES: dict[str, Callable[..., object]] = {
    "aten.eq": compared(Equal),
    "aten.ne": compared(NotEqual),
    "aten.lt": compared(Less),
    "aten.le": compared(LessEqual),
    "aten.gt": compared(Greater),
    "aten.ge": compared(GreaterEqual),
    "aten.logical_and": _AND,
    "aten.logical_or": _OR,
    "aten.logical_xor": _XOR,
    "aten.logical_not": negation,
    **dict.fromkeys(("aten.bitwise_and", "aten.__and__"), of_bits(_AND)),
    **dict.fromkeys(("aten.bitwise_or", "aten.__or__"), of_bits(_OR)),
    **dict.fromkeys(("aten.bitwise_xor", "aten.__xor__"), of_bits(_XOR)),
    "aten.bitwise_not": of_bits(negation),
    "aten.isnan": is_nan,
    "aten.where": where,
    "aten.masked_fill": masked_fill,
}
