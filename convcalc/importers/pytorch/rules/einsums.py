"""Sums of products over named axes, as products of matrices."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from convcalc.core.arrangement import Parts
from convcalc.importers.equations import axis_names
from convcalc.importers.placing import NoRuleError
from convcalc.importers.pytorch.call import Call
from convcalc.importers.pytorch.rules.products import product
from convcalc.importers.pytorch.rules.reductions import reduced
from convcalc.importers.pytorch.values import Value
from convcalc.importers.tensor_views import View

# Tensors of one equation: a file may name any number, and nobody writes so many.
_MOST_TENSORS = 50


def einsum(call: Call, equation: str, tensors: Sequence[Value], path: object = None) -> View:
    """Sums of products of two tensors, as one product of matrices; of more, from the left on.

    What two of them give keeps the axes that are asked for later.
    """
    if not 0 < len(tensors) <= _MOST_TENSORS:
        raise NoRuleError(f"it is of {len(tensors)} tensors")
    words, after = axis_names(equation, [len(one.dims) for one in tensors])
    if any(len({*word}) < len(word) for word in (*words, after)):
        raise NoRuleError(f"it has an axis twice: `{equation}`")
    made, found = words[0], call.view(tensors[0])
    for place, (word, tensor) in enumerate(zip(words[1:], tensors[1:], strict=True), 2):
        later = {*after, *"".join(words[place:])}
        left = _summed(call, found, made, {*word} | later)
        right = _summed(call, call.view(tensor), word, {*made} | later)
        found, made = _two(call, left, right, later)
    found, made = _summed(call, found, made, {*after})
    if {*made} != {*after}:
        raise NoRuleError(f"it makes axes that no input has: `{equation}`")
    return found.transposed([made.index(name) for name in after])


def _summed(call: Call, view: View, names: str, kept: set[str]) -> tuple[View, str]:
    """The sum over the axes that nobody asks for, and the names of those that are left."""
    lost = [at for at, name in enumerate(names) if name not in kept]
    if not lost:
        return view, names
    left = "".join(name for name in names if name in kept)
    return call.view(reduced(call, view, "sum", lost, False)), left


def _two(
    call: Call, first: tuple[View, str], second: tuple[View, str], later: set[str]
) -> tuple[View, str]:
    """The product of two tensors, and the names of its axes."""
    (one, names), (other, others) = first, second
    left = dict(zip(names, one.axes, strict=True))
    right = dict(zip(others, other.axes, strict=True))
    sizes = {name: other.size(axis) for name, axis in right.items()}
    for name, axis in left.items():
        if sizes.setdefault(name, one.size(axis)) != one.size(axis):
            raise NoRuleError(f"its axes `{name}` have {one.size(axis)} and {sizes[name]}")
    shared = [name for name in left if name in right and name in later]
    rows = [name for name in left if name not in right]
    columns = [name for name in right if name not in left]
    summed = [name for name in left if name in right and name not in later]
    found = product(
        call,
        one._replace(axes=_axes(left, shared, rows, summed)),
        other._replace(axes=_axes(right, shared, summed, columns)),
    )
    order = [*shared, *rows, *columns]
    split = found.reshaped(tuple(sizes[name] for name in order))
    if split is None:
        raise NoRuleError("its axes cannot be told apart")
    return split, "".join(order)


def _axes(own: dict[str, Parts], shared: list[str], *joined: list[str]) -> tuple[Parts, ...]:
    """Each shared axis by itself, and the others joined."""
    groups = (tuple(part for name in names for part in own[name]) for names in joined)
    return (*(own[name] for name in shared), *groups)


RULES: dict[str, Callable[..., object]] = {"aten.einsum": einsum}
