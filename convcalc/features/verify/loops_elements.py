"""Plain loops of layers that compute element by element: functions, norms and merges."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import erf, exp, log, log1p, prod, sqrt, tanh
from typing import Any

from convcalc.features.verify.grid import Grid, Index, gathered

Weights = Mapping[str, Grid]
Loop = Callable[[Any, Sequence[Grid], Weights], Grid]

SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772


def _sigmoid(x: float) -> float:
    return 1 / (1 + exp(-x)) if x > -700 else 0.0


def _softplus(x: float) -> float:
    return x + log1p(exp(-x)) if x > 0 else log1p(exp(x))


def _clip(x: float, low: float, high: float) -> float:
    return min(max(x, low), high)


FUNCTIONS: dict[str, Callable[[float], float]] = {
    "relu": lambda x: max(x, 0.0),
    "relu6": lambda x: _clip(x, 0, 6),
    "elu": lambda x: x if x > 0 else exp(x) - 1,
    "celu": lambda x: x if x > 0 else exp(x) - 1,
    "selu": lambda x: SELU_SCALE * (x if x > 0 else SELU_ALPHA * (exp(x) - 1)),
    "gelu": lambda x: x * (1 + erf(x / sqrt(2))) / 2,
    "silu": lambda x: x * _sigmoid(x),
    "mish": lambda x: x * tanh(_softplus(x)),
    "hardswish": lambda x: x * _clip(x + 3, 0, 6) / 6,
    "hardsigmoid": lambda x: _clip(x + 3, 0, 6) / 6,
    "hardtanh": lambda x: _clip(x, -1, 1),
    "sigmoid": _sigmoid,
    "tanh": tanh,
    "softplus": _softplus,
    "softsign": lambda x: x / (1 + abs(x)),
    "identity": lambda x: x,
    "dropout": lambda x: x,
}


# Kinds whose every number depends on one number of the input alone.
OF_ONE_NUMBER = frozenset({*FUNCTIONS, "leaky_relu"})


def _each(function: Callable[[float], float]) -> Loop:
    def loop(layer: Any, inputs: Sequence[Grid], w: Weights) -> Grid:
        return gathered({index: function(v) for index, v in inputs[0].values.items()})

    return loop


def _softmax(layer: Any, inputs: Sequence[Grid], w: Weights) -> Grid:
    (x,) = inputs
    found: dict[Index, float] = {}
    for at in x.positions():
        total = sum(exp(x[c, *at]) for c in range(x.channels))
        for c in range(x.channels):
            found[c, *at] = exp(x[c, *at]) / total
    return gathered(found)


def _log_softmax(layer: Any, inputs: Sequence[Grid], w: Weights) -> Grid:
    found = _softmax(layer, inputs, w)
    return gathered({index: log(share) for index, share in found.values.items()})


def _leaky_relu(layer: Any, inputs: Sequence[Grid], w: Weights) -> Grid:
    slope = float(layer.negative_slope)
    return gathered({i: v if v > 0 else slope * v for i, v in inputs[0].values.items()})


def _prelu(layer: Any, inputs: Sequence[Grid], w: Weights) -> Grid:
    slopes = w["weight"]
    found: dict[Index, float] = {}
    for index, value in inputs[0].values.items():
        slope = slopes[(index[0],)] if layer.parameters == "channels" else slopes[(0,)]
        found[index] = value if value > 0 else slope * value
    return gathered(found)


def _glu(layer: Any, inputs: Sequence[Grid], w: Weights) -> Grid:
    (x,) = inputs
    half = x.channels // 2
    return gathered(
        {
            (c, *at): x[c, *at] * _sigmoid(x[half + c, *at])
            for c in range(half)
            for at in x.positions()
        }
    )


def _scale(layer: Any, inputs: Sequence[Grid], w: Weights) -> Grid:
    return gathered({i: v * w["weight"][(i[0],)] for i, v in inputs[0].values.items()})


def _batch_norm(layer: Any, inputs: Sequence[Grid], w: Weights) -> Grid:
    found: dict[Index, float] = {}
    for index, value in inputs[0].values.items():
        c = (index[0],)
        normal = (value - w["running_mean"][c]) / sqrt(w["running_var"][c] + float(layer.eps))
        found[index] = normal * w["weight"][c] + w["bias"][c] if layer.affine else normal
    return gathered(found)


def _normalised(x: Grid, members: Iterable[Index], eps: float, found: dict[Index, float]) -> None:
    """Writes the numbers at `members` less their mean, over their deviation."""
    members = list(members)
    values = [x[index] for index in members]
    mean = sum(values) / len(values)
    variance = sum((value - mean) ** 2 for value in values) / len(values)
    for index, value in zip(members, values, strict=True):
        found[index] = (value - mean) / sqrt(variance + eps)


def _affine(found: dict[Index, float], layer: Any, w: Weights, by_element: bool = False) -> Grid:
    if not layer.affine:
        return gathered(found)
    return gathered(
        {
            index: value * w["weight"][index if by_element else index[:1]]
            + w["bias"][index if by_element else index[:1]]
            for index, value in found.items()
        }
    )


def _group_norm(layer: Any, inputs: Sequence[Grid], w: Weights) -> Grid:
    (x,) = inputs
    found: dict[Index, float] = {}
    size = x.channels // layer.groups
    for group in range(layer.groups):
        members = range(group * size, (group + 1) * size)
        _normalised(x, [(c, *at) for c in members for at in x.positions()], float(layer.eps), found)
    return _affine(found, layer, w)


def _instance_norm(layer: Any, inputs: Sequence[Grid], w: Weights) -> Grid:
    (x,) = inputs
    found: dict[Index, float] = {}
    for c in range(x.channels):
        _normalised(x, [(c, *at) for at in x.positions()], float(layer.eps), found)
    return _affine(found, layer, w)


def _layer_norm(layer: Any, inputs: Sequence[Grid], w: Weights) -> Grid:
    (x,) = inputs
    found: dict[Index, float] = {}
    if layer.over == "all":
        _normalised(x, x.values, float(layer.eps), found)
    else:
        for at in x.positions():
            _normalised(x, [(c, *at) for c in range(x.channels)], float(layer.eps), found)
    return _affine(found, layer, w, by_element=layer.over == "all")


def _local_response_norm(layer: Any, inputs: Sequence[Grid], w: Weights) -> Grid:
    (x,) = inputs
    found: dict[Index, float] = {}
    for c in range(x.channels):
        first = c - layer.size // 2
        near = range(max(0, first), min(x.channels, first + layer.size))
        for at in x.positions():
            energy = sum(x[other, *at] ** 2 for other in near) / layer.size
            base = float(layer.k) + float(layer.alpha) * energy
            found[c, *at] = x[c, *at] / base ** float(layer.beta)
    return gathered(found)


def _rms_norm(layer: Any, inputs: Sequence[Grid], w: Weights) -> Grid:
    # As PyTorch: the distance from 1 to the next number; the loops are in double precision.
    eps = 2.0**-52 if layer.eps is None else float(layer.eps)

    def of(values: list[float]) -> float:
        return sqrt(sum(value * value for value in values) / len(values) + eps)

    found = _divided(layer, inputs[0], of)
    if not layer.affine:
        return gathered(found)
    by_element = layer.over == "all"
    return gathered({i: v * w["weight"][i if by_element else i[:1]] for i, v in found.items()})


def _l2_normalize(layer: Any, inputs: Sequence[Grid], w: Weights) -> Grid:
    def of(values: list[float]) -> float:
        return max(sqrt(sum(value * value for value in values)), float(layer.eps))

    return gathered(_divided(layer, inputs[0], of))


def _divided(layer: Any, x: Grid, of: Callable[[list[float]], float]) -> dict[Index, float]:
    """Each number over what `of` says of the sample, or of the channels of its position."""
    if layer.over == "all":
        whole = of(list(x.values.values()))
        return {index: value / whole for index, value in x.values.items()}
    found: dict[Index, float] = {}
    for at in x.positions():
        divisor = of([x[c, *at] for c in range(x.channels)])
        for c in range(x.channels):
            found[c, *at] = x[c, *at] / divisor
    return found


def _global_response_norm(layer: Any, inputs: Sequence[Grid], w: Weights) -> Grid:
    (x,) = inputs
    lengths = [sqrt(sum(v * v for v in x.channel(c))) for c in range(x.channels)]
    mean = sum(lengths) / len(lengths)
    found: dict[Index, float] = {}
    for (c, *at), value in x.values.items():
        response = value * lengths[c] / (mean + float(layer.eps))
        found[c, *at] = w["weight"][(c,)] * response + w["bias"][(c,)] + value
    return gathered(found)


def _merged(join: Callable[[list[float]], float]) -> Loop:
    def loop(layer: Any, inputs: Sequence[Grid], w: Weights) -> Grid:
        whole = max(inputs, key=lambda x: (len(x.shape), prod(x.shape)))
        found: dict[Index, float] = {}
        for index in whole.values:
            found[index] = join([_spread(x, index) for x in inputs])
        return gathered(found)

    return loop


def _spread(x: Grid, index: Index) -> float:
    """The number of `x` at an index of the whole map; a gate holds for all positions."""
    at = [min(place, size - 1) for place, size in zip(index, x.shape, strict=False)]
    return x[tuple(at)]


ELEMENTS: dict[str, Loop] = {
    **{name: _each(function) for name, function in FUNCTIONS.items()},
    "softmax": _softmax,
    "log_softmax": _log_softmax,
    "leaky_relu": _leaky_relu,
    "prelu": _prelu,
    "glu": _glu,
    "scale": _scale,
    "batch_norm": _batch_norm,
    "instance_norm": _instance_norm,
    "group_norm": _group_norm,
    "layer_norm": _layer_norm,
    "rms_norm": _rms_norm,
    "l2_normalize": _l2_normalize,
    "global_response_norm": _global_response_norm,
    "local_response_norm": _local_response_norm,
    "add": _merged(sum),
    "mul": _merged(prod),
    "max": _merged(max),
    "sub": _merged(lambda values: values[0] - sum(values[1:])),
}
