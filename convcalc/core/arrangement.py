"""How a layer moves whole axes: which elementary axes make up those of its input and its output.

    c (h p) (w q) -> (c p q) h w

has the elementary axes c, h, p, w, q. A reshape is one too, where sizes divide each other. What
stands in the input alone is read whole by every unit (a sum); what stands in the output alone is
spread over (a broadcast).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import prod
from typing import NamedTuple

from convcalc.core.shapes import Shape

# The elementary axes that make up one axis, the slowest first.
Parts = tuple[int, ...]


class Arrangement(NamedTuple):
    """`sizes` of the elementary axes; which of them make up each axis, channels first."""

    sizes: Shape
    before: tuple[Parts, ...]
    after: tuple[Parts, ...]

    @property
    def inverse(self) -> Arrangement:
        """The way back."""
        return Arrangement(self.sizes, self.after, self.before)

    @property
    def keeps_positions(self) -> bool:
        """True where every position stays on its axis, whatever becomes of the channels."""
        return self.before[1:] == self.after[1:] and len(self.after) > 1


def permuted(x: Shape, axes: Sequence[int]) -> Arrangement:
    """The axes of `x` in another order.

    >>> permuted((3, 8, 9), (2, 0, 1)).after
    ((2,), (0,), (1,))
    """
    return Arrangement(x, tuple((n,) for n in range(len(x))), tuple((n,) for n in axes))


def reshaped(x: Shape, output: Shape) -> Arrangement | None:
    """The same elements in the same order; None where they are others, or do not divide.

    Cut where either shape cuts: 4 x 6 as 8 x 3 are the axes 4, 2 and 3.

    >>> reshaped((4, 6), (8, 3))
    Arrangement(sizes=(4, 2, 3), before=((0,), (1, 2)), after=((0, 1), (2,)))
    >>> reshaped((4, 6), (6, 4)), reshaped((4, 6), (4, 12)), reshaped((4, 6), (4, 3))
    (None, None, None)
    """
    if prod(x) != prod(output):
        return None
    cuts = sorted({*_strides(x), *_strides(output)})
    if any(more % less for less, more in pairwise(cuts)):
        return None
    # From the fastest axis to the slowest.
    sizes = [more // less for less, more in pairwise(cuts)]
    place = {cut: len(sizes) - number for number, cut in enumerate(cuts)}

    def parts(shape: Shape) -> tuple[Parts, ...]:
        strides = _strides(shape)
        # Strides of the axes, the whole number of elements first.
        bounds = strides[::-1]
        return tuple(tuple(range(place[a], place[b])) for a, b in pairwise(bounds))

    return Arrangement(tuple(sizes[::-1]), parts(x), parts(output))


def _strides(shape: Shape) -> list[int]:
    """1, and the elements behind each axis up to all of them.

    >>> _strides((4, 6))
    [1, 6, 24]
    """
    return [prod(shape[len(shape) - n :]) for n in range(len(shape) + 1)]
