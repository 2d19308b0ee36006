"""Places of an axis, by their numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from convcalc.core.errors import LayerError
from convcalc.core.shapes import Shape, elements, format_shape
from convcalc.kinds.base import POINTWISE_LINKS, Flow, Kept, Links, MergeKind, Work
from convcalc.kinds.base.fields import Names, described
from convcalc.kinds.base.moving import Axis, array_axis, axis_of
from convcalc.kinds.base.ranges import Range

if TYPE_CHECKING:
    from convcalc.arrays.ops import Array, Ops

# Numbers of places are reals of single precision, which hold every integer up to this one.
MOST_PLACES = 1 << 24


class Take(MergeKind):
    """What stands at numbered places of an axis: of `[C, L]` and M numbers `[C, M]`.

    The second input is a vector of whole numbers, each a place of the axis: from 0 on, negative
    ones from its end. They are known when the network runs: a unit may read any place, so that
    the field behind it is a bound. No MACs and no work: numbers are copied. Training keeps the
    indices (8 bytes each). Source: PyTorch's index_select, numpy's take.

    ```yaml
    convcalc: 1
    input: {tokens: [64, 12], is_end: [1, 12]}
    layers:
      - {reduce: {pattern: "c l -> c", op: argmax}, from: is_end, name: last}
      - take: {inputs: [tokens, last], axis: positions}
    ```
    """

    main: ClassVar[str] = "inputs"
    aliases: ClassVar[tuple[str, ...]] = ("indexselect", "gather")
    input_words: ClassVar[tuple[str, ...]] = ("x", "indices")

    inputs: Names = described("Names of what is taken from, and of the places to take.")
    axis: Axis = described("The axis whose places they are.", "channels")

    def index_limits(self, inputs: tuple[Shape, ...]) -> Mapping[int, range]:
        size = inputs[0][axis_of(self.axis, inputs[0], self.kind)]
        return {1: range(-size, size)}

    def value_range(self, inputs: tuple[Range, ...]) -> Range:
        return inputs[0]

    def output_of(self, inputs: tuple[Shape, ...]) -> Shape:
        if len(inputs) != 2:
            raise LayerError(
                "wrong-value",
                f"{self.kind} takes places of one layer by those of another, got {len(inputs)} "
                "inputs",
                "name two layers, as in `inputs: [x, indices]`",
                field="inputs",
                recovered=inputs[0],
            )
        x, places = inputs
        if len(places) != 1:
            raise LayerError(
                "wrong-rank",
                f"the places that {self.kind} takes are a vector, and {format_shape(places)} is a "
                "map",
                "put a `flatten` before them",
                field="inputs",
                recovered=x,
            )
        axis = axis_of(self.axis, x, self.kind)
        return (*x[:axis], places[0], *x[axis + 1 :])

    def links_of(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Links, ...]:
        x = inputs[0]
        axis = axis_of(self.axis, x, self.kind)
        # Which places are read is known when the network runs.
        return None if axis else POINTWISE_LINKS[len(x) - 1], None

    def flow_of(self, inputs: tuple[Shape, ...]) -> Flow:
        return Flow("sampled" if axis_of(self.axis, inputs[0], self.kind) else "picked", (1,))

    def work_of(self, inputs: tuple[Shape, ...], output: Shape) -> Work:
        return {}

    def kept_of(self, inputs: tuple[Shape, ...], output: Shape) -> Kept:
        return Kept(bytes=8 * elements(inputs[1]))

    def forward_of(self, ops: Ops, inputs: tuple[Array, ...]) -> Array:
        x, places = inputs
        along, indices = self._indices(ops, x, places)
        taken = ops.np.take_along_axis(x, indices, along)
        unknown = ops.np.isnan(places).reshape(indices.shape)
        if ops.traces:
            unknown = unknown | ops.np.isnan(x).any(axis=along, keepdims=True)
        # What is no number is no place.
        found: Array = ops.np.where(unknown, ops.np.nan, taken)
        return found

    def backward_of(
        self, ops: Ops, grad: Array, inputs: tuple[Array, ...], y: Array
    ) -> tuple[Array, ...]:
        x, places = inputs
        along, indices = self._indices(ops, x, places)
        to_x = ops.np.zeros_like(x)
        rows = ops.np.moveaxis(to_x, along, 1)
        samples = ops.np.arange(len(x))[:, None]
        # One place may be taken several times.
        ops.np.add.at(
            rows, (samples, indices.reshape(places.shape)), ops.np.moveaxis(grad, along, 1)
        )
        return to_x, ops.np.zeros_like(places)

    def _indices(self, ops: Ops, x: Array, places: Array) -> tuple[int, Array]:
        """The axis of the array, and whole numbers `(N, 1, ..., M, ..., 1)` along it."""
        along = array_axis(axis_of(self.axis, ops.shape(x), self.kind), x.ndim - 2)
        whole = ops.np.rint(ops.np.nan_to_num(places)).astype("int64")
        shape = [len(x), *(1,) * (x.ndim - 1)]
        shape[along] = places.shape[-1]
        size = x.shape[along]
        return along, (whole.clip(-size, size - 1) % size).reshape(shape)


KIND = Take
