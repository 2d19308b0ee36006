"""Arithmetic of two tensors: Add, Sub, Mul, Div, Max, Min, Sum, Mean."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite, prod
from typing import Any

from convcalc.importers.onnx.rules.pointwise import worded
from convcalc.importers.onnx.use import Tensor, Use, rule
from convcalc.importers.placing import NoRuleError, number_word
from convcalc.importers.stored_layers import held_view, laid_out
from convcalc.importers.tensor_views import View, grown, like
from convcalc.kinds.arithmetic_family import Add, Div, Max, Min, Mul, Pow, Sub, is_gate
from convcalc.kinds.base import Kind, MergeKind
from convcalc.kinds.comparison_family import TURNED, Comparison
from convcalc.kinds.learnt_family import Bias, Scale
from convcalc.kinds.number_family import AddNumber, DivNumber, MulNumber, PowNumber
from convcalc.network.held import Held

_MERGES: dict[str, type[MergeKind]] = {
    "Add": Add, "Sub": Sub, "Mul": Mul, "Div": Div, "Max": Max, "Min": Min, "Sum": Add,
    "Mean": Add,
}  # fmt: skip


@rule("Add", "Sub", "Mul", "Div", "Max", "Min", "Sum")
def arithmetic(use: Use) -> list[Tensor]:
    """Two tensors at a time, element by element."""
    kind = _MERGES[use.operation.op]
    tensors = list(use.tensors())
    if len(tensors) == 1:
        return tensors
    made = _of_all(use, kind, tensors)
    # Integers are divided towards 0; TFLite's files say what is done.
    are_whole = kind is Div and any(map(use.walk.is_whole, use.operation.inputs))
    word = use.word("rounding", "Trunc" if are_whole else "")
    if not word:
        return [made]
    if use.single(1) == 0 or not isinstance(made, View):
        raise NoRuleError("it divides whole numbers that are learnt, or by 0")
    return [use.builder.pointwise(worded(word), {}, made, use.operation)]


@rule("Mean")
def mean(use: Use) -> list[Tensor]:
    """The sum over the number of tensors."""
    tensors = list(use.tensors())
    total = _of_all(use, Add, tensors)
    if not isinstance(total, View):
        return [total]
    fields = {"value": 1 / len(tensors)}
    return [use.builder.pointwise(MulNumber, fields, total, use.operation)]


def _of_all(use: Use, kind: type[MergeKind], tensors: Sequence[Tensor]) -> Tensor:
    """A function of all inputs, two at a time."""
    found = tensors[0]
    for place, one in enumerate(tensors[1:], 1):
        found = of_two(use, kind, found, one, place)
    return found


def of_two(use: Use, kind: type[MergeKind], left: Tensor, right: Tensor, second: int = 1) -> Tensor:
    """A function of two tensors, of which one may be stored, or a number.

    The right one is the input of number `second`, the left one the first or made of all before.
    """
    if isinstance(left, Held) and isinstance(right, Held):
        if not use.reads_learnt:
            raise NoRuleError("it calculates with stored numbers")
        # What is learnt stays a layer, which is counted once.
        return merged(use, kind, use.view(0), use.view(second))
    if isinstance(right, Held) and isinstance(left, View):
        return _with_stored(use, kind, left, right, second)
    if isinstance(left, Held) and isinstance(right, View):
        return _with_stored(use, kind, right, left, 0)
    assert isinstance(left, View)
    assert isinstance(right, View)
    return merged(use, kind, left, right)


def merged(use: Use, kind: type[MergeKind], left: View, right: View) -> View:
    """A merge of two tensors; the smaller one may be a gate."""
    left, right = use.builder.aligned(left, right, use.operation)
    is_left = prod(left.dims) >= prod(right.dims)
    whole, other = (left, right) if is_left else (right, left)
    whole = covering(use, whole, other)
    other = fitted(use, kind, other, whole)
    first, second = (whole, other) if is_left else (other, whole)
    return whole.on(use.layer(kind, {}, first, second))


def covering(use: Use, whole: View, other: View) -> View:
    """The tensor, spread along the axes that the other one has and it has not."""
    missing = {
        axis: tuple(other.sizes[part] for part in parts)
        for axis, parts in enumerate(other.axes)
        if parts and not whole.axes[axis]
    }
    return use.builder.spread(whole, grown(whole, missing), use.operation) if missing else whole


def fitted(use: Use, kind: type[MergeKind], other: View, whole: View) -> View:
    """The smaller tensor of a merge laid out as the larger, spread where the kind does not."""
    wanted = like(other, whole)
    shape = tuple(other.size(axis) for axis in wanted)
    if shape == whole.shape or (kind.takes_gates and is_gate(shape, whole.shape)):
        return use.arranged(other, wanted)
    return use.builder.spread(other, whole, use.operation)


def _with_stored(use: Use, kind: type[MergeKind], x: View, held: Held, place: int) -> View:
    """A tensor and a stored one, which is the input of that number."""
    name, is_first = use.operation.inputs[place], place > 0
    number, learnt = use.single(place), use.counts(place)
    if number is not None and held.count == 1 and not learnt:
        found = _number(kind, number, is_first)
        if found is not None:
            return use.builder.pointwise(found[0], found[1], x, use.operation)
    left, right = use.builder.aligned(x, held_view(held), use.operation)
    left = covering(use, left, right)
    wanted = like(right, left)
    if learnt and kind in (Add, Mul) and not use.builder.stored.stands_alone(held):
        shape = tuple(right.size(axis) for axis in wanted)
        array = laid_out(held, right, wanted)
        if kind is Mul and held.count == 1 and use.walk.is_read_alike(name):
            array = array.made("reshaped", (1,))
            return left.on(use.layer(Scale, {"single": True}, left, held={"weight": array}))
        is_channels = is_gate(shape, left.shape)
        is_channels = is_channels and (len(left.shape) == 1 or shape != left.shape)
        if is_channels and use.walk.is_read_alike(name):
            array = array if len(shape) == 1 else array.made("reshaped", (shape[0],))
            made, role = (Bias, "bias") if kind is Add else (Scale, "weight")
            return left.on(use.layer(made, {}, left, held={role: array}))
        if use.walk.is_read_again(name):
            # One layer of its own, which the others read as well.
            pair = (x, use.walk.as_view(held, name, use.operation))
            return merged(use, kind, *(pair if is_first else pair[::-1]))
        if shape == left.shape and kind is Add:
            return left.on(use.layer(Bias, {"over": "all"}, left, held={"bias": array}))
    source = use.builder.stored.source(held, right, wanted, learnt, use.operation)
    source = fitted(use, kind, source, left)
    pair = (left, source) if is_first else (source, left)
    return left.on(use.layer(kind, {}, *pair))


def _number(
    kind: type[Kind], number: float, is_first: bool
) -> tuple[type[Kind], dict[str, Any]] | None:
    """A function of a tensor and one number; None where it has no kind of its own."""
    if issubclass(kind, Comparison):
        return kind if is_first else TURNED[kind], {"value": number_word(number)}
    if not isfinite(number):
        return None
    if kind is Add or (kind is Sub and is_first):
        return AddNumber, {"value": number if kind is Add else -number}
    if kind is Mul:
        return MulNumber, {"value": number}
    if kind is Div and is_first and number:
        return DivNumber, {"value": number}
    if kind is Pow and is_first and number:
        return PowNumber, {"value": number}
    return None
