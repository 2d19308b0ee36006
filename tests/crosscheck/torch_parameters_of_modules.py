"""Small modules that are called twice, share arrays, work them out, or hold what is not used."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils import parametrizations, parametrize, prune

from tests.crosscheck.torch_uses import (
    MAP,
    ROWS,
    B,
    C,
    L,
    Made,
    P,
    Uses,
    maps,
    p,
    rows,
    tied,
    vector,
    words,
)

# Modules that are there several times, and layers that share an array.
SHARED: dict[str, Callable[[], Made]] = {
    "a layer called twice": rows(lambda m, x: m.l(m.l(x).relu()), l=L()),
    "a layer called five times": rows(
        lambda m, x: m.l(m.l(m.l(m.l(m.l(x).relu()).relu()).relu()).relu()), l=L()
    ),
    "one layer, two names": rows(lambda m, x: m.b(m.a(x).relu()), **{"a": L(), "b": L()}),
    "one layer twice in a row": lambda: (
        nn.Sequential(one := nn.Linear(6, 6), nn.ReLU(), one),
        (torch.randn(ROWS),),
    ),
    "one block twice in a list": lambda: (
        nn.Sequential(*[nn.Sequential(nn.Linear(6, 6), nn.LayerNorm(6), nn.GELU())] * 3),
        (torch.randn(ROWS),),
    ),
    "a tower on two inputs": lambda: (
        Uses(
            lambda m, x, y: m.t(x) - m.t(y),
            t=nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU()),
        ),
        (torch.randn(MAP), torch.randn(MAP)),
    ),
    "tied weights, biases of their own": rows(
        lambda m, x: m.t[1](m.t[0](x).relu()), t=lambda: tied(nn.Linear(6, 6), nn.Linear(6, 6))
    ),
    "tied weights, one bias": rows(
        lambda m, x: m.t[1](m.t[0](x).relu()),
        t=lambda: tied(nn.Linear(6, 6), nn.Linear(6, 6, bias=False)),
    ),
    "tied weights, the second one's bias": rows(
        lambda m, x: m.t[1](m.t[0](x).relu()),
        t=lambda: tied(nn.Linear(6, 6, bias=False), nn.Linear(6, 6)),
    ),
    "tied biases": rows(
        lambda m, x: m.t[1](m.t[0](x).relu()),
        t=lambda: tied(nn.Linear(6, 6), nn.Linear(6, 6), "bias"),
    ),
    "tied kernels, biases of their own": maps(
        lambda m, x: m.t[1](m.t[0](x).relu()),
        t=lambda: tied(nn.Conv2d(3, 3, 3, padding=1), nn.Conv2d(3, 3, 3, padding=1)),
    ),
    "tied kernels, one bias": maps(
        lambda m, x: m.t[1](m.t[0](x).relu()),
        t=lambda: tied(nn.Conv2d(3, 3, 3, padding=1), nn.Conv2d(3, 3, 3, padding=1, bias=False)),
    ),
    "tied kernels of two strides": maps(
        lambda m, x: m.t[1](m.t[0](x).relu()),
        t=lambda: tied(nn.Conv2d(3, 3, 3, padding=1), nn.Conv2d(3, 3, 3, stride=2)),
    ),
    "tied norms": rows(
        lambda m, x: m.t[1](m.t[0](x).relu()),
        t=lambda: tied(nn.LayerNorm(6), nn.LayerNorm(6)),
    ),
    "tied batch norms": maps(
        lambda m, x: m.t[1](m.t[0](x).relu()),
        t=lambda: tied(nn.BatchNorm2d(3), nn.BatchNorm2d(3)),
    ),
    "an autoencoder's matrix": rows(
        lambda m, x: F.linear(m.l(x).relu(), m.l.weight.t()), l=L(6, 3)
    ),
    "an autoencoder's matrix, two biases": rows(
        lambda m, x: F.linear(m.l(x).relu(), m.l.weight.t(), m.b), l=L(6, 3), b=P(6)
    ),
    "an autoencoder's kernel": maps(
        lambda m, x: F.conv_transpose2d(m.c(x).relu(), m.c.weight, padding=1), c=C(3, 5)
    ),
    "an autoencoder's kernel, two biases": maps(
        lambda m, x: F.conv_transpose2d(m.c(x).relu(), m.c.weight, m.b, padding=1),
        c=C(3, 5),
        b=P(3),
    ),
    "words tied to scores": words(
        lambda m, i: m.t[1](m.t[0](i)),
        t=lambda: tied(nn.Embedding(9, 6), nn.Linear(6, 9, bias=False)),
    ),
    "words tied to scores with a bias": words(
        lambda m, i: m.t[1](m.t[0](i)), t=lambda: tied(nn.Embedding(9, 6), nn.Linear(6, 9))
    ),
    "words tied to scores, scaled": words(
        lambda m, i: m.t[1](m.t[0](i) * 6**0.5),
        t=lambda: tied(nn.Embedding(9, 6), nn.Linear(6, 9, bias=False)),
    ),
    "words tied, and a row of them": words(
        lambda m, i: m.t[1](m.t[0](i)) + m.t[0].weight[3:7].sum(1, keepdim=True),
        t=lambda: tied(nn.Embedding(9, 6), nn.Linear(6, 9, bias=False)),
    ),
    "words looked up twice": words(
        lambda m, i: m.e(i) + m.e(i.flip(1)), e=lambda: nn.Embedding(9, 6)
    ),
    "two tables of one array": words(
        lambda m, i: m.t[0](i) * m.t[1](i), t=lambda: tied(nn.Embedding(9, 6), nn.Embedding(9, 6))
    ),
    "words and places": words(
        lambda m, i: m.e(i) + m.q(torch.arange(i.shape[1])),
        e=lambda: nn.Embedding(9, 6),
        q=lambda: nn.Embedding(12, 6),
    ),
    "shared recurrence": rows(
        lambda m, x: m.g(m.g(x)[0])[0], g=lambda: nn.GRU(6, 6, batch_first=True)
    ),
    "a recurrence of two layers, tied": lambda: (_tied_recurrence(), (torch.randn(ROWS),)),
    "attention twice": rows(
        lambda m, x: m.a(m.a(x, x, x)[0], x, x)[0],
        a=lambda: nn.MultiheadAttention(6, 2, batch_first=True),
    ),
    "an encoder layer twice": lambda: (
        Uses(
            lambda m, x: m.e(m.e(x)),
            e=nn.TransformerEncoderLayer(6, 2, 8, batch_first=True, dropout=0),
        ),
        (torch.randn(ROWS),),
    ),
    "a depthwise layer twice": maps(lambda m, x: m.c(m.c(x).relu()), c=C(groups=3)),
    "a learnt slope twice": maps(lambda m, x: m.s(m.s(x) - 1), s=lambda: nn.PReLU()),
    "a learnt slope of channels": maps(lambda m, x: m.s(m.c(m.s(x))), s=lambda: nn.PReLU(3), c=C()),
    "a norm twice": maps(lambda m, x: m.n(m.c(m.n(x))), n=lambda: nn.GroupNorm(1, 3), c=C()),
    "a batch norm twice": maps(lambda m, x: m.n(m.c(m.n(x))), n=lambda: nn.BatchNorm2d(3), c=C()),
}


def _tied_recurrence() -> nn.Module:
    network = nn.GRU(6, 6, num_layers=2, batch_first=True)
    for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
        setattr(network, f"{name}_l1", getattr(network, f"{name}_l0"))
    return Uses(lambda m, x: m.g(x)[0], g=network)


class Doubled(nn.Module):  # type: ignore[misc]
    """A parametrization that is nothing but a number."""

    def forward(self, x: Tensor) -> Tensor:
        return 2 * x


class Symmetric(nn.Module):  # type: ignore[misc]
    """The upper triangle and its mirror image."""

    def forward(self, x: Tensor) -> Tensor:
        return x.triu() + x.triu(1).transpose(-1, -2)


class Lora(nn.Module):  # type: ignore[misc]
    """A parametrization with parameters of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = p(6, 2), p(2, 6)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.a @ self.b


