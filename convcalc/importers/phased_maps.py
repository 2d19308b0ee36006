"""Every n-th place of axes, joined for each place to begin at: a smaller map of more channels."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from convcalc.importers.tensor_views import View, uncut


def phased(view: View, axes: Sequence[int], by: Sequence[int], into: int) -> View | None:
    """The tensor with each of `axes` cut by its number, and what is cut off in front of `into`.

    The first of `axes` changes slowest there. None where the axes do not divide.

    >>> from convcalc.importers.tensor_views import whole
    >>> phased(whole(0, (3, 4, 6), ((0,), (1,), (2,))), (2, 1), (2, 2), 0).dims
    (12, 2, 3)
    """
    steps = dict(zip(axes, by, strict=False))
    if (
        len(steps) < len(by)
        or into in steps
        or any(view.dims[axis] % step for axis, step in steps.items())
    ):
        return None
    dims: list[int] = []
    places: list[int] = []
    inner: dict[int, int] = {}
    for axis, size in enumerate(view.dims):
        step = steps.get(axis)
        places.append(len(dims))
        dims += [size] if step is None else [size // step, step]
        inner[axis] = len(dims) - 1
    cut = uncut(view).reshaped(tuple(dims))
    if cut is None:
        return None
    order: list[int] = []
    for axis, place in enumerate(places):
        order += [*(inner[one] for one in axes), place] if axis == into else [place]
    sizes = [size // steps.get(axis, 1) for axis, size in enumerate(view.dims)]
    sizes[into] *= prod(by)
    return cut.transposed(order).reshaped(tuple(sizes))
