"""Kinds that compute number by number or along the channels: functions, gates, softmax, merges."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from math import (
    ceil,
    cos,
    erf,
    exp,
    floor,
    inf,
    log,
    log1p,
    log2,
    log10,
    nan,
    pi,
    prod,
    sin,
    sqrt,
    tanh,
)
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
        counts_as: str = "activation",
        takes_signs: bool = True,
        defaults: Mapping[str, Any] | None = None,
    ) -> None:
        self.function = function
        self.is_exact = is_exact
        self.counts_as = counts_as
        self.takes_signs = takes_signs
        self.defaults = defaults or {}

    def work(self, layer: Layer) -> dict[str, int]:
        return {self.counts_as: prod(layer.x)} if self.counts_as else {}

    def values(self, layer: Layer, inputs: Sequence[Grid], w: Weights) -> Grid:
        (x,) = inputs
        return gathered({index: self.function(v, layer) for index, v in x.values.items()})


def of_one(function: Callable[[float], float], **options: Any) -> Function:
    """A function that no field changes."""
    return Function(lambda x, layer: function(x), **options)


def _gelu(x: float, layer: Layer) -> float:
    if layer.approximate == "tanh":
        return x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x**3))) / 2
    return x * (1 + erf(x / sqrt(2))) / 2


def _power(x: float, layer: Layer) -> float:
    return inf if x == 0 and layer.value < 0 else x**layer.value


def _softplus_of(x: float, layer: Layer) -> float:
    return x if x * layer.beta > layer.threshold else _softplus(x * layer.beta) / layer.beta


def _softshrink(x: float, layer: Layer) -> float:
    far = layer.lambd
    return x - far if x > far else x + far if x < -far else 0.0


def _root(x: float) -> float:
    return sqrt(x) if x >= 0 else nan


def _logarithm(x: float) -> float:
    return log(x) if x > 0 else -inf if x == 0 else nan


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


class Scale(InPlace):
    is_exact = True
    defaults = {"bias": False, "single": False}

    def arrays(self, layer: Layer) -> dict[str, Shape]:
        found: dict[str, Shape] = {"weight": (1,) if layer.single else layer.x[:1]}
        return found | ({"bias": layer.x[:1]} if layer.bias else {})

    def work(self, layer: Layer) -> dict[str, int]:
        return {"norm": prod(layer.x), "bias": prod(layer.x) * layer.bias}

    def values(self, layer: Layer, inputs: Sequence[Grid], w: Weights) -> Grid:
        found = {
            i: v * w["weight"][(0,) if layer.single else i[:1]] for i, v in inputs[0].values.items()
        }
        if layer.bias:
            found = {i: v + w["bias"][i[:1]] for i, v in found.items()}
        return gathered(found)


class Bias(InPlace):
    is_exact = True
    defaults = {"over": "channels"}

    def arrays(self, layer: Layer) -> dict[str, Shape]:
        return {"bias": layer.x if layer.over == "all" else layer.x[:1]}

    def work(self, layer: Layer) -> dict[str, int]:
        return {"bias": prod(layer.x)}

    def values(self, layer: Layer, inputs: Sequence[Grid], w: Weights) -> Grid:
        depth = len(layer.x) if layer.over == "all" else 1
        return gathered({i: v + w["bias"][i[:depth]] for i, v in inputs[0].values.items()})


class Merge(Definition):
    """Maps of one shape joined number by number; a gate has one number for all positions."""

    def __init__(
        self,
        join: Callable[[list[float]], float],
        *,
        is_exact: bool = True,
        takes_signs: bool = True,
    ) -> None:
        self.is_exact = is_exact
        self.takes_signs = takes_signs
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


class Compared(Merge):
    """1 where a function of two numbers holds; the second may be a field."""

    defaults = {"value": None}

    def __init__(self, holds: Callable[[float, float], bool]) -> None:
        super().__init__(lambda values: float(holds(*values)))

    def work(self, layer: Layer) -> dict[str, int]:
        return {"merge": prod(layer.x)}

    def values(self, layer: Layer, inputs: Sequence[Grid], w: Weights) -> Grid:
        if layer.value is None:
            return super().values(layer, inputs, w)
        own = inputs[0].values.items()
        return gathered({index: self.join([x, float(layer.value)]) for index, x in own})


class Where(Merge):
    """The first of two where the condition is not 0, the second elsewhere."""

    defaults = {"value": None, "other": None}

    def __init__(self) -> None:
        super().__init__(lambda values: values[1] if values[0] else values[2])

    def work(self, layer: Layer) -> dict[str, int]:
        return {"merge": prod(layer.x)}

    def values(self, layer: Layer, inputs: Sequence[Grid], w: Weights) -> Grid:
        found = {}
        for index, condition in inputs[0].values.items():
            maps = iter(inputs[1:])
            numbers = (layer.value, layer.other)
            pair = [float(next(maps)[index] if n is None else n) for n in numbers]
            found[index] = self.join([condition, *pair])
        return gathered(found)


def _odd(values: Sequence[float]) -> float:
    return float(sum(value != 0 for value in values) % 2)


DEFINITIONS: dict[str, Definition] = {
    "relu": of_one(lambda x: max(x, 0.0), is_exact=True),
    "relu6": of_one(lambda x: _clip(x, 0, 6), is_exact=True),
    "leaky_relu": Function(
        lambda x, layer: x if x > 0 else float(layer.negative_slope) * x,
        defaults={"negative_slope": 0.01},
    ),
    "elu": Function(lambda x, n: x if x > 0 else n.alpha * (exp(x) - 1), defaults={"alpha": 1}),
    "celu": Function(
        lambda x, n: x if x > 0 else n.alpha * (exp(x / n.alpha) - 1), defaults={"alpha": 1}
    ),
    "selu": of_one(lambda x: SELU_SCALE * (x if x > 0 else SELU_ALPHA * (exp(x) - 1))),
    "gelu": Function(_gelu, defaults={"approximate": "none"}),
    "quick_gelu": of_one(lambda x: x * sigmoid(1.702 * x)),
    "silu": of_one(lambda x: x * sigmoid(x)),
    "mish": of_one(lambda x: x * tanh(_softplus(x))),
    "hardswish": of_one(lambda x: x * _clip(x + 3, 0, 6) / 6),
    "hardsigmoid": Function(
        lambda x, n: _clip(n.alpha * x + n.beta, 0, 1), defaults={"alpha": 1 / 6, "beta": 0.5}
    ),
    "hardtanh": Function(
        lambda x, n: _clip(
            x,
            -inf if n.min_val is None else n.min_val,
            inf if n.max_val is None else n.max_val,
        ),
        defaults={"min_val": -1, "max_val": 1},
    ),
    "sigmoid": of_one(sigmoid),
    "tanh": of_one(tanh),
    "tanhshrink": of_one(lambda x: x - tanh(x)),
    "softplus": Function(_softplus_of, defaults={"beta": 1, "threshold": 20}),
    "softshrink": Function(_softshrink, defaults={"lambd": 0.5}),
    "hardshrink": Function(lambda x, n: x if abs(x) > n.lambd else 0.0, defaults={"lambd": 0.5}),
    "threshold": Function(lambda x, n: x if x > n.threshold else n.value),
    "log_sigmoid": of_one(lambda x: -_softplus(-x)),
    "square": of_one(lambda x: x * x, is_exact=True),
    "abs": of_one(abs, is_exact=True),
    "exp": of_one(exp),
    "sin": of_one(sin),
    "cos": of_one(cos),
    "floor": of_one(lambda x: float(floor(x)), is_exact=True),
    "ceil": of_one(lambda x: float(ceil(x)), is_exact=True),
    "round": of_one(lambda x: float(round(x)), is_exact=True),
    "trunc": of_one(lambda x: float(int(x)), is_exact=True),
    "sign": of_one(lambda x: float((x > 0) - (x < 0)), is_exact=True),
    "sqrt": of_one(_root, takes_signs=False),
    "log": of_one(_logarithm, takes_signs=False),
    "log2": of_one(lambda x: log2(x) if x > 0 else _logarithm(x), takes_signs=False),
    "log10": of_one(lambda x: log10(x) if x > 0 else _logarithm(x), takes_signs=False),
    "reciprocal": of_one(lambda x: 1 / x if x else inf, takes_signs=False),
    "add_number": Function(lambda x, n: x + n.value, counts_as="merge"),
    "mul_number": Function(lambda x, n: x * n.value, counts_as="merge"),
    "div_number": Function(lambda x, n: x / n.value, counts_as="merge"),
    "pow_number": Function(_power, counts_as="merge", takes_signs=False),
    "softsign": of_one(lambda x: x / (1 + abs(x))),
    "identity": of_one(lambda x: x, is_exact=True, counts_as=""),
    "dropout": of_one(lambda x: x, is_exact=True, counts_as=""),
    "prelu": Prelu(),
    "scale": Scale(),
    "bias": Bias(),
    "add": Merge(sum),
    "mul": Merge(prod),
    "max": Merge(max),
    "min": Merge(min),
    "div": Merge(lambda values: values[0] / prod(values[1:]), is_exact=False),
    "pow": Merge(lambda values: reduce(pow, values), is_exact=False, takes_signs=False),
    "sub": Merge(lambda values: values[0] - sum(values[1:])),
    "equal": Compared(lambda left, right: left == right),
    "not_equal": Compared(lambda left, right: left != right),
    "less": Compared(lambda left, right: left < right),
    "less_equal": Compared(lambda left, right: left <= right),
    "greater": Compared(lambda left, right: left > right),
    "greater_equal": Compared(lambda left, right: left >= right),
    "logical_and": Merge(lambda values: float(all(values))),
    "logical_or": Merge(lambda values: float(any(values))),
    "logical_xor": Merge(_odd),
    "logical_not": of_one(lambda x: float(not x), is_exact=True, counts_as="merge"),
    "isnan": of_one(lambda x: float(x != x), is_exact=True, counts_as="merge"),
    "where": Where(),
}
