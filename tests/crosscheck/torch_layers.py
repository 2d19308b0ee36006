"""The same layers in torch, written from its documentation and from the fields as drawn."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import pytest

from tests.crosscheck.draws import Case, Shape

torch = pytest.importorskip("torch", reason="cross-checks need the `crosscheck` extra")

from torch import Tensor, nn  # noqa: E402 - only where torch is installed
from torch.nn import functional as F  # noqa: E402

from tests.crosscheck import torch_attention, torch_axes, torch_sequences, torch_windows  # noqa: E402
from tests.crosscheck.torch_decisions import DECISIONS  # noqa: E402
from tests.crosscheck.torch_windows import Forward, Layer  # noqa: E402


def layer_of(case: Case) -> Layer:
    """The torch layer of a drawn case. Raises what torch raises."""
    rank = len(case.inputs[0]) - 1
    if case.kind == "concat" and "axis" in case.fields:
        return torch_axes.concat(case.fields, case.inputs)
    joined = _JOINED.get(case.kind)
    if joined is not None:
        return joined(case.fields, case.inputs)
    make = _MAKERS.get(case.kind)
    if make is not None:
        made: Layer = make(case.fields, case.inputs[0], rank)
        return made
    return Layer(_FUNCTIONS[case.kind])


def _adaptive(pools: tuple[Forward, ...]) -> Callable[..., Layer]:
    def make(fields: dict[str, Any], shape: Shape, rank: int) -> Layer:
        if rank == 0:
            raise ValueError("torch would take the channels for a spatial axis")
        size = fields["output_size"]
        if isinstance(size, list):
            if len(size) != rank:
                raise ValueError("one size an axis")
            size = [i if o is None else o for o, i in zip(size, shape[1:], strict=True)]
        return Layer(lambda x: pools[rank - 1](x, size))

    return make


def _linear(fields: dict[str, Any], shape: Shape, rank: int) -> Layer:
    if fields.get("over", "all") == "all":
        module = nn.Linear(shape[-1], fields["out_features"], fields["bias"])
        return Layer(module, module)
    module = nn.Linear(shape[0], fields["out_features"], fields["bias"])
    return Layer(lambda x: module(x.movedim(1, -1)).movedim(-1, 1), module)


def _batch_norm(fields: dict[str, Any], shape: Shape, rank: int) -> Layer:
    kinds = (nn.BatchNorm1d, nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)
    module = kinds[rank](shape[0], affine=fields.get("affine", True), **_eps(fields))
    return Layer(module, module)


def _eps(fields: dict[str, Any]) -> dict[str, float]:
    return {"eps": fields["eps"]} if "eps" in fields else {}


def _instance_norm(fields: dict[str, Any], shape: Shape, rank: int) -> Layer:
    if rank == 0:
        raise ValueError("torch would take the batch for the channels")
    kinds = (nn.InstanceNorm1d, nn.InstanceNorm2d, nn.InstanceNorm3d)
    module = kinds[rank - 1](shape[0], affine=fields.get("affine", False), **_eps(fields))
    return Layer(module, module)


def _group_norm(fields: dict[str, Any], shape: Shape, rank: int) -> Layer:
    affine = fields.get("affine", True)
    module = nn.GroupNorm(fields["groups"], shape[0], affine=affine, **_eps(fields))
    return Layer(module, module)


def _layer_norm(fields: dict[str, Any], shape: Shape, rank: int) -> Layer:
    affine = fields.get("affine", True)
    axes = _axes_of(fields, rank)
    over = [shape[axis - 1] for axis in axes]
    return _over(axes, nn.LayerNorm(over, elementwise_affine=affine, **_eps(fields)))


def _axes_of(fields: dict[str, Any], rank: int) -> tuple[int, ...]:
    """torch's numbers of the axes of `over`. Raises where a map of that rank has none of them."""
    over = fields["over"]
    if over == "all":
        return tuple(range(1, rank + 2))
    if over == "positions" and rank:
        return tuple(range(2, rank + 2))
    named = over if isinstance(over, list) else [over]
    axes = sorted(torch_axes.dim_of(axis, rank) for axis in named)
    if len(set(axes)) < len(axes):
        raise ValueError("repeated dim")
    return tuple(axes)


def _over(axes: tuple[int, ...], module: nn.Module) -> Layer:
    """The module, which takes the last axes, over these."""
    last = tuple(range(-len(axes), 0))
    return Layer(lambda x: module(x.movedim(axes, last)).movedim(last, axes), module)


