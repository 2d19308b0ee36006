"""A span of an axis as a person would write it: one of few equal parts, or its places."""

from __future__ import annotations

from typing import Any

from convcalc.kinds.axes_family import Split
from convcalc.kinds.base import Kind
from convcalc.kinds.channel_family import Slice

# More are no parts of something: the first of 16 tokens is a place.
_MOST_PARTS = 4


def cutting(
    size: int, first: int, last: int, axis: int, unit: int = 1
) -> tuple[type[Kind], dict[str, Any]]:
    """The kind and the fields for the places [first, last) of `size` along one of our axes.

    Of our axis, each place is `unit` long.

    >>> cutting(96, 32, 64, 0)
    (<class 'convcalc.kinds.axes_family.Split'>, {'parts': 3, 'part': 1})
    >>> cutting(16, 0, 1, 1)
    (<class 'convcalc.kinds.channel_family.Slice'>, {'channels': (0, 1), 'axis': 1})
    """
    at = {"axis": axis} if axis else {}
    count = last - first
    if first % count == 0 and size % count == 0 and size // count <= _MOST_PARTS:
        return Split, {"parts": size // count, "part": first // count, **at}
    return Slice, {"channels": (first * unit, last * unit), **at}
