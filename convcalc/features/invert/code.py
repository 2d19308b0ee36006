"""Layers as lines of PyTorch or Keras code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from convcalc.core.shapes import Shape
from convcalc.features.invert.answer import Entry, made
from convcalc.features.invert.axis import equal_padding
from convcalc.shorthand.entries import compact

Fields = dict[str, Any]
_TORCH_WORDS = {
    "relu": "ReLU()",
    "relu6": "ReLU6()",
    "elu": "ELU()",
    "selu": "SELU()",
    "celu": "CELU()",
    "gelu": "GELU()",
    "silu": "SiLU()",
    "mish": "Mish()",
    "hardswish": "Hardswish()",
    "hardsigmoid": "Hardsigmoid()",
    "hardtanh": "Hardtanh()",
    "sigmoid": "Sigmoid()",
    "tanh": "Tanh()",
    "softplus": "Softplus()",
    "softsign": "Softsign()",
    "softmax": "Softmax(dim=1)",
    "log_softmax": "LogSoftmax(dim=1)",
    "identity": "Identity()",
    "flatten": "Flatten()",
}


def torch_lines(entry: Entry, x: Shape) -> list[str]:
    """The lines of an `nn.Sequential` that do what the entry does to `x`.

    >>> torch_lines(("conv_transpose", {"out_channels": 3, "kernel_size": (3, 3), "stride": (2, 2),
    ...     "padding": ((0, 1), (0, 1)), "output_padding": (0, 0)}), (64, 16, 16))
    ['nn.ConvTranspose2d(64, 3, kernel_size=3, stride=2)', 'nn.ZeroPad2d((0, -1, 0, -1))']
    >>> torch_lines(("leaky_relu", {"negative_slope": 0.2}), (64, 16, 16))
    ['nn.LeakyReLU(0.2)']
    >>> torch_lines(("batch_norm", {"eps": 0.001}), (64, 16, 16))
    ['nn.BatchNorm2d(64, eps=0.001)']
    """
    kind, fields = entry
    rank = len(x) - 1
    if kind in _TORCH_WORDS and not fields:
        return [f"nn.{_TORCH_WORDS[kind]}"]
    rule = _TORCH.get(kind)
    if rule is None:
        return [f"# {kind}: no line is written for it; its shape here is {x}"]
    return rule(fields, x, rank)


def _call(name: str, *values: Any, **named: Any) -> str:
    shown = [repr(value) for value in values]
    shown += [f"{key}={value!r}" for key, value in named.items() if value is not None]
    return f"nn.{name}({', '.join(shown)})"


def _pads(padding: Any, rank: int) -> tuple[tuple[int, int], ...]:
    values = padding if isinstance(padding, tuple) else (padding,) * rank
    return tuple(value if isinstance(value, tuple) else (value, value) for value in values)


def _each(value: Any, rank: int) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,) * rank


def _zero_pad(sides: tuple[tuple[int, int], ...], sign: int = 1) -> list[str]:
    """PyTorch lists the last axis first; negative numbers crop."""
    if not any(map(any, sides)):
        return []
    flat = tuple(sign * side for pair in reversed(sides) for side in pair)
    return [_call(f"ZeroPad{len(sides)}d", flat)]


def _torch_transposed(fields: Fields, x: Shape, rank: int) -> list[str]:
    pads = _pads(fields.get("padding", 0), rank)
    extras = _each(fields.get("output_padding", 0), rank)
    equal = [
        equal_padding(before, after, extra)
        for (before, after), extra in zip(pads, extras, strict=True)
    ]
    chosen = {
        **fields,
        "padding": tuple(padding for padding, _, _ in equal),
        "output_padding": tuple(extra for _, extra, _ in equal),
    }
    line = _torch_window("ConvTranspose", chosen, x, rank)
    return [line, *_zero_pad(tuple(crop for _, _, crop in equal), -1)]


def _torch_conv(fields: Fields, x: Shape, rank: int) -> list[str]:
    pads = _pads(fields.get("padding", 0), rank)
    if all(before == after for before, after in pads):
        return [_torch_window("Conv", fields, x, rank)]
    return [*_zero_pad(pads), _torch_window("Conv", {**fields, "padding": 0}, x, rank)]


def _torch_window(name: str, fields: Fields, x: Shape, rank: int) -> str:
    short = compact("conv", fields)
    groups = short.get("g")
    return _call(
        f"{name}{rank}d",
        x[0],
        short["out"],
        kernel_size=short["k"],
        stride=short.get("s"),
        padding=short.get("p"),
        output_padding=short.get("a"),
        dilation=short.get("d"),
        groups=x[0] if groups == "depthwise" else groups,
        bias=short.get("bias"),
    )


def _torch_linear(fields: Fields, x: Shape, rank: int) -> list[str]:
    bias = fields.get("bias", True) and None
    if not rank:
        return [_call("Linear", x[0], fields["out_features"], bias=bias)]
    # `nn.Linear` acts on the last axis; with channels first this is the same layer.
    return [_call(f"Conv{rank}d", x[0], fields["out_features"], kernel_size=1, bias=bias)]


def _torch_upsample(fields: Fields, x: Shape, rank: int) -> list[str]:
    if "output_size" in fields:
        return [_call("Upsample", size=fields["output_size"])]
    factors = _each(fields["scale_factor"], rank)
    same = len(set(factors)) == 1
    return [_call("Upsample", scale_factor=factors[0] if same else factors)]


def _eps(fields: Fields) -> float | None:
    """What is added to a variance, where it is not PyTorch's 0.00001."""
    eps = float(fields.get("eps", 1e-5))
    return None if eps == 1e-5 else eps


