"""Layers that have been placed: their facts at the shapes that reach them, or what they lack."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pydantic import ValidationError

from convcalc.core.bounded_work import Budget
from convcalc.core.errors import LayerError
from convcalc.core.links import MAX_LISTED
from convcalc.core.shapes import Shape
from convcalc.kinds.arithmetic_family import MergeSizeError
from convcalc.kinds.base import POINTWISE_LINKS, Facts
from convcalc.kinds.base.likeness import LIKE, lengths
from convcalc.kinds.base.tried_repairs import help_for
from convcalc.network.blame import Blame
from convcalc.network.findings import Findings, add_validation_errors
from convcalc.network.frames import Frame, UnplaceableError
from convcalc.network.graph import GraphNode
from convcalc.network.merge_repairs import PAD_OR_CROP, explained
from convcalc.network.template import LayerTemplate
from convcalc.network.trials import Trials

if TYPE_CHECKING:
    from convcalc.kinds.base import Kind

FactsMemo = dict[tuple[object, ...], Facts]
LayerMemo = dict[tuple[object, ...], "Kind"]


class Placement:
    """The nodes of one network in order, beginning with its inputs."""

    def __init__(
        self,
        inputs: Sequence[GraphNode],
        findings: Findings,
        layer_memo: LayerMemo,
        facts_memo: FactsMemo,
    ) -> None:
        self.input_count = len(inputs)
        self.findings = findings
        self.nodes = list(inputs)
        # Layers that cannot stand, but whose output is as good as known.
        self._guessed: set[int] = set()
        self._trials = Trials(self.nodes, self._guessed)
        self._explained: dict[tuple[int, tuple[int, ...]], tuple[bool, str, str]] = {}
        self._layers = layer_memo
        self._facts = facts_memo
        # What layers were told that cannot stand on such inputs.
        self._refused: dict[tuple[int, tuple[Shape, ...]], LayerError] = {}
        # Units that patterns of layers have listed.
        self._entries = Budget(MAX_LISTED)

    @property
    def layer_count(self) -> int:
        """How many layers have been placed."""
        return len(self.nodes) - self.input_count

    def shape_of(self, index: int) -> Shape:
        """The output shape of the layer or input at `index`."""
        return self.nodes[index].facts.output

    def made(
        self, layer: LayerTemplate, values: dict[str, object], frame: Frame, label: str
    ) -> Kind:
        """The layer with these fields, checked once for each set of values.

        Raises UnplaceableError.
        """
        assert layer.kind is not None
        key = (layer.kind, repr(values))
        made = self._layers.get(key)
        if made is None:
            try:
                made = self._layers[key] = layer.kind.model_validate(values)
            except ValidationError as error:
                fields = {**layer.fields, **dict(layer.each)}
                nodes = {name: field.node for name, field in fields.items()}
                written = {name: field.written for name, field in fields.items()}
                what = f"layer `{frame.prefix}{label}`{frame.used_at}"
                add_validation_errors(
                    self.findings, error, what, layer.node, nodes, written, kind=layer.kind.kind
                )
                raise UnplaceableError from None
        return made

    def fitted(
        self,
        layer: LayerTemplate,
        values: dict[str, object],
        frame: Frame,
        label: str,
        source: int,
    ) -> dict[str, object]:
        """The fields that make a layer like the map of another one, beside its other fields.

        Raises UnplaceableError.
        """
        assert layer.kind is not None
        like = values[LIKE]
        others = {name: value for name, value in values.items() if name not in layer.kind.likes}
        try:
            offset = lengths().validate_python(values.get("offset"))
            assert isinstance(like, tuple)
            return others | layer.kind.fitted(self.shape_of(source), like, offset)
        except ValidationError as error:
            what = f"layer `{frame.prefix}{label}`{frame.used_at}"
            nodes = {"": layer.fields["offset"].node} if "offset" in layer.fields else {}
            add_validation_errors(
                self.findings, error, f"`offset` of {what}", layer.node, nodes, {}
            )
        except LayerError as error:
            fields = {**layer.fields, **dict(layer.each)}
            node = fields[error.field].node if error.field in fields else layer.node
            name = f"{frame.prefix}{label}"
            what = f"layer `{name}` ({layer.kind.kind}){frame.used_at}"
            self.findings.add_layer_error(error, what, node, name)
        raise UnplaceableError

    def append(
        self, layer: LayerTemplate, made: Kind, frame: Frame, name: str, inputs: tuple[int, ...]
    ) -> int:
        """Places the layer behind `inputs`; its index. Raises UnplaceableError."""
        nodes = self.nodes
        shapes = tuple([nodes[index].facts.output for index in inputs])
        # The memo holds the layer itself, so its id is not reused while the entry lives.
        key = (id(made), shapes)
        facts = self._facts.get(key)
        error = self._refused.get(key)
        if facts is None and error is None:
            try:
                facts = made.facts(shapes)
            except LayerError as raised:
                error = raised
                error.help = help_for(made, shapes, error)
                if not isinstance(error, MergeSizeError):
                    # What a merge is told depends on the layers that it reads.
                    self._refused[key] = error
            else:
                self._count_entries(facts, layer, f"{name}` ({made.kind}){frame.used_at}")
                self._facts[key] = facts
            self._layers.setdefault((id(made),), made)
        if error is not None:
            facts = self._guess(layer, made, frame, name, inputs, error)
        assert facts is not None
        index = len(nodes)
        nodes.append(GraphNode(name, made, inputs, facts, layer, index))
        return index

    def _explain(
        self, made: Kind, inputs: tuple[int, ...], error: MergeSizeError
    ) -> tuple[bool, str, str]:
        """(whether no other finding is behind it, note, help) of a merge that does not fit."""
        if self._trials.may_trace(inputs):
            blame = Blame(self.nodes, inputs, error)
            return (not blame.depends_on(self._guessed), *explained(blame, made, self._trials))
        # Too far to go back: behind another that does not stand it may be no news.
        return not self._guessed, error.note, PAD_OR_CROP

    def _count_entries(self, facts: Facts, layer: LayerTemplate, what: str) -> None:
        """Raises UnplaceableError where patterns have listed all that they may."""
        had_room = self._entries.has(0)
        self._entries.spent += facts.entries
        if self._entries.has(0):
            return
        if had_room:
            # What comes after it is not placed either, and that is no news.
            self.findings.add(
                "too-much-work",
                f"the patterns of different layers list more than {MAX_LISTED:,} units; no "
                f"further than layer `{what}",
                layer.node,
                note="positions that are joined, strides and bins of thousands each have a table",
                help="repeat equal layers, which have one table, or divide the network",
            )
        raise UnplaceableError

    def _guess(
        self,
        layer: LayerTemplate,
        made: Kind,
        frame: Frame,
        name: str,
        inputs: tuple[int, ...],
        error: LayerError,
    ) -> Facts:
        """Facts to go on with, after keeping what the kind says. Raises UnplaceableError."""
        is_news = True
        shapes = tuple(map(self.shape_of, inputs))
        if isinstance(error, MergeSizeError):
            # A series of merges of the same layers has one explanation.
            key = (id(made), inputs)
            if key not in self._explained:
                self._explained[key] = self._explain(made, inputs, error)
            is_news, error.note, error.help = self._explained[key]
        if is_news:
            fields = {**layer.fields, **dict(layer.each)}
            field = fields.get(error.field)
            what = f"layer `{name}` ({made.kind}){frame.used_at}"
            node = field.node if field else layer.node
            self.findings.add_layer_error(error, what, node, name)
        if error.recovered is None:
            raise UnplaceableError
        self._guessed.add(len(self.nodes))
        # As if positions were kept: this lets a later merge be traced back across this layer.
        links = tuple(
            POINTWISE_LINKS[len(shape) - 1] if len(shape) == len(error.recovered) else None
            for shape in shapes
        )
        return Facts(error.recovered, links=links, inputs=shapes)
