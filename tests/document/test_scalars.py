"""What plain scalars mean, and which are refused."""

from __future__ import annotations

import pytest

from convcalc.document.scalars import ScalarError, resolve, shorten
from tests.each import each


@each(
    ("text", "value"),
    [
        pytest.param("", None, id="empty is null"),
        pytest.param("~", None, id="tilde is null"),
        pytest.param("null", None, id="null"),
        pytest.param("Null", None, id="null, capitalised"),
        pytest.param("nULL", "nULL", id="null in mixed case is a word"),
        pytest.param("true", True, id="true"),
        pytest.param("FALSE", False, id="false in capitals"),
        pytest.param("tRue", "tRue", id="true in mixed case is a word"),
        *(pytest.param(word, word, id=f"{word} is a word") for word in ("yes", "No", "on", "off")),
        pytest.param("n", "n", id="n is a word"),
        pytest.param("0", 0, id="zero"),
        pytest.param("-0", 0, id="minus zero"),
        pytest.param("+12", 12, id="plus sign"),
        pytest.param("-7", -7, id="minus sign"),
        pytest.param("9" * 18, 10**18 - 1, id="largest integer"),
        pytest.param("0o17", 15, id="octal of YAML 1.2"),
        pytest.param("0x1F", 31, id="hexadecimal"),
        pytest.param("0xFFFFFFFF", 4_294_967_295, id="32 bits of ones"),
        pytest.param("0xDE0B6B3A763FFFF", 10**18 - 1, id="10**18 - 1 in hexadecimal"),
        pytest.param("0x" + "0" * 40 + "1", 1, id="hexadecimal with many zeros"),
        pytest.param("0b", "0b", id="binary prefix without digits is a word"),
        pytest.param("0o8", "0o8", id="no octal digit is a word"),
        pytest.param("1:30", "1:30", id="base 60 is a word"),
        pytest.param("190:20:30", "190:20:30", id="long base 60 is a word"),
        pytest.param("2023-01-01", "2023-01-01", id="a date is a word"),
        pytest.param("1.9G", "1.9G", id="a size is a word"),
        pytest.param("64MiB", "64MiB", id="bytes are a word"),
        pytest.param("3x3", "3x3", id="a kernel is a word"),
        pytest.param("-", "-", id="a dash is a word"),
        pytest.param(".", ".", id="a dot is a word"),
        pytest.param("...", "...", id="dots are a word"),
        pytest.param("+", "+", id="a plus is a word"),
        pytest.param("_1", "_1", id="underscore first is a word"),
        pytest.param("=c*2", "=c*2", id="an expression is a word"),
        pytest.param("٣", "٣", id="an Arabic digit is a word"),
        pytest.param("²", "²", id="a superscript is a word"),
        pytest.param("1e3", 1000.0, id="exponent without a dot"),
        pytest.param("1E+3", 1000.0, id="signed exponent"),
        pytest.param("1.0e3", 1000.0, id="exponent with a dot"),
        pytest.param(".5", 0.5, id="dot first"),
        pytest.param("5.", 5.0, id="dot last"),
        pytest.param("0.25", 0.25, id="zero before a dot"),
        pytest.param("-0.0", 0.0, id="minus zero as a float"),
    ],
)
def test_meaning(text: str, value: object) -> None:
    result = resolve(text)
    assert result == value
    assert type(result) is type(value)


