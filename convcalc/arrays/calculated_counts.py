"""How many numbers come out of what may make more of constants than it reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any

import numpy as np

from convcalc.arrays.ops import Array


def check_count(op: str, given: Mapping[str, Any], dims: tuple[int, ...]) -> None:
    """Raises ValueError where more numbers would come out than the shape `dims` has.

    A file of a few bytes may ask for any number of zeros.

    >>> check_count("aten.repeat", {"x": np.ones(2), "repeats": (3,)}, (6,))
    """
    counting = _COUNTS.get(op)
    if counting is not None and (count := counting(**given)) > prod(dims):
        raise ValueError(f"{count:,} numbers come out, and it says {prod(dims):,}")


def _padded(x: Array, pad: Sequence[int], **_: object) -> int:
    sizes = [*x.shape]
    for axis, (before, after) in enumerate(zip(pad[::2], pad[1::2], strict=True)):
        sizes[-1 - axis] += before + after
    return prod(sizes)


def _repeated(x: Array, repeats: Any, dim: int | None = None, **_: object) -> int:
    places = x.size if dim is None else x.shape[dim]
    return int(np.sum(np.broadcast_to(repeats, places))) * (x.size // max(places, 1))


def _pairs(**given: Any) -> int:
    return prod(np.size(one) for one in given.values())


def _spread(**given: Any) -> int:
    return prod(np.broadcast_shapes(*map(np.shape, given.values())))


def _joined(tensors: Sequence[Array], **_: object) -> int:
    return sum(one.size for one in tensors)


def _lower(row: int, col: int, offset: int = 0, **_: object) -> int:
    """Twice the places on a diagonal or below it: in rows that grow by one, and in whole ones."""
    first = max(0, -offset)
    rows, width = max(0, row - first), first + offset + 1
    growing = min(rows, max(0, col - width))
    return 2 * (growing * width + growing * (growing - 1) // 2 + (rows - growing) * col)


def _upper(row: int, col: int, offset: int = 0, **_: object) -> int:
    return 2 * row * col - _lower(row, col, offset - 1)


def _counted(x: Array, weights: Array | None = None, minlength: int = 0) -> int:
    return max(minlength, int(x.max(initial=-1)) + 1)


# What works element by element on several arrays, each spread over the others.
_SPREADS = (
    "add addcdiv addcmul atan2 bitwise_and bitwise_or bitwise_xor clamp clamp_max clamp_min clip "
    "div eq floor_divide fmod ge gt hypot le lerp logaddexp logical_and logical_or logical_xor "
    "lt masked_fill maximum minimum mul ne pow remainder rsub sub true_divide where"
)

_COUNTS: dict[str, Callable[..., int]] = {
    **dict.fromkeys(("aten.pad", "aten.constant_pad_nd"), _padded),
    **dict.fromkeys(("aten.kron", "aten.outer"), _pairs),
    **dict.fromkeys((f"aten.{word}" for word in _SPREADS.split()), _spread),
    "aten.meshgrid": lambda tensors, **_: prod(one.size for one in tensors),
    **dict.fromkeys(("aten.cat", "aten.concat", "aten.stack"), _joined),
    "aten.tril_indices": _lower,
    "aten.triu_indices": _upper,
    "aten.repeat": lambda x, repeats: x.size * prod(repeats),
    "aten.repeat_interleave": _repeated,
    "aten.bincount": _counted,
    "aten.linspace": lambda start, end, steps, **_: int(steps),
}
