"""Functions of one element that have constants; `curves` has their numbers."""

from __future__ import annotations

from fractions import Fraction
from math import inf
from typing import TYPE_CHECKING, ClassVar, Literal

from convcalc.core.errors import LayerError
from convcalc.core.shapes import Shape
from convcalc.kinds.activation_family import Activation
from convcalc.kinds.base import Kind
from convcalc.kinds.base.code_lines import keras_call, torch_call
from convcalc.kinds.base.curves import CURVES, Curve
from convcalc.kinds.base.field_values import show
from convcalc.kinds.base.fields import Number, Positive, Slope, described
from convcalc.kinds.base.ranges import NEVER_NEGATIVE, Range

if TYPE_CHECKING:
    from convcalc.arrays.ops import Array, Ops, Weights


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

    temporaries: ClassVar[int] = 2
    main: ClassVar[str] = "negative_slope"
    curve: ClassVar[Curve] = CURVES["leaky_relu"]
    unchanged: ClassVar[Range | None] = NEVER_NEGATIVE
    constants_elsewhere: ClassVar[tuple[str, str] | None] = (
        "the slope is 0.01 in PyTorch and ONNX, 0.3 in Keras, 0.2 in `tf.nn`",
        "write the slope you mean, as in `leaky_relu: 0.2`",
    )

    negative_slope: Slope = described("Slope where x is negative.", 0.01)

    def clips_to(self) -> Range | None:
        return (0.0, inf) if self.negative_slope == 0 else None

    def torch(self, x: Shape) -> list[str] | None:
        # Written always: the default differs from one framework to the next.
        return [torch_call("LeakyReLU", float(self.negative_slope))]

    def keras(self, x: Shape) -> list[str] | None:
        return [keras_call("LeakyReLU", negative_slope=float(self.negative_slope))]


class Elu(Activation):
    """x where positive, alpha (exp(x) - 1) elsewhere. Work: 1 an element.

    Source: Clevert et al. 2016; PyTorch's ELU.

    ```yaml
    convcalc: 1
    input: [8, 4, 4]
    layers:
      - elu
      - elu: 0.5
    ```
    """

    main: ClassVar[str] = "alpha"
    torch_name: ClassVar[str] = "ELU"
    keras_word: ClassVar[str] = "elu"
    curve: ClassVar[Curve] = CURVES["elu"]
    unchanged: ClassVar[Range | None] = NEVER_NEGATIVE

    alpha: Positive = described("What very negative numbers come to, less its sign.", 1)

    def bounds(self) -> Range:
        return -float(self.alpha), inf


class Celu(Activation):
    """x where positive, alpha (exp(x / alpha) - 1) elsewhere. Work: 1 an element.

    Its slope has no jump whatever alpha is. Source: Barron 2017; PyTorch's CELU.

    ```yaml
    convcalc: 1
    input: [8, 4, 4]
    layers:
      - celu
      - celu: 0.5
    ```
    """

    main: ClassVar[str] = "alpha"
    torch_name: ClassVar[str] = "CELU"
    keras_word: ClassVar[str] = "celu"
    curve: ClassVar[Curve] = CURVES["celu"]
    unchanged: ClassVar[Range | None] = NEVER_NEGATIVE

    alpha: Positive = described("What very negative numbers come to, less its sign.", 1)

    def bounds(self) -> Range:
        return -float(self.alpha), inf