def _parametrised(module: nn.Module, by: nn.Module, name: str = "weight") -> nn.Module:
    parametrize.register_parametrization(module, name, by)
    return module


# What a weight is made of by PyTorch's own utilities.
NORMALISED: dict[str, Callable[[], Made]] = {
    "weight norm": rows(
        lambda m, x: m.l(x), l=lambda: parametrizations.weight_norm(nn.Linear(6, 5))
    ),
    "weight norm, over all": rows(
        lambda m, x: m.l(x), l=lambda: parametrizations.weight_norm(nn.Linear(6, 5), dim=None)
    ),
    "weight norm of a kernel": maps(
        lambda m, x: m.c(x), c=lambda: parametrizations.weight_norm(nn.Conv2d(3, 4, 3))
    ),
    "weight norm, called twice": rows(
        lambda m, x: m.l(m.l(x).relu()), l=lambda: parametrizations.weight_norm(nn.Linear(6, 6))
    ),
    "weight norm of old": rows(
        lambda m, x: m.l(x), l=lambda: nn.utils.weight_norm(nn.Linear(6, 5))
    ),
    "weight norm of a transposed kernel": maps(
        lambda m, x: m.c(x),
        c=lambda: parametrizations.weight_norm(nn.ConvTranspose2d(3, 4, 3), dim=1),
    ),
    "spectral norm": rows(
        lambda m, x: m.l(x), l=lambda: parametrizations.spectral_norm(nn.Linear(6, 5))
    ),
    "spectral norm of a kernel": maps(
        lambda m, x: m.c(x), c=lambda: parametrizations.spectral_norm(nn.Conv2d(3, 4, 3))
    ),
    "spectral norm of old": rows(
        lambda m, x: m.l(x), l=lambda: nn.utils.spectral_norm(nn.Linear(6, 5))
    ),
    "doubled": rows(lambda m, x: m.l(x), l=lambda: _parametrised(nn.Linear(6, 6), Doubled())),
    "doubled twice": rows(
        lambda m, x: m.l(m.l(x)), l=lambda: _parametrised(nn.Linear(6, 6), Doubled())
    ),
    "symmetric": rows(lambda m, x: m.l(x), l=lambda: _parametrised(nn.Linear(6, 6), Symmetric())),
    "low rank added": rows(lambda m, x: m.l(x), l=lambda: _parametrised(nn.Linear(6, 6), Lora())),
    "doubled, then low rank": rows(
        lambda m, x: m.l(x),
        l=lambda: _parametrised(_parametrised(nn.Linear(6, 6), Doubled()), Lora()),
    ),
    "a bias doubled": rows(
        lambda m, x: m.l(x), l=lambda: _parametrised(nn.Linear(6, 6), Doubled(), "bias")
    ),
    "a kernel doubled": maps(
        lambda m, x: m.c(x), c=lambda: _parametrised(nn.Conv2d(3, 4, 3), Doubled())
    ),
    "a table doubled": words(
        lambda m, i: m.e(i), e=lambda: _parametrised(nn.Embedding(9, 6), Doubled())
    ),
    "a norm doubled": rows(
        lambda m, x: m.n(x), n=lambda: _parametrised(nn.LayerNorm(6), Doubled())
    ),
    "pruned": rows(
        lambda m, x: m.l(x),
        l=lambda: prune.l1_unstructured(nn.Linear(6, 6), "weight", 0.5),
    ),
    "standardised": maps(
        lambda m, x: F.conv2d(x, m.g * F.layer_norm(m.w, (3, 3, 3)), padding=1),
        w=P(4, 3, 3, 3),
        g=P(4, 1, 1, 1),
    ),
    "orthogonal by Cayley": rows(
        lambda m, x: (
            x @ torch.linalg.solve(torch.eye(6) + m.p - m.p.t(), torch.eye(6) - m.p + m.p.t())
        ),
        p=P(6, 6),
    ),
}


