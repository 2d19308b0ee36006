"""Networks that ONNX Runtime's optimiser wrote give what they give there, with the same figures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from onnxruntime import GraphOptimizationLevel
from torch import Tensor, nn

import convcalc
from convcalc.importers.network import ForeignNetwork
from tests.crosscheck.onnx_modules import Words
from tests.importers.recorded import as_tensor

pytestmark = [
    pytest.mark.crosscheck,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::torch.jit.TracerWarning"),
]


class Residual(nn.Module):  # type: ignore[misc]
    """A stem, a block as ResNet-18 has them, functions that are fused with convolutions, a head."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, 8, 7, 2, 3, bias=False),
            nn.BatchNorm2d(8),
            nn.ReLU(),
            nn.MaxPool2d(3, 2, 1),
        )
        self.block = nn.Sequential(
            nn.Conv2d(8, 8, 3, 1, 1), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 8, 3, 1, 1)
        )
        self.bent = nn.Sequential(
            nn.Conv2d(8, 8, 3, 1, 1, groups=8), nn.ReLU6(), nn.Conv2d(8, 6, 1), nn.LeakyReLU(0.2)
        )
        self.head = nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 4))

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        x = self.bent((self.block(x) + x).relu())
        return self.head(x.mean((2, 3)))


@pytest.mark.parametrize("level", ["ORT_ENABLE_BASIC", "ORT_ENABLE_EXTENDED"])
@pytest.mark.parametrize("dynamo", [False, True], ids=["TorchScript", "dynamo"])
@pytest.mark.parametrize("name", ["residual", "words"])
def test_an_optimised_network_gives_what_it_gives_there(
    name: str, dynamo: bool, level: str, tmp_path: Path
) -> None:
    torch.manual_seed(0)
    module = (Words() if name == "words" else Residual()).eval()
    x = torch.randint(0, 20, (1, 6)) if name == "words" else torch.randn(1, 3, 32, 32)
    plain, optimised = str(tmp_path / "plain.onnx"), str(tmp_path / "optimised.onnx")
    more = {"external_data": False, "verbose": False} if dynamo else {}
    torch.onnx.export(module, (x,), plain, dynamo=dynamo, input_names=["x"], **more)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = getattr(GraphOptimizationLevel, level)
    options.optimized_model_filepath = optimised
    options.log_severity_level = 4
    (wanted,) = onnxruntime.InferenceSession(plain, options).run(None, {"x": x.numpy()})
    network = convcalc.load(optimised)
    assert isinstance(network, ForeignNetwork)
    plan = convcalc.plan(network)
    assert "opaque" not in {row.kind for row in plan}
    assert plan.totals.macs == convcalc.plan(convcalc.load(plain)).totals.macs
    (given,) = network.input_axes
    (output,) = network.output_views
    found = as_tensor(network, output, convcalc.run(network, {given.name: x.numpy()}))
    np.testing.assert_allclose(found.reshape(wanted.shape), wanted, rtol=1e-4, atol=1e-5)
