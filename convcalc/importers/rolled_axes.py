"""Rolls as one layer, however the axes of a tensor lie."""

from __future__ import annotations

from collections.abc import Mapping

from convcalc.importers.building import Builder
from convcalc.importers.model import Operation
from convcalc.importers.tensor_views import View
from convcalc.kinds.axes_family import Roll


def rolled(builder: Builder, view: View, by: Mapping[int, int], operation: Operation) -> View:
    """The view with its axes moved on by so many places, around their ends."""
    moves = {view.axes[axis]: move for axis, move in by.items() if move and view.axes[axis]}
    if not moves:
        return view
    if view.own[0] in moves or any(parts not in view.own for parts in moves):
        others = [axis for axis in view.axes if axis and axis not in moves] or [()]
        joined = tuple(part for axis in others for part in axis)
        view = builder.arranged(view, [joined, *moves], operation)
    fields = {"shifts": tuple(moves.get(parts, 0) if parts else 0 for parts in view.own[1:])}
    return view.on(builder.layer(Roll, fields, [view.at], operation, None))
