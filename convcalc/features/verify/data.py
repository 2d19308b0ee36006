"""What `convcalc verify` found as JSON, version 1."""

from __future__ import annotations

from convcalc.features.verify.report import Report
from convcalc.report.json_text import json_lines


def render(report: Report) -> str:
    """The report as a JSON object."""
    return json_lines(report.to_dict())
