"""Pictures of receptive fields.

from convcalc.report.drawing import render
from convcalc.features.rf.drawing import field_picture

report = field_report(network.graph())
data = render(field_picture(report), "svg")
"""

from __future__ import annotations

from convcalc.features.rf.drawing.picture import PICTURES, field_picture

__all__ = ["PICTURES", "field_picture"]
