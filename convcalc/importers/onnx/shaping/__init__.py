"""Shapes of what has no kind here: by the operation's own rule, or as the file states them."""

from __future__ import annotations

from convcalc.core.shapes import Shape
from convcalc.importers.onnx.folding import BINARY, UNARY, FoldError, spread
from convcalc.importers.onnx.shaping import maps, tensors
from convcalc.importers.onnx.shaping.table import SHAPES, Shapes, as_stated
from convcalc.importers.onnx.use import Use
from convcalc.importers.placing import NoRuleError

__all__ = ["is_elementwise", "maps", "output_shapes", "tensors"]

# Functions of each element, beside those that small tensors are worked out with.
_ELEMENTWISE = frozenset(
    {*BINARY, *UNARY, "Acos", "Acosh", "Asin", "Asinh", "Atan", "Atanh", "BitCast", "BitShift",
     "BitwiseAnd", "BitwiseNot", "BitwiseOr", "BitwiseXor", "Cosh", "IsInf", "IsNaN", "Max",
     "Mean", "Min", "Selu", "Shrink", "Sinh", "Sum", "SwiGLU", "Swish", "Tan",
     "QuantizeLinear", "DequantizeLinear", "Cast", "Clip", "Binarizer", "PRelu", "Celu", "Elu",
     "Gelu",
     "HardSigmoid", "HardSwish", "LeakyRelu", "Mish", "Softplus", "Softsign", "ThresholdedRelu"}
)  # fmt: skip
# What keeps the shape of its first input, whatever those of the others are.
_KEEPS_SHAPE = frozenset(
    {"BatchNormalization", "Bernoulli", "CumProd", "CumSum", "DequantizeLinear", "EyeLike",
     "Hardmax",
     "InstanceNormalization", "LRN", "LayerNormalization", "GroupNormalization", "LogSoftmax",
     "MeanVarianceNormalization", "RMSNormalization", "RandomNormalLike", "RandomUniformLike",
     "ReverseSequence", "Scatter", "ScatterElements", "ScatterND", "Softmax", "TensorScatter",
     "Trilu", "LpNormalization", "RotaryEmbedding"}
)  # fmt: skip
# What comes of inputs and attributes that are not as the operation wants them.
_UNFIT = (ArithmeticError, AttributeError, LookupError, NoRuleError, TypeError, ValueError)


def is_elementwise(op: str) -> bool:
    """True for a function of each element by itself."""
    return op in _ELEMENTWISE


def output_shapes(use: Use) -> list[Shape | None] | None:
    """The shape of each output, None for one that is not known; None where none is."""
    names = use.operation.outputs
    try:
        worked_out: Shapes = _worked_out(use)
    except (FoldError, *_UNFIT):
        worked_out = ()
    found = [*worked_out[: len(names)], *(None for _ in names[len(worked_out) :])]
    stated = [
        dims if dims is not None else _stated(use, name)
        for dims, name in zip(found, names, strict=True)
    ]
    # Nothing is planned of no elements.
    known = [None if dims is None or min(dims, default=1) < 1 else dims for dims in stated]
    return known if any(dims is not None for dims in known) else None


def _worked_out(use: Use) -> Shapes:
    op = use.operation.op
    if op in SHAPES:
        return SHAPES[op](use)
    if op in _KEEPS_SHAPE:
        return [use.dims()]
    if op in _ELEMENTWISE:
        return [spread([use.dims(place) for place in range(use.count) if use.has(place)])]
    return ()


def _stated(use: Use, name: str) -> Shape | None:
    """The shape that the file states, where no input was changed."""
    return as_stated(use, use.walk.model.shapes.get(name))
