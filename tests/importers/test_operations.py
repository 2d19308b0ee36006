"""Each operation of ONNX and TFLite: shapes and numbers as their programs have them.

Figures are by hand.
"""

from __future__ import annotations

from tests.each import each
from tests.importers import onnx_operations, tflite_operations
from tests.importers.digits import check, recorded

ONNX, TFLITE = (recorded(one.RECORDED) for one in (onnx_operations, tflite_operations))


def test_each_file_has_a_record() -> None:
    assert onnx_operations.ALL.keys() == ONNX.keys()
    assert tflite_operations.ALL.keys() == TFLITE.keys()


@each("name", ONNX)
def test_an_operation_gives_what_onnx_runtime_gives(name: str) -> None:
    case = onnx_operations.ALL[name]
    check(case.data, "onnx", case, ONNX[name])


@each("name", TFLITE)
def test_an_operator_gives_what_litert_gives(name: str) -> None:
    case = tflite_operations.ALL[name]
    check(case.data, "tflite", case, TFLITE[name])
