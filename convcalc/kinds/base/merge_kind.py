"""The base of layers with several inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from convcalc.core.arrangement import Arrangement
from convcalc.core.shapes import Shape, elements
from convcalc.kinds.base.copies import Copy, Turn
from convcalc.kinds.base.kind import Kind
from convcalc.kinds.base.stated import (
    KEPT,
    KEPT_BY_WORD,
    POINTWISE_LINKS,
    WORK_CLASSES,
    Facts,
    Flow,
    Kept,
    Links,
    Work,
    shared,
)

if TYPE_CHECKING:
    from convcalc.arrays.ops import Array, Ops, Weights


class MergeKind(Kind):
    """A kind that joins several inputs; its main field `inputs` names them."""

    is_merge: ClassVar[bool] = True
    # `[C]` and `[C, 1, ...]` are spread over a map of C channels.
    takes_gates: ClassVar[bool] = False
    # Inputs are masks: one of a single channel is meant for all channels of the others.
    takes_masks: ClassVar[bool] = False

    def output_of(self, inputs: tuple[Shape, ...]) -> Shape:
        """The output shape of the joined inputs."""
        raise LookupError(f"{self.kind} states no output")

    def links_of(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Links, ...]:
        """For each input, how units read it; pointwise unless a kind says otherwise."""
        return (POINTWISE_LINKS[len(output) - 1],) * len(inputs)

    def arrangements_of(self, inputs: tuple[Shape, ...]) -> tuple[Arrangement | None, ...]:
        """For each input, how its axes become those of the output; see `arrangement`."""
        return (None,) * len(inputs)

    def flow_of(self, inputs: tuple[Shape, ...]) -> Flow:
        """What becomes of the channels; see `flow`."""
        return KEPT

    def macs_of(self, inputs: tuple[Shape, ...], output: Shape) -> int:
        """Multiply-accumulates; 0 for all but products of maps."""
        return 0

    def work_of(self, inputs: tuple[Shape, ...], output: Shape) -> Work:
        """Elementwise operations by class."""
        raise LookupError(f"{self.kind} has no rule for its elementwise work")

    def kept_of(self, inputs: tuple[Shape, ...], output: Shape) -> Kept:
        """What the backward pass needs again; by `keeps`, unless a kind says more."""
        return KEPT_BY_WORD[self.keeps]

    def notes_of(self, inputs: tuple[Shape, ...]) -> tuple[str, ...]:
        """What a reader of the plan should be told about this layer."""
        return ()

    def workspace_of(self, inputs: tuple[Shape, ...], output: Shape) -> int:
        """Values alive while it runs, beside its inputs and its output."""
        return 0

    def turns(self, inputs: tuple[Shape, ...]) -> tuple[Turn, ...]:
        return tuple(map(Turn, largest(inputs)[1:]))

    def on_map(self, inputs: tuple[Shape, ...], sizes: Shape) -> Copy:
        # A gate stays one number for the whole map.
        whole = largest(inputs)
        return Copy(self, tuple((x[0], *sizes) if x[1:] == whole[1:] else x for x in inputs))

    def forward_of(self, ops: Ops, inputs: tuple[Array, ...]) -> Array:
        """The output for the joined inputs, each (N, *S, C); see `LayerKind.forward`."""
        raise LookupError(f"{self.kind} has no forward pass")

    def backward_of(
        self, ops: Ops, grad: Array, inputs: tuple[Array, ...], y: Array
    ) -> tuple[Array, ...]:
        """Gradients with respect to each input, from that of the output `y`."""
        raise LookupError(f"{self.kind} has no gradient")

    def run(self, ops: Ops, inputs: tuple[Array, ...], weights: Weights) -> Array:
        return self.forward_of(ops, inputs)

    def gradients(
        self,
        ops: Ops,
        grad: Array,
        inputs: tuple[Array, ...],
        output: Array,
        weights: Weights,
    ) -> tuple[tuple[Array, ...], dict[str, Array]]:
        return self.backward_of(ops, grad, inputs, output), {}

    def facts(self, inputs: tuple[Shape, ...]) -> Facts:
        output = self._common(self.output_of(inputs))
        work = self.work_of(inputs, output)
        return Facts(
            output,
            sum(map(elements, self.weights_of(inputs).values())),
            sum(map(elements, self.buffers_of(inputs).values())),
            self.macs_of(inputs, output),
            tuple(work.get(name, 0) for name in WORK_CLASSES),
            tuple(map(shared, self.links_of(inputs, output))),
            kept=self.kept_of(inputs, output),
            notes=self.notes_of(inputs),
            workspace=self.workspace_of(inputs, output),
            arrangements=self.arrangements_of(inputs),
            flow=self._told(self.flow_of(inputs)),
            inputs=inputs,
        )

    def resolved(self, inputs: tuple[Shape, ...]) -> dict[str, Any]:
        fields = super().resolved(inputs)
        # The row's `inputs` already name them, resolved.
        fields.pop("inputs", None)
        return fields


def largest(inputs: tuple[Shape, ...]) -> Shape:
    """The input with most axes and, of these, most elements: the map that gates stand beside.

    >>> largest(((8, 1, 1), (8, 4, 4), (8,)))
    (8, 4, 4)
    """
    return max(inputs, key=lambda shape: (len(shape), elements(shape)))
