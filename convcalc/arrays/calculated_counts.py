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


def _counted(x: Array, weights: Array | None = None, minlength: int = 0) -> int:
    return max(minlength, int(x.max(initial=-1)) + 1)


_COUNTS: dict[str, Callable[..., int]] = {
    **dict.fromkeys(("aten.pad", "aten.constant_pad_nd"), _padded),
    **dict.fromkeys(("aten.kron", "aten.outer"), _pairs),
    "aten.repeat": lambda x, repeats: x.size * prod(repeats),
    "aten.repeat_interleave": _repeated,
    "aten.bincount": _counted,
    "aten.linspace": lambda start, end, steps, **_: int(steps),
}
