"""Drawn expressions: agreement with Python's own parser on what both have, and any text at all."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from math import ceil, floor
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convcalc.network.expressions import ExpressionError, parse_expression

_BINARY: dict[type, Callable[[int, int], int]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
_COMPARE: dict[type, Callable[[int, int], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}


def _reference(node: ast.expr, scope: Mapping[str, int]) -> int:
    """The value of a Python expression; OverflowError where a step leaves the limits."""
    match node:
        case ast.Constant(value=int(value)):
            return value
        case ast.Name(id=name):
            return scope[name]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            value = -_reference(operand, scope)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return not _reference(operand, scope)
        case ast.BinOp(left=left, op=op, right=right):
            value = _BINARY[type(op)](_reference(left, scope), _reference(right, scope))
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return _COMPARE[type(op)](_reference(left, scope), _reference(right, scope))
        case ast.BoolOp(op=op, values=values):
            results = (bool(_reference(value, scope)) for value in values)
            return any(results) if isinstance(op, ast.Or) else all(results)
        case ast.Call(func=ast.Name(id=name), args=args):
            value = {"min": min, "max": max}[name](_reference(arg, scope) for arg in args)
        case _:
            raise AssertionError(f"not in the shared part of the language: {ast.dump(node)}")
    if abs(value) > 10**18:
        raise OverflowError
    return value


def _numbers() -> st.SearchStrategy[str]:
    atoms = st.sampled_from(["a", "b", "c"]) | st.integers(0, 10**6).map(str)
    return st.recursive(
        atoms,
        lambda inner: st.one_of(
            st.tuples(inner, st.sampled_from(["+", "-", "*", "//", " % "]), inner).map("".join),
            inner.map("({})".format),
            inner.map("-{}".format),
            st.tuples(st.sampled_from(["min", "max"]), inner, inner).map(
                lambda parts: f"{parts[0]}({parts[1]}, {parts[2]})"
            ),
        ),
        max_leaves=12,
    )


def _truths() -> st.SearchStrategy[str]:
    signs = st.sampled_from(["<", "<=", ">", ">=", "==", "!="])
    return st.recursive(
        st.tuples(_numbers(), signs, _numbers()).map("".join),
        lambda inner: st.one_of(
            st.tuples(inner, st.sampled_from([" and ", " or "]), inner).map("".join),
            inner.map("not {}".format),
            inner.map("({})".format),
        ),
        max_leaves=4,
    )


@pytest.mark.thorough
@settings(max_examples=600)
@given(
    _numbers() | _truths(),
    st.fixed_dictionaries({name: st.integers(-(10**6), 10**6) for name in "abc"}),
)
def test_agrees_with_python(text: str, scope: dict[str, int]) -> None:
    if len(text) > 500:
        return
    tree = ast.parse(text, mode="eval").body
    try:
        expected = _reference(tree, scope)
    except (OverflowError, ZeroDivisionError):
        with pytest.raises(ExpressionError):
            parse_expression(text).evaluate(scope)
        return
    value = parse_expression(text).evaluate(scope)
    assert value == expected
    assert type(value) is type(expected)


def _nearest_multiple(x: Fraction, m: Fraction) -> int:
    """MobileNet's `_make_divisible`: the multiples of m up to x + m/2, from the largest."""
    step = int(m)
    nearest = max(range(step, floor(x + m / 2) + 1, step), default=step)
    return nearest if nearest >= Fraction(9, 10) * x else nearest + step


# The language's words over Python's fractions.
MEANT: dict[str, object] = {
    "F": Fraction,
    "ceil_div": lambda a, b: ceil(a / b),
    "round_to": _nearest_multiple,
    "true": True,
    "false": False,
}


def _drawn(draw: Random, depth: int) -> str:
    """A number in words: three variables, integers, and all that joins them."""
    if not depth or draw.random() < 0.2:
        return draw.choice(["a", "b", "c", "0", "1", "2", "3", "10", "0.5"])
    one, other = _drawn(draw, depth - 1), _drawn(draw, depth - 1)
    return draw.choice(
        [
            *(f"{one} {sign} {other}" for sign in ("+", "-", "*", "/", "//", "%")),
            f"({one})",
            f"-{one}",
            *(f"{name}({one})" for name in ("floor", "ceil", "round")),
            *(f"{name}({one}, {other})" for name in ("min", "max", "ceil_div")),
            f"max({one}, {other}, 2)",
            f"round_to({one}, {draw.randint(1, 4)})",
        ]
    )


def _truth(draw: Random, depth: int) -> str:
    if not depth or draw.random() < 0.3:
        sign = draw.choice(["<", "<=", ">", ">=", "==", "!="])
        return draw.choice(["true", "false", f"{_drawn(draw, 1)} {sign} {_drawn(draw, 1)}"])
    one, other = _truth(draw, depth - 1), _truth(draw, depth - 1)
    return draw.choice([f"{one} and {other}", f"{one} or {other}", f"not {one}", f"({one})"])


def test_drawn_expressions_have_the_value_of_exact_fractions() -> None:
    draw, kinds = Random(8), set()
    for number in range(600):
        text = _drawn(draw, 3) if number % 3 else _truth(draw, 3)
        scope: dict[str, object] = {name: draw.randint(-4, 9) for name in "abc"}
        exact = re.sub(r"\d+(\.\d+)?", r'F("\g<0>")', text).replace(" / ", " / F(1) / ")
        names = {name: Fraction(str(value)) for name, value in scope.items()}
        try:
            expected = eval(exact, {"floor": floor, "ceil": ceil, **MEANT}, names)
        except ZeroDivisionError:
            with pytest.raises(ExpressionError):
                parse_expression(text).evaluate(scope)
            continue
        value = parse_expression(text).evaluate(scope)
        assert value == expected, (text, scope)
        # A whole number is an integer, whatever it was made of.
        whole = not isinstance(expected, bool) and expected.denominator == 1
        assert isinstance(value, int if whole else type(expected)), (text, scope)
        kinds.add(type(value))
    assert kinds == {bool, int, Fraction}


# fmt: off
TOKENS = st.sampled_from([
    "a", "1", "0", "+", "-", "*", "//", "%", "(", ")", ",", "==", "<", " and ", " or ", " not ",
    "min(", "round_to(", "true", "'x'", "'", ".", "=", "é", "\n", "\0", "**", "999999999999999999",
])
# fmt: on


def _error(text: str) -> ExpressionError | None:
    try:
        parse_expression(text).evaluate({"a": 3})
    except ExpressionError as error:
        return error
    return None


@settings(max_examples=500)
@given(st.lists(TOKENS, max_size=15).map("".join) | st.text(max_size=30))
def test_any_text_has_a_value_or_an_error(text: str) -> None:
    error = _error(text)
    if error is not None:
        assert error.message
        assert error.help
        assert 0 <= error.offset <= len(text)
        assert error.width >= 1
