"""Small modules that use their parameters in ways of their own: twice, in part, tied, worked out.

What a module has is `sum(p.numel() for p in module.parameters())`, which counts each array once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils import parametrizations, parametrize, prune

Made = tuple[nn.Module, tuple[Tensor, ...]]


class Uses(nn.Module):  # type: ignore[misc]
    """A function of a module's own parts."""

    def __init__(self, forward: Callable[..., Any], **parts: Any) -> None:
        super().__init__()
        self.use = forward
        for name, part in parts.items():
            if isinstance(part, Tensor) and not isinstance(part, nn.Parameter):
                self.register_buffer(name, part)
            else:
                setattr(self, name, part)

    def forward(self, *inputs: Tensor) -> Any:
        return self.use(self, *inputs)


def p(*shape: int) -> nn.Parameter:
    """A parameter of numbers that are far from 0 and all different."""
    return nn.Parameter(torch.rand(shape) * 0.8 + 0.2)


ROWS = (1, 4, 6)
MAP = (1, 3, 5, 7)


def _rows(forward: Callable[..., Any], **parts: Any) -> Callable[[], Made]:
    return lambda: (Uses(forward, **_fresh(parts)), (torch.randn(ROWS),))


def _map(forward: Callable[..., Any], **parts: Any) -> Callable[[], Made]:
    return lambda: (Uses(forward, **_fresh(parts)), (torch.randn(MAP),))


def _vector(forward: Callable[..., Any], **parts: Any) -> Callable[[], Made]:
    return lambda: (Uses(forward, **_fresh(parts)), (torch.randn(1, 6),))


def _words(forward: Callable[..., Any], **parts: Any) -> Callable[[], Made]:
    return lambda: (Uses(forward, **_fresh(parts)), (torch.randint(0, 9, (1, 4)),))


def _fresh(parts: Mapping[str, Any]) -> dict[str, Any]:
    """Parts are written as functions, so that every module has its own."""
    return {name: part() for name, part in parts.items()}


def P(*shape: int) -> Callable[[], nn.Parameter]:
    return lambda: p(*shape)


def B(*shape: int) -> Callable[[], Tensor]:
    return lambda: torch.rand(*shape) + 0.5


def L(i: int = 6, o: int = 6, bias: bool = True) -> Callable[[], nn.Module]:
    return lambda: nn.Linear(i, o, bias=bias)


