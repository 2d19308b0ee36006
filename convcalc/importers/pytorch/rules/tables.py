"""Rows of stored tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from math import prod

from convcalc.core.shapes import Shape
from convcalc.importers.placing import NoRuleError
from convcalc.importers.pytorch.call import Call
from convcalc.importers.pytorch.constants import calculated, held_of, spread
from convcalc.importers.pytorch.seen_keys import counts_up
from convcalc.importers.pytorch.values import Filled, Stored, Value
from convcalc.importers.tensor_views import View, whole
from convcalc.kinds.embedding import Embedding
from convcalc.kinds.take import MOST_PLACES, Take


def embedding(
    call: Call, weight: Value, indices: Value, padding_idx: int = -1, **_: object
) -> View:
    """Rows of a table."""
    table = call.stored(weight)
    count, size = table.dims
    asked = call.view(indices)
    view = call.builder.plain(asked, call.operation)
    if len(view.own) > 1:
        # A map of them has one channel.
        view = call.arranged(view, ((), *view.own))
    at = call.layer(
        Embedding,
        {"num_embeddings": count, "embedding_dim": size},
        view,
        held={"weight": call.array(table)},
    )
    shape = call.builder.shape(at)
    dims = (*asked.dims, size)
    laid = whole(at, shape, [*((n,) for n in range(1, len(shape))), (0,)])
    found = laid.reshaped(dims)
    if found is None:
        raise NoRuleError("its indices have axes that cannot be told apart")
    return found


def picked(call: Call, x: Value, indices: Sequence[Value | None]) -> View:
    """Rows of a stored table, such as Swin's biases by relative position."""
    table = x if isinstance(x, Stored) and x.is_learnt and len(x.dims) == 2 else None
    places, *others = indices
    if table is not None and isinstance(places, Stored) and not others:
        return embedding(call, table, places)
    given = {axis: one for axis, one in enumerate(indices) if one is not None}
    first, last = min(given), max(given)
    if "bool" in map(call.elements.get, call.operation.inputs[1:]) or len(given) <= last - first:
        raise NoRuleError("it picks places by a mask, or along axes that stand apart")
    # Of an axis of 1 there is one place to pick.
    axis, *more = [axis for axis in given if x.dims[axis] != 1] or [first]
    rank = max(len(one.dims) for one in given.values())
    sizes = [(1,) * (rank - len(one.dims)) + one.dims for one in given.values()]
    common = tuple(map(max, zip(*sizes, strict=True)))
    dims = (*x.dims[:first], *common, *x.dims[last + 1 :])
    places = given[axis]
    if more:
        places, axis = _joined_places(call, x.dims, given, common), first
        joined = (*x.dims[:first], prod(x.dims[first : last + 1]), *x.dims[last + 1 :])
        x = call.builder.reshaped(call.view(x), joined, call.operation)
    elif prod(places.dims) != prod(common):
        raise NoRuleError("it picks the same place of an axis again and again")
    whole_axis = isinstance(places, Stored) and prod(places.dims) == x.dims[axis]
    if whole_axis and counts_up(held_of(call.builder, call.stored(places))):
        # All of them, in their order.
        return call.builder.reshaped(call.view(x), dims, call.operation)
    return taken(call, x, axis, places, dims)


def _joined_places(call: Call, dims: Shape, given: Mapping[int, Value], common: Shape) -> Stored:
    """Stored places on axes that follow each other, as those of one that they are joined in.

    Raises NoRuleError where places are worked out, or too far for what reads them to be exact.
    """
    last = max(given)
    if prod(dims[axis] for axis in given) > MOST_PLACES:
        raise NoRuleError("it picks by places on several axes, very many of them together")

    def made(op: str, dims: Shape, **arguments: object) -> Stored:
        name = f"{call.operation.result} places"
        return calculated(call.builder, op, name, dims, "int64", arguments)

    found: Stored | None = None
    for axis, places in sorted(given.items()):
        if not isinstance(places, Stored | Filled):
            raise NoRuleError("it picks by places on several axes that it works out")
        step = prod(dims[axis + 1 : last + 1])
        own = made("aten.remainder", places.dims, x=places, other=dims[axis])
        own = made("aten.mul", places.dims, x=own, other=step)
        own = spread(call.builder, own, common)
        found = own if found is None else made("aten.add", common, x=found, other=own)
    assert found is not None
    return found


def taken(call: Call, x: Value, axis: int, places: Value, dims: Shape) -> View:
    """The places of an axis that stand in `places`, in the shape that comes out."""
    view, indices = call.view(x), call.view(places)
    indices = call.arranged(indices, [tuple(chain(*indices.axes))])
    if not view.axes[axis]:
        raise NoRuleError("it picks of an axis of 1")
    view, place = call.alone(view, axis)
    at = call.layer(Take, {"axis": place}, view, indices)
    found = view.resized(at, place, prod(indices.dims), axis)
    return call.builder.reshaped(found, dims, call.operation)


def selected(call: Call, x: Value, dim: int, index: Value) -> View:
    """Rows of a stored table, or places of an axis."""
    axis = dim % len(x.dims)
    return picked(call, x, [*(None,) * axis, index])


def gathered(call: Call, x: Value, dim: int, index: Value, **_: object) -> View:
    """Places of the only axis that there is."""
    axis = dim % len(x.dims)
    if any(prod(one.dims) != one.dims[axis] for one in (x, index)):
        raise NoRuleError("it picks of each row by other places")
    return taken(call, x, axis, index, index.dims)


RULES: dict[str, Callable[..., object]] = {
    "aten.embedding": embedding,
    "aten.index": picked,
    "aten.index_select": selected,
    "aten.gather": gathered,
}