# Buffers, and what is there and not used.
BESIDE: dict[str, Callable[[], Made]] = {
    "a buffer": rows(lambda m, x: x * m.b, b=B(6)),
    "a buffer beside a parameter": rows(lambda m, x: (x - m.b) * m.p, b=B(6), p=P(6)),
    "a buffer that is a matrix": rows(lambda m, x: m.l(x @ m.b), b=B(6, 6), l=L()),
    "a buffer scales a parameter": rows(lambda m, x: x + m.b * m.p, b=B(6), p=P(6)),
    "a mask on a weight": rows(lambda m, x: F.linear(x, m.p * m.b), b=B(6, 6), p=P(6, 6)),
    "a buffer that is not kept": lambda: (_not_kept(), (torch.randn(ROWS),)),
    "an attribute that is no buffer": lambda: (_attribute(), (torch.randn(ROWS),)),
    "a frozen parameter": rows(
        lambda m, x: m.l(x) * m.p,
        l=L(),
        p=lambda: nn.Parameter(torch.rand(6) + 0.5, requires_grad=False),
    ),
    "a frozen layer": rows(lambda m, x: m.l(x), l=lambda: nn.Linear(6, 6).requires_grad_(False)),
    "integers as a parameter": rows(
        lambda m, x: x + m.p, p=lambda: nn.Parameter(torch.arange(6), requires_grad=False)
    ),
    "a layer that is not called": rows(lambda m, x: m.a(x), a=L(), b=L(6, 9)),
    "a parameter that is not read": rows(lambda m, x: m.a(x), a=L(), p=P(5)),
    "a branch that is not taken": rows(
        lambda m, x: m.a(x) if x.shape[1] < 9 else m.b(x), a=L(), b=L()
    ),
    "a branch by an attribute": rows(
        lambda m, x: x * m.p if hasattr(m, "p") else m.l(x), p=P(6), l=L()
    ),
    "an output that is thrown away": rows(lambda m, x: (m.a(x), m.b(x))[0], a=L(), b=L(6, 9)),
    "a part that reaches nothing": rows(lambda m, x: x * m.p[:6], p=P(9)),
    "batch norm without factors": maps(
        lambda m, x: m.n(x), n=lambda: nn.BatchNorm2d(3, affine=False)
    ),
    "batch norm without statistics": maps(
        lambda m, x: m.n(x), n=lambda: nn.BatchNorm2d(3, track_running_stats=False)
    ),
    "instance norm with factors": maps(
        lambda m, x: m.n(x), n=lambda: nn.InstanceNorm2d(3, affine=True)
    ),
    "layer norm without a shift": rows(lambda m, x: m.n(x), n=lambda: nn.LayerNorm(6, bias=False)),
    "root mean square norm": rows(lambda m, x: m.n(x), n=lambda: nn.RMSNorm(6)),
    "root mean square norm by hand": rows(
        lambda m, x: m.p * x * (x.square().mean(-1, keepdim=True) + 1e-6).rsqrt(), p=P(6)
    ),
    "root mean square norm of 1 + p": rows(
        lambda m, x: (1 + m.p) * x * (x.square().mean(-1, keepdim=True) + 1e-6).rsqrt(), p=P(6)
    ),
    "norm by hand": rows(
        lambda m, x: m.p * (x - x.mean(-1, keepdim=True)) / (x.std(-1, keepdim=True) + 1e-6) + m.q,
        p=P(6),
        q=P(6),
    ),
    "norm over all": maps(lambda m, x: m.n(x), n=lambda: nn.LayerNorm([3, 5, 7])),
    "global response": maps(
        lambda m, x: (
            m.p * (x * (n := x.norm(dim=(2, 3), keepdim=True)) / (n.mean(1, True) + 1e-6)) + m.q + x
        ),
        p=P(1, 3, 1, 1),
        q=P(1, 3, 1, 1),
    ),
}


