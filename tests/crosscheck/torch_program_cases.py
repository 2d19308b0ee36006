"""Modules that programs are made of: what each does, what it holds, and its inputs' sizes."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tests.crosscheck.torch_programs import Case, param


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
    "pairs of features, as DLRM has them": (
        lambda m, x: (m.a(x) @ m.a(x).mT)[:, m.rows, m.columns],
        {
            "a": nn.Linear(6, 4), "rows": torch.tril_indices(5, 5, -1)[0],
            "columns": torch.tril_indices(5, 5, -1)[1],
        },
        [(1, 5, 6)],
    ),
    "places on three axes": (
        lambda m, x: x[:, torch.tensor([0, 2]), torch.tensor([4]), torch.tensor([5, -6])],
        {}, [(1, 3, 5, 6)],
    ),
    "a grid of places": (
        lambda m, x: x[:, :, torch.tensor([3, -1])[:, None], torch.tensor([0, 2, -2])[None]],
        {}, [(1, 3, 5, 6)],
    ),
    "a kernel behind a mask, and times a number": (
        lambda m, x: F.conv2d(F.conv2d(x, m.k * m.a.weight, m.a.bias), m.b.weight * 0.1),
        {
            "a": nn.Conv2d(3, 4, 3), "b": nn.Conv2d(4, 5, 1, bias=False),
            "k": torch.ones(3, 3).triu(),
        },
        [(1, 3, 8, 6)],
    ),
    "a matrix masked and as it is": (
        lambda m, x: F.linear(F.linear(x, m.p * m.k), m.p * 2),
        {"p": param(8, 8), "k": torch.ones(8, 8).tril()}, [(1, 5, 8)],
    ),
    "tokens that are learnt, of two tables, before others": (
        lambda m, x: torch.cat([torch.cat([m.p, m.q])[None].expand(x.size(0), -1, -1), x], 1),
        {"p": param(1, 6), "q": param(3, 6)}, [(1, 2, 6)],
    ),
    "a matrix and a shift of two parts each": (
        lambda m, x: F.linear(x, torch.cat([m.p, m.q]), torch.cat([m.r, torch.zeros_like(m.r)])),
        {"p": param(1, 6), "q": param(3, 6), "r": param(2)}, [(1, 2, 6)],
    ),
    "the nearest of a table, by the place of the largest": (
        lambda m, x: F.embedding((x @ m.p.t()).max(-1).indices, m.p),
        {"p": param(5, 6)}, [(1, 4, 6)],
    ),
    "the largest and its place": (
        lambda m, x: torch.cat([x.max(1)[0] + x.max(1)[1], x.min(-1, keepdim=True)[1][..., 0]], 1),
        {}, [(1, 4, 6)],
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