class Gelu(Activation):
    """x times the normal distribution function of x, or its approximation by a tanh.

    Exact: x (1 + erf(x / sqrt(2))) / 2. With `tanh`, of GPT-2 and BERT's first code:
    x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2. Work: 1 an element.
    Source: Hendrycks & Gimpel 2016; PyTorch's GELU.

    ```yaml
    convcalc: 1
    input: [8, 4, 4]
    layers:
      - gelu
      - gelu: tanh
    ```
    """

    temporaries: ClassVar[int] = 4
    main: ClassVar[str] = "approximate"
    torch_name: ClassVar[str] = "GELU"
    keras_word: ClassVar[str] = "gelu"
    # The least value of either formula, rounded down.
    values: ClassVar[Range] = (-0.1701, inf)
    keeps_sign: ClassVar[bool] = True

    approximate: Literal["none", "tanh"] = described("The formula that is used.", "none")

    def _curve(self) -> Curve:
        return CURVES["gelu" if self.approximate == "none" else "gelu_tanh"]

    def forward(self, ops: Ops, x: Array, w: Weights) -> Array:
        return self._curve().value(ops, x)

    def backward(
        self, ops: Ops, grad: Array, x: Array, y: Array, w: Weights
    ) -> tuple[Array, dict[str, Array]]:
        return grad * self._curve().slope(ops, x, y), {}


class Hardsigmoid(Activation):
    """alpha x + beta, clipped to [0, 1]. Work: 1 an element.

    PyTorch and Keras 3 have a slope of 1/6, ONNX and Keras 2 of 0.2; beta is 0.5 in all.
    Source: Howard et al. 2019; PyTorch's Hardsigmoid; ONNX's HardSigmoid.

    ```yaml
    convcalc: 1
    input: [8, 4, 4]
    layers:
      - hardsigmoid
      - hardsigmoid: {alpha: 0.2}
    ```
    """

    keras_word: ClassVar[str] = "hard_sigmoid"
    curve: ClassVar[Curve] = CURVES["hardsigmoid"]
    values: ClassVar[Range] = (0.0, 1.0)
    aliases: ClassVar[tuple[str, ...]] = ("hsigmoid",)
    constants_elsewhere: ClassVar[tuple[str, str] | None] = (
        "the slope is 1/6 in PyTorch and Keras 3, 0.2 in ONNX and Keras 2",
        "write the slope you mean, as in `hardsigmoid: {alpha: 0.2}`",
    )

    alpha: Positive = described("The slope; 1/6 unless it is given.", Fraction(1, 6))
    beta: Number = described("The value at 0.", Fraction(1, 2))

    def torch(self, x: Shape) -> list[str] | None:
        is_usual = (self.alpha, self.beta) == (Fraction(1, 6), Fraction(1, 2))
        return [torch_call("Hardsigmoid")] if is_usual else None

    @property
    def is_gate(self) -> bool:
        return self.beta == Fraction(1, 2)


class Hardtanh(Activation):
    """x clipped to [min_val, max_val]; without an end on the side that is `~`. Work: 1 an element.

    Also known as clip or clamp. Source: PyTorch's Hardtanh and clamp; ONNX's Clip.

    ```yaml
    convcalc: 1
    input: [8, 4, 4]
    layers:
      - hardtanh
      - hardtanh: {min_val: 0, max_val: 4}
      - hardtanh: {min_val: 0.01, max_val: ~}
    ```
    """

    torch_name: ClassVar[str] = "Hardtanh"
    keras_word: ClassVar[str] = "hard_tanh"
    temporaries: ClassVar[int] = 0
    is_clip: ClassVar[bool] = True
    curve: ClassVar[Curve] = CURVES["hardtanh"]
    aliases: ClassVar[tuple[str, ...]] = ("clip", "clamp")

    min_val: Number | None = described("The least value that comes out; ~ for none.", -1)
    max_val: Number | None = described("The largest value that comes out; ~ for none.", 1)

    def bounds(self) -> Range:
        least, most = self.min_val, self.max_val
        return -inf if least is None else float(least), inf if most is None else float(most)

    def constants(self) -> tuple[float, ...]:
        return self.bounds()

    def torch(self, x: Shape) -> list[str] | None:
        # Its words for a side without an end are no numbers that could be written.
        return None if None in (self.min_val, self.max_val) else super().torch(x)

    def hands_on(self, x: Shape) -> bool:
        return self.min_val is None and self.max_val is None

    def passes_unchanged(self) -> Range | None:
        return self.bounds()

    def value_range(self, inputs: tuple[Range, ...]) -> Range:
        least, most = self.bounds()
        low, high = (min(max(end, least), most) for end in inputs[0])
        return low, high

    def output(self, x: Shape) -> Shape:
        least, most = self.min_val, self.max_val
        if least is not None and most is not None and least >= most:
            low, high = show(float(least)), show(float(most))
            raise LayerError(
                "wrong-value",
                f"min_val {low} is not below max_val {high}: nothing would be left between them",
                "a smaller `min_val`, or a larger `max_val`",
                field="min_val",
                recovered=x,
                repairs=[{"min_val": most, "max_val": least}],
            )
        return x


