"""Attention in torch, from the fields as drawn: its own modules where they can say it.

`nn.MultiheadAttention` where heads split the channels evenly and nothing else is asked; elsewhere
`functional.linear` and `functional.scaled_dot_product_attention`; windows after torchvision's
`shifted_window_attention`.
"""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from tests.crosscheck.draws import Shape, spread

torch = pytest.importorskip("torch", reason="cross-checks need the `crosscheck` extra")

from torch import Tensor, nn  # noqa: E402 - only where torch is installed
from torch.nn import functional as F  # noqa: E402

from tests.crosscheck.torch_windows import Layer  # noqa: E402


def _tokens(x: Tensor) -> Tensor:
    """(N, C, *S) as (N, positions, C). Raises where there are no positions."""
    if x.dim() < 3:
        raise ValueError("no positions")
    return x.flatten(2).transpose(1, 2)


class Attention(nn.Module):  # type: ignore[misc]
    """Projections with torch's names; one input is both queries and memory."""

    def __init__(self, fields: dict[str, Any], asking: Shape, asked: Shape) -> None:
        super().__init__()
        self.fields, self.sizes = fields, asking[1:]
        heads = fields["heads"]
        size = fields.get("head_size")
        if size is None:
            size, left = divmod(asking[0], heads)
            if left:
                raise ValueError("embed_dim must be divisible by num_heads")
        groups = fields.get("kv_heads", heads)
        if heads % groups or heads < 1 or size < 1:
            raise ValueError("heads of keys must divide the heads")
        self.heads, self.groups, self.size = heads, groups, size
        rows = (heads * size, groups * size, groups * size)
        if asking[0] == asked[0]:
            self.in_proj_weight = nn.Parameter(torch.randn(sum(rows), asking[0]))
        else:
            self.q_proj_weight = nn.Parameter(torch.randn(rows[0], asking[0]))
            self.k_proj_weight = nn.Parameter(torch.randn(rows[1], asked[0]))
            self.v_proj_weight = nn.Parameter(torch.randn(rows[2], asked[0]))
        if fields.get("bias", True):
            self.in_proj_bias = nn.Parameter(torch.randn(sum(rows)))
        out = fields.get("out_features", asking[0])
        self.out_proj = nn.Linear(rows[0], out, fields.get("out_bias", True))
        self.rows = rows

    def projected(self, asking: Tensor, asked: Tensor) -> list[Tensor]:
        if hasattr(self, "in_proj_weight"):
            weights = self.in_proj_weight.split(self.rows)
        else:
            weights = (self.q_proj_weight, self.k_proj_weight, self.v_proj_weight)
        has_bias = hasattr(self, "in_proj_bias")
        biases = self.in_proj_bias.split(self.rows) if has_bias else (None,) * 3
        parts = []
        for x, weight, bias in zip((asking, asked, asked), weights, biases, strict=True):
            rows = F.linear(x, weight, bias)
            parts.append(rows.unflatten(-1, (-1, self.size)).transpose(-2, -3))
        return parts

    def attended(self, asking: Tensor, asked: Tensor, mask: Tensor | None) -> Tensor:
        q, k, v = self.projected(asking, asked)
        shared = self.heads != self.groups
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask, enable_gqa=shared)
        return self.out_proj(y.transpose(-2, -3).flatten(-2))


class Cross(Attention):
    def forward(self, queries: Tensor, memory: Tensor) -> Tensor:
        y = self.attended(_tokens(queries), _tokens(memory), None)
        return y.transpose(1, 2).unflatten(2, queries.shape[2:])


