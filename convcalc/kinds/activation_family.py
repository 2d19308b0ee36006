"""Functions of one element without constants; `curves` has their numbers."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from convcalc.core.shapes import Shape, elements
from convcalc.kinds.base import Keeps, Kept, Kind, LayerKind, Role, Work
from convcalc.kinds.base.code_lines import torch_call, unless
from convcalc.kinds.base.curves import CURVES, Curve
from convcalc.kinds.base.ranges import EVERYTHING, NEVER_NEGATIVE, Range, lies_within

if TYPE_CHECKING:
    from convcalc.arrays.ops import Array, Ops, Weights


class Activation(LayerKind):
    """A function of each element. Work: 1 an element."""

    is_spatial: ClassVar[bool] = True
    keeps: ClassVar[Keeps] = "input"
    role: ClassVar[Role] = "activation"
    curve: ClassVar[Curve]
    # Where its values lie, and which ones it hands on as they are, whatever its constants.
    values: ClassVar[Range] = EVERYTHING
    unchanged: ClassVar[Range | None] = None
    # Numbers that are not negative give such again.
    keeps_sign: ClassVar[bool] = False
    # PyTorch's class, whose arguments are the fields; and Keras's word for the function without.
    torch_name: ClassVar[str] = ""
    keras_word: ClassVar[str] = ""
    # All other numbers are brought to the nearest of `bounds`.
    is_clip: ClassVar[bool] = False

    @property
    def is_gate(self) -> bool:
        """True where all numbers are squashed into 0 to 1, and 0 into 1/2."""
        return False

    def constants(self) -> tuple[float, ...]:
        """The constants of the function, in the order of the fields."""
        return tuple(float(getattr(self, name)) for name in type(self).model_fields)

    def bounds(self) -> Range:
        """Where its values lie, whatever comes in."""
        return self.values

    def torch(self, x: Shape) -> list[str] | None:
        if not self.torch_name:
            return None
        fields = type(self).model_fields.items()
        values = {name: unless(getattr(self, name), field.default) for name, field in fields}
        written = {
            name: value if isinstance(value, str) else float(value)
            for name, value in values.items()
            if value is not None
        }
        return [torch_call(self.torch_name, **written)]

    def keras(self, x: Shape) -> list[str] | None:
        fields = type(self).model_fields.items()
        is_plain = all(getattr(self, name) == field.default for name, field in fields)
        known = is_plain and self.keras_word
        return [f'layers.Activation("{self.keras_word}")'] if known else None

    def works_per_position(self) -> bool:
        return True

    def stays_in_channel(self) -> bool:
        return True

    def passes_unchanged(self) -> Range | None:
        return self.unchanged

    def clips_to(self) -> Range | None:
        return self.bounds() if self.is_clip else None

    def value_range(self, inputs: tuple[Range, ...]) -> Range:
        (x,) = inputs
        unchanged = self.passes_unchanged()
        if unchanged is not None and lies_within(x, unchanged):
            return x
        least, greatest = self.bounds()
        return (max(0.0, least) if self.keeps_sign and x[0] >= 0 else least), greatest

    def work(self, x: Shape, output: Shape) -> Work:
        return {"activation": elements(output)}

    def forward(self, ops: Ops, x: Array, w: Weights) -> Array:
        return self.curve.value(ops, x, *self.constants())

    def backward(
        self, ops: Ops, grad: Array, x: Array, y: Array, w: Weights
    ) -> tuple[Array, dict[str, Array]]:
        return grad * self.curve.slope(ops, x, y, *self.constants()), {}


class Made(Activation):
    """A function that PyTorch makes of others, one of whose results is kept beside the input."""

    def kept(self, x: Shape, output: Shape) -> Kept:
        return Kept(inputs=True, values=elements(x))


class Softsign(Made):
    """x / (1 + |x|). Work: 1 an element.

    ```yaml
    convcalc: 1
    input: [8, 4, 4]
    layers:
      - softsign
    ```
    """

    torch_name: ClassVar[str] = "Softsign"
    keras_word: ClassVar[str] = "softsign"
    curve: ClassVar[Curve] = CURVES["softsign"]
    values: ClassVar[Range] = (-1.0, 1.0)
    keeps_sign: ClassVar[bool] = True


class Tanhshrink(Made):
    """x - tanh(x). Work: 1 an element.

    ```yaml
    convcalc: 1
    input: [8, 4, 4]
    layers:
      - tanhshrink
    ```
    """

    torch_name: ClassVar[str] = "Tanhshrink"
    keras_word: ClassVar[str] = "tanh_shrink"
    curve: ClassVar[Curve] = CURVES["tanhshrink"]
    keeps_sign: ClassVar[bool] = True

    def kept(self, x: Shape, output: Shape) -> Kept:
        return Kept(values=elements(x))


class QuickGelu(Made):
    """x sigmoid(1.702 x), the rough `gelu` of CLIP. Work: 1 an element.

    Source: Hendrycks & Gimpel 2016; OpenAI's CLIP.

    ```yaml
    convcalc: 1
    input: [8, 4, 4]
    layers:
      - quick_gelu
    ```
    """

    curve: ClassVar[Curve] = CURVES["quick_gelu"]
    # The least value, rounded down, is that of `silu` over 1.702.
    values: ClassVar[Range] = (-0.1637, inf)
    keeps_sign: ClassVar[bool] = True


class LogSigmoid(Made):
    """log(sigmoid(x)). Work: 1 an element.

    ```yaml
    convcalc: 1
    input: [8, 4, 4]
    layers:
      - log_sigmoid
    ```
    """

    torch_name: ClassVar[str] = "LogSigmoid"
    keras_word: ClassVar[str] = "log_sigmoid"
    curve: ClassVar[Curve] = CURVES["log_sigmoid"]
    values: ClassVar[Range] = (-inf, 0.0)


class Sqrt(Activation):
    """The square root of x; of a negative number it is none (NaN). Work: 1 an element.

    ```yaml
    convcalc: 1
    input: [8, 4, 4]
    layers:
      - abs
      - sqrt
    ```
    """

    keeps: ClassVar[Keeps] = "output"
    wants_positive: ClassVar[bool] = True
    curve: ClassVar[Curve] = CURVES["sqrt"]
    values: ClassVar[Range] = NEVER_NEGATIVE


class Log(Activation):
    """The natural logarithm of x; of a negative number it is none (NaN). Work: 1 an element.

    ```yaml
    convcalc: 1
    input: [8, 4, 4]
    layers:
      - softplus
      - log
    ```
    """

    wants_positive: ClassVar[bool] = True
    curve: ClassVar[Curve] = CURVES["log"]


class Log2(Activation):
    """The logarithm of x to base 2, whole for powers of 2. Work: 1 an element.

    ```yaml
    convcalc: 1
    input: [8, 4, 4]
    layers:
      - softplus
      - log2
    ```
    """

    wants_positive: ClassVar[bool] = True
    curve: ClassVar[Curve] = CURVES["log2"]


class Log10(Activation):
    """The logarithm of x to base 10, whole for powers of 10. Work: 1 an element.

    ```yaml
    convcalc: 1
    input: [8, 4, 4]
    layers:
      - softplus
      - log10
    ```
    """

    wants_positive: ClassVar[bool] = True
    curve: ClassVar[Curve] = CURVES["log10"]


class Reciprocal(Activation):
    """1 / x, which is infinite for 0. Work: 1 an element.

    ```yaml
    convcalc: 1
    input: [8, 4, 4]
    layers:
      - exp
      - reciprocal
    ```
    """

    keeps: ClassVar[Keeps] = "output"
    wants_positive: ClassVar[bool] = True
    keeps_sign: ClassVar[bool] = True
    curve: ClassVar[Curve] = CURVES["reciprocal"]


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
    torch_name: str = ""
    keras_word: str = ""
    constants_elsewhere: tuple[str, str] | None = None
    aliases: tuple[str, ...] = ()
    is_clip: bool = False
    temporaries: int = 3


def _make(name: str, function: _Function) -> type[Kind]:
    facts: dict[str, object] = function._asdict()
    page = _page(f"{facts.pop('line')} Work: 1 an element.", name)
    facts |= {"__doc__": page, "__module__": __name__, "curve": CURVES[name]}
    facts["__annotations__"] = dict.fromkeys(facts, ClassVar[object])
    made: type[Kind] = type(name.title().replace("_", ""), (Activation,), facts)
    return made


# Least values, rounded down: of x times a sigmoid, and times tanh(softplus(x)).
_SILU, _MISH = (-0.2785, inf), (-0.3089, inf)

_FUNCTIONS: dict[str, _Function] = {
    "relu": _Function(
        "max(x, 0).",
        "output",
        NEVER_NEGATIVE,
        NEVER_NEGATIVE,
        torch_name="ReLU",
        keras_word="relu",
        is_clip=True,
        temporaries=0,
    ),
    "relu6": _Function(
        "min(max(x, 0), 6).",
        "input",
        (0.0, 6.0),
        (0.0, 6.0),
        torch_name="ReLU6",
        keras_word="relu6",
        is_clip=True,
        temporaries=0,
    ),
    "selu": _Function(
        "The self-normalising, scaled `elu`.",
        "input",
        (-1.7581, inf),
        torch_name="SELU",
        keras_word="selu",
    ),
    "silu": _Function(
        "x sigmoid(x), also called swish.",
        "input",
        _SILU,
        aliases=("swish",),
        torch_name="SiLU",
        keras_word="silu",
    ),
    "mish": _Function("x tanh(softplus(x)).", "input", _MISH, torch_name="Mish", keras_word="mish"),
    "hardswish": _Function(
        "x relu6(x + 3) / 6.",
        "input",
        (-0.375, inf),
        aliases=("hswish",),
        torch_name="Hardswish",
        keras_word="hard_silu",
    ),
    "sigmoid": _Function(
        "1 / (1 + exp(-x)).",
        "output",
        (0.0, 1.0),
        is_gate=True,
        torch_name="Sigmoid",
        keras_word="sigmoid",
    ),
    "tanh": _Function(
        "The hyperbolic tangent.",
        "output",
        (-1.0, 1.0),
        torch_name="Tanh",
        keras_word="tanh",
        temporaries=0,
    ),
    "square": _Function("x^2.", "input", NEVER_NEGATIVE),
    "abs": _Function("|x|.", "input", NEVER_NEGATIVE, NEVER_NEGATIVE),
    "exp": _Function("e^x.", "output", NEVER_NEGATIVE, keras_word="exponential"),
    "sin": _Function("The sine of x, in radians.", "input", (-1.0, 1.0), keeps_sign=False),
    "cos": _Function("The cosine of x, in radians.", "input", (-1.0, 1.0), keeps_sign=False),
    "floor": _Function("The greatest whole number that is no more than x.", "nothing"),
    "ceil": _Function("The least whole number that is no less than x.", "nothing"),
    "round": _Function("The whole number next to x; of two the even one.", "nothing"),
    "trunc": _Function("x without its fraction, as integers are made of it.", "nothing"),
    "sign": _Function("1 for what is above 0, -1 below it, and 0.", "nothing", (-1.0, 1.0)),
}

MEMBERS: tuple[type[Kind], ...] = (
    *(_make(name, function) for name, function in _FUNCTIONS.items()),
    Softsign,
    Tanhshrink,
    QuickGelu,
    LogSigmoid,
    Sqrt,
    Log,
    Log2,
    Log10,
    Reciprocal,
)
