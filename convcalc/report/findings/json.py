"""Findings as one JSON object, one finding a line."""

from __future__ import annotations

from convcalc.report.checked import Report
from convcalc.report.found import findings_of
from convcalc.report.json_text import answer_json
from convcalc.report.style import Style


def render(report: Report, style: Style) -> str:
    """The findings as JSON."""
    return answer_json(findings_of(report))
