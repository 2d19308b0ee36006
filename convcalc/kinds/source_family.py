"""Layers without an input: `parameter` and `constant`."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from convcalc.core.shapes import Shape
from convcalc.kinds.base import Kind, SourceKind
from convcalc.kinds.base.fields import FullShape, Number, described
from convcalc.kinds.base.ranges import EVERYTHING, Range

if TYPE_CHECKING:
    from convcalc.arrays.ops import Array, Ops, Weights


class Given(SourceKind):
    """An array that is the same for every sample."""

    main: ClassVar[str] = "shape"

    if TYPE_CHECKING:
        shape: Shape

    def shape_of(self) -> Shape:
        return self.shape

    def for_all(self, ops: Ops, array: Array) -> Array:
        """The array `(C, *S)` as `(N, *S, C)`, a view."""
        last = array.transpose(*range(1, array.ndim), 0)
        every: Array = ops.np.broadcast_to(last, (ops.batch, *last.shape))
        return every

    def gradients(
        self,
        ops: Ops,
        grad: Array,
        inputs: tuple[Array, ...],
        output: Array,
        weights: Weights,
    ) -> tuple[tuple[Array, ...], dict[str, Array]]:
        return (), {}


class Parameter(Given):
    """A learnt tensor, the same for every sample: a class token, a table of positions, queries.

    It reads nothing; layers name it, as in `add: [prev, positions]`. Learnt: its elements. It
    takes no memory but that of its parameters.
    Source: PyTorch's Parameter; Dosovitskiy et al. 2021 for the class token.

    ```yaml
    convcalc: 1
    input: [768, 196]
    layers:
      - {parameter: {shape: [768, 196]}, name: positions}
      - add: [input, positions]
    ```
    """

    shape: FullShape = described("Its shape, channels first.")

    def weights_of(self, inputs: tuple[Shape, ...]) -> dict[str, Shape]:
        return {"weight": self.shape}

    def run(self, ops: Ops, inputs: tuple[Array, ...], weights: Weights) -> Array:
        return self.for_all(ops, weights["weight"])

    def gradients(
        self,
        ops: Ops,
        grad: Array,
        inputs: tuple[Array, ...],
        output: Array,
        weights: Weights,
    ) -> tuple[tuple[Array, ...], dict[str, Array]]:
        total = grad.sum(axis=0)
        return (), {"weight": total.transpose(total.ndim - 1, *range(total.ndim - 1))}


class Constant(Given):
    """A tensor that is not learnt, the same for every sample, such as a table of sines.

    Its array is stored as a buffer, `LAYER.value`, and given with the weights; with `value` every
    element is that number, and nothing is stored. Source: PyTorch's register_buffer.

    ```yaml
    convcalc: 1
    input: [768, 196]
    layers:
      - {constant: {shape: [768, 196]}, name: positions}
      - add: [input, positions]
      - {constant: {shape: [768, 100], value: 0}, name: queries}
    ```
    """

    shape: FullShape = described("Its shape, channels first.")
    value: Number | None = described(
        "The number that every element is; ~ for a stored array.", None
    )

    def buffers_of(self, inputs: tuple[Shape, ...]) -> dict[str, Shape]:
        return {"value": self.shape} if self.value is None else {}

    def value_range(self, inputs: tuple[Range, ...]) -> Range:
        return EVERYTHING if self.value is None else (float(self.value),) * 2

    def run(self, ops: Ops, inputs: tuple[Array, ...], weights: Weights) -> Array:
        if self.value is None:
            return self.for_all(ops, weights["value"])
        return self.for_all(ops, ops.np.full(self.shape, float(self.value), ops.dtype))


MEMBERS: tuple[type[Kind], ...] = (Parameter, Constant)
