"""Functions of one element; `curves` has their numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from convcalc.core.shapes import Shape, elements
from convcalc.kinds.base import Keeps, Kept, Kind, LayerKind, Work
from convcalc.kinds.base.curves import CURVES, Curve
from convcalc.kinds.base.fields import Slope, described

if TYPE_CHECKING:
    from convcalc.arrays.ops import Array, Ops, Weights


class Activation(LayerKind):
    """A function of each element. Work: 1 an element."""

    keeps: ClassVar[Keeps] = "input"
    curve: ClassVar[Curve]

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

    def kept(self, x: Shape, output: Shape) -> Kept:
        # PyTorch has no operator for it: the divisor is a tensor of its own.
        return Kept(inputs=True, values=elements(x))


def _page(line: str, name: str) -> str:
    example = (
        f"    ```yaml\n    convcalc: 1\n    input: [8, 4, 4]\n    layers:\n      - {name}\n    ```"
    )
    return f"{line}\n\n{example}\n    "


def _make(name: str, line: str, keeps: Keeps) -> type[Kind]:
    page = _page(f"{line} Work: 1 an element.", name)
    facts: dict[str, object] = {
        "__doc__": page,
        "__module__": __name__,
        "keeps": keeps,
        "curve": CURVES[name],
    }
    facts["__annotations__"] = {"keeps": ClassVar[Keeps], "curve": ClassVar[Curve]}
    made: type[Kind] = type(name.title().replace("_", ""), (Activation,), facts)
    return made


# name -> (what it computes, what its backward pass needs)
_FUNCTIONS: dict[str, tuple[str, Keeps]] = {
    "relu": ("max(x, 0).", "output"),
    "relu6": ("min(max(x, 0), 6).", "input"),
    "elu": ("x where positive, exp(x) - 1 elsewhere.", "input"),
    "selu": ("The self-normalising, scaled `elu`.", "input"),
    "celu": ("The continuously differentiable `elu`.", "input"),
    "gelu": ("x times the normal distribution function of x.", "input"),
    "silu": ("x sigmoid(x), also called swish.", "input"),
    "mish": ("x tanh(softplus(x)).", "input"),
    "hardswish": ("x relu6(x + 3) / 6.", "input"),
    "hardsigmoid": ("relu6(x + 3) / 6.", "input"),
    "hardtanh": ("x clipped to [-1, 1].", "input"),
    "sigmoid": ("1 / (1 + exp(-x)).", "output"),
    "tanh": ("The hyperbolic tangent.", "output"),
    "softplus": ("log(1 + exp(x)).", "input"),
}

MEMBERS: tuple[type[Kind], ...] = (
    *(_make(name, line, keeps) for name, (line, keeps) in _FUNCTIONS.items()),
    LeakyRelu,
    Softsign,
)
