"""Small modules that use their parameters in ways of their own: twice, in part, tied, worked out.

What a module has is `sum(p.numel() for p in module.parameters())`, which counts each array once.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F

from tests.crosscheck.torch_parameters_of_modules import BESIDE, HELD, NORMALISED, SHARED
from tests.crosscheck.torch_uses import (
    C,
    L,
    Made,
    P,
    maps,
    rows,
)

# A parameter that several operations read, alone or with what is made of it.
TWICE: dict[str, Callable[[], Made]] = {
    "a scale twice": rows(lambda m, x: torch.relu(x * m.p) * m.p, p=P(6)),
    "a bias twice": rows(lambda m, x: torch.relu(x + m.p) + m.p, p=P(6)),
    "a scale, then a bias": rows(lambda m, x: torch.relu(x * m.p) + m.p, p=P(6)),
    "a bias, then a scale": rows(lambda m, x: torch.relu(x + m.p) * m.p, p=P(6)),
    "a scale, then subtracted": rows(lambda m, x: torch.relu(x * m.p) - m.p, p=P(6)),
    "a scale, then divided by": rows(lambda m, x: torch.relu(x * m.p) / m.p, p=P(6)),
    "subtracted, then a scale": rows(lambda m, x: torch.relu(x - m.p) * m.p, p=P(6)),
    "subtracted from, twice": rows(lambda m, x: (m.p - x).tanh() + (m.p - x * x), p=P(6)),
    "a table scale twice": rows(lambda m, x: torch.relu(x * m.p) * m.p, p=P(4, 6)),
    "a table bias twice": rows(lambda m, x: torch.relu(x + m.p) + m.p, p=P(4, 6)),
    "a table, then its rows": rows(lambda m, x: torch.relu(x + m.p) + m.p[0], p=P(4, 6)),
    "a column scale, then a source": rows(lambda m, x: torch.relu(x * m.p) + m.p.exp(), p=P(4, 1)),
    "a column bias, then a scale": rows(lambda m, x: torch.relu(x + m.p) * m.p, p=P(4, 1)),
    "a column scale, then a root": rows(lambda m, x: x * m.p + m.p.sqrt(), p=P(4, 1)),
    "a scale of channels, then a source": maps(
        lambda m, x: torch.relu(x * m.p) + m.p.exp(), p=P(3, 1, 1)
    ),
    "a scale of channels and its exponential": maps(
        lambda m, x: (x * m.p.exp()).tanh() * m.p, p=P(1, 3, 1, 1)
    ),
    "a bias of channels twice": maps(lambda m, x: torch.relu(x + m.p) + m.p, p=P(3, 1, 1)),
    "a scale, seen as channels": maps(
        lambda m, x: x * m.p.view(1, 3, 1, 1) + m.p.view(3, 1, 1), p=P(3)
    ),
    "a scale of channels, in two ranks": maps(
        lambda m, x: (x * m.p[:, None, None]).relu() * m.p.view(1, -1, 1, 1), p=P(3)
    ),
    "a matrix twice": rows(lambda m, x: torch.relu(x @ m.p) @ m.p, p=P(6, 6)),
    "a matrix and its transpose": rows(lambda m, x: torch.relu(x @ m.p) @ m.p.t(), p=P(6, 5)),
    "a matrix plus its transpose": rows(lambda m, x: x @ (m.p + m.p.t()), p=P(6, 6)),
    "two products summed": rows(lambda m, x: x @ m.p + x @ m.p.t(), p=P(6, 6)),
    "a product of a matrix with itself": rows(lambda m, x: x @ (m.p @ m.p.t()), p=P(6, 6)),
    "a matrix as a weight and added": rows(lambda m, x: x @ m.p + m.p[:4], p=P(6, 6)),
    "a weight and its exponential": rows(
        lambda m, x: F.linear(x, m.p) + F.linear(x, m.p.exp()), p=P(6, 6)
    ),
    "a weight and its triangle": rows(
        lambda m, x: F.linear(F.linear(x, m.p).relu(), m.p.tril()), p=P(6, 6)
    ),
    "a weight squared": rows(lambda m, x: F.linear(x, m.p * m.p), p=P(6, 6)),
    "a weight and its square": rows(lambda m, x: F.linear(F.linear(x, m.p * m.p), m.p), p=P(6, 6)),
    "a weight that is its own bias": rows(lambda m, x: F.linear(x, m.p, m.p[0]), p=P(6, 6)),
    "a weight with two biases": rows(
        lambda m, x: F.linear(F.linear(x, m.p, m.a).relu(), m.p, m.b), p=P(6, 6), a=P(6), b=P(6)
    ),
    "a weight with and without a bias": rows(
        lambda m, x: F.linear(F.linear(x, m.p, m.a).relu(), m.p), p=P(6, 6), a=P(6)
    ),
    "two weights of one bias": rows(
        lambda m, x: F.linear(F.linear(x, m.p, m.a).relu(), m.q, m.a),
        p=P(6, 6),
        q=P(6, 6),
        a=P(6),
    ),
    "a bias of a layer, added again": rows(lambda m, x: m.l(x).relu() + m.l.bias, l=L()),
    "a bias of a layer, multiplied": rows(lambda m, x: m.l(x).relu() * m.l.bias, l=L()),
    "a weight of a layer, summed": rows(lambda m, x: m.l(x) + m.l.weight.sum(1), l=L()),
    "a weight of a layer, its norm": rows(lambda m, x: m.l(x) / m.l.weight.norm(), l=L()),
    "a weight of a layer, averaged": rows(lambda m, x: m.l(x) - m.l.weight.mean(), l=L()),
    "a single number twice": rows(lambda m, x: torch.relu(x * m.p) + m.p, p=P(1)),
    "a scalar twice": rows(lambda m, x: torch.relu(x * m.p) + m.p, p=P()),
    "a scalar's exponential": rows(lambda m, x: x * m.p.exp(), p=P()),
    "a scalar clamped": rows(lambda m, x: x * m.p.exp().clamp(max=100), p=P()),
    "a scalar divided by": rows(lambda m, x: x / m.p, p=P(1)),
    "a scalar's sigmoid mixes": rows(
        lambda m, x: m.p.sigmoid() * x + (1 - m.p.sigmoid()) * x.relu(), p=P(1)
    ),
    "two scalars": rows(lambda m, x: x * m.p + m.q, p=P(1), q=P(1)),
    "a kernel twice": maps(
        lambda m, x: F.conv2d(F.conv2d(x, m.p, padding=1).relu(), m.p, padding=1), p=P(3, 3, 3, 3)
    ),
    "a kernel at two dilations": maps(
        lambda m, x: F.conv2d(x, m.p, padding=1) + F.conv2d(x, m.p, padding=2, dilation=2),
        p=P(3, 3, 3, 3),
    ),
    "a kernel with two biases": maps(
        lambda m, x: F.conv2d(F.conv2d(x, m.p, m.a, padding=1).relu(), m.p, m.b, padding=1),
        p=P(3, 3, 3, 3),
        a=P(3),
        b=P(3),
    ),
    "a kernel with and without a bias": maps(
        lambda m, x: F.conv2d(F.conv2d(x, m.p, m.a, padding=1).relu(), m.p, padding=1),
        p=P(3, 3, 3, 3),
        a=P(3),
    ),
    "a kernel and its channels turned": maps(
        lambda m, x: F.conv2d(F.conv2d(x, m.p, padding=1), m.p.transpose(0, 1), padding=1),
        p=P(4, 3, 3, 3),
    ),
    "a kernel mirrored": maps(
        lambda m, x: F.conv2d(x, m.p, padding=1) + F.conv2d(x, m.p.flip(-1), padding=1),
        p=P(3, 3, 3, 3),
    ),
    "a kernel there and back": maps(
        lambda m, x: F.conv_transpose2d(F.conv2d(x, m.p).relu(), m.p), p=P(4, 3, 3, 3)
    ),
    "a kernel in part": maps(
        lambda m, x: F.conv2d(x, m.p, padding=1) + F.conv2d(x, m.p[:, :, 1:2, 1:2]),
        p=P(3, 3, 3, 3),
    ),
    "a kernel of differences": maps(
        lambda m, x: m.c(x) - 0.7 * F.conv2d(x, m.c.weight.sum((2, 3), keepdim=True)),
        c=C(bias=False),
    ),
    "a kernel scaled": maps(lambda m, x: F.conv2d(x, m.p * 2, padding=1), p=P(3, 3, 3, 3)),
    "a kernel standardised": maps(
        lambda m, x: F.conv2d(
            x,
            (m.p - m.p.mean((1, 2, 3), keepdim=True)) / m.p.std((1, 2, 3), keepdim=True),
            padding=1,
        ),
        p=P(3, 3, 3, 3),
    ),
    "a table of three": rows(lambda m, x: x * m.p[0] + torch.tanh(x * m.p[1]) + m.p[2], p=P(3, 6)),
    "doubled": rows(lambda m, x: x + (m.p + m.p), p=P(6)),
    "a sum of itself in two shapes": rows(
        lambda m, x: x + m.p.reshape(4, 6) + m.p.t().reshape(4, 6), p=P(4, 6)
    ),
    "joined with itself": rows(lambda m, x: x + torch.cat([m.p, m.p]), p=P(2, 6)),
    "repeated": rows(lambda m, x: x + m.p.repeat(2, 1), p=P(2, 6)),
    "repeated, and as it is": rows(
        lambda m, x: (x + m.p.repeat(2, 1)).relu()[:, :2] * m.p, p=P(2, 6)
    ),
    "expanded": rows(lambda m, x: torch.cat([m.p.expand(1, 2, 6), x], 1), p=P(1, 1, 6)),
    "a token, joined and added": rows(lambda m, x: torch.cat([m.p, x], 1) + m.p, p=P(1, 1, 6)),
    "rows read by one another": rows(lambda m, x: x[..., :4] + m.p.softmax(-1) @ m.p, p=P(4, 4)),
    "centred": rows(lambda m, x: x + (m.p - m.p.mean()), p=P(4, 6)),
    "normalised": rows(lambda m, x: x @ F.normalize(m.p, dim=-1).t(), p=P(5, 6)),
    "prototypes at a distance": rows(
        lambda m, x: (x.square().sum(-1, keepdim=True) + m.p.square().sum(-1)) - 2 * x @ m.p.t(),
        p=P(5, 6),
    ),
    "an outer product": rows(lambda m, x: x @ torch.outer(m.p, m.q), p=P(6), q=P(6)),
    "low rank": rows(lambda m, x: x @ (m.p @ m.q), p=P(6, 2), q=P(2, 6)),
    "low rank beside": rows(
        lambda m, x: m.l(x) + 0.5 * (x @ m.p) @ m.q, l=L(), p=P(6, 2), q=P(2, 6)
    ),
    "low rank in the weight": rows(
        lambda m, x: F.linear(x, m.l.weight + m.p @ m.q, m.l.bias), l=L(), p=P(6, 2), q=P(2, 6)
    ),
    "doubly gated": rows(lambda m, x: torch.sigmoid(x * m.p) * (x + m.q) * m.p, p=P(6), q=P(6)),
    "a maximum with it": rows(lambda m, x: torch.maximum(x, m.p), p=P(6)),
    "chosen by a mask": rows(lambda m, x: torch.where(x > 0, x, m.p), p=P(6)),
    "a power of it": rows(lambda m, x: x.abs() ** m.p, p=P(6)),
    "learnt slopes": maps(lambda m, x: torch.where(x > 0, x, m.p * x), p=P(3, 1, 1)),
    "bilinear by hand": rows(lambda m, x: (x @ m.p) @ x.transpose(1, 2), p=P(6, 6)),
    "an einsum": rows(lambda m, x: torch.einsum("bnc,cd->bnd", x, m.p), p=P(6, 5)),
    "two einsums of one": rows(
        lambda m, x: torch.einsum("bnd,cd->bnc", torch.einsum("bnc,cd->bnd", x, m.p).relu(), m.p),
        p=P(6, 5),
    ),
    "an einsum over experts": rows(
        lambda m, x: torch.einsum("bnc,ecd->bned", x, m.p), p=P(2, 6, 5)
    ),
    "a vector product": rows(lambda m, x: x @ m.p, p=P(6)),
    "a vector product, and a scale": rows(lambda m, x: (x * m.p) * (x @ m.p)[..., None], p=P(6)),
    "positions cut to length": rows(lambda m, x: x + m.p[:, : x.shape[1]], p=P(1, 9, 6)),
    "positions, two spans": rows(lambda m, x: (x + m.p[:, :4]).tanh() + m.p[:, 2:6], p=P(1, 9, 6)),
    "positions resized": maps(
        lambda m, x: x + F.interpolate(m.p, size=(5, 7), mode="nearest"), p=P(1, 3, 3, 3)
    ),
    "gates of rows": rows(lambda m, x: x * m.p.softmax(0)[:, None], p=P(4)),
    "mixed layers": rows(
        lambda m, x: m.w.softmax(0)[0] * m.a(x) + m.w.softmax(0)[1] * m.b(x),
        w=P(2),
        a=L(),
        b=L(),
    ),
    "stacked": rows(lambda m, x: x + torch.stack([m.p, m.q]).sum(0), p=P(6), q=P(6)),
    "stacked rows": rows(lambda m, x: x + torch.stack([m.p, m.q, m.p, m.q]), p=P(6), q=P(6)),
    "joined": rows(lambda m, x: x + torch.cat([m.p, m.q]), p=P(3), q=P(3)),
    "joined weights": rows(lambda m, x: F.linear(x, torch.cat([m.p, m.q])), p=P(3, 6), q=P(2, 6)),
    "joined weights, and one alone": rows(
        lambda m, x: torch.cat([F.linear(x, torch.cat([m.p, m.q])), F.linear(x, m.p)], -1),
        p=P(3, 6),
        q=P(2, 6),
    ),
    "joined layers": rows(
        lambda m, x: F.linear(
            x, torch.cat([m.a.weight, m.b.weight]), torch.cat([m.a.bias, m.b.bias])
        ),
        a=L(),
        b=L(),
    ),
}
# A part of a parameter, or several.
PARTS: dict[str, Callable[[], Made]] = {
    "thirds of a projection": rows(
        lambda m, x: F.linear(x, m.p[:6]) * F.linear(x, m.p[6:12]) + F.linear(x, m.p[12:]),
        p=P(18, 6),
    ),
    "chunks of a projection": rows(
        lambda m, x: torch.stack([F.linear(x, one) for one in m.p.chunk(3)]).sum(0), p=P(18, 6)
    ),
    "half of a weight": rows(lambda m, x: F.linear(x, m.p[:3]), p=P(6, 6)),
    "half of the inputs": rows(lambda m, x: F.linear(x[..., :3], m.p[:, :3]), p=P(6, 6)),
    "overlapping halves": rows(
        lambda m, x: torch.cat([F.linear(x, m.p[:4]), F.linear(x, m.p[2:])], -1), p=P(6, 6)
    ),
    "the whole and a part": rows(lambda m, x: F.linear(F.linear(x, m.p), m.p[3:]), p=P(6, 6)),
    "every second row": rows(lambda m, x: F.linear(x, m.p[::2]), p=P(6, 6)),
    "one row": rows(lambda m, x: x * m.p[1], p=P(3, 6)),
    "rows one by one": rows(lambda m, x: ((x * m.p[0]).relu() * m.p[1]).relu() * m.p[2], p=P(3, 6)),
    "unbound": rows(lambda m, x: sum(x * one for one in m.p.unbind()), p=P(3, 6)),
    "split vectors": rows(
        lambda m, x: torch.cat([x[..., :2] * m.p[:2], x[..., 2:] + m.p[2:]], -1), p=P(6)
    ),
    "rows of a table by numbers": rows(lambda m, x: x + m.p[torch.tensor([0, 2, 2, 1])], p=P(5, 6)),
    "rows of a table, and the whole": rows(
        lambda m, x: (x + m.p[torch.tensor([0, 2, 2, 1])]) @ m.p.t(), p=P(5, 6)
    ),
    "a row by a number": rows(lambda m, x: x + m.p[:, 2], p=P(1, 5, 6)),
    "modulated": rows(
        lambda m, x: F.layer_norm(x, (6,)) * (1 + m.p[:, 0]) + m.p[:, 1], p=P(1, 2, 1, 6)
    ),
    "shift and scale of a table": rows(
        lambda m, x: (lambda a, b: x * a + b)(*m.p.chunk(2, dim=-1)), p=P(1, 1, 12)
    ),
    "a norm with a part": rows(lambda m, x: F.layer_norm(x, (6,), m.p[:6], m.p[6:]), p=P(12)),
    "a triangle of weights": rows(lambda m, x: m.p[:4, :4].tril() @ x, p=P(6, 6)),
    "a slice along both axes": rows(lambda m, x: F.linear(x[..., :4], m.p[1:4, 2:6]), p=P(6, 6)),
    "parts of a kernel": maps(
        lambda m, x: torch.cat(
            [F.conv2d(x, m.p[:2], padding=1), F.conv2d(x, m.p[2:], padding=1)], 1
        ),
        p=P(5, 3, 3, 3),
    ),
    "a part of a kernel": maps(lambda m, x: F.conv2d(x, m.p[:2], padding=1), p=P(5, 3, 3, 3)),
    "a folded projection": rows(
        lambda m, x: torch.stack([x @ m.p[n] for n in range(2)], 1), p=P(2, 6, 3)
    ),
    "heads by einsum": rows(lambda m, x: torch.einsum("bnc,hcd->bhnd", x, m.p), p=P(2, 6, 3)),
    "a padded table": rows(lambda m, x: x + F.pad(m.p, (0, 0, 1, 1)), p=P(2, 6)),
    "a rolled table": rows(lambda m, x: x + m.p + m.p.roll(1, 0), p=P(4, 6)),
    "a mirrored vector": rows(lambda m, x: x * m.p + m.p.flip(0), p=P(6)),
}


FAMILIES: dict[str, dict[str, Callable[[], Made]]] = {
    "twice": TWICE,
    "in part": PARTS,
    "shared": SHARED,
    "normalised": NORMALISED,
    "beside": BESIDE,
    "held": HELD,
}
