"""What is written into a part of a tensor, put back into the whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from convcalc.importers.placing import NoRuleError
from convcalc.importers.pytorch.call import Call
from convcalc.importers.pytorch.constants import calculated
from convcalc.importers.pytorch.rules.axes import (
    expand,
    matrices_turned,
    movedim,
    permute,
    reshaped,
    swapaxes,
    transpose,
    turned,
)
from convcalc.importers.pytorch.rules.joins import cat
from convcalc.importers.pytorch.rules.parts import part as taken
from convcalc.importers.pytorch.rules.parts import within
from convcalc.importers.pytorch.values import Value
from convcalc.importers.tensor_views import View


def put(call: Call, whole: Value, part: Value, **arguments: object) -> Value:
    """`whole` with `part` in the place that the call looks at.

    Raises NoRuleError where the look is none that can be turned round.
    """
    rule = _BACK.get(call.operation.op, _reshaped)
    return rule(call, part, whole, **{k: v for k, v in arguments.items() if k != "x"})


def _slice(
    call: Call,
    src: Value,
    x: Value,
    dim: int = 0,
    start: int | None = None,
    end: int | None = None,
    step: int = 1,
) -> Value:
    axis = dim % len(x.dims)
    size = x.dims[axis]
    first, last, _ = slice(start, end).indices(size)
    if (first, last, step) == (0, size, 1):
        return src
    if not isinstance(x, View) and not isinstance(src, View):
        return _of_constants(call, src, x, "slice", dim=dim, start=start, end=end, step=step)
    places = range(first, last, step)
    if len(places) > 1 < step:
        return _every(call, src, x, axis, places)
    last = first + len(places)
    before = [taken(call, x, axis, 0, first)] if first else []
    after = [taken(call, x, axis, last, size)] if last < size else []
    return cat(call, [*before, src, *after], axis)


def _every(call: Call, src: Value, x: Value, axis: int, places: range) -> Value:
    """`src` at places of an axis that lie apart: as a column of rows of so many places."""
    size, first, step = x.dims[axis], places.start, places.step
    # Rows that begin before the first place may have room behind the last.
    column = max(0, first + len(places) * step - size)
    if column > first:
        column = 0
    # The last row may end before it is full.
    rows = len(places) - (first - column + len(places) * step > size)
    start, end = first - column, first - column + rows * step
    found = [taken(call, x, axis, 0, start)] if start else []
    if rows:
        before, after = x.dims[:axis], x.dims[axis + 1 :]
        old = reshaped(call, within(call, x, axis, start, end), (*before, rows, step, *after))
        new = reshaped(call, within(call, src, axis, 0, rows), (*before, rows, 1, *after))
        columns = [taken(call, old, axis + 1, 0, column)] if column else []
        columns.append(new)
        if column + 1 < step:
            columns.append(taken(call, old, axis + 1, column + 1, step))
        found.append(reshaped(call, cat(call, columns, axis + 1), (*before, rows * step, *after)))
    if rows < len(places):
        found.append(within(call, src, axis, rows, rows + 1))
        end += 1
    if end < size:
        found.append(taken(call, x, axis, end, size))
    return cat(call, found, axis) if len(found) > 1 else found[0]


def _select(call: Call, src: Value, x: Value, dim: int, index: int) -> Value:
    axis = dim % len(x.dims)
    place = index % x.dims[axis]
    one = reshaped(call, src, (*x.dims[:axis], 1, *x.dims[axis + 1 :]))
    return _slice(call, one, x, axis, place, place + 1)


def _of_constants(call: Call, src: Value, x: Value, word: str, **arguments: object) -> Value:
    written = call.operation.operand
    name = f"{call.operation.name} in {written}"
    element = call.elements.get(written, "float32")
    given = {"x": x, "src": src, **arguments}
    return calculated(call.builder, f"aten.{word}_scatter", name, x.dims, element, given)


def _reshaped(call: Call, src: Value, x: Value, **_: object) -> Value:
    return reshaped(call, src, x.dims)


def _permuted(call: Call, src: Value, x: Value, dims: Sequence[int]) -> Value:
    order = [axis % len(dims) for axis in dims]
    return permute(call, src, [order.index(axis) for axis in range(len(order))])


def _transposed(call: Call, src: Value, x: Value, dim0: int, dim1: int) -> Value:
    return transpose(call, src, dim0, dim1)


def _matrices_turned(call: Call, src: Value, x: Value) -> Value:
    return matrices_turned(call, src)


def _swapped(call: Call, src: Value, x: Value, axis0: int, axis1: int) -> Value:
    return swapaxes(call, src, axis0, axis1)


def _moved(call: Call, src: Value, x: Value, source: object, destination: object) -> Value:
    return movedim(call, src, destination, source)


def _narrow(call: Call, src: Value, x: Value, dim: int, start: int, length: int) -> Value:
    return _slice(call, src, x, dim, start, start + length)


def _turned(call: Call, src: Value, x: Value) -> Value:
    return turned(call, src)


def _never(call: Call, src: Value, x: Value, **_: object) -> Value:
    raise NoRuleError("several of its places are written at once")


_BACK: dict[str, Callable[..., Value]] = {
    "aten.slice": _slice,
    "aten.select": _select,
    "aten.narrow": _narrow,
    "aten.permute": _permuted,
    "aten.transpose": _transposed,
    **dict.fromkeys(("aten.t", "aten.numpy_T"), _turned),
    **dict.fromkeys(("aten.mT", "aten.mH", "aten.adjoint"), _matrices_turned),
    "aten.swapaxes": _swapped,
    "aten.movedim": _moved,
    **dict.fromkeys(("aten.expand", "aten.expand_as"), _never),
    "aten.diagonal": _never,
}


def copied(call: Call, x: Value, src: Value, non_blocking: bool = False) -> Value:
    """Another tensor's numbers, spread over all of it."""
    return expand(call, src, x.dims)


def slice_scatter(call: Call, x: Value, src: Value, **arguments: object) -> Value:
    """A tensor with another in the place of a span."""
    return _slice(call, src, x, **arguments)  # type: ignore[arg-type]


def select_scatter(call: Call, x: Value, src: Value, dim: int, index: int) -> Value:
    """A tensor with another in one place of an axis."""
    return _select(call, src, x, dim, index)


RULES: dict[str, Callable[..., object]] = {
    "aten.copy": copied,
    "aten.slice_scatter": slice_scatter,
    "aten.select_scatter": select_scatter,
}
