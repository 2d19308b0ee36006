"""Graphs that are drawn of stored arrays, run by ONNX Runtime and by us with the same numbers."""

from __future__ import annotations

import numpy as np
import pytest

for needed in ("onnx", "onnxruntime"):
    pytest.importorskip(needed, reason="cross-checks need the `crosscheck` extra")

import onnx  # noqa: E402 - only where it is installed
import onnxruntime  # noqa: E402
from onnx import numpy_helper  # noqa: E402

import convcalc  # noqa: E402
from tests.importers.onnx_parameters import network_of  # noqa: E402
from tests.importers.recorded import as_tensor, given  # noqa: E402
from tests.importers.test_onnx_stored_arrays import drawn  # noqa: E402

pytestmark = pytest.mark.crosscheck


def _with_inputs(graph: onnx.GraphProto, one: onnx.NodeProto) -> None:
    """A slice as the runtime wants it: its places are inputs."""
    found = {attribute.name: list(attribute.ints) for attribute in one.attribute}
    del one.attribute[:]
    for word in ("starts", "ends", "axes"):
        name = f"{one.output[0]} {word}"
        graph.initializer.append(numpy_helper.from_array(np.array(found[word], np.int64), name))
        one.input.append(name)


@pytest.mark.parametrize("first", range(0, 800, 200))
def test_what_is_made_of_stored_arrays_has_the_runtimes_numbers(first: int) -> None:
    for seed in range(first, first + 200):
        model = onnx.load_from_string(drawn(seed).data)
        rng = np.random.default_rng(seed)
        for array in model.graph.initializer:
            numbers = rng.uniform(0.5, 1.5, tuple(array.dims)).astype(np.float32)
            array.CopyFrom(numpy_helper.from_array(numbers, array.name))
        for one in model.graph.node:
            if one.op_type == "Slice":
                _with_inputs(model.graph, one)
        data = model.SerializeToString()
        x = rng.uniform(0.5, 1.5, (1, 4, 6)).astype(np.float32)
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        (want,) = onnxruntime.InferenceSession(data, options).run(None, {"x": x})
        network = network_of(data)
        got = convcalc.run(network, given(network, [x]), finite=False)
        found = as_tensor(network, "y", got)
        assert found.shape == want.shape, seed
        assert np.allclose(found, want, 1e-4, 1e-5, equal_nan=True), seed
