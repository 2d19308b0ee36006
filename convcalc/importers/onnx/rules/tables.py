"""Rows of a table, and positions of a map: Gather, GatherND."""

from __future__ import annotations

from itertools import chain
from math import prod

from convcalc.importers.building import NoRuleError
from convcalc.importers.onnx.use import Tensor, Use, rule
from convcalc.importers.tensor_views import View, whole
from convcalc.kinds.embedding import Embedding
from convcalc.network.held import Held


@rule("Gather")
def gather(use: Use) -> list[Tensor]:
    """Rows of a table, or positions of a map that stand side by side."""
    table, indices = use.tensor(0), use.tensor(1)
    if isinstance(table, Held) and isinstance(indices, View):
        return [_lookup(use, table, indices)]
    if isinstance(table, View):
        return [_positions(use, table)]
    if use.looks_up:
        # All of the table is learnt, whichever rows are read here.
        return [_lookup(use, table, use.view(1))]
    if isinstance(indices, Held):
        axis = use.axis(len(table.dims))
        dims = (*table.dims[:axis], *indices.dims, *table.dims[axis + 1 :])
        return [*use.made("taken", dims, indices, axis=axis)]
    raise NoRuleError("its indices are known only when it runs")


@rule("GatherND")
def gather_nd(use: Use) -> list[Tensor]:
    """Rows of a learnt table, by one index each."""
    table, indices = use.tensor(0), use.tensor(1)
    are_rows = indices.dims[-1:] == (1,) and not use.whole("batch_dims", 0)
    if not isinstance(table, Held) or not use.is_learnt() or not are_rows:
        raise NoRuleError("it looks up no rows of a learnt table")
    return [_lookup(use, table, use.view(1)._replace(axes=use.view(1).axes[:-1]))]


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


def _positions(use: Use, x: View) -> View:
    axis = use.axis(len(x.axes))
    places = use.sizes(1)
    size = x.dims[axis]
    if not places or any(not -size <= one < size for one in places):
        message = f"{use.operation.title} takes {list(places)[:4]} of {size}"
        raise use.builder.refuse("size-out-of-range", message, use.operation)
    indices = [one % size for one in places]
    if indices != list(range(indices[0], indices[0] + len(indices))):
        raise NoRuleError("it takes positions that do not stand side by side")
    taken = use.cut(x, axis, indices[0], indices[0] + len(indices))
    dims = (*x.dims[:axis], *use.dims(1), *x.dims[axis + 1 :])
    found = taken.reshaped(dims)
    assert found is not None
    assert prod(dims) == prod(taken.dims)
    return found
