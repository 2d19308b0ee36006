"""TFLite files run with their own weights, against the runtime (LiteRT)."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest

import convcalc
from convcalc.importers.network import ForeignNetwork

pytest.importorskip("ai_edge_litert", reason="cross-checks need the `crosscheck` extra")

from ai_edge_litert.interpreter import Interpreter

from tests.crosscheck import tflite_files
from tests.crosscheck.onnx_files import as_tensor

pytestmark = pytest.mark.crosscheck

Array = np.ndarray[Any, Any]
# Sums in another order, of numbers near 1.
NEAR = 1e-4


def compared(data: bytes, seed: int = 0) -> tuple[ForeignNetwork, float]:
    """The network, and how far its outputs are from the runtime's, by the largest of each."""
    network = convcalc.loads(data, "net.tflite")
    assert isinstance(network, ForeignNetwork)
    convcalc.plan(network)
    interpreter = Interpreter(model_content=data)
    interpreter.allocate_tensors()
    rng = np.random.default_rng(seed)
    feeds = {}
    for given, axes in zip(interpreter.get_input_details(), network.input_axes, strict=True):
        x = rng.standard_normal(given["shape"]).astype(np.float32)
        interpreter.set_tensor(given["index"], x)
        batch = [axis for axis in range(x.ndim) if axis not in axes.order]
        feeds[axes.name] = x.transpose(*batch, *axes.order).reshape(1, *axes.shape)
    interpreter.invoke()
    got = convcalc.run(network, feeds)
    worst = 0.0
    for wanted, name in zip(interpreter.get_output_details(), network.model.outputs, strict=True):
        want = interpreter.get_tensor(wanted["index"])
        found = as_tensor(network, name, got)
        assert found.shape == want.shape
        worst = max(worst, float(np.abs(found - want).max() / (np.abs(want).max() + 1e-30)))
    return network, worst


@pytest.mark.parametrize("make", tflite_files.NETWORKS, ids=lambda one: one.__name__)
def test_small_networks_give_what_the_runtime_gives(make: Callable[[], bytes]) -> None:
    network, worst = compared(make())
    assert worst < NEAR
    assert "opaque" not in {row.kind for row in convcalc.plan(network)}


@cache
def operators() -> dict[str, bytes]:
    return tflite_files.operators()


def test_each_operator_gives_what_the_runtime_gives() -> None:
    assert len(operators()) > 50
    far = {}
    for name, data in operators().items():
        network = convcalc.loads(data)
        if any(row.kind == "opaque" for row in convcalc.plan(network)):
            far[name] = np.inf
            continue
        _, worst = compared(data)
        if worst >= NEAR:
            far[name] = worst
    assert not far
