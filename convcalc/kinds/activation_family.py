"""Functions of one element, softmaxes, and layers that do nothing at inference."""

from __future__ import annotations

from typing import ClassVar

from convcalc.kinds.base import Keeps, Kept, Kind, LayerKind, Work
from convcalc.shapes import Shape, elements


class Activation(LayerKind):
    """A function of each element. Work: 1 an element."""

    keeps: ClassVar[Keeps] = "input"
    operations: ClassVar[int] = 1

    def work(self, x: Shape, output: Shape) -> Work:
        return {"activation": self.operations * elements(output)}


class Softsign(Activation):
    """x / (1 + |x|). Work: 1 an element.

    ```yaml
    convcalc: 1
    input: [8, 4, 4]
    layers:
      - softsign
    ```
    """

    def kept(self, x: Shape, output: Shape) -> Kept:
        # PyTorch has no operator for it: the divisor is a tensor of its own.
        return Kept(inputs=True, values=elements(x))


def _page(line: str, name: str) -> str:
    example = (
        f"    ```yaml\n    convcalc: 1\n    input: [8, 4, 4]\n    layers:\n      - {name}\n    ```"
    )
    return f"{line}\n\n{example}\n    "


def _make(name: str, line: str, keeps: Keeps, operations: int = 1) -> type[Kind]:
    page = _page(f"{line} Work: {operations} an element.", name)
    facts = {"__doc__": page, "__module__": __name__, "keeps": keeps, "operations": operations}
    facts["__annotations__"] = {"keeps": ClassVar[Keeps], "operations": ClassVar[int]}
    made: type[Kind] = type(name.title().replace("_", ""), (Activation,), facts)
    return made


# name -> (what it computes, what its backward pass needs)
_FUNCTIONS: dict[str, tuple[str, Keeps]] = {
    "relu": ("max(x, 0).", "output"),
    "relu6": ("min(max(x, 0), 6).", "input"),
    "leaky_relu": ("x where positive, x/100 elsewhere.", "input"),
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
# Exponential, maximum, subtraction, sum and division.
_SOFTMAX_OPERATIONS = 5

MEMBERS: dict[str, type[Kind]] = {
    name: _make(name, line, keeps) for name, (line, keeps) in _FUNCTIONS.items()
}
MEMBERS["softsign"] = Softsign
MEMBERS["softmax"] = _make(
    "softmax", "exp(x) over its sum over the channels.", "output", _SOFTMAX_OPERATIONS
)
MEMBERS["log_softmax"] = _make(
    "log_softmax", "The logarithm of `softmax` over the channels.", "output", _SOFTMAX_OPERATIONS
)