def _norm(name: str, fields: Fields, *values: int) -> str:
    return _call(name, *values, eps=_eps(fields), affine=fields.get("affine", True) and None)


def _slope(fields: Fields) -> float:
    """Written always: the default differs from one framework to the next."""
    return float(fields.get("negative_slope", 0.01))


def _torch_pool(fields: Fields, x: Shape, rank: int) -> list[str]:
    return [_call(f"AvgPool{rank}d", compact("avg_pool", fields)["k"])]


_TORCH: dict[str, Callable[[Fields, Shape, int], list[str]]] = {
    "conv_transpose": _torch_transposed,
    "conv": _torch_conv,
    "crop": lambda fields, x, rank: _zero_pad(_pads(fields["padding"], rank), -1),
    "pad": lambda fields, x, rank: _zero_pad(_pads(fields["padding"], rank)),
    "upsample": _torch_upsample,
    "avg_pool": _torch_pool,
    "adaptive_avg_pool": lambda fields, x, rank: [
        _call(f"AdaptiveAvgPool{rank}d", fields["output_size"])
    ],
    "pixel_shuffle": lambda fields, x, rank: [_call("PixelShuffle", fields["factor"])],
    "pixel_unshuffle": lambda fields, x, rank: [_call("PixelUnshuffle", fields["factor"])],
    "channel_shuffle": lambda fields, x, rank: [_call("ChannelShuffle", fields["groups"])],
    "unflatten": lambda fields, x, rank: [_call("Unflatten", 1, fields["shape"])],
    "linear": _torch_linear,
    "batch_norm": lambda fields, x, rank: [_norm(f"BatchNorm{max(1, rank)}d", fields, x[0])],
    "instance_norm": lambda fields, x, rank: [
        _call(f"InstanceNorm{rank}d", x[0], eps=_eps(fields), affine=fields.get("affine") or None)
    ],
    "group_norm": lambda fields, x, rank: [_norm("GroupNorm", fields, fields["groups"], x[0])],
    "dropout": lambda fields, x, rank: [_call("Dropout", float(fields.get("p", 0.5)))],
    "leaky_relu": lambda fields, x, rank: [_call("LeakyReLU", _slope(fields))],
    "prelu": lambda fields, x, rank: [
        _call("PReLU", x[0] if fields.get("parameters") == "channels" else 1)
    ],
}


def keras_lines(entry: Entry, x: Shape) -> list[str]:
    """The lines of a `keras.Sequential`, channels last, that do what the entry does to `x`.

    >>> keras_lines(("conv_transpose", {"out_channels": 3, "kernel_size": (3, 3), "stride": (2, 2),
    ...     "padding": ((1, 1), (1, 1)), "output_padding": (1, 1)}), (64, 16, 16))
    ['layers.Conv2DTranspose(3, 3, strides=2, output_padding=1)', 'layers.Cropping2D(1)']
    >>> keras_lines(("leaky_relu", {}), (64, 16, 16))
    ['layers.LeakyReLU(negative_slope=0.01)']
    >>> keras_lines(("batch_norm", {}), (64, 16, 16))
    ['layers.BatchNormalization(epsilon=1e-05)']
    """
    kind, fields = entry
    rule = _KERAS.get(kind)
    if rule is None:
        activation = kind if kind in _KERAS_ACTIVATIONS and not fields else ""
        if activation:
            return [f'layers.Activation("{activation}")']
        return [f"# {kind}: no line is written for it; its shape here is {x}, channels first"]
    return [line.replace("nn.", "layers.", 1) for line in rule(fields, x, len(x) - 1)]


