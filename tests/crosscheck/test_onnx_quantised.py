"""Networks that ONNX Runtime quantised give what they give there, up to what it rounds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from onnxruntime.quantization import (
    CalibrationDataReader,
    QuantFormat,
    QuantType,
    quantize_dynamic,
    quantize_static,
)
from torch import Tensor, nn

import convcalc
from convcalc.importers.network import ForeignNetwork
from tests.crosscheck.onnx_modules import Words
from tests.importers.recorded import as_tensor

pytestmark = [
    pytest.mark.crosscheck,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
    pytest.mark.filterwarnings("ignore::torch.jit.TracerWarning"),
]


class Cnn(nn.Module):  # type: ignore[misc]
    """Functions that quantisers leave out, and operators that they have words for."""

    def __init__(self) -> None:
        super().__init__()
        self.a = nn.Conv2d(3, 8, 3, 2, 1)
        self.b = nn.Conv2d(8, 8, 3, 1, 1)
        self.c = nn.Conv2d(16, 12, 1)
        self.head = nn.Linear(12, 5)

    def forward(self, x: Tensor) -> Tensor:
        x = self.a(x).relu()
        y = nn.functional.relu6(self.b(x)) + x
        y = torch.cat([y, self.b(y).sigmoid() * y], 1)
        y = nn.functional.leaky_relu(self.c(nn.functional.avg_pool2d(y, 2)), 0.25)
        return self.head(y.mean((2, 3)))


def inputs(name: str) -> list[Tensor]:
    torch.manual_seed(1)
    if name == "words":
        return [torch.randint(0, 20, (1, 6)) for _ in range(12)]
    return [torch.randn(1, 3, 16, 16) for _ in range(12)]


class Given(CalibrationDataReader):  # type: ignore[misc]
    """What the ranges of integers are chosen by."""

    def __init__(self, arrays: list[Tensor]) -> None:
        self.left: Iterator[dict[str, Any]] = iter([{"x": one.numpy()} for one in arrays])

    def get_next(self) -> dict[str, Any] | None:
        return next(self.left, None)


@pytest.mark.parametrize("layout", QuantFormat, ids=lambda one: one.name)
@pytest.mark.parametrize("element", [QuantType.QUInt8, QuantType.QInt8], ids=lambda one: one.name)
@pytest.mark.parametrize("per_channel", [False, True], ids=["one scale", "of each channel"])
@pytest.mark.parametrize("name", ["cnn", "words"])
def test_a_quantised_network_gives_what_it_gives_there(
    name: str, per_channel: bool, element: QuantType, layout: QuantFormat, tmp_path: Path
) -> None:
    torch.manual_seed(0)
    module = (Words() if name == "words" else Cnn()).eval()
    given = inputs(name)
    whole, quantised = str(tmp_path / "whole.onnx"), str(tmp_path / "quantised.onnx")
    torch.onnx.export(module, (given[0],), whole, dynamo=False, input_names=["x"])
    quantize_static(
        whole, quantised, Given(given), quant_format=layout, activation_type=element,
        weight_type=QuantType.QInt8, per_channel=per_channel,
    )  # fmt: skip
    network = convcalc.load(quantised)
    assert isinstance(network, ForeignNetwork)
    (wanted,) = onnxruntime.InferenceSession(quantised).run(None, {"x": given[0].numpy()})
    got = convcalc.run(network, given[0].numpy())
    found = as_tensor(network, next(iter(network.output_views)), got)
    # Integers of 8 bits, through a dozen layers.
    assert np.abs(found - wanted).max() < 0.06 * np.abs(wanted).max()
    kinds, own = (
        # Nothing came to 6 where the ranges were chosen, so that they end before.
        [row.kind.replace("relu6", "relu") for row in convcalc.plan(one)]
        for one in (network, convcalc.load(whole))
    )
    for kind in {"relu", "sigmoid", "leaky_relu", "gelu", "layer_norm", "conv"} & {*own}:
        assert kinds.count(kind) == own.count(kind), kind
    if name == "cnn":
        macs = convcalc.plan(convcalc.load(whole)).totals.macs
        assert convcalc.plan(network).totals.macs == macs


class Steps(nn.Module):  # type: ignore[misc]
    """A recurrence in both directions between two dense layers."""

    def __init__(self) -> None:
        super().__init__()
        self.a = nn.Linear(8, 24)
        self.b = nn.LSTM(24, 8, batch_first=True, bidirectional=True)
        self.c = nn.Linear(16, 5)

    def forward(self, x: Tensor) -> Tensor:
        return self.c(self.b(self.a(x).relu())[0])


def few_bits(whole: str, quantised: str, layout: QuantFormat, is_symmetric: bool) -> None:
    """Dense layers of 4 bits, in blocks of 16 features."""
    from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer

    found = MatMulNBitsQuantizer(
        onnx.load(whole), block_size=16, is_symmetric=is_symmetric, quant_format=layout
    )
    found.process()
    found.model.save_model_to_file(quantised)


WAYS: dict[str, Callable[[str, str], None]] = {
    "as it runs": quantize_dynamic,
    "as it runs, a scale of each column": partial(
        quantize_dynamic, per_channel=True, weight_type=QuantType.QUInt8
    ),
    "4 bits": partial(few_bits, layout=QuantFormat.QOperator, is_symmetric=True),
    "4 bits and zero points": partial(few_bits, layout=QuantFormat.QOperator, is_symmetric=False),
    "4 bits, made real": partial(few_bits, layout=QuantFormat.QDQ, is_symmetric=False),
}


@pytest.mark.parametrize("way", WAYS)
def test_steps_of_few_bits_give_what_they_give_there(way: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    module, x = Steps().eval(), torch.randn(1, 6, 8)
    whole, quantised = str(tmp_path / "whole.onnx"), str(tmp_path / "quantised.onnx")
    torch.onnx.export(module, (x,), whole, dynamo=False, input_names=["x"])
    WAYS[way](whole, quantised)
    network = convcalc.load(quantised)
    assert isinstance(network, ForeignNetwork)
    (wanted,) = onnxruntime.InferenceSession(quantised).run(None, {"x": x.numpy()})
    got = convcalc.run(network, x.numpy().transpose(0, 2, 1))
    found = as_tensor(network, next(iter(network.output_views)), got)
    # What goes in is rounded there where it runs by integers.
    assert np.abs(found - wanted).max() < 0.03 * np.abs(wanted).max()
    totals = convcalc.plan(network).totals
    assert totals.params == sum(one.numel() for one in module.parameters())
    assert totals.macs == convcalc.plan(convcalc.load(whole)).totals.macs
