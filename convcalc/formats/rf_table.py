"""Receptive fields on a terminal: the columns that there is room for, names folded."""

from __future__ import annotations

from convcalc.formats.rf_plain import drawn
from convcalc.formats.rf_view import FieldView
from convcalc.formats.style import Style


def render(view: FieldView, style: Style) -> str:
    """The report as a table of at most `style.width` cells."""
    return drawn(view, style)
