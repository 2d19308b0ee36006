"""The answers of `convcalc convert` as JSON, version 1."""

from __future__ import annotations

from typing import Any

from convcalc.features.convert.answer import Conversion
from convcalc.features.convert.matrix import DenseMatrix
from convcalc.planning import Plan
from convcalc.report.json_text import json_lines

CONVERT_VERSION = 1


def render_conversion(found: Conversion) -> str:
    """The rewritten file with the figures that show it to be the same."""
    return json_lines(
        {
            "version": CONVERT_VERSION,
            "name": found.after.name,
            "text": found.text,
            "params": found.after.totals.params,
            "macs": found.after.totals.macs,
            "before": _shapes(found.before),
            "after": _shapes(found.after),
            "larger": _shapes(found.larger) if found.larger else None,
            "changes": [
                {"layer": one.layer, "line": one.line, "was": one.was, "becomes": one.becomes,
                 "params": one.params}
                for one in found.changes
            ],
            "kept": [
                {"layer": one.layer, "line": one.line, "why": one.why} for one in found.refusals
            ],
        }
    )  # fmt: skip


def _shapes(plan: Plan) -> dict[str, Any]:
    graph = plan.graph
    return {
        "inputs": {name: list(shape) for name, shape in plan.inputs.items()},
        "outputs": [list(graph.shape_of(index)) for index in graph.outputs],
    }


def render_dense(found: DenseMatrix) -> str:
    """The dense matrix of a layer, in exact counts."""
    return json_lines(
        {
            "version": CONVERT_VERSION,
            "layer": found.layer,
            "line": found.line,
            "kind": found.kind,
            "input": list(found.x),
            "output": list(found.output),
            "inputs": found.columns,
            "outputs": found.rows,
            "dense": found.dense,
            "weights": found.weights,
            "nonzero": found.nonzero,
            "zero": found.dense - found.nonzero,
            "products_per_output": found.taps,
        }
    )
