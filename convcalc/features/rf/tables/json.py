"""Receptive fields as JSON, version 1: every layer, note and verdict."""

from __future__ import annotations

from convcalc.features.rf.tables.view import FieldView
from convcalc.report.json_text import json_lines
from convcalc.report.style import Style


def render(view: FieldView, style: Style) -> str:
    """The report as JSON."""
    return json_lines(view.report.to_dict())
