"""Functions of one element; `curves` has their numbers."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from convcalc.core.shapes import Shape, elements
from convcalc.kinds.base import Keeps, Kept, Kind, LayerKind, Role, Work
from convcalc.kinds.base.curves import CURVES, Curve
from convcalc.kinds.base.fields import Slope, described
from convcalc.kinds.base.ranges import EVERYTHING, NEVER_NEGATIVE, Range, lies_within

if TYPE_CHECKING:
    from convcalc.arrays.ops import Array, Ops, Weights


class Activation(LayerKind):
    """A function of each element. Work: 1 an element."""

    keeps: ClassVar[Keeps] = "input"
    role: ClassVar[Role] = "activation"
    curve: ClassVar[Curve]
    # Where its values lie, whatever comes in, and which ones it hands on as they are.
    values: ClassVar[Range] = EVERYTHING
    unchanged: ClassVar[Range | None] = None
    # Numbers that are not negative give such again.
    keeps_sign: ClassVar[bool] = False
    # A gate squashes all numbers into 0 to 1, and 0 into 1/2.
    is_gate: ClassVar[bool] = False

    def stays_in_channel(self) -> bool:
        return True

    def passes_unchanged(self) -> Range | None:
        return self.unchanged

    def value_range(self, inputs: tuple[Range, ...]) -> Range:
        (x,) = inputs
        if self.unchanged is not None and lies_within(x, self.unchanged):
            return x
        least, greatest = self.values
        return (max(0.0, least), greatest) if self.keeps_sign and x[0] >= 0 else self.values

    def work(self, x: Shape, output: Shape) -> Work:
        return {"activation": elements(output)}

    def forward(self, ops: Ops, x: Array, w: Weights) -> Array:
        return self.curve.value(ops, x)

    def backward(
        self, ops: Ops, grad: Array, x: Array, y: Array, w: Weights
    ) -> tuple[Array, dict[str, Array]]:
        return grad * self.curve.slope(ops, x, y), {}


class LeakyRelu(Activation):
    """x where positive, a fixed multiple of x elsewhere. Work: 1 an element.

    A learnt multiple is `prelu`. Source: Maas et al. 2013; PyTorch's LeakyReLU.

    ```yaml
    convcalc: 1
    input: [8, 4, 4]
    layers:
      - leaky_relu
      - leaky_relu: 0.2
    ```
    """

    main: ClassVar[str] = "negative_slope"
    keeps: ClassVar[Keeps] = "input"
    unchanged: ClassVar[Range | None] = NEVER_NEGATIVE
    constants_elsewhere: ClassVar[tuple[str, str] | None] = (
        "the slope is 0.01 in PyTorch and ONNX, 0.3 in Keras, 0.2 in `tf.nn`",
        "write the slope you mean, as in `leaky_relu: 0.2`",
    )

    negative_slope: Slope = described("Slope where x is negative.", 0.01)

    def forward(self, ops: Ops, x: Array, w: Weights) -> Array:
        # What lies above 0 is not looked at, and must not overflow.
        y: Array = ops.np.where(x > 0, x, ops.np.minimum(x, 0) * float(self.negative_slope))
        return y

    def backward(
        self, ops: Ops, grad: Array, x: Array, y: Array, w: Weights
    ) -> tuple[Array, dict[str, Array]]:
        number = x.dtype.type
        return grad * ops.np.where(x > 0, number(1), number(float(self.negative_slope))), {}


class Softsign(Activation):
    """x / (1 + |x|). Work: 1 an element.

    ```yaml
    convcalc: 1
    input: [8, 4, 4]
    layers:
      - softsign
    ```
    """

    curve: ClassVar[Curve] = CURVES["softsign"]
    values: ClassVar[Range] = (-1.0, 1.0)
    keeps_sign: ClassVar[bool] = True

    def kept(self, x: Shape, output: Shape) -> Kept:
        # PyTorch has no operator for it: the divisor is a tensor of its own.
        return Kept(inputs=True, values=elements(x))


def _page(line: str, name: str) -> str:
    example = (
        f"    ```yaml\n    convcalc: 1\n    input: [8, 4, 4]\n    layers:\n      - {name}\n    ```"
    )
    return f"{line}\n\n{example}\n    "


class _Function(NamedTuple):
    """A function without fields: what it computes, and what its backward pass needs.

    The others are facts of `Activation`.
    """

    line: str
    keeps: Keeps = "input"
    values: Range = EVERYTHING
    unchanged: Range | None = None
    is_gate: bool = False
    keeps_sign: bool = True
    constants_elsewhere: tuple[str, str] | None = None
    aliases: tuple[str, ...] = ()


def _make(name: str, function: _Function) -> type[Kind]:
    facts: dict[str, object] = function._asdict()
    page = _page(f"{facts.pop('line')} Work: 1 an element.", name)
    facts |= {"__doc__": page, "__module__": __name__, "curve": CURVES[name]}
    made: type[Kind] = type(name.title().replace("_", ""), (Activation,), facts)
    return made


# Least values, rounded down: of x times a distribution, a sigmoid, tanh(softplus(x)).
_GELU, _SILU, _MISH = (-0.17, inf), (-0.2785, inf), (-0.3089, inf)

_FUNCTIONS: dict[str, _Function] = {
    "relu": _Function("max(x, 0).", "output", NEVER_NEGATIVE, NEVER_NEGATIVE),
    "relu6": _Function("min(max(x, 0), 6).", "input", (0.0, 6.0), (0.0, 6.0)),
    "elu": _Function(
        "x where positive, exp(x) - 1 elsewhere.", "input", (-1.0, inf), NEVER_NEGATIVE
    ),
    "selu": _Function("The self-normalising, scaled `elu`.", "input", (-1.7581, inf)),
    "celu": _Function(
        "The continuously differentiable `elu`.", "input", (-1.0, inf), NEVER_NEGATIVE
    ),
    "gelu": _Function("x times the normal distribution function of x.", "input", _GELU),
    "silu": _Function("x sigmoid(x), also called swish.", "input", _SILU, aliases=("swish",)),
    "mish": _Function("x tanh(softplus(x)).", "input", _MISH),
    "hardswish": _Function("x relu6(x + 3) / 6.", "input", (-0.375, inf), aliases=("hswish",)),
    "hardsigmoid": _Function(
        "relu6(x + 3) / 6.",
        "input",
        (0.0, 1.0),
        is_gate=True,
        constants_elsewhere=(
            "the slope is 1/6 in PyTorch and Keras 3, 0.2 in ONNX and Keras 2",
            "write the constant out wherever the network is built",
        ),
        aliases=("hsigmoid",),
    ),
    "hardtanh": _Function("x clipped to [-1, 1].", "input", (-1.0, 1.0), (-1.0, 1.0)),
    "sigmoid": _Function("1 / (1 + exp(-x)).", "output", (0.0, 1.0), is_gate=True),
    "tanh": _Function("The hyperbolic tangent.", "output", (-1.0, 1.0)),
    "softplus": _Function("log(1 + exp(x)).", "input", NEVER_NEGATIVE),
}

MEMBERS: tuple[type[Kind], ...] = (
    *(_make(name, function) for name, function in _FUNCTIONS.items()),
    LeakyRelu,
    Softsign,
)
