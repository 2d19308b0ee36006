"""Tensors that are made of nothing: zeros, ones, one number."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from convcalc.importers.pytorch.call import Call
from convcalc.importers.pytorch.rules.axes import expand
from convcalc.importers.pytorch.values import Filled, Value


def filled(number: float) -> Callable[..., Filled]:
    """A tensor of one number."""

    def rule(call: Call, size: Sequence[int], **_: object) -> Filled:
        return _of_size(call, size, number)

    return rule


def filled_like(number: float) -> Callable[..., Filled]:
    """A tensor of one number, shaped as another."""

    def rule(call: Call, x: Value, size: Sequence[int] | None = None, **_: object) -> Filled:
        return _of_size(call, x.dims if size is None else size, number)

    return rule


def full(call: Call, size: Sequence[int], fill_value: float, **_: object) -> Filled:
    """A tensor of the number given."""
    return _of_size(call, size, fill_value)


def _of_size(call: Call, size: Sequence[int], number: float) -> Filled:
    """As many as there are samples, along their axis, are one for each."""
    dims, batch = tuple(size), call.batch
    if len(dims) > batch + 1 and dims[batch] == call.samples:
        dims = (*dims[:batch], 1, *dims[batch + 1 :])
    return Filled(dims, number)


def full_like(call: Call, x: Value, fill_value: float, **_: object) -> Filled:
    """A tensor of the number given, shaped as another."""
    return _of_size(call, x.dims, fill_value)


def new_full(call: Call, x: Value, size: Sequence[int], fill_value: float, **_: object) -> Filled:
    """A tensor of the number given, of the type of another."""
    return _of_size(call, size, fill_value)


def fill(call: Call, x: Value, value: float | Value) -> Value:
    """A tensor of which every element has become the number given."""
    return Filled(x.dims, value) if isinstance(value, int | float) else expand(call, value, x.dims)


def zero(call: Call, x: Value) -> Filled:
    """A tensor that has become zeros."""
    return Filled(x.dims, 0)


RULES: dict[str, Callable[..., object]] = {
    "aten.zeros": filled(0),
    "aten.ones": filled(1),
    **dict.fromkeys(("aten.zeros_like", "aten.new_zeros"), filled_like(0)),
    **dict.fromkeys(("aten.ones_like", "aten.new_ones"), filled_like(1)),
    "aten.full": full,
    "aten.full_like": full_like,
    "aten.new_full": new_full,
    "aten.fill": fill,
    "aten.zero": zero,
}
