"""The example networks with attention in plain PyTorch, after torchvision's layouts."""

from __future__ import annotations

from collections.abc import Callable

import pytest

torch = pytest.importorskip("torch", reason="the reference networks are written in PyTorch")

from torch import Tensor, nn  # noqa: E402 - only where torch is installed
from torch.nn import functional as F  # noqa: E402

from tests.crosscheck import torch_attention  # noqa: E402
from tests.crosscheck.reference_networks import Apply, Sum  # noqa: E402

# They hold a projection whose weights they read themselves: one layer here.
AS_ONE = (nn.MultiheadAttention, torch_attention.Attention)


class Learnt(nn.Module):  # type: ignore[misc]
    """A learnt tensor, the same for every sample."""

    def __init__(self, *shape: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(*shape))

    def forward(self, x: Tensor) -> Tensor:
        return self.weight.repeat(len(x), *(1 for _ in self.weight.shape))


class SelfAttention(nn.Module):  # type: ignore[misc]
    """On tokens `(N, L, C)`."""

    def __init__(self, c: int, heads: int) -> None:
        super().__init__()
        self.own = nn.MultiheadAttention(c, heads, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.own(x, x, x, need_weights=False)[0]


def residual(*layers: nn.Module) -> nn.Module:
    return Sum(nn.Identity(), nn.Sequential(*layers))


def dense(c: int, hidden: int) -> list[nn.Module]:
    return [nn.Linear(c, hidden), nn.GELU(), nn.Linear(hidden, c)]


class Tokens(nn.Module):  # type: ignore[misc]
    """Patches as tokens behind that of the class, with their positions."""

    def __init__(self, c: int, patch: int, tokens: int) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, c, patch, patch)
        self.class_token, self.positions = Learnt(c, 1), Learnt(c, tokens)

    def forward(self, x: Tensor) -> Tensor:
        patches = self.patches(x).flatten(2)
        joined = torch.cat([self.class_token(x), patches], dim=2)
        return (joined + self.positions(x)).transpose(1, 2)


def vit_b_16() -> nn.Module:
    def encoder() -> list[nn.Module]:
        attended = residual(nn.LayerNorm(768, 1e-6), SelfAttention(768, 12))
        return [attended, residual(nn.LayerNorm(768, 1e-6), *dense(768, 3072))]

    layers = [layer for _ in range(12) for layer in encoder()]
    first = Apply(lambda x: x[:, 0])
    head = [nn.LayerNorm(768, 1e-6), first, nn.Linear(768, 1000)]
    return nn.Sequential(Tokens(768, 16, 197), *layers, *head)


class Windows(nn.Module):  # type: ignore[misc]
    """Attention inside of windows of 7 x 7, on channels last."""

    def __init__(self, c: int, size: int, heads: int, shift: int) -> None:
        super().__init__()
        fields = {"heads": heads, "window": 7, "shift": shift, "relative_positions": "table"}
        self.own = torch_attention.Self(fields, (c, size, size))
        # Scores in the tens leave one share of 1, and no digit of the others.
        nn.init.xavier_uniform_(self.own.in_proj_weight)
        nn.init.trunc_normal_(self.own.relative_position_bias_table, std=0.02)

    def forward(self, x: Tensor) -> Tensor:
        return self.own(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)