def C(i: int = 3, o: int = 3, k: int = 3, **options: Any) -> Callable[[], nn.Module]:
    return lambda: nn.Conv2d(i, o, k, padding=k // 2, **options)


def tied(first: nn.Module, second: nn.Module, name: str = "weight") -> nn.ModuleList:
    """Two modules of which the second one has an array of the first."""
    setattr(second, name, getattr(first, name))
    return nn.ModuleList([first, second])


# A parameter that several operations read, alone or with what is made of it.
TWICE: dict[str, Callable[[], Made]] = {
    "a scale twice": _rows(lambda m, x: torch.relu(x * m.p) * m.p, p=P(6)),
    "a bias twice": _rows(lambda m, x: torch.relu(x + m.p) + m.p, p=P(6)),
    "a scale, then a bias": _rows(lambda m, x: torch.relu(x * m.p) + m.p, p=P(6)),
    "a bias, then a scale": _rows(lambda m, x: torch.relu(x + m.p) * m.p, p=P(6)),
    "a scale, then subtracted": _rows(lambda m, x: torch.relu(x * m.p) - m.p, p=P(6)),
    "a scale, then divided by": _rows(lambda m, x: torch.relu(x * m.p) / m.p, p=P(6)),
    "subtracted, then a scale": _rows(lambda m, x: torch.relu(x - m.p) * m.p, p=P(6)),
    "subtracted from, twice": _rows(lambda m, x: (m.p - x).tanh() + (m.p - x * x), p=P(6)),
    "a table scale twice": _rows(lambda m, x: torch.relu(x * m.p) * m.p, p=P(4, 6)),
    "a table bias twice": _rows(lambda m, x: torch.relu(x + m.p) + m.p, p=P(4, 6)),
    "a table, then its rows": _rows(lambda m, x: torch.relu(x + m.p) + m.p[0], p=P(4, 6)),
    "a column scale, then a source": _rows(lambda m, x: torch.relu(x * m.p) + m.p.exp(), p=P(4, 1)),
    "a column bias, then a scale": _rows(lambda m, x: torch.relu(x + m.p) * m.p, p=P(4, 1)),
    "a column scale, then a root": _rows(lambda m, x: x * m.p + m.p.sqrt(), p=P(4, 1)),
    "a scale of channels, then a source": _map(
        lambda m, x: torch.relu(x * m.p) + m.p.exp(), p=P(3, 1, 1)
    ),
    "a scale of channels and its exponential": _map(
        lambda m, x: (x * m.p.exp()).tanh() * m.p, p=P(1, 3, 1, 1)
    ),
    "a bias of channels twice": _map(lambda m, x: torch.relu(x + m.p) + m.p, p=P(3, 1, 1)),
    "a scale, seen as channels": _map(
        lambda m, x: x * m.p.view(1, 3, 1, 1) + m.p.view(3, 1, 1), p=P(3)
    ),
    "a scale of channels, in two ranks": _map(
        lambda m, x: (x * m.p[:, None, None]).relu() * m.p.view(1, -1, 1, 1), p=P(3)
    ),
    "a matrix twice": _rows(lambda m, x: torch.relu(x @ m.p) @ m.p, p=P(6, 6)),
    "a matrix and its transpose": _rows(lambda m, x: torch.relu(x @ m.p) @ m.p.t(), p=P(6, 5)),
    "a matrix plus its transpose": _rows(lambda m, x: x @ (m.p + m.p.t()), p=P(6, 6)),
    "two products summed": _rows(lambda m, x: x @ m.p + x @ m.p.t(), p=P(6, 6)),
    "a product of a matrix with itself": _rows(lambda m, x: x @ (m.p @ m.p.t()), p=P(6, 6)),
    "a matrix as a weight and added": _rows(lambda m, x: x @ m.p + m.p[:4], p=P(6, 6)),
    "a weight and its exponential": _rows(
        lambda m, x: F.linear(x, m.p) + F.linear(x, m.p.exp()), p=P(6, 6)
    ),
    "a weight and its triangle": _rows(
        lambda m, x: F.linear(F.linear(x, m.p).relu(), m.p.tril()), p=P(6, 6)
    ),
    "a weight squared": _rows(lambda m, x: F.linear(x, m.p * m.p), p=P(6, 6)),
    "a weight and its square": _rows(lambda m, x: F.linear(F.linear(x, m.p * m.p), m.p), p=P(6, 6)),
    "a weight that is its own bias": _rows(lambda m, x: F.linear(x, m.p, m.p[0]), p=P(6, 6)),
    "a weight with two biases": _rows(
        lambda m, x: F.linear(F.linear(x, m.p, m.a).relu(), m.p, m.b), p=P(6, 6), a=P(6), b=P(6)
    ),
    "a weight with and without a bias": _rows(
        lambda m, x: F.linear(F.linear(x, m.p, m.a).relu(), m.p), p=P(6, 6), a=P(6)
    ),
    "two weights of one bias": _rows(
        lambda m, x: F.linear(F.linear(x, m.p, m.a).relu(), m.q, m.a),
        p=P(6, 6),
        q=P(6, 6),
        a=P(6),
    ),
    "a bias of a layer, added again": _rows(lambda m, x: m.l(x).relu() + m.l.bias, l=L()),
    "a bias of a layer, multiplied": _rows(lambda m, x: m.l(x).relu() * m.l.bias, l=L()),
    "a weight of a layer, summed": _rows(lambda m, x: m.l(x) + m.l.weight.sum(1), l=L()),
    "a weight of a layer, its norm": _rows(lambda m, x: m.l(x) / m.l.weight.norm(), l=L()),
    "a weight of a layer, averaged": _rows(lambda m, x: m.l(x) - m.l.weight.mean(), l=L()),
    "a single number twice": _rows(lambda m, x: torch.relu(x * m.p) + m.p, p=P(1)),
    "a scalar twice": _rows(lambda m, x: torch.relu(x * m.p) + m.p, p=P()),
    "a scalar's exponential": _rows(lambda m, x: x * m.p.exp(), p=P()),
    "a scalar clamped": _rows(lambda m, x: x * m.p.exp().clamp(max=100), p=P()),
    "a scalar divided by": _rows(lambda m, x: x / m.p, p=P(1)),
    "a scalar's sigmoid mixes": _rows(
        lambda m, x: m.p.sigmoid() * x + (1 - m.p.sigmoid()) * x.relu(), p=P(1)
    ),
    "two scalars": _rows(lambda m, x: x * m.p + m.q, p=P(1), q=P(1)),
    "a kernel twice": _map(
        lambda m, x: F.conv2d(F.conv2d(x, m.p, padding=1).relu(), m.p, padding=1), p=P(3, 3, 3, 3)
    ),
    "a kernel at two dilations": _map(
        lambda m, x: F.conv2d(x, m.p, padding=1) + F.conv2d(x, m.p, padding=2, dilation=2),
        p=P(3, 3, 3, 3),
    ),
    "a kernel with two biases": _map(
        lambda m, x: F.conv2d(F.conv2d(x, m.p, m.a, padding=1).relu(), m.p, m.b, padding=1),
        p=P(3, 3, 3, 3),
        a=P(3),
        b=P(3),
    ),
    "a kernel with and without a bias": _map(
        lambda m, x: F.conv2d(F.conv2d(x, m.p, m.a, padding=1).relu(), m.p, padding=1),
        p=P(3, 3, 3, 3),
        a=P(3),
    ),
    "a kernel and its channels turned": _map(
        lambda m, x: F.conv2d(F.conv2d(x, m.p, padding=1), m.p.transpose(0, 1), padding=1),
        p=P(4, 3, 3, 3),
    ),
    "a kernel mirrored": _map(
        lambda m, x: F.conv2d(x, m.p, padding=1) + F.conv2d(x, m.p.flip(-1), padding=1),
        p=P(3, 3, 3, 3),
    ),
    "a kernel there and back": _map(
        lambda m, x: F.conv_transpose2d(F.conv2d(x, m.p).relu(), m.p), p=P(4, 3, 3, 3)
    ),
    "a kernel in part": _map(
        lambda m, x: F.conv2d(x, m.p, padding=1) + F.conv2d(x, m.p[:, :, 1:2, 1:2]),
        p=P(3, 3, 3, 3),
    ),
    "a kernel of differences": _map(
        lambda m, x: m.c(x) - 0.7 * F.conv2d(x, m.c.weight.sum((2, 3), keepdim=True)),
        c=C(bias=False),
    ),
    "a kernel scaled": _map(lambda m, x: F.conv2d(x, m.p * 2, padding=1), p=P(3, 3, 3, 3)),
    "a kernel standardised": _map(
        lambda m, x: F.conv2d(
            x,
            (m.p - m.p.mean((1, 2, 3), keepdim=True)) / m.p.std((1, 2, 3), keepdim=True),
            padding=1,
        ),
        p=P(3, 3, 3, 3),
    ),
    "a table of three": _rows(lambda m, x: x * m.p[0] + torch.tanh(x * m.p[1]) + m.p[2], p=P(3, 6)),
    "doubled": _rows(lambda m, x: x + (m.p + m.p), p=P(6)),
    "a sum of itself in two shapes": _rows(
        lambda m, x: x + m.p.reshape(4, 6) + m.p.t().reshape(4, 6), p=P(4, 6)
    ),
    "joined with itself": _rows(lambda m, x: x + torch.cat([m.p, m.p]), p=P(2, 6)),
    "repeated": _rows(lambda m, x: x + m.p.repeat(2, 1), p=P(2, 6)),
    "repeated, and as it is": _rows(
        lambda m, x: (x + m.p.repeat(2, 1)).relu()[:, :2] * m.p, p=P(2, 6)
    ),
    "expanded": _rows(lambda m, x: torch.cat([m.p.expand(1, 2, 6), x], 1), p=P(1, 1, 6)),
    "a token, joined and added": _rows(lambda m, x: torch.cat([m.p, x], 1) + m.p, p=P(1, 1, 6)),
    "rows read by one another": _rows(lambda m, x: x[..., :4] + m.p.softmax(-1) @ m.p, p=P(4, 4)),
    "centred": _rows(lambda m, x: x + (m.p - m.p.mean()), p=P(4, 6)),
    "normalised": _rows(lambda m, x: x @ F.normalize(m.p, dim=-1).t(), p=P(5, 6)),
    "prototypes at a distance": _rows(
        lambda m, x: (x.square().sum(-1, keepdim=True) + m.p.square().sum(-1)) - 2 * x @ m.p.t(),
        p=P(5, 6),
    ),
    "an outer product": _rows(lambda m, x: x @ torch.outer(m.p, m.q), p=P(6), q=P(6)),
    "low rank": _rows(lambda m, x: x @ (m.p @ m.q), p=P(6, 2), q=P(2, 6)),
    "low rank beside": _rows(
        lambda m, x: m.l(x) + 0.5 * (x @ m.p) @ m.q, l=L(), p=P(6, 2), q=P(2, 6)
    ),
    "low rank in the weight": _rows(
        lambda m, x: F.linear(x, m.l.weight + m.p @ m.q, m.l.bias), l=L(), p=P(6, 2), q=P(2, 6)
    ),
    "doubly gated": _rows(lambda m, x: torch.sigmoid(x * m.p) * (x + m.q) * m.p, p=P(6), q=P(6)),
    "a maximum with it": _rows(lambda m, x: torch.maximum(x, m.p), p=P(6)),
    "chosen by a mask": _rows(lambda m, x: torch.where(x > 0, x, m.p), p=P(6)),
    "a power of it": _rows(lambda m, x: x.abs() ** m.p, p=P(6)),
    "learnt slopes": _map(lambda m, x: torch.where(x > 0, x, m.p * x), p=P(3, 1, 1)),
    "bilinear by hand": _rows(lambda m, x: (x @ m.p) @ x.transpose(1, 2), p=P(6, 6)),
    "an einsum": _rows(lambda m, x: torch.einsum("bnc,cd->bnd", x, m.p), p=P(6, 5)),
    "two einsums of one": _rows(
        lambda m, x: torch.einsum("bnd,cd->bnc", torch.einsum("bnc,cd->bnd", x, m.p).relu(), m.p),
        p=P(6, 5),
    ),
    "an einsum over experts": _rows(
        lambda m, x: torch.einsum("bnc,ecd->bned", x, m.p), p=P(2, 6, 5)
    ),
    "a vector product": _rows(lambda m, x: x @ m.p, p=P(6)),
    "a vector product, and a scale": _rows(lambda m, x: (x * m.p) * (x @ m.p)[..., None], p=P(6)),
    "positions cut to length": _rows(lambda m, x: x + m.p[:, : x.shape[1]], p=P(1, 9, 6)),
    "positions, two spans": _rows(lambda m, x: (x + m.p[:, :4]).tanh() + m.p[:, 2:6], p=P(1, 9, 6)),
    "positions resized": _map(
        lambda m, x: x + F.interpolate(m.p, size=(5, 7), mode="nearest"), p=P(1, 3, 3, 3)
    ),
    "gates of rows": _rows(lambda m, x: x * m.p.softmax(0)[:, None], p=P(4)),
    "mixed layers": _rows(
        lambda m, x: m.w.softmax(0)[0] * m.a(x) + m.w.softmax(0)[1] * m.b(x),
        w=P(2),
        a=L(),
        b=L(),
    ),
    "stacked": _rows(lambda m, x: x + torch.stack([m.p, m.q]).sum(0), p=P(6), q=P(6)),
    "stacked rows": _rows(lambda m, x: x + torch.stack([m.p, m.q, m.p, m.q]), p=P(6), q=P(6)),
    "joined": _rows(lambda m, x: x + torch.cat([m.p, m.q]), p=P(3), q=P(3)),
    "joined weights": _rows(lambda m, x: F.linear(x, torch.cat([m.p, m.q])), p=P(3, 6), q=P(2, 6)),
    "joined weights, and one alone": _rows(
        lambda m, x: torch.cat([F.linear(x, torch.cat([m.p, m.q])), F.linear(x, m.p)], -1),
        p=P(3, 6),
        q=P(2, 6),
    ),
    "joined layers": _rows(
        lambda m, x: F.linear(
            x, torch.cat([m.a.weight, m.b.weight]), torch.cat([m.a.bias, m.b.bias])
        ),
        a=L(),
        b=L(),
    ),
}
# A part of a parameter, or several.
PARTS: dict[str, Callable[[], Made]] = {
    "thirds of a projection": _rows(
        lambda m, x: F.linear(x, m.p[:6]) * F.linear(x, m.p[6:12]) + F.linear(x, m.p[12:]),
        p=P(18, 6),
    ),
    "chunks of a projection": _rows(
        lambda m, x: torch.stack([F.linear(x, one) for one in m.p.chunk(3)]).sum(0), p=P(18, 6)
    ),
    "half of a weight": _rows(lambda m, x: F.linear(x, m.p[:3]), p=P(6, 6)),
    "half of the inputs": _rows(lambda m, x: F.linear(x[..., :3], m.p[:, :3]), p=P(6, 6)),
    "overlapping halves": _rows(
        lambda m, x: torch.cat([F.linear(x, m.p[:4]), F.linear(x, m.p[2:])], -1), p=P(6, 6)
    ),
    "the whole and a part": _rows(lambda m, x: F.linear(F.linear(x, m.p), m.p[3:]), p=P(6, 6)),
    "every second row": _rows(lambda m, x: F.linear(x, m.p[::2]), p=P(6, 6)),
    "one row": _rows(lambda m, x: x * m.p[1], p=P(3, 6)),
    "rows one by one": _rows(
        lambda m, x: ((x * m.p[0]).relu() * m.p[1]).relu() * m.p[2], p=P(3, 6)
    ),
    "unbound": _rows(lambda m, x: sum(x * one for one in m.p.unbind()), p=P(3, 6)),
    "split vectors": _rows(
        lambda m, x: torch.cat([x[..., :2] * m.p[:2], x[..., 2:] + m.p[2:]], -1), p=P(6)
    ),
    "rows of a table by numbers": _rows(
        lambda m, x: x + m.p[torch.tensor([0, 2, 2, 1])], p=P(5, 6)
    ),
    "rows of a table, and the whole": _rows(
        lambda m, x: (x + m.p[torch.tensor([0, 2, 2, 1])]) @ m.p.t(), p=P(5, 6)
    ),
    "a row by a number": _rows(lambda m, x: x + m.p[:, 2], p=P(1, 5, 6)),
    "modulated": _rows(
        lambda m, x: F.layer_norm(x, (6,)) * (1 + m.p[:, 0]) + m.p[:, 1], p=P(1, 2, 1, 6)
    ),
    "shift and scale of a table": _rows(
        lambda m, x: (lambda a, b: x * a + b)(*m.p.chunk(2, dim=-1)), p=P(1, 1, 12)
    ),
    "a norm with a part": _rows(lambda m, x: F.layer_norm(x, (6,), m.p[:6], m.p[6:]), p=P(12)),
    "a triangle of weights": _rows(lambda m, x: m.p[:4, :4].tril() @ x, p=P(6, 6)),
    "a slice along both axes": _rows(lambda m, x: F.linear(x[..., :4], m.p[1:4, 2:6]), p=P(6, 6)),
    "parts of a kernel": _map(
        lambda m, x: torch.cat(
            [F.conv2d(x, m.p[:2], padding=1), F.conv2d(x, m.p[2:], padding=1)], 1
        ),
        p=P(5, 3, 3, 3),
    ),
    "a part of a kernel": _map(lambda m, x: F.conv2d(x, m.p[:2], padding=1), p=P(5, 3, 3, 3)),
    "a folded projection": _rows(
        lambda m, x: torch.stack([x @ m.p[n] for n in range(2)], 1), p=P(2, 6, 3)
    ),
    "heads by einsum": _rows(lambda m, x: torch.einsum("bnc,hcd->bhnd", x, m.p), p=P(2, 6, 3)),
    "a padded table": _rows(lambda m, x: x + F.pad(m.p, (0, 0, 1, 1)), p=P(2, 6)),
    "a rolled table": _rows(lambda m, x: x + m.p + m.p.roll(1, 0), p=P(4, 6)),
    "a mirrored vector": _rows(lambda m, x: x * m.p + m.p.flip(0), p=P(6)),
}
# Modules that are there several times, and layers that share an array.
SHARED: dict[str, Callable[[], Made]] = {
    "a layer called twice": _rows(lambda m, x: m.l(m.l(x).relu()), l=L()),
    "a layer called five times": _rows(
        lambda m, x: m.l(m.l(m.l(m.l(m.l(x).relu()).relu()).relu()).relu()), l=L()
    ),
    "one layer, two names": _rows(lambda m, x: m.b(m.a(x).relu()), **{"a": L(), "b": L()}),
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
    "tied weights, biases of their own": _rows(
        lambda m, x: m.t[1](m.t[0](x).relu()), t=lambda: tied(nn.Linear(6, 6), nn.Linear(6, 6))
    ),
    "tied weights, one bias": _rows(
        lambda m, x: m.t[1](m.t[0](x).relu()),
        t=lambda: tied(nn.Linear(6, 6), nn.Linear(6, 6, bias=False)),
    ),
    "tied weights, the second one's bias": _rows(
        lambda m, x: m.t[1](m.t[0](x).relu()),
        t=lambda: tied(nn.Linear(6, 6, bias=False), nn.Linear(6, 6)),
    ),
    "tied biases": _rows(
        lambda m, x: m.t[1](m.t[0](x).relu()),
        t=lambda: tied(nn.Linear(6, 6), nn.Linear(6, 6), "bias"),
    ),
    "tied kernels, biases of their own": _map(
        lambda m, x: m.t[1](m.t[0](x).relu()),
        t=lambda: tied(nn.Conv2d(3, 3, 3, padding=1), nn.Conv2d(3, 3, 3, padding=1)),
    ),
    "tied kernels, one bias": _map(
        lambda m, x: m.t[1](m.t[0](x).relu()),
        t=lambda: tied(nn.Conv2d(3, 3, 3, padding=1), nn.Conv2d(3, 3, 3, padding=1, bias=False)),
    ),
    "tied kernels of two strides": _map(
        lambda m, x: m.t[1](m.t[0](x).relu()),
        t=lambda: tied(nn.Conv2d(3, 3, 3, padding=1), nn.Conv2d(3, 3, 3, stride=2)),
    ),
    "tied norms": _rows(
        lambda m, x: m.t[1](m.t[0](x).relu()),
        t=lambda: tied(nn.LayerNorm(6), nn.LayerNorm(6)),
    ),
    "tied batch norms": _map(
        lambda m, x: m.t[1](m.t[0](x).relu()),
        t=lambda: tied(nn.BatchNorm2d(3), nn.BatchNorm2d(3)),
    ),
    "an autoencoder's matrix": _rows(
        lambda m, x: F.linear(m.l(x).relu(), m.l.weight.t()), l=L(6, 3)
    ),
    "an autoencoder's matrix, two biases": _rows(
        lambda m, x: F.linear(m.l(x).relu(), m.l.weight.t(), m.b), l=L(6, 3), b=P(6)
    ),
    "an autoencoder's kernel": _map(
        lambda m, x: F.conv_transpose2d(m.c(x).relu(), m.c.weight, padding=1), c=C(3, 5)
    ),
    "an autoencoder's kernel, two biases": _map(
        lambda m, x: F.conv_transpose2d(m.c(x).relu(), m.c.weight, m.b, padding=1),
        c=C(3, 5),
        b=P(3),
    ),
    "words tied to scores": _words(
        lambda m, i: m.t[1](m.t[0](i)),
        t=lambda: tied(nn.Embedding(9, 6), nn.Linear(6, 9, bias=False)),
    ),
    "words tied to scores with a bias": _words(
        lambda m, i: m.t[1](m.t[0](i)), t=lambda: tied(nn.Embedding(9, 6), nn.Linear(6, 9))
    ),
    "words tied to scores, scaled": _words(
        lambda m, i: m.t[1](m.t[0](i) * 6**0.5),
        t=lambda: tied(nn.Embedding(9, 6), nn.Linear(6, 9, bias=False)),
    ),
    "words tied, and a row of them": _words(
        lambda m, i: m.t[1](m.t[0](i)) + m.t[0].weight[3:7].sum(1, keepdim=True),
        t=lambda: tied(nn.Embedding(9, 6), nn.Linear(6, 9, bias=False)),
    ),
    "words looked up twice": _words(
        lambda m, i: m.e(i) + m.e(i.flip(1)), e=lambda: nn.Embedding(9, 6)
    ),
    "two tables of one array": _words(
        lambda m, i: m.t[0](i) * m.t[1](i), t=lambda: tied(nn.Embedding(9, 6), nn.Embedding(9, 6))
    ),
    "words and places": _words(
        lambda m, i: m.e(i) + m.q(torch.arange(i.shape[1])),
        e=lambda: nn.Embedding(9, 6),
        q=lambda: nn.Embedding(12, 6),
    ),
    "shared recurrence": _rows(
        lambda m, x: m.g(m.g(x)[0])[0], g=lambda: nn.GRU(6, 6, batch_first=True)
    ),
    "a recurrence of two layers, tied": lambda: (_tied_recurrence(), (torch.randn(ROWS),)),
    "attention twice": _rows(
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
    "a depthwise layer twice": _map(lambda m, x: m.c(m.c(x).relu()), c=C(groups=3)),
    "a learnt slope twice": _map(lambda m, x: m.s(m.s(x) - 1), s=lambda: nn.PReLU()),
    "a learnt slope of channels": _map(lambda m, x: m.s(m.c(m.s(x))), s=lambda: nn.PReLU(3), c=C()),
    "a norm twice": _map(lambda m, x: m.n(m.c(m.n(x))), n=lambda: nn.GroupNorm(1, 3), c=C()),
    "a batch norm twice": _map(lambda m, x: m.n(m.c(m.n(x))), n=lambda: nn.BatchNorm2d(3), c=C()),
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
    "weight norm": _rows(
        lambda m, x: m.l(x), l=lambda: parametrizations.weight_norm(nn.Linear(6, 5))
    ),
    "weight norm, over all": _rows(
        lambda m, x: m.l(x), l=lambda: parametrizations.weight_norm(nn.Linear(6, 5), dim=None)
    ),
    "weight norm of a kernel": _map(
        lambda m, x: m.c(x), c=lambda: parametrizations.weight_norm(nn.Conv2d(3, 4, 3))
    ),
    "weight norm, called twice": _rows(
        lambda m, x: m.l(m.l(x).relu()), l=lambda: parametrizations.weight_norm(nn.Linear(6, 6))
    ),
    "weight norm of old": _rows(
        lambda m, x: m.l(x), l=lambda: nn.utils.weight_norm(nn.Linear(6, 5))
    ),
    "weight norm of a transposed kernel": _map(
        lambda m, x: m.c(x),
        c=lambda: parametrizations.weight_norm(nn.ConvTranspose2d(3, 4, 3), dim=1),
    ),
    "spectral norm": _rows(
        lambda m, x: m.l(x), l=lambda: parametrizations.spectral_norm(nn.Linear(6, 5))
    ),
    "spectral norm of a kernel": _map(
        lambda m, x: m.c(x), c=lambda: parametrizations.spectral_norm(nn.Conv2d(3, 4, 3))
    ),
    "spectral norm of old": _rows(
        lambda m, x: m.l(x), l=lambda: nn.utils.spectral_norm(nn.Linear(6, 5))
    ),
    "doubled": _rows(lambda m, x: m.l(x), l=lambda: _parametrised(nn.Linear(6, 6), Doubled())),
    "doubled twice": _rows(
        lambda m, x: m.l(m.l(x)), l=lambda: _parametrised(nn.Linear(6, 6), Doubled())
    ),
    "symmetric": _rows(lambda m, x: m.l(x), l=lambda: _parametrised(nn.Linear(6, 6), Symmetric())),
    "low rank added": _rows(lambda m, x: m.l(x), l=lambda: _parametrised(nn.Linear(6, 6), Lora())),
    "doubled, then low rank": _rows(
        lambda m, x: m.l(x),
        l=lambda: _parametrised(_parametrised(nn.Linear(6, 6), Doubled()), Lora()),
    ),
    "a bias doubled": _rows(
        lambda m, x: m.l(x), l=lambda: _parametrised(nn.Linear(6, 6), Doubled(), "bias")
    ),
    "a kernel doubled": _map(
        lambda m, x: m.c(x), c=lambda: _parametrised(nn.Conv2d(3, 4, 3), Doubled())
    ),
    "a table doubled": _words(
        lambda m, i: m.e(i), e=lambda: _parametrised(nn.Embedding(9, 6), Doubled())
    ),
    "a norm doubled": _rows(
        lambda m, x: m.n(x), n=lambda: _parametrised(nn.LayerNorm(6), Doubled())
    ),
    "pruned": _rows(
        lambda m, x: m.l(x),
        l=lambda: prune.l1_unstructured(nn.Linear(6, 6), "weight", 0.5),
    ),
    "standardised": _map(
        lambda m, x: F.conv2d(x, m.g * F.layer_norm(m.w, (3, 3, 3)), padding=1),
        w=P(4, 3, 3, 3),
        g=P(4, 1, 1, 1),
    ),
    "orthogonal by Cayley": _rows(
        lambda m, x: (
            x @ torch.linalg.solve(torch.eye(6) + m.p - m.p.t(), torch.eye(6) - m.p + m.p.t())
        ),
        p=P(6, 6),
    ),
}
# Buffers, and what is there and not used.
BESIDE: dict[str, Callable[[], Made]] = {
    "a buffer": _rows(lambda m, x: x * m.b, b=B(6)),
    "a buffer beside a parameter": _rows(lambda m, x: (x - m.b) * m.p, b=B(6), p=P(6)),
    "a buffer that is a matrix": _rows(lambda m, x: m.l(x @ m.b), b=B(6, 6), l=L()),
    "a buffer scales a parameter": _rows(lambda m, x: x + m.b * m.p, b=B(6), p=P(6)),
    "a mask on a weight": _rows(lambda m, x: F.linear(x, m.p * m.b), b=B(6, 6), p=P(6, 6)),
    "a buffer that is not kept": lambda: (_not_kept(), (torch.randn(ROWS),)),
    "an attribute that is no buffer": lambda: (_attribute(), (torch.randn(ROWS),)),
    "a frozen parameter": _rows(
        lambda m, x: m.l(x) * m.p,
        l=L(),
        p=lambda: nn.Parameter(torch.rand(6) + 0.5, requires_grad=False),
    ),
    "a frozen layer": _rows(lambda m, x: m.l(x), l=lambda: nn.Linear(6, 6).requires_grad_(False)),
    "integers as a parameter": _rows(
        lambda m, x: x + m.p, p=lambda: nn.Parameter(torch.arange(6), requires_grad=False)
    ),
    "a layer that is not called": _rows(lambda m, x: m.a(x), a=L(), b=L(6, 9)),
    "a parameter that is not read": _rows(lambda m, x: m.a(x), a=L(), p=P(5)),
    "a branch that is not taken": _rows(
        lambda m, x: m.a(x) if x.shape[1] < 9 else m.b(x), a=L(), b=L()
    ),
    "a branch by an attribute": _rows(
        lambda m, x: x * m.p if hasattr(m, "p") else m.l(x), p=P(6), l=L()
    ),
    "an output that is thrown away": _rows(lambda m, x: (m.a(x), m.b(x))[0], a=L(), b=L(6, 9)),
    "a part that reaches nothing": _rows(lambda m, x: x * m.p[:6], p=P(9)),
    "batch norm without factors": _map(
        lambda m, x: m.n(x), n=lambda: nn.BatchNorm2d(3, affine=False)
    ),
    "batch norm without statistics": _map(
        lambda m, x: m.n(x), n=lambda: nn.BatchNorm2d(3, track_running_stats=False)
    ),
    "instance norm with factors": _map(
        lambda m, x: m.n(x), n=lambda: nn.InstanceNorm2d(3, affine=True)
    ),
    "layer norm without a shift": _rows(lambda m, x: m.n(x), n=lambda: nn.LayerNorm(6, bias=False)),
    "root mean square norm": _rows(lambda m, x: m.n(x), n=lambda: nn.RMSNorm(6)),
    "root mean square norm by hand": _rows(
        lambda m, x: m.p * x * (x.square().mean(-1, keepdim=True) + 1e-6).rsqrt(), p=P(6)
    ),
    "root mean square norm of 1 + p": _rows(
        lambda m, x: (1 + m.p) * x * (x.square().mean(-1, keepdim=True) + 1e-6).rsqrt(), p=P(6)
    ),
    "norm by hand": _rows(
        lambda m, x: m.p * (x - x.mean(-1, keepdim=True)) / (x.std(-1, keepdim=True) + 1e-6) + m.q,
        p=P(6),
        q=P(6),
    ),
    "norm over all": _map(lambda m, x: m.n(x), n=lambda: nn.LayerNorm([3, 5, 7])),
    "global response": _map(
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
    "a list of parameters": _rows(
        lambda m, x: ((x * m.l[0]).relu() * m.l[1]).relu() + m.l[2],
        l=lambda: nn.ParameterList([p(6), p(6), p(6)]),
    ),
    "a list with one of them twice": _rows(
        lambda m, x: ((x * m.l[0]).relu() * m.l[1]).relu() + m.l[0],
        l=lambda: nn.ParameterList([p(6), p(6)]),
    ),
    "a list of one and the same": lambda: (_same_list(), (torch.randn(ROWS),)),
    "a dict of parameters": _rows(
        lambda m, x: F.linear(x, m.d["w"], m.d["b"]),
        d=lambda: nn.ParameterDict({"w": p(5, 6), "b": p(5)}),
    ),
    "a dict of modules": _rows(
        lambda m, x: m.d["b"](m.d["a"](x)),
        d=lambda: nn.ModuleDict({"a": nn.Linear(6, 6), "b": nn.Linear(6, 3)}),
    ),
    "a lazy layer": _lazy(nn.LazyLinear, ROWS, 5),
    "a lazy convolution": _lazy(nn.LazyConv2d, MAP, 5, 3),
    "a lazy transposed convolution": _lazy(nn.LazyConvTranspose2d, MAP, 5, 3),
    "a lazy batch norm": _lazy(nn.LazyBatchNorm2d, MAP),
    "bags of words": _words(lambda m, i: m.e(i), e=lambda: nn.EmbeddingBag(9, 6)),
    "bags of words, summed": _words(
        lambda m, i: m.e(i), e=lambda: nn.EmbeddingBag(9, 6, mode="sum")
    ),
    "a table with padding": _words(
        lambda m, i: m.e(i), e=lambda: nn.Embedding(9, 6, padding_idx=0)
    ),
    "a table from a buffer": _words(lambda m, i: F.embedding(i, m.b), b=B(9, 6)),
    "hashed words": _words(
        lambda m, i: m.a(i % 5) + m.b(i % 3),
        a=lambda: nn.Embedding(5, 6),
        b=lambda: nn.Embedding(3, 6),
    ),
    "factored words": _words(lambda m, i: m.l(m.e(i)), e=lambda: nn.Embedding(9, 3), l=L(3, 6)),
    "words by a product": _words(lambda m, i: F.one_hot(i, 9).float() @ m.p, p=P(9, 6)),
    "a table by another one's rows": _words(
        lambda m, i: m.e(i) @ m.e.weight.t() @ m.e.weight, e=lambda: nn.Embedding(9, 6)
    ),
    "bilinear": lambda: (
        Uses(lambda m, x, y: m.l(x, y), l=nn.Bilinear(6, 5, 3)),
        (torch.randn(1, 4, 6), torch.randn(1, 4, 5)),
    ),
    "attention": _rows(
        lambda m, x: m.a(x, x, x)[0], a=lambda: nn.MultiheadAttention(6, 2, batch_first=True)
    ),
    "attention without biases": _rows(
        lambda m, x: m.a(x, x, x)[0],
        a=lambda: nn.MultiheadAttention(6, 2, bias=False, batch_first=True),
    ),
    "attention with added keys": _rows(
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
    "attention with relative places": _rows(
        lambda m, x: F.softmax(m.q(x) @ m.k(x).transpose(1, 2) + m.p[m.i], -1) @ m.v(x),
        q=L(),
        k=L(),
        v=L(),
        p=P(7),
        i=lambda: torch.arange(4)[:, None] - torch.arange(4) + 3,
    ),
    "attention to learnt keys": _rows(
        lambda m, x: F.scaled_dot_product_attention(x, m.k, m.v), k=P(1, 3, 6), v=P(1, 3, 6)
    ),
    "learnt queries": _rows(lambda m, x: F.scaled_dot_product_attention(m.q, x, x), q=P(1, 3, 6)),
    "an encoder": lambda: (
        nn.TransformerEncoder(nn.TransformerEncoderLayer(6, 2, 8, batch_first=True, dropout=0), 2),
        (torch.randn(ROWS),),
    ),
    "a recurrence": _rows(lambda m, x: m.g(x)[0], g=lambda: nn.LSTM(6, 5, batch_first=True)),
    "a recurrence both ways": _rows(
        lambda m, x: m.g(x)[0],
        g=lambda: nn.GRU(6, 5, num_layers=2, bidirectional=True, batch_first=True),
    ),
    "a recurrence with projections": _rows(
        lambda m, x: m.g(x)[0], g=lambda: nn.LSTM(6, 5, proj_size=3, batch_first=True)
    ),
    "a recurrence without biases": _rows(
        lambda m, x: m.g(x)[0], g=lambda: nn.RNN(6, 5, bias=False, batch_first=True)
    ),
    "a learnt first state": _rows(
        lambda m, x: m.g(x, m.h)[0], g=lambda: nn.GRU(6, 5, batch_first=True), h=P(1, 1, 5)
    ),
    "a cell by steps": _rows(lambda m, x: _by_steps(m, x), g=lambda: nn.GRUCell(6, 6)),
    "an LSTM cell by steps": _rows(
        lambda m, x: _by_steps_of_two(m, x), g=lambda: nn.LSTMCell(6, 6)
    ),
    "a layer of experts": _rows(
        lambda m, x: sum(m.g(x).softmax(-1)[..., n : n + 1] * one(x) for n, one in enumerate(m.e)),
        g=L(6, 2),
        e=lambda: nn.ModuleList([nn.Linear(6, 6), nn.Linear(6, 6)]),
    ),
    "experts in one array": _rows(
        lambda m, x: torch.stack([x @ m.w[n] + m.b[n] for n in range(3)]).sum(0),
        w=P(3, 6, 6),
        b=P(3, 6),
    ),
    "grouped products": _rows(
        lambda m, x: (x.view(1, 4, 2, 3).unsqueeze(-2) @ m.w).flatten(2), w=P(2, 3, 3)
    ),
    "a convolution of a sequence": _rows(
        lambda m, x: m.c(x.transpose(1, 2)), c=lambda: nn.Conv1d(6, 6, 3, padding=1, groups=2)
    ),
    "a dynamic kernel": _map(
        lambda m, x: F.conv2d(x, m.a.sigmoid() * m.p, padding=1), p=P(3, 3, 3, 3), a=P(1)
    ),
    "a kernel out of a basis": _map(
        lambda m, x: F.conv2d(x, torch.einsum("k,koihw->oihw", m.a, m.p), padding=1),
        p=P(2, 3, 3, 3, 3),
        a=P(2),
    ),
    "a dense vector": _vector(lambda m, x: m.l(x), l=L()),
    "a matrix there and back on a vector": _vector(
        lambda m, x: m.l(x).relu() @ m.l.weight, l=L(6, 3)
    ),
    "a matrix twice on a vector": _vector(lambda m, x: (x @ m.p).relu() @ m.p.t(), p=P(6, 6)),
    "layer scale": _rows(lambda m, x: x + m.g * m.l(x), g=P(6), l=L()),
    "a temperature": _rows(lambda m, x: (m.l(x) / m.t).softmax(-1), t=P(1), l=L()),
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


FAMILIES: dict[str, dict[str, Callable[[], Made]]] = {
    "twice": TWICE,
    "in part": PARTS,
    "shared": SHARED,
    "normalised": NORMALISED,
    "beside": BESIDE,
    "held": HELD,
}
