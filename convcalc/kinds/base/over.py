"""What norms share that are taken over some axes of a sample: which ones, and what units read."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Annotated

from pydantic import PlainValidator, WithJsonSchema

from convcalc.core.errors import LayerError
from convcalc.core.links import POINTWISE
from convcalc.core.shapes import Shape, elements, format_shape
from convcalc.kinds.base.field_values import wrong
from convcalc.kinds.base.layer_kind import LayerKind
from convcalc.kinds.base.moving import AXIS_SCHEMA, Axis, array_axis, axis_of, read_axis, whole_axis
from convcalc.kinds.base.stated import KEPT, MIXED, POINTWISE_LINKS, Flow, Links

if TYPE_CHECKING:
    from convcalc.arrays.ops import Array


def _over(value: object) -> str | int | tuple[str | int, ...]:
    if value == "all":
        return "all"
    if not isinstance(value, (list, tuple)):
        return read_axis(value)
    axes = tuple(map(read_axis, value))
    if not axes or len(set(axes)) < len(axes):
        help = "write each axis once, as in [height, width]"
        raise wrong("wrong-value", "wants axes, each of them once", help)
    return axes


_LISTED = {"type": "array", "items": AXIS_SCHEMA, "minItems": 1, "maxItems": 4}
Over = Annotated[
    str | int | tuple[str | int, ...],
    PlainValidator(_over),
    WithJsonSchema({"anyOf": [{"enum": ["all"]}, *AXIS_SCHEMA["anyOf"], _LISTED]}),
]


class OverAxes(LayerKind):
    """A kind that takes one figure over some axes: `all`, the channels, the positions, or any."""

    if TYPE_CHECKING:
        over: Over

    def output(self, x: Shape) -> Shape:
        self.axes(x)
        return x

    def axes(self, x: Shape) -> tuple[int, ...]:
        """The numbers of the axes in a sample `x`, 0 for the channels. Raises LayerError."""
        if self.over == "all":
            return tuple(range(len(x)))
        if self.over == "positions" and len(x) > 1:
            return tuple(range(1, len(x)))
        named: tuple[Axis, ...] = self.over if isinstance(self.over, tuple) else (self.over,)
        found = sorted(axis_of(axis, x, self.kind, "over") for axis in named)
        if len(set(found)) < len(found):
            note = f"{list(named)} names an axis of {format_shape(x)} twice"
            help = "write each axis once, by its name or by its number"
            raise LayerError("wrong-value", note, help, field="over", recovered=x)
        return tuple(found)

    def links(self, x: Shape) -> Links:
        if self.sees_all(x):
            return POINTWISE_LINKS[len(x) - 1]
        axes = self.axes(x)
        return tuple(whole_axis(x[n]) if n in axes else POINTWISE for n in range(1, len(x)))

    def reads_by_size(self) -> bool:
        return not self.works_per_position() and self.over not in ("all", "positions")

    def sees_all(self, x: Shape) -> bool:
        axes = self.axes(x)
        return self.over == "all" or (len(x) > 1 and set(axes) >= {*range(1, len(x))})

    def works_per_position(self) -> bool:
        return self.over in ("channels", 0, ("channels",), (0,))

    def stays_in_channel(self) -> bool:
        named = self.over if isinstance(self.over, tuple) else (self.over,)
        return not {"all", "channels", 0} & {*named}

    def flow(self, x: Shape) -> Flow:
        return MIXED if 0 in self.axes(x) else KEPT

    def figures(self, x: Shape) -> int:
        """How many figures are taken of one sample."""
        return elements(x) // prod(x[axis] for axis in self.axes(x))

    def array_axes(self, x: Array) -> tuple[int, ...]:
        """The axes of an array `(N, *S, C)` that one figure is taken over."""
        rank = x.ndim - 2
        return tuple(array_axis(axis, rank) for axis in self.axes((x.shape[-1], *x.shape[1:-1])))
