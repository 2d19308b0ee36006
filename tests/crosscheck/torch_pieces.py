"""What exporters take to pieces, a module each: functions, norms, shuffles, windows, attention.

Each is written as people write it in their own code, so that no exporter has a word for the whole.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import chain
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

C, HEADS, SIZE, LENGTH = 32, 4, 8, 10


class Piece(NamedTuple):
    """A module, the shape of its input, and the kinds that its plan should have, in order.

    Weights lie within `bound`, so that numbers stay as large as they are through many layers.
    """

    module: Callable[[], nn.Module]
    shape: tuple[int, ...]
    kinds: tuple[str, ...]
    bound: float = 1

    def drawn(self) -> nn.Module:
        """The module with weights of its own: equal ones would be stored once."""
        torch.manual_seed(0)
        module = self.module().eval()
        for parameter in module.parameters():
            nn.init.uniform_(parameter, -self.bound, self.bound)
        return module


class Function(nn.Module):  # type: ignore[misc]
    """A function between two convolutions, so that it has something to stand between."""

    def __init__(self, function: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.function = function
        left = function(torch.zeros(1, 8, 6, 6)).shape[1]
        self.first, self.last = nn.Conv2d(3, 8, 1), nn.Conv2d(left, 3, 1)

    def forward(self, x: Tensor) -> Any:
        return self.last(self.function(self.first(x)))


def erf_gelu(x: Tensor) -> Tensor:
    return x * 0.5 * (1 + torch.erf(x / math.sqrt(2)))


def erf_gelu_otherwise(x: Tensor) -> Tensor:
    return 0.5 * (x * (torch.erf(x * math.sqrt(0.5)) + 1))


def tanh_gelu(x: Tensor) -> Tensor:
    inner = math.sqrt(2 / math.pi) * (x + 0.044715 * torch.pow(x, 3))
    return 0.5 * x * (1 + torch.tanh(inner))


def fast_gelu(x: Tensor) -> Tensor:
    return 0.5 * x * (1 + torch.tanh(x * 0.7978845608 * (1 + 0.044715 * x * x)))


def mish(x: Tensor) -> Tensor:
    return x * torch.tanh(F.softplus(x))


FUNCTIONS: dict[str, tuple[Callable[[Tensor], Tensor], str]] = {
    "gelu": (F.gelu, "gelu"),
    "gelu by tanh": (lambda x: F.gelu(x, approximate="tanh"), "gelu"),
    "erf gelu": (erf_gelu, "gelu"),
    "erf gelu, otherwise": (erf_gelu_otherwise, "gelu"),
    "tanh gelu": (tanh_gelu, "gelu"),
    "fast gelu": (fast_gelu, "gelu"),
    "quick gelu": (lambda x: x * torch.sigmoid(1.702 * x), "quick_gelu"),
    "silu": (F.silu, "silu"),
    "swish": (lambda x: x * x.sigmoid(), "silu"),
    "hardswish": (F.hardswish, "hardswish"),
    "relu6 swish": (lambda x: x * F.relu6(x + 3) / 6, "hardswish"),
    "relu6 swish, the gate first": (lambda x: x * (F.relu6(x + 3) / 6), "hardswish"),
    "hardsigmoid": (F.hardsigmoid, "hardsigmoid"),
    "relu6 sigmoid": (lambda x: F.relu6(x + 3.0) / 6.0, "hardsigmoid"),
    "clamped sigmoid": (lambda x: (x / 6 + 0.5).clamp(0, 1), "hardsigmoid"),
    "mish": (F.mish, "mish"),
    "softplus mish": (mish, "mish"),
    "softsign": (F.softsign, "softsign"),
    "written softsign": (lambda x: x / (1 + x.abs()), "softsign"),
    "log sigmoid": (F.logsigmoid, "log_sigmoid"),
    "tanhshrink": (F.tanhshrink, "tanhshrink"),
    "glu": (lambda x: F.glu(x, 1), "glu"),
    "l2 norm": (lambda x: F.normalize(x, dim=1), "l2_normalize"),
}


class Norm(nn.Module):  # type: ignore[misc]
    """A norm of tokens, written in sums and products."""

    def __init__(self, function: Callable[[Norm, Tensor], Tensor]) -> None:
        super().__init__()
        self.function = function
        self.first, self.last = nn.Linear(8, C), nn.Linear(C, 8)
        self.weight, self.bias = nn.Parameter(torch.ones(C)), nn.Parameter(torch.zeros(C))

    def forward(self, x: Tensor) -> Any:
        return self.last(self.function(self, self.first(x)))


class RmsNorm(Norm):
    """A norm that shifts nothing."""

    def __init__(self, function: Callable[[Norm, Tensor], Tensor]) -> None:
        super().__init__(function)
        del self.bias


class MapNorm(Norm):
    """The same of maps."""

    def __init__(self, function: Callable[[Norm, Tensor], Tensor]) -> None:
        super().__init__(function)
        self.first, self.last = nn.Conv2d(3, C, 1), nn.Conv2d(C, 3, 1)


def layer_norm_by_pow(net: Norm, x: Tensor) -> Tensor:
    centred = x - x.mean(-1, keepdim=True)
    return centred / torch.sqrt(centred.pow(2).mean(-1, True) + 1e-6) * net.weight + net.bias


def layer_norm_by_var(net: Norm, x: Tensor) -> Tensor:
    var = x.var(-1, unbiased=False, keepdim=True)
    return net.weight * (x - x.mean(-1, True)) / torch.sqrt(var + 1e-6) + net.bias


def layer_norm_of_channels(net: Norm, x: Tensor) -> Tensor:
    u = x.mean(1, keepdim=True)
    s = (x - u).pow(2).mean(1, keepdim=True)
    x = (x - u) / torch.sqrt(s + 1e-6)
    return net.weight[:, None, None] * x + net.bias[:, None, None]


def rms_norm_of_llama(net: Norm, x: Tensor) -> Tensor:
    return net.weight * (x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6))


def rms_norm_by_division(net: Norm, x: Tensor) -> Tensor:
    return x / torch.sqrt((x * x).mean(-1, keepdim=True) + 1e-6) * net.weight


def group_norm_by_hand(net: Norm, x: Tensor) -> Tensor:
    groups = x.reshape(x.shape[0], 4, -1)
    mean, var = groups.mean(-1, True), groups.var(-1, unbiased=False, keepdim=True)
    x = ((groups - mean) / torch.sqrt(var + 1e-5)).reshape(x.shape)
    return x * net.weight[:, None, None] + net.bias[:, None, None]


NORMS: dict[str, tuple[Callable[[Norm, Tensor], Tensor], str]] = {
    "layer norm": (lambda net, x: F.layer_norm(x, (C,), net.weight, net.bias), "layer_norm"),
    "layer norm by pow": (layer_norm_by_pow, "layer_norm"),
    "layer norm by var": (layer_norm_by_var, "layer_norm"),
}
RMS_NORMS: dict[str, tuple[Callable[[Norm, Tensor], Tensor], str]] = {
    "rms norm of llama": (rms_norm_of_llama, "rms_norm"),
    "rms norm by division": (rms_norm_by_division, "rms_norm"),
}
MAP_NORMS: dict[str, tuple[Callable[[Norm, Tensor], Tensor], str]] = {
    "group norm": (lambda net, x: F.group_norm(x, 4, net.weight, net.bias), "group_norm"),
    "group norm of one": (lambda net, x: F.group_norm(x, 1, net.weight, net.bias), "group_norm"),
    "group norm by hand": (group_norm_by_hand, "group_norm"),
    "instance norm": (
        lambda net, x: F.instance_norm(x, weight=net.weight, bias=net.bias),
        "instance_norm",
    ),
    "layer norm of channels": (layer_norm_of_channels, "layer_norm"),
    "layer norm, channels last": (
        lambda net, x: F.layer_norm(x.permute(0, 2, 3, 1), (C,), net.weight, net.bias).permute(
            0, 3, 1, 2
        ),
        "layer_norm",
    ),
}


def channel_shuffle(x: Tensor) -> Tensor:
    b, c, h, w = x.shape
    return x.view(b, 2, c // 2, h, w).transpose(1, 2).reshape(b, c, h, w)


def pixel_shuffle(x: Tensor) -> Tensor:
    b, c, h, w = x.shape
    x = x.view(b, c // 4, 2, 2, h, w).permute(0, 1, 4, 2, 5, 3)
    return x.reshape(b, c // 4, h * 2, w * 2)


def pixel_unshuffle(x: Tensor) -> Tensor:
    b, c, h, w = x.shape
    x = x.view(b, c, h // 2, 2, w // 2, 2).permute(0, 1, 3, 5, 2, 4)
    return x.reshape(b, c * 4, h // 2, w // 2)


def window_partition(x: Tensor) -> Tensor:
    b, c, h, w = x.shape
    x = x.permute(0, 2, 3, 1).view(b, h // 3, 3, w // 3, 3, c).permute(0, 1, 3, 2, 4, 5)
    windows = x.reshape(-1, 9, c).relu()
    x = windows.view(b, h // 3, w // 3, 3, 3, c).permute(0, 1, 3, 2, 4, 5).reshape(b, h, w, c)
    return x.permute(0, 3, 1, 2)


MOVES: dict[str, tuple[Callable[[Tensor], Tensor], tuple[str, ...]]] = {
    "channel shuffle": (channel_shuffle, ("channel_shuffle",)),
    "pixel shuffle": (pixel_shuffle, ("pixel_shuffle",)),
    "pixel shuffle of torch": (
        lambda x: F.pixel_shuffle(x, 2),
        ("pixel_shuffle",),
    ),
    "pixel unshuffle": (pixel_unshuffle, ("pixel_unshuffle",)),
    "windows there and back": (window_partition, ("relu",)),
    "roll": (lambda x: torch.roll(x, (-1, 2), (2, 3)), ("roll",)),
    "roll of one axis": (lambda x: torch.roll(x, 1, 3), ("roll",)),
}


class Attending(nn.Module):  # type: ignore[misc]
    """Heads of attention over tokens, by a function of queries, keys and values."""

    def __init__(self, function: Callable[[Tensor, Tensor, Tensor], Tensor]) -> None:
        super().__init__()
        self.function = function
        self.query, self.key, self.value, self.out = (nn.Linear(C, C) for _ in range(4))

    def forward(self, x: Tensor) -> Any:
        q, k, v = (
            one(x).view(x.shape[0], LENGTH, HEADS, SIZE).transpose(1, 2)
            for one in (self.query, self.key, self.value)
        )
        return self.out(self.function(q, k, v).transpose(1, 2).reshape(x.shape))


def by_hand(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    return (q @ k.transpose(-2, -1) / math.sqrt(SIZE)).softmax(-1) @ v


def scaled_first(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    return torch.softmax((q * SIZE**-0.5) @ k.transpose(-2, -1), -1) @ v


def scaled_both(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """As Whisper has it."""
    half = SIZE**-0.25
    return ((q * half) @ (k.transpose(-2, -1) * half)).softmax(-1) @ v


# One each: equal ones would be stored once.
DISTANCES = [
    torch.linspace(-2, last, HEADS * LENGTH**2).reshape(1, HEADS, LENGTH, LENGTH)
    for last in (3, 4, 5, 6, 7)
]
PAIRS = torch.arange(LENGTH**2).reshape(LENGTH, LENGTH)
SEEN = [PAIRS * 7 % number < 3 for number in (5, 6, 8, 9)]
# The past and one token more: the past alone would be no mask, but `causal`.
PAST = torch.ones(LENGTH, LENGTH, dtype=torch.bool).tril(1)


def biased(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    scores = q @ k.transpose(-2, -1) * SIZE**-0.5
    return (scores + DISTANCES[0]).softmax(-1) @ v


def biased_and_masked(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """As in windows of Swin: a bias of heads, and a mask under another shape."""
    scores = (q * SIZE**-0.5) @ k.transpose(-2, -1) + DISTANCES[1]
    mask = torch.where(SEEN[0], 0.0, -100.0)
    scores = scores.view(1, -1, HEADS, LENGTH, LENGTH) + mask[None, None, None]
    return scores.view(-1, HEADS, LENGTH, LENGTH).softmax(-1) @ v


def filled(number: float, seen: Tensor) -> Callable[[Tensor, Tensor, Tensor], Tensor]:
    """Scores in the place of which a number stands where nothing is seen."""

    def attend(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        scores = q @ k.transpose(-2, -1) / math.sqrt(SIZE)
        return scores.masked_fill(~seen, number).softmax(-1) @ v

    return attend


def kept(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """As GPT-2 had it."""
    scores = q @ k.transpose(-2, -1) / math.sqrt(SIZE)
    return torch.where(PAST, scores, torch.finfo(q.dtype).min).softmax(-1) @ v


def unscaled_as_matrices(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """As T5 and OPT have it: no scale, or that of the queries; all heads' matrices in a row."""
    q, k, v = (one.reshape(HEADS, LENGTH, SIZE) for one in (q, k, v))
    scores = torch.bmm(q, k.transpose(1, 2))
    scores = scores.view(1, HEADS, LENGTH, LENGTH) + DISTANCES[2]
    shares = scores.view(HEADS, LENGTH, LENGTH).softmax(-1)
    return torch.bmm(shares, v).view(1, HEADS, LENGTH, SIZE)


