"""What is recorded of ONNX Runtime for everyday tests is what it makes of the files today."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("onnx", reason="its reference is what is compared with")
pytest.importorskip("onnxruntime", reason="ONNX Runtime is what is compared with")

from tests.crosscheck.onnx_operations import outputs_of
from tests.importers.digits import digits, recorded
from tests.importers.onnx_operations import ALL, RECORDED

pytestmark = pytest.mark.crosscheck


def test_the_records_are_what_onnx_runtime_gives() -> None:
    wanted = recorded(RECORDED)
    assert wanted.keys() == ALL.keys()
    for name, case in ALL.items():
        found = outputs_of(case)
        assert {key: list(x.shape) for key, x in found.items()} == {
            key: one[0] for key, one in wanted[name].items()
        }, name
        if not case.is_opaque:
            for key, x in found.items():
                assert np.allclose(digits(x), wanted[name][key][1], 1e-5, 1e-5), name
