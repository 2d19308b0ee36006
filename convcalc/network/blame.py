"""Which layer made two maps differ: the note and the repair for a merge that does not fit.

Along every path to the merge each layer has a ratio (1/2 for a pool of stride 2, 2 for an
upsampling by 2). Where the products of two paths differ, their strides do not match. Where they
agree, some layer gives more or fewer pixels than its ratio says: the floor of a division drops
some, or the padding is too narrow or too wide.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from fractions import Fraction
from math import lcm
from typing import TYPE_CHECKING, NamedTuple

from convcalc.core.errors import LayerError
from convcalc.core.shapes import Shape, axis_name, format_shape
from convcalc.kinds.base import LayerKind
from convcalc.network.graph import ancestors
from convcalc.network.written_values import names_in

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
            return size > 0 and layer.output(x)[1 + self.axis] == size * self.ratio
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
        self.ancestors = [ancestors(nodes, index) for index in merged]
        self.common = set.intersection(*self.ancestors)

    def depends_on(self, guessed: AbstractSet[int]) -> bool:
        """True where sizes differ and one path, but not all, runs through a guessed layer."""
        same_size = len({shape[1:] for shape in self.shapes}) == 1
        apart = set.union(*self.ancestors) - self.common
        return not same_size and not guessed.isdisjoint(apart)

    def explained(self) -> tuple[str, str]:
        """(note, help): the shapes by name, who is to blame, and what repairs it."""
        listed = " and ".join(
            f"`{self._name(index)}` has {format_shape(shape)}"
            for index, shape in zip(self.merged, self.shapes, strict=True)
        )
        note = f"{self.error.note.split(', got')[0]}: {listed}"
        if len({len(shape) for shape in self.shapes}) > 1:
            wrong_gate = self._wrong_gate(note)
            if wrong_gate is not None:
                return wrong_gate
            return note, "bring both to the same axes first (`flatten`, `unflatten`, a global pool)"
        if len({shape[1:] for shape in self.shapes}) == 1:
            channels = max(shape[0] for shape in self.shapes)
            return note, f"give all of them {channels} channels, for instance by a 1x1 `conv`"
        axis = self._axis()
        on_axis = self._on_axis(axis)
        sizes = [shape[1 + axis] for shape in self.shapes]
        small, large = sizes.index(min(sizes)), sizes.index(max(sizes))
        sources = [{one for one in found if self._is_source(one)} for found in self.ancestors]
        if sources[small].isdisjoint(sources[large]):
            return note, "give the network's inputs sizes that fit each other"
        steps = self._steps(axis)
        scales = self._scales(steps)
        scale_small, scale_large = scales[self.merged[small]], scales[self.merged[large]]
        if scale_small is None or scale_large is None:
            return note, self._or_crop("pad or crop one of them")
        if scale_small != scale_large:
            return self._unequal_strides(note, steps, small, large, scale_small / scale_large)
        found = self._deviating(steps, scales, small, large)
        if not found:
            return note, self._or_crop("pad or crop one of them")
        culprit, others = found[0], found[1:]
        note += f"; {_made(culprit)}{on_axis}"
        if culprit.is_floored and culprit.lost > 0:
            over = int(culprit.lost / culprit.ratio)
            note += f": the floor drops {over} of {culprit.size}"
        if others:
            note += f", and {len(others)} more on the way {'do' if others[1:] else 'does'} alike"
        return note, self._or_crop(self._repair(culprit, others, steps, scales))

    def _wrong_gate(self, note: str) -> tuple[str, str] | None:
        """A vector beside maps, where the merge takes gates: the layer that sets its length.

        None where it is no gate, but a map made flat.
        """
        ranks = [len(shape) for shape in self.shapes]
        if not self.error.takes_gates or ranks.count(1) != 1:
            return None
        node = self.nodes[self.merged[ranks.index(1)]]
        while not any(name.startswith("out_") for name in type(node.layer).model_fields):
            if not node.inputs or self._shape(node.inputs[0]) != node.facts.output:
                return None
            node = self.nodes[node.inputs[0]]
        channels = max(self.shapes, key=len)[0]
        note += f"; a gate has a number for each of {channels} channels"
        if any("cin" in names_in(field.value) for field in node.template.fields.values()):
            note += f", and `cin` of `{node.name}` is {self._shape(node.inputs[0])[0]}"
        return note, f"give `{node.name}` {channels} features"

    def _name(self, index: int) -> str:
        return self.nodes[index].name

    def _shape(self, index: int) -> Shape:
        return self.nodes[index].facts.output

    def _is_source(self, index: int) -> bool:
        return not self.nodes[index].inputs

    def _axis(self) -> int:
        axes = range(len(self.shapes[0]) - 1)
        return next(axis for axis in axes if len({shape[1 + axis] for shape in self.shapes}) > 1)

    def _on_axis(self, axis: int) -> str:
        """Which axes differ, in words; empty where all do."""
        rank = len(self.shapes[0]) - 1
        differ = [a for a in range(rank) if len({shape[1 + a] for shape in self.shapes}) > 1]
        return f" on the {axis_name(axis, rank)}" if len(differ) < rank else ""

    def _steps(self, axis: int) -> dict[int, BlameStep]:
        """The layers on the way to the merge that follow a ratio on this axis."""
        steps = {}
        for index in sorted(set.union(*self.ancestors)):
            node = self.nodes[index]
            for source, links in zip(node.inputs, node.facts.links, strict=True):
                # A gate has no positions; the map beside it has.
                if links is not None and axis < len(links) and links[axis].rise:
                    ratio = Fraction(len(links[axis].taps), links[axis].rise)
                    steps[index] = BlameStep(node, source, self._shape(source), axis, ratio)
                    break
        return steps

    def _scales(self, steps: dict[int, BlameStep]) -> dict[int, Fraction | None]:
        """Units for each pixel of the network's input, by ratio alone; None where unknown."""
        scales: dict[int, Fraction | None] = {}
        for index in sorted(set.union(*self.ancestors)):
            if self._is_source(index):
                scales[index] = Fraction(1)
                continue
            step = steps.get(index)
            source = scales[step.source] if step else None
            scales[index] = source * step.ratio if step and source is not None else None
        return scales

    def _unequal_strides(
        self, note: str, steps: dict[int, BlameStep], small: int, large: int, ratio: Fraction
    ) -> tuple[str, str]:
        """Paths whose strides differ: the layer that resizes on one of them only."""
        only_small = self.ancestors[small] - self.ancestors[large]
        only_large = self.ancestors[large] - self.ancestors[small]
        strided = [steps[i] for i in sorted(only_small) if i in steps and steps[i].ratio != 1]
        if strided and all(i not in steps or steps[i].ratio == 1 for i in only_large):
            note += f"; {_made(strided[-1])}, and nothing on the other path does"
        if ratio >= 1 or ratio.numerator != 1:
            return note, "bring both to one size, for instance by `upsample: {output_size: ...}`"
        stride = ratio.denominator
        channels = max(shape[0] for shape in self.shapes)
        way = f"`conv: {{out: {channels}, k: 1, s: {stride}}}`"
        if self.error.crops:
            way = f"a layer of stride {stride}"
        help = f"bring `{self._name(self.merged[large])}` to the same stride by {way}"
        return note, help + f", or the other back by `upsample: {stride}`"

    def _deviating(
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

    def _repair(
        self,
        step: BlameStep,
        others: list[BlameStep],
        steps: dict[int, BlameStep],
        scales: dict[int, Fraction | None],
    ) -> str:
        """What makes the layer give exactly what its ratio says."""
        which = "those layers" if others else "that layer"
        if step.is_floored:
            return self._fitting_size(step, steps, scales)
        if step.ratio > 1 and 0 < step.lost < step.ratio and not others:
            return f"use `output_padding: {step.lost}` in {which}"
        if step.ratio < 1 and step.size % step.stride == 0 and _take_padding([step, *others]):
            return f"use `padding: same_upper` in {which}"
        if step.ratio == 1 and _take_padding([step, *others]):
            return f"use `padding: same` in {which}"
        return "pad or crop one of them"

    def _fitting_size(
        self, step: BlameStep, steps: dict[int, BlameStep], scales: dict[int, Fraction | None]
    ) -> str:
        index, every = step.source, step.stride
        sources = set(filter(self._is_source, set.union(*self.ancestors)))
        known = [scale for index, scale in scales.items() if index in steps and scale is not None]
        exact = all(one.keeps_multiples for one in steps.values())
        if len(sources) == 1 and len(known) == len(steps) and exact:
            # Every map on the way has a whole size where the input's is a multiple of this.
            index, every = sources.pop(), lcm(*(scale.denominator for scale in known))
        size = self._shape(index)[1 + step.axis]
        down, up = size // every * every, -(-size // every) * every
        sizes = f"{down} or {up}" if down else f"{up}"
        rank = len(step.x) - 1
        axis = axis_name(step.axis, rank) if self._on_axis(step.axis) else ""
        what = f"the {axis} of `{self._name(index)}`" if axis else f"`{self._name(index)}`"
        return f"give {what} {sizes} pixels (a multiple of {every})"

    def _or_crop(self, help: str) -> str:
        return f"{help}, or merge with `align: crop`" if self.error.crops else help


def _made(step: BlameStep) -> str:
    line = step.node.template.node.place.line
    return f"`{step.node.name}` (line {line}) makes {step.left} of {step.size} pixels"


def _take_padding(steps: list[BlameStep]) -> bool:
    """True where every layer has a padding that may be a word."""
    windowed = (type(step.node.layer).model_fields for step in steps)
    return all("padding" in fields and "kernel_size" in fields for fields in windowed)
