"""Placing layers: blocks, series and conditions unrolled, names resolved, shapes found.

One walk in file order. A layer that cannot stand becomes a finding; what depends on it is left
out silently, so that one mistake is one finding, and everything else is still looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import repeat
from typing import TYPE_CHECKING

from convcalc.core.bounded_work import Budget, WorkError
from convcalc.core.shapes import Shape
from convcalc.document import Document, Node
from convcalc.kinds.base.field_values import show
from convcalc.kinds.base.likeness import LIKE
from convcalc.network.count import LayerCount, at_least
from convcalc.network.expressions import LayerScope, Number
from convcalc.network.findings import Findings
from convcalc.network.frames import LOST, Frame, UnplaceableError, variables_of
from convcalc.network.graph import Graph, Scope, input_nodes
from convcalc.network.members import Member
from convcalc.network.placement import FactsMemo, LayerMemo, Placement
from convcalc.network.template import (
    BLOCK_INPUT,
    NETWORK_INPUT,
    PREV,
    Field,
    LayerTemplate,
    Template,
)
from convcalc.network.wiring import NOTHING, Extra, Wiring, flat, repetitions
from convcalc.network.written_values import STEPS_OF_A_PART

if TYPE_CHECKING:
    from convcalc.kinds.base import Kind

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
        self.wiring = Wiring(self.findings, self.budget)
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
            self._outputs = self.wiring.outputs(self.template, frame)
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
        source = self.wiring.source(layer, frame, NOTHING)
        if not layer.is_series:
            members = [self._place_member(layer, frame, layer.label, source, NOTHING, 0)]
        else:
            members = list(self._place_series(layer, frame, source))
        if layer.name:
            frame.members[layer.name] = tuple(members)
        return members[-1].result if members else source

    def _place_series(self, layer: LayerTemplate, frame: Frame, source: int) -> Iterator[Member]:
        """Places each repetition of a layer behind the one before."""
        self._set_input(layer, frame, source)
        series = repetitions(layer, frame, self.findings)
        if isinstance(series, int):
            if series > self.max_layers:
                assert layer.repeat is not None
                self._refuse_count(layer.repeat.node, at_least(series))
            series = repeat(NOTHING, series)
        for number, extra in enumerate(series):
            # Each repetition reads the one before it, also where a merge says `prev`.
            if number:
                frame.names[PREV] = source
            if layer.names_inputs:
                source = self.wiring.source(layer, frame, extra)
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
            self.wiring.share(self.placed.nodes, layer, layer.weights, frame, member, number)
        return member

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
        inputs = self.wiring.inputs(layer, frame, source, extra)
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
            values["inputs"] = flat(values["inputs"])
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