def _rms_norm(fields: dict[str, Any], shape: Shape, rank: int) -> Layer:
    affine = fields.get("affine", True)
    axes = _axes_of(fields, rank)
    over = [shape[axis - 1] for axis in axes]
    return _over(axes, nn.RMSNorm(over, elementwise_affine=affine, **_eps(fields)))


def _l2_normalize(fields: dict[str, Any], shape: Shape, rank: int) -> Layer:
    axes: Any = _axes_of(fields, rank)
    return Layer(lambda x: F.normalize(x, dim=axes, **_eps(fields)))


class GlobalResponseNorm(nn.Module):  # type: ignore[misc]
    """As in ConvNeXt V2's code, channels first. Source: Woo et al. 2023, listing 1."""

    def __init__(self, channels: int, rank: int, eps: float = 1e-6) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.axes, self.eps = tuple(range(2, 2 + rank)), eps

    def forward(self, x: Tensor) -> Tensor:
        lengths = torch.norm(x, p=2, dim=self.axes, keepdim=True)
        response = lengths / (lengths.mean(1, keepdim=True) + self.eps)
        weight, bias = (w.view(-1, *[1] * len(self.axes)) for w in (self.weight, self.bias))
        return weight * (x * response) + bias + x


def _global_response_norm(fields: dict[str, Any], shape: Shape, rank: int) -> Layer:
    if rank == 0:
        raise ValueError("torch would take the norm over everything")
    module = GlobalResponseNorm(shape[0], rank, **_eps(fields))
    return Layer(module, module)


def _local_response_norm(fields: dict[str, Any], shape: Shape, rank: int) -> Layer:
    for name in ("alpha", "beta", "k"):
        if fields.get(name, 1) <= 0:
            raise ValueError("torch takes it, and divides by what may be 0")
    return Layer(nn.LocalResponseNorm(**fields))


def _prelu(fields: dict[str, Any], shape: Shape, rank: int) -> Layer:
    module = nn.PReLU(shape[0] if fields["parameters"] == "channels" else 1)
    return Layer(module, module)


def _function(name: str) -> Callable[..., Layer]:
    """One of torch's modules without arrays, whose constants have the names of the fields."""
    return lambda fields, shape, rank: Layer(getattr(nn, name)(**fields))


def _hardtanh(fields: dict[str, Any], shape: Shape, rank: int) -> Layer:
    if fields.get("min_val", -1) >= fields.get("max_val", 1):
        raise ValueError("torch's module asserts it")
    return Layer(nn.Hardtanh(**fields))


def _hardsigmoid(fields: dict[str, Any], shape: Shape, rank: int) -> Layer:
    if not fields:
        return Layer(F.hardsigmoid)
    # ONNX's definition; torch has no constants.
    alpha, beta = fields.get("alpha", 1 / 6), fields.get("beta", 0.5)
    return Layer(lambda x: F.hardtanh(alpha * x + beta, 0.0, 1.0))


class Learnt(nn.Module):  # type: ignore[misc]
    """A learnt factor and shift for each channel, or for each element; torch has no layer."""

    def __init__(self, shape: Shape, rank: int, has_factor: bool, has_shift: bool) -> None:
        super().__init__()
        self.spread = (1,) * (rank + 1 - len(shape))
        if has_factor:
            self.weight = nn.Parameter(torch.ones(shape))
        if has_shift:
            self.bias = nn.Parameter(torch.zeros(shape))

    def forward(self, x: Tensor) -> Tensor:
        if hasattr(self, "weight"):
            x = x * self.weight.reshape(*self.weight.shape, *self.spread)
        if hasattr(self, "bias"):
            x = x + self.bias.reshape(*self.bias.shape, *self.spread)
        return x


def _scale(fields: dict[str, Any], shape: Shape, rank: int) -> Layer:
    module = Learnt(shape[:1], rank, True, fields["bias"])
    if fields["single"]:
        module.weight = nn.Parameter(torch.ones(1))
    return Layer(module, module)


def _bias(fields: dict[str, Any], shape: Shape, rank: int) -> Layer:
    module = Learnt(shape if fields["over"] == "all" else shape[:1], rank, False, True)
    return Layer(module, module)


def _pad(fields: dict[str, Any], shape: Shape, rank: int) -> Layer:
    return Layer(_bordered(fields["padding"], rank, 1, fields["mode"], fields.get("value", 0)))


def _crop(fields: dict[str, Any], shape: Shape, rank: int) -> Layer:
    return Layer(_bordered(fields["padding"], rank, -1))


