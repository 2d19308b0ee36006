"""Rows of stored tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from convcalc.importers.building import NoRuleError
from convcalc.importers.pytorch.call import Call
from convcalc.importers.pytorch.values import Stored, Value
from convcalc.importers.tensor_views import View, whole
from convcalc.kinds.embedding import Embedding


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
    if table is None or len(indices) != 1 or not isinstance(indices[0], Stored):
        raise NoRuleError("it picks places by indices")
    return embedding(call, table, indices[0])


def selected(call: Call, x: Value, dim: int, index: Value) -> View:
    """Rows of a stored table."""
    if dim:
        raise NoRuleError("it picks places by indices")
    return picked(call, x, [index])


RULES: dict[str, Callable[..., object]] = {
    "aten.embedding": embedding,
    "aten.index": picked,
    "aten.index_select": selected,
}
