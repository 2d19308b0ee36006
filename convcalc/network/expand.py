"""Placing layers: blocks, series and conditions unrolled, names resolved, shapes found.

One walk in file order. A layer that cannot stand becomes a finding; what depends on it is left
out silently, so that one mistake is one finding, and everything else is still looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from pydantic import ValidationError

from convcalc.document import Document, Node
from convcalc.errors import LayerError
from convcalc.kinds.arithmetic_family import MergeSizeError
from convcalc.kinds.fields import show
from convcalc.network.blame import blame_note
from convcalc.network.expressions import ExpressionError
from convcalc.network.findings import Findings, add_validation_errors, nearest
from convcalc.network.graph import Graph, GraphNode, Scope
from convcalc.network.template import (
    BLOCK_INPUT,
    NETWORK_INPUT,
    PREV,
    Field,
    LayerTemplate,
    Template,
)
from convcalc.network.values import LayerRef, evaluate
from convcalc.shapes import Shape

if TYPE_CHECKING:
    from convcalc.kinds.base import Facts, Kind

# The index of a layer that could not be placed; whatever reads it is not placed either.
LOST = -1
FactsMemo = dict[tuple[object, ...], "Facts"]
LayerMemo = dict[tuple[object, ...], "Kind"]


class TooManyLayersError(Exception):
    """The walk was stopped; the finding is kept already."""


class _Frame(NamedTuple):
    """Where a layer list is being placed: its names, its variables, and the path to it."""

    prefix: str
    names: dict[str, int]
    scope: dict[str, object]
    depth: int
    used_at: str


class Expansion:
    """One walk over a template with given input shapes and variables."""

    def __init__(
        self,
        template: Template,
        document: Document,
        inputs: dict[str, Shape],
        variables: Mapping[str, int],
        max_layers: int,
        layer_memo: LayerMemo,
        facts_memo: FactsMemo,
    ) -> None:
        self.template = template
        self.document = document
        self.inputs = inputs
        self.max_layers = max_layers
        self.findings = Findings(document.file, document.text)
        self.nodes: list[GraphNode] = []
        self.shapes: list[Shape] = list(inputs.values())
        self.scopes: list[Scope] = []
        self._layers = layer_memo
        self._facts = facts_memo
        self._steps = 0
        self._variables = dict(variables)

    def run(self) -> Graph:
        """The graph. Raises StackError with every problem found on the way."""
        scope = self._variable_scope()
        names = {name: index for index, name in enumerate(self.inputs)}
        first = 0 if len(self.inputs) == 1 else LOST
        result = LOST
        if not self.findings:
            frame = _Frame("", names, scope, 0, "")
            with suppress(TooManyLayersError):
                result = self._place_list(self.template.layers, frame, first)
        if not self.findings and not self.nodes:
            place = self.document.root.place._replace(width=1)
            self.findings.add("empty-network", "no layer is left: every `if` is false", place)
        outputs = tuple(names[name] for name, _ in self.template.outputs if name in names)
        self.findings.raise_if_any()
        return Graph(
            self.template.name,
            self.inputs,
            tuple(self.nodes),
            tuple(sorted(self.scopes, key=lambda scope: (scope.first, scope.depth))),
            outputs or (result,),
            self.template.expect,
            self.document.file,
            self.document.text,
        )

    def _variable_scope(self) -> dict[str, object]:
        scope: dict[str, object] = {}
        for name, field in self.template.variables.items():
            if name in self._variables:
                scope[name] = self._variables[name]
                continue
            scope[name] = self._evaluated(field, scope, f"variable `{name}`")
        return scope

    def _evaluated(self, field: Field, scope: Mapping[str, object], what: str) -> object:
        if not field.dynamic:
            return field.value
        try:
            return evaluate(field.value, scope)
        except ExpressionError as error:
            self.findings.add_expression_error(error, field.node, f"`{field.written}` of {what}")
            return None

    def _place_list(self, layers: tuple[LayerTemplate, ...], frame: _Frame, before: int) -> int:
        """Places every layer of a list; the index of its result."""
        frame.names[PREV] = before
        for layer in layers:
            before = self._place_series(layer, frame)
            frame.names[PREV] = before
            if layer.name:
                frame.names[layer.name] = before
        return before

    def _place_series(self, layer: LayerTemplate, frame: _Frame) -> int:
        """Places a layer once, or once for each of its repetitions; the index of the last."""
        if not layer.is_series:
            self._count_step(layer)
            return self._place(layer, frame, layer.label, self._source(layer, frame), {})
        source = self._source(layer, frame)
        for number, extra in enumerate(self._repetitions(layer, frame, source)):
            self._count_step(layer)
            # Each repetition reads the one before it, also where a merge says `prev`.
            source = self._place(layer, frame, f"{layer.label}.{number}", source, extra)
            frame.names[PREV] = source
        return source

    def _count_step(self, layer: LayerTemplate) -> None:
        self._steps += 1
        # Series of layers that `if` leaves out take time too.
        if len(self.nodes) >= self.max_layers or self._steps > 10 * self.max_layers:
            self._refuse_count(layer.node, f"more than {self.max_layers}")

    def _refuse_count(self, node: Node, count: str) -> None:
        self.findings.add(
            "too-many-layers",
            f"the network unrolls to {count} layers; the limit is {self.max_layers}",
            node,
            help="repeat less, or raise the limit with --max-layers",
        )
        raise TooManyLayersError

    def _repetitions(
        self, layer: LayerTemplate, frame: _Frame, source: int
    ) -> Iterator[dict[str, object]]:
        """What each repetition gives to the fields; nothing for plain `repeat`."""
        scope = self._scope(layer, frame, source)
        if layer.repeat is not None:
            count = self._evaluated(layer.repeat, scope, f"layer `{layer.label}`")
            if not isinstance(count, int) or isinstance(count, bool) or count < 0:
                if not self.findings or count is not None:
                    message = f"`repeat` of layer `{layer.label}` came to {show(count)}"
                    help = "it wants an integer of 0 or more"
                    self.findings.add("wrong-value", message, layer.repeat.node, help=help)
                return
            if count > self.max_layers:
                self._refuse_count(layer.repeat.node, str(count))
            for _ in range(count):
                yield {}
            return
        series: dict[str, list[object]] = {}
        for name, field in layer.each:
            values = self._evaluated(field, scope, f"layer `{layer.label}`")
            if not isinstance(values, list):
                if values is not None:
                    message = f"`each` of layer `{layer.label}`: `{name}` came to {show(values)}"
                    self.findings.add("wrong-type", message, field.node, help="it wants a list")
                return
            series[name] = values
        if len(set(map(len, series.values()))) > 1:
            message = f"the lists in `each` of layer `{layer.label}` have unequal lengths"
            self.findings.add("wrong-value", message, layer.each[0][1].node)
            return
        for values in zip(*series.values(), strict=True):
            yield dict(zip(series, values, strict=True))

    def _source(self, layer: LayerTemplate, frame: _Frame) -> int:
        """The index of the layer's input; of the first one for a merge."""
        if layer.kind is not None and layer.kind.is_merge:
            field = layer.fields.get("inputs")
            if field is None:
                return LOST
            value = field.value
            first = value[0] if isinstance(value, list) and value else value
            return self._resolve(first, field, frame, layer)
        if layer.source is None:
            return frame.names[PREV]
        return self._resolve(layer.source.value, layer.source, frame, layer)

    def _resolve(self, value: object, field: Field, frame: _Frame, layer: LayerTemplate) -> int:
        name = value
        if field.dynamic and not isinstance(value, str):
            probe = Field(value, field.node, field.written, True)
            name = self._evaluated(probe, frame.scope, f"layer `{layer.label}`")
        if isinstance(name, LayerRef):
            return name.node_index
        if isinstance(name, str) and name in frame.names:
            return frame.names[name]
        if name is not None:
            message = f"there is no layer {show(name)} to be layer `{layer.label}`'s input"
            known = [key for key in frame.names if frame.names[key] != LOST]
            help = nearest(name, known) if isinstance(name, str) else "it wants a layer's name"
            self.findings.add("unknown-reference", message, field.node, help=help)
        return LOST

    def _scope(self, layer: LayerTemplate, frame: _Frame, source: int) -> dict[str, object]:
        """The names that the layer's expressions may use."""
        scope = frame.scope
        if source == LOST:
            scope.pop("cin", None)
            scope.pop("rank", None)
        else:
            shape = self.shapes[source]
            scope["cin"] = shape[0]
            scope["rank"] = len(shape) - 1
        return scope

    def _place(
        self,
        layer: LayerTemplate,
        frame: _Frame,
        label: str,
        source: int,
        extra: dict[str, object],
    ) -> int:
        if layer.condition is not None:
            if source == LOST:
                return LOST
            scope = self._scope(layer, frame, source)
            holds = self._evaluated(layer.condition, scope, f"layer `{label}`")
            if holds is None:
                return LOST
            if not holds:
                return source
        if layer.block is not None:
            return self._place_block(layer, frame, label, source, extra)
        inputs = self._inputs(layer, frame, source)
        if LOST in inputs:
            return LOST
        made = layer.layer
        if made is None:
            made = self._finish(layer, frame, label, source, extra)
            if made is None:
                return LOST
        return self._append(layer, made, frame, frame.prefix + label, inputs)

    def _inputs(self, layer: LayerTemplate, frame: _Frame, source: int) -> tuple[int, ...]:
        if layer.kind is None or not layer.kind.is_merge:
            return (source,)
        field = layer.fields.get("inputs")
        if field is None:
            return (LOST,)
        value = field.value
        if field.dynamic and not isinstance(value, list):
            value = self._evaluated(field, frame.scope, f"layer `{layer.label}`")
        names = value if isinstance(value, list) else [value]
        return tuple(self._resolve(name, field, frame, layer) for name in names) or (LOST,)

    def _finish(
        self,
        layer: LayerTemplate,
        frame: _Frame,
        label: str,
        source: int,
        extra: dict[str, object],
    ) -> Kind | None:
        """The layer with its expressions evaluated; validated once for each set of values."""
        scope = self._scope(layer, frame, source)
        values: dict[str, object] = {}
        for name, field in layer.fields.items():
            value = field.value
            if field.dynamic:
                try:
                    value = evaluate(value, scope)
                except ExpressionError as error:
                    what = f"`{field.written}` of layer `{label}`"
                    self.findings.add_expression_error(error, field.node, what + frame.used_at)
                    return None
            values[name] = value
        values |= extra
        assert layer.kind is not None
        key = (layer.kind, repr(values))
        made = self._layers.get(key)
        if made is None:
            made = self._validated(layer, frame, label, values)
            if made is not None:
                self._layers[key] = made
        return made

    def _validated(
        self, layer: LayerTemplate, frame: _Frame, label: str, values: dict[str, object]
    ) -> Kind | None:
        assert layer.kind is not None
        try:
            return layer.kind.model_validate(values)
        except ValidationError as error:
            fields = {**layer.fields, **dict(layer.each)}
            nodes = {name: field.node for name, field in fields.items()}
            written = {name: field.written for name, field in fields.items()}
            what = f"layer `{frame.prefix}{label}`{frame.used_at}"
            add_validation_errors(self.findings, error, what, layer.node, nodes, written)
            return None

    def _append(
        self,
        layer: LayerTemplate,
        made: Kind,
        frame: _Frame,
        name: str,
        inputs: tuple[int, ...],
    ) -> int:
        shapes = tuple(self.shapes[index] for index in inputs)
        # The memo holds the layer itself, so its id is not reused while the entry lives.
        key = (id(made), shapes)
        facts = self._facts.get(key)
        if facts is None:
            try:
                facts = made.facts(shapes)
            except LayerError as error:
                return self._refused(layer, made, frame, name, inputs, error)
            self._facts[key] = facts
            self._layers.setdefault((id(made),), made)
        self.nodes.append(GraphNode(name, made, inputs, facts, layer))
        self.shapes.append(facts.output)
        return len(self.shapes) - 1

    def _refused(
        self,
        layer: LayerTemplate,
        made: Kind,
        frame: _Frame,
        name: str,
        inputs: tuple[int, ...],
        error: LayerError,
    ) -> int:
        if isinstance(error, MergeSizeError):
            note, help = blame_note(self.nodes, self.inputs, inputs, error)
            error.note, error.help = note, help
        fields = {**layer.fields, **dict(layer.each)}
        field = fields.get(error.field)
        node = field.node if field else layer.node
        what = f"layer `{name}` ({made.kind}){frame.used_at}"
        self.findings.add_layer_error(error, what, node, name)
        if error.recovered is None:
            return LOST
        from convcalc.kinds.base import Facts

        unknown = (None,) * len(inputs)
        nothing = Facts(error.recovered, 0, 0, 0, (0,) * 6, unknown, True, 0, ())
        self.nodes.append(GraphNode(name, made, inputs, nothing, layer))
        self.shapes.append(error.recovered)
        return len(self.shapes) - 1

    def _place_block(
        self,
        layer: LayerTemplate,
        frame: _Frame,
        label: str,
        source: int,
        extra: dict[str, object],
    ) -> int:
        assert layer.block is not None
        if source == LOST:
            return LOST
        block = self.template.blocks[layer.block]
        caller = self._scope(layer, frame, source)
        given = {
            name: self._argument(field, caller, frame, label)
            for name, field in layer.fields.items()
        }
        given |= {name: self._reference(value, frame) for name, value in extra.items()}
        inner = {name: caller[name] for name in self.template.variables}
        inner |= {"cin": caller["cin"], "rank": caller["rank"]}
        for arg, default in block.args.items():
            if arg in given:
                inner[arg] = given[arg]
            elif default is not None:
                inner[arg] = self._evaluated(default, inner, f"block `{layer.block}`")
        line = layer.node.place.line
        used_at = f", used in line {line}{frame.used_at.replace(', used', ',')}"
        names = {BLOCK_INPUT: source}
        if list(self.inputs) == [NETWORK_INPUT]:
            names[NETWORK_INPUT] = 0
        depth = frame.depth + 1
        inside = _Frame(f"{frame.prefix}{label}.", names, inner, depth, used_at)
        first = len(self.nodes)
        result = self._place_list(block.layers, inside, source)
        name = frame.prefix + label
        end = len(self.nodes)
        self.scopes.append(Scope(name, layer.block, layer, depth, first, end, result, source))
        return result

    def _argument(
        self, field: Field, scope: dict[str, object], frame: _Frame, label: str
    ) -> object:
        value = self._evaluated(field, scope, f"layer `{label}`")
        return self._reference(value, frame)

    def _reference(self, value: object, frame: _Frame) -> object:
        """A word that names a layer of the caller stands for that layer inside the block."""
        if isinstance(value, str) and not isinstance(value, LayerRef) and value in frame.names:
            return LayerRef.to(value, frame.names[value])
        if isinstance(value, list):
            return [self._reference(item, frame) for item in value]
        return value