def swin_t() -> nn.Module:
    def block(c: int, size: int, shift: int) -> list[nn.Module]:
        attended = residual(nn.LayerNorm(c), Windows(c, size, c // 32, shift))
        return [attended, residual(nn.LayerNorm(c), *dense(c, 4 * c))]

    def merge(c: int) -> list[nn.Module]:
        # torchvision's order: the four pixels of a column before those of the next.
        corners = [(0, 0), (1, 0), (0, 1), (1, 1)]
        cut = Apply(lambda x: torch.cat([x[:, h::2, w::2] for h, w in corners], dim=-1))
        return [cut, nn.LayerNorm(2 * c), nn.Linear(2 * c, c, bias=False)]

    layers: list[nn.Module] = [nn.Conv2d(3, 96, 4, 4), Apply(lambda x: x.permute(0, 2, 3, 1))]
    layers.append(nn.LayerNorm(96))
    for c, size, depth in ((96, 56, 2), (192, 28, 2), (384, 14, 6), (768, 7, 2)):
        layers += merge(c) if c > 96 else []
        for n in range(depth):
            layers += block(c, size, 3 if n % 2 else 0)
    mean = Apply(lambda x: x.mean((1, 2)))
    return nn.Sequential(*layers, nn.LayerNorm(768), mean, nn.Linear(768, 1000))


class Attended(nn.Module):  # type: ignore[misc]
    """Attention with projections that stand one by one; on tokens, of keys and of values apart."""

    def __init__(self, c: int, heads: int, key_bias: bool = True) -> None:
        super().__init__()
        self.heads = heads
        self.queries, self.keys = nn.Linear(c, c), nn.Linear(c, c, bias=key_bias)
        self.values, self.last = nn.Linear(c, c), nn.Linear(c, c)

    def forward(self, asking: Tensor, asked: Tensor, given: Tensor) -> Tensor:
        projected = (self.queries(asking), self.keys(asked), self.values(given))
        q, k, v = (x.unflatten(2, (self.heads, -1)).transpose(1, 2) for x in projected)
        y = F.scaled_dot_product_attention(q, k, v)
        return self.last(y.transpose(1, 2).flatten(2))


class Thrice(nn.Module):  # type: ignore[misc]
    """One input in the place of three."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, x: Tensor) -> Tensor:
        return self.layer(x, x, x)


class Table(nn.Module):  # type: ignore[misc]
    """A table that is not learnt, the same for every sample."""

    def __init__(self, c: int, tokens: int) -> None:
        super().__init__()
        self.register_buffer("value", torch.randn(c, tokens))

    def forward(self, x: Tensor) -> Tensor:
        return self.value.repeat(len(x), 1, 1)


def whisper_tiny_encoder() -> nn.Module:
    # Source: openai/whisper, model.py.
    def encoder() -> list[nn.Module]:
        attended = residual(nn.LayerNorm(384), Thrice(Attended(384, 6, key_bias=False)))
        return [attended, residual(nn.LayerNorm(384), *dense(384, 1536))]

    layers: list[nn.Module] = [nn.Conv1d(80, 384, 3, padding=1), nn.GELU()]
    layers += [nn.Conv1d(384, 384, 3, 2, 1), nn.GELU(), Sum(nn.Identity(), Table(384, 1500))]
    layers.append(Apply(lambda x: x.transpose(1, 2)))
    layers += [layer for _ in range(4) for layer in encoder()]
    return nn.Sequential(*layers, nn.LayerNorm(384), Apply(lambda x: x.transpose(1, 2)))


class Detr(nn.Module):  # type: ignore[misc]
    """Norms stand behind the sums; places go to queries and keys, not to values.

    Source: facebookresearch/detr, models/transformer.py.
    """

    def __init__(self) -> None:
        super().__init__()

        def block(attentions: int) -> nn.ModuleList:
            layers = [layer for _ in range(attentions) for layer in (Attended(256, 8), self.norm())]
            dense = nn.Sequential(nn.Linear(256, 2048), nn.ReLU(), nn.Linear(2048, 256))
            return nn.ModuleList([*layers, dense, self.norm()])

        self.features, self.sines = nn.Conv2d(2048, 256, 1), Table(256, 850)
        self.encoder = nn.ModuleList(block(1) for _ in range(6))
        self.boxes = Learnt(256, 100)
        self.decoder = nn.ModuleList(block(2) for _ in range(6))
        self.last = self.norm()
        self.classes = nn.Linear(256, 92)
        layers = [nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU()]
        self.sides = nn.Sequential(*layers, nn.Linear(256, 4), nn.Sigmoid())

    def norm(self) -> nn.Module:
        return nn.LayerNorm(256)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        x = self.features(x).flatten(2).transpose(1, 2)
        places = self.sines(x).transpose(1, 2)
        for attend, first, dense, second in self.encoder:
            x = first(x + attend(x + places, x + places, x))
            x = second(x + dense(x))
        boxes, memory = self.boxes(x).transpose(1, 2), x
        x = torch.zeros_like(boxes)
        for attend, first, asking, second, dense, third in self.decoder:
            x = first(x + attend(x + boxes, x + boxes, x))
            x = second(x + asking(x + boxes, memory + places, memory))
            x = third(x + dense(x))
        x = self.last(x)
        return self.classes(x).transpose(1, 2), self.sides(x).transpose(1, 2)


class Shift(nn.Module):  # type: ignore[misc]
    def __init__(self, c: int) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(c))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.bias


class Relative(nn.Module):  # type: ignore[misc]
    """Attention by content and by distance. Source: ESPnet's RelPositionMultiHeadedAttention."""

    def __init__(self, c: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.queries, self.keys, self.values = nn.Linear(c, c), nn.Linear(c, c), nn.Linear(c, c)
        self.distances, self.last = nn.Linear(c, c, bias=False), nn.Linear(c, c)
        self.content, self.place = Shift(c), Shift(c)

    def apart(self, x: Tensor) -> Tensor:
        return x.unflatten(2, (self.heads, -1)).transpose(1, 2)

    def forward(self, x: Tensor, places: Tensor) -> Tensor:
        q, k, v = self.queries(x), self.apart(self.keys(x)), self.apart(self.values(x))
        r = self.apart(self.distances(places))
        by_content = self.apart(self.content(q)) @ k.transpose(2, 3)
        table = self.apart(self.place(q)) @ r.transpose(2, 3)
        # Each row one further on than the row above it.
        moved = F.pad(table, (1, 0)).view(*table.shape[:2], table.shape[3] + 1, table.shape[2])
        by_place = moved[:, :, 1:].reshape(table.shape)[..., : table.shape[2]]
        shares = ((by_content + by_place) / 6).softmax(3)
        return self.last((shares @ v).transpose(1, 2).flatten(2))


class Conformer(nn.Module):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__()

        def half() -> nn.Module:
            return nn.Sequential(
                nn.LayerNorm(144), nn.Linear(144, 576), nn.SiLU(), nn.Linear(576, 144)
            )

        self.first, self.norm, self.attend = half(), nn.LayerNorm(144), Relative(144, 4)
        turn = Apply(lambda x: x.transpose(1, 2))
        layers = [nn.LayerNorm(144), turn, nn.Conv1d(144, 288, 1), nn.GLU(1)]
        layers += [nn.Conv1d(144, 144, 31, padding=15, groups=144), nn.BatchNorm1d(144)]
        self.convolve = nn.Sequential(*layers, nn.SiLU(), nn.Conv1d(144, 144, 1), turn)
        self.second, self.last = half(), nn.LayerNorm(144)

    def forward(self, x: Tensor, places: Tensor) -> Tensor:
        x = x + self.first(x) / 2
        x = x + self.attend(self.norm(x), places)
        x = x + self.convolve(x)
        return self.last(x + self.second(x) / 2)


class ConformerEncoder(nn.Module):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__()
        layers = [nn.Conv2d(1, 144, 3, 2), nn.ReLU(), nn.Conv2d(144, 144, 3, 2), nn.ReLU()]
        self.sound, self.width = nn.Sequential(*layers), nn.Linear(144 * 19, 144)
        self.sines = Table(144, 497)
        self.layers = nn.ModuleList(Conformer() for _ in range(16))

    def forward(self, x: Tensor) -> Tensor:
        x = self.width(self.sound(x).flatten(1, 2).transpose(1, 2)) * 12
        places = self.sines(x).transpose(1, 2)
        for layer in self.layers:
            x = layer(x, places)
        return x.transpose(1, 2)


REFERENCES: dict[str, Callable[[], nn.Module]] = {
    "conformer_s_encoder": ConformerEncoder,
    "detr_transformer": Detr,
    "swin_t": swin_t,
    "vit_b_16": vit_b_16,
    "whisper_tiny_encoder": whisper_tiny_encoder,
}
