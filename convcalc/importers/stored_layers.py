"""Stored arrays that are layers by themselves, which read nothing and which all read that use them.

What is learnt is such a layer once: its parts and its other layouts are made of the whole.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

from convcalc.core.arrangement import Parts
from convcalc.core.shapes import Shape
from convcalc.importers.model import Operation
from convcalc.importers.tensor_views import View, plain_axes, whole
from convcalc.network.held import Held, Made

if TYPE_CHECKING:
    from convcalc.importers.building import Builder
    from convcalc.kinds.base import Kind


def held_view(held: Held) -> View:
    """A held array as a view of no node yet; `StoredLayers.source` makes the node."""
    numbers = range(len(held.dims))
    return whole(-1, held.dims or (1,), [(axis,) for axis in numbers])


def laid_out(held: Held, view: View, wanted: Sequence[Parts]) -> Held:
    """The array of a `held_view`, cut and laid out as `wanted`."""
    shape = tuple(view.size(axis) for axis in wanted)
    # The view's own axes are those of the array, however the tensor's have been moved.
    order = tuple(chain(*view.own))
    asked = tuple(chain(*wanted))
    if asked == order and shape == held.dims:
        return held
    sizes = tuple(view.sizes[part] for part in order)
    axes = tuple(order.index(part) for part in asked)
    return held.made("arranged", shape, sizes=sizes, axes=axes)


# What a layer has that can stand behind it as well, and the field by which it does without.
_SWITCHES = {"affine": ("weight", "bias"), "bias": ("bias",)}


class StoredLayers:
    """Those of one network that is being built."""

    def __init__(self, builder: Builder, apart: Container[str]) -> None:
        """`apart` are learnt arrays, by name, that layers use in ways that no shared weight has."""
        self._builder = builder
        self._apart = apart
        # As they are laid out: all who read one read one layer.
        self._sources: dict[tuple[object, ...], View] = {}
        # Those that are learnt, as they were laid out first; its axes are the array's own.
        self._learnt: dict[Held, View] = {}
        # Arrays that are layers, however these are laid out.
        self.sourced: set[Held] = set()
        # Learnt arrays that opaque layers count, which hold none.
        self.in_opaque: list[Held] = []

    def source(
        self, held: Held, view: View, wanted: Sequence[Parts], learnt: bool, operation: Operation
    ) -> View:
        """A held array as a layer that reads nothing, laid out as `wanted`; one for all readers.

        What is learnt is counted once: parts and other layouts of it are made of the whole.
        """
        key = (held, view, tuple(wanted), learnt)
        if key in self._sources:
            return self._sources[key]
        if learnt and (held.is_part or self._is_learnt(held)):
            found = self._learnt_again(held, operation)
            axes = iter([axis for axis in view.own if axis])
            own = tuple([next(axes) if axis else () for axis in found.own])
            made = self._builder.arranged(view._replace(at=found.at, own=own), wanted, operation)
        else:
            # What most models have no need of is loaded here and below when it is.
            from convcalc.kinds.source_family import Constant, Parameter

            shape = tuple(view.size(axis) for axis in wanted)
            kind, role = (Parameter, "weight") if learnt else (Constant, "value")
            array = laid_out(held, view, wanted)
            self.sourced.add(held)
            at = self._builder.layer(kind, {"shape": shape}, (), operation, {role: array})
            made = view._replace(at=at, own=tuple(wanted))
            if learnt:
                self._learn(held, made._replace(axes=view.own))
        self._sources[key] = made
        return made

    def is_apart(self, held: Held) -> bool:
        """True for a learnt array that is to be a layer, which all read that use it."""
        return held.whole.parameter in self._apart

    def stands_alone(self, held: Held) -> bool:
        """True for a learnt array that is no bias or scale of one layer: parts of others too."""
        return held.is_part or self.is_apart(held)

    def layer_of(self, held: Held, learnt: bool, operation: Operation) -> View:
        """A held array as a layer that reads nothing, its axes as they are.

        More than a sample has are joined from the front.
        """
        view = held_view(held)
        return self.source(held, view, plain_axes(view), learnt, operation)

    def divided(
        self,
        kind: type[Kind],
        fields: Mapping[str, Any],
        inputs: Sequence[int],
        operation: Operation,
        held: Mapping[str, Held],
    ) -> int | None:
        """A layer one of whose arrays others use without the rest, which stands behind it.

        A kernel of several layers with biases of their own is that of layers without one, and a
        bias of several layers is added to each. None for a layer that needs no other.
        """
        switch = next((one for one in _SWITCHES if one in kind.model_fields), "")
        behind = {role: held[role] for role in _SWITCHES.get(switch, ()) if role in held}
        if not behind or not any(map(self.is_apart, held.values())):
            return None
        if any(len(array.dims) != 1 for array in behind.values()):
            return None
        own = {role: array for role, array in held.items() if role not in behind}
        at = self._builder.layer(kind, {**fields, switch: False}, inputs, operation, own)
        for role, array in behind.items():
            at = self._behind(at, role, array, operation)
        return at

    def _behind(self, at: int, role: str, array: Held, operation: Operation) -> int:
        """A factor or a shift of each channel behind a layer."""
        from convcalc.kinds.arithmetic_family import Add, Mul
        from convcalc.kinds.learnt_family import Bias, Scale

        if not self.is_apart(array):
            learnt = Scale if role == "weight" else Bias
            return self._builder.layer(learnt, {}, (at,), operation, {role: array})
        wanted = [(0,), *[()] * (len(self._builder.shape(at)) - 1)]
        source = self.source(array, held_view(array), wanted, True, operation)
        merge = Mul if role == "weight" else Add
        return self._builder.layer(merge, {}, (at, source.at), operation)

    def _learn(self, held: Held, view: View) -> None:
        """Keeps which layer a learnt array is, and those that it is laid out of."""
        found: View | None = view
        while found is not None and held not in self._learnt:
            self._learnt[held] = found
            whole_ = held.laid_out_of
            if whole_ is None or held.is_part:
                return
            assert isinstance(held.source, Made)
            if held.source.how == "arranged":
                fields: Mapping[str, Any] = held.source.fields
                sizes, axes = fields["sizes"], fields["axes"]
                found = found.reshaped(tuple(sizes[axis] for axis in axes))
                if found is not None:
                    found = found.transposed(sorted(range(len(axes)), key=axes.__getitem__))
            found = found.reshaped(whole_.dims) if found is not None else None
            held = whole_

    def _is_learnt(self, held: Held | None) -> bool:
        while held is not None and held not in self._learnt:
            held = held.laid_out_of
        return held is not None

    def _learnt_again(self, held: Held, operation: Operation) -> View:
        """A learnt array that is a layer, or a part of one, with its own axes in their order."""
        parts = []
        whole_: Held | None = held
        while whole_ is not None and whole_ not in self._learnt:
            parts.append(whole_)
            whole_ = whole_.laid_out_of
        if whole_ is None:
            whole_ = parts.pop()
            self.layer_of(whole_, True, operation)
        found = self._builder.plain(self._learnt[whole_], operation)
        for part in reversed(parts):
            found = self._learnt[part] = self._part(found, part, operation)
        return found

    def _part(self, whole_: View, part: Held, operation: Operation) -> View:
        """What is made of a learnt array that is a layer: a range of it, or another layout."""
        assert isinstance(part.source, Made)
        fields: Mapping[str, Any] = part.source.fields
        found = whole_
        if part.source.how == "sliced" and part.dims != found.dims:
            found = self._sliced(found, part.dims, operation, **fields)
        elif part.source.how == "arranged":
            found = self._builder.reshaped(found, fields["sizes"], operation)
            found = self._builder.transposed(found, fields["axes"], operation)
        return self._builder.plain(self._builder.reshaped(found, part.dims, operation), operation)

    def _sliced(
        self, view: View, dims: Shape, operation: Operation, *, axis: int, start: int, step: int
    ) -> View:
        assert step == 1
        from convcalc.kinds.channel_family import Slice

        place = view.own.index(view.axes[axis])
        channels = (start, start + dims[axis])
        at = self._builder.layer(
            Slice, {"channels": channels, "axis": place}, (view.at,), operation
        )
        return view.resized(at, place, dims[axis], axis)
