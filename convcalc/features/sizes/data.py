"""The answer of `convcalc sizes` as JSON, version 1."""

from __future__ import annotations

from typing import Any

from convcalc.features.sizes.answer import AxisSizes, Candidate, Near, SizesAnswer
from convcalc.features.sizes.pattern import find_pattern
from convcalc.report.found import finding
from convcalc.report.json_text import json_lines

SIZES_VERSION = 1


def render(answer: SizesAnswer) -> str:
    """The answer as one JSON object, one axis a line."""
    return json_lines(to_dict(answer))


def to_dict(answer: SizesAnswer) -> dict[str, Any]:
    """The answer as JSON data.

    Sets of sizes are patterns: from `start` on those whose remainder by `period` is one of
    `residues`, before it the ranges `before`; null where they were not checked.
    """
    return {
        "version": SIZES_VERSION,
        "name": answer.name,
        "inputs": {name: list(shape) for name, shape in answer.base.items()},
        "required": list(answer.required),
        "independent": not answer.tied and not answer.by_planning,
        "tied_at": [{"layer": one.layer, "line": one.line} for one in answer.tied],
        "declared_problems": [finding(problem).to_dict() for problem in answer.declared],
        "smallest_legal": list(answer.smallest) if answer.smallest else None,
        "axes": [_axis(axis) for axis in answer.axes],
        "near": _near(answer.near) if answer.near else None,
    }


def _axis(axis: AxisSizes) -> dict[str, Any]:
    return {
        "axis": axis.axis,
        "name": axis.name,
        "inputs": list(axis.inputs),
        "declared": axis.declared,
        "range": [axis.low, axis.high],
        "smallest_legal": axis.smallest_legal,
        "good": _pattern(axis.good, axis),
        "criteria": {name: _pattern(bits, axis) for name, bits in axis.sets.items()},
        "to_blame": [
            {
                "layer": blame.culprit.layer,
                "line": blame.culprit.line,
                "why": "does not fit" if blame.why == "stands" else "drops pixels",
                "sizes": _pattern(blame.bits, axis),
                "note": blame.example[1],
            }
            for blame in axis.blames
        ],
    }


def _pattern(bits: int | None, axis: AxisSizes) -> dict[str, Any] | None:
    if bits is None:
        return None
    found = find_pattern(bits, axis.low, axis.high)
    return {
        "count": bits.bit_count(),
        "smallest": found.smallest,
        "period": found.period,
        "residues": list(found.residues),
        "start": found.start,
        "before": [list(pair) for pair in found.before],
    }


def _near(near: Near) -> dict[str, Any]:
    return {
        "asked": list(near.asked),
        "good": near.is_good,
        "fails": near.why or None,
        "layer": near.culprit.layer if near.culprit else None,
        "line": near.culprit.line if near.culprit else None,
        "larger": _candidate(near.larger),
        "smaller": _candidate(near.smaller),
        "closest": _candidate(near.closest),
    }


def _candidate(candidate: Candidate | None) -> dict[str, Any] | None:
    return {"size": list(candidate.sizes), "good": candidate.is_good} if candidate else None
