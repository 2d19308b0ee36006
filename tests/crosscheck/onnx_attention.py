"""Attention as people write it, of 4 heads of size 8 over 10 tokens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention


class Heads(nn.Module):  # type: ignore[misc]
    """PyTorch's function on projected heads, with what it takes."""

    def __init__(self, **options: Any) -> None:
        super().__init__()
        self.query, self.key, self.value, self.out = (nn.Linear(32, 32) for _ in range(4))
        mask = options.pop("attn_mask", None)
        self.register_buffer("mask", mask)
        self.options = options

    def forward(self, x: Tensor) -> Any:
        q, k, v = (
            one(x).view(x.shape[0], 10, 4, 8).transpose(1, 2)
            for one in (self.query, self.key, self.value)
        )
        y = scaled_dot_product_attention(q, k, v, attn_mask=self.mask, **self.options)
        return self.out(y.transpose(1, 2).reshape(x.shape))


class Joint(nn.Module):  # type: ignore[misc]
    """One projection for all three, and the scale before the product or behind it."""

    def __init__(self, is_before: bool) -> None:
        super().__init__()
        self.qkv, self.out = nn.Linear(32, 96), nn.Linear(32, 32)
        self.is_before = is_before

    def forward(self, x: Tensor) -> Any:
        q, k, v = self.qkv(x).reshape(-1, 10, 3, 4, 8).permute(2, 0, 3, 1, 4).unbind(0)
        if self.is_before:
            scores = (q * 8**-0.5) @ k.transpose(-2, -1)
        else:
            scores = q @ k.transpose(-2, -1) / 8**0.5
        return self.out((scores.softmax(-1) @ v).transpose(1, 2).reshape(x.shape))


class Crossed(nn.Module):  # type: ignore[misc]
    """PyTorch's module, its keys from another sequence."""

    def __init__(self) -> None:
        super().__init__()
        self.heads, self.key = nn.MultiheadAttention(32, 4, batch_first=True), nn.Linear(32, 32)

    def forward(self, x: Tensor) -> Any:
        other = self.key(x[:, :6])
        return self.heads(x, other, other, need_weights=False)[0]


def hidden() -> Tensor:
    """A mask of truths, no row of which is empty."""
    return (torch.arange(100).reshape(10, 10) * 7 % 5 < 3)[None, None]


ATTENTION: dict[str, Callable[[], nn.Module]] = {
    "plain": Heads,
    "scaled": lambda: Heads(scale=0.3),
    "causal": lambda: Heads(is_causal=True),
    "scaled before": lambda: Joint(is_before=True),
    "scaled behind": lambda: Joint(is_before=False),
    "crossed": Crossed,
    "added mask": lambda: Heads(attn_mask=torch.linspace(-1, 1, 100).reshape(10, 10)),
    "mask of truths": lambda: Heads(attn_mask=hidden()),
}
