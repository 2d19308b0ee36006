"""Operations that are called as functions: those of `keras.ops`, and TensorFlow's of Keras 2.

Keras 3 has a class for each, `ops.Add`; Keras 2 has one layer, `TFOpLambda`, which names the
function, and `SlicingOpLambda`. Arguments stand in the call, or among the fields.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from convcalc.importers.keras.layer import Layer
from convcalc.importers.keras.rules.moved_elements import MOVES
from convcalc.importers.keras.rules.operation_arguments import Given, Rule
from convcalc.importers.keras.rules.pointwise import activation_of, applied, rectified
from convcalc.importers.placing import NoRuleError
from convcalc.importers.pytorch.call import Call
from convcalc.importers.pytorch.rules import (
    attending,
    axes,
    choices,
    einsums,
    joins,
    norms,
    products,
    reductions,
)
from convcalc.importers.pytorch.rules import pointwise as functions
from convcalc.importers.pytorch.rules.joins import Operand
from convcalc.importers.pytorch.values import Filled, Value
from convcalc.importers.tensor_views import View
from convcalc.kinds.arithmetic_family import Max, Min
from convcalc.kinds.base.kind import word_of
from convcalc.kinds.bent_family import Gelu
from convcalc.kinds.comparison_family import (
    Comparison,
    Equal,
    Greater,
    GreaterEqual,
    Less,
    LessEqual,
    NotEqual,
)
from convcalc.kinds.l2_normalize import L2Normalize
from convcalc.kinds.logic_family import Asked, Logic, LogicalAnd, LogicalOr, LogicalXor
from convcalc.kinds.softmax_family import LogSoftmax, Softmax


def _of_two(rule: Callable[[Call, Any, Any], Any]) -> Rule:
    def of(given: Given) -> Any:
        return rule(given.call, given.first("x", "x1"), given.tensor(1, "y", "x2"))

    return of


def _function(word: str) -> Rule:
    """A function of single elements."""

    def of(given: Given) -> View:
        return applied(given.layer, given.layer.view(given.first("x")), word)

    return of


def _shares(kind: type[Softmax] | type[LogSoftmax]) -> Rule:
    def of(given: Given) -> View:
        return norms.shares(kind)(given.call, given.first(), given.whole(1, "axis", default=-1))

    return of


def _gelu(given: Given) -> View:
    is_rough = given.get(1, "approximate", default=given.layer.version == 3)
    fields = {"approximate": "tanh"} if is_rough else {}
    return given.layer.same(Gelu, fields, given.layer.view(given.first()))


def _leaky(given: Given) -> View:
    slope = given.get(1, "negative_slope", "alpha", default=0.2)
    return rectified(given.layer, given.layer.view(given.first()), slope, 0, None)


def _clip(given: Given) -> View:
    least = given.get(1, "x_min", "clip_value_min")
    most = given.get(2, "x_max", "clip_value_max")
    if not all(one is None or type(one) in (int, float) for one in (least, most)):
        raise NoRuleError("its bounds are worked out")
    return functions.clamp(given.call, given.first(), least, most)


def _figure(op: str) -> Rule:
    """A figure over axes, or over everything."""

    def of(given: Given) -> Value:
        x = given.first("input_tensor")
        keep = bool(given.get(2, "keepdims", default=False))
        found: Value = reductions.figure(op)(given.call, x, given.wholes(1, "axis"), keep)
        return found

    return of


def _mean(given: Given) -> Value:
    if given.get(1, "weights") is not None:
        raise NoRuleError("its mean has weights")
    found: Value = reductions.figure("mean")(given.call, given.first("x"), given.wholes(9, "axis"))
    return found


def _norm(given: Given) -> Value:
    """The length of vectors along an axis."""
    axis, order = given.wholes(2, "axis"), given.get(1, "ord")
    if axis is None or len(axis) != 1 or not isinstance(order, int | float | None):
        raise NoRuleError("it is the norm of a matrix")
    keep = bool(given.get(3, "keepdims", default=False))
    return reductions.norm(given.call, given.first("x"), order, axis, keep)


def _place(word: str) -> Rule:
    def of(given: Given) -> View:
        keep = bool(given.get(2, "keepdims", default=False))
        return reductions.place(word)(given.call, given.first("x"), given.get(1, "axis"), keep)

    return of


def _filled(number: int) -> Rule:
    """A tensor as large as another one, of one number."""
    return lambda given: Filled(given.first("x").dims, number)


def _spread(rule: Callable[..., View]) -> Rule:
    """A deviation or variance of all that there is, over axes or over everything."""

    def of(given: Given) -> View:
        keep = bool(given.get(2, "keepdims", default=False))
        x = given.first("input_tensor")
        return rule(given.call, x, given.wholes(1, "axis"), 0, keep)

    return of


def _matmul(given: Given) -> Value:
    left, right = given.first("a"), given.tensor(1, "b", "x2")
    if given.named("transpose_a"):
        left = axes.transpose(given.call, left, -1, -2)
    if given.named("transpose_b"):
        right = axes.transpose(given.call, right, -1, -2)
    return products.matmul(given.call, left, right)


def _einsum(given: Given) -> Value:
    equation, tensors = given.named("subscripts", "equation"), given.args
    if tensors and isinstance(tensors[0], str):
        equation, tensors = tensors[0], tensors[1:]
    if not isinstance(equation, str):
        raise NoRuleError("it has no equation")
    known = [given.known(one, f"input {number}") for number, one in enumerate(tensors)]
    return einsums.einsum(given.call, equation, known)


def _normalize(given: Given) -> View:
    view = given.layer.view(given.first())
    if given.named("order", default=2) != 2:
        raise NoRuleError("it takes another norm than the Euclidean")
    axis = given.whole(1, "axis", default=-1)
    return given.layer.same(L2Normalize, {}, given.call.channels_first(view, axis))


def _attention(given: Given) -> View:
    """`(N, T, H, D)` of queries, keys and values."""
    query, key, value = (
        axes.permute(given.call, given.tensor(at, name), (0, 2, 1, 3))
        for at, name in enumerate(("query", "key", "value"))
    )
    if given.get(3, "bias") is not None or given.get(4, "mask") is not None:
        raise NoRuleError("it has a mask")
    if given.named("attn_logits_soft_cap") is not None:
        raise NoRuleError("it caps its scores")
    is_causal = bool(given.named("is_causal", default=False))
    scale = given.get(5, "scale")
    found = attending.attention(given.call, query, key, value, is_causal=is_causal, scale=scale)
    return found.transposed((0, 2, 1, 3))


def _extreme(kind: type[Max] | type[Min], bound: str) -> Rule:
    """The larger or smaller of two tensors; beside a number a tensor is cut at that."""

    def rule(call: Call, x: Operand, other: Operand) -> Value:
        for one, number in ((x, other), (other, x)):
            if isinstance(number, int | float):
                return functions.clamp(call, joins.tensor(one), **{bound: number})
        return joins.joined(call, kind, joins.tensor(x), joins.tensor(other))

    return _of_two(rule)


def _of_one(rule: Callable[[Call, Any], Any]) -> Rule:
    return lambda given: rule(given.call, given.first("x"))


def _where(given: Given) -> Value:
    sides = (given.tensor(at, name, word) for at, name, word in ((1, "x1", "x"), (2, "x2", "y")))
    return choices.where(given.call, given.first("condition"), *sides)


def _cast(given: Given) -> Value:
    x: Value = given.first("x")
    dtype = given.get(1, "dtype")
    if dtype == "bool":
        return choices.compared(NotEqual)(given.call, x, 0)
    if isinstance(x, View) and functions.is_whole(str(dtype)):
        layer = given.call.builder.placed[x.at].layer
        are_truths = isinstance(layer, Comparison | Logic | Asked)
        return x if are_truths else functions.without_fraction(given.call, x)
    return x


# By the class that Keras 3 has for each.
OPERATIONS: dict[str, Rule] = {
    **MOVES,
    "Add": _of_two(joins.add),
    "Subtract": _of_two(joins.sub),
    "Multiply": _of_two(joins.mul),
    "Divide": _of_two(joins.div),
    "Maximum": _extreme(Max, "min"),
    "Minimum": _extreme(Min, "max"),
    **{
        name: _of_two(choices.compared(kind))
        for name, kind in (
            ("Equal", Equal),
            ("NotEqual", NotEqual),
            ("Less", Less),
            ("LessEqual", LessEqual),
            ("Greater", Greater),
            ("GreaterEqual", GreaterEqual),
        )
    },
    "LogicalAnd": _of_two(choices.logic(LogicalAnd, True)),
    "LogicalOr": _of_two(choices.logic(LogicalOr, False)),
    "LogicalXor": _of_two(choices.logic(LogicalXor, False)),
    "LogicalNot": _of_one(choices.negation),
    "Isnan": _of_one(choices.is_nan),
    "Where": _where,
    "Cast": _cast,
    "Cumsum": lambda given: reductions.cumsum(given.call, given.first("x"), given.whole(1, "axis")),
    "Clip": _clip,
    "Power": _of_two(functions.power),
    "Negative": lambda given: functions.negative(given.call, given.first()),
    "Softmax": _shares(Softmax),
    "LogSoftmax": _shares(LogSoftmax),
    "Gelu": _gelu,
    "LeakyRelu": _leaky,
    "Absolute": _function(word_of("Abs")),
    "Mean": _figure("mean"),
    "Sum": _figure("sum"),
    "Max": _figure("max"),
    "Min": _figure("min"),
    "Prod": _figure("prod"),
    "Average": _mean,
    "Norm": _norm,
    "Argmax": _place("argmax"),
    "Argmin": _place("argmin"),
    "Rsqrt": _of_one(functions.rsqrt),
    "FloorDivide": _of_two(functions.floor_divide),
    "Glu": lambda given: functions.glu(
        given.call, given.first("x"), given.whole(1, "axis", default=-1)
    ),
    "ZerosLike": _filled(0),
    "OnesLike": _filled(1),
    "Logsumexp": _figure("logsumexp"),
    "Std": _spread(reductions.deviation),
    "Var": _spread(reductions.variance),
    "Matmul": _matmul,
    "Einsum": _einsum,
    "Normalize": _normalize,
    "DotProductAttention": _attention,
}
# Functions of TensorFlow, and of Keras, that are called otherwise.
_OTHERS = {
    "TrueDivide": "Divide",
    "Truediv": "Divide",
    "Div": "Divide",
    "Neg": "Negative",
    "IsNan": "Isnan",
    "Pow": "Power",
    "ClipByValue": "Clip",
    "Concat": "Concatenate",
    "ReduceMean": "Mean",
    "ReduceSum": "Sum",
    "ReduceMax": "Max",
    "ReduceMin": "Min",
    "ReduceProd": "Prod",
    "ReduceLogsumexp": "Logsumexp",
    "ReduceStd": "Std",
    "ReduceVariance": "Var",
    "L2Normalize": "Normalize",
    "Sub": "Subtract",
    "Mul": "Multiply",
    "Abs": "Absolute",
    "Getitem": "GetItem",
    "StridedSlice": "GetItem",
    "Amax": "Max",
    "Amin": "Min",
}


def _class_of(function: str) -> str:
    """What the class of a function would be called.

    >>> _class_of("math.reduce_mean"), _class_of("__operators__.getitem"), _class_of("GetItem")
    ('ReduceMean', 'Getitem', 'GetItem')
    """
    words = function.rpartition(".")[2].split("_")
    return "".join(word[:1].upper() + word[1:] for word in words)


def operation_of(word: str) -> Rule | None:
    """The rule of an operation, by its name in Keras or in TensorFlow.

    >>> operation_of("TrueDivide") is operation_of("math.truediv"), operation_of("fft")
    (True, None)
    """
    name = _class_of(word)
    found = OPERATIONS.get(_OTHERS.get(name, name))
    if found is not None:
        return found
    function = activation_of(word.rpartition(".")[2])
    return None if function is None else _function(function)


def operation(word: str) -> Callable[..., Any] | None:
    """The rule of a class of `keras.ops`; None where there is none."""
    rule = operation_of(word)
    if rule is None:
        return None
    return partial(_asked, rule)


def _asked(rule: Rule, layer: Layer, *args: Any, **kwargs: Any) -> Any:
    return rule(Given(layer, args, kwargs))


def of_tensorflow(layer: Layer, *args: Any, **kwargs: Any) -> Any:
    """A function of TensorFlow, by the name that the layer gives."""
    word = layer.field("function")
    rule = operation_of(word) if isinstance(word, str) else None
    if rule is None:
        raise NoRuleError(f"it is the function `{word!s:.60}`")
    return rule(Given(layer, args, kwargs))


RULES: dict[str, Callable[..., object]] = {
    "TFOpLambda": of_tensorflow,
    "SlicingOpLambda": of_tensorflow,
}
