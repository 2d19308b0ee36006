"""Findings as JSON, version 1: 1-based places, stable keys."""

from __future__ import annotations

from typing import Any, get_args

from convcalc.core.errors import Edit, Level, Problem
from convcalc.report.checked import FileFindings, Report
from convcalc.report.harmless import encodable
from convcalc.report.json_text import json_lines
from convcalc.report.source_lines import SourceLines
from convcalc.report.style import Style

FINDINGS_VERSION = 1


def render(report: Report, style: Style) -> str:
    """The findings as one JSON object, one finding a line."""
    data = {
        "version": FINDINGS_VERSION,
        "problems": findings(report),
        "files": [_file(file) for file in report.files],
        "summary": _summary(report),
    }
    return json_lines(data)


def findings(report: Report) -> list[dict[str, Any]]:
    """Every finding as JSON data, in the order of the files."""
    return [
        finding(problem, lines)
        for file in report.files
        for lines in [SourceLines(file.source)]
        for problem in file.problems
    ]


def finding(problem: Problem, lines: SourceLines | None = None) -> dict[str, Any]:
    """One finding as JSON data; line and column are null for a whole file.

    `lines` is the text that the edits of its fix point into; without it there is no fix.

    >>> from convcalc.core.errors import Place
    >>> found = finding(Problem("wrong-type", "it is no list", Place(3, 5, 2), file="a.net.yaml"))
    >>> found["file"], found["line"], found["column"], found["code"]
    ('a.net.yaml', 3, 5, 'CC926')
    """
    place, fix = problem.place, problem.fix
    return {
        "file": encodable(problem.file),
        "line": place.line if place else None,
        "column": place.column if place else None,
        "width": place.width if place else None,
        "level": problem.level,
        "code": problem.code,
        "slug": problem.slug,
        "message": encodable(problem.message),
        "note": encodable(problem.note),
        "help": encodable(problem.help),
        "layer": encodable(problem.layer),
        "fix": None
        if fix is None or lines is None
        else {
            "title": encodable(fix.title),
            "safe": fix.safe,
            "edits": [_edit(edit, lines) for edit in fix.edits],
        },
    }


def _edit(edit: Edit, lines: SourceLines) -> dict[str, Any]:
    line, column = lines.position(edit.start)
    end_line, end_column = lines.position(edit.end)
    return {
        "line": line,
        "column": column,
        "end_line": end_line,
        "end_column": end_column,
        "text": encodable(edit.text),
    }


def _file(file: FileFindings) -> dict[str, Any]:
    return {
        "file": encodable(file.file),
        "problems": len(file.problems),
        "suppressed": file.suppressed,
        "baselined": file.baselined,
        "usable": file.is_usable,
    }


def _summary(report: Report) -> dict[str, int]:
    counts = report.levels
    return {
        "files": len(report.files),
        "unusable": sum(not file.is_usable for file in report.files),
        **{level: counts[level] for level in get_args(Level)},
        "suppressed": sum(file.suppressed for file in report.files),
        "baselined": sum(file.baselined for file in report.files),
    }