@each(
    ("text", "slug", "message", "help"),
    [
        pytest.param(
            "010",
            "ambiguous-scalar",
            "`010` is a number with a leading zero",
            'write `10`, or `"010"` for the word',
            id="octal of YAML 1.1",
        ),
        pytest.param(
            "-08",
            "ambiguous-scalar",
            "`-08` is a number with a leading zero",
            'write `-8`, or `"-08"` for the word',
            id="no octal either",
        ),
        pytest.param(
            "00",
            "ambiguous-scalar",
            "`00` is a number with a leading zero",
            'write `0`, or `"00"` for the word',
            id="two zeros",
        ),
        pytest.param(
            "007.50",
            "ambiguous-scalar",
            "`007.50` is a number with a leading zero",
            'write `7.50`, or `"007.50"` for the word',
            id="float with leading zeros",
        ),
        pytest.param(
            "00.5",
            "ambiguous-scalar",
            "`00.5` is a number with a leading zero",
            'write `0.5`, or `"00.5"` for the word',
            id="float of leading zeros alone",
        ),
        pytest.param(
            "1_000",
            "ambiguous-scalar",
            "`1_000` is a number to YAML 1.1 and a word to YAML 1.2",
            'write `1000`, or `"1_000"` for the word',
            id="underscore",
        ),
        pytest.param(
            "-1_000.5",
            "ambiguous-scalar",
            "`-1_000.5` is a number to YAML 1.1 and a word to YAML 1.2",
            'write `-1000.5`, or `"-1_000.5"` for the word',
            id="underscore in a float",
        ),
        pytest.param(
            "0_10",
            "ambiguous-scalar",
            "`0_10` is a number to YAML 1.1 and a word to YAML 1.2",
            'write `10`, or `"0_10"` for the word',
            id="underscore behind a zero",
        ),
        pytest.param(
            "0b101",
            "ambiguous-scalar",
            "`0b101` is a number to YAML 1.1 and a word to YAML 1.2",
            'write `5`, or `"0b101"` for the word',
            id="binary",
        ),
        pytest.param(
            "0b1111111111111111111111111111",
            "ambiguous-scalar",
            "`0b1111111111111111111111111111` is a number to YAML 1.1 and a word to YAML 1.2",
            'write `268435455`, or `"0b1111111111111111111111111111"` for the word',
            id="binary with 28 digits",
        ),
        pytest.param(
            "0b" + "0" * 40 + "11",
            "ambiguous-scalar",
            f"`0b{'0' * 37}…` is a number to YAML 1.1 and a word to YAML 1.2",
            f'write `3`, or `"0b{"0" * 37}…"` for the word',
            id="binary with many zeros",
        ),
        pytest.param(
            "-0xDE0B6B3A763FFFF",
            "ambiguous-scalar",
            "`-0xDE0B6B3A763FFFF` is a number to YAML 1.1 and a word to YAML 1.2",
            'write `-999999999999999999`, or `"-0xDE0B6B3A763FFFF"` for the word',
            id="as large as a number may be",
        ),
        pytest.param(
            "-0xDE0B6B3A7640000",
            "ambiguous-scalar",
            "`-0xDE0B6B3A7640000` is a number to YAML 1.1 and a word to YAML 1.2",
            'write a smaller number, or `"-0xDE0B6B3A7640000"` for the word',
            id="one more",
        ),
        pytest.param(
            "0b" + "1" * 20_000,
            "ambiguous-scalar",
            f"`0b{'1' * 37}…` is a number to YAML 1.1 and a word to YAML 1.2",
            f'write a smaller number, or `"0b{"1" * 37}…"` for the word',
            id="a binary number that Python does not write in tens",
        ),
        pytest.param(
            "0_.5",
            "ambiguous-scalar",
            "`0_.5` is a number to YAML 1.1 and a word to YAML 1.2",
            'write `0.5`, or `"0_.5"` for the word',
            id="an underscore behind the only digit in front of the point",
        ),
        pytest.param(
            "0b" + "1" * 5000,
            "ambiguous-scalar",
            f"`0b{'1' * 37}…` is a number to YAML 1.1 and a word to YAML 1.2",
            f'write a smaller number, or `"0b{"1" * 37}…"` for the word',
            id="more binary digits than a number has",
        ),
        pytest.param(
            "1_000_000_000_000_000_000",
            "ambiguous-scalar",
            "`1_000_000_000_000_000_000` is a number to YAML 1.1 and a word to YAML 1.2",
            'write a smaller number, or `"1_000_000_000_000_000_000"` for the word',
            id="nineteen digits and underscores",
        ),
        pytest.param(
            "-0x1F",
            "ambiguous-scalar",
            "`-0x1F` is a number to YAML 1.1 and a word to YAML 1.2",
            'write `-31`, or `"-0x1F"` for the word',
            id="signed hexadecimal",
        ),
        pytest.param(
            "-.Inf",
            "wrong-value",
            "`-.Inf` is not a finite number",
            "write the number itself, or `-inf` in a field that takes infinity",
            id="infinity",
        ),
        pytest.param(
            ".nan",
            "wrong-value",
            "`.nan` is not a finite number",
            "write the number itself, or put the word in quotes",
            id="not a number",
        ),
        pytest.param(
            "1" + "0" * 18,
            "number-too-large",
            "`1000000000000000000` is too large a number",
            "write a smaller number, or put it in quotes for the word",
            id="nineteen digits",
        ),
        pytest.param(
            "1" * 5000,
            "number-too-large",
            f"`{'1' * 39}…` is too large a number",
            "write a smaller number, or put it in quotes for the word",
            id="more digits than Python converts",
        ),
        pytest.param(
            "0xDE0B6B3A7640000",
            "number-too-large",
            "`0xDE0B6B3A7640000` is too large a number",
            "write a smaller number, or put it in quotes for the word",
            id="10**18 in hexadecimal",
        ),
        pytest.param(
            "1e400",
            "number-too-large",
            "`1e400` is too large a number",
            "write a smaller number, or put it in quotes for the word",
            id="float that overflows",
        ),
        pytest.param(
            "0." + "1" * 200,
            "number-too-large",
            f"`0.{'1' * 37}…` is a number of 202 characters",
            "round it, or put it in quotes for the word",
            id="float of two hundred digits",
        ),
    ],
)
def test_refusal(text: str, slug: str, message: str, help: str) -> None:
    with pytest.raises(ScalarError) as caught:
        resolve(text)
    error = caught.value
    assert (error.slug, error.message, error.help) == (slug, message, help)


