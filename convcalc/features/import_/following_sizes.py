"""Sizes in a block that follow from the map that it reads, or from a layer of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod
from typing import NamedTuple

from convcalc.core.shapes import Shape
from convcalc.features.import_.spelling import Value

# Windows are so wide at most; larger quotients are chance.
_WIDEST = 64


class Maps(NamedTuple):
    """What a layer gives at each use of a block: the one at `item` of its list, or the input."""

    item: int
    shapes: Sequence[Shape]

    @property
    def name(self) -> str:
        """What stands for it in an expression; `{}` for a name that is not known yet."""
        return "{}" if self.item >= 0 else "in"


def followed(values: Sequence[Value], maps: Sequence[Maps], is_last: bool) -> tuple[str, int]:
    """The expression that comes to these sizes, one for each use, and the layer in it.

    `("", -1)` where none does. Of a height and a width that are equal, the last number is a width.

    >>> maps = [Maps(-1, [(96, 56, 56), (192, 28, 28)])]
    >>> followed([8, 4], maps, True), followed([64, 16], maps, False), followed([5, 3], maps, False)
    (('width(in)//7', -1), ('positions(in)//49', -1), ('', -1))
    >>> followed([56, 28], maps, False), followed([8, ...], maps, True)
    (('height(in)', -1), ('', -1))
    >>> followed([28, 14], [Maps(2, [(96, 1792), (192, 896)])], False)
    ('positions({})//64', 2)
    >>> followed([28, 14], [Maps(2, [(96, 1820), (192, 910)])], False)
    ('', -1)
    """
    known = [value for value in values if value is not ...]
    if not all(type(value) is int for value in known) or len(set(known)) < 2:
        return "", -1
    for quotient in (False, True):
        for one in maps:
            for word, sizes in _sizes(one.shapes, is_last):
                factor = _factor(values, sizes)
                if factor == 1 and not quotient:
                    return f"{word}({one.name})", one.item
                if quotient and 1 < factor <= _WIDEST:
                    return f"{word}({one.name})//{factor}", one.item
    return "", -1


def _sizes(shapes: Sequence[Shape], is_last: bool) -> Iterator[tuple[str, list[int]]]:
    if all(len(shape) == 3 for shape in shapes):
        axes = [("height", 1), ("width", 2)]
        for word, axis in reversed(axes) if is_last else axes:
            yield word, [shape[axis] for shape in shapes]
    if all(len(shape) > 1 for shape in shapes):
        yield "positions", [prod(shape[1:]) for shape in shapes]


def _factor(values: Sequence[Value], sizes: Sequence[int]) -> int:
    """How many times each value its size is; 0 where that is no one number."""
    pairs = [(value, size) for value, size in zip(values, sizes, strict=True) if value is not ...]
    factors = {size // value if value and size % value == 0 else 0 for value, size in pairs}
    return factors.pop() if len(factors) == 1 else 0
