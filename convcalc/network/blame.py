"""Which layer made two maps differ, where a merge does not fit.

Along every path to the merge each layer has a ratio (1/2 for a pool of stride 2, 2 for an
upsampling by 2). Where the products of two paths differ, their strides do not match. Where they
agree, some layer gives more or fewer pixels than its ratio says: the floor of a division drops
some, or the padding is too narrow or too wide.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from convcalc.core.errors import LayerError
from convcalc.core.shapes import Shape, axis_name
from convcalc.kinds.base import LayerKind
from convcalc.network.graph import ancestors

if TYPE_CHECKING:
    from convcalc.kinds.arithmetic_family import MergeSizeError
    from convcalc.network.graph import GraphNode


class BlameStep(NamedTuple):
    """One layer on one axis, from the map `x` of the layer `source`; `ratio` is its own."""

    node: GraphNode
    source: int
    x: Shape
    axis: int
    ratio: Fraction

    @property
    def size(self) -> int:
        """Pixels of its input."""
        return self.x[1 + self.axis]

    @property
    def left(self) -> int:
        """Pixels of its output."""
        return self.node.facts.output[1 + self.axis]

    @property
    def lost(self) -> Fraction:
        """Output pixels that it lacks of size * ratio; negative where it adds some."""
        return self.size * self.ratio - self.left

    @property
    def stride(self) -> int:
        """Input pixels for each output pixel, rounded up."""
        return self.ratio.denominator

    def is_exact_at(self, size: int) -> bool:
        """True where an input of `size` would give size * ratio."""
        layer = self.node.layer
        if not isinstance(layer, LayerKind):
            return self.ratio == 1
        x = (*self.x[: 1 + self.axis], size, *self.x[2 + self.axis :])
        try:
            return layer.output(x)[1 + self.axis] == size * self.ratio
        except LayerError:
            return False

    @property
    def keeps_multiples(self) -> bool:
        """True where sizes that the stride divides are divided without a rest."""
        up = (self.size // self.stride + 1) * self.stride
        return self.ratio.numerator in (1, self.ratio) and self.is_exact_at(up)

    @property
    def is_floored(self) -> bool:
        """True where it only loses what its stride does not divide."""
        return self.ratio < 1 and self.keeps_multiples


class Blame:
    """A merge of the layers at `merged` that do not fit."""

    def __init__(
        self,
        nodes: Sequence[GraphNode],
        merged: tuple[int, ...],
        error: MergeSizeError,
    ) -> None:
        self.nodes = nodes
        self.merged = merged
        self.error = error
        self.shapes = error.inputs
        by_index = {index: ancestors(nodes, index) for index in merged}
        self.ancestors = [by_index[index] for index in merged]
        self.common = set.intersection(*self.ancestors)

    def depends_on(self, guessed: AbstractSet[int]) -> bool:
        """True where sizes differ and one path, but not all, runs through a guessed layer."""
        same_size = len({shape[1:] for shape in self.shapes}) == 1
        apart = set.union(*self.ancestors) - self.common
        return not same_size and not guessed.isdisjoint(apart)

    def gate_layer(self) -> GraphNode | None:
        """The layer that sets the length of a vector beside maps, where the merge takes gates.

        None where it is no gate, but a map made flat.
        """
        ranks = [len(shape) for shape in self.shapes]
        if not self.error.takes_gates or ranks.count(1) != 1:
            return None
        node = self.nodes[self.merged[ranks.index(1)]]
        while out_field(node) is None:
            if not node.inputs or self.shape(node.inputs[0]) != node.facts.output:
                return None
            node = self.nodes[node.inputs[0]]
        return node

    def name(self, index: int) -> str:
        """The name of the layer or input at `index`."""
        return self.nodes[index].name

    def shape(self, index: int) -> Shape:
        """What the layer or input at `index` makes."""
        return self.nodes[index].facts.output

    def is_source(self, index: int) -> bool:
        """True for inputs of the network and other layers that read none."""
        return not self.nodes[index].inputs

    def axes(self) -> list[int]:
        """The axes on which the maps differ."""
        axes = range(len(self.shapes[0]) - 1)
        return [axis for axis in axes if len({shape[1 + axis] for shape in self.shapes}) > 1]

    def axes_in_words(self) -> str:
        """Which axes differ; empty where all do."""
        rank, axes = len(self.shapes[0]) - 1, self.axes()
        return " and ".join(axis_name(axis, rank) for axis in axes) if len(axes) < rank else ""

    def steps(self, axis: int) -> dict[int, BlameStep]:
        """The layers on the way to the merge that follow a ratio on this axis."""
        steps = {}
        for index in sorted(set.union(*self.ancestors)):
            node = self.nodes[index]
            for source, links in zip(node.inputs, node.facts.links, strict=True):
                # A gate has no positions; the map beside it has.
                if links is not None and axis < len(links) and links[axis].rise:
                    ratio = Fraction(len(links[axis].taps), links[axis].rise)
                    steps[index] = BlameStep(node, source, self.shape(source), axis, ratio)
                    break
        return steps

    def scales(self, steps: dict[int, BlameStep]) -> dict[int, Fraction | None]:
        """Units for each pixel of the network's input, by ratio alone; None where unknown."""
        scales: dict[int, Fraction | None] = {}
        for index in sorted(set.union(*self.ancestors)):
            if self.is_source(index):
                scales[index] = Fraction(1)
                continue
            step = steps.get(index)
            source = scales[step.source] if step else None
            scales[index] = source * step.ratio if step and source is not None else None
        return scales

    def deviating(
        self,
        steps: dict[int, BlameStep],
        scales: dict[int, Fraction | None],
        small: int,
        large: int,
    ) -> list[BlameStep]:
        """Layers that lost pixels towards the small map, or added some towards the large one."""
        found: list[tuple[Fraction, int, BlameStep]] = []
        for index, step in steps.items():
            scale = scales[index]
            if scale is None:
                continue
            in_small, in_large = index in self.ancestors[small], index in self.ancestors[large]
            if (in_small and not in_large and step.lost > 0) or (
                in_large and not in_small and step.lost < 0
            ):
                # The weight of a pixel there, in pixels of the network's input.
                found.append((abs(step.lost) / scale, index, step))
        return [step for _, _, step in sorted(found, key=lambda one: one[:2], reverse=True)]


def out_field(node: GraphNode) -> str | None:
    """The field of a layer that says how many channels or features it makes."""
    fields = type(node.layer).model_fields
    return next((name for name in fields if name.startswith("out_")), None)


def made(step: BlameStep) -> str:
    """What a layer makes of its input's pixels, in words."""
    line = step.node.template.node.place.line
    return f"`{step.node.name}` (line {line}) makes {step.left} of {step.size} pixels"
