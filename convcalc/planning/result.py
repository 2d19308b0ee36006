"""The plan as a value: rows, totals, and how they become data."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from convcalc.core.errors import Place, Problem
from convcalc.core.shapes import Shape, elements, format_shape
from convcalc.kinds.base import WORK_CLASSES
from convcalc.network.graph import Graph, GraphNode, Scope
from convcalc.planning import convention
from convcalc.planning.memory import Memory
from convcalc.planning.receptive import ReceptiveField, Seen, receptive_field

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PLAN_VERSION = 1


class Row(NamedTuple):
    """One layer: what it is, what comes out, what it costs, what it sees.

    Counts are exact integers; `macs` is for the plan's whole batch. `inputs` are names.
    """

    name: str
    kind: str
    inputs: tuple[str, ...]
    output: Shape
    params: int
    buffers: int
    macs: int
    node: GraphNode
    seen: tuple[Seen, ...]
    plan: PlanContext

    def __repr__(self) -> str:
        shape = format_shape(self.output)
        return f"<Row {self.name}: {self.kind} -> {shape}, {self.params} params, {self.macs} macs>"

    @property
    def flops(self) -> int:
        """Floating-point operations: 2 * macs."""
        return 2 * self.macs

    @property
    def elementwise(self) -> dict[str, int]:
        """Elementwise operations by class, for the whole batch; no part of the MACs."""
        batch = self.plan.batch
        work = zip(WORK_CLASSES, self.node.facts.work, strict=True)
        return {name: count * batch for name, count in work}

    @property
    def activation_bytes(self) -> int:
        """Bytes of the output for the whole batch; 0 for a view, which has its input's memory."""
        if self.node.layer.is_view:
            return 0
        return elements(self.output) * self.plan.batch * self.plan.item_bytes

    @property
    def fields(self) -> dict[str, Any]:
        """The layer's fields as they apply here: full names, one value an axis."""
        return self.node.layer.resolved(self.plan.graph.shapes_of(self.node))

    @property
    def receptive_fields(self) -> tuple[ReceptiveField, ...]:
        """What the layer sees of each input of the network that it depends on."""
        inputs = list(self.plan.graph.inputs.items())
        found = (receptive_field(seen, *inputs[seen.source]) for seen in self.seen)
        return tuple(field for field in found if field is not None)

    @property
    def receptive_field(self) -> ReceptiveField | None:
        """The first of `receptive_fields`; None where its pattern is too long to follow."""
        fields = self.receptive_fields
        return fields[0] if fields else None

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader should be told: cropped inputs, spread gates."""
        return self.node.facts.notes

    @property
    def place(self) -> Place:
        """Where the layer is written; inside its block for a layer of a block."""
        return self.node.template.node.place

    def to_dict(self) -> dict[str, Any]:
        """The row as JSON data."""
        fields = self.receptive_fields
        data: dict[str, Any] = {
            "name": self.name,
            "kind": self.kind,
            "inputs": list(self.inputs),
            "output": list(self.output),
            "fields": self.fields,
            "params": self.params,
            "buffers": self.buffers,
            "macs": self.macs,
            "flops": self.flops,
            "elementwise": self.elementwise,
            "activation_bytes": self.activation_bytes,
            "receptive_field": field_data(fields[0]) if fields else None,
        }
        if len(fields) > 1:
            data["receptive_fields"] = {field.input: field_data(field) for field in fields}
        if self.notes:
            data["notes"] = list(self.notes)
        place = self.place
        data["place"] = {"line": place.line, "column": place.column}
        return data


def field_data(field: ReceptiveField) -> dict[str, Any]:
    """A receptive field as JSON data, in pixels."""
    return {
        "size": list(field.size),
        "min": list(field.least),
        "max": list(field.most),
        "stride": [stride_data(stride) for stride in field.stride],
        "start": list(field.start),
        "global": field.is_global,
        "aligned": field.aligned,
    }


def stride_data(stride: Fraction) -> int | str:
    """An effective stride as JSON: an integer, or a fraction such as "1/2".

    >>> stride_data(Fraction(4)), stride_data(Fraction(1, 2))
    (4, '1/2')
    """
    return stride.numerator if stride.denominator == 1 else str(stride)


@dataclass(frozen=True, slots=True)
class PlanContext:
    """What all rows of a plan share."""

    graph: Graph
    batch: int
    dtype: str
    item_bytes: int


@dataclass(frozen=True, slots=True)
class Group:
    """A block used as a layer, with the sums over its rows [first, end)."""

    name: str
    block: str
    depth: int
    first: int
    end: int
    result: str
    output: Shape
    place: Place


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over all rows, and the memory of the whole network."""

    params: int
    buffers: int
    macs: int
    elementwise: dict[str, int]
    memory: Memory

    @property
    def flops(self) -> int:
        """Floating-point operations: 2 * macs."""
        return 2 * self.macs

    def to_dict(self) -> dict[str, Any]:
        """The totals as JSON data; bytes throughout `memory`."""
        memory = self.memory
        return {
            "params": self.params,
            "buffers": self.buffers,
            "macs": self.macs,
            "flops": self.flops,
            "elementwise": self.elementwise,
            "memory": {
                "params": memory.params,
                "buffers": memory.buffers,
                "activations": memory.activations,
                "peak_activations": memory.peak_activations,
                "peak_at": memory.peak_at,
                "inference": memory.inference,
                "kept": memory.kept,
                "gradients": memory.gradients,
                "optimizer": memory.optimizer,
                "training": memory.training,
            },
        }


