"""Spans and single places of an axis."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from convcalc.importers.cutting import cutting
from convcalc.importers.phased_maps import phased
from convcalc.importers.placing import NoRuleError
from convcalc.importers.pytorch.call import Call
from convcalc.importers.pytorch.constants import held_of, stored
from convcalc.importers.pytorch.rules.axes import reshaped
from convcalc.importers.pytorch.rules.joins import cat
from convcalc.importers.pytorch.values import Filled, Stored, Value, resized
from convcalc.importers.stored_layers import held_view
from convcalc.importers.tensor_views import View


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
        return _every(call, x, axis, first, last, step)
    return within(call, x, axis, first, last)


def narrow(call: Call, x: Value, dim: int, start: int, length: int) -> Value:
    """So many places of an axis from `start` on."""
    return slice_(call, x, dim, start, start + length)


def _every(call: Call, x: Value, axis: int, first: int, last: int, step: int) -> Value:
    """Every place that is `step` from the one before: of rows of so many, one column."""
    size, count = x.dims[axis], len(range(first, last, step))
    # Rows that begin before the first place may have room behind the last.
    column = max(0, first + count * step - size)
    if count > 1 and column <= first:
        start = first - column
        rows = within(call, x, axis, start, start + count * step)
        cut = reshaped(call, rows, (*x.dims[:axis], count, step, *x.dims[axis + 1 :]))
        return select(call, cut, axis + 1, column)
    end = first + (count - 1) * step
    one = part(call, x, axis, end, end + 1)
    return cat(call, [_every(call, x, axis, first, end, step), one], axis) if count > 1 else one


def within(call: Call, x: Value, axis: int, first: int, last: int) -> Value:
    """A span of an axis, or all of it."""
    return x if (first, last) == (0, x.dims[axis]) else part(call, x, axis, first, last)


def part(call: Call, x: Value, axis: int, first: int, last: int) -> Value:
    """A span of an axis, as a slice of our own axis that it begins, or is."""
    if last <= first:
        raise NoRuleError("it takes nothing")
    if isinstance(x, Filled):
        return Filled((*x.dims[:axis], last - first, *x.dims[axis + 1 :]), x.number)
    if isinstance(x, Stored) and not x.is_learnt:
        x = stored(call.builder, held_of(call.builder, x))
    if isinstance(x, Stored) and x.view == held_view(x.held):
        return _of_stored(call, x, axis, first, last)
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
    kind, fields = cutting(size, first, last, place, unit)
    at = call.layer(kind, fields, found)
    return resized(found, at, place, axis, count)


def _of_stored(call: Call, x: Stored, axis: int, first: int, last: int) -> Stored:
    """A span of a stored tensor, which is stored as well: the queries' part of a projection."""
    dims = (*x.dims[:axis], last - first, *x.dims[axis + 1 :])
    cut = x.held.made("sliced", dims, axis=axis, start=first, step=1)
    cut = replace(cut, name=f"{x.held.name}[{first}:{last}]")
    return Stored(cut, held_view(cut), x.is_learnt)


def select(call: Call, x: Value, dim: int, index: int) -> Value:
    """One place of an axis, which goes."""
    axis = dim % len(x.dims)
    place = index % x.dims[axis]
    found = part(call, x, axis, place, place + 1)
    return reshaped(call, found, (*x.dims[:axis], *x.dims[axis + 1 :]))


def _refuse_others(call: Call, count: int) -> None:
    """Raises NoRuleError where the file has other than so many parts: nobody makes 10^9."""
    its = len(call.operation.outputs)
    if count != its:
        raise NoRuleError(f"it comes to {count:,} parts, and the file has {its:,}")


def split(call: Call, x: Value, split_size: Any, dim: int = 0) -> list[Value | None]:
    """Spans of an axis, of one size or of the sizes given; those alone that are read."""
    axis = dim % len(x.dims)
    size = x.dims[axis]
    if isinstance(split_size, int):
        count = -(-size // split_size)
        _refuse_others(call, count)
        sizes = [split_size] * count
    else:
        sizes = split_size
    found: list[Value | None] = []
    first = 0
    for number, one in enumerate(sizes):
        last = min(first + one, size)
        if not call.is_read(number):
            found.append(None)
        else:
            found.append(within(call, x, axis, first, last))
        first = last
    return found


def chunk(call: Call, x: Value, chunks: int, dim: int = 0) -> list[Value | None]:
    """So many spans of an axis, the last one shorter where need be."""
    return split(call, x, -(-x.dims[dim % len(x.dims)] // chunks), dim)


def tensor_split(
    call: Call,
    x: Value,
    sections: int = 0,
    dim: int = 0,
    indices: Sequence[int] = (),
) -> list[Value | None]:
    """So many spans of an axis, the first ones longer where need be; or cut at the places."""
    size = x.dims[dim % len(x.dims)]
    if sections:
        if not 0 < sections <= size:
            raise NoRuleError(f"it cuts {size} into {sections:,}")
        count, more = divmod(size, sections)
        return split(call, x, [count + (n < more) for n in range(sections)], dim)
    spans = enumerate(zip([0, *indices], [*indices, size], strict=True))
    return [slice_(call, x, dim, *span) if call.is_read(n) else None for n, span in spans]


def unbind(call: Call, x: Value, dim: int = 0) -> list[Value | None]:
    """Every place of an axis by itself."""
    count = x.dims[dim % len(x.dims)]
    _refuse_others(call, count)
    return [select(call, x, dim, n) if call.is_read(n) else None for n in range(count)]


def phases(
    call: Call, x: Value, axes: tuple[int, ...], by: tuple[int, ...], into: int, last: object
) -> View:
    """Every n-th place, whichever first, joined: a tensor that is cut and turned, and no layer."""
    rank = len(x.dims)
    found = phased(call.view(x), [axis % rank for axis in axes], by, into % rank)
    if found is None:
        raise NoRuleError("its sizes do not divide")
    return found


# What is told as one operator, `last` being what the last of its pieces is by itself.
PIECES_OF_PHASES = "pieces.phases"
RULES: dict[str, Callable[..., object]] = {
    "aten.slice": slice_,
    "aten.narrow": narrow,
    "aten.select": select,
    **dict.fromkeys(("aten.split", "aten.split_with_sizes"), split),
    "aten.chunk": chunk,
    "aten.tensor_split": tensor_split,
    "aten.unbind": unbind,
    PIECES_OF_PHASES: phases,
}
