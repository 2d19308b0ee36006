"""What `tests/importers/recorded.zip` holds is what the files' own programs give today."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

for needed in ("torch", "keras", "onnxruntime", "ai_edge_litert"):
    pytest.importorskip(needed, reason="cross-checks need the `crosscheck` extra")

import keras  # noqa: E402 - only where the programs are
import onnxruntime  # noqa: E402
import torch  # noqa: E402
from ai_edge_litert.interpreter import Interpreter  # noqa: E402

from tests.importers.recorded import ENDINGS, records  # noqa: E402

pytestmark = pytest.mark.crosscheck

Array = np.ndarray[Any, Any]


def by_onnx(path: Path, inputs: Sequence[Array]) -> list[Array]:
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    names = [one.name for one in session.get_inputs()]
    found: list[Array] = session.run(None, dict(zip(names, inputs, strict=True)))
    return found


def by_torch(path: Path, inputs: Sequence[Array]) -> list[Array]:
    module = torch.export.load(path).module()
    with torch.no_grad():
        return [module(*map(torch.from_numpy, inputs)).numpy()]


def by_keras(path: Path, inputs: Sequence[Array]) -> list[Array]:
    model = keras.saving.load_model(path, compile=False)
    found = keras.tree.flatten(model(list(inputs) if len(inputs) > 1 else inputs[0]))
    return [keras.ops.convert_to_numpy(one) for one in found]


def by_tflite(path: Path, inputs: Sequence[Array]) -> list[Array]:
    interpreter = Interpreter(str(path))
    interpreter.allocate_tensors()
    for given, array in zip(interpreter.get_input_details(), inputs, strict=True):
        interpreter.set_tensor(given["index"], array)
    interpreter.invoke()
    return [interpreter.get_tensor(one["index"]) for one in interpreter.get_output_details()]


PROGRAMS: dict[str, Callable[[Path, Sequence[Array]], list[Array]]] = {
    "onnx": by_onnx, "pt2": by_torch, "keras": by_keras, "tflite": by_tflite,
}  # fmt: skip


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("ending", ENDINGS)
def test_the_records_are_what_the_programs_give(ending: str, tmp_path: Path) -> None:
    for record in records(ending, tmp_path):
        found = PROGRAMS[ending](record.path, record.inputs)
        for one, wanted in zip(found, record.outputs, strict=True):
            largest = np.abs(wanted).max()
            np.testing.assert_allclose(one, wanted, 1e-4, 1e-4 * largest, err_msg=record.path.name)
