"""Comparisons of networks as JSON, version 1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convcalc.core.records import plain
from convcalc.core.text import encodable
from convcalc.features.diff.limits import Verdict
from convcalc.features.diff.values import Amount, Change, Difference, Figure
from convcalc.planning.result import Row
from convcalc.report.checked import Report
from convcalc.report.found import problems_of
from convcalc.report.json_text import json_lines

DIFF_VERSION = 1


def render(
    compared: Sequence[tuple[Difference, Sequence[Verdict]]],
    report: Report,
    every_layer: bool = False,
) -> str:
    """All comparisons, and the findings of the sides that cannot be planned."""
    data = {
        "version": DIFF_VERSION,
        "networks": [_network(found, verdicts, every_layer) for found, verdicts in compared],
        "problems": [found.to_dict() for found in problems_of(report)],
    }
    return json_lines(data)


def _network(found: Difference, verdicts: Sequence[Verdict], every_layer: bool) -> dict[str, Any]:
    names = [encodable(name) for name in found.names]
    return {
        "before": names[0] if found.before is not None else None,
        "after": names[1] if found.after is not None else None,
        "note": encodable(found.note),
        "same": found.is_same,
        "totals": {key: _figure(figure) for key, figure in found.totals.items()},
        "limits": [
            {
                "limit": encodable(verdict.limit.text),
                "metric": verdict.limit.metric,
                "tripped": verdict.is_tripped,
                **_figure(verdict.figure),
            }
            for verdict in verdicts
        ],
        "expectations": [
            {**change._asdict(), "layer": change.layer or None} for change in found.expectations
        ],
        "layers": [
            _change(change) for change in found.changes if every_layer or change.status != "same"
        ],
    }


def _figure(figure: Figure) -> dict[str, Any]:
    share = figure.percent
    return {
        "before": _amount(figure.before),
        "after": _amount(figure.after),
        "delta": _amount(figure.delta),
        "percent": None if share is None else round(float(share), 6),
    }


def _amount(amount: Amount | None) -> Any:
    return plain(amount)


def _change(change: Change) -> dict[str, Any]:
    return {
        "status": change.status,
        "name": change.name,
        "kind": change.row.kind,
        "fields": [field._asdict() for field in change.fields],
        "inputs": change.inputs and {"before": change.inputs[0], "after": change.inputs[1]},
        "differs": list(change.moved),
        "before": _row(change.before),
        "after": _row(change.after),
    }


def _row(row: Row | None) -> dict[str, Any] | None:
    if row is None:
        return None
    field = row.receptive_field
    return {
        "name": row.name,
        "kind": row.kind,
        "output": list(row.output),
        "params": row.params,
        "macs": row.macs,
        "activation_bytes": row.activation_bytes,
        "receptive_field": field.to_dict() if field is not None else None,
        "line": row.place.line,
    }
