"""What the steps of an expression compute, each compiled to a function of the scope.

Every step checks its operands and its result, so that no value is guessed and none grows large.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from math import ceil, floor, isfinite
from typing import NamedTuple

from convcalc.network.expressions import parts
from convcalc.network.expressions.parts import Part
from convcalc.network.expressions.scope import LayerScope, NoAxisError, size_of

# Of a numerator, and of a denominator.
MAX_MAGNITUDE = 10**18

Scope = Mapping[str, object]
Number = int | Fraction
Run = Callable[[Scope], object]


class Node(NamedTuple):
    """A compiled part: what runs it, where it stands, and its name if it is just a name."""

    run: Run
    part: Part
    name: str | None = None


def simplest(value: Fraction) -> Number:
    """An integer where the fraction is one."""
    return value.numerator if value.denominator == 1 else value


def number(value: object) -> Number | None:
    """A value as an exact number; None where it is none.

    >>> number(0.1), number(True), number("1/3")
    (Fraction(1, 10), None, None)
    """
    if type(value) is int or isinstance(value, Fraction):
        return value
    if isinstance(value, float) and isfinite(value):
        # What the file says, not the nearest number in binary.
        return simplest(Fraction(repr(value)))
    return None


def ceil_div(a: Number, b: Number) -> int:
    """a / b rounded up. Raises ZeroDivisionError.

    >>> ceil_div(7, 2), ceil_div(-7, 2), ceil_div(Fraction(3, 2), 1)
    (4, -3, 2)
    """
    return -(-a // b)


def round_to(x: Number, m: int) -> int:
    """The multiple of `m` nearest to `x`, at least `m` and never more than 10 % below `x`.

    max(m, floor((x + m/2) / m) m), plus m where that is below 0.9 x.
    Source: `_make_divisible` of MobileNet (tensorflow/models).

    >>> round_to(24, 8), round_to(3, 8), round_to(18, 16), round_to(Fraction(42, 5), 8)
    (24, 8, 32, 8)
    """
    rounded = max(m, (2 * x + m) // (2 * m) * m)
    return rounded + m if 10 * rounded < 9 * x else rounded


def _smallest(*values: Number) -> Number:
    return min(values)


def _largest(*values: Number) -> Number:
    return max(values)


class Builtin(NamedTuple):
    """A function of the language, and how many values it takes; None for one or more."""

    compute: Callable[..., Number]
    values: int | None


FUNCTIONS: dict[str, Builtin] = {
    "min": Builtin(_smallest, None),
    "max": Builtin(_largest, None),
    "ceil_div": Builtin(ceil_div, 2),
    "round_to": Builtin(round_to, 2),
    "floor": Builtin(floor, 1),
    "ceil": Builtin(ceil, 1),
    # Halves go to the even neighbour, as in Python.
    "round": Builtin(round, 1),
}


def _divided(a: Number, b: Number) -> Number:
    return simplest(Fraction(a) / b)


_ARITHMETIC: dict[str, Callable[[Number, Number], Number]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divided,
    "//": operator.floordiv,
    "%": operator.mod,
}
_ORDER: dict[str, Callable[[Number, Number], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def constant(value: object) -> Run:
    """A step that gives `value` whatever the scope."""
    return lambda _scope: value


def load(key: str, name: Part) -> Run:
    """A step that looks a name up. It raises ExpressionError where the scope lacks it."""

    def run(scope: Scope) -> object:
        try:
            return scope[key]
        except KeyError:
            raise parts.unknown_name(name, scope) from None
        except NoAxisError as error:
            raise parts.no_axis(name, f"the layer's input {error}") from None

    return run


def size_of_layer(key: str, layer: str, whole: Part) -> Run:
    """The step that asks for a size of the layer called `layer`."""

    def run(scope: Scope) -> object:
        try:
            shape = scope.layer_shape(layer) if isinstance(scope, LayerScope) else None
        except KeyError:
            shape = None
        if shape is None:
            raise whole.error(f"there is no layer `{layer}` before this", "name an earlier layer")
        try:
            return size_of(key, shape)
        except NoAxisError as error:
            raise parts.no_axis(whole, f"`{layer}` {error}") from None

    return run


def prefix(sign: str, operand: Node) -> Run:
    """The step of `-` or `not` before its operand."""
    inner, part = operand.run, operand.part

    def negate(scope: Scope) -> object:
        return _capped(-_number(inner(scope), part), part)

    def invert(scope: Scope) -> object:
        return not _truth(inner(scope), part)

    return negate if sign == "-" else invert


def call(name: str, arguments: Sequence[Node], whole: Part) -> Run:
    """The step of a call, of a function of the language, that spans `whole`."""
    compute = FUNCTIONS[name].compute
    steps = tuple((argument.run, argument.part) for argument in arguments)

    def run(scope: Scope) -> object:
        values = [_number(step(scope), part) for step, part in steps]
        if name == "round_to" and not (type(values[1]) is int and values[1] >= 1):
            message = f"`{whole.source}` rounds to multiples of {parts.describe_value(values[1])}"
            raise whole.error(message, "the second value of `round_to` is an integer of 1 or more")
        if name == "ceil_div" and values[1] == 0:
            raise parts.by_zero(whole, values[0])
        return _capped(compute(*values), whole)

    return run


def call_own(args: tuple[str, ...], value: Run, arguments: Sequence[Node]) -> Run:
    """The step of a call of a function of the file: its value, for these arguments."""
    steps = [argument.run for argument in arguments]

    def run(scope: Scope) -> object:
        given = dict(zip(args, (step(scope) for step in steps), strict=True))
        return value(scope.of_function(given) if isinstance(scope, LayerScope) else given)

    return run


def arithmetic(left: Node, sign: str, right: Node, whole: Part) -> Run:
    """The step of a sum, product, quotient or remainder that spans `whole`."""
    compute = _ARITHMETIC[sign]
    run_left, run_right = left.run, right.run

    def run(scope: Scope) -> object:
        a = run_left(scope)
        b = run_right(scope)
        if not (type(a) is int and type(b) is int):
            a, b = _number(a, left.part), _number(b, right.part)
        try:
            value = compute(a, b)
        except ZeroDivisionError:
            raise parts.by_zero(whole, a) from None
        if type(value) is int and abs(value) <= MAX_MAGNITUDE:
            return value
        return _capped(value, whole)

    return run


def comparison(left: Node, sign: str, right: Node) -> Run:
    """The step of a comparison."""
    return _equality(left, sign, right) if sign in ("==", "!=") else _ordering(left, sign, right)


def _ordering(left: Node, sign: str, right: Node) -> Run:
    compute = _ORDER[sign]
    run_left, run_right = left.run, right.run

    def run(scope: Scope) -> object:
        a = run_left(scope)
        b = run_right(scope)
        if not (type(a) is int and type(b) is int):
            a, b = _number(a, left.part), _number(b, right.part)
        return compute(a, b)

    return run


def _equality(left: Node, sign: str, right: Node) -> Run:
    run_left, run_right = left.run, right.run
    wanted = sign == "=="

    def run(scope: Scope) -> object:
        a = _comparable(run_left(scope), left.part)
        b = _comparable(run_right(scope), right.part)
        # `true` is not 1 here, though Python's True is.
        equal = a == b and isinstance(a, bool) is isinstance(b, bool)
        return equal is wanted

    return run


def logic(sign: str, values: Sequence[Node]) -> Run:
    """The step of `and` or `or` between values, of which the first that decides is the last run."""
    decided = sign == "or"
    steps = tuple((value.run, value.part) for value in values)

    def run(scope: Scope) -> object:
        # What follows runs only where nothing before decides: `s > 0 and c // s > 1`.
        return any(_truth(step(scope), part) is decided for step, part in steps) is decided

    return run


def _comparable(value: object, part: Part) -> object:
    exact = number(value)
    if exact is None and not (value is None or isinstance(value, bool | str)):
        raise parts.not_comparable(part, value)
    return value if exact is None else exact


def _number(value: object, part: Part) -> Number:
    exact = number(value)
    if exact is None:
        raise parts.not_number(part, value)
    return exact


def _truth(value: object, part: Part) -> bool:
    if isinstance(value, bool):
        return value
    raise parts.not_truth(part, value)


def _capped(value: Number, whole: Part) -> Number:
    if abs(value.numerator) > MAX_MAGNITUDE:
        raise parts.too_large(whole)
    if value.denominator > MAX_MAGNITUDE:
        raise parts.too_fine(whole)
    return simplest(value) if isinstance(value, Fraction) else value