def _bordered(padding: Any, rank: int, sign: int, mode: str = "zeros", value: float = 0) -> Forward:
    if not isinstance(padding, list):
        padding = [padding] * rank
    if any(pixels < 0 for pixels in torch.tensor(padding).flatten().tolist()):
        raise ValueError("torch crops with a negative pad")
    pairs = padding if isinstance(padding[0], list) else [[p, p] for p in padding]
    pads = [sign * pixels for pair in reversed(pairs) for pixels in pair]
    if mode in ("zeros", "constant"):
        return lambda x: F.pad(x, pads, value=value)
    return lambda x: F.pad(x, pads, mode)


def _upsample(fields: dict[str, Any], shape: Shape, rank: int) -> Layer:
    options = {
        "size": fields.get("output_size"),
        "scale_factor": fields.get("scale_factor"),
        "mode": fields["mode"],
        "align_corners": fields.get("align_corners"),
    }
    return Layer(lambda x: F.interpolate(x, **options))


def _pixel_shuffle(fields: dict[str, Any], shape: Shape, rank: int) -> Layer:
    r = fields["factor"]
    places_first = fields.get("order") == "dcr"
    if rank == 2 and not places_first:
        return Layer(lambda x: F.pixel_shuffle(x, r))
    if shape[0] % r**rank:
        raise ValueError("channels do not make whole pixels")
    sizes = shape[1:]
    inner = [*[r] * rank, -1] if places_first else [-1, *[r] * rank]
    channels, first = (1 + rank, 1) if places_first else (1, 2)
    order = [0, channels, *(axis for n in range(rank) for axis in (2 + rank + n, first + n))]
    return Layer(
        lambda x: (
            x.view(len(x), *inner, *sizes)
            .permute(order)
            .reshape(len(x), -1, *(size * r for size in sizes))
        )
    )


