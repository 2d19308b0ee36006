"""How the tensors that go into a model become the inputs of our network."""

from __future__ import annotations

from typing import NamedTuple

from convcalc.core.shapes import Shape


class InputAxes(NamedTuple):
    """How a tensor that goes into the network becomes the input of ours.

    `sizes` are its own, 0 for an open one; `batch` is the axis of the samples, which ours has
    not, or None; `order` are the other axes, ours first to last.
    """

    name: str
    sizes: Shape
    batch: int | None
    order: tuple[int, ...]

    @property
    def shape(self) -> Shape:
        """The shape of our input."""
        return tuple(self.sizes[axis] for axis in self.order) or (1,)

    def dims(self, shape: Shape) -> Shape:
        """The tensor's shape where our input has `shape`: one sample."""
        by_axis = dict(zip(self.order, shape, strict=False))
        return tuple(by_axis.get(axis, 1) for axis in range(len(self.sizes)))

    def turned(self, order: tuple[int, ...]) -> InputAxes:
        """The same with our axes in another order."""
        return self._replace(order=tuple(self.order[axis] for axis in order))

    def upright(self) -> InputAxes:
        """The same with the axes behind the first in the order of the tensor: no picture is turned.

        >>> InputAxes("x", (1, 20, 30, 3), 0, (3, 2, 1)).upright().order
        (3, 1, 2)
        """
        return self._replace(order=(*self.order[:1], *sorted(self.order[1:])))
