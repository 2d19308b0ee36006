"""Weights of a torch network by the layers of the same network planned here."""

from __future__ import annotations

from collections.abc import Callable
from math import prod

import numpy as np
import pytest

from convcalc.arrays.given import array_shapes
from convcalc.arrays.ops import Array, Weights
from convcalc.network.graph import Graph, GraphNode

torch = pytest.importorskip("torch", reason="weights are taken from torch networks")

from torch import Tensor, nn  # noqa: E402 - only where torch is installed

from tests.crosscheck.references import arrays_of, layers_of  # noqa: E402


def randomise(network: nn.Module, seed: int = 0) -> None:
    """Draw what torch starts at 0 and 1, so that leaving it out changes the result."""
    torch.manual_seed(seed)
    with torch.no_grad():
        for name, values in [*network.named_parameters(), *network.named_buffers()]:
            if not values.is_floating_point():
                continue
            if name.endswith(("running_var", "weight")) and values.ndim == 1:
                values.uniform_(0.5, 1.5)
            elif values.ndim == 1:
                values.uniform_(-0.2, 0.2)


def outputs_and_weights(
    network: nn.Module, inputs: dict[str, Array], graph: Graph
) -> tuple[list[Array], Callable[[GraphNode], Weights]]:
    """(outputs of one run, arrays of each layer).

    Torch's modules are matched with the layers in the order in which they ran; names differ. A
    dense layer's weight over channels is that of a 1x1 convolution.
    """
    ran: list[nn.Module] = []
    hooks = [
        module.register_forward_hook(lambda module, *_: ran.append(module))
        for module in layers_of(network)
    ]
    with torch.inference_mode():
        result = network(*map(torch.from_numpy, inputs.values()))
    for hook in hooks:
        hook.remove()
    found: dict[str, Weights] = {}
    for node in graph.layers:
        shapes = array_shapes(node, graph)
        if shapes:
            tensors = arrays_of(ran.pop(0))
            arrays = {name: np.asarray(tensor.detach()) for name, tensor in tensors.items()}
            assert {name: prod(shape) for name, shape in shapes.items()} == {
                name: array.size for name, array in arrays.items()
            }, node.name
            found[node.name] = {name: arrays[name].reshape(shapes[name]) for name in shapes}
    assert not ran
    results: tuple[Tensor, ...] = result if isinstance(result, tuple) else (result,)
    return [tensor.numpy() for tensor in results], lambda node: found.get(node.name, {})
