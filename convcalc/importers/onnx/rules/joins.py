"""Arithmetic of two tensors, and tensors one behind the other: Add, Mul, Concat, ..."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from math import prod
from typing import Any

from convcalc.importers.building import NoRuleError
from convcalc.importers.onnx.use import Tensor, Use, alone, place_of, rule
from convcalc.importers.tensor_views import View, aligned, grown, like
from convcalc.kinds.arithmetic_family import Add, Div, Max, Min, Mul, Sub, is_gate
from convcalc.kinds.base import Kind
from convcalc.kinds.concat import Concat
from convcalc.kinds.learnt_family import Bias, Scale
from convcalc.kinds.number_family import AddNumber, MulNumber
from convcalc.network.held import Held

_MERGES: dict[str, type[Kind]] = {
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
    if kind is Div and any(map(use.walk.is_whole, use.operation.inputs)):
        raise NoRuleError("it divides whole numbers")
    return [reduce(lambda left, right: _two(use, kind, left, right), tensors)]


@rule("Mean")
def mean(use: Use) -> list[Tensor]:
    """The sum over the number of tensors."""
    tensors = list(use.tensors())
    total = reduce(lambda left, right: _two(use, Add, left, right), tensors)
    if not isinstance(total, View):
        raise NoRuleError("it averages stored numbers")
    fields = {"value": 1 / len(tensors)}
    return [use.builder.pointwise(MulNumber, fields, total, use.operation)]


def _two(use: Use, kind: type[Kind], left: Tensor, right: Tensor) -> Tensor:
    if isinstance(left, Held) and isinstance(right, Held):
        return _stored(use, left, right)
    if isinstance(right, Held) and isinstance(left, View):
        return _with_stored(use, kind, left, right, is_first=True)
    if isinstance(left, Held) and isinstance(right, View):
        return _with_stored(use, kind, right, left, is_first=False)
    assert isinstance(left, View)
    assert isinstance(right, View)
    return merged(use, kind, left, right)


def _stored(use: Use, left: Held, right: Held) -> Held:
    how = {"Add": "sum", "Sub": "difference", "Mul": "product", "Div": "quotient"}
    if use.operation.op not in how:
        raise NoRuleError("it compares stored numbers")
    rank = max(len(left.dims), len(right.dims))
    pairs = zip(*((1,) * (rank - len(x.dims)) + x.dims for x in (left, right)), strict=True)
    return left.made(how[use.operation.op], tuple(map(max, pairs)), right)


def merged(use: Use, kind: type[Kind], left: View, right: View) -> View:
    """A merge of two tensors; the smaller one may be a gate."""
    left, right = use.builder.aligned(left, right, use.operation)
    is_left = prod(left.dims) >= prod(right.dims)
    whole, other = (left, right) if is_left else (right, left)
    whole = _covering(use, whole, other)
    other = _fitted(use, kind, other, whole)
    first, second = (whole, other) if is_left else (other, whole)
    return whole.on(use.layer(kind, {}, first, second))


def _covering(use: Use, whole: View, other: View) -> View:
    """The tensor, spread along the axes that the other one has and it has not."""
    missing = {
        axis: tuple(other.sizes[part] for part in parts)
        for axis, parts in enumerate(other.axes)
        if parts and not whole.axes[axis]
    }
    return use.builder.spread(whole, grown(whole, missing), use.operation) if missing else whole


def _fitted(use: Use, kind: type[Kind], other: View, whole: View) -> View:
    """The smaller tensor of a merge laid out as the larger, spread where the kind does not."""
    wanted = like(other, whole)
    shape = tuple(other.size(axis) for axis in wanted)
    takes_gates = getattr(kind, "takes_gates", False)
    if shape == whole.shape or (takes_gates and is_gate(shape, whole.shape)):
        return use.arranged(other, wanted)
    return use.builder.spread(other, whole, use.operation)


def _with_stored(use: Use, kind: type[Kind], x: View, held: Held, *, is_first: bool) -> View:
    """A tensor and a stored one; `is_first` says that the stored one is the second."""
    name = use.operation.inputs[1 if is_first else 0]
    number = use.single(1 if is_first else 0) if use.count == 2 else None
    if number is not None and prod(held.dims) == 1:
        found = _number(kind, number, is_first)
        if found is not None:
            return use.builder.pointwise(found[0], found[1], x, use.operation)
    left, right = use.builder.aligned(x, use.builder.held_view(held), use.operation)
    left = _covering(use, left, right)
    wanted = like(right, left)
    learnt = name in use.walk.learnt
    if learnt and kind in (Add, Mul):
        shape = tuple(right.size(axis) for axis in wanted)
        array = use.builder.laid_out(held, right, wanted)
        is_channels = is_gate(shape, left.shape)
        if is_channels and (len(left.shape) == 1 or shape != left.shape):
            array = array if len(shape) == 1 else array.made("reshaped", (shape[0],))
            made, role = (Bias, "bias") if kind is Add else (Scale, "weight")
            return left.on(use.layer(made, {}, left, held={role: array}))
        if shape == left.shape and kind is Add:
            return left.on(use.layer(Bias, {"over": "all"}, left, held={"bias": array}))
    source = use.builder.source(held, right, wanted, learnt, use.operation)
    source = _fitted(use, kind, source, left)
    pair = (left, source) if is_first else (source, left)
    return left.on(use.layer(kind, {}, *pair))


def _number(
    kind: type[Kind], number: float, is_first: bool
) -> tuple[type[Kind], dict[str, Any]] | None:
    """Arithmetic with one number; None where it has no kind of its own."""
    if kind is Add or (kind is Sub and is_first):
        return AddNumber, {"value": number if kind is Add else -number}
    if kind is Mul or (kind is Div and is_first and number):
        return MulNumber, {"value": number if kind is Mul else 1 / number}
    return None


@rule("Concat")
def concat(use: Use) -> list[Tensor]:
    """Tensors one behind the other along an axis; those of no elements are passed over."""
    named = zip(use.operation.inputs, use.tensors(), strict=True)
    names, tensors = zip(*[pair for pair in named if 0 not in pair[1].dims], strict=True)
    rank = len(tensors[0].dims)
    axis = use.axis(rank)
    if len(tensors) == 1:
        return [*tensors]
    if all(isinstance(one, Held) for one in tensors):
        held = [one for one in tensors if isinstance(one, Held)]
        size = sum(one.dims[axis] for one in held)
        dims = (*held[0].dims[:axis], size, *held[0].dims[axis + 1 :])
        return [held[0].made("joined", dims, *held[1:], axis=axis)]
    return [joined(use, names, tensors, axis)]


def joined(use: Use, names: Sequence[str], tensors: Sequence[Tensor], axis: int) -> View:
    """Tensors one behind the other, of which one at least is calculated."""
    # An axis of its own, where one of them has it so.
    calculated = [one for one in tensors if isinstance(one, View)]
    model = next((one for one in calculated if one.axes[axis]), calculated[0])
    model = use.arranged(model, alone(model, axis))
    views = [one if isinstance(one, View) else use.builder.held_view(one) for one in tensors]
    for view in views:
        _check_beside(use, model, view, axis)
        model, _ = _aligned(model, view, axis)
    laid = []
    for name, tensor, view in zip(names, tensors, views, strict=True):
        model, view = _aligned(model, view, axis)
        wanted = like(view, model, axis)
        if isinstance(tensor, Held):
            learnt = name in use.walk.learnt
            laid.append(use.builder.source(tensor, view, wanted, learnt, use.operation))
        else:
            laid.append(use.arranged(view, wanted))
    place = place_of(model, axis)
    fields = {"axis": place} if place else {}
    at = use.layer(Concat, fields, *laid)
    return model.resized(at, place, use.builder.shape(at)[place], axis)


def _aligned(model: View, view: View, axis: int) -> tuple[View, View]:
    found = aligned(model, view, axis)
    if found is None:
        raise NoRuleError("its inputs are cut in ways that do not divide")
    return found


def _check_beside(use: Use, model: View, view: View, axis: int) -> None:
    """Raises StackError where the tensors differ beside the axis along which they are joined."""
    if len(view.axes) != len(model.axes) or any(
        mine != its
        for at, (mine, its) in enumerate(zip(view.dims, model.dims, strict=True))
        if at != axis
    ):
        message = f"{use.operation.title} joins unequal sizes"
        note = f"{list(model.dims)} and {list(view.dims)} along axis {axis}"
        raise use.builder.refuse(
            "merge-size-mismatch",
            message,
            use.operation,
            note=note,
        )
