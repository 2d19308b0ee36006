"""A norm by the energy of neighbouring channels: LRN."""

from __future__ import annotations

from convcalc.importers.onnx.rules.windows import maps_of
from convcalc.importers.onnx.use import Tensor, Use, rule
from convcalc.kinds.local_response_norm import LocalResponseNorm


@rule("LRN")
def local_response_norm(use: Use) -> list[Tensor]:
    """A norm by the energy of neighbouring channels."""
    x, _ = maps_of(use)
    fields = {
        "size": use.whole("size", 1),
        "alpha": use.number("alpha", 0.0001),
        "beta": use.number("beta", 0.75),
        "k": use.number("bias", 1.0),
    }
    return [x.on(use.layer(LocalResponseNorm, fields, x))]
