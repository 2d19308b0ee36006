"""Kinds that compute number by number or along the channels: functions, gates, softmax, merges."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import erf, exp, log, log1p, prod, sqrt, tanh
from typing import Any

from tests.crosscheck.draws import Shape
from tests.reference.definition import (
    Definition,
    Grid,
    Index,
    InPlace,
    Layer,
    Reads,
    Weights,
    gathered,
    shifted,
)

# Klambauer et al. 2017, equation 14.
SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772


def sigmoid(x: float) -> float:
    return 1 / (1 + exp(-x)) if x > -700 else 0.0


def _softplus(x: float) -> float:
    return x + log1p(exp(-x)) if x > 0 else log1p(exp(x))


def _clip(x: float, low: float, high: float) -> float:
    return min(max(x, low), high)


class Function(InPlace):
    """Each number by itself; `function` gets it, and the layer."""

    is_of_one_number = True

    def __init__(
        self,
        function: Callable[[float, Layer], float],
        *,
        is_exact: bool = False,
        is_free: bool = False,
        defaults: Mapping[str, Any] | None = None,
    ) -> None:
        self.function = function
        self.is_exact = is_exact
        self.is_free = is_free
        self.defaults = defaults or {}

    def work(self, layer: Layer) -> dict[str, int]:
        return {} if self.is_free else {"activation": prod(layer.x)}

    def values(self, layer: Layer, inputs: Sequence[Grid], w: Weights) -> Grid:
        (x,) = inputs
        return gathered({index: self.function(v, layer) for index, v in x.values.items()})


def of_one(
    function: Callable[[float], float], *, is_exact: bool = False, is_free: bool = False
) -> Function:
    """A function that no field changes."""
    return Function(lambda x, layer: function(x), is_exact=is_exact, is_free=is_free)


class Softmax(InPlace):
    # To where the exponentials of single precision overflow.
    reach = 80.0

    def work(self, layer: Layer) -> dict[str, int]:
        return {"activation": 5 * prod(layer.x)}

    def values(self, layer: Layer, inputs: Sequence[Grid], w: Weights) -> Grid:
        (x,) = inputs
        found: dict[Index, float] = {}
        for at in x.positions():
            total = sum(exp(x[c, *at]) for c in range(x.channels))
            for c in range(x.channels):
                found[c, *at] = self.share(exp(x[c, *at]) / total)
        return gathered(found)

    def share(self, share: float) -> float:
        return share


class LogSoftmax(Softmax):
    def share(self, share: float) -> float:
        return log(share)


class Prelu(InPlace):
    defaults = {"parameters": 1}

    def arrays(self, layer: Layer) -> dict[str, Shape]:
        return {"weight": (layer.x[0] if layer.parameters == "channels" else 1,)}

    def work(self, layer: Layer) -> dict[str, int]:
        return {"activation": prod(layer.x)}

    def values(self, layer: Layer, inputs: Sequence[Grid], w: Weights) -> Grid:
        slopes = w["weight"]
        found: dict[Index, float] = {}
        for index, value in inputs[0].values.items():
            slope = slopes[(index[0],)] if layer.parameters == "channels" else slopes[(0,)]
            found[index] = value if value > 0 else slope * value
        return gathered(found)


class Glu(InPlace):
    def output(self, layer: Layer) -> Shape:
        return (layer.x[0] // 2, *layer.x[1:])

    def work(self, layer: Layer) -> dict[str, int]:
        return {"activation": prod(layer.x)}

    def values(self, layer: Layer, inputs: Sequence[Grid], w: Weights) -> Grid:
        (x,) = inputs
        half = x.channels // 2
        return gathered(
            {
                (c, *at): x[c, *at] * sigmoid(x[half + c, *at])
                for c in range(half)
                for at in x.positions()
            }
        )


class Scale(InPlace):
    is_exact = True

    def arrays(self, layer: Layer) -> dict[str, Shape]:
        return {"weight": (layer.x[0],)}

    def work(self, layer: Layer) -> dict[str, int]:
        return {"norm": prod(layer.x)}

    def values(self, layer: Layer, inputs: Sequence[Grid], w: Weights) -> Grid:
        return gathered({i: v * w["weight"][(i[0],)] for i, v in inputs[0].values.items()})


class Merge(Definition):
    """Maps of one shape joined number by number; a gate has one number for all positions."""

    is_exact = True

    def __init__(self, join: Callable[[list[float]], float]) -> None:
        self.join = join

    def output(self, layer: Layer) -> Shape:
        return max(layer.inputs, key=lambda shape: (len(shape), prod(shape)))

    def reads(self, layer: Layer) -> list[list[Reads] | None]:
        out = self.output(layer)
        return [[shifted(0)] * (len(out) - 1) if x == out else None for x in layer.inputs]

    def work(self, layer: Layer) -> dict[str, int]:
        return {"merge": (len(layer.inputs) - 1) * prod(self.output(layer))}

    def values(self, layer: Layer, inputs: Sequence[Grid], w: Weights) -> Grid:
        whole = max(inputs, key=lambda x: (len(x.shape), prod(x.shape)))
        return gathered(
            {index: self.join([_spread(x, index) for x in inputs]) for index in whole.values}
        )


def _spread(x: Grid, index: Index) -> float:
    """The number of `x` at an index of the whole map; a gate holds for all positions."""
    at = [min(place, size - 1) for place, size in zip(index, x.shape, strict=False)]
    return x[tuple(at)]


DEFINITIONS: dict[str, Definition] = {
    "relu": of_one(lambda x: max(x, 0.0), is_exact=True),
    "relu6": of_one(lambda x: _clip(x, 0, 6), is_exact=True),
    "leaky_relu": Function(
        lambda x, layer: x if x > 0 else float(layer.negative_slope) * x,
        defaults={"negative_slope": 0.01},
    ),
    "elu": of_one(lambda x: x if x > 0 else exp(x) - 1),
    "celu": of_one(lambda x: x if x > 0 else exp(x) - 1),
    "selu": of_one(lambda x: SELU_SCALE * (x if x > 0 else SELU_ALPHA * (exp(x) - 1))),
    "gelu": of_one(lambda x: x * (1 + erf(x / sqrt(2))) / 2),
    "silu": of_one(lambda x: x * sigmoid(x)),
    "mish": of_one(lambda x: x * tanh(_softplus(x))),
    "hardswish": of_one(lambda x: x * _clip(x + 3, 0, 6) / 6),
    "hardsigmoid": of_one(lambda x: _clip(x + 3, 0, 6) / 6),
    "hardtanh": of_one(lambda x: _clip(x, -1, 1), is_exact=True),
    "sigmoid": of_one(sigmoid),
    "tanh": of_one(tanh),
    "softplus": of_one(_softplus),
    "softsign": of_one(lambda x: x / (1 + abs(x))),
    "identity": of_one(lambda x: x, is_exact=True, is_free=True),
    "dropout": of_one(lambda x: x, is_exact=True, is_free=True),
    "softmax": Softmax(),
    "log_softmax": LogSoftmax(),
    "prelu": Prelu(),
    "glu": Glu(),
    "scale": Scale(),
    "add": Merge(sum),
    "mul": Merge(prod),
    "max": Merge(max),
    "sub": Merge(lambda values: values[0] - sum(values[1:])),
}
