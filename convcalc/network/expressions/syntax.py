"""What Python's parser is given of an expression, and why something else is no expression.

The language is a part of Python's, so that `ast` knows its grammar. Before it sees a text, one
pass over the tokens refuses what is none of the language, in sentences that do not change with
Python's version, and bounds the nesting.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from keyword import kwlist
from typing import NamedTuple

from convcalc.core.text import closest
from convcalc.network.expressions.operations import FUNCTIONS, MAX_MAGNITUDE
from convcalc.network.expressions.parts import ExpressionError
from convcalc.network.expressions.scope import SIZES

MAX_DEPTH = 50
# Words of the language, which no variable and no block argument may be called. Other functions
# are told from variables by the `(` behind them.
RESERVED = frozenset(["and", "or", "not", "true", "false", "min", "max", "ceil_div", "round_to"])
# Sizes of a named layer, as in `channels(stem)`.
OF_LAYER = ("channels", *SIZES)
COMPARISONS = frozenset(["==", "!=", "<", "<=", ">", ">="])

_TOKEN = re.compile(
    r"[ \t\r\n]*(?:(?P<number>[0-9][0-9A-Za-z_]*(?:\.[0-9A-Za-z_]*)?)"
    rf"|(?P<layer>(?:{'|'.join(OF_LAYER)})\s*\(\s*[^\W\d][\w-]*(?:\.[\w-]+)*\s*\))"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<word>'[^']*')|(?P<mark>\*\*|//|[=!<>]=|&&|\|\||.)|(?P<end>\Z))",
    re.DOTALL,
)
_SIGNS = COMPARISONS | {"+", "-", "*", "/", "//", "%"}
_BINARY = _SIGNS | {"and", "or"}
# What stands before `(` where that opens no call.
_BEFORE_VALUES = _BINARY | {"", "(", ",", "not"}
_REPAIRS = {
    "**": "write the product: `c * c`",
    "=": "use `==` to compare",
    "!": "use `not`, or `!=` to compare",
    "&&": "use `and`",
    "&": "use `and`",
    "||": "use `or`",
    "|": "use `or`",
    ".": "a size of a layer is `height(NAME)`, and a decimal begins with a digit: 0.5",
    '"': "put words in single quotes: 'relu'",
    "'": "close the single quote",
}
_OPERATORS = "use `+ - * / // %`, comparisons, `and`, `or` and `not`"
# `2w` may be two times w; `0x10` and `1e5` are numbers elsewhere.
_PRODUCT = re.compile(r"([1-9][0-9]*)((?![eE][0-9])[A-Za-z][A-Za-z0-9_]*)")
_PLAIN = re.compile(r"(0|[1-9][0-9]*)(?:\.([0-9]{1,18}))?")
_SHOWN = 20
# Names for us, words of Python's grammar.
_KEYWORDS = frozenset(kwlist) - {"and", "or", "not"}


class Token(NamedTuple):
    """A piece of the text, its kind, and the offset of its first character."""

    kind: str
    text: str
    start: int

    def error(self, message: str, help: str) -> ExpressionError:
        """An error about this token."""
        return ExpressionError(message, help, self.start, len(self.text))


class Syntax(NamedTuple):
    """A text that follows the grammar.

    `source` is what `ast` parses: the text in parentheses, with stand-ins of equal length for
    what Python spells otherwise. `tokens` are by their offsets, and `closing` leads from each `(`
    that groups to its `)`.
    """

    text: str
    source: str
    tokens: dict[int, Token]
    closing: dict[int, int]


def checked(text: str, functions: Collection[str] = ()) -> Syntax:
    """The syntax of `text`, in which `functions` may be called beside those of the language.

    Raises ExpressionError where it is not well formed, or nested too deeply.

    >>> checked("2 * class").source
    '(2 * CLASS)'
    """
    tokens = _tokens(text)
    if len(tokens) == 1:
        raise tokens[0].error("the expression is empty", "write a value after the `=`")
    grammar = _Grammar({*FUNCTIONS, *functions})
    for before, token, after in zip([_START, *tokens], tokens, [*tokens[1:], _START], strict=False):
        grammar.take(before.text, token, after.text)
    source = [" " if char in "\t\r\n" else char for char in text]
    for token in tokens:
        if token.kind in ("word", "layer"):
            source[token.start : token.start + len(token.text)] = "_" * len(token.text)
        elif token.text in _KEYWORDS:
            source[token.start : token.start + len(token.text)] = token.text.swapcase()
    found = {token.start: token for token in tokens}
    return Syntax(text, f"({''.join(source)})", found, grammar.closing)


_START = Token("end", "", 0)


def _tokens(text: str) -> list[Token]:
    """The tokens of `text`, the last of kind `end`. Raises ExpressionError."""
    found: list[Token] = []
    at = 0
    while not found or found[-1].kind != "end":
        match = _TOKEN.match(text, at)
        # Every text matches: `.` takes what nothing else does.
        assert match is not None
        kind, at = match.lastgroup or "end", match.end()
        token = Token(kind, match[kind], match.start(kind))
        if kind == "mark" and token.text not in _SIGNS | {"(", ")", ","}:
            raise _meaningless(token)
        if kind == "number":
            _check_number(token)
        found.append(token)
    return found


def _meaningless(token: Token) -> ExpressionError:
    if token.text in _REPAIRS:
        return token.error(f"`{token.text}` is not an operator here", _REPAIRS[token.text])
    repair = "names are letters a to z, digits and `_`" if token.text.isalnum() else _OPERATORS
    return token.error(f"`{token.text}` has no meaning in an expression", repair)


def _check_number(token: Token) -> None:
    text = token.text
    plain = _PLAIN.fullmatch(text)
    if plain is not None and int(plain[1]) <= MAX_MAGNITUDE:
        return
    if plain is not None:
        raise token.error(f"`{text}` is beyond 10**18", "use a smaller number")
    if "." in text:
        help = "write digits alone, as in `0.25`, at most 18 behind the point"
        raise token.error(f"`{text}` is not a plain decimal", help)
    digits = text.replace("_", "")
    help = "write digits alone, as in `1000`"
    product = _PRODUCT.fullmatch(text)
    if product is not None:
        help += f"; a product is `{product[1]}*{product[2]}`"
    if digits.isdigit():
        help = f"write `{digits.lstrip('0') or '0'}`"
    raise token.error(f"`{text}` is not a plain integer", help)


class _Grammar:
    """Values and operators take turns, in `(` that are closed and are not too many."""

    def __init__(self, functions: Collection[str]) -> None:
        self.functions = functions
        self.closing: dict[int, int] = {}
        self.wants_value = True
        # Of each `(` that is open: the token, whether it holds values of a function, and how deep
        # the first of them stands.
        self.levels: list[tuple[Token, bool, int]] = []
        self.depth = 0

    def take(self, before: str, token: Token, after: str) -> None:
        """Takes the next token, between two others. Raises ExpressionError."""
        if not self.wants_value:
            self.wants_value = self._operator(token)
        elif token.text in ("(", "-", "not"):
            self._open(before, token)
        elif token.kind in ("mark", "end") or token.text in ("and", "or"):
            found = "the expression ends" if token.kind == "end" else f"`{token.text}` stands"
            raise token.error(f"{found} where a value is expected", "write the value")
        elif token.kind != "name" or after != "(":
            self.wants_value, self.depth = False, self._base()
            self._check_name(token)
        else:
            self._check_call(token)

    def _open(self, before: str, token: Token) -> None:
        if token.text == "not" and before in _SIGNS:
            raise token.error("`not` stands behind an operator", "write `(not …)` in parentheses")
        self.depth += 1
        if self.depth > MAX_DEPTH:
            message = f"the expression is nested more than {MAX_DEPTH} deep"
            raise token.error(message, "name its parts under `vars`")
        if token.text == "(":
            is_call = before not in _BEFORE_VALUES
            self.levels.append((token, is_call, self.depth))

    def _operator(self, token: Token) -> bool:
        """Takes a token behind a value; True where a value follows."""
        text = token.text
        if text in _BINARY or (text == "," and self.levels and self.levels[-1][1]):
            return True
        if text == ")" and self.levels:
            opening, is_call, _ = self.levels.pop()
            self.depth = self._base()
            if not is_call:
                self.closing[opening.start] = token.start
        elif self.levels and token.kind == "end":
            raise self.levels[-1][0].error("`(` is never closed", "close it with `)`")
        elif self.levels:
            message = f"`)` or an operator is missing before `{text}`"
            raise token.error(message, "close `(`, or join the values")
        elif text == ")":
            raise token.error("`)` closes nothing", "delete it, or open it with `(`")
        elif text == ",":
            raise token.error("a comma stands outside a function", "delete it")
        elif token.kind != "end":
            message = f"an operator is missing before `{text}`"
            raise token.error(message, "join two values by an operator")
        return False

    def _base(self) -> int:
        return self.levels[-1][2] if self.levels else 0

    def _check_call(self, token: Token) -> None:
        name = token.text
        if name in OF_LAYER:
            help = f"write `{name}(stem)` for the layer called `stem`"
            raise token.error(f"`{name}` wants the name of a layer", help)
        if name not in self.functions:
            known = [*FUNCTIONS, *sorted(self.functions - FUNCTIONS.keys())]
            near = closest(name, known)
            hint = f"did you mean `{near}`? " if near else ""
            listed = ", ".join(f"`{one}`" for one in known[:_SHOWN])
            help = f"{hint}The functions are {listed}{', …' if len(known) > _SHOWN else ''}"
            raise token.error(f"`{name}` is not a function", help)

    def _check_name(self, token: Token) -> None:
        name = token.text
        if name in self.functions and (name in RESERVED or name not in FUNCTIONS):
            values = "a, b" if name in RESERVED else "…"
            raise token.error(f"`{name}` is a function", f"write `{name}({values})`")
        if name in ("True", "False"):
            raise token.error(f"`{name}` is not known here", f"write `{name.lower()}`")
