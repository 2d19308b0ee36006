"""Recurrences as ONNX has them and PyTorch has not, run as in ONNX Runtime."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

onnx = pytest.importorskip("onnx", reason="cross-checks need the `crosscheck` extra")
pytest.importorskip("onnxruntime", reason="cross-checks need the `crosscheck` extra")
pytest.importorskip("torch", reason="what compares with ONNX Runtime loads it")

from onnx import TensorProto, helper, numpy_helper  # noqa: E402

from tests.crosscheck.onnx_files import both_ways  # noqa: E402

pytestmark = pytest.mark.crosscheck

STEPS, FEATURES, HIDDEN = 5, 3, 4
GATES = {"LSTM": 4, "GRU": 3, "RNN": 1}


def written(path: Path, op: str, direction: str, biases: bool, **attributes: Any) -> None:
    """A file of one recurrence and drawn weights, all its states and the last ones."""
    ways = 2 if direction == "bidirectional" else 1
    rng = np.random.default_rng(3)
    rows = GATES[op] * HIDDEN
    shapes: dict[str, tuple[int, ...]] = {"w": (ways, rows, FEATURES), "r": (ways, rows, HIDDEN)}
    if biases:
        shapes["b"] = (ways, 2 * rows)
    arrays = {name: rng.normal(0, 0.7, dims).astype(np.float32) for name, dims in shapes.items()}
    node = helper.make_node(
        op, ["x", *arrays], ["y", "last"], hidden_size=HIDDEN, direction=direction, **attributes
    )
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [STEPS, 1, FEATURES])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, [STEPS, ways, 1, HIDDEN])
    last = helper.make_tensor_value_info("last", TensorProto.FLOAT, [ways, 1, HIDDEN])
    stored = [numpy_helper.from_array(array, name) for name, array in arrays.items()]
    graph = helper.make_graph([node], "net", [x], [y, last], stored)
    opsets = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=9), path)


BIASES = pytest.mark.parametrize("biases", [True, False], ids=["biases", "no biases"])


@BIASES
@pytest.mark.parametrize("direction", ["forward", "bidirectional"])
@pytest.mark.parametrize("resets_after", [0, 1], ids=["reset before", "reset after"])
def test_a_gru_resets_where_it_says(
    resets_after: int, direction: str, biases: bool, tmp_path: Path
) -> None:
    path = tmp_path / "net.onnx"
    written(path, "GRU", direction, biases, linear_before_reset=resets_after)
    network, worst = both_ways(path)
    assert worst < 1e-6
    assert {type(node.layer).__name__ for node in network.graph().layers} >= {"Gru"}


@BIASES
@pytest.mark.parametrize("op", GATES)
def test_a_recurrence_goes_backwards(op: str, biases: bool, tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    written(path, op, "reverse", biases)
    network, worst = both_ways(path)
    assert worst < 1e-6
    assert "Opaque" not in {type(node.layer).__name__ for node in network.graph().layers}
