"""Findings as GitLab's Code Quality report: one fingerprint a finding, stable when lines move.

GitLab shows one finding for each fingerprint and compares them between branches.
Source: docs.gitlab.com, "Code Quality report format".
"""

from __future__ import annotations

from typing import Any

from convcalc.core.errors import Level, Problem
from convcalc.core.text import printable
from convcalc.report.checked import Report
from convcalc.report.findings.concise import in_one
from convcalc.report.fingerprints import fingerprinted
from convcalc.report.json_text import json_list
from convcalc.report.paths import shown_path
from convcalc.report.style import Style

_SEVERITIES: dict[Level, str] = {"error": "major", "warning": "minor", "info": "info"}


def render(report: Report, style: Style) -> str:
    """The report: a JSON list, empty where there are no findings."""
    found = (
        _finding(problem, problem.file or file.file, fingerprint)
        for file, problem, fingerprint in fingerprinted(report)
    )
    return json_list(found) + "\n"


def _finding(problem: Problem, file: str, fingerprint: str) -> dict[str, Any]:
    # A finding of the whole file stands at its first line: GitLab wants one.
    line = problem.place.line if problem.place else 1
    return {
        "description": printable(f"{problem.slug}: {in_one(problem)}"),
        "check_name": problem.code,
        "fingerprint": fingerprint,
        "severity": _SEVERITIES[problem.level],
        "location": {"path": shown_path(file), "lines": {"begin": line}},
    }
