"""The `=EXPR` language: values, and refusals word for word."""

from __future__ import annotations

from fractions import Fraction

import pytest

from convcalc.network.expressions import RESERVED, ExpressionError, parse_expression
from convcalc.network.expressions.parser import Function, Functions
from convcalc.network.expressions.parts import Part
from tests.each import each
from tests.scaling.growing import calls

SCOPE: dict[str, object] = {
    "c": 32, "s": 2, "cin": 64, "act": "relu", "sizes": [1, 2], "none": None, "wide": True,
    "class": 1, "lambda": 2, "half": 0.5, "big": 10**17, "width": 8, "third": "1/3",
}  # fmt: skip

VALUES = [
    pytest.param("7", 7, id="integer"),
    pytest.param("1000000000000000000", 10**18, id="largest integer"),
    pytest.param(" c\t", 32, id="blanks around"),
    pytest.param("c * 3 // 4", 24, id="fraction of integers"),
    pytest.param("1 + 2 * 3", 7, id="product before sum"),
    pytest.param("(1 + 2) * 3", 9, id="parentheses"),
    pytest.param("10 - 4 - 3", 3, id="difference from the left"),
    pytest.param("100 // 7 // 2", 7, id="quotient from the left"),
    pytest.param("7 // 2 * 2", 6, id="quotient and product from the left"),
    pytest.param("-7 // 2", -4, id="quotient rounds down"),
    pytest.param("-7 % 3", 2, id="remainder has the divisor's sign"),
    pytest.param("- -c", 32, id="two minus signs"),
    pytest.param("2 * -c", -64, id="minus behind an operator"),
    pytest.param("s > 1 or cin != c", True, id="shortcut with a stride"),
    pytest.param("s == 1 and cin == c", False, id="no shortcut"),
    pytest.param("not s == 2", False, id="not after comparison"),
    pytest.param("not wide or wide", True, id="not before or"),
    pytest.param("not not wide", True, id="two nots"),
    pytest.param("true or wide and false", True, id="and before or"),
    pytest.param("false and c // 0 == 1", False, id="and decides at its left side"),
    pytest.param("true or c // 0 == 1", True, id="or decides at its left side"),
    pytest.param("1 + 1 < 3", True, id="sum before comparison"),
    pytest.param("(c > 1) == wide", True, id="booleans compared"),
    pytest.param("wide == 1", False, id="true is not 1"),
    pytest.param("act == 'relu'", True, id="words equal"),
    pytest.param("act != 'gelu'", True, id="words unequal"),
    pytest.param("act == 3", False, id="a word is no number"),
    pytest.param("none == 'relu'", False, id="nothing is no word"),
    pytest.param("'(a, b)'", "(a, b)", id="word of signs"),
    pytest.param("min(c, 8, s)", 2, id="least of three"),
    pytest.param("max(3)", 3, id="greatest of one"),
    pytest.param("max(c, -(-cin // 3))", 32, id="function of expressions"),
    pytest.param("ceil_div(c, 5)", 7, id="quotient rounded up"),
    pytest.param("ceil_div(-c, 5)", -6, id="negative quotient rounded up"),
    pytest.param("sizes", [1, 2], id="a name may be a list"),
    pytest.param("none", None, id="a name may be nothing"),
    pytest.param("half", 0.5, id="a name may be a float"),
    pytest.param("c / 4", 8, id="an exact quotient is an integer"),
    pytest.param("c / 3", Fraction(32, 3), id="a quotient is exact"),
    pytest.param("c / 3 * 3 == c", True, id="nothing is lost in between"),
    pytest.param("0.1 + 0.2 == 0.3", True, id="decimals are exact"),
    pytest.param("0.25 * c", 8, id="a share of an integer"),
    pytest.param("half * c + half", Fraction(33, 2), id="a decimal of the file"),
    pytest.param("half == 0.5", True, id="a decimal equals itself"),
    pytest.param("7 / 2 // 1", 3, id="a fraction rounded down"),
    pytest.param("-7 / 2 % 2", Fraction(1, 2), id="remainder of a fraction"),
    pytest.param("floor(-7 / 2)", -4, id="floor"),
    pytest.param("ceil(7 / 2)", 4, id="ceil"),
    pytest.param("round(5 / 2)", 2, id="half to even"),
    pytest.param("round(7 / 2)", 4, id="half to even again"),
    pytest.param("ceil_div(c * 0.1, 3)", 2, id="fraction rounded up"),
    pytest.param("max(round(3 * 1/3), 1)", 1, id="YOLO's depth"),
    pytest.param("class + lambda", 3, id="words of Python are names"),
    pytest.param("'é' == 'é' and c > 1", True, id="columns behind other letters"),
    pytest.param("'\\n' == '\\n'", True, id="no escapes in words"),
    pytest.param("(\n c\n + 1)", 33, id="over several lines"),
    pytest.param("+".join("1" * 250), 250, id="as many terms as fit"),
    pytest.param("(" * 50 + "1" + ")" * 50, 1, id="as deep as allowed"),
]


