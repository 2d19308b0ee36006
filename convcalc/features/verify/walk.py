"""The walk over a planned network: each distinct layer runs once, every layer gets its checks."""

from __future__ import annotations

from collections.abc import Callable, Collection
from time import perf_counter
from typing import NamedTuple

from convcalc.core.shapes import Shape
from convcalc.features.rf import LayerField, field_report
from convcalc.features.verify.case import Case, Job, Laws
from convcalc.features.verify.field_checks import compared
from convcalc.features.verify.reads import Reader, Readings
from convcalc.features.verify.report import Check, LayerReport, Report, fold
from convcalc.features.verify.seen_fields import Fields
from convcalc.features.verify.work import Budget
from convcalc.kinds.base import Facts, Kind
from convcalc.kinds.linear import Linear
from convcalc.kinds.reshape_family import Flatten
from convcalc.network.graph import GraphNode
from convcalc.planning import Plan, Row
from convcalc.report.view import turned

# Called with (layers done, layers in all, the layer that is next).
Progress = Callable[[int, int, str], None]


def silent(done: int, total: int, name: str) -> None:
    """Progress that nobody watches."""


class _Key(NamedTuple):
    layer: Kind
    inputs: tuple[Shape, ...]
    # A map that was flattened before a dense layer.
    source: Shape


class _Ran(NamedTuple):
    """The layer that ran, with the facts that it was compared with and what came out."""

    name: str
    facts: Facts
    output: Shape | None
    checks: tuple[Check, ...]


class Walk:
    """One verification; what was measured once is remembered."""

    def __init__(self, plan: Plan, job: Job) -> None:
        self.plan, self.job = plan, job
        self.graph = plan.graph
        self._budget = Budget(job.max_steps)
        self._reader = Reader(self._budget)
        self._known: dict[_Key, _Ran] = {}
        self._laws: Laws = {}
        self._fields: dict[str, dict[str, LayerField]] | None = None
        # What came out of each layer that ran, by its index.
        self._came_out: dict[int, Shape] = {}

    def run(self, rows: Collection[int], progress: Progress = silent) -> Report:
        """The report of the rows with these numbers."""
        started = perf_counter()
        fields = None
        if "field" in self.job.checks:
            fields = Fields(self.graph, self._readings, self._budget)
            for step in rows:
                row = self.plan.rows[step]
                fields.want(row.node.at, row.output)
        layers = []
        for done, step in enumerate(rows):
            row = self.plan.rows[step]
            progress(done, len(rows), row.name)
            layers.append(self._layer(step, row, fields))
        progress(len(rows), len(rows), "")
        return Report(
            self.plan.name,
            self.plan.inputs,
            self.plan.batch,
            self.job.seed,
            tuple(layers),
            round(perf_counter() - started, 3),
            "; ".join(turned(self.plan.inputs)),
        )

    def _readings(self, node: GraphNode) -> Readings:
        return self._reader.readings(node.layer, self._inputs(node))

    def _inputs(self, node: GraphNode, measured: bool = False) -> tuple[Shape, ...]:
        """Shapes of a layer's inputs: as planned, or as they came out where those layers ran."""
        known = self._came_out if measured else {}
        return tuple(known.get(index) or self.graph.shape_of(index) for index in node.inputs)

    def _layer(self, step: int, row: Row, fields: Fields | None) -> LayerReport:
        node = row.node
        facts = self.graph.facts_alone(node)
        inputs = self._inputs(node, measured=True)
        key = _Key(_nameless(node.layer), inputs, self._flattened(node))
        same_as = ""
        if key in self._known and self._known[key].facts == facts:
            same_as, _, output, checks = self._known[key]
        else:
            case = Case(node.layer, inputs, facts, self.plan.batch, step, self.job, self._budget)
            output, on_itself = case.on_itself()
            checks = fold([*on_itself, *case.on_a_copy(self._laws), case.dense(key.source)])
            self._known[key] = _Ran(row.name, facts, output, checks)
        if output is not None:
            self._came_out[node.at] = output
        if fields is not None:
            checks = fold([*checks, *compared(row, fields, node.at, self._used(row.name))])
        return LayerReport(row.name, row.kind, inputs, row.output, checks, same_as)

    def _used(self, layer: str) -> dict[str, LayerField]:
        """What the report of receptive fields says of a layer, by the input that it sees."""
        if self._fields is None:
            self._fields = {}
            for field in field_report(self.graph).layers:
                self._fields.setdefault(field.layer, {})[field.source] = field
        return self._fields.get(layer, {})

    def _flattened(self, node: GraphNode) -> Shape:
        """The map behind the vector of a dense layer; the vector itself where there is none."""
        if not isinstance(node.layer, Linear):
            return ()
        node = self.graph.nodes[node.inputs[0]]
        if len(node.facts.output) > 1:
            return ()
        while node.inputs and node.layer.is_view:
            source = self.graph.shape_of(node.inputs[0])
            if len(source) > 1:
                # Only so do its numbers stand channel by channel.
                return source if isinstance(node.layer, Flatten) else node.facts.output
            node = self.graph.nodes[node.inputs[0]]
        return node.facts.output


def _nameless(layer: Kind) -> Kind:
    """Merges that differ in the names of their inputs only are the same layer."""
    return layer.model_copy(update={"inputs": ()}) if layer.is_merge else layer


def chosen_rows(plan: Plan, names: Collection[str]) -> tuple[int, ...]:
    """The rows of these layers, and of all layers inside the blocks of these names; all for none.

    Raises KeyError naming the nearest name.
    """
    if not names:
        return tuple(range(len(plan.rows)))
    wanted: set[int] = set()
    for name in names:
        inside = [n for n, row in enumerate(plan.rows) if f"{row.name}.".startswith(f"{name}.")]
        wanted.update(inside or [plan.rows.index(plan[name])])
    return tuple(sorted(wanted))
