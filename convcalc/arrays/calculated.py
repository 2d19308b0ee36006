"""What programs of PyTorch calculate of constants alone: masks, positions, tables of sines.

The functions bear the names of PyTorch's operators and take their arguments, the first tensor as
`x`. `dims` is the shape of the output.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from convcalc.arrays.calculated_counts import check_count
from convcalc.arrays.calculated_layers import FUNCTIONS, Function
from convcalc.arrays.calculated_maps import OF_MAPS
from convcalc.arrays.calculated_places import PLACES
from convcalc.arrays.calculated_windows import WINDOWS
from convcalc.arrays.ops import Array
from convcalc.network.held import Nth


def calculated(of: Sequence[Array], dims: tuple[int, ...], fields: Mapping[str, Any]) -> Array:
    """The output of an operator, some of whose arguments are arrays.

    Raises FileNotFoundError, as for arrays that a file has not, where no function does it, and
    ValueError where more numbers would come out than `dims` says.

    >>> calculated([np.arange(3)], (3,), {"op": "aten.gt", "arguments": {"x": Nth(0), "other": 1}})
    array([False, False,  True])
    """
    function = _FUNCTIONS.get(fields["op"])
    if function is None:
        raise FileNotFoundError(2, f"{fields['op']} is not worked out here")
    # Some operators call the axes that they are given as we call the shape of the output.
    given = {
        "dim" if name == "dims" else name: _resolved(value, of)
        for name, value in fields["arguments"].items()
    }
    check_count(fields["op"], given, dims)
    found: Array = np.broadcast_to(function(dims, **given), dims)
    return found


def _resolved(value: object, of: Sequence[Array]) -> Any:
    if isinstance(value, Nth):
        return of[value]
    return tuple(_resolved(one, of) for one in value) if isinstance(value, tuple) else value


def _plain(function: Any) -> Function:
    """A function of arrays alone, whatever their names."""
    return lambda dims, *_, **given: np.asarray(function(*given.values()))


def _of_bits(function: Any) -> Any:
    """A function of bits; what stands beside truths is a truth, in whatever type it was made."""

    def found(x: Array, other: Any) -> Any:
        both = [np.asarray(x), np.asarray(other)]
        kind = bool if any(one.dtype == bool for one in both) else np.int64
        return function(*(one.astype(kind) for one in both))

    return found


def _over(function: Any) -> Function:
    """A figure over axes."""

    def found(dims: tuple[int, ...], x: Array, dim: Any = None, **_: object) -> Any:
        return np.asarray(function(x, axis=dim or (0 if dim == 0 else None))).reshape(dims)

    return found


def _sum(sign: int) -> Function:
    def found(dims: tuple[int, ...], x: Array, other: Array, alpha: float = 1) -> Any:
        return np.asarray(x + sign * alpha * np.asarray(other))

    return found


def _div(dims: tuple[int, ...], x: Array, other: Array, rounding_mode: str | None = None) -> Any:
    if rounding_mode == "floor":
        return np.floor_divide(x, other)
    found = np.true_divide(x, other)
    return np.asarray(np.trunc(found) if rounding_mode == "trunc" else found)


def _clamp(dims: tuple[int, ...], x: Array, min: Any = None, max: Any = None) -> Any:
    return np.clip(x, min, max)


def _arange(
    dims: tuple[int, ...], end: float, start: float = 0, step: float = 1, **_: object
) -> Any:
    # By its number of elements: sums of steps would not come to as many.
    return np.asarray(start + step * np.arange(dims[0]))


def _linspace(dims: tuple[int, ...], start: float, end: float, steps: int, **_: object) -> Any:
    return np.linspace(start, end, steps)


def _eye(dims: tuple[int, ...], **_: object) -> Any:
    return np.eye(dims[0], dims[-1])


def _triangle(cut: Callable[..., Any]) -> Function:
    return lambda dims, x, diagonal=0: np.asarray(cut(x, diagonal))


def _lower_places(dims: tuple[int, ...], row: int, col: int, offset: int = 0, **_: object) -> Any:
    """Rows, and columns, of what is on a diagonal of so many of each or below it."""
    rows = np.arange(max(0, -offset), row)
    return _places_of_rows(rows, np.zeros_like(rows), np.minimum(rows + offset + 1, col))


def _upper_places(dims: tuple[int, ...], row: int, col: int, offset: int = 0, **_: object) -> Any:
    """Rows, and columns, of what is on a diagonal of so many of each or above it."""
    rows = np.arange(min(row, col - offset))
    return _places_of_rows(rows, np.maximum(rows + offset, 0), col)


def _places_of_rows(rows: Array, first: Array, end: Array | int) -> Any:
    """Rows and columns of the places of each row from a column on, up to another one."""
    counts = end - first
    before = np.repeat(np.cumsum(counts) - counts, counts)
    columns = np.arange(len(before)) - before + np.repeat(first, counts)
    return np.stack([np.repeat(rows, counts), columns])


def _where(dims: tuple[int, ...], condition: Array, x: Array, other: Array) -> Any:
    return np.where(condition, x, other)


def _masked_fill(dims: tuple[int, ...], x: Array, mask: Array, value: Any) -> Any:
    return np.where(mask.astype(bool), value, x)


def _cumsum(dims: tuple[int, ...], x: Array, dim: int, **_: object) -> Any:
    return np.cumsum(x, axis=dim)


def _cat(dims: tuple[int, ...], tensors: Sequence[Array], dim: int = 0) -> Any:
    return np.concatenate([one for one in tensors if one.size], axis=dim)


def _stack(dims: tuple[int, ...], tensors: Sequence[Array], dim: int = 0) -> Any:
    return np.stack(tensors, axis=dim)


def _meshgrid(
    dims: tuple[int, ...], tensors: Sequence[Array], indexing: str = "ij", nth: int = 0
) -> Any:
    meshgrid: Any = np.meshgrid
    return meshgrid(*tensors, indexing=indexing)[nth]


def _index(dims: tuple[int, ...], x: Array, indices: Sequence[Array | None]) -> Any:
    places = tuple(slice(None) if one is None else _places(one) for one in indices)
    return np.asarray(x[places])


def _places(indices: Array) -> Any:
    return indices if indices.dtype == bool else indices.astype(np.int64)


def _index_select(dims: tuple[int, ...], x: Array, dim: int, index: Array) -> Any:
    return np.take(x, _places(index), axis=dim)


def _gather(dims: tuple[int, ...], x: Array, dim: int, index: Array, **_: object) -> Any:
    return np.take_along_axis(x, _places(index), axis=dim)


def _repeat(dims: tuple[int, ...], x: Array, repeats: Any, dim: int | None = None) -> Any:
    return np.repeat(x, repeats, axis=dim)


def _tile(dims: tuple[int, ...], x: Array, repeats: Sequence[int]) -> Any:
    return np.tile(x, repeats)


def _roll(dims: tuple[int, ...], x: Array, shifts: Any, dim: Any = ()) -> Any:
    return np.roll(x, shifts, dim or None)


def _flip(dims: tuple[int, ...], x: Array, dim: Any) -> Any:
    return np.flip(x, dim)


def _spread(dims: tuple[int, ...], x: Array, **_: object) -> Any:
    return np.broadcast_to(x, dims)


def _as_it_is(dims: tuple[int, ...], x: Array, **_: object) -> Any:
    return x.reshape(dims)


def _one_hot(dims: tuple[int, ...], x: Array, num_classes: int = -1) -> Any:
    return _places(x)[..., None] == np.arange(dims[-1])


def _diff(
    dims: tuple[int, ...],
    x: Array,
    n: int = 1,
    dim: int = -1,
    prepend: Array | None = None,
    append: Array | None = None,
) -> Any:
    more = {"prepend": prepend, "append": append}
    given = {name: one for name, one in more.items() if one is not None}
    values = x.astype(np.int8) if x.dtype == bool else x
    # Nothing is left after as many times as there are elements, and each time costs.
    most = x.size + sum(one.size for one in given.values())
    return np.diff(values, min(n, most), dim, **given)


def _slice_scatter(
    dims: tuple[int, ...],
    x: Array,
    src: Array,
    dim: int = 0,
    start: int | None = None,
    end: int | None = None,
    step: int = 1,
) -> Any:
    found = x.copy()
    found[(slice(None),) * (dim % x.ndim) + (slice(start, end, step),)] = src
    return found


def _select_scatter(dims: tuple[int, ...], x: Array, src: Array, dim: int, index: int) -> Any:
    found = x.copy()
    found[(slice(None),) * (dim % x.ndim) + (index,)] = src
    return found


def _reciprocal(x: Array) -> Any:
    return np.asarray(1 / x)


def _rsqrt(x: Array) -> Any:
    return np.asarray(1 / np.sqrt(x))


def _power(dims: tuple[int, ...], x: Array, exponent: Any) -> Any:
    # Whole numbers have no powers below 0 in numpy.
    return np.power(np.asarray(x, np.float64), exponent)


def _nearest(dims: tuple[int, ...], x: Array, *_: object, **__: object) -> Any:
    """A map at another size: of each new pixel the old one that it begins in."""
    for axis in range(2, len(dims)):
        x = np.take(x, np.arange(dims[axis]) * x.shape[axis] // dims[axis], axis=axis)
    return x


def _extreme(over: Any, place: Any, of_two: Any) -> Function:
    """The largest or the smallest over axes, as output 1 its place, or that of two tensors."""

    def found(dims: tuple[int, ...], x: Array, other: Any = None, **given: Any) -> Any:
        if other is not None:
            return of_two(x, other)
        return _over(place if given.get("nth") else over)(dims, x, **given)

    return found


_OF_ELEMENTS = {
    "aten.abs": np.abs, "aten.atan2": np.arctan2, "aten.bitwise_and": _of_bits(np.bitwise_and),
    "aten.bitwise_not": np.invert, "aten.bitwise_or": _of_bits(np.bitwise_or),
    "aten.bitwise_xor": _of_bits(np.bitwise_xor), "aten.ceil": np.ceil, "aten.cos": np.cos,
    "aten.eq": np.equal, "aten.exp": np.exp, "aten.floor": np.floor,
    "aten.floor_divide": np.floor_divide, "aten.ge": np.greater_equal, "aten.gt": np.greater,
    "aten.le": np.less_equal, "aten.log": np.log, "aten.log1p": np.log1p, "aten.log2": np.log2,
    "aten.logical_and": np.logical_and, "aten.logical_not": np.logical_not,
    "aten.logical_or": np.logical_or, "aten.logical_xor": np.logical_xor, "aten.lt": np.less,
    "aten.matmul": np.matmul, "aten.maximum": np.maximum, "aten.minimum": np.minimum,
    "aten.mul": np.multiply, "aten.ne": np.not_equal, "aten.neg": np.negative,
    "aten.outer": np.outer, "aten.reciprocal": _reciprocal, "aten.remainder": np.mod,
    "aten.round": np.round, "aten.rsqrt": _rsqrt, "aten.sign": np.sign, "aten.sin": np.sin,
    "aten.sqrt": np.sqrt, "aten.tanh": np.tanh, "aten.trunc": np.trunc,
}  # fmt: skip
_OVER_AXES = {
    "aten.sum": np.sum, "aten.mean": np.mean, "aten.amax": np.max, "aten.amin": np.min,
    "aten.any": np.any, "aten.all": np.all,
    "aten.prod": np.prod, "aten.argmax": np.argmax, "aten.argmin": np.argmin,
}  # fmt: skip


def _weight_norm(dims: tuple[int, ...], x: Array, g: Array, dim: int = 0) -> Any:
    """A direction at the length g; lengths are over all axes but one, or over all for -1."""
    axes = tuple(axis for axis in range(x.ndim) if axis != dim)
    return g * x / np.sqrt(np.sum(np.square(x), axis=axes, keepdims=True))


_FUNCTIONS: dict[str, Function] = {
    **FUNCTIONS,
    **WINDOWS,
    **OF_MAPS,
    **PLACES,
    "aten._weight_norm": _weight_norm,
    **{word: _plain(function) for word, function in _OF_ELEMENTS.items()},
    **{word: _over(function) for word, function in _OVER_AXES.items()},
    **dict.fromkeys((f"aten.upsample_nearest{rank}d" for rank in (1, 2, 3)), _nearest),
    "aten.max": _extreme(np.max, np.argmax, np.maximum),
    "aten.min": _extreme(np.min, np.argmin, np.minimum),
    "aten.add": _sum(1), "aten.sub": _sum(-1), "aten.div": _div, "aten.true_divide": _div,
    "aten.pow": _power, "aten.clamp": _clamp, "aten.clip": _clamp, "aten.clamp_min": _clamp,
    "aten.clamp_max": _clamp,
    "aten.arange": _arange, "aten.linspace": _linspace, "aten.eye": _eye,
    "aten.tril": _triangle(np.tril), "aten.triu": _triangle(np.triu), "aten.where": _where,
    "aten.tril_indices": _lower_places, "aten.triu_indices": _upper_places,
    "aten.masked_fill": _masked_fill, "aten.cumsum": _cumsum, "aten.cat": _cat,
    "aten.concat": _cat, "aten.stack": _stack, "aten.meshgrid": _meshgrid, "aten.index": _index,
    "aten.index_select": _index_select, "aten.gather": _gather, "aten.repeat_interleave": _repeat,
    "aten.repeat": _tile, "aten.roll": _roll, "aten.flip": _flip, "aten.expand": _spread,
    "aten.expand_as": _spread, "aten.to": _as_it_is, "aten.one_hot": _one_hot, "aten.diff": _diff,
    "aten.slice_scatter": _slice_scatter, "aten.select_scatter": _select_scatter,
}  # fmt: skip