class Softplus(Activation):
    """log(1 + exp(beta x)) / beta; x itself where beta x is above the threshold.

    Work: 1 an element. Source: PyTorch's Softplus.

    ```yaml
    convcalc: 1
    input: [8, 4, 4]
    layers:
      - softplus
      - softplus: {beta: 2}
    ```
    """

    torch_name: ClassVar[str] = "Softplus"
    keras_word: ClassVar[str] = "softplus"
    curve: ClassVar[Curve] = CURVES["softplus"]
    values: ClassVar[Range] = NEVER_NEGATIVE

    beta: Positive = described("How sharp the bend is.", 1)
    threshold: Slope = described("Where beta x is larger, the curve is straight.", 20)


class Softshrink(Activation):
    """x moved by `lambd` towards 0, and 0 where it is nearer than that. Work: 1 an element.

    Source: PyTorch's Softshrink.

    ```yaml
    convcalc: 1
    input: [8, 4, 4]
    layers:
      - softshrink
      - softshrink: 0.1
    ```
    """

    main: ClassVar[str] = "lambd"
    torch_name: ClassVar[str] = "Softshrink"
    keras_word: ClassVar[str] = "soft_shrink"
    curve: ClassVar[Curve] = CURVES["softshrink"]
    keeps_sign: ClassVar[bool] = True

    lambd: Slope = described("How far from 0 nothing is left.", Fraction(1, 2))

    def hands_on(self, x: Shape) -> bool:
        return self.lambd == 0


class Hardshrink(Activation):
    """x, and 0 where it is no farther than `lambd` from it. Work: 1 an element.

    Source: PyTorch's Hardshrink.

    ```yaml
    convcalc: 1
    input: [8, 4, 4]
    layers:
      - hardshrink
      - hardshrink: 0.1
    ```
    """

    main: ClassVar[str] = "lambd"
    torch_name: ClassVar[str] = "Hardshrink"
    keras_word: ClassVar[str] = "hard_shrink"
    curve: ClassVar[Curve] = CURVES["hardshrink"]
    keeps_sign: ClassVar[bool] = True

    lambd: Slope = described("How far from 0 nothing is left.", Fraction(1, 2))

    def hands_on(self, x: Shape) -> bool:
        return self.lambd == 0


class Threshold(Activation):
    """x where it is above the threshold, a fixed value elsewhere. Work: 1 an element.

    Source: PyTorch's Threshold.

    ```yaml
    convcalc: 1
    input: [8, 4, 4]
    layers:
      - threshold: {threshold: 0.1, value: 0}
    ```
    """

    torch_name: ClassVar[str] = "Threshold"
    curve: ClassVar[Curve] = CURVES["threshold"]

    threshold: Number = described("What x has to be above.")
    value: Number = described("What stands for x elsewhere.")

    def bounds(self) -> Range:
        return min(float(self.threshold), float(self.value)), inf

    def clips_to(self) -> Range | None:
        return self.bounds() if self.threshold == self.value else None


MEMBERS: tuple[type[Kind], ...] = (
    LeakyRelu,
    Elu,
    Celu,
    Gelu,
    Hardsigmoid,
    Hardtanh,
    Softplus,
    Softshrink,
    Hardshrink,
    Threshold,
)