@each(("text", "value"), VALUES)
def test_value(text: str, value: object) -> None:
    result = parse_expression(text).evaluate(SCOPE)
    assert result == value
    assert type(result) is type(value)


@each(
    ("x", "m", "rounded"),
    [
        pytest.param(32, 8, 32, id="a multiple"),
        pytest.param(24 * 3 // 4, 8, 24, id="half way goes up"),
        pytest.param(11, 8, 16, id="12 % below is too far"),
        pytest.param(35, 8, 32, id="9 % below is near enough"),
        pytest.param(3, 8, 8, id="at least one multiple"),
        pytest.param(0, 8, 8, id="zero"),
        pytest.param(18, 16, 32, id="11 % below is too far"),
        pytest.param(17, 1, 17, id="multiples of one"),
        # MobileNetV2 at width 1.4 and 0.35: torchvision's channels.
        pytest.param(24 * 14 // 10, 8, 32, id="24 by 1.4"),
        pytest.param(1280 * 14 // 10, 8, 1792, id="1280 by 1.4"),
        pytest.param(32 * 35 // 100, 8, 16, id="32 by 0.35"),
        # Fractions need no `//`: `_make_divisible(33.6, 8)`, `_make_divisible(11.2, 8)`.
        pytest.param(Fraction(168, 5), 8, 32, id="24 by 1.4, exact"),
        pytest.param(Fraction(56, 5), 8, 16, id="32 by 0.35, exact"),
        pytest.param(Fraction(1, 2), 1, 1, id="half way to one"),
    ],
)
def test_round_to(x: Fraction, m: int, rounded: int) -> None:
    assert parse_expression("round_to(x, m)").evaluate({"x": x, "m": m}) == rounded


def test_round_to_is_never_more_than_a_tenth_below() -> None:
    run = parse_expression("round_to(x, m)")
    for m in range(1, 20):
        for x in range(300):
            value = run.evaluate({"x": x, "m": m})
            assert isinstance(value, int)
            assert value % m == 0
            assert value >= max(m, 0.9 * x)
            # Without the rule, the nearest; with it, one more at most.
            assert value - x <= m


@each(
    ("text", "names", "is_name"),
    [
        pytest.param("act", {"act"}, "act", id="just a name"),
        pytest.param("(act)", {"act"}, None, id="a name in parentheses"),
        pytest.param("-c", {"c"}, None, id="a negated name"),
        pytest.param("max(c, s) + c", {"c", "s"}, None, id="functions are no names"),
        pytest.param("true and not false", set(), None, id="words of the language are none"),
        pytest.param("'relu'", set(), None, id="quoted words are none"),
        pytest.param("_a1 + A", {"_a1", "A"}, None, id="underscores and capitals"),
    ],
)
def test_names(text: str, names: set[str], is_name: str | None) -> None:
    expression = parse_expression(text)
    assert (set(expression.names), expression.is_name) == (names, is_name)


OPERATORS = "use `+ - * / // %`, comparisons, `and`, `or` and `not`"
NO_PARTS = "a size of a layer is `height(NAME)`, and a decimal begins with a digit: 0.5"
DECIMAL = "write digits alone, as in `0.25`, at most 18 behind the point"
OF_LAYER = "write `channels(stem)` for the layer called `stem`"
FUNCTIONS = "The functions are `min`, `max`, `ceil_div`, `round_to`, `floor`, `ceil`, `round`"
MALFORMED = [
    ("", "the expression is empty", "write a value after the `=`", 0, 1),
    ("  ", "the expression is empty", "write a value after the `=`", 2, 1),
    ("c**2", "`**` is not an operator here", "write the product: `c * c`", 1, 2),
    ("c = 2", "`=` is not an operator here", "use `==` to compare", 2, 1),
    ("!c", "`!` is not an operator here", "use `not`, or `!=` to compare", 0, 1),
    ("a && b", "`&&` is not an operator here", "use `and`", 2, 2),
    ("a | b", "`|` is not an operator here", "use `or`", 2, 1),
    ("c.real", "`.` is not an operator here", NO_PARTS, 1, 1),
    (".5 * c", "`.` is not an operator here", NO_PARTS, 0, 1),
    ("1.2.3", "`.` is not an operator here", NO_PARTS, 3, 1),
    ("1. * c", "`1.` is not a plain decimal", DECIMAL, 0, 2),
    ("1.5e3", "`1.5e3` is not a plain decimal", DECIMAL, 0, 5),
    ("0.1234567890123456789", "`0.1234567890123456789` is not a plain decimal", DECIMAL, 0, 21),
    ("channels(2)", "`channels` wants the name of a layer", OF_LAYER, 0, 8),
    ("1 + channels(a, b)", "`channels` wants the name of a layer", OF_LAYER, 4, 8),
    ("floor(1, 2)", "`floor` takes 1 value, not 2", "write `floor(a)`", 0, 11),
    ('a == "x"', '`"` is not an operator here', "put words in single quotes: 'relu'", 5, 1),
    ("a == 'x", "`'` is not an operator here", "close the single quote", 5, 1),
    ("c[0]", "`[` has no meaning in an expression", OPERATORS, 1, 1),
    ("c; s", "`;` has no meaning in an expression", OPERATORS, 1, 1),
    (
        "größe",
        "`ö` has no meaning in an expression",
        "names are letters a to z, digits and `_`",
        2,
        1,
    ),
    ("010", "`010` is not a plain integer", "write `10`", 0, 3),
    ("1 + 1_000", "`1_000` is not a plain integer", "write `1000`", 4, 5),
    ("1e3", "`1e3` is not a plain integer", "write digits alone, as in `1000`", 0, 3),
    ("0x10", "`0x10` is not a plain integer", "write digits alone, as in `1000`", 0, 4),
    (
        "1000000000000000001",
        "`1000000000000000001` is beyond 10**18",
        "use a smaller number",
        0,
        19,
    ),
    ("(c + 1", "`(` is never closed", "close it with `)`", 0, 1),
    ("(c * (s + 1", "`(` is never closed", "close it with `)`", 5, 1),
    ("max(c, (1)", "`(` is never closed", "close it with `)`", 3, 1),
    ("c)", "`)` closes nothing", "delete it, or open it with `(`", 1, 1),
    ("(c s)", "`)` or an operator is missing before `s`", "close `(`, or join the values", 3, 1),
    ("c, s", "a comma stands outside a function", "delete it", 1, 1),
    ("c s", "an operator is missing before `s`", "join two values by an operator", 2, 1),
    ("1 if c", "an operator is missing before `if`", "join two values by an operator", 2, 2),
    ("c +", "the expression ends where a value is expected", "write the value", 3, 1),
    ("c + * s", "`*` stands where a value is expected", "write the value", 4, 1),
    ("+c", "`+` stands where a value is expected", "write the value", 0, 1),
    ("max()", "`)` stands where a value is expected", "write the value", 4, 1),
    ("c and or s", "`or` stands where a value is expected", "write the value", 6, 2),
    ("and (c)", "`and` stands where a value is expected", "write the value", 0, 3),
    ("1 < c < 9", "comparisons cannot be chained", "write `1 < c and c < …`", 6, 1),
    ("c == s == 2", "comparisons cannot be chained", "write `c == s and s == …`", 7, 2),
    ("c + not s", "`not` stands behind an operator", "write `(not …)` in parentheses", 4, 3),
    ("max + 1", "`max` is a function", "write `max(a, b)`", 0, 3),
    ("True", "`True` is not known here", "write `true`", 0, 4),
    (
        "cel_div(c, 2)",
        "`cel_div` is not a function",
        f"did you mean `ceil_div`? {FUNCTIONS}",
        0,
        7,
    ),
    (
        "__import__('os')",
        "`__import__` is not a function",
        FUNCTIONS,
        0,
        10,
    ),
    ("1 + ceil_div(c)", "`ceil_div` takes 2 values, not 1", "write `ceil_div(a, b)`", 4, 11),
    ("round_to(1, 2, 3)", "`round_to` takes 2 values, not 3", "write `round_to(a, b)`", 0, 17),
    (
        "(" * 51 + "1" + ")" * 51,
        "the expression is nested more than 50 deep",
        "name its parts under `vars`",
        50,
        1,
    ),
    (
        "-" * 51 + "1",
        "the expression is nested more than 50 deep",
        "name its parts under `vars`",
        50,
        1,
    ),
    (
        "c" * 501,
        "the expression has 501 characters, more than 500",
        "name its parts under `vars`",
        500,
        1,
    ),
]


@each(
    ("text", "message", "help", "offset", "width"),
    [pytest.param(*case, id=case[0][:16] or "empty") for case in MALFORMED],
)
def test_malformed(text: str, message: str, help: str, offset: int, width: int) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse_expression(text)
    error = caught.value
    assert (error.message, error.help) == (message, help)
    assert (error.offset, error.width) == (offset, width)


NUMBERS_ONLY = "arithmetic, `<` and `>` take numbers; `==` and `!=` compare words too"
BY_ZERO = "keep the divisor above 0, for instance with `max(1, …)`"
KNOWN = "Known here: c, s, cin, act, sizes, none, wide, class, lambda, half, big, width, third"
UNDEFINED = [
    ("1 + act", "`act` is the word 'relu', not a number", NUMBERS_ONLY, 4, 3),
    ("act + 1", "`act` is the word 'relu', not a number", NUMBERS_ONLY, 0, 3),
    ("-act", "`act` is the word 'relu', not a number", NUMBERS_ONLY, 1, 3),
    ("act < 'x'", "`act` is the word 'relu', not a number", NUMBERS_ONLY, 0, 3),
    ("act < 3", "`act` is the word 'relu', not a number", NUMBERS_ONLY, 0, 3),
    ("3 < act", "`act` is the word 'relu', not a number", NUMBERS_ONLY, 4, 3),
    ("wide < 3", "`wide` is true, not a number", NUMBERS_ONLY, 0, 4),
    ("max(1, act)", "`act` is the word 'relu', not a number", NUMBERS_ONLY, 7, 3),
    ("sizes * 2", "`sizes` is the list [1, 2], not a number", NUMBERS_ONLY, 0, 5),
    ("none + 1", "`none` is empty, not a number", NUMBERS_ONLY, 0, 4),
    ("wide + 1", "`wide` is true, not a number", NUMBERS_ONLY, 0, 4),
    (
        "third * 2",
        "`third` is the word '1/3', not a number",
        "write `=1/3` where it is given",
        0,
        5,
    ),
    ("(c>s) + 1", "`(c>s)` is true, not a number", NUMBERS_ONLY, 0, 5),
    (
        "sizes == 1",
        "`sizes` is the list [1, 2], which cannot be compared",
        "compare numbers, words, or `true` and `false`",
        0,
        5,
    ),
    (
        "c and wide",
        "`c` is 32, not true or false",
        "compare it, as in `c != 0`",
        0,
        1,
    ),
    (
        "not act",
        "`act` is the word 'relu', not true or false",
        "compare it, as in `act == 'WORD'`",
        4,
        3,
    ),
    ("c // (s - 2)", "`c // (s - 2)` divides 32 by 0", BY_ZERO, 0, 12),
    ("1 + c % 0", "`c % 0` divides 32 by 0", BY_ZERO, 4, 5),
    ("ceil_div(c, 0)", "`ceil_div(c, 0)` divides 32 by 0", BY_ZERO, 0, 14),
    (
        "round_to(c, -8)",
        "`round_to(c, -8)` rounds to multiples of -8",
        "the second value of `round_to` is an integer of 1 or more",
        0,
        15,
    ),
    ("1 + big * 11", "`big * 11` is beyond 10**18", "use smaller numbers", 4, 8),
    ("0 - big * 10 - 1", "`0 - big * 10 - 1` is beyond 10**18", "use smaller numbers", 0, 16),
    ("c / (s - 2)", "`c / (s - 2)` divides 32 by 0", BY_ZERO, 0, 11),
    (
        "1 / big / 11",
        "`1 / big / 11` is a fraction whose denominator is beyond 10**18",
        "round in between: `floor`, `ceil`, `round`, `round_to`",
        0,
        12,
    ),
    ("c * widht", "`widht` is not known here", f"did you mean `width`? {KNOWN}", 4, 5),
    ("zzz", "`zzz` is not known here", KNOWN, 0, 3),
    ("1 + width(stem)", "there is no layer `stem` before this", "name an earlier layer", 4, 11),
]


@each(
    ("text", "message", "help", "offset", "width"),
    [pytest.param(*case, id=case[0]) for case in UNDEFINED],
)
def test_without_a_value(text: str, message: str, help: str, offset: int, width: int) -> None:
    expression = parse_expression(text)
    with pytest.raises(ExpressionError) as caught:
        expression.evaluate(SCOPE)
    error = caught.value
    assert (error.message, error.help) == (message, help)
    assert (error.offset, error.width) == (offset, width)


@each(("count", "more"), [(20, ""), (21, ", …")])
def test_twenty_known_names_are_listed(count: int, more: str) -> None:
    names = [f"name{at}" for at in range(count)]
    with pytest.raises(ExpressionError) as caught:
        parse_expression("c").evaluate(dict.fromkeys(names, 1))
    assert caught.value.help == f"Known here: {', '.join(names[:20])}{more}"


@each(("count", "more"), [(20, ""), (21, ", …")])
def test_twenty_functions_are_listed(count: int, more: str) -> None:
    own = [f"own{at:02}" for at in range(count - 7)]
    functions = Functions({name: Function(("c",), parse_expression("c")) for name in own})
    with pytest.raises(ExpressionError) as caught:
        parse_expression("nothing_alike(1)", functions)
    listed = "".join(f", `{name}`" for name in own[:13])
    assert caught.value.help == f"{FUNCTIONS}{listed}{more}"


def test_empty_scope() -> None:
    with pytest.raises(ExpressionError) as caught:
        parse_expression("c").evaluate({})
    assert caught.value.help == "no names are known here; write a number"


@each(
    "value",
    [
        pytest.param("x" * 4_000_000, id="long word"),
        pytest.param([1] * 1_000_000, id="long list"),
        pytest.param(10**5000, id="more digits than Python writes"),
        pytest.param("\x1b[31m\n", id="control characters"),
    ],
)
def test_errors_stay_short_and_plain(value: object) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse_expression("x * 2").evaluate({"x": value})
    assert len(caught.value.message) < 200
    assert caught.value.message.isprintable()


def test_reserved_words_are_no_names() -> None:
    for word in RESERVED - {"true", "false"}:
        with pytest.raises(ExpressionError):
            parse_expression(word)
    assert parse_expression("true and false").names == frozenset()


def test_parsed_once() -> None:
    assert parse_expression("c * 7") is parse_expression("c * 7")


def test_evaluation_parses_nothing_again() -> None:
    expression = parse_expression("s > 1 or cin != c")
    _, parsing = calls(lambda: len(parse_expression("s > 2 or cin != c + 1").names))
    _, many = calls(lambda: int(expression.evaluate(SCOPE) is True))
    assert many < 20 < parsing


@each(("length", "shown"), [(59, "x" * 59), (60, "x" * 60), (61, "x" * 59 + "…"), (1, "x")])
def test_a_part_is_shown_in_60_characters(length: int, shown: str) -> None:
    assert Part("x" * length + " ", 0, length + 1).source == shown
