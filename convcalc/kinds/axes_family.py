"""Moves of whole axes, and sums along one: `permute`, `roll`, `split`, `cumsum`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import PlainValidator, WithJsonSchema

from convcalc.core.arrangement import Arrangement, permuted
from convcalc.core.errors import LayerError
from convcalc.core.links import past_link, window_link
from convcalc.core.shapes import Shape, Window, elements, format_shape
from convcalc.kinds.base import KEPT, POINTWISE_LINKS, Flow, Kind, LayerKind, Links, Work
from convcalc.kinds.base.checks import divisible, spatial_rank
from convcalc.kinds.base.field_values import MAX_COUNT, is_integer, show, wrong
from convcalc.kinds.base.fields import Count, Index, described, per_axis, with_expression
from convcalc.kinds.base.moved_axes import MovedAxes
from convcalc.kinds.base.moving import (
    Axis,
    along_axis,
    array_axis,
    axis_of,
    rolled_axis,
)
from convcalc.kinds.base.ranges import Range, sign_of

if TYPE_CHECKING:
    from convcalc.arrays.ops import Array, Ops, Weights


def _order(value: object) -> tuple[int, ...]:
    if not isinstance(value, (list, tuple)) or not all(map(is_integer, value)):
        message = f"wants the numbers of the axes, got {show(value)}"
        raise wrong("wrong-type", message, "write [1, 0]: 0 is the axis of the channels")
    if sorted(value) != list(range(len(value))) or not 1 <= len(value) <= 4:
        message = f"wants every axis once, got {show(list(value))}"
        meant = f"write {_mended(value)}: 0 is the axis of the channels"
        raise wrong("wrong-value", message, meant)
    return tuple(value)


def _mended(axes: Sequence[int]) -> list[int]:
    """As many axes, each once: counted from 0, negative ones from the end, others in the gaps.

    Two are those that change places.

    >>> _mended([0, 1, 5]), _mended([2, 3, 1]), _mended([-1, 0, 1]), _mended([1, 1, 0])
    ([0, 1, 2], [1, 2, 0], [2, 0, 1], [1, 2, 0])
    >>> _mended([1, 2]), _mended([2, 0])
    ([0, 2, 1], [2, 1, 0])
    """
    if len(axes) == 2 and 0 <= min(axes) < max(axes) < 4:
        order = [*range(max(axes) + 1)]
        order[axes[0]], order[axes[1]] = axes[1], axes[0]
        return order
    many = min(len(axes), 4) or 2
    first = 1 if sorted(axes) == list(range(1, len(axes) + 1)) else 0
    wanted = [axis - first if axis >= 0 else axis + len(axes) for axis in axes[:many]]
    left = [axis for axis in range(many) if axis not in wanted]
    found: list[int] = []
    for axis in wanted or left:
        is_free = axis in range(many) and axis not in found
        found.append(axis if is_free else left.pop(0))
    return found


def _shifts(value: object) -> int | tuple[int, ...]:
    values: list[Any] = [*value] if isinstance(value, (list, tuple)) else [value]
    for one in values:
        if not is_integer(one) or abs(one) > MAX_COUNT:
            message = f"wants integers, got {show(value)}"
            raise wrong("wrong-type", message, "write 3, or one value an axis, as in [3, -1]")
    if not values:
        raise wrong("wrong-value", "is an empty list", "write one value per spatial axis")
    if isinstance(value, (list, tuple)):
        return tuple(values)
    shift: int = values[0]
    return shift


_AXIS_NUMBER = with_expression({"type": "integer", "minimum": 0, "maximum": 3})
_INTEGER = with_expression({"type": "integer"})
Order = Annotated[
    tuple[int, ...],
    PlainValidator(_order),
    WithJsonSchema({"type": "array", "minItems": 1, "maxItems": 4, "items": _AXIS_NUMBER}),
]
Shifts = Annotated[
    int | tuple[int, ...],
    PlainValidator(_shifts),
    WithJsonSchema(
        {
            "anyOf": [
                *_INTEGER["anyOf"],
                {"type": "array", "minItems": 1, "maxItems": 3, "items": _INTEGER},
            ]
        }
    ),
]


class Permute(MovedAxes):
    """The axes in another order: axis n of the output is axis `axes[n]` of the input.

    0 is the axis of the channels. What was a position becomes a channel, and the other way.
    Source: PyTorch's permute, less the batch.

    ```yaml
    convcalc: 1
    input: [64, 8, 10]
    layers:
      - permute: [1, 2, 0]
    ```
    """

    main: ClassVar[str] = "axes"
    aliases: ClassVar[tuple[str, ...]] = ("transpose",)

    axes: Order = described("For each axis of the output, that of the input; 0 is the channels.")

    def output(self, x: Shape) -> Shape:
        if len(self.axes) != len(x):
            raise LayerError(
                "wrong-rank",
                f"axes has {len(self.axes)} numbers, but the input {format_shape(x)} has {len(x)}",
                "another order",
                field="axes",
                recovered=x,
                repairs=[{"axes": order} for order in self._orders(len(x))],
            )
        return tuple(x[axis] for axis in self.axes)

    def _orders(self, rank: int) -> Iterator[tuple[int, ...]]:
        """What was meant for so many axes: the batch left out, or those that there are not."""
        if len(self.axes) == rank + 1:
            yield tuple(axis - 1 for axis in self.axes[1:])
        there = [axis for axis in self.axes if axis < rank]
        yield (*there, *sorted(set(range(rank)) - set(there)))

    def hands_on(self, x: Shape) -> bool:
        return self.axes == tuple(range(len(x)))

    def arrangement(self, x: Shape) -> Arrangement:
        return permuted(x, self.axes)


class Roll(LayerKind):
    """Every position moved by `shifts`, and what leaves at the end comes in at the front.

    Source: PyTorch's roll over the spatial axes.

    ```yaml
    convcalc: 1
    input: [96, 56, 56]
    layers:
      - roll: -3
      - roll: [3, 1]
    ```
    """

    main: ClassVar[str] = "shifts"
    is_spatial: ClassVar[bool] = True

    shifts: Shifts = described("Positions to move by, towards the end; one value, or one an axis.")

    def stays_in_channel(self) -> bool:
        return True

    def value_range(self, inputs: tuple[Range, ...]) -> Range:
        return inputs[0]

    def hands_on(self, x: Shape) -> bool:
        shifts = per_axis(self.shifts, len(x) - 1, "shifts")
        return not any(by % size for by, size in zip(shifts, x[1:], strict=True))

    def output(self, x: Shape) -> Shape:
        per_axis(self.shifts, spatial_rank(x, self.kind), "shifts")
        return x

    def reads_by_size(self) -> bool:
        return True

    def is_linear(self) -> bool:
        return True

    def links(self, x: Shape) -> Links:
        shifts = per_axis(self.shifts, len(x) - 1, "shifts")
        return tuple(map(rolled_axis, x[1:], shifts))

    def work(self, x: Shape, output: Shape) -> Work:
        return {}

    def forward(self, ops: Ops, x: Array, w: Weights) -> Array:
        return self._rolled(ops, x, 1)

    def backward(
        self, ops: Ops, grad: Array, x: Array, y: Array, w: Weights
    ) -> tuple[Array, dict[str, Array]]:
        return self._rolled(ops, grad, -1), {}

    def _rolled(self, ops: Ops, x: Array, sign: int) -> Array:
        rank = x.ndim - 2
        shifts = per_axis(self.shifts, rank, "shifts")
        moves = tuple(sign * by % size for by, size in zip(shifts, x.shape[1:-1], strict=True))
        rolled: Array = ops.np.roll(x, moves, tuple(range(1, 1 + rank)))
        return rolled


class Split(LayerKind):
    """One of several equal parts of an axis, counted from 0; a view.

    Source: PyTorch's chunk, of parts that are equal.

    ```yaml
    convcalc: 1
    input: [192, 64]
    layers:
      - split: {parts: 3, part: 1}
      - split: {parts: 2, part: 0, axis: positions}
    ```
    """

    is_view: ClassVar[bool] = True
    aliases: ClassVar[tuple[str, ...]] = ("chunk",)

    parts: Count = described("Number of equal parts.")
    part: Index = described("The part to take, counted from 0.")
    axis: Axis = described("The axis to split.", "channels")

    def output(self, x: Shape) -> Shape:
        axis = axis_of(self.axis, x, self.kind)
        divisible(x[axis], self.parts, "channels" if not axis else "positions", "parts")
        if self.part >= self.parts:
            raise LayerError(
                "size-out-of-range",
                f"part {self.part} of {self.parts}, which are counted from 0",
                field="part",
                recovered=self._cut(x, axis),
                repairs=[{"part": self.parts - 1}],
            )
        return self._cut(x, axis)

    def _cut(self, x: Shape, axis: int) -> Shape:
        return (*x[:axis], x[axis] // self.parts, *x[axis + 1 :])

    def reads_by_size(self) -> bool:
        return self.axis not in ("channels", 0)

    def is_linear(self) -> bool:
        return True

    def links(self, x: Shape) -> Links:
        axis = axis_of(self.axis, x, self.kind)
        start = x[axis] // self.parts * self.part
        return along_axis(axis, window_link(Window(1, 1, -start)), len(x) - 1)

    def flow(self, x: Shape) -> Flow:
        axis = axis_of(self.axis, x, self.kind)
        return KEPT if axis or self.parts == 1 else Flow("picked", (x[0] // self.parts,))

    def value_range(self, inputs: tuple[Range, ...]) -> Range:
        return inputs[0]

    def hands_on(self, x: Shape) -> bool:
        return self.parts == 1

    def work(self, x: Shape, output: Shape) -> Work:
        return {}

    def forward(self, ops: Ops, x: Array, w: Weights) -> Array:
        part: Array = ops.np.split(x, self.parts, axis=self._array_axis(ops, x))[self.part]
        return part

    def backward(
        self, ops: Ops, grad: Array, x: Array, y: Array, w: Weights
    ) -> tuple[Array, dict[str, Array]]:
        whole = ops.np.zeros(x.shape, grad.dtype)
        ops.np.split(whole, self.parts, axis=self._array_axis(ops, x))[self.part][:] = grad
        return whole, {}

    def _array_axis(self, ops: Ops, x: Array) -> int:
        return array_axis(axis_of(self.axis, ops.shape(x), self.kind), x.ndim - 2)


class Cumsum(LayerKind):
    """Along an axis, the sum of what stands there and before. Work: 1 an element.

    Source: PyTorch's cumsum.

    ```yaml
    convcalc: 1
    input: [8, 100]
    layers:
      - cumsum: positions
    ```
    """

    main: ClassVar[str] = "axis"

    axis: Axis = described("The axis to sum along.", "channels")

    def value_range(self, inputs: tuple[Range, ...]) -> Range:
        return sign_of(inputs[0])

    def hands_on(self, x: Shape) -> bool:
        return x[axis_of(self.axis, x, self.kind)] == 1

    def output(self, x: Shape) -> Shape:
        axis_of(self.axis, x, self.kind)
        return x

    def reads_by_size(self) -> bool:
        return self.axis not in ("channels", 0)

    def is_linear(self) -> bool:
        return True

    def links(self, x: Shape) -> Links:
        axis = axis_of(self.axis, x, self.kind)
        if not axis:
            return POINTWISE_LINKS[len(x) - 1]
        return along_axis(axis, past_link(x[axis], x[axis]), len(x) - 1)

    def work(self, x: Shape, output: Shape) -> Work:
        return {"merge": elements(output)}

    def forward(self, ops: Ops, x: Array, w: Weights) -> Array:
        sums: Array = ops.np.cumsum(x, axis=self._array_axis(ops, x))
        return sums

    def backward(
        self, ops: Ops, grad: Array, x: Array, y: Array, w: Weights
    ) -> tuple[Array, dict[str, Array]]:
        axis = self._array_axis(ops, x)
        behind = ops.np.cumsum(ops.np.flip(grad, axis), axis=axis)
        found: Array = ops.np.flip(behind, axis)
        return found, {}

    def _array_axis(self, ops: Ops, x: Array) -> int:
        return array_axis(axis_of(self.axis, ops.shape(x), self.kind), x.ndim - 2)


MEMBERS: tuple[type[Kind], ...] = (Permute, Roll, Split, Cumsum)
