"""Parts of an expression's text, and what can be wrong with them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import NamedTuple

from convcalc.core.text import closest


class ExpressionError(Exception):
    """Why an expression has no value: a sentence, a repair, and the characters concerned.

    `offset` counts from 0 in the expression's text without its `=`; `width` is in characters.
    """

    def __init__(self, message: str, help: str, offset: int = 0, width: int = 1) -> None:
        self.message = message
        self.help = help
        self.offset = offset
        self.width = max(1, width)
        super().__init__(message)


class Part(NamedTuple):
    """The characters from `start` to `end` of the expression `text`."""

    text: str
    start: int
    end: int

    @property
    def source(self) -> str:
        """The part as written, on one line and cut to 60 characters.

        >>> Part("c  * 2 + 1", 0, 6).source
        'c * 2'
        """
        source = " ".join(self.text[self.start : self.end].split())
        return source if len(source) <= 60 else source[:59] + "…"

    def error(self, message: str, help: str) -> ExpressionError:
        """An error about this part."""
        return ExpressionError(message, help, self.start, self.end - self.start)


_FRACTION = re.compile(r"-?[0-9]+\s*/\s*[0-9]+")


def not_number(part: Part, value: object) -> ExpressionError:
    """The error of a value that arithmetic cannot use."""
    help = "arithmetic, `<` and `>` take numbers; `==` and `!=` compare words too"
    if isinstance(value, str) and _FRACTION.fullmatch(value):
        help = f"write `={value}` where it is given"
    return part.error(f"`{part.source}` is {describe_value(value)}, not a number", help)


def not_truth(part: Part, value: object) -> ExpressionError:
    """The error of a value that `and`, `or` and `not` cannot use."""
    example = "!= 0" if type(value) is int else "== 'WORD'"
    return part.error(
        f"`{part.source}` is {describe_value(value)}, not true or false",
        f"compare it, as in `{part.source} {example}`",
    )


def not_comparable(part: Part, value: object) -> ExpressionError:
    """The error of a value that `==` and `!=` cannot use."""
    return part.error(
        f"`{part.source}` is {describe_value(value)}, which cannot be compared",
        "compare numbers, words, or `true` and `false`",
    )


def by_zero(part: Part, dividend: object) -> ExpressionError:
    """The error of a division, or of a remainder, by zero."""
    return part.error(
        f"`{part.source}` divides {describe_value(dividend)} by 0",
        "keep the divisor above 0, for instance with `max(1, …)`",
    )


def too_large(part: Part) -> ExpressionError:
    """The error of a result past the limit of magnitude."""
    return part.error(f"`{part.source}` is beyond 10**18", "use smaller numbers")


def too_fine(part: Part) -> ExpressionError:
    """The error of a fraction past the limit of magnitude."""
    message = f"`{part.source}` is a fraction whose denominator is beyond 10**18"
    return part.error(message, "round in between: `floor`, `ceil`, `round`, `round_to`")


def no_axis(part: Part, why: str) -> ExpressionError:
    """The error of a size that a shape does not have."""
    message = f"`{part.source}` is not known here: {why}"
    return part.error(message, "ask for a size that it has, or for `positions`")


def unknown_name(part: Part, scope: Mapping[str, object]) -> ExpressionError:
    """The error of a name that `scope` lacks, with the nearest that it has."""
    known = [str(name) for name in (*scope, *getattr(scope, "shared", ()))]
    near = closest(part.source, known)
    hint = f"did you mean `{near}`? " if near else ""
    names = ", ".join(known[:20]) + (", …" if len(known) > 20 else "")
    return part.error(
        f"`{part.source}` is not known here",
        f"{hint}Known here: {names}" if known else "no names are known here; write a number",
    )


_KINDS = {str: "the word", list: "the list", tuple: "the list", dict: "the mapping"}


def describe_value(value: object) -> str:
    """A value in the words of the file, on one line.

    >>> describe_value("relu"), describe_value(True), describe_value(None), describe_value([1, 2])
    ("the word 'relu'", 'true', 'empty', 'the list [1, 2]')
    """
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        # Python refuses to write out more than 4,300 digits.
        return str(value) if abs(value) < 10**30 else "a number of more than 30 digits"
    if isinstance(value, (float, Fraction)):
        return f"the number {value}"
    kind = next((word for known, word in _KINDS.items() if isinstance(value, known)), None)
    if kind is None:
        return f"a {type(value).__name__}"
    # Cut before it is written out: a value from a file may be megabytes long.
    cut = value[:41] if isinstance(value, (str, list, tuple)) else value
    written = "{…}" if isinstance(cut, dict) else repr(cut)
    return f"{kind} {written}" if len(written) <= 40 else f"{kind} {written[:39]}…"
