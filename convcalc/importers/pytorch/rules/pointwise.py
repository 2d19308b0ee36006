"""Functions of single elements."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from convcalc.importers.narrow_integers import check_reach
from convcalc.importers.placing import NoRuleError
from convcalc.importers.pytorch.call import Call
from convcalc.importers.pytorch.constants import calculated
from convcalc.importers.pytorch.rules.joins import (
    Operand,
    div,
    joined,
    mul,
    raised,
    tensor,
    times,
)
from convcalc.importers.pytorch.values import LARGEST, Filled, Stored, Value, resized
from convcalc.importers.tensor_views import View
from convcalc.kinds import find_kind
from convcalc.kinds.activation_family import Activation, Sqrt
from convcalc.kinds.arithmetic_family import Div, Max, Min, Pow, Sub
from convcalc.kinds.base.kind import word_of
from convcalc.kinds.bent_family import Hardtanh, LeakyRelu
from convcalc.kinds.comparison_family import NotEqual
from convcalc.kinds.glu_family import Glu
from convcalc.kinds.identity_family import Dropout
from convcalc.kinds.prelu import Prelu

Whole = Literal["Floor", "Trunc"]
# How quotients are made whole, by the words of PyTorch.
_ROUNDED: dict[str, Whole] = {"floor": "Floor", "trunc": "Trunc"}
# Ranges that are functions: the rectifier, and that of small networks.
_RECTIFIERS: dict[tuple[float | None, float | None], str] = {
    (0, None): word_of("Relu"), (0, 6): word_of("Relu6"),
}  # fmt: skip


def activation(word: str) -> Callable[..., View] | None:
    """The rule of a function of single elements that has our name and fields; None for others."""
    kind = find_kind(word)
    if kind is None or not issubclass(kind, Activation):
        return None

    def rule(call: Call, x: Value, **fields: Any) -> View:
        unknown = [name for name in fields if name not in kind.model_fields]
        if unknown:
            raise NoRuleError(f"it has `{unknown[0]}`")
        return call.same(kind, fields, call.view(x))

    return rule


def clamp(
    call: Call, x: Value, min: float | Value | None = None, max: float | Value | None = None
) -> View:
    """Numbers brought into a range; limits that are tensors are laid over it.

    The upper limit goes before the lower one.
    """
    low, lower = _limit(min)
    high, upper = _limit(max)
    if low is not None and high is not None and low >= high:
        return call.view(Filled(call.view(x).dims, high))
    x = x if lower is None else joined(call, Max, x, lower)
    x = _within(call, x, low, high)
    return call.view(x if upper is None else joined(call, Min, x, upper))


def _limit(limit: float | Value | None) -> tuple[float | None, Value | None]:
    """(a limit that is a number, one that is a tensor)."""
    if isinstance(limit, Filled):
        return limit.number, None
    if isinstance(limit, View | Stored):
        return None, limit
    return limit, None


def _within(call: Call, x: Value, low: float | None, high: float | None) -> Value:
    """Between two numbers, of which there may be one, or none."""
    if low is None and high is None:
        return x
    rule = activation(_RECTIFIERS.get((low, high), ""))
    if rule is not None:
        return rule(call, x)
    return call.same(Hardtanh, {"min_val": _end(low), "max_val": _end(high)}, call.view(x))


def _end(limit: float | None) -> float | None:
    """A limit, unless it is as far as numbers go."""
    return None if limit is None or abs(limit) >= LARGEST else limit


def glu(call: Call, x: Value, dim: int = -1) -> View:
    """One half of an axis, gated by the other."""
    view = call.channels_first(call.view(x), dim)
    at = call.layer(Glu, {}, view)
    return resized(view, at, 0, dim % len(view.axes), call.builder.shape(at)[0])


def prelu(call: Call, x: Value, weight: Value) -> View:
    """A learnt slope where negative, for all or for each channel."""
    array = call.array(call.stored(weight))
    view = call.view(x)
    if array.count == 1:
        return call.same(Prelu, {}, view, {"weight": array})
    return call.same(
        Prelu, {"parameters": "channels"}, call.channels_first(view, 1), {"weight": array}
    )


def dropout(call: Call, x: Value, p: float = 0.5, train: bool = False) -> Value:
    """Nothing, unless the module was exported as it trains."""
    return call.same(Dropout, {"p": p}, call.view(x)) if train else x


def squared(call: Call, x: Value) -> View:
    """x times itself."""
    rule = activation(word_of("Square"))
    assert rule is not None
    return rule(call, x)


def power(call: Call, x: Operand, exponent: Operand) -> Value:
    """x to a power; the second, the third, the root, and one over x or its root are functions."""
    if not isinstance(exponent, int | float):
        base = Filled(exponent.dims, x) if isinstance(x, int | float) else x
        return joined(call, Pow, base, exponent)
    x = tensor(x)
    rule = _POWERS.get(exponent)
    return raised(call, call.view(x), exponent) if rule is None else rule(call, x)


def root(call: Call, x: Value) -> View:
    """The root of x."""
    return call.same(Sqrt, {}, call.view(x))


def exp2(call: Call, x: Value) -> Value:
    """2 to the power of x."""
    return power(call, 2, x)


def fraction(call: Call, x: Value) -> View:
    """x without its whole number."""
    return joined(call, Sub, x, without_fraction(call, x))


def rrelu(
    call: Call,
    x: Value,
    lower: float = 1 / 8,
    upper: float = 1 / 3,
    training: bool = False,
    **_: object,
) -> View:
    """A slope that is drawn in training, and afterwards the middle of where it is drawn from."""
    if training:
        raise NoRuleError("its slopes are drawn")
    return call.same(LeakyRelu, {"negative_slope": (lower + upper) / 2}, call.view(x))


def reciprocal(call: Call, x: Value) -> View:
    """1 / x."""
    return joined(call, Div, Filled(x.dims, 1), x)


def rsqrt(call: Call, x: Value) -> View:
    """1 / the root of x."""
    return reciprocal(call, root(call, x))


# Powers that are functions, by their exponents.
_POWERS: dict[float, Callable[[Call, Value], Value]] = {
    1: lambda _, x: x, 2: squared, 3: lambda call, x: mul(call, squared(call, x), x),
    0.5: root, -0.5: rsqrt, -1: reciprocal,
}  # fmt: skip


def negative(call: Call, x: Value) -> Value:
    """-x."""
    return times(call, call.view(x), -1)


def is_whole(element: str | None) -> bool:
    """True for an element type of whole numbers."""
    return (element or "").startswith(("int", "uint"))


def without_fraction(call: Call, x: Value, word: Whole = "Trunc") -> View:
    """Whole numbers of reals: towards 0, or as the word says."""
    rule = activation(word_of(word))
    assert rule is not None
    return rule(call, x)


def divided(call: Call, x: Operand, other: Operand, rounding_mode: str | None = None) -> Value:
    """x over other, and by a `rounding_mode` the whole number of it."""
    if rounding_mode is None:
        return div(call, x, other)
    if rounding_mode not in _ROUNDED:
        raise NoRuleError(f"it rounds by `{rounding_mode}`")
    tensors = [one for one in (x, other) if not isinstance(one, int | float)]
    if not tensors or other == 0:
        raise NoRuleError("it divides no tensor, or by 0")
    return without_fraction(call, div(call, x, other), _ROUNDED[rounding_mode])


def floor_divide(call: Call, x: Operand, other: Operand) -> Value:
    """x over other, rounded downwards."""
    return divided(call, x, other, "floor")


def as_it_is(call: Call, x: Value, *_: object, **__: object) -> Value:
    """What changes no number; a constant in another type, and truths of numbers."""
    name = next(iter(call.operation.outputs), "")
    element = call.elements.get(name)
    # What it is to be like, where it reads that, comes behind.
    of = call.elements.get(next(iter(call.operation.inputs), ""))
    if isinstance(x, View) and element == "bool" != of:
        return call.same(NotEqual, {"value": 0}, x)
    if isinstance(x, View) and is_whole(element) and not is_whole(of) and of != "bool":
        check_reach(call.builder, x, element)
        return without_fraction(call, x)
    if isinstance(x, Stored) and not x.is_learnt and element not in (None, x.held.element):
        return calculated(call.builder, "aten.to", name, x.dims, element, {"x": x})
    return x


RULES: dict[str, Callable[..., object]] = {
    "aten.clamp": clamp,
    **dict.fromkeys(("aten.clamp_min", "aten.clamp_max", "aten.clip"), clamp),
    "aten.glu": glu,
    "aten.prelu": prelu,
    "aten.pow": power,
    "aten.exp2": exp2,
    "aten.frac": fraction,
    "aten.rrelu": rrelu,
    "aten.neg": negative,
    "aten.div": divided,
    "aten.floor_divide": floor_divide,
    "aten.reciprocal": reciprocal,
    "aten.rsqrt": rsqrt,
    **dict.fromkeys(("aten.dropout", "aten.feature_dropout", "aten.alpha_dropout"), dropout),
    **dict.fromkeys(
        ("aten.clone", "aten.contiguous", "aten.detach", "aten.alias", "aten.lift_fresh_copy",
         "aten.to", "aten._to_copy", "aten.type_as", "aten.float", "aten.requires_grad"),
        as_it_is,
    ),
}  # fmt: skip