_KERAS_ACTIVATIONS = frozenset(
    ["relu", "relu6", "elu", "selu", "gelu", "silu", "sigmoid", "tanh", "softplus", "softsign"]
)


def _keras_transposed(fields: Fields, x: Shape, rank: int) -> list[str]:
    short = compact("conv", fields)
    strides, dilations = _each(short.get("s", 1), rank), _each(short.get("d", 1), rank)
    if short.get("g", 1) != 1 and (short["g"] != "depthwise" or x[0] > 1):
        return ["# Keras has no grouped transposed layer: split the channels, or write PyTorch"]
    if max(strides) > 1 and max(dilations) > 1:
        return ["# Keras takes no stride together with dilation in a transposed layer"]
    extra = short.get("a", 0)
    line = _call(
        f"Conv{rank}DTranspose",
        short["out"],
        short["k"],
        strides=short.get("s"),
        # Without it Keras would fill a kernel smaller than its stride up to the stride.
        output_padding=extra if max(strides) > 1 else None,
        dilation_rate=short.get("d"),
        use_bias=short.get("bias"),
    )
    return [line, *_cropping(_pads(fields.get("padding", 0), rank))]


def _cropping(sides: tuple[tuple[int, int], ...]) -> list[str]:
    return _border("Cropping", sides)


def _border(name: str, sides: tuple[tuple[int, int], ...]) -> list[str]:
    if not any(map(any, sides)):
        return []
    flat = {side for pair in sides for side in pair}
    value: Any = flat.pop() if len(flat) == 1 else sides if len(sides) > 1 else sides[0]
    return [_call(f"{name}{len(sides)}D", value)]


def _keras_conv(fields: Fields, x: Shape, rank: int) -> list[str]:
    short = compact("conv", fields)
    groups = short.get("g")
    line = _call(
        f"Conv{rank}D",
        short["out"],
        short["k"],
        strides=short.get("s"),
        dilation_rate=short.get("d"),
        groups=x[0] if groups == "depthwise" else groups,
        use_bias=short.get("bias"),
    )
    return [*_border("ZeroPadding", _pads(fields.get("padding", 0), rank)), line]


def _keras_upsample(fields: Fields, x: Shape, rank: int) -> list[str]:
    if "scale_factor" in fields:
        factor = compact("upsample", fields)["scale_factor"]
        return [_call(f"UpSampling{rank}D", factor)]
    if rank == 2:
        return [_call("Resizing", *fields["output_size"], interpolation="nearest")]
    return [f"# Keras has no layer that resizes {rank} axes to {fields['output_size']}"]


def _keras_unflatten(fields: Fields, x: Shape, rank: int) -> list[str]:
    """The vector is channels first, as it is everywhere in this project."""
    shape = fields["shape"]
    axes = (*range(2, len(shape) + 1), 1)
    return [_call("Reshape", shape), _call("Permute", axes)]


def _keras_flatten(fields: Fields, x: Shape, rank: int) -> list[str]:
    axes = (rank + 1, *range(1, rank + 1))
    return ([_call("Permute", axes)] if rank else []) + ["nn.Flatten()"]


_KERAS: dict[str, Callable[[Fields, Shape, int], list[str]]] = {
    "conv_transpose": _keras_transposed,
    "conv": _keras_conv,
    "crop": lambda fields, x, rank: _cropping(_pads(fields["padding"], rank)),
    "pad": lambda fields, x, rank: _border("ZeroPadding", _pads(fields["padding"], rank)),
    "upsample": _keras_upsample,
    "avg_pool": lambda fields, x, rank: [
        _call(f"AveragePooling{rank}D", compact("avg_pool", fields)["k"])
    ],
    "flatten": _keras_flatten,
    "unflatten": _keras_unflatten,
    "linear": lambda fields, x, rank: [
        _call("Dense", fields["out_features"], use_bias=fields.get("bias", True) and None)
    ],
    # Keras adds 0.001 to a variance unless told otherwise.
    "batch_norm": lambda fields, x, rank: [
        _call("BatchNormalization", epsilon=float(fields.get("eps", 1e-5)))
    ],
    "dropout": lambda fields, x, rank: [_call("Dropout", float(fields.get("p", 0.5)))],
    "leaky_relu": lambda fields, x, rank: [_call("LeakyReLU", negative_slope=_slope(fields))],
    "identity": lambda fields, x, rank: ["nn.Identity()"],
}


def code(entries: list[Entry], x: Shape, framework: str) -> str:
    """All lines for the entries applied to `x` in turn."""
    write = torch_lines if framework == "torch" else keras_lines
    lines: list[str] = []
    for entry in entries:
        lines += write(entry, x)
        x = made(*entry).facts((x,)).output
    return "\n".join(lines)
