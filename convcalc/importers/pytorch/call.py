"""One operation on its way to layers: its arguments, and what rules make layers with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain
from math import isfinite
from types import MappingProxyType
from typing import Any, NamedTuple

from convcalc.core.arrangement import Parts
from convcalc.core.shapes import MAX_RANK, Shape
from convcalc.importers.building import Builder
from convcalc.importers.model import Operation
from convcalc.importers.placing import NoRuleError
from convcalc.importers.pytorch.constants import held_of, stored
from convcalc.importers.pytorch.values import Filled, Stored, Value
from convcalc.importers.stored_layers import held_view, laid_out
from convcalc.importers.tensor_views import View, grown, whole
from convcalc.kinds.base import Kind
from convcalc.kinds.source_family import Constant
from convcalc.network.held import Element, Held

Fields = Mapping[str, Any]
Arrays = Mapping[str, Held]


class Call(NamedTuple):
    """An operation that is being read; `sources` are the layers made of stored tensors so far."""

    builder: Builder
    operation: Operation
    sources: dict[Held, View]
    # Matrices that have several biases, or that are tables as well.
    tied: frozenset[str]
    # What is read of it later on.
    wanted: frozenset[str] = frozenset()
    # The types of the source's tensors, and how many samples they are of.
    elements: Mapping[str, Element] = MappingProxyType({})
    samples: int = 1
    # The axis of samples, in what goes in.
    batch: int = 0
    # Shapes of the first input and output in the example that was exported; none at other sizes.
    given: Shape | None = None
    stated: Shape | None = None
    # Elements before the samples in the first input; 0 where it is not known where they stand.
    ahead: int = 0

    def is_read(self, number: int) -> bool:
        """True where something reads the output of that number."""
        return not self.wanted.isdisjoint(self.operation.outputs[number : number + 1])

    def inside(self, op: str) -> Call:
        """The call as one of an operation that it is made of, after which its layer is named."""
        own = replace(self.operation, op=op, own_word=self.operation.word)
        return self._replace(operation=own)

    def view(self, value: Value) -> View:
        """The tensor as a layer: a source is placed where it is none yet."""
        if isinstance(value, View):
            return value
        if isinstance(value, Filled):
            return self._filled(value)
        known = self.sources.get(value.held)
        if known is None:
            return self.source(value, [axis for axis in value.view.axes if axis])
        # The same array seen otherwise: its own layer, whose parts are those of the first look.
        again = known.reshaped(value.dims)
        if again is None or not self._is_plain(value):
            return self.source(value, [axis for axis in value.view.axes if axis])
        return again

    def _is_plain(self, value: Stored) -> bool:
        """True where the tensor is seen as it is stored, but for axes of 1."""
        own = held_view(value.held).axes
        return [axis for axis in value.view.axes if axis] == [axis for axis in own if axis]

    def laid(self, value: Value, wanted: Sequence[Parts]) -> View:
        """The tensor laid out as `wanted`, which for a stored one takes no layer more."""
        if isinstance(value, Stored) and value.held not in self.sources:
            return self.source(value, wanted)
        return self.arranged(self.view(value), wanted)

    def source(self, value: Stored, wanted: Sequence[Parts]) -> View:
        """A stored tensor as a layer, laid out as `wanted`."""
        axes = few(wanted)
        made = self.builder.stored.source(
            value.held, value.view, axes, value.is_learnt, self.operation
        )
        if self._is_plain(value):
            self.sources[value.held] = made
        return made

    def _filled(self, value: Filled) -> View:
        if not isfinite(value.number):
            # No field says infinity.
            return self.view(stored(self.builder, held_of(self.builder, value)))
        kept = few_sizes([size for size in value.dims if size != 1])
        # A truth is a number too.
        fields = {"shape": kept, "value": value.number + 0}
        at = self.builder.layer(Constant, fields, (), self.operation)
        found = whole(at, kept, [(n,) for n in range(len(kept))]).reshaped(value.dims)
        if found is None:
            raise NoRuleError("it has too many axes")
        return found

    def layer(
        self, kind: type[Kind], fields: Fields, *inputs: View, held: Arrays | None = None
    ) -> int:
        """Places a layer; its index."""
        return self.builder.layer(kind, fields, [view.at for view in inputs], self.operation, held)

    def same(
        self, kind: type[Kind], fields: Fields, view: View, held: Arrays | None = None
    ) -> View:
        """A layer that keeps the shape, however the axes lie."""
        return view.on(self.layer(kind, fields, view, held=held))

    def arranged(self, view: View, wanted: Sequence[Parts]) -> View:
        """The view laid out as `wanted`."""
        return self.builder.arranged(view, wanted, self.operation)

    def channels_first(self, view: View, axis: int) -> View:
        """Laid out with the tensor's `axis` as channels, and the other axes as few as can be."""
        axis %= len(view.axes)
        if view.own and view.own[0] == view.axes[axis]:
            return view
        others = [one for n, one in enumerate(view.axes) if n != axis and one]
        return self.arranged(view, few([view.axes[axis], *others], 1))

    def alone(self, view: View, axis: int) -> tuple[View, int]:
        """Laid out so that an axis of ours is the tensor's `axis`; and which."""
        parts = view.axes[axis % len(view.axes)]
        if not parts and parts not in view.own:
            view = self.arranged(view, (*view.own, parts))
        if parts in view.own:
            return view, view.own.index(parts)
        axes = [one for one in view.axes if one]
        place = axes.index(parts)
        while len(axes) > 1 + MAX_RANK:
            first = 0 if place > 1 else place + 1
            axes[first : first + 2] = [(*axes[first], *axes[first + 1])]
            place = axes.index(parts)
        return self.arranged(view, axes), place

    def spread_over(self, view: View, other: View) -> View:
        """The tensor spread along every axis that `other` has and it has not."""
        missing = [n for n, axis in enumerate(other.axes) if axis and not view.axes[n]]
        for axis in missing:
            view = self.spread(view, axis, tuple(other.sizes[part] for part in other.axes[axis]))
        return view

    def spread(self, view: View, axis: int, sizes: Shape) -> View:
        """The tensor with its `axis` of 1 spread, as elementary axes of these sizes."""
        return self.builder.spread(view, grown(view, {axis: sizes}), self.operation)

    def stored(self, value: Value | None) -> Stored:
        """An argument that has to be a weight. Raises NoRuleError where it is worked out."""
        if isinstance(value, Filled):
            return stored(self.builder, held_of(self.builder, value))
        if not isinstance(value, Stored):
            raise NoRuleError("its weight is worked out from others")
        return value

    def array(self, value: Stored, shape: Shape | None = None) -> Held:
        """A stored tensor as an array of a layer, under another shape where one is given."""
        found = laid_out(value.held, value.view, value.view.axes)
        if shape is None or shape == found.dims:
            return found
        sizes = found.dims or (1,)
        return found.made("arranged", shape, sizes=sizes, axes=tuple(range(len(sizes))))

    def weights(self, weight: Value | None, bias: Value | None = None) -> dict[str, Held]:
        """The arrays `weight` and, where it is given, `bias`."""
        found = {"weight": self.array(self.stored(weight))}
        if bias is not None:
            found["bias"] = self.array(self.stored(bias))
        return found


def side(axes: Sequence[Parts], names: Sequence[str]) -> str:
    """One side of a pattern.

    >>> side(((0,), (1, 2), ()), "chw")
    'c (h w) 1'
    """
    words = (" ".join(names[part] for part in axis) for axis in axes)
    return " ".join(f"({word})" if " " in word else word or "1" for word in words)


def few(axes: Sequence[Parts], first: int = 0) -> list[Parts]:
    """No more axes than a sample has: from `first` on they are joined."""
    found = list(axes) or [()]
    while len(found) > 1 + MAX_RANK:
        found[first : first + 2] = [tuple(chain(found[first], found[first + 1]))]
    return found


def few_sizes(sizes: Sequence[int]) -> Shape:
    """As many elements under no more axes than a sample has, and at least one: joined in front.

    >>> few_sizes([]), few_sizes([2, 3, 4, 5, 6, 7])
    ((1,), (24, 5, 6, 7))
    """
    found = list(sizes) or [1]
    while len(found) > 1 + MAX_RANK:
        first, second, *rest = found
        found = [first * second, *rest]
    return tuple(found)
