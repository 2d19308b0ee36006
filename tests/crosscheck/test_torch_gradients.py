"""Gradients of whole networks against torch's autograd, given the same weights.

In double precision, where the order of sums is lost in the last digits: a wrong term shows.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import convcalc
from convcalc.arrays.given import array_shapes
from convcalc.arrays.gradients import backward
from convcalc.arrays.ops import Array, Ops, channels_last
from convcalc.arrays.run import through

torch = pytest.importorskip("torch", reason="torch is what they are compared with")

from torch import nn  # noqa: E402 - only where torch is installed

from tests.crosscheck.references import REFERENCES, layers_of, parameters_of  # noqa: E402
from tests.crosscheck.torch_weights import outputs_and_weights, randomise  # noqa: E402

pytestmark = pytest.mark.crosscheck

CONFIGS = Path(__file__).parents[2] / "examples" / "configs"

# Together they have convolutions of every kind, all merges, dense and local norms, gates, pools
# of every family, transposed layers, and skips across a network. None: the input as written.
NETWORKS: dict[str, tuple[int, ...] | None] = {
    "lenet5": None,
    "resnet18": (3, 64, 64),
    "densenet121": (3, 64, 64),
    "googlenet": (3, 64, 64),
    "shufflenet_v2_x1_0": (3, 64, 64),
    "mobilenet_v3_small": (3, 64, 64),
    "convnext_tiny": (3, 64, 64),
    "dcgan_generator": None,
    "unet": (1, 188, 188),
    "wavenet_stack": (1, 1500),
    "textcnn": None,
}


@pytest.mark.parametrize("name", NETWORKS)
def test_gradients_equal_torchs(name: str) -> None:
    graph = convcalc.load(CONFIGS / f"{name}.net.yaml").graph(NETWORKS[name])
    network = REFERENCES[name]().eval()
    randomise(network)
    network.double()
    rng = np.random.default_rng(len(name))
    inputs = {key: rng.standard_normal((2, *shape)) for key, shape in graph.inputs.items()}
    _, weights = outputs_and_weights(network, inputs, graph)

    nodes = [node for node in graph.layers if array_shapes(node, graph)]
    ran: list[nn.Module] = []
    hooks = [
        module.register_forward_hook(lambda module, *_: ran.append(module))
        for module in layers_of(network)
    ]
    given = [torch.from_numpy(x.copy()).requires_grad_() for x in inputs.values()]
    results = network(*given)
    results = results if isinstance(results, tuple) else (results,)
    for hook in hooks:
        hook.remove()
    shares = [rng.standard_normal(tuple(result.shape)) for result in results]
    torch.autograd.backward(results, [torch.from_numpy(share) for share in shares])

    every = range(len(graph.nodes))
    ops = Ops()
    arrays = through(graph, [*map(channels_last, inputs.values())], weights, ops, keep=every)
    held = {node.name: weights(node) for node in graph.layers}
    starts = {
        index: channels_last(share) for index, share in zip(graph.outputs, shares, strict=True)
    }
    found = backward(graph, arrays, held, starts, ops)

    # The slope of torch's hard sigmoid is a sixth in single precision, whatever its input.
    relative = 1e-6 if name == "mobilenet_v3_small" else 1e-9
    for (key, grad), tensor in zip(found.inputs.items(), given, strict=True):
        _assert_close(grad, tensor.grad.numpy(), key, relative)
    count = 0
    for node, module in zip(nodes, ran, strict=True):
        for key, parameter in parameters_of(module).items():
            path = f"{node.name}.{key}"
            wanted = parameter.grad.numpy()
            _assert_close(found.weights[path].reshape(wanted.shape), wanted, path, relative)
            count += 1
    assert count == len(found.weights) > 0


def _assert_close(found: Array, wanted: Array, what: str, relative: float) -> None:
    assert found.shape == wanted.shape, what
    assert np.abs(found - wanted).max() <= relative * max(np.abs(wanted).max(), 1e-12), what
