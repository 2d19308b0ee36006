"""Receptive fields on a terminal: the columns that there is room for, names folded."""

from __future__ import annotations

from convcalc.features.rf.tables.plain import drawn
from convcalc.features.rf.tables.view import FieldView
from convcalc.report.style import Style


def render(view: FieldView, style: Style) -> str:
    """The report as a table of at most `style.width` cells."""
    return drawn(view, style)
