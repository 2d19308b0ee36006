"""The walk over the graph: shapes, costs and receptive fields of every layer, and the totals."""

from __future__ import annotations

from typing import get_args

from convcalc.core.bounded_work import Budget
from convcalc.core.dtypes import DTYPE_BYTES, DType
from convcalc.core.errors import Problem, StackError
from convcalc.network import MAX_LAYERS, InputShapes, Network, VariableValues
from convcalc.network.graph import Graph
from convcalc.planning.plan_rows import PlanContext, Row
from convcalc.planning.reach_merges import Known, through
from convcalc.planning.reaches import (
    ENTRIES_PER_LAYER,
    ENTRIES_PER_REACH,
    MAX_ENTRIES,
    Reach,
    entries,
    of_input,
    unfollowed,
)
from convcalc.planning.receptive import KeptReach, Measured, reduced
from convcalc.planning.result import Plan

__all__ = ["Plan", "Row", "plan"]

MAX_BATCH = 10**9


def plan(
    network: Network,
    *,
    input: InputShapes | None = None,
    variables: VariableValues | None = None,
    batch: int = 1,
    dtype: DType | None = None,
    max_layers: int = MAX_LAYERS,
) -> Plan:
    """Shapes, costs and receptive fields of every layer.

    `input` is a shape (channels first, no batch), or shapes by input name; `variables`
    override `vars`. MACs, elementwise work and activations are for `batch` samples; bytes are
    those of `dtype`, or else of the network's own.
    Raises StackError with every layer that cannot stand where it stands.

    >>> from convcalc import loads
    >>> lenet = loads('''
    ... convcalc: 1
    ... input: [1, 32, 32]
    ... layers:
    ...   - conv: {out: 6, k: 5}
    ...   - avg_pool: 2
    ... ''')
    >>> plan(lenet).totals.params, plan(lenet, batch=2).totals.macs
    (156, 235200)
    """
    if not isinstance(network, Network):
        # The likeliest slip: a path where the loaded network belongs.
        got = type(network).__name__
        raise TypeError(f"plan wants a Network, got {got}; load it first: plan(load(path))")
    dtype = dtype or network.dtype
    _check(batch, dtype)
    graph = network.graph(input, variables, max_layers)
    context = PlanContext(graph, batch, dtype, DTYPE_BYTES[dtype])
    rows = _rows(graph, context)
    overridden = graph.inputs != network.inputs or bool(variables)
    return Plan(context, rows, None if overridden else _failures(graph, rows))


def _failures(graph: Graph, rows: tuple[Row, ...]) -> tuple[Problem, ...]:
    if not graph.has_expectations:
        return ()
    from convcalc.planning.expectations import check_expectations

    return check_expectations(graph, rows)


def _check(batch: int, dtype: str) -> None:
    if not isinstance(batch, int) or isinstance(batch, bool) or not 1 <= batch <= MAX_BATCH:
        message = f"batch wants an integer from 1 to {MAX_BATCH:,}, got {batch!r}"
        raise StackError([Problem("wrong-value", message)])
    if dtype not in DTYPE_BYTES:
        known = ", ".join(get_args(DType))
        raise StackError([Problem("wrong-value", f"no dtype {dtype!r}", help=f"known: {known}")])


def _rows(graph: Graph, context: PlanContext) -> tuple[Row, ...]:
    sources = graph.nodes[: graph.input_count]
    reaches = [of_input(node.at, node.facts.output) for node in sources]
    last_use = graph.last_use
    batch = context.batch
    rows = []
    nothing: tuple[Reach, ...] = ()
    # The last reaches, where they are straight lines, and what they come to.
    line: tuple[Reach, ...] | None = None
    seen: tuple[KeptReach, ...] = ()
    measured: Measured = {}
    known: Known = {}
    fields = Budget(MAX_ENTRIES + ENTRIES_PER_LAYER * len(graph.layers))
    patterns = Budget(MAX_ENTRIES)
    follows = True
    nodes = graph.nodes
    for node in graph.layers:
        name, layer, inputs, facts, _, at, _ = node
        before = [reaches[index] for index in inputs]
        if len(inputs) > 1:
            fields.spent += sum(map(len, before))
            # Each input's pattern is gone through, and what comes of all is no longer than one.
            patterns.spent += sum(map(entries, before)) + facts.entries
        if not patterns.has(0):
            if follows:
                follows = False
                reaches = [*map(unfollowed, reaches)]
                before = [reaches[index] for index in inputs]
            facts = facts.without_patterns()
        # Past the budget nothing is followed any more: a part of a field would be a wrong one.
        own = through(before, facts, known) if fields.has(0) else nothing
        # Pointwise layers hand on the very same reach; straight lines fit maps of any size.
        if own is not line:
            fields.spent += ENTRIES_PER_REACH * len(own)
            line = own if all(reach.slides_evenly for reach in own) else None
            if line is None:
                patterns.spent += entries(own)
                own = own if patterns.has(0) else unfollowed(own)
            seen = tuple([reduced(reach, measured) for reach in own])
        reaches.append(own)
        rows.append(
            Row(
                name,
                layer.kind,
                tuple([nodes[index].name for index in inputs]),
                facts.output,
                facts.params,
                facts.buffers,
                facts.macs * batch,
                node,
                seen,
                context,
            )
        )
        # Long patterns are dropped as soon as nobody needs them.
        for index in (*inputs, at):
            if last_use[index] == at:
                reaches[index] = nothing
    return tuple(rows)
