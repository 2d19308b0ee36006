"""What PyTorch's exporters take to pieces is found again: the kind, its figures and its values."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import convcalc

torch = pytest.importorskip("torch", reason="torch writes the files")
pytest.importorskip("onnx", reason="the exporters write by it")
pytest.importorskip("onnxruntime", reason="ONNX Runtime is what they are compared with")

from tests.crosscheck.onnx_files import EXPORTERS, both_ways, exported  # noqa: E402
from tests.crosscheck.torch_pieces import PIECES  # noqa: E402
from tests.crosscheck.torch_programs import values  # noqa: E402

pytestmark = pytest.mark.crosscheck


@pytest.mark.parametrize("exporter", EXPORTERS)
@pytest.mark.parametrize("name", PIECES)
def test_pieces_of_an_onnx_file_are_one_layer_each(
    name: str, exporter: str, tmp_path: Path
) -> None:
    piece = PIECES[name]
    module = piece.drawn()
    path = tmp_path / "piece.onnx"
    exported(module, (torch.randn(piece.shape),), exporter, path)
    network, apart = both_ways(path)
    plan = convcalc.plan(network)
    assert tuple(row.kind for row in plan.rows) == piece.kinds
    assert plan.totals.params == sum(one.numel() for one in module.parameters())
    assert apart < 1e-4


@pytest.mark.parametrize("name", PIECES)
def test_pieces_of_a_module_are_one_layer_each(name: str) -> None:
    piece = PIECES[name]
    module = piece.drawn()
    inputs = (torch.randn(piece.shape),)
    network = convcalc.from_torch(module, *inputs)
    plan = convcalc.plan(network)
    assert tuple(row.kind for row in plan.rows) == piece.kinds
    assert plan.totals.params == sum(one.numel() for one in module.parameters())
    (found,) = values(network, inputs)
    with torch.no_grad():
        wanted = module(*inputs).numpy()
    assert np.abs(found - wanted).max() < 1e-4 * np.abs(wanted).max()
