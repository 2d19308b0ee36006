"""Layers whose axes lie as their readers have them: the moves between one layout and another.

A rule of a source calls `layer` with a class of kind, its fields and the views it reads; how the
axes are to lie is asked of `arranged`.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

from convcalc.core.arrangement import Parts
from convcalc.core.shapes import MAX_RANK, Shape, format_shape
from convcalc.importers.arranging import moving, pattern_side
from convcalc.importers.listing import Listing
from convcalc.importers.model import Operation
from convcalc.importers.placing import Memo, NoRuleError, Placed, Placing
from convcalc.importers.spread_heads import Spread
from convcalc.importers.stored_layers import StoredLayers
from convcalc.importers.tensor_views import (
    View,
    aligned,
    expanded,
    like,
    plain_axes,
    uncut,
    whole,
)
from convcalc.kinds.base import Kind
from convcalc.network.held import Held


class TurnedInputError(Exception):
    """An input of the network is read with its axes in another order, first of all."""

    def __init__(self, at: int, order: tuple[int, ...]) -> None:
        super().__init__(at, order)
        self.at, self.order = at, order


class Builder(Placing):
    """The layers of one network, each with its tensor's axes laid out as its reader has them."""

    def __init__(
        self,
        listing: Listing,
        memo: Memo,
        max_layers: int,
        turned: Container[int] = (),
        apart: Container[str] = (),
    ) -> None:
        """`turned` are the inputs whose axes stand in the order of their first reader already.

        `apart` are learnt arrays, by name, that layers use in ways that no shared weight has.
        """
        super().__init__(listing, memo, max_layers)
        self.turned = turned
        self.stored = StoredLayers(self, apart)
        # What was made of stored tensors, so that all who read it read one layer.
        self.worked_out: dict[tuple[object, ...], Held] = {}
        self._moved: dict[tuple[object, ...], int] = {}
        # Layers that only move axes: what they read, how it is cut, and its axes after and before.
        self._movers: dict[int, tuple[int, Shape, tuple[Parts, ...], tuple[Parts, ...]]] = {}
        # Layers that spread, by place, and those of them that a reader did without.
        self._spread: dict[int, Spread] = {}
        self._undone: set[int] = set()

    def layer(
        self,
        kind: type[Kind],
        fields: Mapping[str, Any],
        inputs: Sequence[int],
        operation: Operation,
        held: Mapping[str, Held] | None = None,
    ) -> int:
        """Places a layer, and behind it what others use of it without the rest; the last's index.

        Raises StackError where it cannot stand there.
        """
        divided = self.stored.divided(kind, fields, inputs, operation, held) if held else None
        if divided is not None:
            return divided
        return super().layer(kind, fields, inputs, operation, held)

    def arranged(self, view: View, wanted: Sequence[Parts], operation: Operation) -> View:
        """The view laid out as `wanted`, by one layer at most.

        Raises NoRuleError where that has more axes than a sample has.
        """
        asked = tuple(wanted)
        if asked == view.own:
            return view
        if len(asked) > 1 + MAX_RANK:
            raise NoRuleError(f"it works on {len(asked)} axes at once")
        # Axes of 1 that nobody asks for are those of a batch, wherever it stands.
        left = [axis for axis in view.own if axis or axis in asked]
        is_input = view.at < self.input_count and view.at not in self.turned
        if is_input and sorted(asked) == sorted(left):
            order = tuple(view.own.index(axis) for axis in asked)
            if len(set(order)) == len(order):
                raise TurnedInputError(view.at, order)
        before = self._movers.get(view.at)
        if before is not None and before[1:] == (view.sizes, view.own, asked):
            # There and back again: the layer goes where nobody else reads it.
            self._undone.add(view.at)
            return view._replace(at=before[0], own=asked)
        key = (view.at, view.sizes, view.own, asked)
        at = self._moved.get(key)
        if at is None:
            kind, fields = moving(view, asked)
            mover = self.listing.operations.get(view.by, operation)
            at = self._moved[key] = self.layer(kind, fields, (view.at,), mover)
            self._movers[at] = (view.at, view.sizes, asked, view.own)
        return view._replace(at=at, own=asked)

    def plain(self, view: View, operation: Operation) -> View:
        """The view with the tensor's own axes, in their order; those of size 1 left out.

        More than a sample has are joined from the front.
        """
        return self.arranged(view, plain_axes(view), operation)

    def reshaped(self, view: View, dims: Shape, operation: Operation) -> View:
        """The tensor under another shape; a layer only where its axes do not divide into that."""
        # Axes that were cut in another way are whole again where they are ours as they stand.
        found = view.reshaped(dims) or uncut(view).reshaped(dims)
        if found is None:
            flat = self.arranged(view, [tuple(chain(*view.axes))], operation)
            kept = tuple(size for size in dims if size != 1)
            if len(kept) > 1 + MAX_RANK:
                raise NoRuleError(f"it has {len(kept)} axes")
            kind, fields = moving(flat._replace(own=(), axes=()), ())
            fields = {"shape": kept}
            at = self.layer(kind, fields, (flat.at,), operation)
            numbers = iter(range(len(kept)))
            found = whole(at, kept, [() if size == 1 else (next(numbers),) for size in dims])
        return found._replace(by=operation.number)

    def transposed(self, view: View, order: Sequence[int], operation: Operation) -> View:
        """The tensor with its axes in another order."""
        return view.transposed(order)._replace(by=operation.number)

    def output(self, view: View, operation: Operation) -> View:
        """An output of the network, without axes of 1 that the tensor has lost.

        An input that is one is handed on by a layer with a row.
        """
        if view.at >= self.input_count:
            return self.arranged(view, _without_lost(view, self.has_samples), operation)
        from convcalc.kinds.identity_family import Identity

        return view.on(self.layer(Identity, {}, (view.at,), operation))

    def aligned(self, left: View, right: View, operation: Operation) -> tuple[View, View]:
        """Both tensors with as many axes, cut alike. Raises NoRuleError."""
        rank = max(len(left.axes), len(right.axes))
        left, right = expanded(left, rank), expanded(right, rank)
        for mine, its in zip(left.dims, right.dims, strict=True):
            if mine != its and 1 not in (mine, its):
                message = f"{operation.title} joins unequal sizes"
                note = f"{format_shape(left.dims)} and {format_shape(right.dims)}"
                raise self.listing.refusal("merge-size-mismatch", message, operation, note=note)
        found = aligned(left, right)
        if found is None:
            # Cut in ways that do not divide: laid out as the tensors themselves are.
            found = aligned(uncut(self.plain(left, operation)), uncut(self.plain(right, operation)))
        if found is None:
            raise NoRuleError("its inputs are cut in ways that do not divide")
        return found

    def laid_like(self, view: View, other: View, operation: Operation) -> View:
        """`view` laid out as `other`, with which it is aligned."""
        return self.arranged(view, like(view, other), operation)

    def spread(self, view: View, other: View, operation: Operation) -> View:
        """`view` laid out as `other`, with which it is aligned, spread along what it lacks."""
        theirs = {
            mine: its
            for own, axis in zip(view.axes, other.axes, strict=True)
            if own
            for mine, its in zip(own, axis, strict=True)
        }
        names = [f"x{part}" for part in range(len(other.sizes))]
        before = [[names[theirs[part]] for part in axis] for axis in view.own]
        after = [[names[part] for part in axis] for axis in other.own]
        given = {names[part]: size for part, size in enumerate(other.sizes)}
        # Of a split axis all sizes but one are given, and those of new axes.
        found = {axis[0] for axis in before if axis}
        sizes = {name: size for name, size in given.items() if name not in found}
        from convcalc.kinds.broadcast import Broadcast

        pattern = f"{pattern_side(before)} -> {pattern_side(after)}"
        at = self.layer(Broadcast, {"pattern": pattern, "sizes": sizes}, (view.at,), operation)
        self._spread[at] = Spread(view, other, theirs)
        return other.on(at)

    def heads_shared(self, view: View) -> View | None:
        """What `(..., positions, features)` was before each head was spread to several in a row.

        None where nothing was. The layer that did it goes where nobody else reads it.
        """
        spread = self._spread.get(view.at)
        found = spread.undone(view) if spread is not None else None
        if found is not None:
            self._undone.add(view.at)
        return found

    def read(
        self, order: Sequence[tuple[int, Placed]], outputs: Iterable[int]
    ) -> list[tuple[int, Placed]]:
        """The layers without those that were undone and that nobody reads."""
        read, kept = {*outputs}, []
        for at, one in reversed(order):
            if at in read or at not in self._undone:
                read.update(one.inputs)
                kept.append((at, one))
        return kept[::-1]

    def undo(self, start: int, made: Iterable[object] = ()) -> None:
        """Layers from the place `start` on were placed for nothing, but for those that are read.

        Those stay that give what was `made`, which may be for nothing in the model itself, and
        what reads nothing: a stored array has been told of.
        """
        results = {one.at for one in made if isinstance(one, View)}
        places = range(start, len(self.placed))
        self._undone.update(at for at in places if self.placed[at].inputs and at not in results)

    def order_anew(self, order: Sequence[tuple[int, Placed]]) -> dict[int, int]:
        """Puts the layers in this order, each with its place until now; old places to new ones."""
        number = {at: new for new, (at, _) in enumerate(order)}
        self.placed = [
            one._replace(inputs=tuple([number[index] for index in one.inputs])) for _, one in order
        ]
        return number


def _without_lost(view: View, has_samples: bool) -> list[Parts]:
    """The axes of our layer without those of 1 that the tensor has not: positions, then channels.

    >>> _without_lost(View(3, (32,), ((0,), ()), ((), (0,))), True)
    [(0,)]
    >>> _without_lost(View(3, (32,), ((0,), ()), ((), (0,), ())), True)
    [(0,), ()]
    >>> row = View(3, (32,), ((), (0,)), ((), (0,)))
    >>> _without_lost(row, True), _without_lost(row, False)
    ([(0,)], [(), (0,)])
    """
    # The first axis is that of the samples, where there are any.
    kept = view.axes[has_samples and view.axes[:1] == ((),) :].count(())
    lost = view.own.count(()) - kept
    axes = list(view.own)
    for _ in range(min(lost, len(axes) - 1)):
        del axes[axes.index((), 1) if () in axes[1:] else 0]
    return axes
