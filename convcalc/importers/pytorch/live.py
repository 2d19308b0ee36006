"""A live PyTorch module as a network: exported in memory, and read as a `.pt2` file is."""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from convcalc.importers.pytorch import network_of
from convcalc.importers.pytorch.program import read_program
from convcalc.network.held import Held, Lent

if TYPE_CHECKING:
    from convcalc.network import Network


def from_torch(module: Any, *inputs: Any, **named: Any) -> Network:
    """The network that a PyTorch module computes for inputs of these shapes.

    `inputs` are tensors as the module's `forward` takes them, of which one sample is taken: the
    batch is their first axis, or the second one where the module works along the first. Their
    numbers do not matter, and those on the device `meta` have none. Nothing is calculated:
    `torch.export` follows the module with shapes alone. The network knows the module's weights,
    so that `run(network, x)` gives what the module gives in `eval` mode.
    Raises StackError for an operation that no layer says, and whatever `torch.export` raises.

        network = convcalc.from_torch(resnet50(), torch.empty(1, 3, 224, 224))
        convcalc.plan(network).totals.macs
    """
    import torch

    # Where sequences stand before the batch, it is the walk that sees which axis is which.
    taken = _as_given if any(map(_is_batch_second, module.modules())) else _one_sample
    was_training = [one for one in module.modules() if one.training]
    module.eval()
    try:
        # What PyTorch remarks on its own modules is nothing that a caller could change.
        with torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            program = torch.export.export(module, taken(inputs), taken(named) or None)
    finally:
        for one in was_training:
            one.training = True
    weights = dict(program.state_dict)
    for name, weight in weights.items():
        # Shapes alone are written: the numbers are asked for when the network runs.
        bare = weight.detach().to("meta")
        is_learnt = isinstance(weight, torch.nn.Parameter)
        program.state_dict[name] = torch.nn.Parameter(bare, False) if is_learnt else bare
    stream = io.BytesIO()
    torch.export.save(program, stream)
    name = type(module).__name__
    found = read_program(stream, name, name)
    lent = weights | dict(program.constants)
    # Without numbers all arrays of one shape are stored in one place; the module tells them apart.
    first: dict[int, str] = {}
    one = {name: first.setdefault(id(weight), name) for name, weight in lent.items()}
    shared = {whole for name, whole in one.items() if name != whole}
    constants = {
        name: replace(_lent(held, lent), origin=origin if origin in shared else "")
        for name, held in found.constants.items()
        for origin in (one.get(held.name, ""),)
    }
    return network_of(replace(found, constants=constants))


def _is_batch_second(module: Any) -> bool:
    return getattr(module, "batch_first", True) is False


def _as_given(given: Any) -> Any:
    return given


def _one_sample(given: Any) -> Any:
    """The first sample of inputs that all have as many; others as they are."""
    values = list(given.values()) if isinstance(given, dict) else list(given)
    first = {one.shape[:1] for one in values if hasattr(one, "shape") and one.ndim > 1}
    if len(first) != 1:
        return given
    taken = [one[:1] if hasattr(one, "shape") and one.ndim > 1 else one for one in values]
    return dict(zip(given, taken, strict=True)) if isinstance(given, dict) else tuple(taken)


def _lent(held: Held, weights: Mapping[str, Any]) -> Held:
    tensor = weights.get(held.name)
    if tensor is None or tensor.device.type == "meta":
        return held
    return replace(held, source=Lent(lambda: tensor.detach().cpu().numpy()))
