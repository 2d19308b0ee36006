"""What a merge that does not fit is told: who is to blame, and what repairs it.

Each repair that is told was planned before (`trials`); where none works, the help advises.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import lcm

from convcalc.core.shapes import AXIS_NAMES, Shape, format_axes, format_shape
from convcalc.core.text import first_few
from convcalc.kinds.base import Kind, LayerKind, MergeKind
from convcalc.network.blame import Blame, BlameStep, made, out_field
from convcalc.network.trials import Change, Trials, with_fields
from convcalc.network.written_values import names_in

Scales = dict[int, Fraction | None]
# Layers whose padding is tried.
MAX_PADDED = 8

_CROP = "merge with `align: crop`"
PAD_OR_CROP = "pad or crop one of them"


def explained(blame: Blame, merge: Kind, trials: Trials) -> tuple[str, str]:
    """(note, help): the shapes by name, who is to blame, and what repairs it."""
    shapes = blame.shapes
    listed = first_few(
        [
            f"`{blame.name(index)}` has {format_shape(shape)}"
            for index, shape in zip(blame.merged, shapes, strict=True)
        ]
    )
    note = f"{blame.error.note.split(', got')[0]}: {listed}"
    if len({len(shape) for shape in shapes}) > 1:
        return _of_several_ranks(note, blame, merge, trials)
    if len({shape[1:] for shape in shapes}) == 1:
        if found := _of_a_mask(blame, merge, trials):
            return note, found
        channels = max(shape[0] for shape in shapes)
        way = "a 1x1 `conv`" if len(shapes[0]) > 1 else f"`linear: {channels}`"
        return note, f"give all of them {channels} channels, for instance by {way}"
    axis = blame.axes()[0]
    sizes = [shape[1 + axis] for shape in shapes]
    small, large = sizes.index(min(sizes)), sizes.index(max(sizes))
    sources = [{one for one in found if blame.is_source(one)} for found in blame.ancestors]
    if sources[small].isdisjoint(sources[large]):
        return note, "give the network's inputs sizes that fit each other"
    return _Repairs(blame, merge, trials, axis, small, large).explained(note)


def _of_a_mask(blame: Blame, merge: Kind, trials: Trials) -> str:
    """How masks of one channel are spread over those of the others; empty where that is no way."""
    shapes = blame.shapes
    masks = [n for n, shape in enumerate(shapes) if shape[0] == 1]
    if not isinstance(merge, MergeKind) or not merge.takes_masks or not masks:
        return ""
    channels = max(shape[0] for shape in shapes)
    axes = "".join(f" {name[0]}" for name in AXIS_NAMES[len(shapes[0]) - 1])
    way = f'broadcast: {{pattern: "1{axes} -> c{axes}", sizes: {{c: {channels}}}}}'
    if not trials.fits(merge, blame.merged, Change(before=dict.fromkeys(masks, way))):
        return ""
    names = first_few([f"`{blame.name(at)}`" for at in {blame.merged[n]: n for n in masks}])
    return f"spread {names} over {channels} channels by `{way}`"


def _of_several_ranks(note: str, blame: Blame, merge: Kind, trials: Trials) -> tuple[str, str]:
    node = blame.gate_layer()
    advice = "bring both to the same axes first (`flatten`, `unflatten`, a global pool)"
    if node is None:
        return note, advice
    channels = max(blame.shapes, key=len)[0]
    field = out_field(node)
    assert field is not None
    change = _everywhere(blame, node.template, **{field: channels})
    if not trials.fits(merge, blame.merged, Change(change)):
        return note, advice
    note += f"; a gate has a number for each of {channels} channels"
    if any("cin" in names_in(field.value) for field in node.template.fields.values()):
        note += f", and `cin` of `{node.name}` is {blame.shape(node.inputs[0])[0]}"
    return note, f"give `{node.name}` {channels} features"


class _Repairs:
    """Maps of different sizes, the numbers `small` and `large` of them on `axis`."""

    def __init__(
        self, blame: Blame, merge: Kind, trials: Trials, axis: int, small: int, large: int
    ) -> None:
        self.blame = blame
        self.merge = merge
        self.trials = trials
        self.small, self.large = small, large
        self.axis = axis
        self.steps = blame.steps(axis)
        self.scales = blame.scales(self.steps)

    def explained(self, note: str) -> tuple[str, str]:
        blame = self.blame
        scale_small, scale_large = (
            self.scales[blame.merged[one]] for one in (self.small, self.large)
        )
        if scale_small is None or scale_large is None:
            return note, self._or_crop(PAD_OR_CROP)
        found = blame.deviating(self.steps, self.scales, self.small, self.large)
        if scale_small != scale_large:
            return self._unequal_strides(note, found)
        if not found:
            return note, self._or_crop(PAD_OR_CROP)
        culprit, others = found[0], found[1:]
        axes = blame.axes_in_words()
        note += f"; {made(culprit)}" + (f" on the {axes}" if axes else "")
        if culprit.is_floored and culprit.lost > 0:
            over = int(culprit.lost / culprit.ratio)
            note += f": the floor drops {over} of {culprit.size}"
        if others:
            note += f", and {len(others)} more on the way {'do' if others[1:] else 'does'} alike"
        return note, self._or_crop(next(self._repairs(culprit, others), PAD_OR_CROP))

    def _fits(self, change: Change) -> bool:
        return self.trials.fits(self.merge, self.blame.merged, change)

    def _or_crop(self, help: str) -> str:
        if not self.blame.error.crops:
            return help
        return _CROP if help == PAD_OR_CROP else f"{help}, or {_CROP}"

    def _unequal_strides(self, note: str, deviating: list[BlameStep]) -> tuple[str, str]:
        """Paths whose strides differ: the layer that resizes on one of them only."""
        blame, steps = self.blame, self.steps
        only_small = blame.ancestors[self.small] - blame.ancestors[self.large]
        only_large = blame.ancestors[self.large] - blame.ancestors[self.small]
        strided = [steps[i] for i in sorted(only_small) if i in steps and steps[i].ratio != 1]
        if strided and all(i not in steps or steps[i].ratio == 1 for i in only_large):
            note += f"; {made(strided[-1])}, and nothing on the other path does"
        if found := self._to_one_stride({}):
            return note, found
        for said, layers in self._padded([*strided, *deviating], []):
            if found := self._to_one_stride(layers):
                return note, f"{said}, and {found}"
        return note, self._to_one_size()

    def _to_one_stride(self, layers: dict[int, Kind]) -> str:
        """A layer that brings one path to the stride of the other, with `layers` changed."""
        strides = self._strides()
        if not strides:
            return ""
        blame = self.blame
        large = blame.name(blame.merged[self.large])
        written = str(_folded(strides))
        channels = blame.shapes[self.large if blame.error.crops else self.small][0]
        down = f"conv: {{out: {channels}, k: 1, s: {written}}}"
        up = f"upsample: {written}"
        way = f"a layer of stride {written}" if blame.error.crops else f"`{down}`"
        is_down = self._fits(Change(layers, before={self.large: down}))
        is_up = self._fits(Change(layers, before={self.small: up}))
        if is_down:
            help = f"bring `{large}` to the same stride by {way}"
            return help + (f", or the other back by `{up}`" if is_up else "")
        small = blame.name(blame.merged[self.small])
        return f"bring `{small}` to the same stride by `{up}`" if is_up else ""

    def _strides(self) -> list[int]:
        """How many times the stride of the smaller path is that of the other, for each axis.

        Empty where it is not a whole number of times.
        """
        strides = []
        for axis in range(len(self.blame.shapes[0]) - 1):
            steps = self.steps if axis == self.axis else self.blame.steps(axis)
            scales = self.scales if axis == self.axis else self.blame.scales(steps)
            small, large = (scales[self.blame.merged[one]] for one in (self.small, self.large))
            if small is None or large is None or (large / small).denominator != 1:
                return []
            strides.append(int(large / small))
        return strides

    def _to_one_size(self) -> str:
        shapes = self.blame.shapes
        largest = [max(shape[1 + axis] for shape in shapes) for axis in range(len(shapes[0]) - 1)]
        way = f"upsample: {{output_size: {largest}}}"
        smaller = [n for n, shape in enumerate(shapes) if list(shape[1:]) != largest]
        names = first_few([f"`{self.blame.name(self.blame.merged[n])}`" for n in smaller])
        help = f"bring {names} to the largest size, for instance by `{way}`"
        if self._fits(Change(before=dict.fromkeys(smaller, way))):
            return help
        return f"{help}, and all to one number of channels by a 1x1 `conv`"

    def _repairs(self, culprit: BlameStep, others: list[BlameStep]) -> Iterator[str]:
        """What makes the merge fit where the strides agree, the best first."""
        if culprit.is_floored:
            yield from self._fitting_sizes(culprit)
        which = "those layers" if others else "that layer"
        steps = [culprit, *others]
        more = int(culprit.lost)
        if more > 0 and self._fits(Change(self._with(steps, output_padding=more))):
            yield f"use `output_padding: {more}` in {which}"
        if culprit.ratio == 1 and self._fits(Change(self._with(steps, padding="same"))):
            yield f"use `padding: same` in {which}"
        for said, layers in self._padded(steps, steps):
            if self._fits(Change(layers)):
                yield said
        if self._fits(Change(self._with(steps, padding="same_upper"))):
            yield f"use `padding: same_upper` in {which}"

    def _padded(
        self, steps: Sequence[BlameStep], named: Sequence[BlameStep]
    ) -> Iterator[tuple[str, dict[int, Kind]]]:
        """Layers of `steps`, one at a time, padded by half of their span, and that in words.

        Where all of `named` are the one layer, it is not named again.
        """
        for step in dict.fromkeys(steps[:MAX_PADDED]):
            layer = step.node.layer
            if not isinstance(layer, LayerKind):
                continue
            sides = [(window.span - 1) // 2 for window in layer.windows(step.x)]
            if not any(sides):
                continue
            padding = _folded(sides)
            if layers := self._with([step], padding=padding):
                is_named = len(named) == 1
                where = "that layer" if is_named else f"`{step.node.name}`"
                yield f"use `padding: {padding}` in {where}", layers

    def _with(self, steps: Sequence[BlameStep], **fields: object) -> dict[int, Kind]:
        """The layers of these steps with fields changed, wherever the file's layer is used.

        Empty where one of them has no such field.
        """
        layers: dict[int, Kind] = {}
        for step in steps:
            changed = _everywhere(self.blame, step.node.template, **fields)
            if not changed:
                return {}
            layers |= changed
        return layers

    def _fitting_sizes(self, step: BlameStep) -> Iterator[str]:
        """Sizes of an input, or of the map that a floor divides, that fit."""
        blame, index, every = self.blame, step.source, step.stride
        sources = set(filter(blame.is_source, set.union(*blame.ancestors)))
        known = [
            scale for at, scale in self.scales.items() if at in self.steps and scale is not None
        ]
        exact = all(one.keeps_multiples for one in self.steps.values())
        if len(sources) == 1 and len(known) == len(self.steps) and exact:
            # Every map on the way has a whole size where the input's is a multiple of this.
            index, every = sources.pop(), lcm(*(scale.denominator for scale in known))
        shape, axes = blame.shape(index), blame.axes()
        tried = [
            tuple(wanted // every * every for wanted in (size, size + every - 1))
            for size in (shape[1 + axis] for axis in axes)
        ]
        fitting = [
            format_axes(sizes)
            for sizes in zip(*tried, strict=True)
            if all(sizes) and self._fits(Change(shapes={index: _with_sizes(shape, axes, sizes)}))
        ]
        if fitting:
            words = blame.axes_in_words()
            what = f"the {words} of `{blame.name(index)}`" if words else f"`{blame.name(index)}`"
            sizes = " or ".join(fitting)
            multiple = f"a multiple of {every}" if "x" not in sizes else f"multiples of {every}"
            yield f"give {what} {sizes} pixels ({multiple})"


def _everywhere(blame: Blame, template: object, **fields: object) -> dict[int, Kind]:
    """The layers that one layer of the file has become, with fields changed."""
    layers: dict[int, Kind] = {}
    for node in blame.nodes:
        if node.template is template:
            changed = with_fields(node.layer, **fields)
            if changed is None:
                return {}
            layers[node.at] = changed
    return layers


def _with_sizes(shape: Shape, axes: Sequence[int], sizes: Sequence[int]) -> Shape:
    changed = list(shape)
    for axis, size in zip(axes, sizes, strict=True):
        changed[1 + axis] = size
    return tuple(changed)


def _folded(values: list[int]) -> int | list[int]:
    """Numbers of axes as a file has them: once where they are the same.

    >>> _folded([2, 2]), _folded([2, 1])
    (2, [2, 1])
    """
    return values if len(set(values)) > 1 else values[0]
