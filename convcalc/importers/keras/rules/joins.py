"""Merges of several tensors."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from convcalc.importers.keras.layer import Layer
from convcalc.importers.placing import NoRuleError
from convcalc.importers.pytorch.rules import joins
from convcalc.importers.pytorch.values import Value
from convcalc.importers.tensor_views import View, aligned
from convcalc.kinds.arithmetic_family import Add, Elementwise, Max, Min, Mul, Sub


def several(values: object) -> int:
    """How many tensors these are. Raises NoRuleError for one by itself, which is a tuple too."""
    if type(values) is not tuple or not values:
        raise NoRuleError("it reads a single tensor")
    return len(values)


def merged(layer: Layer, kind: type[Elementwise], values: Sequence[Value]) -> View:
    """Several tensors as one: in one layer where they have one shape."""
    several(values)
    views = [layer.view(one) for one in values]
    lead = views[0]
    if len(views) > 2 and {view.dims for view in views} == {lead.dims}:
        laid = [lead]
        for view in views[1:]:
            pair = aligned(view, lead)
            if pair is None or pair[1] != lead:
                break
            laid.append(layer.call.builder.laid_like(pair[0], lead, layer.operation))
        else:
            return lead.on(layer.layer(kind, {}, *laid))
    found = lead
    for view in views[1:]:
        found = layer.view(joins.joined(layer.call, kind, *_of_one_rank(found, view)))
    return found


def _of_one_rank(left: View, right: View) -> tuple[View, View]:
    """Axes of 1 behind the samples of the one that has fewer, as Keras' merges add them."""
    rank = max(len(left.axes), len(right.axes))

    def filled(view: View) -> View:
        missing = ((),) * (rank - len(view.axes))
        return view._replace(axes=(view.axes[0], *missing, *view.axes[1:]))

    return filled(left), filled(right)


def merge(kind: type[Elementwise]) -> Callable[..., View]:
    """One of the plain merges."""

    def rule(layer: Layer, x: tuple[Value, ...]) -> View:
        return merged(layer, kind, x)

    return rule


def average(layer: Layer, x: tuple[Value, ...]) -> View:
    """The mean of several tensors."""
    several(x)
    total = merged(layer.part("add"), Add, x)
    return joins.times(layer.part("share").call, total, 1 / len(x))


def subtract(layer: Layer, x: tuple[Value, ...]) -> View:
    """The first less the second."""
    if several(x) != 2:
        raise NoRuleError(f"it subtracts {len(x)} tensors")
    return merged(layer, Sub, x)


def concatenate(layer: Layer, x: tuple[Value, ...]) -> Value:
    """One behind the other along an axis."""
    several(x)
    axis = layer.whole("axis", "concat_axis", default=-1)
    if not axis % len(x[0].dims):
        raise NoRuleError("it joins samples")
    return joins.cat(layer.call, x, axis)


RULES: dict[str, Callable[..., object]] = {
    "Add": merge(Add),
    "Multiply": merge(Mul),
    "Maximum": merge(Max),
    "Minimum": merge(Min),
    "Average": average,
    "Subtract": subtract,
    "Concatenate": concatenate,
}