def row_at(graph: Graph, rows: Sequence[Row], index: int) -> Row:
    """The row of the layer at `index`; inputs of the network have none."""
    return rows[index - graph.input_count]


@dataclass(frozen=True)
class Plan:
    """A planned network: its rows in the order in which they run.

    `plan["stem"]` is the row of that name (of the last one for a repeated name). `failures`
    holds a finding for each expectation that does not hold; it is None where expectations were
    not checked because an input or a variable was overridden.
    """

    context: PlanContext
    rows: tuple[Row, ...]
    failures: tuple[Problem, ...] | None

    @property
    def graph(self) -> Graph:
        """The network's inputs and layers, placed; `row.node` is the node of a row."""
        return self.context.graph

    def row_at(self, index: int) -> Row:
        """The row of the layer at `index` of the graph."""
        return row_at(self.graph, self.rows, index)

    def rows_of(self, scope: Scope) -> tuple[Row, ...]:
        """The rows inside of a block."""
        shift = self.graph.input_count
        return self.rows[scope.first - shift : scope.end - shift]

    def __repr__(self) -> str:
        return f"<Plan {self.name}: {len(self.rows)} rows>"

    @property
    def name(self) -> str:
        """The network's name."""
        return self.graph.name

    @property
    def inputs(self) -> dict[str, Shape]:
        """Shapes of the network's inputs, by name."""
        return dict(self.graph.inputs)

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of the output layers."""
        graph = self.graph
        return tuple(map(graph.name_of, graph.outputs))

    @property
    def batch(self) -> int:
        """Samples that MACs, elementwise work and activations are counted for."""
        return self.context.batch

    @property
    def dtype(self) -> str:
        """Type of all numbers, for bytes."""
        return self.context.dtype

    @cached_property
    def totals(self) -> Totals:
        """Sums over the rows, and memory."""
        from convcalc.planning.memory import measure_memory

        graph, batch = self.graph, self.context.batch
        work = [node.facts.work for node in graph.layers]
        sums = [sum(column) * batch for column in zip(*work, strict=True)]
        return Totals(
            sum(row.params for row in self.rows),
            sum(row.buffers for row in self.rows),
            sum(row.macs for row in self.rows),
            dict(zip(WORK_CLASSES, sums, strict=True)),
            measure_memory(graph, batch, self.context.item_bytes),
        )

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """Every use of a block, outer ones before inner ones."""
        graph = self.graph
        return tuple(
            Group(
                scope.name,
                scope.block,
                scope.depth,
                scope.first - graph.input_count,
                scope.end - graph.input_count,
                graph.name_of(scope.result),
                graph.shape_of(scope.result),
                scope.template.node.place,
            )
            for scope in graph.scopes
        )

    @cached_property
    def _by_name(self) -> dict[str, Row]:
        rows = {row.name: row for row in self.rows}
        # A block is its result; one without rows is nothing.
        used = [group for group in self.groups if group.first < group.end]
        blocks = {group.name: rows[group.result] for group in used if group.result in rows}
        named = {**blocks, **rows}
        for name, row in [*blocks.items(), *rows.items()]:
            # `stage.1` is also `stage` for whoever asks for the last of a series.
            stem, _, number = name.rpartition(".")
            if stem and number.isdigit():
                named[stem] = row
        return named

    def __getitem__(self, name: str | int) -> Row:
        """The row of that name, or at that place. Raises KeyError naming the nearest name."""
        if isinstance(name, int):
            return self.rows[name]
        try:
            return self._by_name[name]
        except KeyError:
            from convcalc.core.text import nearest

            hint = nearest(name, self._by_name)
            raise KeyError(f"no layer `{name}`; {hint}") from None

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def to_dict(self) -> dict[str, Any]:
        """The plan as JSON data, version 1; its JSON Schema is `convcalc schema --plan`."""
        graph = self.graph
        return {
            "version": PLAN_VERSION,
            "name": self.name,
            "inputs": {name: list(shape) for name, shape in graph.inputs.items()},
            "outputs": list(self.outputs),
            "convention": {
                "params": convention.PARAMS,
                "macs": convention.MACS,
                "flops": convention.FLOPS,
                "elementwise": convention.ELEMENTWISE,
                "receptive_field": convention.RECEPTIVE_FIELD,
                "inference_memory": convention.INFERENCE_MEMORY,
                "training_memory": convention.TRAINING_MEMORY,
                "batch": self.batch,
                "dtype": self.dtype,
            },
            "rows": [row.to_dict() for row in self.rows],
            "blocks": [
                {
                    "name": group.name,
                    "block": group.block,
                    "depth": group.depth,
                    "rows": [group.first, group.end],
                    "result": group.result,
                    "output": list(group.output),
                }
                for group in self.groups
            ],
            "totals": self.totals.to_dict(),
            "expectations": None if self.failures is None else [str(f) for f in self.failures],
        }
