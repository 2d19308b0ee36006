"""What the operations of a program hand to each other, as far as a plan has to know it."""

from __future__ import annotations

from typing import NamedTuple

from convcalc.core.arrangement import Parts
from convcalc.core.shapes import Shape
from convcalc.importers.tensor_views import View
from convcalc.network.held import Held

# The largest number of float32: what stands for no bound.
LARGEST = 3.4028234663852886e38


class Stored(NamedTuple):
    """A weight or a constant that no layer has read yet, seen through `view`."""

    held: Held
    view: View
    is_learnt: bool

    @property
    def dims(self) -> Shape:
        """Its shape as a tensor of the source."""
        return self.view.dims


class Filled(NamedTuple):
    """A tensor whose every element is one number."""

    dims: Shape
    number: float


# What stands for a tensor.
Value = View | Stored | Filled


def resized(view: View, at: int, place: int, axis: int, size: int) -> View:
    """Another node, in which the tensor's `axis`, which begins our axis `place`, has `size`.

    >>> from convcalc.importers.tensor_views import whole
    >>> heads = whole(0, (12, 5), ((), (1,), (0,))).reshaped((1, 5, 3, 4))
    >>> resized(heads, 1, 0, 2, 1).shape, resized(heads, 1, 0, 2, 1).dims
    ((4, 5), (1, 5, 1, 4))
    """
    old = view.axes[axis]
    kept = [part for part in range(len(view.sizes)) if part not in old]
    number = {part: count for count, part in enumerate(kept)}
    new = (len(kept),) if size != 1 else ()

    def renamed(all_parts: tuple[Parts, ...], changed: int) -> tuple[Parts, ...]:
        return tuple(
            (new if n == changed else ()) + tuple(number[part] for part in parts if part in number)
            for n, parts in enumerate(all_parts)
        )

    sizes = (*(view.sizes[part] for part in kept), *((size,) if new else ()))
    return View(at, sizes, renamed(view.own, place), renamed(view.axes, axis), view.by)
