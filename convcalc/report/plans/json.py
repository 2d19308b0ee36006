"""JSON: the whole plan, as `Plan.to_dict()` has it, one row a line."""

from __future__ import annotations

from convcalc.report.json_text import json_lines
from convcalc.report.style import Style
from convcalc.report.view import PlanView


def render(view: PlanView, style: Style) -> str:
    """The plan as JSON."""
    return json_lines(view.plan.to_dict())
