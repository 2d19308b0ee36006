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
from tests.importers.recorded import as_tensor

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


@pytest.mark.parametrize("element", ["int8", "uint8"])
@pytest.mark.parametrize("word", ["CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"])
def test_integers_give_the_reals_that_they_stand_for(word: str, element: str) -> None:
    """The runtime rounds what comes out to its integers, and nothing before."""
    data = tflite_files.quantised(word, element)
    network = convcalc.loads(data)
    assert isinstance(network, ForeignNetwork)
    interpreter = Interpreter(model_content=data)
    interpreter.allocate_tensors()
    (given,), (wanted,) = interpreter.get_input_details(), interpreter.get_output_details()
    x = np.random.default_rng(1).integers(*LIMITS[element], given["shape"]).astype(element)
    interpreter.set_tensor(given["index"], x)
    interpreter.invoke()
    integers = interpreter.get_tensor(wanted["index"])
    assert LIMITS[element][0] < integers.min() < integers.max() < LIMITS[element][1] - 1
    want = reals(integers, wanted)
    got = convcalc.run(network, reals(x, given).transpose(0, 3, 1, 2))
    found = as_tensor(network, network.model.outputs[0], got)
    assert np.abs(found - want).max() < 0.51 * wanted["quantization"][0]


LIMITS = {"int8": (-128, 128), "uint8": (0, 256)}


def reals(integers: Array, details: dict[str, Any]) -> Array:
    scale, zero = details["quantization"]
    found: Array = (integers.astype(np.float64) - zero) * scale
    return found


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
