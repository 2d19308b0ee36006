"""Memory of a verification, planned before anything is allocated: layers run one at a time."""

from __future__ import annotations

from collections.abc import Collection

from convcalc.arrays.budget import (
    PROCESS_BYTES,
    WORKSPACE_BYTES,
    format_bytes,
    weight_values,
    workspace_values,
)
from convcalc.arrays.free import free_memory
from convcalc.core.errors import Problem, StackError
from convcalc.core.shapes import elements
from convcalc.planning import Plan, Row

_ITEM = 4
# A layer's output, and what is looked for in it.
_OUTPUTS = 2
# Small copies, on which the laws are shown.
_COPIES_BYTES = 64 << 20


def needed(plan: Plan, row: Row) -> int:
    """Bytes while the checks of one layer are made."""
    graph = plan.graph
    inputs = sum(elements(graph.shape_of(index)) for index in row.node.inputs)
    values = inputs + _OUTPUTS * elements(row.output) + workspace_values(graph, row.node)
    own = weight_values(graph.owner_of(row.node))
    return (values * plan.batch + own) * _ITEM + PROCESS_BYTES + WORKSPACE_BYTES + _COPIES_BYTES


def check_memory(plan: Plan, rows: Collection[int], limit: int | None) -> None:
    """Raises StackError `needs-memory` where one of these rows needs more than `limit` bytes.

    Without a limit it is half of what the machine has free.
    """
    most, number = max((needed(plan, plan.rows[number]), number) for number in rows)
    row = plan.rows[number]
    free = free_memory() if limit is None else 0
    allowed = free // 2 if limit is None else limit
    if most <= allowed:
        return
    graph = plan.graph
    of = f", half of the {format_bytes(free)} that are free" if limit is None else ""
    problem = Problem(
        "needs-memory",
        f"running `{row.name}` needs {format_bytes(most)}, and may use {format_bytes(allowed)}",
        row.place,
        f"{most:,} bytes are more than {allowed:,}{of}",
        "use a smaller --input or --batch, other layers by --layer, or a higher --max-memory",
        row.name,
        graph.file,
    )
    raise StackError([problem], graph.source)
