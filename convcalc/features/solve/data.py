"""The answers of `convcalc solve` as JSON, version 1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convcalc.features.solve.answer import Answer
from convcalc.features.solve.layers import Found
from convcalc.features.solve.limits import KINDS, Costs
from convcalc.features.solve.search import Solution
from convcalc.features.solve.words import pasteable
from convcalc.report.json_text import json_lines

SOLVE_VERSION = 1


def render(answers: Sequence[Answer]) -> str:
    """The answers as one JSON object; several where every axis was solved apart."""
    return json_lines({"version": SOLVE_VERSION, "answers": [_answer(one) for one in answers]})


def _answer(answer: Answer) -> dict[str, Any]:
    """One answer.

    `total` is null where there are more than were asked for, or where the search was `stopped`;
    `wider` is a layer beyond the bounds, where these hold none.
    """
    question, bounds = answer.question, answer.question.bounds
    return {
        "input": list(question.start),
        "output": list(question.target),
        "kind": KINDS[question.family].kind,
        "ceil_mode": question.rounds_up,
        "layers": question.count,
        "bounds": {
            "kernel_size": _ends(bounds.kernel),
            "stride": _ends(bounds.stride),
            "dilation": _ends(bounds.dilation),
            "padding": _ends(bounds.padding),
            "output_padding": _ends(bounds.output_padding),
        },
        "total": answer.total,
        "stopped": answer.is_stopped,
        "work": answer.work,
        "solutions": [
            _solution(answer, one, costs)
            for one, costs in zip(answer.solutions, answer.costs, strict=True)
        ],
        "wider": _layer(answer.wider.layers[0]) if answer.wider else None,
    }


def _ends(values: Sequence[int] | None) -> list[int] | None:
    return None if values is None else [values[0], values[-1]]


def _solution(answer: Answer, solution: Solution, costs: Costs) -> dict[str, Any]:
    counted = answer.question.has_channels and answer.question.family != "pool"
    return {
        "shorthand": pasteable(solution, answer),
        "layers": [_layer(layer) for layer in solution.layers],
        "sizes": [list(size) for size in solution.sizes],
        "receptive_field": list(costs.field) if costs.field else None,
        "params": costs.params if counted else None,
        "macs": costs.macs if counted else None,
    }


def _layer(layer: Found) -> dict[str, Any]:
    return {
        "kernel_size": layer.kernel,
        "stride": layer.stride,
        "padding": list(layer.padding),
        "dilation": layer.dilation,
        "output_padding": list(layer.extra),
    }
