"""Fields that are as some other layer's map: `like: c4` in place of sizes in numbers.

Where a layer is placed, the shapes of its input and of the named layer are known, and the kind
says which ordinary fields that makes; nobody after that knows of `like`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, ClassVar

from convcalc.core.errors import LayerError
from convcalc.core.shapes import Shape, format_shape
from convcalc.kinds.base.field_values import PerAxisValue
from convcalc.kinds.base.fields import PerAxisOrNone

if TYPE_CHECKING:
    from pydantic import TypeAdapter

LIKE = "like"


@cache
def lengths() -> TypeAdapter[PerAxisValue | None]:
    """What an offset may be: a number, one an axis, or nothing."""
    # Few networks have one, and making it takes as long as planning a small network.
    from pydantic import TypeAdapter

    return TypeAdapter(PerAxisOrNone)


class Likeness:
    """What a kind makes of the map that it is to be like; the defaults know of none."""

    # Fields that stand for others, with their descriptions; `like` names a layer.
    likes: ClassVar[Mapping[str, str]] = {}
    # The fields that they stand for, which are not written beside them.
    liked: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def fitted(cls, x: Shape, like: Shape, offset: PerAxisValue | None = None) -> dict[str, object]:
        """The fields that make the map `x` as large as that of `like`. Raises LayerError."""
        raise LookupError(f"{cls.__name__} is like no other layer")


def wanted_sizes(x: Shape, like: Shape) -> Shape:
    """The sizes of the map `like`, for a map of as many axes. Raises LayerError for another one."""
    if len(x) != len(like):
        raise LayerError(
            "wrong-rank",
            f"the input {format_shape(x)} has {_axes(x)}, and the layer that it is to be like, "
            f"{format_shape(like)}, has {_axes(like)}",
            "name a layer of as many axes",
            field=LIKE,
        )
    return like[1:]


def _axes(x: Shape) -> str:
    return f"{len(x) - 1} ax{'i' if len(x) == 2 else 'e'}s of positions"
