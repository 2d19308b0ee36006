"""Small modules whose tensors go many ways: heads, windows, tokens, gates, maps of two sizes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional


class Attention(nn.Module):  # type: ignore[misc]
    """PyTorch's own, of 4 heads."""

    def __init__(self) -> None:
        super().__init__()
        self.heads = nn.MultiheadAttention(32, 4, batch_first=True)

    def forward(self, x: Tensor) -> Any:
        return self.heads(x, x, x, need_weights=False)[0]


class Windows(nn.Module):  # type: ignore[misc]
    """Attention in shifted windows of 4 x 4 and patches merged, as Swin has it: channels last."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(16)
        self.qkv = nn.Linear(16, 48)
        self.out = nn.Linear(16, 16)
        self.merge = nn.Linear(64, 32, bias=False)

    def forward(self, x: Tensor) -> Any:
        x = self.norm(x.permute(0, 2, 3, 1))
        batch, height, width, channels = x.shape
        x = torch.roll(x, (-2, -2), (1, 2))
        cut = x.view(batch, height // 4, 4, width // 4, 4, channels)
        windows = cut.permute(0, 1, 3, 2, 4, 5).reshape(-1, 16, channels)
        q, k, v = self.qkv(windows).reshape(-1, 16, 3, 2, 8).permute(2, 0, 3, 1, 4).unbind(0)
        shares = (q @ k.transpose(-2, -1) * 8**-0.5).softmax(-1)
        windows = self.out((shares @ v).transpose(1, 2).reshape(-1, 16, channels))
        cut = windows.view(batch, height // 4, width // 4, 4, 4, channels)
        x = cut.permute(0, 1, 3, 2, 4, 5).reshape(batch, height, width, channels)
        x = torch.roll(x, (2, 2), (1, 2))
        parts = [x[:, row::2, column::2] for column in (0, 1) for row in (0, 1)]
        return self.merge(torch.cat(parts, -1))


class Words(nn.Module):  # type: ignore[misc]
    """A table, a block with norms behind its sums, as BERT has them, x sigmoid(1.702 x)."""

    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Embedding(20, 16)
        self.block = nn.TransformerEncoderLayer(16, 2, 32, batch_first=True, activation="gelu")
        self.head = nn.Linear(16, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = self.block(self.table(x))
        return self.head(x * torch.sigmoid(1.702 * x))


class Tokens(nn.Module):  # type: ignore[misc]
    """Patches, a class token, positions, one layer of a transformer, a head."""

    def __init__(self) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, 24, 4, 4)
        self.token = nn.Parameter(torch.randn(1, 1, 24))
        self.positions = nn.Parameter(torch.randn(1, 17, 24))
        self.layer = nn.TransformerEncoderLayer(
            24, 3, 48, batch_first=True, norm_first=True, activation="gelu"
        )
        self.head = nn.Linear(24, 7)

    def forward(self, x: Tensor) -> Any:
        x = self.patches(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], 1) + self.positions
        return self.head(self.layer(x)[:, 0])


class TwoSizes(nn.Module):  # type: ignore[misc]
    """A small U-Net: group norm, SiLU, both ways up, a join."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 8, 3, 2, 1)
        self.second = nn.Conv2d(8, 8, 3, 2, 1)
        self.norm = nn.GroupNorm(4, 8)
        self.up = nn.ConvTranspose2d(8, 8, 2, 2)
        self.out = nn.Conv2d(16, 4, 1)

    def forward(self, x: Tensor) -> Any:
        wide = torch.relu(self.first(x))
        deep = functional.silu(self.norm(self.second(wide)))
        up = functional.interpolate(deep, scale_factor=2, mode="bilinear") + self.up(deep)
        x = self.out(torch.cat([wide, up], 1))
        return functional.interpolate(x, size=(32, 32), mode="bilinear", align_corners=True)


class Gates(nn.Module):  # type: ignore[misc]
    """A gate for each channel, then one for each position, as CBAM has them."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding=1)
        self.dense = nn.Linear(8, 8)

    def forward(self, x: Tensor) -> Any:
        x = self.conv(x)
        x = x * torch.sigmoid(self.dense(x.mean((2, 3))))[:, :, None, None]
        maps = torch.cat([x.mean(1, True), x.amax(1, True)], 1)
        return x * torch.sigmoid(maps.sum(1, True))


class Mirrored(nn.Module):  # type: ignore[misc]
    """A picture and its mirror image through one convolution, and channels the other way round."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding=1)

    def forward(self, x: Tensor) -> Any:
        both = self.conv(x) + self.conv(x.flip(3)).flip(3)
        return both.flip(1, 2) * torch.sigmoid(both)


class LastState(nn.Module):  # type: ignore[misc]
    """What both directions of a recurrence have seen in the end."""

    def __init__(self, kind: type[nn.Module], **options: Any) -> None:
        super().__init__()
        self.steps = kind(6, 5, bidirectional=True, **options)
        self.out = nn.Linear(10, 3)

    def forward(self, x: Tensor) -> Any:
        last = self.steps(x)[1]
        last = last[0] if isinstance(last, tuple) else last
        return self.out(torch.cat([*last], -1))


MODULES: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {
    "attention": (Attention, (1, 10, 32)),
    "windows": (Windows, (1, 16, 8, 8)),
    "tokens": (Tokens, (1, 3, 16, 16)),
    "two_sizes": (TwoSizes, (1, 3, 32, 32)),
    "gates": (Gates, (1, 3, 9, 9)),
    "mirrored": (Mirrored, (1, 3, 7, 9)),
    "lstm": (lambda: LastState(nn.LSTM, batch_first=True), (1, 7, 6)),
    "gru": (lambda: LastState(nn.GRU), (7, 1, 6)),
}
