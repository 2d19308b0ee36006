"""What the steps of an expression compute, each compiled to a function of the scope.

Every step checks its operands and its result, so that no value is guessed and none grows large.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from convcalc.network.expressions import errors
from convcalc.network.expressions.errors import Part

MAX_MAGNITUDE = 10**18

Scope = Mapping[str, object]
Run = Callable[[Scope], object]


class Node(NamedTuple):
    """A compiled part: what runs it, where it stands, and its name if it is just a name."""

    run: Run
    part: Part
    name: str | None = None


def ceil_div(a: int, b: int) -> int:
    """a / b rounded up. Raises ZeroDivisionError.

    >>> ceil_div(7, 2), ceil_div(-7, 2)
    (4, -3)
    """
    return -(-a // b)


def round_to(x: int, m: int) -> int:
    """The multiple of `m` nearest to `x`, at least `m` and never more than 10 % below `x`.

    max(m, floor((x + floor(m / 2)) / m) m), plus m where that is below 0.9 x.
    Source: `_make_divisible` of MobileNet (tensorflow/models).

    >>> round_to(24, 8), round_to(3, 8), round_to(18, 16)
    (24, 8, 32)
    """
    rounded = max(m, (x + m // 2) // m * m)
    return rounded + m if 10 * rounded < 9 * x else rounded


def _smallest(*values: int) -> int:
    return min(values)


def _largest(*values: int) -> int:
    return max(values)


FUNCTIONS: dict[str, Callable[..., int]] = {
    "min": _smallest,
    "max": _largest,
    "ceil_div": ceil_div,
    "round_to": round_to,
}
TWO_ARGUMENTS = frozenset(["ceil_div", "round_to"])

_ARITHMETIC: dict[str, Callable[[int, int], int]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "//": operator.floordiv,
    "%": operator.mod,
}
_ORDER: dict[str, Callable[[int, int], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def constant(value: object) -> Run:
    """A step that gives `value` whatever the scope."""
    return lambda _scope: value


def load(name: Part) -> Run:
    """A step that looks a name up. It raises ExpressionError where the scope lacks it."""
    key = name.source

    def run(scope: Scope) -> object:
        try:
            return scope[key]
        except KeyError:
            raise errors.unknown_name(name, scope) from None

    return run


def join(left: Node, sign: str, right: Node, whole: Part) -> Run:
    """The step of an operator between two sides that together span `whole`."""
    if sign in ("and", "or"):
        return _logic(left, sign, right)
    if sign in ("==", "!="):
        return _equality(left, sign, right)
    if sign in _ORDER:
        return _ordering(left, sign, right)
    return _arithmetic(left, sign, right, whole)


def prefix(sign: str, operand: Node) -> Run:
    """The step of `-` or `not` before its operand."""
    inner, part = operand.run, operand.part

    def negate(scope: Scope) -> object:
        value = inner(scope)
        if type(value) is not int:
            raise errors.not_integer(part, value)
        return _capped(-value, part)

    def invert(scope: Scope) -> object:
        return not _truth(inner(scope), part)

    return negate if sign == "-" else invert


def call(name: str, arguments: Sequence[Node], whole: Part) -> Run:
    """The step of a function call that spans `whole`."""
    compute = FUNCTIONS[name]
    steps = tuple((argument.run, argument.part) for argument in arguments)

    def run(scope: Scope) -> object:
        values: list[int] = []
        for step, part in steps:
            value = step(scope)
            if type(value) is not int:
                raise errors.not_integer(part, value)
            values.append(value)
        if name == "round_to" and values[1] < 1:
            message = f"`{whole.source}` rounds to multiples of {values[1]}"
            raise whole.error(message, "the second value of `round_to` is at least 1")
        if name == "ceil_div" and values[1] == 0:
            raise errors.by_zero(whole, values[0])
        return _capped(compute(*values), whole)

    return run


def _arithmetic(left: Node, sign: str, right: Node, whole: Part) -> Run:
    compute = _ARITHMETIC[sign]
    run_left, run_right = left.run, right.run

    def run(scope: Scope) -> object:
        a = run_left(scope)
        b = run_right(scope)
        if type(a) is int and type(b) is int:
            try:
                value = compute(a, b)
            except ZeroDivisionError:
                raise errors.by_zero(whole, a) from None
            if -MAX_MAGNITUDE <= value <= MAX_MAGNITUDE:
                return value
            raise errors.too_large(whole)
        raise _first_not_integer(left, a, right, b)

    return run


def _ordering(left: Node, sign: str, right: Node) -> Run:
    compute = _ORDER[sign]
    run_left, run_right = left.run, right.run

    def run(scope: Scope) -> object:
        a = run_left(scope)
        b = run_right(scope)
        if type(a) is int and type(b) is int:
            return compute(a, b)
        raise _first_not_integer(left, a, right, b)

    return run


def _equality(left: Node, sign: str, right: Node) -> Run:
    run_left, run_right = left.run, right.run
    wanted = sign == "=="

    def run(scope: Scope) -> object:
        a = run_left(scope)
        b = run_right(scope)
        for node, value in ((left, a), (right, b)):
            if not (value is None or isinstance(value, (int, str))):
                raise errors.not_comparable(node.part, value)
        # `true` is not 1 here, though Python's True is.
        equal = a == b and isinstance(a, bool) is isinstance(b, bool)
        return equal is wanted

    return run


def _logic(left: Node, sign: str, right: Node) -> Run:
    run_left, run_right = left.run, right.run
    decided = sign == "or"

    def run(scope: Scope) -> object:
        # The right side runs only where the left does not decide: `s > 0 and c // s > 1`.
        if _truth(run_left(scope), left.part) is decided:
            return decided
        return _truth(run_right(scope), right.part)

    return run


def _first_not_integer(left: Node, a: object, right: Node, b: object) -> errors.ExpressionError:
    if type(a) is not int:
        return errors.not_integer(left.part, a)
    return errors.not_integer(right.part, b)


def _truth(value: object, part: Part) -> bool:
    if isinstance(value, bool):
        return value
    raise errors.not_truth(part, value)


def _capped(value: int, whole: Part) -> int:
    if -MAX_MAGNITUDE <= value <= MAX_MAGNITUDE:
        return value
    raise errors.too_large(whole)