def _not_kept() -> nn.Module:
    module = Uses(lambda m, x: m.l(x + m.b), l=nn.Linear(6, 6))
    module.register_buffer("b", torch.rand(4, 6), persistent=False)
    return module


def _attribute() -> nn.Module:
    module = Uses(lambda m, x: m.l(x + m.held[0]), l=nn.Linear(6, 6))
    module.held = [torch.rand(4, 6)]
    return module


def _lazy(
    kind: type[nn.Module], shape: tuple[int, ...], *given: Any, **options: Any
) -> Callable[[], Made]:
    def made() -> Made:
        module = nn.Sequential(kind(*given, **options), nn.ReLU())
        x = torch.randn(shape)
        module(x)
        return module, (x,)

    return made


# Lists and dicts of parameters, lazy ones, tables, and layers of several arrays.
HELD: dict[str, Callable[[], Made]] = {
    "a list of parameters": rows(
        lambda m, x: ((x * m.l[0]).relu() * m.l[1]).relu() + m.l[2],
        l=lambda: nn.ParameterList([p(6), p(6), p(6)]),
    ),
    "a list with one of them twice": rows(
        lambda m, x: ((x * m.l[0]).relu() * m.l[1]).relu() + m.l[0],
        l=lambda: nn.ParameterList([p(6), p(6)]),
    ),
    "a list of one and the same": lambda: (_same_list(), (torch.randn(ROWS),)),
    "a dict of parameters": rows(
        lambda m, x: F.linear(x, m.d["w"], m.d["b"]),
        d=lambda: nn.ParameterDict({"w": p(5, 6), "b": p(5)}),
    ),
    "a dict of modules": rows(
        lambda m, x: m.d["b"](m.d["a"](x)),
        d=lambda: nn.ModuleDict({"a": nn.Linear(6, 6), "b": nn.Linear(6, 3)}),
    ),
    "a lazy layer": _lazy(nn.LazyLinear, ROWS, 5),
    "a lazy convolution": _lazy(nn.LazyConv2d, MAP, 5, 3),
    "a lazy transposed convolution": _lazy(nn.LazyConvTranspose2d, MAP, 5, 3),
    "a lazy batch norm": _lazy(nn.LazyBatchNorm2d, MAP),
    "bags of words": words(lambda m, i: m.e(i), e=lambda: nn.EmbeddingBag(9, 6)),
    "bags of words, summed": words(
        lambda m, i: m.e(i), e=lambda: nn.EmbeddingBag(9, 6, mode="sum")
    ),
    "a table with padding": words(lambda m, i: m.e(i), e=lambda: nn.Embedding(9, 6, padding_idx=0)),
    "a table from a buffer": words(lambda m, i: F.embedding(i, m.b), b=B(9, 6)),
    "hashed words": words(
        lambda m, i: m.a(i % 5) + m.b(i % 3),
        a=lambda: nn.Embedding(5, 6),
        b=lambda: nn.Embedding(3, 6),
    ),
    "factored words": words(lambda m, i: m.l(m.e(i)), e=lambda: nn.Embedding(9, 3), l=L(3, 6)),
    "words by a product": words(lambda m, i: F.one_hot(i, 9).float() @ m.p, p=P(9, 6)),
    "a table by another one's rows": words(
        lambda m, i: m.e(i) @ m.e.weight.t() @ m.e.weight, e=lambda: nn.Embedding(9, 6)
    ),
    "bilinear": lambda: (
        Uses(lambda m, x, y: m.l(x, y), l=nn.Bilinear(6, 5, 3)),
        (torch.randn(1, 4, 6), torch.randn(1, 4, 5)),
    ),
    "attention": rows(
        lambda m, x: m.a(x, x, x)[0], a=lambda: nn.MultiheadAttention(6, 2, batch_first=True)
    ),
    "attention without biases": rows(
        lambda m, x: m.a(x, x, x)[0],
        a=lambda: nn.MultiheadAttention(6, 2, bias=False, batch_first=True),
    ),
    "attention with added keys": rows(
        lambda m, x: m.a(x, x, x)[0],
        a=lambda: nn.MultiheadAttention(6, 2, add_bias_kv=True, batch_first=True),
    ),
    "attention of other widths": lambda: (
        Uses(
            lambda m, x, y: m.a(x, y, y)[0],
            a=nn.MultiheadAttention(6, 2, kdim=5, vdim=5, batch_first=True),
        ),
        (torch.randn(1, 4, 6), torch.randn(1, 3, 5)),
    ),
    "attention with relative places": rows(
        lambda m, x: F.softmax(m.q(x) @ m.k(x).transpose(1, 2) + m.p[m.i], -1) @ m.v(x),
        q=L(),
        k=L(),
        v=L(),
        p=P(7),
        i=lambda: torch.arange(4)[:, None] - torch.arange(4) + 3,
    ),
    "attention to learnt keys": rows(
        lambda m, x: F.scaled_dot_product_attention(x, m.k, m.v), k=P(1, 3, 6), v=P(1, 3, 6)
    ),
    "learnt queries": rows(lambda m, x: F.scaled_dot_product_attention(m.q, x, x), q=P(1, 3, 6)),
    "an encoder": lambda: (
        nn.TransformerEncoder(nn.TransformerEncoderLayer(6, 2, 8, batch_first=True, dropout=0), 2),
        (torch.randn(ROWS),),
    ),
    "a recurrence": rows(lambda m, x: m.g(x)[0], g=lambda: nn.LSTM(6, 5, batch_first=True)),
    "a recurrence both ways": rows(
        lambda m, x: m.g(x)[0],
        g=lambda: nn.GRU(6, 5, num_layers=2, bidirectional=True, batch_first=True),
    ),
    "a recurrence with projections": rows(
        lambda m, x: m.g(x)[0], g=lambda: nn.LSTM(6, 5, proj_size=3, batch_first=True)
    ),
    "a recurrence without biases": rows(
        lambda m, x: m.g(x)[0], g=lambda: nn.RNN(6, 5, bias=False, batch_first=True)
    ),
    "a learnt first state": rows(
        lambda m, x: m.g(x, m.h)[0], g=lambda: nn.GRU(6, 5, batch_first=True), h=P(1, 1, 5)
    ),
    "a cell by steps": rows(lambda m, x: _by_steps(m, x), g=lambda: nn.GRUCell(6, 6)),
    "an LSTM cell by steps": rows(lambda m, x: _by_steps_of_two(m, x), g=lambda: nn.LSTMCell(6, 6)),
    "a layer of experts": rows(
        lambda m, x: sum(m.g(x).softmax(-1)[..., n : n + 1] * one(x) for n, one in enumerate(m.e)),
        g=L(6, 2),
        e=lambda: nn.ModuleList([nn.Linear(6, 6), nn.Linear(6, 6)]),
    ),
    "experts in one array": rows(
        lambda m, x: torch.stack([x @ m.w[n] + m.b[n] for n in range(3)]).sum(0),
        w=P(3, 6, 6),
        b=P(3, 6),
    ),
    "grouped products": rows(
        lambda m, x: (x.view(1, 4, 2, 3).unsqueeze(-2) @ m.w).flatten(2), w=P(2, 3, 3)
    ),
    "a convolution of a sequence": rows(
        lambda m, x: m.c(x.transpose(1, 2)), c=lambda: nn.Conv1d(6, 6, 3, padding=1, groups=2)
    ),
    "a dynamic kernel": maps(
        lambda m, x: F.conv2d(x, m.a.sigmoid() * m.p, padding=1), p=P(3, 3, 3, 3), a=P(1)
    ),
    "a kernel out of a basis": maps(
        lambda m, x: F.conv2d(x, torch.einsum("k,koihw->oihw", m.a, m.p), padding=1),
        p=P(2, 3, 3, 3, 3),
        a=P(2),
    ),
    "a dense vector": vector(lambda m, x: m.l(x), l=L()),
    "a matrix there and back on a vector": vector(
        lambda m, x: m.l(x).relu() @ m.l.weight, l=L(6, 3)
    ),
    "a matrix twice on a vector": vector(lambda m, x: (x @ m.p).relu() @ m.p.t(), p=P(6, 6)),
    "layer scale": rows(lambda m, x: x + m.g * m.l(x), g=P(6), l=L()),
    "a temperature": rows(lambda m, x: (m.l(x) / m.t).softmax(-1), t=P(1), l=L()),
    "a contrast": lambda: (
        Uses(
            lambda m, x, y: (
                m.t.exp() * F.normalize(m.a(x), dim=-1) @ F.normalize(m.b(y), dim=-1).t()
            ),
            t=p(),
            a=nn.Linear(6, 4),
            b=nn.Linear(5, 4),
        ),
        (torch.randn(1, 6), torch.randn(1, 5)),
    ),
}


def _same_list() -> nn.Module:
    one = p(6)
    return Uses(lambda m, x: (x * m.l[0]).relu() * m.l[1], l=nn.ParameterList([one, one]))


def _by_steps(module: Any, x: Tensor) -> Tensor:
    state = torch.zeros(x.shape[0], 6)
    for step in x.unbind(1):
        state = module.g(step, state)
    return state


def _by_steps_of_two(module: Any, x: Tensor) -> Tensor:
    state = (torch.zeros(x.shape[0], 6), torch.zeros(x.shape[0], 6))
    for step in x.unbind(1):
        state = module.g(step, state)
    return state[0]
