"""Bytes of model files as plans, and what is said of those that are none."""

from __future__ import annotations

import pytest

import convcalc
from convcalc.core.errors import Problem, StackError


def plan_of(data: bytes, file: str = "net", **options: object) -> convcalc.Plan:
    return convcalc.plan(convcalc.loads(data, file), **options)  # type: ignore[arg-type]


def refused(data: bytes, file: str = "net", **options: object) -> Problem:
    """The only finding of a file that cannot be planned."""
    with pytest.raises(StackError) as caught:
        plan_of(data, file, **options)
    (problem,) = caught.value.problems
    return problem


def rows(plan: convcalc.Plan) -> list[tuple[str, tuple[int, ...]]]:
    return [(row.name, row.output) for row in plan.rows]
