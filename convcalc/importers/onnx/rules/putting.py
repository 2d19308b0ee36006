"""Writes into a tensor: ScatterND at places of a grid."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import prod

from convcalc.core.shapes import MAX_RANK, Shape
from convcalc.importers.onnx.rules.concats import joined
from convcalc.importers.onnx.use import Tensor, Use, alone, rule
from convcalc.importers.placing import NoRuleError
from convcalc.importers.tensor_views import View


@rule("ScatterND")
def put(use: Use) -> list[Tensor]:
    """What stands at every n-th place of some axes is put there: parts beside each other."""
    if use.word("reduction", "none") != "none":
        raise NoRuleError("it adds to what is there")
    x, new = use.view(0), use.view(2)
    return [_put(use, x, new, _places(use, x.dims))]


def _places(use: Use, dims: Shape) -> list[range]:
    """The places on the first axes, as the rows of a grid list them. Raises NoRuleError."""
    listed = use.sizes(1)
    *grid, rank = use.dims(1)
    if not listed or rank > len(dims):
        raise NoRuleError("it writes at no place")
    found = []
    for axis in range(rank):
        # Along its own axis of the grid it counts up, and the others have all of it.
        own = listed[axis::rank]
        steps = sorted({one % dims[axis] for one in own})
        step = steps[1] - steps[0] if len(steps) > 1 else 1
        found.append(range(steps[0], steps[-1] + 1, step))
    wanted = list(product(*found))
    rows = [tuple(listed[at : at + rank]) for at in range(0, len(listed), rank)]
    asked = [tuple(one % size for one, size in zip(row, dims, strict=False)) for row in rows]
    sizes = tuple(map(len, found))
    if asked != wanted or tuple(size for size in grid if size > 1) != _several(sizes):
        raise NoRuleError("its places are no grid")
    if any(not -size <= one < size for row in rows for one, size in zip(row, dims, strict=False)):
        raise NoRuleError("it writes beside the tensor")
    return found


def _several(sizes: Shape) -> Shape:
    return tuple(size for size in sizes if size > 1)


def _put(use: Use, x: View, new: View, places: Sequence[range], axis: int = 0) -> View:
    """The tensor with a new one at the places of its axes from `axis` on."""
    if not places:
        return new
    first, *others = places
    if len(first) == x.dims[axis]:
        return _put(use, x, new, others, axis + 1)
    if any(len(own) < size for own, size in zip(others, x.dims[axis + 1 :], strict=False)):
        new = _put(use, _taken(use, x, axis, first), new, others, axis + 1)
    return _along(use, x, new, axis, first)


def _taken(use: Use, x: View, axis: int, places: range) -> View:
    """The places of an axis."""
    if places.step == 1:
        return use.cut(x, axis, places.start, places.stop)
    rows, start, column = _rows(x.dims[axis], places)
    end = start + rows * places.step
    steps = _in_steps(use, use.cut(x, axis, start, end), axis, places.step)
    dims = (*x.dims[:axis], rows, *x.dims[axis + 1 :])
    found = [use.builder.reshaped(use.cut(steps, 1, column, column + 1), dims, use.operation)]
    if rows < len(places):
        found.append(use.cut(x, axis, end, end + 1))
    return _joined(use, found, axis)


def _along(use: Use, x: View, new: View, axis: int, places: range) -> View:
    """The tensor with a new one at the places of one axis."""
    size = x.dims[axis]
    if places.step == 1:
        return _between(use, x, new, axis, places.start, places.stop)
    rows, start, column = _rows(size, places)
    end = start + rows * places.step
    whole = use.cut(x, axis, start, end)
    steps = _in_steps(use, whole, axis, places.step)
    own = _in_steps(use, use.cut(new, axis, 0, rows), axis, 1)
    made = _between(use, steps, own, 1, column, column + 1)
    found = [use.builder.reshaped(made, whole.dims, use.operation)]
    if start:
        found.insert(0, use.cut(x, axis, 0, start))
    if rows < len(places):
        found.append(use.cut(new, axis, rows, rows + 1))
        end += 1
    if end < size:
        found.append(use.cut(x, axis, end, size))
    return _joined(use, found, axis)


def _rows(size: int, places: range) -> tuple[int, int, int]:
    """How many rows of so many places as their step has hold one each, from where on, and which.

    Of the last place the row may be no whole one.

    >>> _rows(8, range(1, 8, 2)), _rows(8, range(1, 7, 2)), _rows(7, range(0, 7, 2))
    ((4, 0, 1), (3, 1, 0), (3, 0, 0))
    """
    step, many = places.step, len(places)
    # Rows that begin before the first place may have room behind the last.
    column = max(0, places.start + many * step - size)
    column = 0 if column >= step or column > places.start else column
    start = places.start - column
    return many - (start + many * step > size), start, column


def _in_steps(use: Use, x: View, axis: int, step: int) -> View:
    """Rows of an axis with all axes before it, the places of a row, and all axes behind it."""
    rows, behind = prod(x.dims[: axis + 1]) // step, prod(x.dims[axis + 1 :])
    found = use.builder.reshaped(x, (rows, step, behind), use.operation)
    # Laid out so, where an axis more is more than a layer has.
    is_much = len(alone(found, 1)) > 1 + MAX_RANK
    return use.builder.plain(found, use.operation) if is_much else found


def _joined(use: Use, parts: Sequence[View], axis: int) -> View:
    return joined(use, ("",) * len(parts), parts, axis) if len(parts) > 1 else parts[0]


def _between(use: Use, x: View, new: View, axis: int, start: int, stop: int) -> View:
    """A new tensor in place of what stands at [start, stop) of an axis."""
    size = x.dims[axis]
    parts = [new]
    if start:
        parts.insert(0, use.cut(x, axis, 0, start))
    if stop < size:
        parts.append(use.cut(x, axis, stop, size))
    return _joined(use, parts, axis)
