"""Modules exported to ONNX by both of PyTorch's exporters, and run by ONNX Runtime and by us."""

from __future__ import annotations

import logging
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import torch
from torch import nn
from torch.export import ExportedProgram

import convcalc
from convcalc.arrays.ops import Array
from convcalc.importers.network import ForeignNetwork
from tests.importers.recorded import as_tensor

EXPORTERS = ("torchscript", "dynamo")


def exported(
    module: nn.Module | ExportedProgram,
    inputs: tuple[Any, ...],
    exporter: str,
    path: Path,
    *,
    external_data: bool = True,
) -> None:
    """Writes the module as a file; dynamo's with its weights in one beside it, unless told.

    Dynamo's exporter takes an exported program as well.
    """
    if isinstance(module, nn.Module):
        module.eval()
    is_dynamo = exporter == "dynamo"
    options = {"external_data": external_data} if is_dynamo else {"opset_version": 17}
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.onnx.export(module, inputs, str(path), dynamo=is_dynamo, verbose=False, **options)
    finally:
        logging.disable(logging.NOTSET)


def loaded(path: Path) -> ForeignNetwork:
    network = convcalc.load(path)
    assert isinstance(network, ForeignNetwork)
    return network


def both_ways(path: Path, seed: int = 0) -> tuple[ForeignNetwork, float]:
    """The network of a file, and how far its outputs are from ONNX Runtime's.

    The largest difference as a share of the largest output, over all outputs.
    """
    network = loaded(path)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    rng = np.random.default_rng(seed)
    graph = network.graph()
    axes = {one.name: one for one in network.input_axes}
    feeds: dict[str, Array] = {}
    ours: dict[str, Array] = {}
    for given in session.get_inputs():
        one = axes[given.name]
        shape = network.inputs[given.name]
        dims = one.dims(shape)
        is_real = "float" in given.type
        x = rng.standard_normal(dims).astype(np.float32) if is_real else rng.integers(0, 9, dims)
        feeds[given.name] = x
        batch = [axis for axis in range(len(dims)) if axis not in one.order]
        ours[given.name] = x.transpose(*batch, *one.order).reshape(1, *shape)
    wanted = session.run(None, feeds)
    got = convcalc.run(network, ours)
    worst = 0.0
    for given, want in zip(session.get_outputs(), wanted, strict=True):
        found = as_tensor(network, given.name, got)
        assert found.shape == want.shape
        assert graph.outputs
        worst = max(worst, float(np.abs(found - want).max() / (np.abs(want).max() + 1e-30)))
    return network, worst
