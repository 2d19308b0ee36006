"""Receptive fields as CSV: every layer and every column unless some are asked for."""

from __future__ import annotations

import csv
from io import StringIO

from convcalc.features.rf.tables.columns import COLUMNS
from convcalc.features.rf.tables.view import FieldView
from convcalc.report.plans.csv import harmless
from convcalc.report.style import Style


def render(view: FieldView, style: Style) -> str:
    """The report as CSV, one line for each layer and source."""
    columns = [COLUMNS[key] for key in view.asked or COLUMNS]
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([column.key for column in columns])
    for field in view.report.layers:
        texts = [column.plainly(field, view.report.is_placed) for column in columns]
        writer.writerow(
            [
                harmless(text) if column.is_name else text
                for column, text in zip(columns, texts, strict=True)
            ]
        )
    return out.getvalue()
