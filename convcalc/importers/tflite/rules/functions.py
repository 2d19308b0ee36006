"""Functions of each element, shares along an axis, and what does nothing when a network runs."""

from __future__ import annotations

from convcalc.importers.decimals import shortest
from convcalc.importers.tflite.lowering import FUNCTIONS, RULES, Lowering, function, rule

# What ONNX calls them, where nothing else is to be said.
_WORDS = {
    "RELU": "Relu", "RELU6": "Relu6", "TANH": "Tanh", "LOGISTIC": "Sigmoid",
    "HARD_SWISH": "HardSwish", "ELU": "Elu", "EXP": "Exp", "LOG": "Log", "SQRT": "Sqrt",
    "ABS": "Abs", "NEG": "Neg", "SIN": "Sin", "COS": "Cos", "FLOOR": "Floor", "CEIL": "Ceil",
    "ROUND": "Round", "SIGN": "Sign", "LOGICAL_NOT": "Not",
}  # fmt: skip


def _worded(op: str) -> None:
    @function(*(word for word, own in _WORDS.items() if own == op))
    def applied(say: Lowering, x: str) -> str:
        return say.add(op, x)


for _op in _WORDS.values():
    _worded(_op)


@function("RELU_N1_TO_1")
def relu_n1_to_1(say: Lowering, x: str) -> str:
    """Between -1 and 1."""
    return _clipped(say, x, -1.0)


@function("RELU_0_TO_1")
def relu_0_to_1(say: Lowering, x: str) -> str:
    """Between 0 and 1."""
    return _clipped(say, x, 0.0)


def _clipped(say: Lowering, x: str, least: float) -> str:
    bounds = (say.constant(least, dims=()), say.constant(1.0, dims=()))
    return say.add("Clip", x, *bounds)


@function("LEAKY_RELU")
def leaky_relu(say: Lowering, x: str) -> str:
    """A fixed slope below 0."""
    return say.add("LeakyRelu", x, alpha=shortest(say.real(0)))


@function("GELU")
def gelu(say: Lowering, x: str) -> str:
    """By the error function, or by a tanh."""
    return say.add("Gelu", x, approximate=_WORDS["TANH"].lower() if say.flag(0) else "none")


@function("RSQRT")
def inverse_root(say: Lowering, x: str) -> str:
    """1 over the square root."""
    return say.add("Reciprocal", say.add("Sqrt", x))


@function("SQUARE")
def square(say: Lowering, x: str) -> str:
    """x times x."""
    return say.add("Pow", x, say.constant(2.0, dims=()))


def _pointwise(say: Lowering) -> list[str]:
    return [FUNCTIONS[say.operator.word](say, say.input())]


for _word in FUNCTIONS:
    RULES[_word] = _pointwise


@rule("PRELU")
def prelu(say: Lowering) -> list[str]:
    """A learnt slope below 0, of each channel."""
    rank, slope = say.rank(), say.held(1)
    if slope.count == 1:
        return [say.add("PRelu", say.input(), say.input(1))]
    flat = slope.made("reshaped", (slope.count, *(1,) * (rank - 2)))
    made = say.add("PRelu", say.maps(0, rank), say.stored(flat))
    return [say.channels_last(made, rank)]


@rule("SOFTMAX")
def softmax(say: Lowering) -> list[str]:
    """Shares along the last axis, of numbers times beta."""
    x, beta = say.input(), say.real(0)
    if beta not in (0.0, 1.0):
        x = say.add("Mul", x, say.constant(beta, dims=()))
    return [say.add("Softmax", x, axis=-1)]


@rule("LOG_SOFTMAX")
def log_softmax(say: Lowering) -> list[str]:
    """The logarithm of shares along the last axis."""
    return [say.add("LogSoftmax", say.input(), axis=-1)]


@rule("QUANTIZE", "DEQUANTIZE", "FAKE_QUANT")
def same(say: Lowering) -> list[str]:
    """The input itself: it is rounded, and nothing is calculated."""
    return [say.add("Identity", say.input())]


# ONNX's numbers of float32 and int64.
_REAL, _WHOLE = 1, 7


@rule("CAST")
def cast(say: Lowering) -> list[str]:
    """The input itself, as numbers of another type."""
    is_real = say.output().element.startswith(("float", "bfloat"))
    to = _REAL if is_real or say.output().scales is not None else _WHOLE
    return [say.add("Cast", say.input(), to=to)]
