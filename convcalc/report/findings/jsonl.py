"""Findings as JSON Lines: one object a finding, for streams and `grep`."""

from __future__ import annotations

from convcalc.report.checked import Report
from convcalc.report.found import findings_of
from convcalc.report.json_text import json_line
from convcalc.report.style import Style


def render(report: Report, style: Style) -> str:
    """One line a finding, each with the version of its keys; "" where there are none."""
    found = findings_of(report)
    return "".join(
        json_line({"version": found.version, **problem.to_dict()}) + "\n"
        for problem in found.problems
    )
