"""The rows of a plan: one layer each, with what comes out, what it costs, what it sees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple

from convcalc.core.dtypes import DType
from convcalc.core.errors import Place
from convcalc.core.records import Count, Hidden, Key, Record, Sizes
from convcalc.core.shapes import elements, format_shape
from convcalc.kinds.base import WORK_CLASSES, Figure
from convcalc.network.graph import Graph, GraphNode
from convcalc.planning.receptive import KeptReach, ReceptiveField, receptive_field

Elementwise = Annotated[
    Mapping[str, Count],
    Key(
        "Operations by class, for the whole batch; no part of the MACs. Additions of a bias are 1 "
        "an output element, scales and shifts of a norm 2 an element, activations 1 an element "
        "and 5 for a softmax; pooling counts the elements of its windows, a merge of n inputs "
        "n - 1 an element, upsampling the neighbours that it reads.",
        required=[*WORK_CLASSES],
        propertyNames={"enum": [*WORK_CLASSES]},
    ),
]


class _Row(NamedTuple):
    name: Annotated[str, Key("The layer's name, a path inside blocks; without one: KIND_N.")]
    kind: Annotated[str, Key("The layer's kind.")]
    inputs: Annotated[
        tuple[str, ...], Key("Names of the layers, or network inputs, that it reads.")
    ]
    output: Annotated[Sizes, Key("Shape of the output: one sample, channels first.", minItems=1)]
    params: Annotated[Count, Key("Learnt numbers of the layer.")]
    buffers: Annotated[Count, Key("Stored numbers of the layer that are not learnt.")]
    macs: Annotated[Count, Key("Multiply-accumulates of the layer, for the whole batch.")]
    node: Hidden[GraphNode]
    seen: Hidden[tuple[KeptReach, ...]]
    plan: Hidden[PlanContext]


class Row(_Row, Record):
    """One layer: what it is, what comes out, what it costs, what it sees."""

    __slots__ = ()

    def __repr__(self) -> str:
        shape = format_shape(self.output)
        return f"<Row {self.name}: {self.kind} -> {shape}, {self.params} params, {self.macs} macs>"

    @property
    @Key()
    def flops(self) -> Count:
        """Floating-point operations: 2 * macs."""
        return 2 * self.macs

    @property
    @Key()
    def elementwise(self) -> Elementwise:
        """Elementwise operations by class, for the whole batch; no part of the MACs."""
        batch = self.plan.batch
        work = zip(WORK_CLASSES, self.node.facts.work, strict=True)
        return {name: count * batch for name, count in work}

    @property
    @Key()
    def activation_bytes(self) -> Count:
        """Bytes of the output for the whole batch; 0 for a view, which has its input's memory."""
        if self.node.layer.is_view:
            return 0
        return elements(self.output) * self.plan.batch * self.plan.item_bytes

    @property
    @Key()
    def fields(self) -> dict[str, Any]:
        """The layer's fields as they apply here: full names, one value an axis."""
        return self.node.layer.resolved(self.plan.graph.shapes_of(self.node))

    @property
    def receptive_fields(self) -> tuple[ReceptiveField, ...]:
        """What the layer sees of each input of the network that it depends on."""
        graph = self.plan.graph
        found = (receptive_field(seen, *graph.input_at(seen.source)) for seen in self.seen)
        return tuple(field for field in found if field is not None)

    @property
    @Key()
    def receptive_field(self) -> ReceptiveField | None:
        """What it sees of its first input of the network; None where that is too long to follow."""
        fields = self.receptive_fields
        return fields[0] if fields else None

    @property
    @Key(name="receptive_fields", optional=True)
    def fields_by_input(self) -> Mapping[str, ReceptiveField]:
        """The receptive field on each input of the network, where there are several."""
        if len(self.seen) < 2:
            return {}
        fields = self.receptive_fields
        return {field.input: field for field in fields} if len(fields) > 1 else {}

    @property
    @Key(optional=True)
    def weights(self) -> str:
        """The layer whose learnt arrays it uses, where they are counted."""
        node = self.node
        return "" if node.shares is None else self.plan.graph.name_of(node.shares)

    @property
    @Key(optional=True)
    def declared(self) -> tuple[Figure, ...]:
        """Figures that are as the file declares them, and no more than that."""
        return self.node.facts.declared

    @property
    @Key(optional=True)
    def unknown(self) -> tuple[Figure, ...]:
        """Figures that nobody tells: they are at least what is said, fields at most."""
        return self.node.facts.unknown

    @property
    @Key(optional=True)
    def op(self) -> str:
        """The operation of a model file that the layer comes from, in the file's own word."""
        word = self.node.template.word
        return "" if word == self.kind else word

    @property
    @Key(optional=True)
    def notes(self) -> tuple[str, ...]:
        """What a reader should be told: cropped inputs, spread gates."""
        return self.node.facts.notes

    @property
    @Key()
    def place(self) -> Place:
        """Where the file writes the layer; inside its block for a layer of a block."""
        return self.node.template.node.place


@dataclass(frozen=True, slots=True)
class PlanContext:
    """What all rows of a plan share."""

    graph: Graph
    batch: int
    dtype: DType
    item_bytes: int
