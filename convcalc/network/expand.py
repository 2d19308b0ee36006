"""Placing layers: blocks, series and conditions unrolled, names resolved, shapes found.

One walk in file order. A layer that cannot stand becomes a finding; what depends on it is left
out silently, so that one mistake is one finding, and everything else is still looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import repeat
from typing import TYPE_CHECKING

from convcalc.core.bounded_work import Budget, WorkError
from convcalc.core.shapes import Shape
from convcalc.document import Document, Node
from convcalc.kinds.base.fields import ROUNDINGS, show
from convcalc.kinds.base.likeness import LIKE
from convcalc.network.count import LayerCount, at_least
from convcalc.network.expressions import LayerScope, Number
from convcalc.network.findings import Findings
from convcalc.network.frames import LOST, Frame, UnplaceableError, variables_of
from convcalc.network.graph import Graph, Scope, input_nodes
from convcalc.network.members import Member, NoSuchPartError
from convcalc.network.placement import FactsMemo, LayerMemo, Placement
from convcalc.network.shared_weights import UnfitError, owner_of, shared
from convcalc.network.template import (
    BLOCK_INPUT,
    NETWORK_INPUT,
    PREV,
    Field,
    LayerTemplate,
    Template,
)
from convcalc.network.written_values import STEPS_OF_A_PART

if TYPE_CHECKING:
    from convcalc.kinds.base import Kind

Extra = Mapping[str, object]

_NOTHING: Extra = {}
# Steps that a file may ask for, for each layer allowed.
STEPS_PER_LAYER = 100
# What an entry of a list takes, also where `if` or `repeat: 0` leaves it out.
_ENTRY_STEPS = 10


class StopError(Exception):
    """The walk ends here: the limit of layers, or of findings, is reached."""


class Expansion:
    """One walk over a template with given input shapes and variables."""

    def __init__(
        self,
        template: Template,
        document: Document,
        inputs: dict[str, Shape],
        variables: Mapping[str, Number],
        max_layers: int,
        layer_memo: LayerMemo,
        facts_memo: FactsMemo,
    ) -> None:
        self.template = template
        self.document = document
        self._has_own_input = list(inputs) == [NETWORK_INPUT]
        self.max_layers = max_layers
        self.findings = Findings(document.file, document.text, one_a_place=True)
        self.placed = Placement(
            input_nodes(inputs, document), self.findings, layer_memo, facts_memo
        )
        self.scopes: list[Scope] = []
        self.budget = Budget(STEPS_PER_LAYER * max_layers)
        self._overridden = variables
        self._variables: dict[str, object] = {}
        self._outputs: tuple[int, ...] = ()
        # The entry whose turn it is.
        self._at: LayerTemplate | None = None

    def run(self) -> Graph:
        """The graph. Raises StackError with every problem found on the way."""
        names = {node.name: node.at for node in self.placed.nodes}
        result = LOST
        try:
            self._check_count()
            self._variables = variables_of(
                self.template, self._overridden, self.findings, self.budget
            )
            frame = self._frame("", names)
            result = self._place_list(self.template.layers, frame, 0 if len(names) == 1 else LOST)
            self._outputs = self._named_outputs(frame)
        except (StopError, UnplaceableError):
            pass
        except WorkError as error:
            self._refuse_work(error)
        if not self.findings and not self.placed.layer_count:
            self.findings.add(
                "empty-network",
                "no layer is left to plan",
                self.document.root.place._replace(width=1),
                note="every layer has an `if` that is false, or a `repeat` of 0",
                help="keep at least one layer, such as `identity`",
            )
        self.findings.raise_if_any()
        # Whatever is lost has left a finding.
        assert result != LOST
        return Graph(
            self.template.name,
            self.placed.input_count,
            tuple(self.placed.nodes),
            tuple(sorted(self.scopes, key=lambda scope: (scope.first, scope.depth))),
            self._outputs or (result,),
            self.template.expect,
            self.document.file,
            self.document.text,
        )

    def _named_outputs(self, frame: Frame) -> tuple[int, ...]:
        """The layers that the file names as its outputs. Raises UnplaceableError."""
        found: dict[int, None] = {}
        for name, node in self.template.outputs:
            try:
                found.update(dict.fromkeys(frame.named(name)))
            except NoSuchPartError as error:
                message = f"there is no layer `{name}` to be an output"
                self.findings.add("unknown-reference", message, node, help=error.help)
        return tuple(found)

    def _check_count(self) -> None:
        culprit = LayerCount(self.template).culprit(self.max_layers)
        if culprit is not None:
            count, node = culprit
            self._refuse_count(node, at_least(count))

    def _refuse_work(self, error: WorkError) -> None:
        layer = self._at
        assert layer is not None
        self.findings.add(
            "too-much-work",
            f"the network takes {error} to place, and gets no further than `{layer.label}`",
            layer.node,
            note="entries that are left out, arguments and inputs of merges take steps too",
            help="use blocks and merges less often, or raise the limit with --max-layers",
        )

    def _refuse_count(self, node: Node, count: str) -> None:
        self.findings.add(
            "too-many-layers",
            f"the network unrolls to {count} layers; the limit is {self.max_layers:,}",
            node,
            help="repeat less, or raise the limit with --max-layers",
        )
        raise StopError

    def _frame(
        self,
        prefix: str,
        names: dict[str, int],
        caller: Frame | None = None,
        arguments: Mapping[str, Field] | None = None,
        lines: tuple[int, ...] = (),
    ) -> Frame:
        """A layer list whose expressions know the variables, and the sizes of its layers."""
        frame: Frame

        def layer_shape(name: str) -> Shape:
            at = frame.index_of(name)
            if at == LOST:
                raise UnplaceableError
            return self.placed.shape_of(at)

        scope = LayerScope({}, self._variables, layer_shape, self.budget)
        frame = Frame(prefix, names, scope, caller, arguments, lines)
        return frame

    def _place_list(self, layers: tuple[LayerTemplate, ...], frame: Frame, before: int) -> int:
        """Places every layer of a list; the index of its result."""
        names = frame.names
        names[PREV] = before
        for layer in layers:
            try:
                before = self._place_entry(layer, frame)
            except UnplaceableError:
                before = LOST
                if self.findings.full:
                    raise StopError from None
            names[PREV] = before
            if layer.name:
                names[layer.name] = before
        return before

    def _place_entry(self, layer: LayerTemplate, frame: Frame) -> int:
        """Places a layer once, or once for each of its repetitions; the index of the last."""
        self._at = layer
        self.budget.spend(_ENTRY_STEPS)
        source = self._source(layer, frame, _NOTHING)
        if not layer.is_series:
            members = [self._place_member(layer, frame, layer.label, source, _NOTHING, 0)]
        else:
            members = list(self._place_series(layer, frame, source))
        if layer.name:
            frame.members[layer.name] = tuple(members)
        return members[-1].result if members else source

    def _place_series(self, layer: LayerTemplate, frame: Frame, source: int) -> Iterator[Member]:
        """Places each repetition of a layer behind the one before."""
        for number, extra in enumerate(self._repetitions(layer, frame, source)):
            # Each repetition reads the one before it, also where a merge says `prev`.
            if number:
                frame.names[PREV] = source
            if layer.names_inputs:
                source = self._source(layer, frame, extra)
            label = f"{layer.label}.{number}"
            member = self._place_member(layer, frame, label, source, extra, number)
            source = member.result
            yield member

    def _place_member(
        self,
        layer: LayerTemplate,
        frame: Frame,
        label: str,
        source: int,
        extra: Extra,
        number: int,
    ) -> Member:
        """Places a layer, or its repetition of that number, with the arrays that it uses."""
        member = self._place(layer, frame, label, source, extra)
        if layer.weights is not None and member.result != LOST and member.first < member.end:
            self._share(layer, layer.weights, frame, member, label, number)
        return member

    def _share(
        self,
        layer: LayerTemplate,
        field: Field,
        frame: Frame,
        user: Member,
        label: str,
        number: int,
    ) -> None:
        """Lets a layer that was placed use the arrays of the one that `field` names."""
        try:
            owners = frame.members_of(field, layer, self.findings)
        except UnplaceableError:
            # The layer stands all the same.
            return
        name = str(frame.evaluated(field, f"layer `{label}`", self.findings))
        self.budget.spend(STEPS_OF_A_PART * (user.end - user.first))
        try:
            owner = owner_of(owners, number if layer.is_series else None, name)
            for index, node in shared(self.placed.nodes, user, owner, name).items():
                self.placed.nodes[index] = node
        except UnfitError as error:
            what = f"layer `{frame.prefix}{label}` cannot use the weights of `{name}`"
            self.findings.add(
                "weights-mismatch",
                f"{what}{frame.used_at}",
                field.node,
                note=error.note,
                help=error.help,
                layer=frame.prefix + label,
            )

    def _repetitions(self, layer: LayerTemplate, frame: Frame, source: int) -> Iterator[Extra]:
        """What each repetition gives to the fields; nothing for plain `repeat`."""
        what = f"layer `{frame.prefix}{layer.label}`"
        self._set_input(layer, frame, source)
        if layer.repeat is not None:
            count = frame.evaluated(layer.repeat, what, self.findings)
            if not isinstance(count, int) or isinstance(count, bool) or count < 0:
                message = f"`repeat` of {what}{frame.used_at} came to {show(count)}"
                help = "it wants an integer of 0 or more"
                if isinstance(count, Fraction):
                    help += f": {ROUNDINGS}"
                self.findings.add("wrong-value", message, layer.repeat.node, help=help)
                raise UnplaceableError
            if count > self.max_layers:
                self._refuse_count(layer.repeat.node, at_least(count))
            yield from repeat(_NOTHING, count)
            return
        series: dict[str, list[object]] = {}
        for name, field in layer.each:
            values = frame.evaluated(field, what, self.findings)
            if not isinstance(values, list):
                came = f"`{field.written}` came to {show(values)}"
                message = f"`each` of {what}{frame.used_at}: {came}"
                self.findings.add("wrong-type", message, field.node, help="it wants a list")
                raise UnplaceableError
            series[name] = values
        if len(set(map(len, series.values()))) > 1:
            message = f"the lists in `each` of {what}{frame.used_at} have unequal lengths"
            lengths = zip(layer.each, series.values(), strict=True)
            note = ", ".join(f"`{field.written}` has {len(v)}" for (_, field), v in lengths)
            help = "lists in `each` go in step: give them one length"
            self.findings.add("wrong-value", message, layer.each[0][1].node, note=note, help=help)
            raise UnplaceableError
        for values in zip(*series.values(), strict=True):
            yield dict(zip(series, values, strict=True))

    def _source(self, layer: LayerTemplate, frame: Frame, extra: Extra) -> int:
        """The index of the layer's input; of the first one for a merge."""
        if layer.names_inputs:
            value, field = self._names_of_inputs(layer, frame, extra)
            names = value if isinstance(value, list) else [value]
            found = (frame.resolve_all(name, field, layer, self.findings) for name in names)
            first = next((index for indices in found for index in indices), None)
            if first is not None:
                return first
            message = f"layer `{frame.prefix}{layer.label}`{frame.used_at} has nothing to join"
            help = "a series of no members has none; name a layer beside it"
            self.findings.add("wrong-value", message, field.node, help=help)
            raise UnplaceableError
        if layer.source is None:
            return frame.names[PREV]
        return frame.resolve(layer.source.value, layer.source, layer, self.findings)

    def _names_of_inputs(
        self, layer: LayerTemplate, frame: Frame, extra: Extra
    ) -> tuple[object, Field]:
        """What a merge names as its inputs, and the field that says it."""
        field = layer.fields.get("inputs")
        if field is None:
            field = dict(layer.each)["inputs"]
            if "inputs" in extra:
                return extra["inputs"], field
            # Before the series is unrolled, its first merge speaks for it.
            values = frame.evaluated(field, f"layer `{layer.label}`", self.findings)
            return (values[0] if isinstance(values, list) and values else values), field
        if field.dynamic and not isinstance(field.value, list):
            return frame.evaluated(field, f"layer `{layer.label}`", self.findings), field
        return field.value, field

    def _inputs(
        self, layer: LayerTemplate, frame: Frame, source: int, extra: Extra
    ) -> tuple[int, ...]:
        if layer.kind is not None and layer.kind.is_source:
            return ()
        if not layer.names_inputs:
            return (source,)
        value, field = self._names_of_inputs(layer, frame, extra)
        names = value if isinstance(value, list) else [value]
        self.budget.spend(STEPS_OF_A_PART * len(names))
        found = [frame.resolve_all(name, field, layer, self.findings) for name in names]
        return tuple([index for indices in found for index in indices])

    def _set_input(self, layer: LayerTemplate, frame: Frame, source: int) -> None:
        """Let expressions know the layer's input, or what stands before a layer without one.

        Raises UnplaceableError where it is lost.
        """
        if source == LOST:
            if self.findings or layer.kind is None or not layer.kind.is_source:
                raise UnplaceableError
            return
        shape = self.placed.shape_of(source)
        frame.scope.input = shape
        frame.scope["cin"] = shape[0]
        frame.scope["rank"] = len(shape) - 1

    def _place(
        self, layer: LayerTemplate, frame: Frame, label: str, source: int, extra: Extra
    ) -> Member:
        self._at = layer
        self.budget.spend(_ENTRY_STEPS)
        first = len(self.placed.nodes)
        if layer.condition is not None and not self._holds(layer, frame, label, source):
            return Member(first, first, source)
        if layer.block is not None:
            return self._place_block(layer, frame, label, source, extra)
        inputs = self._inputs(layer, frame, source, extra)
        if LOST in inputs:
            return Member(first, first, LOST)
        made = layer.layer or self._finished(layer, frame, label, source, extra)
        if self.placed.layer_count >= self.max_layers:
            self._refuse_count(layer.node, f"more than {self.max_layers:,}")
        at = self.placed.append(layer, made, frame, frame.prefix + label, inputs)
        return Member(first, at + 1, at)

    def _holds(self, layer: LayerTemplate, frame: Frame, label: str, source: int) -> bool:
        assert layer.condition is not None
        self._set_input(layer, frame, source)
        what = f"layer `{frame.prefix}{label}`"
        holds = frame.evaluated(layer.condition, what, self.findings)
        if isinstance(holds, bool):
            return holds
        message = f"`if` of {what}{frame.used_at} came to {show(holds)}"
        help = "it wants true or false: compare, as in `if: =cin>64`"
        self.findings.add("wrong-type", message, layer.condition.node, help=help)
        raise UnplaceableError

    def _finished(
        self, layer: LayerTemplate, frame: Frame, label: str, source: int, extra: Extra
    ) -> Kind:
        """The layer with its expressions evaluated."""
        self._set_input(layer, frame, source)
        what = f"layer `{frame.prefix}{label}`"
        values = {
            name: frame.evaluated(field, what, self.findings)
            for name, field in layer.fields.items()
        }
        values |= extra
        if layer.names_inputs:
            # A list that was given to a block stands in place of its members.
            values["inputs"] = _flat(values["inputs"])
        if LIKE in values:
            values = self.placed.fitted(layer, values, frame, label, source)
        return self.placed.made(layer, values, frame, label)

    def _place_block(
        self, layer: LayerTemplate, frame: Frame, label: str, source: int, extra: Extra
    ) -> Member:
        assert layer.block is not None
        self._set_input(layer, frame, source)
        block = self.template.blocks[layer.block]
        name = frame.prefix + label
        names = {BLOCK_INPUT: source}
        if self._has_own_input:
            names[NETWORK_INPUT] = 0
        fields = {**layer.fields, **dict(layer.each)}
        lines = (layer.node.place.line, *frame.lines)
        inside = self._frame(f"{name}.", names, frame, fields, lines)
        scope = inside.scope
        self._set_input(layer, inside, source)
        self.budget.spend(STEPS_OF_A_PART * len(block.args))
        for arg, default in block.args.items():
            if arg in extra:
                scope[arg] = frame.reference(extra[arg])
            elif arg in layer.fields:
                value = frame.evaluated(layer.fields[arg], f"layer `{name}`", self.findings)
                scope[arg] = frame.reference(value)
            elif default is not None:
                scope[arg] = inside.evaluated(default, f"block `{layer.block}`", self.findings)
        first = len(self.placed.nodes)
        result = self._place_list(block.layers, inside, source)
        end = len(self.placed.nodes)
        gives = {
            key: inside.resolve(field.value, field, layer, self.findings)
            for key, field in block.gives.items()
        }
        self.scopes.append(
            Scope(name, layer.block, layer, inside.depth, first, end, result, source, gives)
        )
        return Member(first, end, result, gives)


def _flat(value: object) -> object:
    """A list with the lists in it opened."""
    if not isinstance(value, list):
        return value
    return [one for item in value for one in (item if isinstance(item, list) else [item])]
