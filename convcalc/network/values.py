"""Field values as written: plain data with expressions inside, evaluated when a layer is placed."""

from __future__ import annotations

from collections.abc import Mapping as AbstractMapping

from convcalc.document import Mapping, Node, Scalar
from convcalc.network.expressions import Expression, ExpressionError, parse_expression
from convcalc.network.findings import Findings

Scope = AbstractMapping[str, object]


class LayerRef(str):
    """A layer's name that was given to a block: it stands for a layer of the caller."""

    __slots__ = ("node_index",)
    node_index: int

    @classmethod
    def to(cls, name: str, index: int) -> LayerRef:
        """The name of the node at `index`."""
        reference = cls(name)
        reference.node_index = index
        return reference


def is_expression(node: Node) -> bool:
    """True for a scalar that starts with `=`."""
    return isinstance(node, Scalar) and isinstance(node.value, str) and node.value[:1] == "="


def compile_value(node: Node, findings: Findings, what: str) -> tuple[object, bool]:
    """The value of `node` as plain data, and whether expressions are in it.

    A bad expression becomes a finding, and the value None. Lists go two deep at most
    (paddings are lists of pairs); mappings are no values.
    """
    return _compile(node, findings, what, 0)


def _compile(node: Node, findings: Findings, what: str, depth: int) -> tuple[object, bool]:
    if isinstance(node, Scalar):
        if not is_expression(node):
            return node.value, False
        try:
            return parse_expression(str(node.value)[1:]), True
        except ExpressionError as error:
            findings.add_expression_error(error, node, f"{what} has an expression with a mistake")
            return None, False
    if isinstance(node, Mapping) or depth == 2:
        kind = "a mapping" if isinstance(node, Mapping) else "a list in a list in a list"
        findings.add("wrong-type", f"{what} is {kind}", node, help="write a number, word or list")
        return None, False
    parts = [_compile(item, findings, what, depth + 1) for item in node.items]
    return [value for value, _ in parts], any(dynamic for _, dynamic in parts)


def evaluate(value: object, scope: Scope) -> object:
    """The value with every expression replaced. Raises ExpressionError."""
    if isinstance(value, Expression):
        return value.evaluate(scope)
    if isinstance(value, list):
        return [evaluate(item, scope) for item in value]
    return value


def names_in(value: object) -> frozenset[str]:
    """Every name that the value's expressions use."""
    if isinstance(value, Expression):
        return value.names
    if isinstance(value, list):
        return frozenset().union(*map(names_in, value))
    return frozenset()
