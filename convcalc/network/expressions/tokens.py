"""The text of an expression cut into tokens."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple, cast

from convcalc.network.expressions.errors import ExpressionError
from convcalc.network.expressions.operations import MAX_MAGNITUDE

Kind = Literal["number", "name", "word", "sign", "end"]


class Token(NamedTuple):
    """A piece of the text, its kind, and the offset of its first character."""

    kind: Kind
    text: str
    start: int

    @property
    def end(self) -> int:
        """The offset behind its last character."""
        return self.start + len(self.text)

    def error(self, message: str, help: str) -> ExpressionError:
        """An error about this token."""
        return ExpressionError(message, help, self.start, len(self.text))


_TOKEN = re.compile(
    r"[ \t\r\n]*(?:(?P<number>[0-9][0-9A-Za-z_]*)|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<word>'[^']*')|(?P<sign>\*\*|//|[=!<>]=|&&|\|\||.)|(?P<end>\Z))",
    re.DOTALL,
)
_SIGNS = frozenset(["+", "-", "*", "//", "%", "(", ")", ",", "==", "!=", "<", "<=", ">", ">="])
_REPAIRS = {
    "/": "use `//`, which divides and rounds down",
    "**": "write the product: `c * c`",
    "=": "use `==` to compare",
    "!": "use `not`, or `!=` to compare",
    "&&": "use `and`",
    "&": "use `and`",
    "||": "use `or`",
    "|": "use `or`",
    ".": "names have no parts; for 1.5 times `c` write `c * 3 // 2`",
    '"': "put words in single quotes: 'relu'",
    "'": "close the single quote",
}
_OPERATORS = "use `+ - * // %`, comparisons, `and`, `or` and `not`"


def tokens(text: str) -> list[Token]:
    """The tokens of `text`, the last of kind `end`.

    Raises ExpressionError for a character without meaning, and for a number that is no plain
    decimal integer up to 10**18.

    >>> [token.text for token in tokens("c>=2 and act=='relu'")]
    ['c', '>=', '2', 'and', 'act', '==', "'relu'", '']
    """
    found: list[Token] = []
    at = 0
    while not found or found[-1].kind != "end":
        match = _TOKEN.match(text, at)
        # Every text matches: `.` takes what nothing else does.
        assert match is not None
        kind = cast("Kind", match.lastgroup)
        token = Token(kind, match[kind], match.start(kind))
        if kind == "sign":
            _check_sign(token)
        elif kind == "number":
            _check_number(token)
        found.append(token)
        at = match.end()
    return found


def _check_sign(token: Token) -> None:
    if token.text in _SIGNS:
        return
    if token.text in _REPAIRS:
        raise token.error(f"`{token.text}` is not an operator here", _REPAIRS[token.text])
    repair = "names are letters a to z, digits and `_`" if token.text.isalnum() else _OPERATORS
    raise token.error(f"`{token.text}` has no meaning in an expression", repair)


def _check_number(token: Token) -> None:
    text = token.text
    if not text.isdigit() or (text[0] == "0" and len(text) > 1):
        digits = text.replace("_", "")
        plain = digits.lstrip("0") or "0"
        repair = f"write `{plain}`" if digits.isdigit() else "write digits alone, as in `1000`"
        raise token.error(f"`{text}` is not a plain integer", repair)
    if int(text) > MAX_MAGNITUDE:
        raise token.error(f"`{text}` is beyond 10**18", "use a smaller number")