def without_a_key(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """A row of which everything is hidden, which gathers 0."""
    return F.scaled_dot_product_attention(q, k, v, attn_mask=SEEN[1] & (PAIRS >= LENGTH))


def weighed(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    return F.scaled_dot_product_attention(q, k, v, attn_mask=DISTANCES[3], scale=0.3)


def by_equations(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    scores = torch.einsum("bhid,bhjd->bhij", q, k) * SIZE**-0.5
    return torch.einsum("bhij,bhjd->bhid", (scores + DISTANCES[4]).softmax(-1), v)


def in_groups(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Two heads of queries read each head of keys, and what they gather has another order."""
    q, k, v = q.reshape(1, 2, HEADS // 2, LENGTH, SIZE), k[:, 1:3], v[:, 1:3]
    shares = (torch.einsum("bgrqd,bgkd->bgrqk", q, k) * SIZE**-0.5).softmax(-1)
    taken = torch.einsum("bgrqk,bgkd->bqgrd", shares, v)
    return taken.reshape(1, LENGTH, HEADS, SIZE).transpose(1, 2)


def repeated(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """As LLaMA has it: each head of keys and values stands there several times."""
    shape = (1, 2, HEADS // 2, LENGTH, SIZE)
    k = k[:, 1:3, None].expand(shape).reshape(1, HEADS, LENGTH, SIZE)
    v = v[:, 1:3].repeat_interleave(HEADS // 2, 1)
    return F.scaled_dot_product_attention(q, k, v, is_causal=True)


WHOLE = ("scaled_dot_product_attention",)
# Of the projections of keys and of values the heads in the middle.
HALVES = ("slice", "slice", *WHOLE)
UNDER_A_MASK = ("constant", "scaled_dot_product_attention")
ATTENTION: dict[str, tuple[Callable[[Tensor, Tensor, Tensor], Tensor], tuple[str, ...]]] = {
    "sdpa": (F.scaled_dot_product_attention, WHOLE),
    "attention by hand": (by_hand, WHOLE),
    "scaled first": (scaled_first, WHOLE),
    "scaled both": (scaled_both, WHOLE),
    "biased": (biased, UNDER_A_MASK),
    "biased and masked": (biased_and_masked, ("constant", *UNDER_A_MASK)),
    "filled with minus infinity": (filled(-math.inf, SEEN[2]), UNDER_A_MASK),
    "filled with a low number": (filled(-1e9, SEEN[3]), UNDER_A_MASK),
    "kept in the past": (kept, UNDER_A_MASK),
    "no scale, as matrices": (unscaled_as_matrices, UNDER_A_MASK),
    "a mask of truths that hides a row": (without_a_key, UNDER_A_MASK),
    "a mask and a scale": (weighed, UNDER_A_MASK),
    "by equations": (by_equations, UNDER_A_MASK),
    "by equations in groups": (in_groups, HALVES),
    "keys that stand there again": (repeated, HALVES),
}


def headed(*kinds: str) -> tuple[str, ...]:
    """Attention between its projections."""
    return ("linear", "linear", "linear", *kinds, "linear")


def _chain(modules: list[nn.Module], kinds: list[tuple[str, ...]], *shape: int) -> Piece:
    """Modules one behind the other: one file, which is written once."""
    return Piece(lambda: nn.Sequential(*modules), (1, *shape), tuple(chain(*kinds)))


def _pieces() -> dict[str, Piece]:
    maps, tokens = (3, 6, 6), (LENGTH, C)
    functions = [Function(function) for function, _ in FUNCTIONS.values()]
    moves = [Function(function) for function, _ in MOVES.values()]
    norms = [Norm(function) for function, _ in NORMS.values()]
    rms_norms = [RmsNorm(function) for function, _ in RMS_NORMS.values()]
    map_norms = [MapNorm(function) for function, _ in MAP_NORMS.values()]
    heads = [Attending(function) for function, _ in ATTENTION.values()]
    return {
        "functions": _chain(
            functions, [("conv", kind, "conv") for _, kind in FUNCTIONS.values()], *maps
        ),
        "moves": _chain(moves, [("conv", *kinds, "conv") for _, kinds in MOVES.values()], *maps),
        "norms": _chain(
            norms, [("linear", kind, "linear") for _, kind in NORMS.values()], LENGTH, 8
        ),
        "rms norms": _chain(
            rms_norms, [("linear", "rms_norm", "linear")] * len(rms_norms), LENGTH, 8
        ),
        "norms of maps": _chain(
            map_norms, [("conv", kind, "conv") for _, kind in MAP_NORMS.values()], *maps
        ),
        "attention": _chain(
            heads, [headed(*kinds) for _, kinds in ATTENTION.values()], *tokens
        )._replace(bound=0.3),
    }


PIECES = _pieces()
