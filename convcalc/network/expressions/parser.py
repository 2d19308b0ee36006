"""Expressions parsed once, by precedence climbing, into functions of the scope."""

from __future__ import annotations

from difflib import get_close_matches
from functools import lru_cache

from convcalc.network.expressions import operations
from convcalc.network.expressions.errors import ExpressionError, Part
from convcalc.network.expressions.operations import Node, Run, Scope
from convcalc.network.expressions.tokens import Token, tokens

MAX_CHARACTERS = 500
MAX_DEPTH = 50

RESERVED = frozenset(["and", "or", "not", "true", "false", *operations.FUNCTIONS])
"""Words of the language, which no variable and no block argument may be called."""


class Expression:
    """A parsed expression; `names` are the names it uses, all of them needed in a scope.

    `is_name` is the name where the expression is just that: its value may then be any object.
    """

    __slots__ = ("_run", "is_name", "names", "text")

    def __init__(self, text: str, names: frozenset[str], is_name: str | None, run: Run) -> None:
        self.text = text
        self.names = names
        self.is_name = is_name
        self._run = run

    def evaluate(self, scope: Scope) -> object:
        """The value with the names of `scope`: an integer, a boolean or a word.

        Raises ExpressionError for an unknown name, arithmetic on what is no integer, a division
        by zero, and a step beyond 10**18.

        >>> parse_expression("ceil_div(c, 2) + 1").evaluate({"c": 7})
        5
        >>> parse_expression("s > 1 or cin != c").evaluate({"s": 1, "cin": 64, "c": 64})
        False
        """
        return self._run(scope)

    def __repr__(self) -> str:
        return f"Expression({self.text!r})"


@lru_cache(maxsize=4096)
def parse_expression(text: str) -> Expression:
    """The expression `text`, written without the `=` that marks it in a file.

    Raises ExpressionError where it is not well formed, too long or too deep.

    >>> sorted(parse_expression("round_to(width * 3 // 4, 8)").names)
    ['width']
    >>> parse_expression("c / 2")
    Traceback (most recent call last):
    convcalc.network.expressions.errors.ExpressionError: `/` is not an operator here
    """
    if len(text) > MAX_CHARACTERS:
        raise ExpressionError(
            f"the expression has {len(text):,} characters, more than {MAX_CHARACTERS}",
            "name its parts under `vars`",
            MAX_CHARACTERS,
        )
    parser = _Parser(text)
    node = parser.whole()
    return Expression(text, frozenset(parser.names), node.name, node.run)


_COMPARISONS = frozenset(["==", "!=", "<", "<=", ">", ">="])
# How tightly an operator of two sides binds; `not` stands between `and` and the comparisons.
_BINDING = {"or": 1, "and": 2, "+": 5, "-": 5, "*": 6, "//": 6, "%": 6}
_BINDING.update(dict.fromkeys(_COMPARISONS, 4))
_NOT, _NEGATION = 3, 7


