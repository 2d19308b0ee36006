"""What kinds share that move axes, or act along one of them."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import PlainValidator, WithJsonSchema

from convcalc.core.arrangement import Arrangement
from convcalc.core.errors import LayerError
from convcalc.core.links import MAX_PATTERN, POINTWISE, TOO_LONG, Link
from convcalc.core.shapes import AXIS_NAMES, Shape, format_shape
from convcalc.kinds.base.field_values import is_integer, show, wrong
from convcalc.kinds.base.fields import with_expression
from convcalc.kinds.base.stated import POINTWISE_LINKS, Links

WORDS = ("channels", "positions", "depth", "height", "width", "length")


def read_axis(value: object) -> str | int:
    """An axis as a file names it. Raises a validation error."""
    if value in WORDS:
        return str(value)
    if is_integer(value) and 0 <= value <= 3:  # type: ignore[operator]
        return int(value)  # type: ignore[call-overload, no-any-return]
    words = ", ".join(WORDS)
    message = f"is no axis: {show(value)}"
    raise wrong("wrong-value", message, f"write {words}, or a number (0: the channels)")


_NUMBER = with_expression({"type": "integer", "minimum": 0, "maximum": 3})
AXIS_SCHEMA: dict[str, Any] = {"anyOf": [{"enum": list(WORDS)}, *_NUMBER["anyOf"]]}
Axis = Annotated[str | int, PlainValidator(read_axis), WithJsonSchema(AXIS_SCHEMA)]


def axis_of(axis: str | int, x: Shape, kind: str, field: str = "axis") -> int:
    """The number of the axis in a sample `x`, 0 for the channels.

    Raises LayerError where the sample has no such axis.

    >>> axis_of("channels", (8, 4, 5), "softmax"), axis_of("width", (8, 4, 5), "softmax")
    (0, 2)
    """
    rank = len(x) - 1
    names = ("channels", *AXIS_NAMES.get(rank, ()))
    if axis == "positions" and rank == 1:
        return 1
    if isinstance(axis, int) and axis <= rank:
        return axis
    if axis in names:
        return names.index(str(axis))
    has = ", ".join(names)
    if axis == "positions":
        note = f"{kind} acts along one axis, but {format_shape(x)} has {rank} axes of positions"
        if not rank:
            note = f"{kind} acts along positions, but {format_shape(x)} has none"
        help = "a `flatten: positions` before it" if rank else ""
    else:
        note = f"the input {format_shape(x)} of {kind} has no axis {axis}; it has {has}"
        help = ""
    repairs = [{field: name} for name in reversed(names)]
    raise LayerError("wrong-rank", note, help, field=field, recovered=x, repairs=repairs)


def array_axis(axis: int, rank: int) -> int:
    """The same axis of a channels-last array `(N, *S, C)`.

    >>> array_axis(0, 2), array_axis(2, 2)
    (3, 2)
    """
    return axis if axis else rank + 1


def along_axis(axis: int, link: Link, rank: int) -> Links:
    """Links that read through `link` on one axis of positions, and pointwise on the others."""
    if not axis:
        return POINTWISE_LINKS[rank]
    return tuple(link if n == axis else POINTWISE for n in range(1, rank + 1))


def whole_axis(size: int) -> Link:
    """Every unit reads the whole axis."""
    return Link(0, (range(size),))


def rolled_axis(size: int, shift: int) -> Link:
    """Unit u reads the position u - shift, around the end of the axis."""
    if not shift % size:
        return POINTWISE
    if size > MAX_PATTERN:
        return TOO_LONG
    sources = ((unit - shift) % size for unit in range(size))
    return Link(size, tuple(range(source, source + 1) for source in sources), size)


def turned_axis(size: int) -> Link:
    """Unit u reads the position size - 1 - u."""
    if size == 1:
        return POINTWISE
    if size > MAX_PATTERN:
        return TOO_LONG
    return Link(size, tuple(range(place, place + 1) for place in reversed(range(size))), size)


def joined_axis(size: int, before: int, units: int) -> Link:
    """Of `units` in a row, `size` from `before` on read their own positions, the others none."""
    if units > MAX_PATTERN:
        return TOO_LONG
    places = (unit - before for unit in range(units))
    taps = (range(place, place + 1) if 0 <= place < size else range(0) for place in places)
    return Link(units, tuple(taps), units)


def links_by(arrangement: Arrangement | None, x: Shape) -> Links:
    """Pointwise where every position stays where it was; None elsewhere."""
    if arrangement is not None and arrangement.keeps_positions:
        return POINTWISE_LINKS[len(x) - 1]
    return None
