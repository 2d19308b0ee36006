"""What does nothing when a network runs: Identity, Cast, Dropout."""

from __future__ import annotations

from dataclasses import replace

from convcalc.importers.building import NoRuleError
from convcalc.importers.onnx.rules.pointwise import unless
from convcalc.importers.onnx.use import Tensor, Use, rule
from convcalc.kinds.identity_family import Dropout
from convcalc.network.held import Held


@rule("Identity", "Cast", "CastLike", "StopGradient")
def nothing(use: Use) -> list[Tensor]:
    """The input itself, whatever its element type.

    A copy of a stored tensor is one of its own: TorchScript's exporter stores equal ones once.
    """
    x = use.tensor()
    return [replace(x, name=use.operation.outputs[0]) if isinstance(x, Held) else x]


@rule("Dropout")
def dropout(use: Use) -> list[Tensor]:
    """The input itself when a network runs."""
    if isinstance(use.tensor(), Held):
        return [use.tensor()]
    if use.opset >= 12 and use.has(2) and use.single(2) != 0:
        raise NoRuleError("it drops while the network runs")
    share = use.single(1) if use.has(1) else use.number("ratio", 0.5)
    return [*use.pointwise(Dropout, **unless(0.5, p=share if share is not None else 0.5))]