class Self(Attention):
    """All positions, or windows that are rolled over the map."""

    def __init__(self, fields: dict[str, Any], shape: Shape) -> None:
        super().__init__(fields, shape, shape)
        rank = len(shape) - 1
        if not rank:
            raise ValueError("no positions")
        window, shift = fields.get("window"), fields.get("shift", 0)
        if fields.get("causal") and rank > 1:
            raise ValueError("no order of positions")
        self.window = list(shape[1:]) if window is None else spread(window, rank)
        self.shift = spread(shift, rank)
        if window is None and any(self.shift):
            raise ValueError("a shift of no window")
        for size, own, by in zip(shape[1:], self.window, self.shift, strict=True):
            if size % own or by >= own:
                raise ValueError("windows do not tile, or are shifted away")
        # As torchvision and the original do where a window holds the map.
        whole = zip(shape[1:], self.window, self.shift, strict=True)
        self.shift = [0 if size <= own else by for size, own, by in whole]
        if fields.get("relative_positions", "none") == "table":
            count = 1
            for own in self.window:
                count *= 2 * own - 1
            self.relative_position_bias_table = nn.Parameter(torch.randn(count, self.heads))

    def forward(self, x: Tensor) -> Tensor:
        rank = x.dim() - 2
        axes = tuple(range(2, 2 + rank))
        rolled = torch.roll(x, [-by for by in self.shift], axes) if any(self.shift) else x
        mask = self.mask(x)
        # One window after the other, cut out of the map.
        y: Tensor | None = None
        counts = [size // own for size, own in zip(self.sizes, self.window, strict=True)]
        for number, place in enumerate(product(*map(range, counts))):
            cut = tuple(
                slice(at * own, (at + 1) * own) for at, own in zip(place, self.window, strict=True)
            )
            tokens = _tokens(rolled[(slice(None), slice(None), *cut)])
            own_mask = None if mask is None else mask[number]
            part = self.attended(tokens, tokens, own_mask).transpose(1, 2)
            if y is None:
                y = torch.zeros(len(x), part.shape[1], *self.sizes, dtype=x.dtype, device=x.device)
            y[(slice(None), slice(None), *cut)] = part.unflatten(2, self.window)
        assert y is not None
        return torch.roll(y, self.shift, axes) if any(self.shift) else y

    def mask(self, x: Tensor) -> list[Tensor] | None:
        """(heads, keys, keys) a window: the position table, minus infinity where hidden."""
        has_table = hasattr(self, "relative_position_bias_table")
        if not has_table and not any(self.shift) and not self.fields.get("causal"):
            return None
        counts = [size // own for size, own in zip(self.sizes, self.window, strict=True)]
        regions = self.regions()
        found = []
        for place in product(*map(range, counts)):
            cut = tuple(
                slice(at * own, (at + 1) * own) for at, own in zip(place, self.window, strict=True)
            )
            own = regions[cut].flatten()
            hidden = own[:, None] != own[None, :]
            if self.fields.get("causal"):
                hidden = hidden | torch.ones_like(hidden).triu(1)
            table = torch.zeros(self.heads, *hidden.shape)
            if has_table:
                table = self.table()
            found.append(table.to(x.dtype).masked_fill(hidden.to(x.device), float("-inf")))
        return found

    def regions(self) -> Tensor:
        """Torchvision's three stretches an axis: what is no neighbour has another number."""
        marks = torch.zeros(*self.sizes)
        stretches = []
        for own, by in zip(self.window, self.shift, strict=True):
            cuts = (slice(0, -own), slice(-own, -by), slice(-by, None))
            stretches.append(cuts if by else (slice(None),))
        for number, cut in enumerate(product(*stretches)):
            marks[cut] = number
        return marks

    def table(self) -> Tensor:
        places = torch.stack(
            torch.meshgrid(*(torch.arange(own) for own in self.window), indexing="ij")
        ).flatten(1)
        apart = places[:, :, None] - places[:, None, :]
        row = torch.zeros_like(apart[0])
        for along, own in zip(apart, self.window, strict=True):
            row = row * (2 * own - 1) + along + own - 1
        return self.relative_position_bias_table[row].permute(2, 0, 1)


class Whole(nn.Module):  # type: ignore[misc]
    """torch's own module, for the cases that it can say."""

    def __init__(self, fields: dict[str, Any], asking: Shape, asked: Shape) -> None:
        super().__init__()
        own = nn.MultiheadAttention(
            asking[0], fields["heads"], kdim=asked[0], vdim=asked[0], batch_first=True
        )
        # Its arrays under the names that they have inside of it.
        for name, parameter in own.named_parameters(recurse=False):
            if parameter is not None:
                self.register_parameter(name, parameter)
        self.out_proj = own.out_proj
        self.own = [own]

    def forward(self, *maps: Tensor) -> Tensor:
        queries, memory = maps[0], maps[-1]
        own = self.own[0]
        for name, parameter in self.named_parameters(recurse=False):
            setattr(own, name, parameter)
        own.out_proj = self.out_proj
        asked = _tokens(memory)
        y, _ = own(_tokens(queries), asked, asked, need_weights=False)
        return y.transpose(1, 2).unflatten(2, queries.shape[2:])


def attention(fields: dict[str, Any], inputs: tuple[Shape, ...]) -> Layer:
    if set(fields) <= {"heads", "materialize"} and len(inputs[0]) > 1:
        module = Whole(fields, inputs[0], inputs[0])
    else:
        module = Self(fields, inputs[0])
    return Layer(module, module)


def cross_attention(fields: dict[str, Any], inputs: tuple[Shape, ...]) -> Layer:
    plain = {key: value for key, value in fields.items() if key != "inputs"}
    made = Whole if set(plain) <= {"heads", "materialize"} else Cross
    module = made(plain, *inputs)
    return Layer(module, module)


def scaled_dot_product_attention(fields: dict[str, Any], inputs: tuple[Shape, ...]) -> Layer:
    """torch's function; several masks are added to each other, or all of them have to be true."""
    heads, apart = fields.get("heads", 1), fields.get("batch_axes", 0)
    groups = fields.get("kv_heads", heads)
    if inputs[1][1:] != inputs[2][1:]:
        raise ValueError("keys and values at other positions")
    if inputs[0][1 : 1 + apart] != inputs[1][1 : 1 + apart]:
        raise ValueError("other batch axes")
    if min(len(x) for x in inputs[:3]) < 2 + apart or min(map(len, inputs)) < 2:
        raise ValueError("no positions")
    is_causal = fields.get("causal", False)
    if is_causal and max(len(x) for x in inputs[:2]) > 2 + apart:
        raise ValueError("no order of positions")

    def rows(x: Tensor, count: int) -> Tensor:
        """(N, *batch, heads, positions, features)"""
        split = x.unflatten(1, (count, x.shape[1] // count)).flatten(3 + apart)
        return split.movedim((1, 2), (-3, -1))

    def mask(x: Tensor, scores: Shape) -> Tensor:
        """(N, *batch, heads, queries, keys)"""
        lead = (1,) * (len(scores) - x.dim() + 1)
        split = x.reshape(len(x), *lead, *x.shape[1:])
        if any(size not in (1, own) for size, own in zip(split.shape[1:], scores, strict=True)):
            raise ValueError("a mask of other sizes")
        return split.movedim(1, -3)

    def forward(q: Tensor, k: Tensor, v: Tensor, *masks: Tensor) -> Tensor:
        asking, asked, given = rows(q, heads), rows(k, groups), rows(v, groups)
        scores = (heads, *q.shape[2 : 2 + apart], asking.shape[-2], asked.shape[-2])
        laid = [mask(x, scores) for x in masks]
        if fields.get("masks") == "boolean":
            laid = [torch.where(x == 0, float("-inf"), 0 * x) for x in laid]
        own = sum(laid) if laid else None
        causal = is_causal
        if is_causal and own is not None:
            later = torch.ones(scores[-2:], device=q.device).triu(1).bool()
            own, causal = own.masked_fill(later, float("-inf")), False
        y = F.scaled_dot_product_attention(
            asking,
            asked,
            given,
            attn_mask=own,
            is_causal=causal,
            scale=fields.get("scale"),
            enable_gqa=groups != heads,
        )
        return y.movedim((-3, -1), (1, 2)).flatten(1, 2).unflatten(-1, q.shape[2 + apart :])

    return Layer(forward)
