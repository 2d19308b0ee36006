"""Live modules and `.pt2` files against the modules that they are made of.

By value: `run` with the module's own weights gives what the module gives, which is the test that
nothing was misread. By count: parameters are the module's, and MACs those of PyTorch's counter on
the meta device, to the last digit.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from math import inf
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import convcalc
from convcalc.importers.network import ForeignNetwork

torch = pytest.importorskip("torch", reason="the modules are PyTorch's")

import torch.nn.functional as F  # noqa: E402 - only where torch is installed
from torch import Tensor, nn  # noqa: E402
from torch.utils.flop_counter import FlopCounterMode  # noqa: E402

from tests.crosscheck.reference_networks import REFERENCES  # noqa: E402
from tests.importers.recorded import as_tensor  # noqa: E402

pytestmark = [
    pytest.mark.crosscheck,
    # PyTorch remarks on its own recurrent modules when it exports them.
    pytest.mark.filterwarnings("ignore:The tensor attributes:UserWarning"),
    # Or where none of the arrays in a storage has all of it.
    pytest.mark.filterwarnings("ignore:No complete tensor found:UserWarning"),
    pytest.mark.filterwarnings("ignore:enable_nested_tensor:UserWarning"),
]

CONFIGS = Path(__file__).parents[2] / "examples" / "configs"


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


def looped(cell: Callable[..., Any], x: Tensor, state: Any) -> Tensor:
    """What a cell gives after each step."""
    found = []
    for step in x.unbind(1):
        state = cell(step, state)
        found.append(state if isinstance(state, Tensor) else state[0])
    return torch.stack(found, 1)


def windows(x: Tensor, back: bool = False) -> Tensor:
    if back:
        return x.view(1, 3, 2, 4, 4, 6).permute(0, 1, 3, 2, 4, 5).reshape(1, 12, 8, 6)
    return x.view(1, 3, 4, 2, 4, 6).permute(0, 1, 3, 2, 4, 5).reshape(-1, 16, 6)


def written(x: Tensor) -> Tensor:
    y = x.clone()
    y[:, 1:3] = x[:, :2].sin()
    y[:, :, -1] = x[:, :, 0] * 2
    y[:, 4, 1:] += 1
    return y


def written_through_views(x: Tensor) -> Tensor:
    y = x.clone()
    y.transpose(2, 3)[:, :, 1] = x[:, :, 0]
    y.permute(0, 3, 1, 2)[:, 0] = 0.5
    y.narrow(1, 0, 2).add_(1)
    y.view(1, 12, 4)[:, 3] = x[:, 0, 0]
    z = x.sin()
    z[...] = x.mean(1, keepdim=True)
    return y * z


def filled(x: Tensor) -> Tensor:
    y = torch.zeros_like(x)
    y.fill_(2.0)
    y[:, 1] = x[:, 0]
    z = torch.ones(1, 3, 4, 4, device=x.device)
    z[:, :, 1:3] = x[:, :, :2]
    w = (torch.full((1, 3, 4, 4), 0.5, device=x.device) + x).masked_fill(x > 0, 0.0)
    more = x.new_zeros(1, 3, 4, 4) + x.new_full((1, 3, 4, 4), 1.5) * torch.full_like(x, 2.0)
    gone = x.clone()
    gone.zero_()
    return y * z + w + x + more + gone


def decided(x: Tensor) -> Tensor:
    kept = torch.where((x > 0) & (x < 1), x, -x)
    kept = kept.where(~(x.isnan() | (x == 0)), torch.zeros((), device=x.device))
    every = torch.ones_like(x, dtype=torch.bool)
    bent = torch.where(torch.logical_and(x > 0, every), x, 0.1 * x)
    one = torch.where(x > 0.5, torch.full_like(x, 1.0), x)
    return kept + bent + one + (1.0 - x) + torch.rsub(x, 2.0) + 3 / (x.abs() + 1)


# Masks of three queries and five keys; no query is hidden from all.
TRUTHS = torch.tensor([[1, 0, 0, 1, 0], [0, 1, 0, 0, 0], [1, 1, 0, 1, 1]], dtype=torch.bool)
FLOATS = torch.tensor([[0.5, 0, -1, 2, 0], [0, -inf, 0, 1, 0], [0, 0, 3, 0, -0.5]])


def every_second_of_two(_: nn.Module, x: Tensor) -> Tensor:
    """What is written into every second row of every second column, and lies apart there."""
    y = torch.zeros_like(x)
    y[:, :, ::2, 1::2] = x[:, :, ::2, 1::2] * 2
    z = x.clone()
    z[:, :, 1::3, ::2] = x[:, :, ::3, 1::2]
    return y + z


def of_constants(m: nn.Module, x: Tensor) -> Tensor:
    """What layers do, done to a buffer: worked out before anything runs."""
    p = m.p
    hidden = p.masked_fill(p > 0, -1e9).softmax(-1) + p.log_softmax(0)
    normed = F.layer_norm(p, (6,)) + p / p.norm() + (p - p.mean(1, keepdim=True)) / p.std()
    bent = F.gelu(p) + F.silu(p) + torch.relu(p) + F.leaky_relu(p, 0.2) + F.softplus(p)
    bent = bent + F.gelu(p, approximate="tanh") + torch.sigmoid(p) + torch.erf(p)
    less = 1 - p.var(0, correction=0) + p.square() + torch.expm1(p) + torch.fmod(p, 0.3)
    return x * hidden + x * normed + x * bent + x * less


def laid_out(does: Callable[[], Tensor]) -> nn.Parameter:
    """A parameter of the numbers and the strides that the function gives."""
    return nn.Parameter(does().detach())


CASES: dict[str, Case] = {
    "a kernel of channels last": (
        lambda m, x: m.conv(x),
        {"conv": nn.Conv2d(3, 4, 3).to(memory_format=torch.channels_last)}, [(1, 3, 8, 6)],
    ),
    "arrays that lie otherwise than in a row": (
        lambda m, x: (x @ m.turned + m.row) @ m.every_second,
        {
            "turned": laid_out(lambda: torch.linspace(-1, 1, 30).reshape(5, 6).t()),
            "every_second": laid_out(lambda: torch.linspace(2, -1, 40).reshape(10, 4)[1::2]),
            "row": torch.arange(5.0).expand(3, 5),
        },
        [(1, 2, 3, 6)],
    ),
    "every second pixel": (
        lambda m, x: torch.cat([x[..., ::2, ::2], x[..., 1::2, ::2], x[..., ::2, 1::2]], 1),
        {}, [(1, 3, 8, 6)],
    ),
    "written into every second of two axes": (every_second_of_two, {}, [(1, 3, 6, 8)]),
    "worked out of constants, as layers do": (
        of_constants, {"p": torch.linspace(-2, 2, 24).roll(7).reshape(4, 6)}, [(1, 4, 6)],
    ),
    "a gate over space": (lambda m, x: x * x.mean(1, keepdim=True).sigmoid(), {}, [(1, 8, 6, 5)]),
    "gates over rows and columns": (
        lambda m, x: x * x.mean(2, keepdim=True).sigmoid() + x.mean(3, keepdim=True),
        {}, [(1, 8, 6, 5)],
    ),
    "each spread over the other": (
        lambda m, x: x.mean(2, keepdim=True) + x.mean(3, keepdim=True), {}, [(1, 8, 6, 5)],
    ),
    "a norm in pieces": (
        lambda m, x: (x - x.mean(-1, keepdim=True)) / (x.var(-1, keepdim=True) + 1e-5).sqrt(),
        {}, [(1, 9, 8)],
    ),
    "einsum": (
        lambda m, x: torch.einsum("bhid,bhjd->bihj", *[x.view(1, 6, 4, 2).transpose(1, 2)] * 2),
        {}, [(1, 6, 8)],
    ),
    "einsum with a weight": (
        lambda m, x: torch.einsum("nchw,vw->nchv", x, m.p), {"p": param(7, 5)}, [(1, 3, 4, 5)],
    ),
    "repeats": (
        lambda m, x: x.repeat_interleave(3, 1) + x.repeat(1, 3, 1), {}, [(1, 4, 5)],
    ),
    "class token and positions": (
        lambda m, x: torch.cat([m.c.expand(x.shape[0], -1, -1), x], 1) + m.p,
        {"c": param(1, 1, 8), "p": param(1, 7, 8)}, [(1, 6, 8)],
    ),
    "one module twice": (lambda m, x: m.a(m.a(x)), {"a": nn.Linear(8, 8)}, [(1, 6, 8)]),
    "two biases of one weight": (
        lambda m, x: m.a(x) + F.linear(x, m.a.weight, m.b),
        {"a": nn.Linear(8, 8), "b": param(8)}, [(1, 6, 8)],
    ),
    "a product with a weight": (
        lambda m, x: x @ m.w + m.b, {"w": param(8, 5), "b": param(5)}, [(1, 6, 8)],
    ),
    "lstm": (
        lambda m, x: m.a(x)[0],
        {"a": nn.LSTM(8, 6, 2, batch_first=True, bidirectional=True)}, [(1, 6, 8)],
    ),
    "rnn": (
        lambda m, x: m.a(x)[0],
        {"a": nn.RNN(8, 6, batch_first=True, nonlinearity="relu")}, [(1, 6, 8)],
    ),
    "last states": (
        lambda m, x: m.a(x)[1][0][-1], {"a": nn.LSTM(8, 6, batch_first=True)}, [(1, 6, 8)],
    ),
    "last states of both ways": (
        lambda m, x: m.a(x)[1], {"a": nn.GRU(8, 6, batch_first=True, bidirectional=True)},
        [(1, 6, 8)],
    ),
    "glu and one bound": (lambda m, x: F.glu(x, 1) * x[:, :3].clamp(max=1.0), {}, [(1, 6, 8)]),
    "attention under a mask": (
        lambda m, x: F.scaled_dot_product_attention(x, x, x, attn_mask=m.m),
        {"m": param(1, 5, 5)}, [(1, 3, 5, 4)],
    ),
    "causal attention with a scale": (
        lambda m, x: F.scaled_dot_product_attention(x, x, x, is_causal=True, scale=0.3),
        {}, [(1, 3, 5, 4)],
    ),
    **{
        f"attention in pieces, {said}": (
            lambda m, q, k, v, does=does: does(m, q @ k.mT * 0.5).softmax(-1) @ v,
            {"t": TRUTHS, "f": FLOATS, "b": param(2, 3, 5)}
            if said == "learnt numbers added"
            else {"t": TRUTHS, "f": FLOATS},
            [(1, 2, 3, 4), (1, 2, 5, 4), (1, 2, 5, 6)],
        )
        for said, does in {
            "kept": lambda m, s: torch.where(m.t, s, -inf),
            "hidden": lambda m, s: s.masked_fill(m.t, -1e9),
            "hidden by little": lambda m, s: s.masked_fill(m.t, -1.0),
            "numbers added": lambda m, s: s + m.f,
            "learnt numbers added": lambda m, s: s + m.b,
            "in another shape": lambda m, s: (s.view(2, 3, 5) + m.f).view(1, 2, 3, 5),
            "hidden, and numbers added": lambda m, s: s.masked_fill(m.t, -inf) + m.f,
        }.items()
    },
    "the last states of both ways": (
        lambda m, x: m.a(x)[1].transpose(0, 1).flatten(1),
        {"a": nn.GRU(4, 3, bidirectional=True, batch_first=True)}, [(1, 5, 4)],
    ),
    "a sample without its batch": (
        lambda m, x: F.avg_pool2d(F.max_pool2d(m.b(m.a(x[0]).relu()), 2), (1, 2))[None],
        {"a": nn.Conv2d(3, 4, 3, padding=1), "b": nn.ConvTranspose2d(4, 2, 2, 2)}, [(1, 3, 6, 4)],
    ),
    "written through views": (lambda m, x: written_through_views(x), {}, [(1, 3, 4, 4)]),
    "filled": (lambda m, x: filled(x), {}, [(1, 3, 4, 4)]),
    "decided": (lambda m, x: decided(x), {}, [(1, 3, 4, 4)]),
    "roll of channels and rows": (lambda m, x: x.roll((1, -2), (1, 2)), {}, [(1, 6, 5, 4)]),
    "padding of channels-last": (lambda m, x: F.pad(x, (0, 0, 0, 3, 0, 2)), {}, [(1, 6, 5, 4)]),
    "reflected, then cut": (
        lambda m, x: F.pad(F.pad(x, (1, 2, 0, 1), mode="reflect"), (-1, 2, 0, 0), value=0.5),
        {}, [(1, 6, 5, 4)],
    ),
    "windows and back": (
        lambda m, x: windows(m.a(windows(x)), back=True), {"a": nn.Linear(6, 6)}, [(1, 12, 8, 6)],
    ),
    "channel shuffle": (
        lambda m, x: x.view(1, 2, 4, 6, 5).transpose(1, 2).reshape(1, 8, 6, 5), {}, [(1, 8, 6, 5)],
    ),
    "resampling": (
        lambda m, x: F.interpolate(x, scale_factor=2, mode="bilinear") + F.interpolate(x, (12, 10)),
        {}, [(1, 3, 6, 5)],
    ),
    "pixel shuffle": (lambda m, x: F.pixel_shuffle(x, 2), {}, [(1, 8, 6, 5)]),
    "norms": (
        lambda m, x: m.d(m.c(m.b(m.a(x)))),
        {
            "a": nn.BatchNorm2d(6), "b": nn.GroupNorm(2, 6),
            "c": nn.InstanceNorm2d(6, affine=True), "d": nn.LayerNorm((6, 4, 4)),
        },
        [(1, 6, 4, 4)],
    ),
    "transposed, grouped": (
        lambda m, x: m.a(x), {"a": nn.ConvTranspose2d(6, 4, 3, 2, 1, 1, groups=2)}, [(1, 6, 4, 4)],
    ),
    "steps by a cell": (
        lambda m, x, h: looped(m.a, x, h), {"a": nn.GRUCell(4, 6)}, [(1, 3, 4), (1, 6)],
    ),
    "steps by a cell without numbers added": (
        lambda m, x, h: looped(m.a, x, h), {"a": nn.RNNCell(4, 6, bias=False)}, [(1, 3, 4), (1, 6)],
    ),
    "steps by a cell with a memory": (
        lambda m, x: looped(m.a, x, None), {"a": nn.LSTMCell(4, 6)}, [(1, 3, 4)],
    ),
    "how alike two are, and how far apart": (
        lambda m, x, y: torch.cat(
            [F.cosine_similarity(m.a(x), m.a(y), -1), F.pairwise_distance(m.a(x), m.a(y))], -1
        ),
        {"a": nn.Linear(8, 5)}, [(1, 6, 8), (1, 6, 8)],
    ),
    "a memory by its likeness": (
        lambda m, x, y: (F.cosine_similarity(y, m.a(x)[:, None], dim=-1) * 2).softmax(-1),
        {"a": nn.Linear(8, 5)}, [(1, 8), (1, 7, 5)],
    ),
    "patches of a series": (
        lambda m, x: m.a(x.transpose(1, 2).unfold(-1, 8, 4)), {"a": nn.Linear(8, 5)}, [(1, 24, 3)],
    ),
    "patches of a picture": (
        lambda m, x: m.a(x.unfold(2, 4, 4).unfold(3, 4, 4).permute(0, 2, 3, 1, 4, 5).flatten(3)),
        {"a": nn.Linear(48, 5)}, [(1, 3, 8, 12)],
    ),
    "windows of a picture, over each other": (
        lambda m, x: (m.a(x).unfold(3, 3, 2) * m.w).sum(-1),
        {"a": nn.Conv2d(3, 4, 1), "w": param(3)}, [(1, 3, 6, 9)],
    ),
    "sources in the batch, made longer": (
        lambda m, x: m.a(x.flatten(0, 1)).unflatten(0, (1, 3)),
        {"a": nn.ConvTranspose1d(4, 2, 5, 3, 1, 1)}, [(1, 3, 4, 9)],
    ),
    "last states of a stack": (
        lambda m, x: m.a(x)[1], {"a": nn.GRU(4, 6, 2, bidirectional=True)}, [(5, 1, 4)],
    ),
    "frames in the batch": (
        lambda m, x: m.a(x.flatten(0, 1)).unflatten(0, (1, 2)),
        {"a": nn.Conv2d(6, 4, 3, padding=1)}, [(1, 2, 6, 4, 4)],
    ),
    "in place": (lambda m, x: x.add(1).mul_(2).relu_(), {}, [(1, 6, 4)]),
    "scale and shift of channels": (
        lambda m, x: m.p(x * m.g + m.b),
        {"g": param(6, 1, 1), "b": param(6, 1, 1), "p": nn.PReLU(6)}, [(1, 6, 4, 4)],
    ),
    "unfold": (lambda m, x: F.unfold(x, 3, padding=1), {}, [(1, 2, 4, 5)]),
    "fold": (
        lambda m, x: F.fold(F.unfold(x, 3, stride=2), (7, 5), 3, stride=2), {}, [(1, 2, 7, 5)],
    ),
    "whole numbers of reals": (
        lambda m, x: x.long().float() * 2 + x.int() + x.floor() * x.ceil() - x.round() + x.sign()
        + torch.div(x, 0.3, rounding_mode="floor") + (3 * x).long() // 2 + x.trunc()
        + torch.div(x, x + 9, rounding_mode="trunc") + (x > 0).int(), {}, [(1, 2, 4, 5)],
    ),
    "sines": (lambda m, x: x.sin() + x.cos(), {}, [(1, 2, 4, 5)]),
    "flip of channels and columns": (lambda m, x: x.flip((1, 3)), {}, [(1, 6, 5, 4)]),
    "powers": (lambda m, x: (x**2).mean(1).sqrt().cumsum(1), {}, [(1, 2, 4, 5)]),
    "functions": (
        lambda m, x: F.hardswish(x) + F.hardsigmoid(x) + F.leaky_relu(x, 0.3) + F.elu(x)
        + F.gelu(x, approximate="tanh") + F.softplus(x) + F.mish(x) + F.logsigmoid(x),
        {}, [(1, 2, 4, 5)],
    ),
    "products of unequal batches": (
        lambda m, x: x @ x[:, :1].transpose(-1, -2), {}, [(1, 3, 2, 5, 4)],
    ),
    "sums of products": (
        lambda m, x, y, z: torch.baddbmm(z, x, y, beta=0.5, alpha=2)
        + torch.addmm(m.b, x[:, 0], m.w)[:, None],
        {"w": param(4, 6), "b": param(6)}, [(1, 5, 4), (1, 4, 6), (1, 5, 6)],
    ),
    "sums with factors": (
        lambda m, x: torch.addcmul(torch.sub(x, x.sin(), alpha=2), x.cos(), x, value=0.5)
        + torch.rsub(x, 3.0) - torch.add(x.tanh(), 2.0, alpha=3),
        {}, [(1, 3, 4, 5)],
    ),
    "choices by constants": (
        lambda m, x: torch.where(m.mask, x, x.sin()) + x.masked_fill(m.mask, -2.0)
        + torch.maximum(x, x.cos()) * torch.minimum(x, x.abs()),
        {"mask": nn.Buffer(torch.arange(20).reshape(4, 5) % 3 == 0)}, [(1, 3, 4, 5)],
    ),
    "axes named by others": (
        lambda m, x: (x.movedim(1, 3).unsqueeze(2).squeeze(2).flatten(2)
        + torch.stack([x, x.sin()], 2).sum(2).permute(0, 2, 3, 1).reshape(1, 4, 15)
        + x.mean(1, keepdim=True).expand_as(x).movedim((1, 2), (3, 1)).reshape(1, 4, 15)),
        {}, [(1, 3, 4, 5)],
    ),
    "places written": (
        lambda m, x: written(x), {}, [(1, 6, 4, 5)],
    ),
    "windows of every sort": (
        lambda m, x: F.max_pool2d(m.same(x), 3, 1, 1, dilation=1)
        + F.avg_pool2d(F.pad(x, (1, 1, 1, 1)), 3, 1, divisor_override=5)
        + F.interpolate(F.adaptive_avg_pool2d(x, (2, 3)), (8, 9))
        + F.adaptive_max_pool2d(x, 1) + F.max_pool2d(F.pad(x, (2, 2, 2, 2)), 3, 1, dilation=2),
        {"same": nn.Conv2d(4, 4, (3, 2), padding="same", dilation=(1, 2))}, [(1, 4, 8, 9)],
    ),
    "a volume and a line": (
        lambda m, x: F.max_pool3d(m.a(x), (1, 2, 2), (1, 2, 1)).flatten(2)
        + F.avg_pool1d(m.b(x.flatten(2)), 2, 2, ceil_mode=True)[..., :12],
        {"a": nn.Conv3d(2, 3, (1, 3, 3), padding=(0, 1, 0)),
         "b": nn.ConvTranspose1d(2, 3, 5, dilation=2, bias=False)}, [(1, 2, 3, 4, 5)],
    ),
    "parts of what is learnt": (
        lambda m, x: (x + m.a[:, :6]) * m.b[2:10] + m.c.exp() * m.c[:, :1] - m.c[:, 3:4],
        {"a": nn.Parameter(torch.randn(1, 10, 8)), "b": nn.Parameter(torch.randn(12)),
         "c": nn.Parameter(torch.randn(6, 8))}, [(1, 6, 8)],
    ),
    "one array added and divided by": (
        lambda m, x: (x + m.a) / (m.a + 3) + x / m.b + m.b * x,
        {"a": nn.Parameter(torch.rand(8)), "b": nn.Parameter(torch.rand(6, 8) + 1)}, [(1, 6, 8)],
    ),
    "a matrix there and back": (
        lambda m, x: F.linear(F.relu(F.linear(x, m.a, m.b)), m.a.t(), m.c),
        {"a": nn.Parameter(torch.randn(5, 8)), "b": nn.Parameter(torch.randn(5)),
         "c": nn.Parameter(torch.randn(8))}, [(1, 6, 8)],
    ),
    "parts of a weight that are weights": (
        lambda m, x: F.linear(F.linear(x, m.a[:4]).relu() @ m.a[:4], m.a[2:]) + (x @ m.a)[..., :6],
        {"a": nn.Parameter(torch.randn(8, 8))}, [(1, 6, 8)],
    ),
    "a matrix and itself turned": (
        lambda m, x: F.linear(x, m.a + m.a.t()) + m.b.repeat(3, 1),
        {"a": nn.Parameter(torch.randn(8, 8)), "b": nn.Parameter(torch.randn(2, 8))}, [(1, 6, 8)],
    ),
    "a matrix from both sides": (
        lambda m, x: torch.relu(x @ m.a) @ m.a.t(), {"a": nn.Parameter(torch.randn(8, 8))},
        [(1, 6, 8)],
    ),
    "a weight as it is and scaled": (
        lambda m, x: F.linear(x, m.a.weight * m.b, m.a.bias) + m.a(x),
        {"a": nn.Linear(8, 8), "b": nn.Parameter(torch.tensor(2.0))}, [(1, 6, 8)],
    ),
    "queries to a memory": (
        lambda m, x, y: m.a(x, y, y)[0],
        {"a": nn.MultiheadAttention(8, 2, batch_first=True)}, [(1, 6, 8), (1, 4, 8)],
    ),
    "encoder": (
        lambda m, x: m.a(x),
        {"a": nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)}, [(1, 6, 8)],
    ),
    "decoder": (
        lambda m, x, y: m.a(x, y),
        {"a": nn.TransformerDecoderLayer(8, 2, 16, batch_first=True)}, [(1, 6, 8), (1, 5, 8)],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_module_runs_as_in_torch(name: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    does, held, sizes = CASES[name]
    module = Does(does, **held).eval()
    inputs = tuple(torch.randn(*one) for one in sizes)
    with torch.no_grad():
        wanted = module(*inputs).numpy()
    network = convcalc.from_torch(module, *inputs)
    torch.export.save(torch.export.export(module, inputs), tmp_path / "m.pt2")
    for one in (network, convcalc.load(tmp_path / "m.pt2")):
        assert "opaque" not in {row.kind for row in convcalc.plan(one)}
        (found,) = values(one, inputs)
        np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)
    totals = convcalc.plan(network).totals
    assert totals.params == sum(x.numel() for x in module.parameters())
    assert totals.macs == counted(module, inputs)


NORMED: dict[str, tuple[nn.Module, int, tuple[int, ...]]] = {
    "of filters": (nn.Conv1d(3, 4, 5, padding=2), 0, (1, 3, 12)),
    "of filters, transposed": (nn.ConvTranspose1d(3, 4, 4, 2), 0, (1, 3, 12)),
    "of taps": (nn.Conv1d(4, 4, 5, groups=2), 2, (1, 4, 12)),
    "of a dense layer": (nn.Linear(6, 4), 0, (1, 3, 6)),
}


@pytest.mark.parametrize("name", NORMED)
def test_weight_norm_runs_as_in_torch(name: str) -> None:
    torch.manual_seed(0)
    module, dim, size = NORMED[name]
    inputs = (torch.randn(*size),)
    normed = nn.utils.parametrizations.weight_norm(copy.deepcopy(module), dim=dim).eval()
    with torch.no_grad():
        normed.parametrizations.weight.original0.mul_(1.7)
        wanted = normed(*inputs).numpy()
    network = convcalc.from_torch(normed, *inputs)
    (found,) = values(network, inputs)
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)
    totals = convcalc.plan(network).totals
    assert totals.params == sum(x.numel() for x in normed.parameters())
    assert totals.macs == counted(copy.deepcopy(module), inputs)


def test_bilinear_runs_as_in_torch() -> None:
    torch.manual_seed(0)
    module, inputs = nn.Bilinear(6, 5, 4).eval(), (torch.randn(1, 3, 6), torch.randn(1, 3, 5))
    (found,) = values(convcalc.from_torch(module, *inputs), inputs)
    with torch.no_grad():
        np.testing.assert_allclose(found, module(*inputs).numpy(), rtol=1e-4, atol=1e-5)


SEQUENCES: dict[str, tuple[Callable[[], Any], list[tuple[int, ...]]]] = {
    "lstm": (lambda: Does(lambda m, x: m.a(x)[0], a=nn.LSTM(8, 6)), [(5, 2, 8)]),
    "lstm of one sample": (lambda: Does(lambda m, x: m.a(x)[0], a=nn.LSTM(8, 6)), [(5, 1, 8)]),
    "gru": (lambda: Does(lambda m, x: m.a(x)[0], a=nn.GRU(8, 6, 2)), [(5, 3, 8)]),
    "encoder": (lambda: nn.TransformerEncoderLayer(8, 2, 16), [(5, 2, 8)]),
    "encoder of one sample": (lambda: nn.TransformerEncoderLayer(8, 2, 16), [(5, 1, 8)]),
    "transformer": (lambda: nn.Transformer(8, 2, 1, 1, 16), [(5, 2, 8), (4, 2, 8)]),
}


@pytest.mark.parametrize("name", SEQUENCES)
def test_sequences_before_the_batch_run_as_in_torch(name: str, tmp_path: Path) -> None:
    """`(L, N, C)`: steps first, then samples, as PyTorch has it without `batch_first`."""
    torch.manual_seed(0)
    make, sizes = SEQUENCES[name]
    module = make().eval()
    inputs = tuple(torch.randn(*one) for one in sizes)
    with torch.no_grad():
        wanted = module(*inputs).numpy()
    torch.export.save(torch.export.export(module, inputs), tmp_path / "m.pt2")
    for network in (convcalc.from_torch(module, *inputs), convcalc.load(tmp_path / "m.pt2")):
        assert isinstance(network, ForeignNetwork)
        assert [one.batch for one in network.input_axes] == [1] * len(sizes)
        (found,) = values(network, inputs)
        np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)
        one_sample = tuple(one[:, :1] for one in inputs)
        assert convcalc.plan(network).totals.macs == counted(make().eval(), one_sample)


# Inputs without a batch: what a network does to them, how, and their sizes.
WHOLE: dict[str, Case] = {
    "a graph by its matrix": (
        lambda m, x, a: a @ m.b(a @ m.a(x).relu()), {"a": nn.Linear(6, 8), "b": nn.Linear(8, 3)},
        [(7, 6), (7, 7)],
    ),
    "attention in products": (
        lambda m, x: (m.a(x) @ m.b(x).t() / 2).softmax(-1) @ m.c(x),
        {"a": nn.Linear(6, 4), "b": nn.Linear(6, 4), "c": nn.Linear(6, 4)}, [(7, 6)],
    ),
    "nodes of unequal numbers": (
        lambda m, x, e: torch.cat([m.a(x).mean(0), m.b(e).mean(0)]),
        {"a": nn.Linear(6, 4), "b": nn.Linear(3, 4)}, [(7, 6), (9, 3)],
    ),
    "each with each": (lambda m, x: x @ x.t(), {}, [(7, 6)]),
    "each with each, behind a layer": (
        lambda m, x: F.normalize(m.a(x)) @ m.a(x).t(), {"a": nn.Linear(6, 4)}, [(7, 6)]
    ),
    "a picture": (lambda m, x: m.a(x).relu(), {"a": nn.Conv2d(3, 4, 3)}, [(3, 8, 8)]),
    "a sequence": (lambda m, x: m.a(x)[0], {"a": nn.GRU(5, 4, batch_first=True)}, [(9, 5)]),
}  # fmt: skip


@pytest.mark.parametrize("name", WHOLE)
def test_inputs_without_a_batch_run_as_in_torch(name: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    does, own, sizes = WHOLE[name]
    module, inputs = Does(does, **own).eval(), tuple(torch.randn(*one) for one in sizes)
    with torch.no_grad():
        wanted = module(*inputs).numpy()
    torch.export.save(torch.export.export(module, inputs), tmp_path / "m.pt2")
    for network in (convcalc.from_torch(module, *inputs), convcalc.load(tmp_path / "m.pt2")):
        assert isinstance(network, ForeignNetwork)
        assert [one.batch for one in network.input_axes] == [None] * len(sizes)
        assert "no axis of the inputs is their batch: all of each is one sample" in network.notes
        given = {
            one.name: x.numpy().transpose(one.order)[None]
            for one, x in zip(network.input_axes, inputs, strict=True)
        }
        found = as_tensor(network, next(iter(network.output_views)), convcalc.run(network, given))
        np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)
        if name != "a sequence":
            assert convcalc.plan(network).totals.macs == counted(copy.deepcopy(module), inputs)


# Inputs of 3x3 and 3 numbers: what is made of them, and the second of one sample.
NUMBERS: dict[str, tuple[Callable[..., Tensor], tuple[int, ...]]] = {
    "of each feature": (lambda m, x, w: m.a(x * w), (3,)),
    "of each feature, as shares": (lambda m, x, w: m.a(x) * (m.a(x * w.softmax(0))), (3,)),
    "of each feature, chosen by": (lambda m, x, w: torch.where(w > 0, m.a(x)[:, :3], x), (3,)),
    "of each sample": (lambda m, x, w: m.a(x * w[:, None]), (1,)),
    "of each sample, behind a layer": (lambda m, x, w: m.a(x) * (1 + w).view(-1, 1), (1,)),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_as_many_numbers_as_samples_are_of_what_they_meet(name: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    does, own = NUMBERS[name]
    module, inputs = Does(does, a=nn.Linear(3, 4)).eval(), (torch.randn(3, 3), torch.randn(3))
    with torch.no_grad():
        wanted = module(*inputs).numpy()
    torch.export.save(torch.export.export(module, inputs), tmp_path / "m.pt2")
    for network in (convcalc.from_torch(module, *inputs), convcalc.load(tmp_path / "m.pt2")):
        assert [*network.inputs.values()] == [(3,), own]
        x, w = (one.numpy() for one in inputs)
        given = [x, w[:, None] if own == (1,) else np.stack([w] * 3)]
        run = convcalc.run(network, dict(zip(network.inputs, given, strict=True)))
        found = run[convcalc.plan(network)[-1].name]
        np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)


def test_what_pytorch_says_of_all_inputs_is_raised() -> None:
    """Not what it says of the first row of each, which nobody gave."""
    module = Does(lambda m, x, a: a @ m.a(x), a=nn.Linear(6, 8))
    with pytest.raises(RuntimeError, match=r"\[7, 9\] X \[7, 8\]"):
        convcalc.from_torch(module, torch.zeros(7, 6), torch.zeros(7, 9))


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64])
def test_modules_of_other_precisions_run_as_in_torch(dtype: Any, tmp_path: Path) -> None:
    """The numbers are those of the weights; what is calculated is not rounded in between."""
    torch.manual_seed(0)
    module = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(144, 3))
    module, x = module.to(dtype).eval(), torch.randn(1, 3, 8, 8).to(dtype)
    with torch.no_grad():
        wanted = copy.deepcopy(module).double()(x.double()).numpy()
    torch.export.save(torch.export.export(module, (x,)), tmp_path / "m.pt2")
    for network in (convcalc.from_torch(module, x), convcalc.load(tmp_path / "m.pt2")):
        (found,) = values(network, (x.float(),))
        np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)


def timed(m: Does, x: Tensor, t: Tensor) -> Tensor:
    """Maps with time steps as waves, a number for each sample, as diffusion has them."""
    angles = t[:, None].float() * m.waves[None]
    steps = m.l(torch.cat([angles.sin(), angles.cos()], -1))
    return (m.c(x) + steps[:, :, None, None]).relu()


def told(m: Does, x: Tensor, t: Tensor) -> Tensor:
    """Maps with a class for each sample."""
    return m.c(x) + m.table(t)[:, :, None, None]


@pytest.mark.parametrize("does", [timed, told])
@pytest.mark.parametrize("samples", [1, 2, 3])
def test_a_number_for_each_sample_is_one_of_each(
    does: Callable[..., Tensor], samples: int, tmp_path: Path
) -> None:
    torch.manual_seed(0)
    own = {"l": nn.Linear(4, 8)} if does is timed else {"table": nn.Embedding(10, 8)}
    module = Does(does, c=nn.Conv2d(3, 8, 3, padding=1), waves=torch.tensor([1.0, 0.1]), **own)
    inputs = (torch.randn(samples, 3, 6, 6), torch.arange(samples) + 4)
    with torch.no_grad():
        wanted = module.eval()(*inputs).numpy()
    torch.export.save(torch.export.export(module, inputs), tmp_path / "m.pt2")
    for network in (convcalc.from_torch(module, *inputs), convcalc.load(tmp_path / "m.pt2")):
        given = dict(
            zip(network.inputs, (inputs[0].numpy(), inputs[1][:, None].numpy()), strict=True)
        )
        (found,) = convcalc.run(network, given).values()
        np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)
        one_sample = tuple(one[:1] for one in inputs)
        assert convcalc.plan(network).totals.macs == counted(copy.deepcopy(module), one_sample)


def test_several_samples_run_as_in_torch() -> None:
    torch.manual_seed(0)
    module = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(288, 4)).eval()
    x = torch.randn(3, 3, 8, 8)
    with torch.no_grad():
        wanted = module(x).numpy()
    (found,) = values(convcalc.from_torch(module, x), (x,))
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)


# Views of a map of 8 x 4 x 4 with a batch that the program has as a number.
VIEWS: dict[str, Callable[[Any, Tensor], Tensor]] = {
    "tokens": lambda net, x: (
        net.dense(x.view(len(x), 8, -1).transpose(1, 2)).transpose(1, 2).reshape(len(x), 8, 4, -1)
    ),
    "samples behind channels": lambda net, x: (
        x.transpose(0, 1).reshape(8, -1).view(8, len(x), 4, 4).transpose(0, 1)
    ),
    "samples and tokens": lambda net, x: (
        x.flatten(2).transpose(1, 2).reshape(-1, 8).view(len(x), -1, 8).transpose(1, 2)
    ),
    "samples and channels": lambda net, x: x.reshape(len(x) * 8, -1).reshape(len(x), 8, 4, -1),
    "shuffled": lambda net, x: (
        x.view(len(x), 2, -1, 4, 4).transpose(1, 2).reshape(len(x), -1, 4, 4)
    ),
    "split": lambda net, x: x.unflatten(1, (2, -1)).flatten(1, 2),
}


@pytest.mark.parametrize("name", VIEWS)
@pytest.mark.parametrize("samples", [2, 3, 4, 8])
def test_an_open_size_beside_several_samples_is_that_of_torch(
    name: str, samples: int, tmp_path: Path
) -> None:
    torch.manual_seed(0)
    module = Does(VIEWS[name], dense=nn.Linear(8, 8))
    x = torch.randn(samples, 8, 4, 4)
    torch.export.save(torch.export.export(module, (x,)), tmp_path / "m.pt2")
    (found,) = values(convcalc.load(tmp_path / "m.pt2"), (x,))
    np.testing.assert_allclose(found, module(x).detach(), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("samples", [1, 2, 3, 5])
def test_samples_behind_positions_are_found_where_they_divide_them(
    samples: int, tmp_path: Path
) -> None:
    """`nn.MultiheadAttention` joins positions and samples as rows, positions first."""
    torch.manual_seed(0)
    module = nn.TransformerEncoderLayer(16, 4, 32, batch_first=True).eval()
    x = torch.randn(samples, 30, 16)
    torch.export.save(torch.export.export(module, (x,)), tmp_path / "m.pt2")
    network = convcalc.load(tmp_path / "m.pt2")
    assert convcalc.plan(network).rows[-1].output == (16, 30)
    (found,) = values(network, (x,))
    np.testing.assert_allclose(found, module(x).detach(), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", sorted(REFERENCES))
def test_a_network_has_its_parameters_macs_and_output(name: str) -> None:
    example = convcalc.plan(convcalc.load(CONFIGS / f"{name}.net.yaml"))
    with torch.device("meta"):
        module = REFERENCES[name]().eval()
        inputs = tuple(torch.zeros(1, *shape) for shape in example.inputs.values())
    plan = convcalc.plan(convcalc.from_torch(module, *inputs))
    assert plan.totals.complete
    assert plan.totals.params == sum(x.numel() for x in module.parameters())
    assert plan.totals.macs == counted(module, inputs) == example.totals.macs


@pytest.mark.parametrize("name", ["lenet5", "squeezenet1_1", "tcn_mnist", "id_cnn", "textcnn"])
def test_a_network_runs_as_in_torch(name: str) -> None:
    torch.manual_seed(0)
    example = convcalc.plan(convcalc.load(CONFIGS / f"{name}.net.yaml"))
    module = REFERENCES[name]().eval()
    inputs = tuple(torch.randn(1, *shape) for shape in example.inputs.values())
    with torch.no_grad():
        wanted = module(*inputs).numpy()
    (found,) = values(convcalc.from_torch(module, *inputs), inputs)
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-4 * np.abs(wanted).max())


ALONG_SAMPLES: dict[str, Callable[[Tensor], Tensor]] = {
    "shares": lambda x: x.softmax(0),
    "sums": lambda x: x.cumsum(0),
    "a turn": lambda x: x.flip(0),
    "everything": lambda x: x / x.norm(),
}


@pytest.mark.parametrize("name", ALONG_SAMPLES)
def test_what_works_along_samples_of_a_live_module_is_opaque(name: str) -> None:
    module = Does(lambda net, x: ALONG_SAMPLES[name](net.conv(x)), conv=nn.Conv2d(4, 4, 1))
    kinds = {
        row.kind for row in convcalc.plan(convcalc.from_torch(module, torch.zeros(2, 4, 6, 8)))
    }
    assert {"conv", "opaque"} <= kinds


FILLED: dict[str, tuple[Callable[[Tensor], Tensor], str, int]] = {
    # Each of 3 maps of 4 places sums 3 maps; 5 features of 4 at 3 places.
    "conv": (lambda x: F.conv1d(x, torch.ones(3, 3, 1)), "conv", 36),
    "depthwise": (lambda x: F.conv1d(x, torch.full((3, 1, 2), 0.5), groups=3), "conv", 18),
    "transposed": (lambda x: F.conv_transpose1d(x, torch.ones(3, 2, 1)), "conv_transpose", 24),
    "dense": (lambda x: F.linear(x, torch.ones(5, 4), torch.zeros(5)), "linear", 60),
    "norm": (lambda x: F.layer_norm(x, (4,), torch.ones(4), torch.zeros(4)), "layer_norm", 0),
}


@pytest.mark.parametrize("name", FILLED)
def test_weights_of_one_number_are_a_layer_that_learns_nothing(name: str) -> None:
    torch.manual_seed(0)
    function, kind, macs = FILLED[name]
    module, x = Does(lambda net, x: function(x)), torch.randn(1, 3, 4)
    network = convcalc.from_torch(module, x)
    plan = convcalc.plan(network)
    assert ([row.kind for row in plan], plan.totals.macs) == ([kind], macs)
    assert any("not learnt: " in note for note in plan.notes)
    (found,) = values(network, (x,))
    np.testing.assert_allclose(found, function(x), rtol=1e-5, atol=1e-6)


ROUNDS: dict[str, Callable[[Tensor], Tensor]] = {
    "parted again": lambda x: torch.cat([x, 2 * x]).relu().chunk(2)[1],
    "summed in pairs": lambda x: torch.cat([x, 2 * x]).view(2, -1, *x.shape[1:]).sum(0),
    "stacked": lambda x: torch.stack([x, x * x]).transpose(0, 1).sum(1),
}


@pytest.mark.parametrize("name", ROUNDS)
def test_samples_one_behind_the_other_are_read_apart(name: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    module = Does(lambda net, x: ROUNDS[name](net.conv(x)), conv=nn.Conv2d(4, 4, 1)).eval()
    x = torch.randn(3, 4, 6, 8)
    torch.export.save(torch.export.export(module, (x,)), tmp_path / "m.pt2")
    network = convcalc.load(tmp_path / "m.pt2")
    assert "opaque" not in {row.kind for row in convcalc.plan(network)}
    (found,) = values(network, (x,))
    np.testing.assert_allclose(found, module(x).detach(), rtol=1e-4, atol=1e-5)


def test_a_mean_of_the_samples_is_refused_with_what_to_give() -> None:
    module = Does(lambda net, x: x - x.mean(0))
    with pytest.raises(
        convcalc.StackError, match=r"give one sample of each input, as in `x\[:1\]`"
    ):
        convcalc.from_torch(module, torch.zeros(2, 4, 6, 8))
