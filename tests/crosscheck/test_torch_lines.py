"""A kind's line of PyTorch is the kind: shape, parameters by name, values in double precision."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from convcalc.arrays.ops import Ops, channels_first
from convcalc.kinds import find_kind, kind_names
from convcalc.kinds.base import LayerKind
from convcalc.kinds.pool_family import AvgPool
from tests.drawn_layers import Drawn, legal
from tests.laws_of_running import inputs_of, weights_of

torch = pytest.importorskip("torch", reason="the lines are PyTorch's")

from torch import nn  # noqa: E402 - only where torch is installed

pytestmark = pytest.mark.crosscheck

CASES = 25


def kinds_with_lines() -> list[str]:
    """Kinds that write their line for some of the layers drawn."""
    return [name for name in kind_names() if any(line for line, _ in lines_of(name))]


def lines_of(name: str) -> list[tuple[list[str], Drawn]]:
    """Drawn layers of one input with their lines."""
    kind = find_kind(name)
    assert kind is not None
    found = []
    for drawn in legal(kind, name, CASES):
        if isinstance(drawn.layer, LayerKind):
            lines = drawn.layer.torch(drawn.case.inputs[0])
            if lines is not None and not _is_forgiven(drawn):
                found.append((lines, drawn))
    return found


def _is_forgiven(drawn: Drawn) -> bool:
    """True for means over three axes that PyTorch refuses: it leaves out the padding there."""
    layer, x = drawn.layer, drawn.case.inputs[0]
    if not isinstance(layer, AvgPool) or len(x) < 4:
        return False
    windows = zip(x[1:], layer.windows(x), strict=True)
    return any(size < w.span for size, w in windows)


def built(lines: list[str], arrays: dict[str, Any]) -> nn.Module:
    """The lines as a module at inference, its parameters and buffers those of the layer."""
    module = nn.Sequential(*(eval(line, {"nn": nn}) for line in lines)).double().eval()
    state = {
        name: value
        for name, value in module.state_dict().items()
        if not name.endswith("num_batches_tracked")
    }
    assert sorted(name.partition(".")[2] for name in state) == sorted(arrays)
    for name, value in state.items():
        given = torch.from_numpy(arrays[name.partition(".")[2]])
        # A dense layer at each position is a convolution with a kernel of 1.
        value.copy_(given.reshape(value.shape))
    return module


@pytest.mark.parametrize("name", kinds_with_lines())
def test_the_line_is_the_kind(name: str) -> None:
    for lines, drawn in lines_of(name):
        (x,) = inputs_of(drawn)
        weights = weights_of(drawn)
        with torch.no_grad():
            module = built(lines, weights)
            theirs = module(torch.from_numpy(np.ascontiguousarray(channels_first(x))))
        ours = channels_first(drawn.layer.run(Ops(), (x,), weights))
        assert tuple(theirs.shape) == ours.shape, (lines, drawn.case)
        assert torch.allclose(theirs, torch.from_numpy(np.ascontiguousarray(ours)), atol=1e-9), (
            lines,
            drawn.case,
        )
