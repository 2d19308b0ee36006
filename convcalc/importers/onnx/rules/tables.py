"""Rows of a table, and positions of a map: Gather, GatherND."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from math import prod

from convcalc.core.shapes import Shape, format_shape
from convcalc.importers.onnx.rules.joins import merged
from convcalc.importers.onnx.use import Tensor, Use, rule
from convcalc.importers.placing import NoRuleError
from convcalc.importers.tensor_views import View, whole
from convcalc.kinds.arithmetic_family import Add
from convcalc.kinds.embedding import Embedding
from convcalc.kinds.number_family import MulNumber
from convcalc.kinds.take import MOST_PLACES, Take
from convcalc.network.held import Held, Written


@rule("Gather")
def gather(use: Use) -> list[Tensor]:
    """Rows of a table, or positions of a map that stand side by side."""
    table, indices = use.tensor(0), use.tensor(1)
    if isinstance(indices, View):
        axis = use.axis(len(table.dims))
        if isinstance(table, Held) and len(table.dims) == 2 and not axis:
            return [_lookup(use, table, indices)]
        dims = (*table.dims[:axis], *indices.dims, *table.dims[axis + 1 :])
        return [_taken(use, use.view(0), axis, indices, dims)]
    if isinstance(table, View):
        return [_positions(use, table)]
    if use.looks_up:
        # All of the table is learnt, whichever rows are read here.
        return [_lookup(use, table, _from_the_front(use, table.dims[0]))]
    if isinstance(indices, Held):
        axis = use.axis(len(table.dims))
        dims = (*table.dims[:axis], *indices.dims, *table.dims[axis + 1 :])
        return [*use.made("taken", dims, indices, axis=axis)]
    raise NoRuleError("its indices are known only when it runs")


@rule("GatherElements")
def gather_elements(use: Use) -> list[Tensor]:
    """Places of the only axis that there is."""
    x, indices = use.view(0), use.view(1)
    axis = use.axis(len(x.axes))
    if any(
        len(one.dims) != len(x.dims) or prod(one.dims) != one.dims[axis] for one in (x, indices)
    ):
        raise NoRuleError("it picks of each row by other places")
    return [_taken(use, x, axis, indices, indices.dims)]


@rule("GatherND")
def gather_nd(use: Use) -> list[Tensor]:
    """Rows of a learnt table, by one index each; places of one axis, beside others of 1."""
    table, indices = use.tensor(0), use.tensor(1)
    count = indices.dims[-1]
    if isinstance(table, View) and count <= len(table.dims) and not use.whole("batch_dims", 0):
        return [_of_columns(use, table, count)]
    are_rows = indices.dims[-1:] == (1,) and not use.whole("batch_dims", 0)
    if not isinstance(table, Held) or not use.is_learnt() or not are_rows:
        raise NoRuleError("it looks up no rows of a learnt table")
    return [_lookup(use, table, use.view(1)._replace(axes=use.view(1).axes[:-1]))]


def _of_columns(use: Use, x: View, count: int) -> View:
    """By one column of the indices; those of axes of 1 hold nothing but 0."""
    columns = [axis for axis, size in enumerate(x.dims[:count]) if size != 1]
    if len(columns) != 1:
        return _of_joined_axes(use, x, columns, count)
    axis, dims = columns[0], (*use.dims(1)[:-1], *x.dims[count:])
    known = use.values(1)
    if known is not None and known.whole[axis::count] == tuple(range(x.dims[axis])):
        found = x.reshaped(dims)
        if found is not None:
            return found
    indices = use.view(1)
    return _taken(use, x, axis, use.cut(indices, len(indices.axes) - 1, axis, axis + 1), dims)


def _of_joined_axes(use: Use, x: View, columns: Sequence[int], count: int) -> View:
    """By several columns of the indices: the places of one axis, into which theirs are joined."""
    steps = [prod(x.dims[column + 1 : count]) for column in range(count)]
    places = prod(x.dims[:count])
    if places > MOST_PLACES:
        raise NoRuleError(f"it picks by places on several axes, {places:,} of them together")
    known = use.values(1)
    if known is not None:
        rows = zip(*(known.whole[column::count] for column in range(count)), strict=True)
        joined = [
            sum(one % size * step for one, size, step in zip(row, x.dims, steps, strict=False))
            for row in rows
        ]
        indices = _written(use, joined, known.dims[:-1], f"of {format_shape(x.dims)}")
    else:
        indices = _calculated_places(use, columns, steps)
    rest = x.dims[count:]
    whole_ = use.builder.reshaped(x, (places, *rest), use.operation)
    return _taken(use, whole_, 0, indices, (*use.dims(1)[:-1], *rest))


def _calculated_places(use: Use, columns: Sequence[int], steps: Sequence[int]) -> View:
    """Columns of the indices, each times its step, added up."""
    indices = use.view(1)
    at = len(indices.axes) - 1
    found: View | None = None
    for column in columns:
        own = use.cut(indices, at, column, column + 1)
        # A place from the end of an axis is none of the joined one, but on the first.
        is_from_front = use.whole("from_front", 0) or use.builder.values(own.at)[0] >= 0
        if column != columns[0] and not is_from_front:
            raise NoRuleError("it picks by places on several axes, maybe from their ends")
        if steps[column] != 1:
            fields = {"value": steps[column]}
            own = use.builder.pointwise(MulNumber, fields, own, use.operation)
        found = own if found is None else merged(use, Add, found, own)
    if found is None:
        raise NoRuleError("it picks by places on axes of 1")
    return found


def _taken(use: Use, x: View, axis: int, indices: View, dims: Shape) -> View:
    """The places of a tensor's axis that stand in `indices`, in the shape that comes out."""
    places = use.arranged(indices, [tuple(chain(*indices.axes))])
    x, place = use.isolated(x, axis)
    at = use.layer(Take, {"axis": place}, x, places)
    found = x.resized(at, place, prod(indices.dims), axis)
    return use.builder.reshaped(found, dims, use.operation)


