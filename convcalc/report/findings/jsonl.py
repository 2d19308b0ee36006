"""Findings as JSON Lines, version 1: one object a finding, for streams and `grep`."""

from __future__ import annotations

from convcalc.report.checked import Report
from convcalc.report.findings.json import FINDINGS_VERSION, findings
from convcalc.report.json_text import json_line
from convcalc.report.style import Style


def render(report: Report, style: Style) -> str:
    """One line a finding, each with the version of its keys; "" where there are none."""
    return "".join(
        json_line({"version": FINDINGS_VERSION, **found}) + "\n" for found in findings(report)
    )
