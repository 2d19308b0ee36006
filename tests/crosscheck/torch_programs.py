"""Modules made of functions, how they are read both ways, and what PyTorch gives and counts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

import convcalc
from convcalc.importers.network import ForeignNetwork


class Does(nn.Module):  # type: ignore[misc]
    """A function of its inputs and of the modules and parameters that it holds."""

    def __init__(self, does: Callable[..., Tensor], **held: nn.Module | Tensor) -> None:
        super().__init__()
        self.does = does
        for name, one in held.items():
            if isinstance(one, nn.Module | nn.Parameter):
                setattr(self, name, one)
            else:
                self.register_buffer(name, one)

    def forward(self, *inputs: Tensor) -> Tensor:
        return self.does(self, *inputs)


def counted(module: nn.Module, inputs: tuple[Tensor, ...]) -> int:
    """Multiply-accumulates that PyTorch counts; attention as its pieces, not as one fast call."""
    fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        counter = FlopCounterMode(display=False)
        with counter, torch.no_grad():
            module.to("meta")(*(one.to("meta") for one in inputs))
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)
    return int(counter.get_total_flops() // 2)


def values(network: convcalc.Network, inputs: tuple[Tensor, ...]) -> list[Any]:
    """The outputs of the network as the tensors that the module gives."""
    assert isinstance(network, ForeignNetwork)
    graph = network.graph()
    given = {}
    for one, tensor in zip(network.input_axes, inputs, strict=True):
        lead = () if one.batch is None else (one.batch,)
        given[one.name] = tensor.numpy().transpose((*lead, *one.order))
    found = convcalc.run(network, given)
    # Samples stand first in what we run, and where the inputs have them in what comes out.
    at = max((one.batch or 0 for one in network.input_axes), default=0)
    outputs = []
    for view in network.output_views.values():
        order = [part for axis in view.own for part in axis]
        array = found[graph.nodes[view.at].name]
        array = array.reshape(-1, *(view.sizes[part] for part in order))
        moves = [1 + order.index(part) for axis in view.axes for part in axis]
        dims = [size for axis, size in enumerate(view.dims) if axis != at]
        outputs.append(np.moveaxis(array.transpose(0, *moves).reshape(-1, *dims), 0, at))
    return outputs


def param(*sizes: int) -> nn.Parameter:
    return nn.Parameter(torch.randn(*sizes))


Case = tuple[Callable[..., Any], dict[str, Any], list[tuple[int, ...]]]


def both(
    module: nn.Module, inputs: tuple[Tensor, ...], folder: Path
) -> tuple[ForeignNetwork, ForeignNetwork]:
    """The living module, and the file that `torch.export` writes of it, as they are read."""
    torch.export.save(torch.export.export(module, inputs), folder / "m.pt2")
    live, read = convcalc.from_torch(module, *inputs), convcalc.load(folder / "m.pt2")
    assert isinstance(live, ForeignNetwork)
    assert isinstance(read, ForeignNetwork)
    return live, read


def wanted_of(module: nn.Module, inputs: tuple[Tensor, ...]) -> Any:
    """What the module gives."""
    with torch.no_grad():
        return module(*inputs).numpy()
