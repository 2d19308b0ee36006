"""Entries of a layer list as lines of YAML, folded where they are long."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from convcalc.document.scalars import resolve
from convcalc.features.import_.block_arguments import Expression

WIDTH = 100


class Written(str):
    """A scalar as its source writes it."""

    __slots__ = ()


# Words that need no quotes inside of brackets.
_PLAIN = re.compile(r"[^\W\d][\w-]*")


def flow(value: Any) -> str:
    """A value as it stands within `{...}`.

    >>> flow((1, 7)), flow(Expression("round_to(c, 8)")), flow({"k": 3, "mode": "a b"})
    ('[1, 7]', '"=round_to(c, 8)"', '{k: 3, mode: "a b"}')
    """
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{flow(key)}: {flow(one)}' for key, one in value.items())}}}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"[{', '.join(map(flow, value))}]"
    if isinstance(value, Expression):
        text = f"={value.text}"
        return f'"{text}"' if set(",[]{}#:") & set(text) else text
    return scalar(value)


def scalar(value: Any) -> str:
    """A number, a word or nothing as YAML.

    >>> scalar(Fraction(1, 100000)), scalar(Fraction(1, 3)), scalar("null"), scalar(None)
    ('1e-5', '=1/3', '"null"', '~')
    """
    if value is None:
        return "~"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Fraction):
        return _number(value)
    if isinstance(value, Written):
        return str(value)
    if isinstance(value, str):
        return value if _is_plain(value) else json.dumps(value, ensure_ascii=False)
    return str(value)


# A file's whole numbers have 18 digits at most; larger ones have an exponent.
_LARGE = 10**18


def _number(value: Fraction) -> str:
    if value.denominator == 1 and abs(value) < _LARGE:
        return str(value.numerator)
    text = re.sub(r"e([+-])0+", r"e\1", repr(float(value)))
    return text if Fraction(text) == value else f"={value}"


def _is_plain(word: str) -> bool:
    # What begins with a letter is no number, in which alone there could be something wrong.
    return bool(_PLAIN.fullmatch(word)) and resolve(word) == word


def folded(text: str, indent: int) -> str:
    """A line in braces, broken behind commas where it is wider than a page.

    >>> print(folded("- {add: [" + ", ".join(["quite_a_branch"] * 7) + "]}", 3))
    - {add: [quite_a_branch, quite_a_branch, quite_a_branch, quite_a_branch, quite_a_branch,
       quite_a_branch, quite_a_branch]}
    """
    lines = []
    while len(text) > WIDTH:
        at = _break(text, indent)
        if not at:
            break
        lines.append(text[:at])
        text = " " * indent + text[at + 1 :]
    return "\n".join([*lines, text])


def _break(text: str, indent: int) -> int:
    """Where a line is broken: behind the last comma, or one of its second half that parts more.

    0 where there is none. A name that holds a comma is in quotes, and is not broken.
    """
    best, least = 0, 0
    depth, is_quoted = 0, False
    for at, letter in enumerate(text[:WIDTH]):
        is_quoted ^= letter == '"'
        if is_quoted:
            continue
        depth += (letter in "[{") - (letter in "]}")
        is_place = letter == "," and text[at + 1 : at + 2] == " " and at > indent
        if is_place and (not best or at < WIDTH // 2 or depth <= least):
            best, least = at + 1, depth
    return best