class _Parser:
    """One pass over the tokens of one text; `at` is the index of the next."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokens(text)
        self.at = 0
        self.depth = 0
        self.names: set[str] = set()

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    def part(self, start: int, end: int) -> Part:
        return Part(self.text, start, end)

    def whole(self) -> Node:
        if self.token.kind == "end":
            raise self.token.error("the expression is empty", "write a value after the `=`")
        node = self.binary(0)
        token = self.token
        if token.kind == "end":
            return node
        if token.text == ")":
            raise token.error("`)` closes nothing", "delete it, or open it with `(`")
        if token.text == ",":
            raise token.error("a comma stands outside a function", "delete it")
        message = f"an operator is missing before `{token.text}`"
        raise token.error(message, "join two values by an operator")

    def binary(self, tightness: int) -> Node:
        left = self.unary(tightness)
        while (binding := _BINDING.get(self.token.text, 0)) > tightness:
            sign = self.token.text
            self.at += 1
            right = self.binary(binding)
            if sign in _COMPARISONS and self.token.text in _COMPARISONS:
                middle = right.part.source
                raise self.token.error(
                    "comparisons cannot be chained",
                    f"write `{left.part.source} {sign} {middle} and {middle} {self.token.text} …`",
                )
            whole = self.part(left.part.start, right.part.end)
            left = Node(operations.join(left, sign, right, whole), whole)
        return left

    def unary(self, tightness: int) -> Node:
        token = self.token
        if token.text not in ("-", "not"):
            return self.atom()
        if token.text == "not" and tightness > _NOT:
            raise token.error("`not` stands behind an operator", "write `(not …)` in parentheses")
        self.enter()
        operand = self.binary(_NOT if token.text == "not" else _NEGATION)
        self.depth -= 1
        run = operations.prefix(token.text, operand)
        return Node(run, self.part(token.start, operand.part.end))

    def atom(self) -> Node:
        token = self.token
        if token.text == "(":
            self.enter()
            node = self.binary(0)
            self.depth -= 1
            close = self.close(token)
            return Node(node.run, self.part(token.start, close.end))
        if token.kind == "name":
            return self.named(token)
        if token.kind == "number":
            return self.constant(token, int(token.text))
        if token.kind == "word":
            return self.constant(token, token.text[1:-1])
        found = "the expression ends" if token.kind == "end" else f"`{token.text}` stands"
        raise token.error(f"{found} where a value is expected", "write the value")

    def named(self, token: Token) -> Node:
        name = token.text
        if self.tokens[self.at + 1].text == "(" and name not in ("and", "or"):
            self.at += 1
            return self.call(token)
        if name in ("true", "false"):
            return self.constant(token, name == "true")
        if name in operations.FUNCTIONS:
            raise token.error(f"`{name}` is a function", f"write `{name}(a, b)`")
        if name in RESERVED:
            raise token.error(f"`{name}` stands where a value is expected", "write the value")
        if name in ("True", "False"):
            raise token.error(f"`{name}` is not known here", f"write `{name.lower()}`")
        self.at += 1
        self.names.add(name)
        part = self.part(token.start, token.end)
        return Node(operations.load(part), part, name)

    def constant(self, token: Token, value: object) -> Node:
        self.at += 1
        return Node(operations.constant(value), self.part(token.start, token.end))

    def call(self, function: Token) -> Node:
        name = function.text
        if name not in operations.FUNCTIONS:
            near = get_close_matches(name, operations.FUNCTIONS, n=1)
            hint = f"did you mean `{near[0]}`? " if near else ""
            known = ", ".join(f"`{known}`" for known in operations.FUNCTIONS)
            raise function.error(f"`{name}` is not a function", f"{hint}The functions are {known}")
        opening = self.token
        self.enter()
        arguments = [self.binary(0)]
        while self.token.text == ",":
            self.at += 1
            arguments.append(self.binary(0))
        self.depth -= 1
        whole = self.part(function.start, self.close(opening).end)
        if name in operations.TWO_ARGUMENTS and len(arguments) != 2:
            message = f"`{name}` takes 2 values, not {len(arguments)}"
            raise whole.error(message, f"write `{name}(a, b)`")
        return Node(operations.call(name, arguments, whole), whole)

    def enter(self) -> None:
        """Step over a token that opens a level."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            message = f"the expression is nested more than {MAX_DEPTH} deep"
            raise self.token.error(message, "name its parts under `vars`")
        self.at += 1

    def close(self, opening: Token) -> Token:
        """Step over the `)` that belongs to `opening`."""
        token = self.token
        if token.kind == "end":
            raise opening.error("`(` is never closed", "close it with `)`")
        if token.text != ")":
            message = f"`)` or an operator is missing before `{token.text}`"
            raise token.error(message, "close `(`, or join the values")
        self.at += 1
        return token
