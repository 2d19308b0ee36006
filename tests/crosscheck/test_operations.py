"""What is recorded of small files for everyday tests is what their programs make of them today."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

for needed in ("onnx", "onnxruntime", "ai_edge_litert", "torch", "keras"):
    pytest.importorskip(needed, reason="cross-checks need the `crosscheck` extra")

from tests.crosscheck import (  # noqa: E402 - only where the programs are
    keras_operations,
    onnx_operations,
    pt2_operations,
    tflite_operations,
)
from tests.importers.digits import digits, recorded  # noqa: E402

pytestmark = pytest.mark.crosscheck


PROGRAMS = (keras_operations, onnx_operations, pt2_operations, tflite_operations)


# Keras asks PyTorch for arrays in a way that numpy will give up, and wants gradients of numbers.
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda one: one.__name__)
def test_the_records_are_what_the_programs_give(program: Any) -> None:
    wanted = recorded(program.RECORDED)
    assert wanted.keys() == program.ALL.keys()
    for name, case in program.ALL.items():
        found = program.outputs_of(case)
        shapes = {key: one[0] for key, one in wanted[name].items()}
        assert {key: list(x.shape) for key, x in found.items()} == shapes, name
        if not case.is_opaque:
            for key, x in found.items():
                assert np.allclose(digits(x), wanted[name][key][1], 1e-5, 1e-5), name
