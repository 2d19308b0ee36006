"""The example networks against the same networks written in plain PyTorch.

A third source beside the published figures: the modules below are written from the papers and
torchvision's layouts, PyTorch counts their parameters and buffers, and its own flop counter
watches them run on the meta device, so nothing is computed and no weight is stored.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache
from math import prod
from pathlib import Path

import pytest

import convcalc

torch = pytest.importorskip("torch", reason="the reference networks are written in PyTorch")

from torch import Tensor, nn  # noqa: E402 - only where torch is installed
from torch.utils.flop_counter import FlopCounterMode  # noqa: E402

from tests.crosscheck.references import REFERENCES, arrays_of, layers_of, parameters_of  # noqa: E402

pytestmark = pytest.mark.crosscheck

CONFIGS = Path(__file__).parents[2] / "examples" / "configs"

# A layer with weights: its parameters, its running statistics, the elements of its output.
Weighted = tuple[int, int, int]


@dataclass(frozen=True)
class Measured:
    """What PyTorch says of a network; statistics without num_batches_tracked."""

    params: int
    buffers: int
    macs: int
    outputs: list[list[int]]
    layers: Counter[Weighted]


def statistics(module: nn.Module) -> int:
    buffers = module.named_buffers()
    return sum(x.numel() for name, x in buffers if not name.endswith("num_batches_tracked"))


@cache
def plan_of(name: str) -> convcalc.Plan:
    return convcalc.plan(convcalc.load(CONFIGS / f"{name}.net.yaml"))


@cache
def measured(name: str) -> Measured:
    """Build the reference network, run it once on the inputs of the plan, and count."""
    layers: Counter[Weighted] = Counter()
    seen: set[nn.Module] = set()

    def note(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        # A recurrent layer gives its last states as well.
        output = output[0] if isinstance(output, tuple) else output
        if module in seen:
            # What is used again is counted once.
            return
        seen.add(module)
        params = sum(x.numel() for x in parameters_of(module).values())
        both = sum(x.numel() for x in arrays_of(module).values())
        layers[params, both - params, prod(output.shape)] += 1

    with torch.device("meta"):
        network = REFERENCES[name]().eval()
        inputs = [torch.zeros(1, *shape) for shape in plan_of(name).inputs.values()]
    for module in layers_of(network):
        module.register_forward_hook(note)
    counter = FlopCounterMode(display=False)
    with counter, torch.no_grad():
        result = network(*inputs)
    outputs = result if isinstance(result, tuple) else (result,)
    return Measured(
        params=sum(x.numel() for x in network.parameters()),
        buffers=statistics(network),
        macs=counter.get_total_flops() // 2,
        outputs=[list(output.shape[1:]) for output in outputs],
        layers=layers,
    )


EVERY_NETWORK = pytest.mark.parametrize("name", sorted(REFERENCES))


def test_every_example_has_a_reference() -> None:
    examples = {path.name.removesuffix(".net.yaml") for path in CONFIGS.glob("*.net.yaml")}
    assert examples == set(REFERENCES)


@EVERY_NETWORK
def test_parameters_and_buffers(name: str) -> None:
    totals, torch_says = plan_of(name).totals, measured(name)
    assert (totals.params, totals.buffers) == (torch_says.params, torch_says.buffers)


@EVERY_NETWORK
def test_macs(name: str) -> None:
    assert plan_of(name).totals.macs == measured(name).macs


@EVERY_NETWORK
def test_output_shapes(name: str) -> None:
    plan = plan_of(name)
    assert [list(plan[output].output) for output in plan.outputs] == measured(name).outputs


@EVERY_NETWORK
def test_every_layer_with_weights(name: str) -> None:
    """Totals could agree by luck; the layers agree one by one (their order may differ)."""
    planned = Counter(
        (row.params, row.buffers, prod(row.output))
        for row in plan_of(name).rows
        if row.params or row.buffers
    )
    assert planned == measured(name).layers
