"""JSON: the whole plan, as `Plan.to_dict()` has it, one row a line."""

from __future__ import annotations

from convcalc.formats.json_text import json_lines
from convcalc.formats.style import Style
from convcalc.formats.view import PlanView


def render(view: PlanView, style: Style) -> str:
    """The plan as JSON."""
    return json_lines(view.plan.to_dict())
