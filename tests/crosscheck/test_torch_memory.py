"""What training keeps, against the tensors that torch's autograd really saves.

Every storage that the backward pass holds on to is counted once, parameters and running
statistics left out, the input included.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

import convcalc
from convcalc.planning import plan
from tests.crosscheck import draws, draws_axes, draws_more
from tests.crosscheck.draws import Case

torch = pytest.importorskip("torch", reason="cross-checks need the `crosscheck` extra")

from torch import Tensor, nn  # noqa: E402 - only where torch is installed

from tests.crosscheck import torch_nets  # noqa: E402
from tests.crosscheck.torch_layers import layer_of  # noqa: E402

pytestmark = [pytest.mark.crosscheck, pytest.mark.filterwarnings("ignore::UserWarning")]

BATCH = 2
# convcalc states the dropout mask of a graphics card, one byte an element; on the CPU torch
# multiplies by a mask of float32.
MORE_MASK_BYTES = 3


def saved_bytes(forward: Callable[..., Tensor], *maps: Tensor, modules: list[nn.Module]) -> int:
    """Bytes of all storages that the graph of `forward(*maps)` saves."""
    saved: list[Tensor] = []

    def keep(tensor: Tensor) -> Tensor:
        saved.append(tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        result = forward(*maps)
    assert result.requires_grad
    owned = [tensor for module in modules for tensor in module.state_dict().values()]
    storages = {t.untyped_storage().data_ptr(): t.untyped_storage().nbytes() for t in saved}
    for tensor in owned:
        storages.pop(tensor.untyped_storage().data_ptr(), None)
    return sum(storages.values())


def kept_bytes(text: str) -> int:
    """Bytes that the plan says training keeps."""
    return plan(convcalc.loads(text), batch=BATCH).totals.memory.kept


def _with(draw: Callable[[Random], Case], **fields: Any) -> Callable[[Random], Case]:
    """Layers that torch has: with these fields as they are there."""

    def drawn(rng: Random) -> Case:
        case = draw(rng)
        return case._replace(fields=case.fields | fields)

    return drawn


FAMILIES: dict[str, tuple[Callable[[Random], Case], int]] = {
    "conv": (draws.conv, 150),
    "conv_transpose": (draws.conv_transpose, 80),
    "max_pool": (draws.max_pool, 80),
    "avg_pool": (_with(draws.avg_pool, dilation=1), 80),
    "lp_pool": (_with(draws.lp_pool, dilation=1, padding=0), 60),
    "adaptive_avg_pool": (draws.adaptive_avg_pool, 60),
    "adaptive_max_pool": (draws.adaptive_max_pool, 60),
    "linear": (draws.linear, 30),
    "batch_norm": (draws.batch_norm, 40),
    "instance_norm": (draws.instance_norm, 40),
    "group_norm": (draws.group_norm, 40),
    "layer_norm": (draws.layer_norm, 40),
    "rms_norm": (draws.rms_norm, 40),
    "l2_normalize": (draws.l2_normalize, 40),
    "global_response_norm": (draws.global_response_norm, 40),
    "local_response_norm": (draws.local_response_norm, 40),
    "activation": (draws_more.activation, 200),
    "constants": (draws_more.with_constants, 100),
    "scale": (draws_more.scale, 20),
    "bias": (draws_more.bias, 20),
    "prelu": (draws_more.prelu, 20),
    "glu": (draws_axes.glu, 30),
    "pad": (draws_more.pad, 60),
    "crop": (draws_more.crop, 30),
    "upsample": (draws_more.upsample, 60),
    "pixel_shuffle": (draws_more.pixel_shuffle, 30),
    "pixel_unshuffle": (draws_more.pixel_unshuffle, 30),
    "channel_shuffle": (draws_more.channel_shuffle, 30),
    "unfold": (draws_more.unfold, 60),
    "slice": (draws_more.slice_channels, 20),
    "merge": (draws_more.merge, 120),
}


def _comparable(case: Case) -> bool:
    # The comparison pads before a pool whose padding is such a word, and keeps what it padded.
    if case.kind == "max_pool" and str(case.fields["padding"]).startswith("same"):
        return False
    # torch pads an uneven `same` by the odd pixels only, which no other padding does.
    uneven_same = case.kind == "conv" and case.fields["padding"] == "same"
    return not (uneven_same and case.fields.get("padding_mode", "zeros") == "zeros")


@pytest.mark.parametrize("family", FAMILIES)
def test_single_layers_keep_what_autograd_saves(family: str) -> None:
    draw, count = FAMILIES[family]
    compared = 0
    for number in range(count):
        case = draw(Random(f"kept {family} {number}"))
        if not _comparable(case):
            continue
        try:
            kept = kept_bytes(_text_of(case))
        except convcalc.StackError:
            continue
        try:
            forward, module = layer_of(case)
            maps = [torch.randn(BATCH, *shape) for shape in case.inputs]
            factors = [nn.Parameter(torch.ones(x.shape[1], *(1,) * (x.dim() - 2))) for x in maps]
            scaled = Scaled(forward, factors)
            saved = saved_bytes(scaled, *maps, modules=[scaled, *([module] if module else [])])
        except RuntimeError:
            # Legal in convcalc alone; test_torch_layers says why.
            continue
        if case.kind == "dropout":
            kept += maps[0].numel() * MORE_MASK_BYTES
        assert kept == saved, f"Random('kept {family} {number}'): {case}"
        compared += 1
    assert compared >= count // 3


class Scaled(nn.Module):  # type: ignore[misc]
    """A layer after one learnt factor a channel, without which autograd has nothing to save."""

    def __init__(self, forward: Callable[..., Tensor], factors: list[nn.Parameter]) -> None:
        super().__init__()
        self.after = forward
        self.factors = nn.ParameterList(factors)

    def forward(self, *maps: Tensor) -> Tensor:
        return self.after(*(x * factor for x, factor in zip(maps, self.factors, strict=True)))


def _text_of(case: Case) -> str:
    count = len(case.inputs)
    inputs = {f"input_{number}": list(shape) for number, shape in enumerate(case.inputs)}
    layers: list[dict[str, Any]] = [
        {"scale": {}, "from": f"input_{number}", "name": f"map_{number}"} for number in range(count)
    ]
    layers.append({case.kind: case.fields})
    return f"convcalc: 1\ninput: {json.dumps(inputs)}\nlayers: {json.dumps(layers)}\n"


@pytest.mark.parametrize(
    ("text", "forward", "masked"),
    [
        pytest.param(torch_nets.LENET, torch_nets.lenet, 0, id="LeNet: pools and dense layers"),
        pytest.param(
            torch_nets.RESIDUAL, torch_nets.residual, 0, id="residual blocks with batch norm"
        ),
        pytest.param(torch_nets.U_NET, torch_nets.u_net, 0, id="U-Net: crop, concat, upsampling"),
        pytest.param(
            torch_nets.SQUEEZE_EXCITE,
            torch_nets.squeeze_excite,
            0,
            id="depthwise with squeeze-excite",
        ),
        pytest.param(
            torch_nets.DROPPED,
            torch_nets.dropped,
            32,
            id="dropout: own tensors, a mask only after weights",
        ),
    ],
)
def test_networks_keep_what_autograd_saves(
    text: str, forward: Callable[[torch_nets.Net, Tensor], Tensor], masked: int
) -> None:
    net = torch_nets.Net(forward)
    (shape,) = plan(convcalc.loads(text)).inputs.values()
    saved = saved_bytes(net, torch.randn(BATCH, *shape), modules=net.modules)
    assert kept_bytes(text) == saved - masked * BATCH * MORE_MASK_BYTES
