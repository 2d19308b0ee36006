"""The example networks, run: the same outputs as torch's, given the same weights.

Once layer by layer, with the multiplies counted, and once as a prepared session.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

import convcalc
from convcalc.arrays.draws import as_indices
from convcalc.arrays.ops import Array, Ops, channels_first, channels_last
from convcalc.arrays.run import through
from convcalc.arrays.session import Session
from convcalc.network.graph import Graph

torch = pytest.importorskip("torch", reason="torch is what they are compared with")

from torch import nn  # noqa: E402 - only where torch is installed

from tests.crosscheck.references import REFERENCES  # noqa: E402
from tests.crosscheck.torch_weights import outputs_and_weights, randomise  # noqa: E402

pytestmark = pytest.mark.crosscheck

CONFIGS = Path(__file__).parents[2] / "examples" / "configs"


class Smaller(NamedTuple):
    """A heavy network at a smaller input."""

    input: tuple[int, ...]
    variables: dict[str, int]


SMALLER = {
    "c3d": Smaller((3, 16, 112, 112), {}),
    "deeplabv3_resnet50": Smaller((3, 104, 104), {}),
    "retinanet_r50_fpn": Smaller((3, 96, 133), {}),
    "stable_diffusion_vae": Smaller((3, 32, 32), {}),
    "unet": Smaller((1, 188, 188), {}),
    "unet3d": Smaller((3, 92, 92, 92), {}),
}


def graph_of(name: str) -> Graph:
    network = convcalc.load(CONFIGS / f"{name}.net.yaml")
    smaller = SMALLER.get(name)
    return network.graph(smaller.input, smaller.variables) if smaller else network.graph()


def torch_network(name: str) -> nn.Module:
    network = REFERENCES[name]().eval()
    randomise(network)
    for module in network.modules():
        if isinstance(module, nn.Upsample) and name in SMALLER and module.size:
            # 520 pixels become 104, and 65 become 13.
            module.size = tuple(size // 5 for size in module.size)
    return network


@pytest.mark.parametrize("name", REFERENCES)
def test_outputs_equal_torchs(name: str) -> None:
    graph = graph_of(name)
    rng = np.random.default_rng(len(name))
    inputs = {
        key: rng.standard_normal((1, *shape), np.float32) for key, shape in graph.inputs.items()
    }
    for node in graph.layers:
        shapes = tuple(map(graph.shape_of, node.inputs))
        for place, known in node.layer.index_limits(shapes).items():
            read = graph.name_of(node.inputs[place])
            inputs[read] = as_indices(inputs[read], known.stop)
    expected, weights = outputs_and_weights(torch_network(name), inputs, graph)

    ops = Ops()
    plain = through(graph, [channels_last(x) for x in inputs.values()], weights, ops)
    assert ops.macs == sum(node.facts.macs for node in graph.nodes)
    prepared = Session(graph, weights).run(inputs)
    assert len(expected) == len(graph.outputs)
    for index, wanted in zip(graph.outputs, expected, strict=True):
        assert_close(channels_first(plain[index]), wanted)
        assert_close(prepared[graph.name_of(index)], wanted)


@pytest.mark.parametrize("name", ["resnet18", "vgg16_bn"])
def test_fast_outputs_are_as_close(name: str) -> None:
    graph = graph_of(name)
    inputs = {"input": np.random.default_rng(1).standard_normal((1, 3, 224, 224), np.float32)}
    (wanted,), weights = outputs_and_weights(torch_network(name), inputs, graph)
    session = Session(graph, weights, fast=True)
    (found,) = session.run(inputs).values()
    assert session.macs < sum(node.facts.macs for node in graph.nodes)
    assert_close(found, wanted)


def test_a_session_runs_batches_again_and_again() -> None:
    graph = graph_of("resnet18")
    network = torch_network("resnet18")
    one = {"input": np.zeros((1, 3, 224, 224), np.float32)}
    _, weights = outputs_and_weights(network, one, graph)
    session = Session(graph, weights, batch=2)
    rng = np.random.default_rng(0)
    for _ in range(2):
        x = rng.standard_normal((2, 3, 224, 224), np.float32)
        with torch.inference_mode():
            wanted = network(torch.from_numpy(x)).numpy()
        (found,) = session.run({"input": x}).values()
        assert_close(found, wanted)


def assert_close(found: Array, wanted: Array) -> None:
    assert found.shape == wanted.shape
    assert np.abs(found - wanted).max() <= 1e-5 * np.abs(wanted).max()
