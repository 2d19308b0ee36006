"""Single units of the example networks against the gradients of their PyTorch references.

The references are those of `reference_networks`, at the sizes of their files. Only positions
matter here, so every convolution and dense layer is thinned: it averages its channels, weighs all
taps alike and hands on four equal channels. Norms and activations go (the sigmoids of gates stay,
as products of sixteen bare gates would vanish), maximum becomes average pooling of the same
geometry. Then every path adds something positive to the gradient, in float64
nothing cancels or rounds to zero, and the pixels with a gradient are the pixels that the unit uses.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import convcalc
from convcalc.features.rf import find, look, unit_fields
from convcalc.network.graph import Graph

torch = pytest.importorskip("torch", reason="the reference networks are written in PyTorch")

from torch import Tensor, nn  # noqa: E402 - only where torch is installed
from torch.nn import functional as F  # noqa: E402

from tests.crosscheck import reference_networks as references  # noqa: E402

pytestmark = pytest.mark.crosscheck

CONFIGS = Path(__file__).parents[2] / "examples" / "configs"
CHANNELS = 4
GONE = (
    nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.LayerNorm, nn.LocalResponseNorm,
    nn.Dropout, nn.ReLU, nn.ReLU6, nn.LeakyReLU, nn.SiLU, nn.GELU, nn.Hardswish,
    nn.Tanh, references.LayerScale,
)  # fmt: skip


class Thin(nn.Module):  # type: ignore[misc]
    """A convolution (or transposed one) that averages channels and taps."""

    def __init__(self, conv: Any) -> None:
        super().__init__()
        self.conv = conv
        rank = len(conv.kernel_size)
        kernel = torch.ones(1, 1, *conv.kernel_size, dtype=torch.float64)
        self.kernel = kernel / kernel.numel()
        name = f"conv{'_transpose' if conv.transposed else ''}{rank}d"
        self.apply_to: Callable[..., Tensor] = getattr(F, name)

    def forward(self, x: Tensor) -> Tensor:
        conv = self.conv
        options = {"stride": conv.stride, "padding": conv.padding, "dilation": conv.dilation}
        if conv.transposed:
            options["output_padding"] = conv.output_padding
        y = self.apply_to(x.mean(1, keepdim=True), self.kernel, **options)
        return y.expand(-1, CHANNELS, *y.shape[2:])


class ThinLinear(nn.Module):  # type: ignore[misc]
    """A dense layer that averages."""

    def forward(self, x: Tensor) -> Tensor:
        return x.mean(-1, keepdim=True).expand(*x.shape[:-1], CHANNELS)


def thinned(module: nn.Module) -> nn.Module:
    """The same network of positions, with nothing that could cancel."""
    for name, child in module.named_children():
        setattr(module, name, _thin(child))
    return module


def _thin(module: nn.Module) -> nn.Module:
    if isinstance(module, GONE):
        return nn.Identity()
    if isinstance(module, nn.Linear):
        return ThinLinear()
    if hasattr(module, "transposed"):
        return Thin(module)
    rank = {nn.MaxPool1d: 1, nn.MaxPool2d: 2, nn.MaxPool3d: 3}.get(type(module))
    if rank:
        average = (nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d)[rank - 1]
        return average(module.kernel_size, module.stride, module.padding, module.ceil_mode)
    return thinned(module)


@pytest.fixture(autouse=True)
def sums_on_this_device(monkeypatch: pytest.MonkeyPatch) -> None:
    def forward(self: Any, x: Tensor) -> Tensor:
        return torch.stack([branch(x) for branch in self.branches]).sum(0)

    monkeypatch.setattr(references.Sum, "forward", forward)


@cache
def graph_of(name: str) -> Graph:
    return convcalc.load(CONFIGS / f"{name}.net.yaml").graph()


def gradients(
    name: str, output: int, size: tuple[int, ...], units: list[tuple[int, ...]]
) -> list[list[Tensor]]:
    """For each unit of the last map of `size`, the gradient of each input, summed over channels.

    Of several outputs it is the map of number `output`.
    """
    network = thinned(references.REFERENCES[name]().double())
    inputs = [
        torch.ones(1, *shape, dtype=torch.float64, requires_grad=True)
        for shape in graph_of(name).inputs.values()
    ]
    found: list[Tensor] = []

    def note(module: nn.Module, given: Any, output: Any) -> None:
        if isinstance(output, Tensor) and _by_position(output, size) is not None:
            found.append(output)

    for module in network.modules():
        module.register_forward_hook(note)
    result = network(*inputs)
    if isinstance(result, tuple):
        found.append(result[output])
    last = _by_position(found[-1], size)
    assert last is not None
    results = []
    for unit in units:
        grads = torch.autograd.grad(last[unit], inputs, retain_graph=True, allow_unused=True)
        results.append([grad[0].sum(0) for grad in grads])
    return results


def _by_position(output: Tensor, size: tuple[int, ...]) -> Tensor | None:
    """The sum over the channels, which stand first, or last in ConvNeXt; None for another map."""
    if output.shape[2:] == size:
        return output[0].sum(0)
    if output.shape[1:-1] == size:
        return output[0].sum(-1)
    return None


def last_map(graph: Graph, output: int) -> int:
    """The last layer with positions on the way to an output."""
    at = graph.outputs[output]
    while max(graph.shape_of(at)[1:], default=1) == 1:
        at = graph.nodes[at].inputs[0]
    return at


# Networks that count their channels themselves (a 3x3 matrix, recurrent states, a norm over
# channels, words), and so cannot be thinned to a few; tests/planning follows their kinds.
COUNTING = {"convnext_v2_tiny", "crnn", "lstm_language_model", "pointnet"}
# Each map sees one of its two inputs.
APART = {"siamese_omniglot"}
OUTPUTS = [(name, 0) for name in sorted(set(references.REFERENCES) - COUNTING - APART)]
OUTPUTS += [("deeplabv3_resnet50", 1)]


@pytest.mark.parametrize(("name", "output"), OUTPUTS)
def test_pixels_with_a_gradient(name: str, output: int) -> None:
    graph = graph_of(name)
    index = last_map(graph, output)
    size = graph.shape_of(index)[1:]
    units = [
        tuple(0 for _ in size),
        tuple(n - 1 for n in size),
        tuple((n - 1) // 2 for n in size),
        tuple(n // 3 for n in size),
    ]
    for unit, grads in zip(units, gradients(name, output, size, units), strict=True):
        fields = unit_fields(look(graph), index, unit)
        assert len(fields) == len(grads)
        for field, grad in zip(fields, grads, strict=True):
            used = grad > 0
            assert field.used == int(used.sum()), (name, unit)
            ends = tuple((int(axis.min()), int(axis.max())) for axis in used.nonzero(as_tuple=True))
            assert field.real == ends, (name, unit)


def test_gates_are_seen_by_the_gradient_and_can_be_ignored() -> None:
    """Without its gates a unit of EfficientNet-B0 in the corner does not see the far corner."""
    graph = graph_of("efficientnet_b0")
    index = find(graph, "mbconv_4.2")
    (whole,) = unit_fields(look(graph), index, (0, 0))
    (local,) = unit_fields(look(graph, ignore=["se"]), index, (0, 0))
    assert whole.used == 224 * 224
    assert local.used is not None
    assert local.used < 224 * 224
