"""Shares along an axis: Softmax, LogSoftmax."""

from __future__ import annotations

from math import prod

from convcalc.importers.onnx.use import Tensor, Use, rule
from convcalc.importers.tensor_views import View
from convcalc.kinds.softmax_family import LogSoftmax, Softmax


@rule("Softmax", "LogSoftmax")
def softmax(use: Use) -> list[Tensor]:
    """Shares along an axis; up to opset 12 along all axes from one on."""
    x = use.view()
    rank = len(x.axes)
    axis = use.axis(rank, 1 if use.opset < 13 else -1)
    if use.opset < 13 and prod(x.dims[axis + 1 :]) != 1:
        x = use.builder.reshaped(x, (*x.dims[:axis], prod(x.dims[axis:])), use.operation)
        made = _shares(use, x, axis)
        return [use.builder.reshaped(made, use.dims(), use.operation)]
    return [_shares(use, x, axis)]


def _shares(use: Use, x: View, axis: int) -> View:
    x, place = use.isolated(x, axis)
    kind = Softmax if use.operation.op == "Softmax" else LogSoftmax
    return x.on(use.layer(kind, {"axis": place} if place else {}, x))
