"""Operations of two tensors, of a tensor and a number, and joins along an axis."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain
from math import isfinite

from convcalc.core.arrangement import Parts
from convcalc.core.shapes import Shape
from convcalc.importers.placing import NoRuleError
from convcalc.importers.pytorch.call import Call
from convcalc.importers.pytorch.constants import calculated
from convcalc.importers.pytorch.rules.axes import unsqueeze
from convcalc.importers.pytorch.values import Filled, Stored, Value, resized
from convcalc.importers.stored_layers import laid_out
from convcalc.importers.tensor_views import View, aligned, like
from convcalc.kinds.arithmetic_family import Add, Div, Elementwise, Max, Min, Mul, Sub, is_gate
from convcalc.kinds.base import MergeKind
from convcalc.kinds.concat import Concat
from convcalc.kinds.learnt_family import Bias, Scale
from convcalc.kinds.number_family import AddNumber, DivNumber, MulNumber, PowNumber

Operand = Value | int | float


def plus(call: Call, view: View, number: float) -> View:
    """The tensor and a number."""
    return call.same(AddNumber, {"value": _finite(number)}, view) if number else view


def times(call: Call, view: View, number: float) -> View:
    """The tensor times a number."""
    return call.same(MulNumber, {"value": _finite(number)}, view) if number != 1 else view


def over(call: Call, view: View, number: float) -> View:
    """The tensor over a number other than 0."""
    return call.same(DivNumber, {"value": _finite(number)}, view) if number != 1 else view


def raised(call: Call, view: View, number: float) -> View:
    """The tensor to the power of a number."""
    if not number:
        raise NoRuleError("a power of 0 is 1, whatever it reads")
    return call.same(PowNumber, {"value": _finite(number)}, view) if number != 1 else view


def _finite(number: float) -> float | int:
    if not isfinite(number):
        raise NoRuleError(f"it calculates with {number}")
    return number


def joined(call: Call, kind: type[MergeKind], left: Value, right: Value) -> View:
    """A merge of two tensors, spread over each other."""
    if isinstance(left, Stored) and isinstance(right, Stored):
        left = call.view(left)
    # What is a layer already is read from that.
    left, right = (
        call.view(one) if isinstance(one, Stored) and one.held in call.sources else one
        for one in (left, right)
    )
    values = (left, right)
    pair = [one.view if isinstance(one, Stored) else call.view(one) for one in values]
    views = list(call.builder.aligned(pair[0], pair[1], call.operation))
    # What stays as it is, and what is laid out like it.
    place = _place_of_whole(values, views)
    views[place] = call.spread_over(views[place], views[1 - place])
    whole, other = views[place], views[1 - place]
    value, wanted = values[1 - place], like(other, whole)
    if isinstance(value, Stored):
        learnt = _learnt(call, kind, whole, other, value, wanted)
        if learnt is not None:
            return learnt
        other = call.source(value._replace(view=other), wanted)
    else:
        other = call.arranged(other, wanted)
    if other.shape != whole.shape and not (kind.takes_gates and is_gate(other.shape, whole.shape)):
        other = call.builder.spread(other, whole, call.operation)
    inputs = (other, whole) if place else (whole, other)
    return whole.on(call.layer(kind, {}, *inputs))


def _place_of_whole(values: tuple[Value, Value], views: list[View]) -> int:
    """Which of two tensors the other is laid out like: the one that is spread least."""
    missing = [
        sum(bool(its) and not mine for mine, its in zip(one.axes, other.axes, strict=True))
        for one, other in (views, views[::-1])
    ]
    is_stored = [isinstance(one, Stored) for one in values]
    return min((0, 1), key=lambda n: (is_stored[n], missing[n]))


def _learnt(
    call: Call,
    kind: type[MergeKind],
    whole: View,
    other: View,
    value: Stored,
    wanted: tuple[Parts, ...],
) -> View | None:
    """A learnt factor of each channel, or a learnt shift, as one layer."""
    is_alone = call.builder.stored.stands_alone(value.held)
    if not value.is_learnt or is_alone or kind not in (Add, Mul):
        return None
    if kind is Mul and value.held.count == 1:
        return call.same(Scale, {"single": True}, whole, {"weight": call.array(value, (1,))})
    shape = tuple(other.size(axis) for axis in wanted)
    if is_gate(shape, whole.shape) and len(chain_of(wanted)) and wanted[0]:
        channels = laid_out(value.held, other, wanted[:1])
        if kind is Mul:
            return call.same(Scale, {}, whole, {"weight": channels})
        return call.same(Bias, {}, whole, {"bias": channels})
    if kind is Add and shape == whole.shape:
        array = laid_out(value.held, other, wanted)
        return call.same(Bias, {"over": "all"}, whole, {"bias": array})
    return None


def chain_of(axes: tuple[Parts, ...]) -> Parts:
    """The elementary axes of several in a row."""
    return tuple(chain(*axes))


def _sum(call: Call, left: Operand, right: Operand, sign: int) -> Value:
    if isinstance(left, int | float):
        turned = times(call, call.view(tensor(right)), sign)
        return plus(call, turned, left)
    if isinstance(right, int | float):
        return plus(call, call.view(left), sign * right)
    if isinstance(right, Filled) and holds(left, right):
        return plus(call, call.view(left), sign * right.number)
    if isinstance(left, Filled) and holds(right, left):
        return plus(call, times(call, call.view(right), sign), left.number)
    return joined(call, Add if sign > 0 else Sub, left, right)


def holds(value: Value, other: Filled) -> bool:
    """True where the filled tensor is spread over the other, and not the other way."""
    return _is_spread_over(value.dims, other.dims)


def tensor(value: Operand) -> Value:
    """What is no number. Raises NoRuleError where both sides are."""
    if isinstance(value, int | float):
        raise NoRuleError("it has no tensor")
    return value


def add(call: Call, x: Operand, other: Operand, alpha: float = 1) -> Value:
    """x + alpha other."""
    if not isinstance(alpha, int | float):
        raise NoRuleError("its `alpha` is no number")
    if alpha != 1:
        other = (
            other * alpha
            if isinstance(other, int | float)
            else times(call, call.view(other), alpha)
        )
    return _sum(call, x, other, 1)


def sub(call: Call, x: Operand, other: Operand, alpha: float = 1) -> Value:
    """x - alpha other."""
    if alpha != 1:
        return add(call, x, other, -alpha)
    return _sum(call, x, other, -1)


def rsub(call: Call, x: Operand, other: Operand, alpha: float = 1) -> Value:
    """other - alpha x."""
    return sub(call, other, x, alpha)


def mul(call: Call, x: Operand, other: Operand) -> Value:
    """x times other."""
    if isinstance(x, int | float):
        x, other = other, x
    x = tensor(x)
    if isinstance(other, int | float):
        return _worked_out(call, x, other) or times(call, call.view(x), other)
    if isinstance(other, Filled) and holds(x, other):
        return times(call, call.view(x), other.number)
    return _masked(call, x, other) or _masked(call, other, x) or joined(call, Mul, x, other)


def _masked(call: Call, x: Value, mask: Value) -> Stored | None:
    """A learnt array times a stored one that is spread over it, as a layer's weight may be.

    Modules that are pruned, and causal convolutions, have their weights so.
    """
    if not isinstance(mask, Stored) or mask.is_learnt or not _is_spread_over(x.dims, mask.dims):
        return None
    found = _worked_out(call, x, mask)
    if found is not None:
        # What is not learnt is told of by itself.
        call.view(mask)
    return found


def _is_spread_over(whole: Shape, dims: Shape) -> bool:
    pairs = zip(whole[::-1], dims[::-1], strict=False)
    return len(dims) <= len(whole) and all(size in (1, own) for own, size in pairs)


def _worked_out(call: Call, x: Value, other: Operand) -> Stored | None:
    """A learnt array times what is not learnt, worked out when it is run; None for any other."""
    if not isinstance(x, Stored) or not x.is_learnt or call.builder.stored.stands_alone(x.held):
        return None
    (name,) = call.operation.outputs
    element = call.elements.get(name, "float32")
    made = calculated(call.builder, "aten.mul", name, x.dims, element, {"x": x, "other": other})
    return made._replace(is_learnt=True)


def div(call: Call, x: Operand, other: Operand) -> Value:
    """x over other."""
    if isinstance(other, int | float):
        if not other:
            raise NoRuleError("it divides by 0")
        return over(call, call.view(tensor(x)), other)
    if isinstance(x, int | float):
        x = Filled(other.dims, _finite(x))
    return joined(call, Div, x, other)


def addcmul(call: Call, x: Value, tensor1: Value, tensor2: Value, value: float = 1) -> Value:
    """x + value tensor1 tensor2."""
    return add(call, x, mul(call, tensor1, tensor2), value)


def _extreme(kind: type[Elementwise]) -> Callable[..., Value]:
    def rule(call: Call, x: Value, other: Value) -> Value:
        return joined(call, kind, x, other)

    return rule


def cat(call: Call, tensors: Sequence[Value], dim: int = 0) -> Value:
    """Several tensors one behind the other along an axis."""
    given = [one for one in tensors if 0 not in one.dims]
    if not given:
        raise NoRuleError("it joins tensors of no elements")
    if len({len(one.dims) for one in given}) > 1:
        raise NoRuleError("its inputs differ in their axes")
    first, *more = given
    # Tokens that are learnt, one kind beside the other, are layers where no input is among them.
    lead = next((one for one in given if isinstance(one, View)), None) or call.view(first)
    axis = dim % len(lead.axes)
    if not more:
        return first
    views = [one.view if isinstance(one, Stored) else call.view(one) for one in given]
    for view in views:
        lead, _ = _cut_alike(lead, view, axis)
    if lead.axes[axis] in lead.own and lead.axes[axis]:
        place = lead.own.index(lead.axes[axis])
        others = [parts for n, parts in enumerate(lead.own) if n != place]
    else:
        others = [parts for n, parts in enumerate(lead.axes) if n != axis and parts]
        place = len(others)
    laid = []
    for one, view in zip(given, views, strict=True):
        _, seen = _cut_alike(lead, view, axis)
        wanted = [_like(lead, seen, parts, axis) for parts in others]
        wanted.insert(place, seen.axes[axis])
        laid.append(call.laid(one._replace(view=seen) if isinstance(one, Stored) else seen, wanted))
    at = call.layer(Concat, {"axis": place}, *laid)
    like_all, *_ = laid
    return resized(like_all, at, place, axis, call.builder.shape(at)[place])


def _cut_alike(lead: View, view: View, axis: int) -> tuple[View, View]:
    """Both tensors, cut alike beside an axis, where that can be and their sizes are equal."""
    pairs = zip(lead.dims, view.dims, strict=True)
    beside = [mine == its for n, (mine, its) in enumerate(pairs) if n != axis]
    return (aligned(lead, view, axis) if all(beside) else None) or (lead, view)


def stack(call: Call, tensors: Sequence[Value], dim: int = 0) -> Value:
    """Several tensors along a new axis."""
    first, *_ = tensors
    axis = dim % (len(first.dims) + 1)
    return cat(call, [unsqueeze(call, one, axis) for one in tensors], axis)


def _like(lead: View, view: View, parts: Parts, axis: int) -> Parts:
    """The elementary axes of `view` that stand where `parts` of `lead` stand in the tensor."""
    found: list[int] = []
    for part in parts:
        for n, group in enumerate(lead.axes):
            if part in group and n != axis:
                mine = view.axes[n]
                if len(mine) != len(group):
                    raise NoRuleError("its inputs are cut in different ways")
                found.append(mine[group.index(part)])
    return tuple(found)


RULES: dict[str, Callable[..., object]] = {
    "aten.add": add,
    "aten.sub": sub,
    "aten.rsub": rsub,
    "aten.addcmul": addcmul,
    "aten.mul": mul,
    "aten.true_divide": div,
    "aten.maximum": _extreme(Max),
    "aten.minimum": _extreme(Min),
    **dict.fromkeys(("aten.cat", "aten.concat"), cat),
    "aten.stack": stack,
}
