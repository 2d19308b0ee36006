"""Findings as JSON, version 1: 1-based places, stable keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convcalc.errors import Problem
from convcalc.formats.plans.json import json_lines
from convcalc.formats.style import Style

FINDINGS_VERSION = 1


def render(problems: Sequence[Problem], source: str, style: Style) -> str:
    """The findings as one JSON object, one finding a line."""
    data = {"version": FINDINGS_VERSION, "problems": [finding(one) for one in problems]}
    return json_lines(data)


def finding(problem: Problem) -> dict[str, Any]:
    """One finding as JSON data; line and column are null for a whole file.

    >>> from convcalc.errors import Place
    >>> found = finding(Problem("wrong-type", "it is no list", Place(3, 5, 2), file="a.net.yaml"))
    >>> found["file"], found["line"], found["column"], found["code"]
    ('a.net.yaml', 3, 5, 'CC926')
    """
    place = problem.place
    return {
        "file": problem.file,
        "line": place.line if place else None,
        "column": place.column if place else None,
        "width": place.width if place else None,
        "level": problem.level,
        "code": problem.code,
        "slug": problem.slug,
        "message": problem.message,
        "note": problem.note,
        "help": problem.help,
        "layer": problem.layer,
    }
