"""Pictures of receptive fields.

from convcalc.drawing import render
from convcalc.drawing.receptive import field_picture

report = field_report(network.graph())
data = render(field_picture(report), "svg")
"""

from __future__ import annotations

from convcalc.drawing.receptive.picture import PICTURES, field_picture

__all__ = ["PICTURES", "field_picture"]
