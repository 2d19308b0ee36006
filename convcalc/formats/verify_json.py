"""What `convcalc verify` found as JSON, version 1."""

from __future__ import annotations

from convcalc.formats.json_text import json_lines
from convcalc.verify.report import Report


def render(report: Report) -> str:
    """The report as a JSON object."""
    return json_lines(report.to_dict())
