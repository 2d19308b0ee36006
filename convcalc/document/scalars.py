"""What a plain (unquoted) scalar means under the YAML 1.2 core schema, strictly.

Only `true` and `false` are booleans, nothing is a date, and a number that YAML 1.1 and 1.2 read
differently is refused instead of guessed.
"""

from __future__ import annotations

import math
import re

from convcalc.document.tree import ScalarValue

MAX_DIGITS = 18
"""Integers have at most this many digits, so that every one of them is below 10**18."""

_MAX_FLOAT_CHARACTERS = 100

_WORDS: dict[str, ScalarValue] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True,
    "false": False, "False": False, "FALSE": False,
}  # fmt: skip

_NUMBER_STARTS = frozenset("0123456789+-.")
_BASE_LETTERS = frozenset("box")

_INTEGER = re.compile(r"[-+]?[0-9]+")
_BASED = re.compile(r"0(?:o[0-7]+|x[0-9a-fA-F]+)")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
# Numbers to YAML 1.1 or to a human, words to YAML 1.2.
_NEAR_NUMBER = re.compile(
    r"[-+]?[0-9][0-9_]*(?:\.[0-9_]*)?(?:[eE][-+]?[0-9]+)?"
    r"|[-+]?0(?:b_*[01][01_]*|o_*[0-7][0-7_]*|x_*[0-9a-fA-F][0-9a-fA-F_]*)"
)


class ScalarError(Exception):
    """A plain scalar without one safe meaning: the problem's slug, its sentence and the repair."""

    def __init__(self, slug: str, message: str, note: str, help: str) -> None:
        self.slug = slug
        self.message = message
        self.note = note
        self.help = help
        super().__init__(message)


def resolve(text: str) -> ScalarValue:
    """The value of the plain scalar `text`, a whole float staying a float.

    Raises ScalarError for `010`, `1_000`, `.inf`, and numbers of more than 18 digits.
    Source: YAML 1.2.2, section 10.3.2.

    >>> [resolve(text) for text in ("64", "1e3", "0x10", "no", "True", "~", "1:30")]
    [64, 1000.0, 16, 'no', True, None, '1:30']
    """
    if text[:1] in _NUMBER_STARTS:
        return _number(text)
    return _WORDS.get(text, text)


def _number(text: str) -> ScalarValue:
    if _INTEGER.fullmatch(text):
        digits = text.lstrip("+-")
        if len(digits) > 1 and digits[0] == "0":
            raise _leading_zero(text)
        if len(digits) > MAX_DIGITS:
            raise _too_large(text)
        return int(text)
    if _FLOAT.fullmatch(text):
        return _float(text)
    if _BASED.fullmatch(text):
        return _based(text)
    if _NOT_FINITE.fullmatch(text):
        word = text.lower().replace(".", "").lstrip("+")
        other = f"`{word}` in a field that takes infinity"
        raise ScalarError(
            "wrong-value",
            f"`{text}` is not a finite number",
            "every size and count of a network is finite",
            f"write the number itself, or {'put the word in quotes' if word == 'nan' else other}",
        )
    if _NEAR_NUMBER.fullmatch(text):
        raise _near_number(text)
    return text


def _float(text: str) -> float:
    digits = text.lstrip("+-")
    if digits[0] == "0" and digits[1].isdigit():
        raise _leading_zero(text)
    if len(text) > _MAX_FLOAT_CHARACTERS:
        raise ScalarError(
            "number-too-large",
            f"`{shorten(text)}` is a number of {len(text):,} characters",
            f"a number has at most {_MAX_FLOAT_CHARACTERS} characters here",
            "round it, or put it in quotes for the word",
        )
    value = float(text)
    if not math.isfinite(value):
        raise _too_large(text)
    return value


def _based(text: str) -> int:
    # Below 24 significant digits even octal converts at once; above, any base is past the limit.
    if len(text[2:].lstrip("0")) > 24 or (value := int(text, 0)) >= 10**MAX_DIGITS:
        raise _too_large(text)
    return value


def _leading_zero(text: str) -> ScalarError:
    sign = text[0] if text[0] == "-" else ""
    body = text.lstrip("+-").lstrip("0")
    plain = sign + (body if body[:1].isdigit() else "0" + body)
    octal = ""
    if len(text) <= MAX_DIGITS and re.fullmatch(r"[-+]?[0-7]+", text):
        octal = f"YAML 1.1 reads it as octal, {int(text, 8)}; "
    return ScalarError(
        "ambiguous-scalar",
        f"`{shorten(text)}` is a number with a leading zero",
        f"{octal}YAML 1.2 reads it as {shorten(plain)}",
        f'write `{shorten(plain)}`, or `"{shorten(text)}"` for the word',
    )


def _near_number(text: str) -> ScalarError:
    number = _decimal(text)
    try:
        resolve(number or "")
    except ScalarError:
        number = None
    written = "a smaller number" if number is None else f"`{shorten(number)}`"
    return ScalarError(
        "ambiguous-scalar",
        f"`{shorten(text)}` is a number to YAML 1.1 and a word to YAML 1.2",
        "underscores, `0b` and signed `0x` belong to YAML 1.1 only",
        f'write {written}, or `"{shorten(text)}"` for the word',
    )


def _decimal(text: str) -> str | None:
    """`text` as it should be written: without underscores, and in base 10.

    None where its base alone says that it is too large: 2**60 is more than 10**18.
    """
    bare = text.replace("_", "")
    body = bare.lstrip("+-")
    if body[1:2] in _BASE_LETTERS:
        if len(body[2:].lstrip("0")) > 60:
            return None
        return bare[: len(bare) - len(body)].replace("+", "") + str(int(body, 0))
    sign = "-" if bare[0] == "-" else ""
    significant = body.lstrip("0")
    return sign + (significant if significant[:1].isdigit() else "0" + significant)


def _too_large(text: str) -> ScalarError:
    return ScalarError(
        "number-too-large",
        f"`{shorten(text)}` is too large a number",
        f"a number has at most {MAX_DIGITS} digits here; this one is written with {len(text)}"
        if len(text) > MAX_DIGITS
        else f"a number stays below 10**{MAX_DIGITS} here",
        "write a smaller number, or put it in quotes for the word",
    )


def shorten(text: str, limit: int = 40) -> str:
    """`text` on one line of at most `limit` characters, for use within a message.

    >>> shorten("a  b")
    'a b'
    >>> shorten("1" * 50, limit=10)
    '111111111…'
    """
    line = " ".join(text[: 4 * limit].split())
    return line if len(line) <= limit and len(text) <= 4 * limit else line[: limit - 1] + "…"
