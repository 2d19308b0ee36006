"""What programs of PyTorch calculate of the order of constants, and what they put into places.

As in `calculated`, a function takes the shape of its output, and arguments under PyTorch's names.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from convcalc.arrays.calculated_layers import Function
from convcalc.arrays.ops import Array


def _order(x: Array, dim: int, largest: bool = False) -> Any:
    values = np.asarray(x, np.float64)
    return np.argsort(-values if largest else values, axis=dim, kind="stable")


def _topk(
    dims: tuple[int, ...],
    x: Array,
    k: int,
    dim: int = -1,
    largest: bool = True,
    sorted: bool = True,
    nth: int = 0,
) -> Any:
    """The k largest or smallest in their order, or as output 1 where they stood."""
    places = np.take(_order(x, dim, largest), np.arange(k), axis=dim)
    return places if nth else np.take_along_axis(x, places, axis=dim)


def _nth_smallest(dims: tuple[int, ...], x: Array, k: int, dim: int, nth: int) -> Any:
    places = np.take(_order(x, dim), [k - 1], axis=dim)
    return (places if nth else np.take_along_axis(x, places, axis=dim)).reshape(dims)


def _kthvalue(
    dims: tuple[int, ...], x: Array, k: int, dim: int = -1, keepdim: bool = False, nth: int = 0
) -> Any:
    return _nth_smallest(dims, x, k, dim, nth)


def _median(
    dims: tuple[int, ...], x: Array, dim: int | None = None, keepdim: bool = False, nth: int = 0
) -> Any:
    """The lower one of two in the middle."""
    values, axis = (x.reshape(-1), 0) if dim is None else (x, dim)
    return _nth_smallest(dims, values, (values.shape[axis] + 1) // 2, axis, nth)


def _extremes(
    dims: tuple[int, ...], x: Array, dim: int | None = None, keepdim: bool = False, nth: int = 0
) -> Any:
    return np.asarray((np.max if nth else np.min)(x, axis=dim)).reshape(dims)


def _where_to(dim: int, index: Array) -> tuple[Any, ...]:
    """Where each element of an index stands in an array, whose axis `dim` it replaces."""
    places = [*np.indices(index.shape)]
    places[dim] = index.astype(np.int64)
    return tuple(places)


def _scatter(
    dims: tuple[int, ...], x: Array, dim: int, index: Array, src: Any = None, value: Any = None
) -> Any:
    found = np.array(x)
    source = value if src is None else src[tuple(slice(size) for size in index.shape)]
    found[_where_to(dim, index)] = source
    return found


def _scatter_add(dims: tuple[int, ...], x: Array, dim: int, index: Array, src: Array) -> Any:
    found = np.array(x)
    source = src[tuple(slice(size) for size in index.shape)]
    np.add.at(found, _where_to(dim, index), source)
    return found


def _index_add(
    dims: tuple[int, ...], x: Array, dim: int, index: Array, source: Array, alpha: float = 1
) -> Any:
    found = np.array(x)
    places: Any = (slice(None),) * (dim % x.ndim) + (index.astype(np.int64),)
    np.add.at(found, places, alpha * source)
    return found


def _index_put(
    dims: tuple[int, ...],
    x: Array,
    indices: Sequence[Array | None],
    values: Array,
    accumulate: bool = False,
) -> Any:
    found = np.array(x)
    places: Any = tuple(
        slice(None) if one is None else one if one.dtype == bool else one.astype(np.int64)
        for one in indices
    )
    if accumulate:
        np.add.at(found, places, values)
    else:
        found[places] = values
    return found


def _take(dims: tuple[int, ...], x: Array, index: Array) -> Any:
    return x.reshape(-1)[index.astype(np.int64)]


def _take_along(dims: tuple[int, ...], x: Array, indices: Array, dim: int | None = None) -> Any:
    places = indices.astype(np.int64)
    return x.reshape(-1)[places] if dim is None else np.take_along_axis(x, places, axis=dim)


def _between(
    dims: tuple[int, ...], x: Array, boundaries: Array, right: bool = False, **_: object
) -> Any:
    """The number of ends below each element."""
    return np.searchsorted(boundaries, x, side="right" if right else "left")


def _bincount(
    dims: tuple[int, ...], x: Array, weights: Array | None = None, minlength: int = 0
) -> Any:
    return np.bincount(x.astype(np.int64), weights, minlength)


def _diagonal(
    dims: tuple[int, ...], x: Array, offset: int = 0, dim1: int = 0, dim2: int = 1
) -> Any:
    return np.diagonal(x, offset, dim1, dim2)


def _trace(dims: tuple[int, ...], x: Array) -> Any:
    return np.asarray(np.trace(x))


PLACES: dict[str, Function] = {
    "aten.topk": _topk, "aten.kthvalue": _kthvalue, "aten.median": _median,
    "aten.aminmax": _extremes, "aten.scatter": _scatter, "aten.scatter_add": _scatter_add,
    "aten.index_add": _index_add, "aten.index_put": _index_put, "aten.take": _take,
    "aten.take_along_dim": _take_along, "aten.bucketize": _between, "aten.bincount": _bincount,
    "aten.diagonal": _diagonal, "aten.trace": _trace,
}  # fmt: skip
