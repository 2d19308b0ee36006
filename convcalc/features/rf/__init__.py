"""What the units of every layer see: sizes, strides, holes, effective sizes, verdicts.

    from convcalc import load
    from convcalc.features.rf import field_report

    report = field_report(load("resnet50.net.yaml").graph())
    report.of("stage4")[0].axes

`field_report` measures every layer, `unit_fields` one unit, `path_counts` the paths to it.
"""

from __future__ import annotations

from convcalc.features.rf.lens import Lens, find, look
from convcalc.features.rf.report import FieldReport, field_report
from convcalc.features.rf.unit import PathCounts, UnitField, path_counts, unit_fields
from convcalc.features.rf.values import AxisField, LayerField, Note, Verdict

__all__ = [
    "AxisField",
    "FieldReport",
    "LayerField",
    "Lens",
    "Note",
    "PathCounts",
    "UnitField",
    "Verdict",
    "field_report",
    "find",
    "look",
    "path_counts",
    "unit_fields",
]
