"""Operations become layers of our kinds, placed one behind the other as a walk over them goes.

A rule of a source calls `layer` with a class of kind, its fields and the views it reads; how the
axes are to lie is asked of `arranged`. The names come at the end, when it is known which layers
share a module.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import chain
from math import isinf, isnan
from typing import Any, NamedTuple, get_args, get_origin

from pydantic import ValidationError

from convcalc.core.arrangement import Parts
from convcalc.core.bounded_work import Budget, WorkError
from convcalc.core.errors import LayerError, Problem, StackError
from convcalc.core.links import MAX_LISTED
from convcalc.core.shapes import MAX_RANK, Shape, format_shape
from convcalc.importers.arranging import moving
from convcalc.importers.decimals import shortest
from convcalc.importers.listing import Listing
from convcalc.importers.model import Operation
from convcalc.importers.spread_heads import Spread
from convcalc.importers.stored_layers import StoredLayers
from convcalc.importers.tensor_views import View, aligned, expanded, like, uncut, whole
from convcalc.kinds.base import Facts, Kind
from convcalc.kinds.base.field_values import escaped
from convcalc.kinds.base.ranges import Range
from convcalc.network.graph import Input
from convcalc.network.held import Held

# A merge's field names its inputs; here they are nodes, and the field is never read.
_INPUT = "input"


class NoRuleError(Exception):
    """What an operation does that no kind can say; the text says why, for people.

    `macs` are its multiply-accumulates for one sample, where they are known all the same.
    """

    def __init__(self, why: str, macs: int | None = None) -> None:
        super().__init__(why)
        self.macs = macs


def number_word(number: float) -> float | str:
    """A number as a field has it that takes infinity too. Raises NoRuleError for NaN."""
    if isnan(number):
        raise NoRuleError("it has a number that is none (NaN)")
    return str(number) if isinf(number) else number + 0


class TurnedInputError(Exception):
    """An input of the network is read with its axes in another order, first of all."""

    def __init__(self, at: int, order: tuple[int, ...]) -> None:
        super().__init__(at, order)
        self.at, self.order = at, order


class Placed(NamedTuple):
    """A layer, or an input of the network, and the operation that it comes from."""

    layer: Kind
    inputs: tuple[int, ...]
    facts: Facts
    operation: Operation
    held: Mapping[str, Held]


class Memo:
    """What was made before, for all walks over one model."""

    def __init__(self) -> None:
        self.layers: dict[tuple[object, ...], Kind] = {}
        self.facts: dict[tuple[object, ...], Facts] = {}
        # Units that patterns of layers have listed.
        self.entries = Budget(MAX_LISTED)


class Builder:
    """Layers of one network, at given input shapes."""

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
        self.turned = turned
        self.stored = StoredLayers(self, apart)
        self.listing = listing
        self.memo = memo
        self.max_layers = max_layers
        self.placed: list[Placed] = []
        self.input_count = 0
        # Whether an input's tensor has an axis of samples.
        self.has_samples = False
        # What was made of stored tensors, so that all who read it read one layer.
        self.worked_out: dict[tuple[object, ...], Held] = {}
        self._moved: dict[tuple[object, ...], int] = {}
        # Layers that only move axes: what they read, how it is cut, and its axes after and before.
        self._movers: dict[int, tuple[int, Shape, tuple[Parts, ...], tuple[Parts, ...]]] = {}
        # Layers that spread, by place, and those of them that a reader did without.
        self._spread: dict[int, Spread] = {}
        self._undone: set[int] = set()
        # Where the numbers of layers lie, as far as it was asked.
        self._values: list[Range] = []

    def input(self, name: str, shape: Shape, axes: Sequence[Sequence[int]]) -> View:
        """An input of the network: its shape, and which of its axes the tensor's are."""
        at = len(self.placed)
        layer = Input.model_construct(shape=shape)
        operation = Operation(_INPUT, name, (), (name,))
        try:
            facts = layer.facts(())
        except LayerError as error:
            raise self.refuse(error.slug, f"input `{name}`", operation, note=error.note) from error
        self.placed.append(Placed(layer, (), facts, operation, {}))
        self.input_count = len(self.placed)
        self.has_samples |= () in axes
        return whole(at, shape, axes)

    def layer(
        self,
        kind: type[Kind],
        fields: Mapping[str, Any],
        inputs: Sequence[int],
        operation: Operation,
        held: Mapping[str, Held] | None = None,
    ) -> int:
        """Places a layer; its index. Raises StackError where it cannot stand there."""
        if len(self.placed) - self.input_count >= self.max_layers:
            message = f"the network has more than {self.max_layers:,} layers"
            help = "raise the limit with --max-layers"
            raise self.listing.refusal("too-many-layers", message, operation, help=help)
        divided = self.stored.divided(kind, fields, inputs, operation, held) if held else None
        if divided is not None:
            return divided
        shapes = tuple([self.placed[index].facts.output for index in inputs])
        if "axis" in fields and shapes:
            fields = _in_words(fields, len(shapes[0]))
        made = self._made(kind, fields, len(inputs), operation)
        key = (id(made), shapes)
        facts = self.memo.facts.get(key)
        if facts is None:
            try:
                facts = self.memo.facts[key] = made.facts(shapes)
                self.memo.entries.spend(facts.entries)
            except LayerError as error:
                message = f"{operation.title}, read as `{made.kind}`"
                raise self.listing.refusal(
                    error.slug, message, operation, note=error.note
                ) from error
            except WorkError as error:
                message = (
                    f"the patterns of different layers list more than {MAX_LISTED:,} units; no "
                    f"further than {operation.title}"
                )
                help = "divide the network, or join fewer positions"
                raise self.listing.refusal(
                    "too-much-work", message, operation, help=help
                ) from error
        if held:
            self._check_held(made, shapes, held, operation)
        self.placed.append(Placed(made, tuple(inputs), facts, operation, held or {}))
        return len(self.placed) - 1

    def _check_held(
        self,
        made: Kind,
        shapes: tuple[Shape, ...],
        held: Mapping[str, Held],
        operation: Operation,
    ) -> None:
        """Raises StackError where an array has another shape than the layer's own."""
        wanted = made.weights_of(shapes) | made.buffers_of(shapes)
        for role, array in held.items():
            if array.dims != wanted.get(role):
                message = f"{operation.title} has a `{role}` that does not fit"
                note = f"{list(array.dims)} in the file, {list(wanted.get(role, ()))} for the layer"
                raise self.listing.refusal("array-mismatch", message, operation, note=note)

    def _said(self, value: object) -> object:
        if isinstance(value, str):
            return escaped(value)
        return shortest(value) if type(value) is float and self.listing.is_single else value

    def _made(
        self, kind: type[Kind], fields: Mapping[str, Any], count: int, operation: Operation
    ) -> Kind:
        key = (kind, count if kind.is_merge else 0, repr(fields))
        made = self.memo.layers.get(key)
        if made is None:
            names = {"inputs": (_INPUT,) * count} if kind.is_merge else {}
            # Words and numbers of a file are shown, and written into another one.
            said = {name: self._said(value) for name, value in fields.items()}
            try:
                made = self.memo.layers[key] = kind.model_validate({**names, **said})
            except ValidationError as error:
                detail = error.errors(include_url=False)[0]
                field = ".".join(map(str, detail["loc"]))
                told = detail.get("ctx", {}).get("message", detail["msg"])
                number = detail.get("input")
                if isinstance(number, float) and isnan(number):
                    told = "is no number (NaN)"
                if _is_real(kind, field):
                    # Sources take any number; a slope below 0 is one that the kind does not know.
                    raise NoRuleError(f"as `{kind.kind}` its `{field}` {told}") from error
                message = f"{operation.title} cannot be a `{kind.kind}`"
                note = f"its `{field}` {told}"
                raise self.listing.refusal("wrong-value", message, operation, note=note) from error
        return made

    def shape(self, at: int) -> Shape:
        """The output shape of a layer or an input."""
        return self.placed[at].facts.output

    def values(self, at: int) -> Range:
        """The least and the greatest number that a layer may give, whatever the weights."""
        for one in self.placed[len(self._values) : at + 1]:
            self._values.append(one.layer.value_range(tuple([self._values[i] for i in one.inputs])))
        return self._values[at]

    def pointwise(
        self,
        kind: type[Kind],
        fields: Mapping[str, Any],
        view: View,
        operation: Operation,
        held: Mapping[str, Held] | None = None,
    ) -> View:
        """A layer that works on every element for itself, wherever the axes lie."""
        return view.on(self.layer(kind, fields, (view.at,), operation, held))

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
        axes = [axis for axis in view.axes if axis] or [()]
        while len(axes) > 1 + MAX_RANK:
            axes[:2] = [(*axes[0], *axes[1])]
        return self.arranged(view, axes, operation)

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
        known = {name for axis in before for name in axis}
        given = {names[part]: size for part, size in enumerate(other.sizes)}
        # Of a split axis all sizes but one are given, and those of new axes.
        found = {axis[0] for axis in before if axis}
        sizes = {name: size for name, size in given.items() if name not in found}
        assert known <= given.keys()
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

    def undo(self, start: int) -> None:
        """Layers from the place `start` on were placed for nothing, but for those that are read.

        What reads nothing stays: a stored array has been told of.
        """
        places = range(start, len(self.placed))
        self._undone.update(at for at in places if self.placed[at].inputs)

    def order_anew(self, order: Sequence[tuple[int, Placed]]) -> dict[int, int]:
        """Puts the layers in this order, each with its place until now; old places to new ones."""
        number = {at: new for new, (at, _) in enumerate(order)}
        self.placed = [
            one._replace(inputs=tuple([number[index] for index in one.inputs])) for _, one in order
        ]
        return number

    def refuse(self, slug: str, message: str, operation: Operation, **words: str) -> StackError:
        """The error that stands at an operation."""
        return self.listing.refusal(slug, message, operation, **words)


def _is_real(kind: type[Kind], field: str) -> bool:
    """True for a field that is a real number, if any: sizes and counts are whole."""
    found = kind.model_fields.get(field)
    if found is None or get_origin(found.annotation) is tuple:
        return False
    either = (found.annotation, *get_args(found.annotation))
    return any(Fraction in (one, *get_args(one)[:1]) for one in either)


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


def pattern_side(axes: Sequence[Sequence[str]]) -> str:
    """One side of a pattern.

    >>> pattern_side([["c"], ["h", "p"], []])
    'c (h p) 1'
    """
    words = (" ".join(axis) for axis in axes)
    return " ".join(f"({word})" if " " in word else word or "1" for word in words)


def no_layer(file: str) -> StackError:
    """The error of a model in which nothing is calculated."""
    message = "the file holds no operation that becomes a layer"
    return StackError([Problem("empty-network", escaped(message), file=file)])


def _in_words(fields: Mapping[str, Any], axes: int) -> dict[str, Any]:
    """The fields with the number of an axis as people write it, where there is one word for it."""
    words = {0: "channels", 1: "positions"} if axes == 2 else {0: "channels"}
    return {**fields, "axis": words.get(fields["axis"], fields["axis"])}
