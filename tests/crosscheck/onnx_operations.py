"""What ONNX Runtime makes of the small files of `tests.importers.onnx_operations`.

`python -m tests.crosscheck.onnx_operations` records it beside them. What ONNX Runtime cannot do
is of onnx's own reference.
"""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
from onnx.reference import ReferenceEvaluator
from onnxruntime.capi import onnxruntime_pybind11_state as state

from convcalc.arrays.ops import Array
from tests.importers.digits import record
from tests.importers.onnx_cases import Case
from tests.importers.onnx_operations import ALL, RECORDED

# ONNX Runtime has not every operation, nor every attribute.
UNABLE = (state.Fail, state.InvalidGraph, state.NotImplemented, state.RuntimeException)


def outputs_of(case: Case) -> dict[str, Array]:
    """What comes out, by name."""
    model = onnx.load_from_string(case.data)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    try:
        session = onnxruntime.InferenceSession(case.data, options)
        found = session.run(None, case.feeds)
    except UNABLE:
        found = ReferenceEvaluator(model).run(None, case.feeds)
    names = [one.name for one in model.graph.output]
    return {name: np.asarray(one) for name, one in zip(names, found, strict=True)}


if __name__ == "__main__":
    opaque = {name for name, case in ALL.items() if case.is_opaque}
    record(RECORDED, {name: outputs_of(case) for name, case in ALL.items()}, opaque)
