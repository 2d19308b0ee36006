"""What is worked out axis by axis."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

Found = TypeVar("Found")


def by_axis(make: Callable[..., Found], *given: Sequence[Any]) -> tuple[Found, ...]:
    """`make` of what is given of each axis.

    >>> by_axis(max, (1, 5), (3, 2))
    (3, 5)
    """
    axes = tuple(zip(*given, strict=True))
    # Square maps under square kernels are the rule: what one axis gives, both do.
    if len(axes) == 2 and axes[0] == axes[1]:
        found = make(*axes[0])
        return found, found
    return tuple([make(*axis) for axis in axes])
