"""Single layers in one process: called by `run.py --layers`, which reads the JSON that it prints.

    python benchmarks/run_layers.py ROUNDS

Each layer by every algorithm that fits it, prepared, with its bias; by torch eager, ONNX Runtime,
and, because they are slow, once by onnx's reference and by scipy.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
import warnings
from typing import Any, NamedTuple

import numpy as np

from benchmarks.run_peers import Call, by_turns, installed, onnxruntime_peer, torch_peer
from convcalc.arrays.choose import ALGORITHMS, choose, fitting
from convcalc.arrays.jobs import Finish, Job
from convcalc.arrays.ops import Array, Ops, channels_first
from convcalc.arrays.products import Products
from convcalc.arrays.slicing import kernel_of, padded, patches, transposed_kernel
from convcalc.arrays.transposed import TRANSPOSED
from convcalc.core.shapes import Window


class Layer(NamedTuple):
    """A convolution, with one window for all axes."""

    cin: int
    out: int
    size: tuple[int, ...]
    kernel: int
    stride: int = 1
    padding: int = 0
    dilation: int = 1
    groups: int = 1
    is_transposed: bool = False


LAYERS = {
    "3x3 64@56": Layer(64, 64, (56, 56), 3, 1, 1),
    "3x3 128@28": Layer(128, 128, (28, 28), 3, 1, 1),
    "3x3 256@14": Layer(256, 256, (14, 14), 3, 1, 1),
    "3x3 512@7": Layer(512, 512, (7, 7), 3, 1, 1),
    "3x3 64@224": Layer(64, 64, (224, 224), 3, 1, 1),
    "3x3 512@28": Layer(512, 512, (28, 28), 3, 1, 1),
    "7x7 stride 2, 3-64@224": Layer(3, 64, (224, 224), 7, 2, 3),
    "3x3 stride 2, 64-128@56": Layer(64, 128, (56, 56), 3, 2, 1),
    "3x3 dilation 4, 256@28": Layer(256, 256, (28, 28), 3, 1, 4, 4),
    "1x1 256-64@56": Layer(256, 64, (56, 56), 1),
    "1x1 64-256@56": Layer(64, 256, (56, 56), 1),
    "depthwise 144@56": Layer(144, 144, (56, 56), 3, 1, 1, 1, 144),
    "depthwise 384@14": Layer(384, 384, (14, 14), 3, 1, 1, 1, 384),
    "depthwise stride 2, 96@112": Layer(96, 96, (112, 112), 3, 2, 1, 1, 96),
    "32 groups, 128@56": Layer(128, 128, (56, 56), 3, 1, 1, 1, 32),
    "32 groups, 512@14": Layer(512, 512, (14, 14), 3, 1, 1, 1, 32),
    "conv1d 256@8000, dilation 8": Layer(256, 256, (8000,), 3, 1, 8, 8),
    "conv3d 64@8x28x28": Layer(64, 64, (8, 28, 28), 3, 1, 1),
    "transposed 4x4 s2, 512-256@8": Layer(512, 256, (8, 8), 4, 2, 1, is_transposed=True),
    "transposed 4x4 s2, 128-64@64": Layer(128, 64, (64, 64), 4, 2, 1, is_transposed=True),
}


def job_of(layer: Layer, x: Array, weight: Array, bias: Array) -> Job:
    """The layer ready for an algorithm: padded, its weight laid out, its output allocated."""
    window = Window(layer.kernel, layer.stride, layer.padding, layer.padding, layer.dilation)
    windows = (window,) * len(layer.size)
    if layer.is_transposed:
        kernel = transposed_kernel(weight, layer.groups)
        extras = (0,) * len(windows)
        y = Ops().convolve_transposed(x, weight, windows, extras, layer.groups, bias)
    else:
        kernel = kernel_of(weight)
        x = padded(x, [(window.before, window.after)] * len(windows))
        shape = patches(x, windows).shape[: x.ndim - 1]
        y = np.empty((*shape, layer.out), np.float32)
    return Job(Products(), x, kernel, windows, layer.groups, Finish(y, bias))


def measure(name: str, layer: Layer, rounds: int) -> dict[str, Any]:
    """Milliseconds of each algorithm and peer."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((1, *layer.size, layer.cin), np.float32)
    ends = (layer.cin, layer.out) if layer.is_transposed else (layer.out, layer.cin)
    taps = (layer.kernel,) * len(layer.size)
    weight = rng.standard_normal((ends[0], ends[1] // layer.groups, *taps), np.float32)
    bias = rng.standard_normal(layer.out, np.float32)
    job = job_of(layer, x, weight, bias)
    table = TRANSPOSED if layer.is_transposed else ALGORITHMS
    algorithms = fitting(job, table)
    calls: dict[str, Call] = {name: table[name].prepare(job) for name in algorithms}
    first = np.ascontiguousarray(channels_first(x))
    calls["torch"] = torch_layer(layer, first, weight, bias)
    slow: dict[str, Call] = {}
    if installed("onnxruntime"):
        model, feeds = onnx_layer(layer, first, weight, bias)
        calls["onnxruntime"] = onnxruntime_peer(model, feeds)
        from onnx.reference import ReferenceEvaluator

        reference = ReferenceEvaluator(model)
        slow["onnx reference"] = lambda: reference.run(None, feeds)
    plain = (layer.stride, layer.dilation, layer.groups) == (1, 1, 1)
    if installed("scipy") and plain and not layer.is_transposed:
        slow["scipy"] = scipy_layer(channels_first(job.x)[0], weight)
    ms, _ = by_turns(calls, rounds)
    for peer, call in slow.items():
        start = time.process_time()
        call()
        ms[peer] = (time.process_time() - start) * 1000
    chosen = choose(job, table=table)
    return {"layer": name, "ms": ms, "algorithms": algorithms, "chosen": chosen}


def torch_layer(layer: Layer, x: Array, weight: Array, bias: Array) -> Call:
    """The layer as a torch module."""
    import torch
    from torch import nn

    kinds = nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d
    kinds = kinds if layer.is_transposed else (nn.Conv1d, nn.Conv2d, nn.Conv3d)
    module = kinds[len(layer.size) - 1](
        *(layer.cin, layer.out, layer.kernel, layer.stride, layer.padding),
        dilation=layer.dilation,
        groups=layer.groups,
    )
    module.load_state_dict({"weight": torch.from_numpy(weight), "bias": torch.from_numpy(bias)})
    return torch_peer(module.eval(), x)


def onnx_layer(
    layer: Layer, x: Array, weight: Array, bias: Array
) -> tuple[bytes, dict[str, Array]]:
    """(the layer as an ONNX file, its input)."""
    from onnx import TensorProto, helper, numpy_helper

    rank = len(layer.size)
    node = helper.make_node(
        "ConvTranspose" if layer.is_transposed else "Conv",
        ["x", "w", "b"],
        ["y"],
        strides=[layer.stride] * rank,
        pads=[layer.padding] * 2 * rank,
        dilations=[layer.dilation] * rank,
        group=layer.groups,
    )
    graph = helper.make_graph(
        [node],
        "layer",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, x.shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(weight, "w"), numpy_helper.from_array(bias, "b")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    return model.SerializeToString(), {"x": x}


def scipy_layer(x: Array, weight: Array) -> Call:
    """Cross-correlation by scipy, a filter at a time, as its manual has it."""
    signal = importlib.import_module("scipy.signal")
    return lambda: [signal.correlate(x, kernel, mode="valid") for kernel in weight]


def main() -> None:
    warnings.simplefilter("ignore")
    rounds = int(sys.argv[1])
    print(json.dumps([measure(name, layer, rounds) for name, layer in LAYERS.items()]))


if __name__ == "__main__":
    main()
