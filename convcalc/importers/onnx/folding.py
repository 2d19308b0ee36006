"""Operations on small tensors of numbers, worked out while the file is read.

Exporters calculate sizes with operations: Shape, Gather, Concat, Reshape. They are followed
exactly, as long as the tensors stay small. Sources: the operators' pages of ONNX.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from functools import reduce
from itertools import chain, product
from math import prod
from typing import NamedTuple

from convcalc.core.shapes import Shape

Number = int | float
MOST_VALUES = 65_536


class Small(NamedTuple):
    """A small tensor: its elements row by row."""

    dims: Shape
    values: tuple[Number, ...]

    @property
    def whole(self) -> tuple[int, ...]:
        """The elements as integers."""
        return tuple(map(int, self.values))


class FoldError(Exception):
    """Small tensors that an operation cannot take; the text says why."""


class NotFoldedError(FoldError):
    """More numbers, or another way, than is worked out here: the operation is kept."""


def small(*values: Number) -> Small:
    """A vector."""
    return Small((len(values),), values)


def spread(dims: Sequence[Shape]) -> Shape:
    """The shape to which tensors of these shapes broadcast. Raises FoldError."""
    rank = max(map(len, dims), default=0)
    found = []
    for sizes in zip(*((1,) * (rank - len(one)) + tuple(one) for one in dims), strict=True):
        size = next((one for one in sizes if one != 1), 1)
        if any(one not in (1, size) for one in sizes):
            raise FoldError(f"sizes {' and '.join(map(str, sizes))} do not go together")
        found.append(size)
    return tuple(found)


def _checked(dims: Shape) -> Shape:
    if prod(dims) > MOST_VALUES:
        raise NotFoldedError(f"{prod(dims):,} numbers are more than are worked out here")
    return dims


def _steps(dims: Shape) -> tuple[int, ...]:
    return tuple(prod(dims[axis + 1 :]) for axis in range(len(dims)))


def expanded(x: Small, dims: Shape) -> Small:
    """The tensor repeated along axes of size 1."""
    dims = _checked(spread((x.dims, dims)))
    own = (1,) * (len(dims) - len(x.dims)) + x.dims
    values = x.values
    for axis in reversed(range(len(dims))):
        if own[axis] != dims[axis]:
            # What is behind the axis stands there already, and is repeated as one block.
            block = prod(dims[axis + 1 :])
            starts = range(0, len(values), block)
            parts = (values[start : start + block] * dims[axis] for start in starts)
            values = tuple(chain.from_iterable(parts))
    return Small(dims, values)


def elementwise(function: Callable[..., Number], *xs: Small) -> Small:
    """A function of numbers, element by element."""
    dims = spread([x.dims for x in xs])
    columns = [x.values if x.dims == dims else expanded(x, dims).values for x in xs]
    try:
        return Small(dims, tuple(map(function, *columns)))
    except (ZeroDivisionError, OverflowError, ValueError) as error:
        raise FoldError(str(error)) from error


def transposed(x: Small, order: Sequence[int]) -> Small:
    """The axes in another order."""
    dims = tuple(x.dims[axis] for axis in order)
    steps = _steps(x.dims)
    moved = [steps[axis] for axis in order]
    indices = product(*map(range, dims))
    return Small(dims, tuple(x.values[sum(map(operator.mul, at, moved))] for at in indices))


def sliced(x: Small, axis: int, indices: Sequence[int]) -> Small:
    """These indices of one axis."""
    outer, inner = prod(x.dims[:axis]), prod(x.dims[axis + 1 :])
    size = x.dims[axis]
    if any(not -size <= at < size for at in indices):
        raise FoldError(f"index {next(a for a in indices if not -size <= a < size)} of {size}")
    values: list[Number] = []
    for row in range(outer):
        for at in indices:
            start = (row * size + at % size) * inner
            values += x.values[start : start + inner]
    _checked((len(values),))
    return Small((*x.dims[:axis], len(indices), *x.dims[axis + 1 :]), tuple(values))


def put(x: Small, indices: Small, updates: Small) -> Small:
    """The tensor with other elements, or blocks of them, at these indices of its first axes.

    >>> put(Small((2, 2), (1, 2, 3, 4)), Small((1, 1), (1,)), Small((1, 2), (8, 9))).values
    (1, 2, 8, 9)
    """
    depth = indices.dims[-1]
    block = prod(x.dims[depth:])
    steps = _steps(x.dims)
    values, whole = [*x.values], indices.whole
    if not 0 < depth <= len(x.dims) or len(updates.values) * depth != len(whole) * block:
        raise FoldError(f"{updates.dims} do not go where {indices.dims} says, in {x.dims}")
    for row in range(len(whole) // depth):
        place = whole[row * depth : (row + 1) * depth]
        if any(not -size <= at < size for at, size in zip(place, x.dims, strict=False)):
            raise FoldError(f"index {list(place)} of {list(x.dims)}")
        start = sum(at % size * n for at, size, n in zip(place, x.dims, steps, strict=False))
        values[start : start + block] = updates.values[row * block : (row + 1) * block]
    return Small(x.dims, tuple(values))


def joined(xs: Sequence[Small], axis: int) -> Small:
    """Tensors one behind the other along an axis."""
    outer = prod(xs[0].dims[:axis])
    size = sum(x.dims[axis] for x in xs)
    dims = _checked((*xs[0].dims[:axis], size, *xs[0].dims[axis + 1 :]))
    lengths = [prod(x.dims[axis:]) for x in xs]
    pairs = list(zip(xs, lengths, strict=True))
    if set(lengths) == {1}:
        return Small(dims, tuple(chain.from_iterable(zip(*(x.values for x in xs), strict=True))))
    rows = (x.values[row * n : (row + 1) * n] for row in range(outer) for x, n in pairs)
    return Small(dims, tuple(chain.from_iterable(rows)))


def picked(x: Small, axis: int, indices: Small) -> Small:
    """The element that stands at its index along one axis, for each index.

    >>> picked(Small((2, 2), (1, 2, 3, 4)), 0, Small((1, 2), (1, 0))).values
    (3, 2)
    """
    size, steps = x.dims[axis], _steps(x.dims)
    values = []
    for at, index in zip(product(*map(range, indices.dims)), indices.whole, strict=True):
        if not -size <= index < size:
            raise FoldError(f"index {index} of {size}")
        place = (*at[:axis], index % size, *at[axis + 1 :])
        values.append(x.values[sum(map(operator.mul, place, steps))])
    return Small(indices.dims, tuple(values))


def summed_up(x: Small, axis: int) -> Small:
    """Each element with those before it along one axis added.

    >>> summed_up(Small((2, 2), (1, 2, 3, 4)), 1).values
    (1, 3, 3, 7)
    """
    values, step = [*x.values], prod(x.dims[axis + 1 :])
    for at in range(step, len(values)):
        if at // step % x.dims[axis]:
            values[at] += values[at - step]
    return Small(x.dims, tuple(values))


def reduced(
    x: Small, axes: Sequence[int], keeps: bool, function: Callable[[list[Number]], Number]
) -> Small:
    """A figure of all elements along these axes."""
    cells: dict[tuple[int, ...], list[Number]] = {}
    for at, value in zip(product(*map(range, x.dims)), x.values, strict=True):
        key = tuple(0 if axis in axes else index for axis, index in enumerate(at))
        cells.setdefault(key, []).append(value)
    dims = tuple(
        1 if axis in axes else size for axis, size in enumerate(x.dims) if keeps or axis not in axes
    )
    return Small(dims, tuple(function(cell) for cell in cells.values()))


def quotient(a: Number, b: Number) -> Number:
    """a / b: truncated for integers, as ONNX has it, and infinite for reals over 0."""
    if isinstance(a, int) and isinstance(b, int):
        found = abs(a) // abs(b)
        return found if (a < 0) == (b < 0) else -found
    if not b:
        return math.nan if not a or a != a else math.copysign(math.inf, a) * math.copysign(1, b)
    return a / b


def logarithm(a: Number) -> float:
    """The natural logarithm: of 0 it is infinite, of a negative number it is none.

    >>> logarithm(0), logarithm(-1)
    (-inf, nan)
    """
    return math.log(a) if a > 0 else -math.inf if a == 0 else math.nan


def root(a: Number) -> float:
    """The square root, which a negative number has not."""
    return math.sqrt(a) if not a < 0 else math.nan


def power(a: Number, b: Number) -> Number:
    """a to the b, of integers an integer; bounded."""
    if abs(b) > 64 or abs(a) > 1e18:
        raise OverflowError("a power beyond what sizes need")
    found: Number = a**b
    if isinstance(found, complex):
        raise ValueError("a root of a negative number")
    return found


def remainder(a: Number, b: Number) -> Number:
    """What is left of a, with its sign, as C has it; of integers an integer.

    >>> remainder(-7, 2), remainder(7, -2), remainder(-1.5, 2.0)
    (-1, 1, -1.5)
    """
    left = math.fmod(a, b)
    return int(left) if isinstance(a, int) and isinstance(b, int) else left


BINARY: dict[str, Callable[..., Number]] = {
    "Add": operator.add,
    "Sub": operator.sub,
    "Mul": operator.mul,
    "Div": quotient,
    "Pow": power,
    "Mod": operator.mod,
    "Equal": lambda a, b: int(a == b),
    "Less": lambda a, b: int(a < b),
    "LessOrEqual": lambda a, b: int(a <= b),
    "Greater": lambda a, b: int(a > b),
    "GreaterOrEqual": lambda a, b: int(a >= b),
    "And": lambda a, b: int(bool(a) and bool(b)),
    "Or": lambda a, b: int(bool(a) or bool(b)),
    "Xor": lambda a, b: int(bool(a) != bool(b)),
    "Where": lambda c, a, b: a if c else b,
}
UNARY: dict[str, Callable[[Number], Number]] = {
    "Neg": operator.neg,
    "Abs": abs,
    "Floor": lambda a: float(math.floor(a)),
    "Ceil": lambda a: float(math.ceil(a)),
    "Round": lambda a: float(round(a)),
    "Sqrt": root,
    "Exp": math.exp,
    "Log": logarithm,
    "Reciprocal": lambda a: quotient(1.0, a),
    "Not": lambda a: int(not a),
    "Sign": lambda a: (a > 0) - (a < 0),
    "Sin": math.sin,
    "Cos": math.cos,
    "Tanh": math.tanh,
    "Erf": math.erf,
    "Relu": lambda a: max(a, 0),
    "IsNaN": lambda a: int(a != a),
}
REDUCTIONS: dict[str, Callable[[list[Number]], Number]] = {
    "ReduceSum": lambda cell: sum(cell),
    "ReduceProd": lambda cell: reduce(operator.mul, cell, 1),
    "ReduceMax": lambda cell: max(cell),
    "ReduceMin": lambda cell: min(cell),
    "ReduceMean": lambda cell: sum(cell) / len(cell),
}
# Of many tensors, two at a time.
FOLDS: dict[str, Callable[..., Number]] = {"Max": max, "Min": min, "Sum": operator.add}
