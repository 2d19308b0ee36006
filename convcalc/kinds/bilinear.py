"""A learnt product of two maps."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, ClassVar

from convcalc.core.errors import LayerError
from convcalc.core.shapes import Shape, elements, format_shape
from convcalc.kinds.base import MIXED, Flow, Keeps, MergeKind, Work
from convcalc.kinds.base.copies import Copy
from convcalc.kinds.base.fields import Count, Flag, Names, described

if TYPE_CHECKING:
    from convcalc.arrays.ops import Array, Ops, Weights


class Bilinear(MergeKind):
    """Every output is a sum over all pairs of a feature of one input and one of the other.

    y_o = sum over i, j of x_i W_oij z_j + b_o, at each position where inputs have positions.
    Weights: (out, features of the first, of the second), and a bias of (out). MACs: one a weight,
    at each position. Source: PyTorch's Bilinear.

    ```yaml
    convcalc: 1
    input: {image: [64], question: [32]}
    layers:
      - bilinear: {inputs: [image, question], out: 10}
    ```
    """

    main: ClassVar[str] = "inputs"
    keeps: ClassVar[Keeps] = "input"

    inputs: Names = described("Names of the two layers whose features are multiplied.")
    out_features: Count = described("Features of the output.")
    bias: Flag = described("Add one learnt number to each output.", True)

    def output_of(self, inputs: tuple[Shape, ...]) -> Shape:
        first = inputs[0]
        output = (self.out_features, *first[1:])
        if len(inputs) != 2:
            raise LayerError(
                "wrong-value",
                f"{self.kind} multiplies two inputs, got {len(inputs)}",
                "name two layers, as in `inputs: [a, b]`",
                field="inputs",
                recovered=output,
            )
        if first[1:] != inputs[1][1:]:
            raise LayerError(
                "merge-size-mismatch",
                f"{format_shape(first)} and {format_shape(inputs[1])} have other positions",
                field="inputs",
                recovered=output,
            )
        return output

    def adds_bias(self) -> bool:
        return self.bias

    def thinned(self, inputs: tuple[Shape, ...]) -> Copy:
        few = {"out_features": min(self.out_features, 3)}
        cut = tuple((min(x[0], 3), *x[1:]) for x in inputs)
        return Copy(self.model_copy(update=few), cut)

    def flow_of(self, inputs: tuple[Shape, ...]) -> Flow:
        return MIXED

    def weights_of(self, inputs: tuple[Shape, ...]) -> dict[str, Shape]:
        first, second = inputs
        found: dict[str, Shape] = {"weight": (self.out_features, first[0], second[0])}
        return found | ({"bias": (self.out_features,)} if self.bias else {})

    def macs_of(self, inputs: tuple[Shape, ...], output: Shape) -> int:
        return prod(self.weights_of(inputs)["weight"]) * prod(output[1:])

    def work_of(self, inputs: tuple[Shape, ...], output: Shape) -> Work:
        return {"bias": elements(output) if self.bias else 0}

    def values_beside(self, inputs: tuple[Shape, ...], output: Shape) -> int:
        first, second = inputs
        # The products of all pairs of features.
        return 2 * first[0] * elements(second) + super().values_beside(inputs, output)

    def run(self, ops: Ops, inputs: tuple[Array, ...], weights: Weights) -> Array:
        matrix = weights["weight"].reshape(self.out_features, -1)
        y = ops.dot(_pairs(*inputs), matrix.T)
        return y + weights["bias"] if self.bias else y

    def gradients(
        self,
        ops: Ops,
        grad: Array,
        inputs: tuple[Array, ...],
        output: Array,
        weights: Weights,
    ) -> tuple[tuple[Array, ...], dict[str, Array]]:
        first, second = inputs
        weight = weights["weight"]
        to_pairs = ops.dot(grad, weight.reshape(len(weight), -1))
        to_pairs = to_pairs.reshape(*first.shape, second.shape[-1])
        rows, pairs = (x.reshape(-1, x.shape[-1]) for x in (grad, _pairs(first, second)))
        learnt = {"weight": ops.dot(rows.T, pairs).reshape(weight.shape)}
        if self.bias:
            learnt["bias"] = rows.sum(axis=0)
        to_first = (to_pairs * second[..., None, :]).sum(axis=-1)
        to_second = (to_pairs * first[..., :, None]).sum(axis=-2)
        return (to_first, to_second), learnt


def _pairs(first: Array, second: Array) -> Array:
    """(N, *S, A) and (N, *S, B) as (N, *S, A * B)."""
    every: Array = first[..., :, None] * second[..., None, :]
    return every.reshape(*first.shape[:-1], -1)


KIND = Bilinear
