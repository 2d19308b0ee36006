"""Layers that only rename axes: `flatten`, `unflatten` and `reshape`."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, ClassVar, Literal

from convcalc.core.arrangement import Arrangement, reshaped
from convcalc.core.errors import LayerError
from convcalc.core.shapes import Shape, elements, format_shape
from convcalc.kinds.base import KEPT, POINTWISE_LINKS, Flow, Kind, LayerKind, Links, Work
from convcalc.kinds.base.checks import spatial_rank
from convcalc.kinds.base.code_lines import keras_call, torch_call
from convcalc.kinds.base.copies import Turn, whole
from convcalc.kinds.base.fields import FreeShape, FullShape, described
from convcalc.kinds.base.ranges import Range
from convcalc.kinds.base.undoing import Undone

if TYPE_CHECKING:
    from convcalc.arrays.ops import Array, Ops, Weights


Joined = Literal["channels", "positions"]


class Reshaping(LayerKind):
    """The same elements in the same order under other axes; a view, without work."""

    temporaries: ClassVar[int] = 0
    is_view: ClassVar[bool] = True

    def value_range(self, inputs: tuple[Range, ...]) -> Range:
        return inputs[0]

    def is_linear(self) -> bool:
        return True

    def hands_on(self, x: Shape) -> bool:
        return self.output(x) == x

    def links(self, x: Shape) -> Links:
        return POINTWISE_LINKS[len(x) - 1] if self.output(x)[1:] == x[1:] else None

    def arrangement(self, x: Shape) -> Arrangement | None:
        return reshaped(x, self.output(x))

    def turns(self, inputs: tuple[Shape, ...]) -> tuple[Turn, ...]:
        # Its numbers have to be as many as they are.
        return whole(inputs)

    def renames_positions(self, inputs: tuple[Shape, ...]) -> bool:
        return len(inputs[0]) > 1

    def flow(self, x: Shape) -> Flow:
        return KEPT if self.arrangement(x) else Flow("unfollowed")

    def work(self, x: Shape, output: Shape) -> Work:
        return {}

    def backward(
        self, ops: Ops, grad: Array, x: Array, y: Array, w: Weights
    ) -> tuple[Array, dict[str, Array]]:
        return ops.reshape(grad, ops.shape(x)), {}


class Flatten(Reshaping):
    """All elements as one vector, channel by channel; or all positions as one axis.

    ```yaml
    convcalc: 1
    input: [16, 5, 5]
    layers:
      - flatten: positions
      - flatten
      - linear: 120
    ```
    """

    main: ClassVar[str] = "axis"

    axis: Joined = described(
        "The axis that takes in the others: `channels` gives a vector, `positions` keeps channels.",
        "channels",
    )

    def sums(self, x: Shape, output: Shape) -> list[str]:
        joined = x if len(output) == 1 else x[1:]
        return [f"{'·'.join(map(str, joined))} = {output[-1]}"]

    def undone(self, x: Shape, output: Shape) -> Undone | None:
        if x == output:
            return None
        back = Unflatten if len(output) == 1 else Reshape
        return Undone(((back.kind, {"shape": x}),), is_exact=True)

    def torch(self, x: Shape) -> list[str] | None:
        return ["nn.Flatten()" if self.axis == "channels" else torch_call("Flatten", 2)]

    def keras(self, x: Shape) -> list[str] | None:
        if self.axis == "positions":
            return [keras_call("Reshape", (elements(x[1:]), x[0]))]
        # Vectors are channels first here; Keras has channels last.
        rank = len(x) - 1
        permuted = [keras_call("Permute", (rank + 1, *range(1, rank + 1)))] if rank else []
        return [*permuted, "layers.Flatten()"]

    def output(self, x: Shape) -> Shape:
        if self.axis == "channels":
            return (elements(x),)
        spatial_rank(x, "flatten: positions")
        return (x[0], elements(x[1:]))

    def forward(self, ops: Ops, x: Array, w: Weights) -> Array:
        kept = (x.shape[-1],) if self.axis == "positions" else ()
        return ops.reshape(x, (*kept, -1))


class Unflatten(Reshaping):
    """A vector as a map of the given shape.

    ```yaml
    convcalc: 1
    input: [100]
    layers:
      - linear: 8192
      - unflatten: [512, 4, 4]
    ```
    """

    main: ClassVar[str] = "shape"

    shape: FullShape = described("The output's shape, channels first.")

    def undone(self, x: Shape, output: Shape) -> Undone | None:
        return Undone(((Flatten.kind, {}),), is_exact=True)

    def torch(self, x: Shape) -> list[str] | None:
        return [torch_call("Unflatten", 1, self.shape)]

    def keras(self, x: Shape) -> list[str] | None:
        axes = (*range(2, len(self.shape) + 1), 1)
        return [keras_call("Reshape", self.shape), keras_call("Permute", axes)]

    def output(self, x: Shape) -> Shape:
        if len(x) != 1:
            raise LayerError(
                "wrong-rank",
                f"unflatten wants a vector, but its input is {format_shape(x)}",
                "use `reshape`, or put `flatten` before it",
                recovered=self.shape,
            )
        return _counted(x, self.shape)

    def forward(self, ops: Ops, x: Array, w: Weights) -> Array:
        return ops.reshape(x, self.shape)


class Reshape(Reshaping):
    """The same elements under another shape; one size may be -1 and is then found.

    ```yaml
    convcalc: 1
    input: [64, 8, 8]
    layers:
      - reshape: [16, 16, -1]
    ```
    """

    aliases: ClassVar[tuple[str, ...]] = ("view",)
    main: ClassVar[str] = "shape"

    shape: FreeShape = described("The output's shape, channels first; one -1 is found.")

    def reads_by_size(self) -> bool:
        return True

    def undone(self, x: Shape, output: Shape) -> Undone | None:
        return Undone(((Reshape.kind, {"shape": x}),), is_exact=True)

    def output(self, x: Shape) -> Shape:
        if -1 not in self.shape:
            return _counted(x, self.shape)
        known = prod(size for size in self.shape if size > 0)
        if elements(x) % known:
            raise LayerError(
                "element-count-mismatch",
                f"{elements(x)} elements ({format_shape(x)}) do not divide by {known}",
                "sizes that divide it",
                field="shape",
                repairs=[{"shape": tuple(size if size < 0 else 1 for size in self.shape)}],
            )
        return tuple(elements(x) // known if size < 0 else size for size in self.shape)

    def forward(self, ops: Ops, x: Array, w: Weights) -> Array:
        return ops.reshape(x, self.shape)


def _counted(x: Shape, shape: Shape) -> Shape:
    if elements(x) != elements(shape):
        raise LayerError(
            "element-count-mismatch",
            f"{format_shape(shape)} has {elements(shape)} elements, the input "
            f"{format_shape(x)} has {elements(x)}",
            "sizes whose product is equal",
            field="shape",
            recovered=shape,
            repairs=[{"shape": (max(elements(x) // prod(shape[1:]), 1), *shape[1:])}],
        )
    return shape


MEMBERS: tuple[type[Kind], ...] = (Flatten, Unflatten, Reshape)