def _lookup(use: Use, table: Held, indices: View) -> View:
    if use.axis(len(table.dims)) or len(table.dims) != 2:
        raise NoRuleError("it looks up no rows")
    fields = {"num_embeddings": table.dims[0], "embedding_dim": table.dims[1]}
    if len(indices.own) > 1:
        indices = use.arranged(indices, [tuple(chain(*indices.axes))])
    at = use.layer(Embedding, fields, indices, held={"weight": table})
    made = whole(at, use.builder.shape(at), [(1,), (0,)])
    found = made.reshaped((*indices.dims, table.dims[1]))
    assert found is not None
    return found


def _from_the_front(use: Use, size: int) -> View:
    """The indices of an axis, stored ones from its end counted from its front."""
    known = use.values(1)
    if known is None:
        return use.view(1)
    places = [one + size if one < 0 else one for one in known.whole]
    return _written(use, places, known.dims, f"of {size}")


def _written(use: Use, places: Sequence[int], dims: Shape, what: str) -> View:
    """Stored indices that were counted anew, as a layer."""
    name = use.operation.inputs[1]
    held = Held(name, dims, "int64", Written(tuple(places)))
    return use.walk.as_view(held, f"{name} {what}", use.operation)


def _positions(use: Use, x: View) -> View:
    axis = use.axis(len(x.axes))
    known = use.values(1)
    size, dims = x.dims[axis], (*x.dims[:axis], *use.dims(1), *x.dims[axis + 1 :])
    if known is None:
        return _taken(use, x, axis, use.view(1), dims)
    places = known.whole
    if not places or any(not -size <= one < size for one in places):
        message = f"{use.operation.title} takes {list(places)[:4]} of {size}"
        raise use.builder.refuse("size-out-of-range", message, use.operation)
    indices = [one % size for one in places]
    if indices != list(range(indices[0], indices[0] + len(indices))):
        return _taken(use, x, axis, _from_the_front(use, size), dims)
    taken = use.cut(x, axis, indices[0], indices[0] + len(indices))
    found = taken.reshaped(dims)
    assert found is not None
    assert prod(dims) == prod(taken.dims)
    return found
