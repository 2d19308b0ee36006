"""What PyTorch counts of a module: multiply-accumulates, and the parameters that are read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode


def counted(module: nn.Module, given: tuple[Any, ...], named: Mapping[str, Any]) -> int:
    """Multiply-accumulates that PyTorch counts."""
    fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        # On processors its counter has no figure for the fused kernels of attention.
        counter = FlopCounterMode(display=False)
        with counter, torch.no_grad(), sdpa_kernel(SDPBackend.MATH):
            module(*given, **named)
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)
    return int(counter.get_total_flops() // 2)


def parameters_read(program: Any, module: nn.Module) -> dict[str, Tensor]:
    """The parameters that an exported program reads; shared ones under one name."""
    nodes = {node.name: node for node in program.graph.nodes}
    of_module = dict(module.named_parameters(remove_duplicate=False))
    read = {
        spec.target: of_module[spec.target]
        for spec in program.graph_signature.input_specs
        if spec.kind.name == "PARAMETER" and nodes[spec.arg.name].users
    }
    first: dict[int, str] = {}
    return {name: one for name, one in read.items() if first.setdefault(id(one), name) == name}
