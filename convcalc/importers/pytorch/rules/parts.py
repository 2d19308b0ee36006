"""Spans and single places of an axis."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from convcalc.importers.building import NoRuleError
from convcalc.importers.pytorch.call import Call
from convcalc.importers.pytorch.rules.axes import reshaped
from convcalc.importers.pytorch.values import Filled, Value, resized
from convcalc.kinds.axes_family import Split
from convcalc.kinds.channel_family import Slice


def slice_(
    call: Call,
    x: Value,
    dim: int = 0,
    start: int | None = None,
    end: int | None = None,
    step: int = 1,
) -> Value:
    """Places start to end - 1 of an axis."""
    axis = dim % len(x.dims)
    size = x.dims[axis]
    first, last, _ = slice(start, end).indices(size)
    if step != 1:
        raise NoRuleError(f"it takes every {step}th")
    if (first, last) == (0, size):
        return x
    return part(call, x, axis, first, last)


def part(call: Call, x: Value, axis: int, first: int, last: int) -> Value:
    """A span of an axis, as a slice of our own axis that it begins, or is."""
    if last <= first:
        raise NoRuleError("it takes nothing")
    if isinstance(x, Filled):
        return Filled((*x.dims[:axis], last - first, *x.dims[axis + 1 :]), x.number)
    found = call.view(x)
    parts = found.axes[axis]
    if not parts:
        return found
    place = next((n for n, own in enumerate(found.own) if own[: len(parts)] == parts), None)
    if place is None:
        found, place = call.alone(found, axis)
    unit = found.size(found.own[place][len(parts) :])
    size = found.size(parts)
    count = last - first
    if first % count == 0 and size % count == 0:
        fields: dict[str, Any] = {"parts": size // count, "part": first // count, "axis": place}
        at = call.layer(Split, fields, found)
    else:
        fields = {"channels": (first * unit, last * unit), "axis": place}
        at = call.layer(Slice, fields, found)
    return resized(found, at, place, axis, count)


def select(call: Call, x: Value, dim: int, index: int) -> Value:
    """One place of an axis, which goes."""
    axis = dim % len(x.dims)
    place = index % x.dims[axis]
    found = part(call, x, axis, place, place + 1)
    return reshaped(call, found, (*x.dims[:axis], *x.dims[axis + 1 :]))


def split(call: Call, x: Value, split_size: Any, dim: int = 0) -> list[Value | None]:
    """Spans of an axis, of one size or of the sizes given; those alone that are read."""
    axis = dim % len(x.dims)
    size = x.dims[axis]
    sizes = [split_size] * -(-size // split_size) if isinstance(split_size, int) else split_size
    found: list[Value | None] = []
    first = 0
    for number, one in enumerate(sizes):
        last = min(first + one, size)
        if not call.is_read(number):
            found.append(None)
        else:
            found.append(part(call, x, axis, first, last) if last - first < size else x)
        first = last
    return found


def chunk(call: Call, x: Value, chunks: int, dim: int = 0) -> list[Value | None]:
    """So many spans of an axis, the last one shorter where need be."""
    return split(call, x, -(-x.dims[dim % len(x.dims)] // chunks), dim)


def unbind(call: Call, x: Value, dim: int = 0) -> list[Value | None]:
    """Every place of an axis by itself."""
    count = x.dims[dim % len(x.dims)]
    return [select(call, x, dim, n) if call.is_read(n) else None for n in range(count)]


RULES: dict[str, Callable[..., object]] = {
    "aten.slice": slice_,
    "aten.select": select,
    **dict.fromkeys(("aten.split", "aten.split_with_sizes"), split),
    "aten.chunk": chunk,
    "aten.unbind": unbind,
}
