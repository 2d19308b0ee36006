"""Layers of our kinds, placed one behind the other with their facts, and the arrays that they hold.

Kinds and facts that were made before are not made again. The names come at the end, when it is
known which layers share a module.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isinf, isnan
from typing import Any, NamedTuple

from pydantic import ValidationError

from convcalc.core.bounded_work import Budget, WorkError
from convcalc.core.errors import LayerError, Problem, StackError
from convcalc.core.links import MAX_LISTED
from convcalc.core.shapes import Shape
from convcalc.importers.decimals import shortest
from convcalc.importers.listing import Listing
from convcalc.importers.model import Operation
from convcalc.importers.tensor_views import View, whole
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


class Placing:
    """The layers of one network, at given input shapes."""

    def __init__(self, listing: Listing, memo: Memo, max_layers: int) -> None:
        self.listing = listing
        self.memo = memo
        self.max_layers = max_layers
        self.placed: list[Placed] = []
        # What stands for operations along samples.
        self.mixing: list[Kind] = []
        self.input_count = 0
        # Whether an input's tensor has an axis of samples.
        self.has_samples = False
        # Names of quantised tensors that cut numbers off which are not cut off here.
        self.uncut: dict[str, None] = {}
        # Names of batch norms that take the statistics of the samples where the file runs.
        self.trained: dict[str, None] = {}
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
            raise self.refuse("too-many-layers", message, operation, help=help)
        shapes = tuple([self.placed[index].facts.output for index in inputs])
        made, facts = self.of(kind, fields, shapes, operation)
        if held:
            self._check_held(made, shapes, held, operation)
        self.placed.append(Placed(made, tuple(inputs), facts, operation, held or {}))
        return len(self.placed) - 1

    def of(
        self,
        kind: type[Kind],
        fields: Mapping[str, Any],
        shapes: tuple[Shape, ...],
        operation: Operation,
    ) -> tuple[Kind, Facts]:
        """A layer that need not be placed, and its facts; raises what `layer` raises of them."""
        if "axis" in fields and shapes:
            fields = _in_words(fields, len(shapes[0]))
        made = self._made(kind, fields, len(shapes), operation)
        return made, self._facts(made, shapes, operation)

    def _facts(self, made: Kind, shapes: tuple[Shape, ...], operation: Operation) -> Facts:
        key = (id(made), shapes)
        facts = self.memo.facts.get(key)
        if facts is None:
            try:
                facts = made.facts(shapes)
                self.memo.entries.spend(facts.entries)
            except LayerError as error:
                message = f"{operation.title}, read as `{made.kind}`"
                raise self.refuse(error.slug, message, operation, note=error.note) from error
            except WorkError as error:
                message = (
                    f"the patterns of different layers list more than {MAX_LISTED:,} units; no "
                    f"further than {operation.title}"
                )
                help = "divide the network, or join fewer positions"
                raise self.refuse("too-much-work", message, operation, help=help) from error
            # What is refused is so on every walk.
            self.memo.facts[key] = facts
        return facts

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
                raise self.refuse("array-mismatch", message, operation, note=note)

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
                raise self._unfit(kind, error, operation) from error
        return made

    def _unfit(
        self, kind: type[Kind], error: ValidationError, operation: Operation
    ) -> NoRuleError | StackError:
        """What is raised of a field that the kind does not take."""
        detail = error.errors()[0]
        field = ".".join(map(str, detail["loc"]))
        told = detail.get("ctx", {}).get("message", detail["msg"])
        if kind.takes_reals(field):
            # Sources take any number; a slope below 0 is one that the kind does not know.
            return NoRuleError(f"as `{kind.kind}` its `{field}` {told}")
        message = f"{operation.title} cannot be a `{kind.kind}`"
        return self.refuse("wrong-value", message, operation, note=f"its `{field}` {told}")

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

    def refuse(self, slug: str, message: str, operation: Operation, **words: str) -> StackError:
        """The error that stands at an operation."""
        return self.listing.refusal(slug, message, operation, **words)


def no_layer(file: str) -> StackError:
    """The error of a model in which nothing is calculated."""
    message = "the file holds no operation that becomes a layer"
    return StackError([Problem("empty-network", escaped(message), file=file)])


def _in_words(fields: Mapping[str, Any], axes: int) -> dict[str, Any]:
    """The fields with the number of an axis as people write it, where there is one word for it."""
    words = {0: "channels", 1: "positions"} if axes == 2 else {0: "channels"}
    return {**fields, "axis": words.get(fields["axis"], fields["axis"])}
