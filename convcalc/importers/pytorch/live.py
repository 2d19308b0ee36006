"""A live PyTorch module as a network: exported in memory, and read as a `.pt2` file is."""

from __future__ import annotations

import io
import logging
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from convcalc.core.errors import StackError
from convcalc.importers.network import ForeignNetwork
from convcalc.importers.pytorch import network_of
from convcalc.importers.pytorch.program import Program, read_program
from convcalc.network.held import Held, Lent

if TYPE_CHECKING:
    from convcalc.network import Network


def from_torch(module: Any, *inputs: Any, **named: Any) -> Network:
    """The network that a PyTorch module computes for inputs of these shapes.

    `inputs` are tensors as the module's `forward` takes them, of which one sample is taken: the
    batch is their first axis, or the second one where the module works along the first. What works
    along several samples, as a mean over the batch, is opaque where several are given. Their
    numbers do not matter, and those on the device `meta` have none. Nothing is calculated:
    `torch.export` follows the module with shapes alone. The network knows the module's weights,
    so that `run(network, x)` gives what the module gives in `eval` mode.
    Raises StackError for an operation that no layer says, and whatever `torch.export` raises.

        network = convcalc.from_torch(resnet50(), torch.empty(1, 3, 224, 224))
        convcalc.plan(network).totals.macs
    """
    # Where sequences stand before the batch, it is the walk that sees which axis is which.
    if any(map(_is_batch_second, module.modules())):
        return _read(module, inputs, named)
    given = [*inputs, *named.values()]
    samples = _samples(given)
    network = _of_one_sample(module, inputs, named, samples)
    if network is not None and not _has_several(given):
        return network
    every = _read(module, inputs, named)
    if network is None or _is_read_otherwise(every):
        return every
    try:
        every.graph()
    except StackError as error:
        help = "give one sample of each input, as in `x[:1]`, where it treats samples apart"
        problems = [replace(one, help=one.help or help) for one in error.problems]
        raise StackError(problems, every.document.text) from error
    return every if every.mixing else network


def _is_read_otherwise(every: ForeignNetwork) -> bool:
    """True where the first of several samples is not the first of each input."""
    program = every.model
    return isinstance(program, Program) and (
        program.is_whole or program.batch > 0 or bool(program.no_numbers)
    )


def _of_one_sample(
    module: Any, inputs: Sequence[Any], named: Mapping[str, Any], samples: int | None
) -> ForeignNetwork | None:
    """The network for the first of so many samples; None where the module does not take one.

    What has nodes of a graph along its first axis, or channels, has no samples there.
    """
    first = tuple(_first(one, samples) for one in inputs)
    others = {name: _first(one, samples) for name, one in named.items()}
    if samples in (None, 1):
        return _read(module, first, others)
    try:
        with _without_log():
            return _read(module, first, others)
    except StackError:
        raise
    except Exception:
        # PyTorch says it in many types; what it says of all of the inputs is raised.
        return None


@contextmanager
def _without_log() -> Iterator[None]:
    """PyTorch logs what it cannot follow; nobody asked for the first sample alone."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)


def _read(module: Any, inputs: Any, named: Any) -> ForeignNetwork:
    """The network that the module is for these inputs."""
    import torch

    was_training = [one for one in module.modules() if one.training]
    module.eval()
    try:
        # What PyTorch remarks on its own modules is nothing that a caller could change.
        with torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            program = torch.export.export(module, inputs, named or None)
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
    of_one = {name: first.setdefault(id(weight), name) for name, weight in lent.items()}
    shared = {whole for name, whole in of_one.items() if name != whole}
    constants = {
        name: replace(_lent(held, lent), origin=origin if origin in shared else "")
        for name, held in found.constants.items()
        for origin in (of_one.get(held.name, ""),)
    }
    return network_of(replace(found, constants=constants))


def _is_batch_second(module: Any) -> bool:
    return getattr(module, "batch_first", True) is False


def _has_several(given: Iterable[Any]) -> bool:
    """True where inputs have more than one sample."""
    return any(hasattr(one, "shape") and one.ndim > 1 and one.shape[0] > 1 for one in given)


def _samples(given: Iterable[Any]) -> int | None:
    """How many samples the inputs have, where all have as many; those of one axis do not tell."""
    counts = {one.shape[0] for one in given if hasattr(one, "shape") and one.ndim > 1}
    return counts.pop() if len(counts) == 1 else None


def _first(one: Any, samples: int | None) -> Any:
    """The first sample of an input that has so many, a number for each among them."""
    return one[:1] if hasattr(one, "shape") and one.ndim and one.shape[0] == samples else one


def _lent(held: Held, weights: Mapping[str, Any]) -> Held:
    tensor = weights.get(held.name)
    if tensor is None or tensor.device.type == "meta":
        return held

    def read() -> object:
        found = tensor.detach().cpu()
        # numpy has no bfloat16, nor what is shorter.
        is_short = found.dtype.is_floating_point and found.itemsize < 4
        return (found.float() if is_short else found).numpy()

    return replace(held, source=Lent(read))