@each(
    ("text", "note"),
    [
        ("1" * 19, "a number has at most 18 digits here; this one is written with 19"),
        # So many characters, of which some are no digits.
        ("0x0DE0B6B3A7640000", "a number stays below 10**18 here"),
        ("1e400", "a number stays below 10**18 here"),
    ],
)
def test_why_a_number_is_too_large(text: str, note: str) -> None:
    with pytest.raises(ScalarError) as caught:
        resolve(text)
    assert caught.value.note == note


@each(
    ("text", "line"),
    [
        pytest.param("short", "short", id="short"),
        pytest.param("x" * 40, "x" * 40, id="just short enough"),
        pytest.param("x" * 41, "x" * 39 + "…", id="one too long"),
        pytest.param("a\n   b", "a b", id="two lines"),
        pytest.param("a" + " " * 158 + "b", "a b", id="as many blanks as are looked at"),
        pytest.param("a" + " " * 159 + "b", "a…", id="one blank more"),
        pytest.param(" " * 200 + "b", "…", id="blanks and a word far behind"),
    ],
)
def test_shorten(text: str, line: str) -> None:
    assert shorten(text) == line


@each(
    ("text", "note"),
    [
        ("9" * 19, "a number has at most 18 digits here; this one is written with 19"),
        # 18 characters, and 16 * 10**18.
        ("0xDE0B6B3A76400000", "a number stays below 10**18 here"),
        ("0xDE0B6B3A7640000", "a number stays below 10**18 here"),
        (
            "0o67405553164731000000",
            "a number has at most 18 digits here; this one is written with 22",
        ),
        ("0x" + "f" * 25, "a number has at most 18 digits here; this one is written with 27"),
    ],
)
def test_numbers_beyond_all_digits(text: str, note: str) -> None:
    with pytest.raises(ScalarError) as caught:
        resolve(text)
    assert (caught.value.slug, caught.value.note) == ("number-too-large", note)


def test_numbers_of_all_digits() -> None:
    assert resolve("9" * 18) == resolve("0xDE0B6B3A763FFFF") == 10**18 - 1
    assert resolve("0x" + "0" * 40 + "f") == 15