def _pixel_unshuffle(fields: dict[str, Any], shape: Shape, rank: int) -> Layer:
    r = fields["factor"]
    places_first = fields.get("order") == "dcr"
    if rank == 2 and not places_first:
        return Layer(lambda x: F.pixel_unshuffle(x, r))
    split = [size for i in shape[1:] for size in (i // r, r)]
    places = [*range(3, 3 + 2 * rank, 2)]
    inner = [*places, 1] if places_first else [1, *places]
    order = [0, *inner, *range(2, 2 + 2 * rank, 2)]
    return Layer(lambda x: x.view(len(x), shape[0], *split).permute(order).flatten(1, 1 + rank))


def _concat(fields: dict[str, Any], shape: Shape, rank: int) -> Layer:
    if fields.get("align") != "crop":
        return Layer(lambda *xs: torch.cat(xs, 1))

    def cropped(*xs: Tensor) -> Tensor:
        least = [min(sizes) for sizes in zip(*(x.shape[2:] for x in xs), strict=True)]
        for axis, size in enumerate(least, 2):
            xs = tuple(x.narrow(axis, (x.shape[axis] - size) // 2, size) for x in xs)
        return torch.cat(xs, 1)

    return Layer(cropped)


def _joined(operation: Callable[[Tensor, Tensor], Tensor]) -> Forward:
    def join(*xs: Tensor) -> Tensor:
        rank = max(x.dim() for x in xs)
        # A gate [C] is spread over the map by hand; torch itself aligns the last axes.
        result, *others = (x.reshape(*x.shape, *(1,) * (rank - x.dim())) for x in xs)
        for other in others:
            result = operation(result, other)
        return result

    return join


def _bilinear(fields: dict[str, Any], inputs: tuple[Shape, ...]) -> Layer:
    first, second = inputs
    if first[1:] != second[1:]:
        raise ValueError("other positions")
    module = nn.Bilinear(first[0], second[0], fields["out_features"], fields.get("bias", True))

    def forward(*maps: Tensor) -> Tensor:
        # Features stand last in torch.
        return module(*(x.movedim(1, -1) for x in maps)).movedim(-1, 1)

    return Layer(forward, module)


def _mean_std_pool(fields: dict[str, Any], shape: Shape, rank: int) -> Layer:
    if rank == 0 or prod(shape[1:]) < 2:
        raise ValueError("torch says NaN")
    axes, keeps = tuple(range(2, 2 + rank)), fields.get("keepdim", False)
    return Layer(lambda x: torch.cat([x.mean(axes, keeps), x.std(axes, keepdim=keeps)], 1))


_JOINED: dict[str, Callable[[dict[str, Any], tuple[Shape, ...]], Layer]] = {
    "attention": torch_attention.attention,
    "cross_attention": torch_attention.cross_attention,
    "scaled_dot_product_attention": torch_attention.scaled_dot_product_attention,
    "lstm_with_state": torch_sequences.with_state("LSTM"),
    "gru_with_state": torch_sequences.with_state("GRU"),
    "rnn_with_state": torch_sequences.with_state("RNN"),
    "bilinear": _bilinear,
    "deform_conv": torch_windows.deform_conv,
    "max_unpool": torch_windows.max_unpool,
    **torch_axes.MAKERS,
    **DECISIONS,
}

_MAKERS: dict[str, Callable[..., Layer]] = {
    "conv": torch_windows.conv,
    "conv_transpose": torch_windows.conv_transpose,
    "max_pool": torch_windows.max_pool,
    "avg_pool": torch_windows.avg_pool,
    "lp_pool": torch_windows.lp_pool,
    "adaptive_avg_pool": _adaptive(
        (F.adaptive_avg_pool1d, F.adaptive_avg_pool2d, F.adaptive_avg_pool3d)
    ),
    "adaptive_max_pool": _adaptive(
        (F.adaptive_max_pool1d, F.adaptive_max_pool2d, F.adaptive_max_pool3d)
    ),
    "linear": _linear,
    "batch_norm": _batch_norm,
    "instance_norm": _instance_norm,
    "group_norm": _group_norm,
    "layer_norm": _layer_norm,
    "rms_norm": _rms_norm,
    "l2_normalize": _l2_normalize,
    "global_response_norm": _global_response_norm,
    "local_response_norm": _local_response_norm,
    "leaky_relu": _function("LeakyReLU"),
    "elu": _function("ELU"),
    "celu": _function("CELU"),
    "gelu": _function("GELU"),
    "hardtanh": _hardtanh,
    "softplus": _function("Softplus"),
    "softshrink": _function("Softshrink"),
    "hardshrink": _function("Hardshrink"),
    "threshold": _function("Threshold"),
    "hardsigmoid": _hardsigmoid,
    "add_number": lambda fields, shape, rank: Layer(lambda x: x + fields["value"]),
    "div_number": lambda fields, shape, rank: Layer(lambda x: x / fields["value"]),
    "mul_number": lambda fields, shape, rank: Layer(lambda x: x * fields["value"]),
    "pow_number": lambda fields, shape, rank: Layer(lambda x: x ** fields["value"]),
    "scale": _scale,
    "bias": _bias,
    "prelu": _prelu,
    "pad": _pad,
    "crop": _crop,
    "upsample": _upsample,
    "pixel_shuffle": _pixel_shuffle,
    "pixel_unshuffle": _pixel_unshuffle,
    "unfold": torch_windows.unfold,
    "fold": torch_windows.fold,
    "global_mean_std_pool": _mean_std_pool,
    "concat": _concat,
    "lstm": torch_sequences.recurrent("LSTM"),
    "gru": torch_sequences.recurrent("GRU"),
    "rnn": torch_sequences.recurrent("RNN"),
    "embedding": torch_sequences.embedding,
    "unflatten": lambda fields, shape, rank: Layer(nn.Unflatten(1, fields["shape"])),
    "reshape": lambda fields, shape, rank: Layer(lambda x: x.reshape(len(x), *fields["shape"])),
    "channel_shuffle": lambda fields, shape, rank: Layer(
        lambda x: F.channel_shuffle(x, fields["groups"])
    ),
    "global_avg_pool": lambda fields, shape, rank: Layer(
        lambda x: x.mean(tuple(range(2, 2 + rank)), keepdim=fields["keepdim"])
    ),
    "global_max_pool": lambda fields, shape, rank: Layer(
        lambda x: x.amax(tuple(range(2, 2 + rank)), keepdim=fields["keepdim"])
    ),
}

_FUNCTIONS: dict[str, Forward] = {
    **{
        name: getattr(F, name)
        for name in (
            "relu",
            "relu6",
            "selu",
            "silu",
            "mish",
            "hardswish",
            "softsign",
            "tanhshrink",
            "dropout",
        )
    },
    **{
        name: getattr(torch, name)
        for name in (
            "sigmoid",
            "tanh",
            "square",
            "abs",
            "exp",
            "sin",
            "cos",
            "floor",
            "ceil",
            "round",
            "trunc",
            "sign",
            "sqrt",
            "log",
            "log2",
            "log10",
            "reciprocal",
        )
    },
    "log_sigmoid": F.logsigmoid,
    # Source: OpenAI's CLIP, model.py.
    "quick_gelu": lambda x: x * torch.sigmoid(1.702 * x),
    "identity": lambda x: x,
    "add": _joined(torch.add),
    "sub": _joined(torch.sub),
    "mul": _joined(torch.mul),
    "div": _joined(torch.div),
    "pow": _joined(torch.pow),
    "max": _joined(torch.maximum),
    "min": _joined(torch.minimum),
}
