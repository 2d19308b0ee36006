"""Moves of axes: views of a tensor, and the steps of a sequence as samples."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod

from convcalc.importers.keras.layer import Layer
from convcalc.importers.keras.unfolding import EACH, EACH_END
from convcalc.importers.placing import NoRuleError
from convcalc.importers.pytorch.rules import axes
from convcalc.importers.pytorch.values import Value
from convcalc.importers.tensor_views import View


def _whole_sizes(layer: Layer, name: str) -> list[int]:
    found = layer.field(name)
    values = found if isinstance(found, list | tuple) else [found]
    if not all(isinstance(one, int) and not isinstance(one, bool) for one in values):
        raise NoRuleError(f"its `{name}` is {found!s:.40}")
    return list(values)


def reshape(layer: Layer, x: Value) -> Value:
    """The same elements under another shape; one size may be -1."""
    shape: Sequence[int] = _whole_sizes(layer, "target_shape")
    count = prod(x.dims[1:])
    if -1 in shape:
        known = prod(size for size in shape if size != -1)
        if not known or count % known:
            raise NoRuleError(f"{count} elements are no {list(shape)}")
        shape = [count // known if size == -1 else size for size in shape]
    if prod(shape) != count:
        raise NoRuleError(f"{count} elements are no {list(shape)}")
    return axes.reshaped(layer.call, x, (x.dims[0], *shape))


def flatten(layer: Layer, x: Value) -> Value:
    """A vector, in the order of a map with its channels last."""
    view = layer.view(x)
    last = len(view.axes) - 1
    if layer.is_channels_first and last:
        view = view.transposed([0, *range(2, last + 1), 1])
    return axes.reshaped(layer.call, view, (view.dims[0], prod(view.dims[1:])))


def permute(layer: Layer, x: Value) -> Value:
    """The axes behind the samples in another order, counted from 1."""
    found = axes.permute(layer.call, x, [0, *_whole_sizes(layer, "dims")])
    return found._replace(by=layer.operation.number) if isinstance(found, View) else found


def repeat_vector(layer: Layer, x: Value) -> View:
    """A vector at so many steps."""
    view = layer.view(axes.unsqueeze(layer.call, x, 1))
    count = layer.whole("n")
    if count < 1:
        raise NoRuleError(f"its `n` is {count}")
    return layer.call.spread(view, 1, (count,)) if count > 1 else view


def each(layer: Layer, x: Value) -> Value:
    """The steps of a sequence as samples."""
    if len(x.dims) < 3:
        raise NoRuleError("it has no steps")
    return axes.reshaped(layer.call, x, (x.dims[0] * x.dims[1], *x.dims[2:]))


def together(layer: Layer, x: Value, before: Value) -> Value:
    """Samples as the steps that they were."""
    return axes.reshaped(layer.call, x, (*before.dims[:2], *x.dims[1:]))


RULES: dict[str, Callable[..., object]] = {
    "Reshape": reshape,
    "Flatten": flatten,
    "Permute": permute,
    "RepeatVector": repeat_vector,
    EACH: each,
    EACH_END: together,
}
