"""Expressions parsed once, by Python's own grammar, into functions of the scope."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from convcalc.network.expressions import operations
from convcalc.network.expressions.operations import FUNCTIONS, Node, Run, Scope, simplest
from convcalc.network.expressions.parts import ExpressionError, Part
from convcalc.network.expressions.syntax import COMPARISONS, Syntax, checked

MAX_CHARACTERS = 500
# Steps of one expression, those of the functions that it calls included.
MAX_STEPS = 1000


class Expression:
    """A parsed expression; `names` are the names it uses, all of them needed in a scope.

    `layers` are the names of layers whose sizes it asks for, and `steps` bounds what it takes to
    evaluate it. `is_name` is the name where the expression is just that: its value may then be
    any object.
    """

    __slots__ = ("_run", "is_name", "layers", "names", "steps", "text")

    def __init__(
        self,
        text: str,
        names: frozenset[str],
        layers: frozenset[str],
        steps: int,
        is_name: str | None,
        run: Run,
    ) -> None:
        self.text = text
        self.names = names
        self.layers = layers
        self.steps = steps
        self.is_name = is_name
        self._run = run

    def evaluate(self, scope: Scope) -> object:
        """The value with the names of `scope`: a number, a boolean or a word.

        Numbers are exact: an integer, or a `Fraction` that is none. Raises ExpressionError for
        an unknown name, arithmetic on what is no number, a division by zero, and a step beyond
        10**18.

        >>> parse_expression("ceil_div(c, 2) + 1").evaluate({"c": 7})
        5
        >>> parse_expression("c / 4 * 0.5").evaluate({"c": 12})
        Fraction(3, 2)
        >>> parse_expression("s > 1 or cin != c").evaluate({"s": 1, "cin": 64, "c": 64})
        False
        """
        return self._run(scope)

    def __repr__(self) -> str:
        return f"Expression({self.text!r})"


class Function(NamedTuple):
    """A function of the file: `ch(c)` is the value of its expression for that `c`."""

    args: tuple[str, ...]
    value: Expression


class Functions(dict[str, Function]):
    """The functions of a file by name, with the expressions that were parsed with them."""

    __slots__ = ("parsed",)

    def __init__(self, functions: Mapping[str, Function] | None = None) -> None:
        super().__init__(functions or {})
        self.parsed: dict[str, Expression] = {}


_NONE = Functions()


def parse_expression(text: str, functions: Functions = _NONE) -> Expression:
    """The expression `text`, written without the `=` that marks it in a file.

    `functions` are those that the file declares. Raises ExpressionError where it is not well
    formed, too long, too deep, or takes too many steps.

    >>> sorted(parse_expression("round_to(width * 3 // 4, 8)").names)
    ['width']
    >>> parse_expression("c ** 2")
    Traceback (most recent call last):
    convcalc.network.expressions.parts.ExpressionError: `**` is not an operator here
    """
    if not functions:
        return _parsed(text)
    if text not in functions.parsed:
        functions.parsed[text] = _compiled(text, functions)
    return functions.parsed[text]


@lru_cache(maxsize=4096)
def _parsed(text: str) -> Expression:
    return _compiled(text, _NONE)


def _compiled(text: str, functions: Functions) -> Expression:
    if len(text) > MAX_CHARACTERS:
        raise ExpressionError(
            f"the expression has {len(text):,} characters, more than {MAX_CHARACTERS}",
            "name its parts under `vars`",
            MAX_CHARACTERS,
        )
    return _Compiler(checked(text, functions), functions).expression()


_SIGNS: dict[type[ast.AST], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.And: "and",
    ast.Or: "or",
    ast.USub: "-",
    ast.Not: "not",
}


class _Compiler:
    """Turns the tree of one text into steps. What `checked` lets pass has no other nodes."""

    def __init__(self, syntax: Syntax, functions: Functions) -> None:
        self.syntax, self.functions = syntax, functions
        self.names: set[str] = set()
        self.layers: set[str] = set()
        self.steps = 0

    def expression(self) -> Expression:
        # The parentheses around the source let it begin with blanks.
        node = self._node(ast.parse(self.syntax.source, mode="eval").body)
        text = self.syntax.text
        names, layers = frozenset(self.names), frozenset(self.layers)
        return Expression(text, names, layers, self.steps, node.name, node.run)

    def _node(self, tree: ast.expr) -> Node:
        # A sum of many terms is a tree as deep as it is long.
        spine: list[ast.BinOp] = []
        while isinstance(tree, ast.BinOp):
            spine.append(tree)
            tree = tree.left
        node = self._grouped(tree, self._other(tree))
        for product in reversed(spine):
            whole = self._part(product)
            right = self._node(product.right)
            run = operations.arithmetic(node, _SIGNS[type(product.op)], right, whole)
            self._count(1, whole)
            node = self._grouped(product, Node(run, whole))
        return node

    def _other(self, tree: ast.expr) -> Node:
        part = self._part(tree)
        self._count(1, part)
        match tree:
            case ast.UnaryOp():
                return Node(
                    operations.prefix(_SIGNS[type(tree.op)], self._node(tree.operand)), part
                )
            case ast.BoolOp():
                values = [self._node(value) for value in tree.values]
                return Node(operations.logic(_SIGNS[type(tree.op)], values), part)
            case ast.Compare():
                return Node(self._comparison(tree), part)
            case ast.Call():
                return Node(self._call(tree, part), part)
        return self._atom(part)

    def _atom(self, part: Part) -> Node:
        token = self.syntax.tokens[part.start]
        text = token.text
        if token.kind == "number":
            return Node(operations.constant(simplest(Fraction(text))), part)
        if token.kind == "word":
            return Node(operations.constant(text[1:-1]), part)
        if token.kind == "layer":
            key, _, layer = text[:-1].partition("(")
            self.layers.add(layer.strip())
            return Node(operations.size_of_layer(key.strip(), layer.strip(), part), part)
        if text in ("true", "false"):
            return Node(operations.constant(text == "true"), part)
        self.names.add(text)
        return Node(operations.load(text, part), part, text)

    def _comparison(self, tree: ast.Compare) -> Run:
        left, right = tree.left, tree.comparators[0]
        sign = _SIGNS[type(tree.ops[0])]
        first, second = self._node(left), self._node(right)
        if len(tree.ops) > 1:
            following = next(
                token
                for at, token in self.syntax.tokens.items()
                if at >= second.part.end and token.text in COMPARISONS
            )
            middle = second.part.source
            raise following.error(
                "comparisons cannot be chained",
                f"write `{first.part.source} {sign} {middle} and {middle} {following.text} …`",
            )
        return operations.comparison(first, sign, second)

    def _call(self, tree: ast.Call, whole: Part) -> Run:
        name = self.syntax.tokens[whole.start].text
        values = [self._node(value) for value in tree.args]
        own = self.functions.get(name)
        wanted = len(own.args) if own else FUNCTIONS[name].values
        if wanted is not None and len(values) != wanted:
            example = ", ".join(own.args if own else "ab"[:wanted])
            takes = f"{wanted} value{'s' if wanted > 1 else ''}"
            message = f"`{name}` takes {takes}, not {len(values)}"
            raise whole.error(message, f"write `{name}({example})`")
        if own:
            self._count(own.value.steps, whole)
            return operations.call_own(own.args, own.value.evaluate, values)
        return operations.call(name, values, whole)

    def _count(self, steps: int, part: Part) -> None:
        self.steps += steps
        if self.steps > MAX_STEPS:
            message = f"the expression takes more than {MAX_STEPS:,} steps"
            raise part.error(message, "call fewer functions that call others, or name parts of it")

    def _part(self, tree: ast.expr) -> Part:
        # One character further than in the text, for the parenthesis before it.
        end = tree.end_col_offset or 0
        return Part(self.syntax.text, tree.col_offset - 1, end - 1)

    def _grouped(self, tree: ast.expr, node: Node) -> Node:
        """The node with the parentheses around it, in which a name is no longer just a name."""
        text, closing = self.syntax.text, self.syntax.closing
        if not closing:
            return node
        start, end = node.part.start, node.part.end
        while True:
            before = len(text[:start].rstrip()) - 1
            after = len(text) - len(text[end:].lstrip())
            if closing.get(before) != after:
                break
            start, end = before, after + 1
        if start == node.part.start:
            return node
        return Node(node.run, Part(text, start, end))
