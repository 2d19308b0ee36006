"""Field values as written: plain data with expressions inside, evaluated when a layer is placed."""

from __future__ import annotations

import re
from collections.abc import Mapping as AbstractMapping
from collections.abc import Set as AbstractSet

from convcalc.document import Mapping, Node, Scalar, Sequence
from convcalc.network.expressions import Expression, ExpressionError, parse_expression
from convcalc.network.findings import Findings
from convcalc.network.proposals import propose

Scope = AbstractMapping[str, object]
# The names that expressions may use at some point of the file; None where a mistake elsewhere
# leaves them in doubt, so that nothing is said of names.
Names = AbstractSet[str] | None

# Every layer's expressions know its input's channels and its number of spatial axes.
OF_INPUT = frozenset({"cin", "rank"})


class LayerRef(str):
    """A layer's name that was given to a block: it stands for a layer of the caller."""

    __slots__ = ("at",)
    at: int

    @classmethod
    def to(cls, name: str, at: int) -> LayerRef:
        """The name of the layer with the index `at`."""
        reference = cls(name)
        reference.at = at
        return reference


def is_expression(node: Node) -> bool:
    """True for a scalar that starts with `=`."""
    return isinstance(node, Scalar) and isinstance(node.value, str) and node.value[:1] == "="


def compile_value(
    node: Node, findings: Findings, what: str, names: Names = None
) -> tuple[object, bool]:
    """The value of `node` as plain data, and whether expressions are in it.

    A bad expression, or one with a name that is not in `names`, becomes a finding, and the value
    None. Lists go two deep at most (paddings are lists of pairs); mappings are no values.
    """
    return _compile(node, findings, what, names, 0)


def _compile(
    node: Node, findings: Findings, what: str, names: Names, depth: int
) -> tuple[object, bool]:
    if isinstance(node, Scalar):
        if not is_expression(node):
            return node.value, False
        try:
            expression = parse_expression(str(node.value)[1:])
            if names is not None:
                _check_names(expression, names)
        except ExpressionError as error:
            findings.add_expression_error(error, node, f"{what} has an expression with a mistake")
            return None, True
        return expression, True
    if isinstance(node, Mapping) or depth == 2:
        kind = "a mapping" if isinstance(node, Mapping) else "a list in a list in a list"
        findings.add("wrong-type", f"{what} is {kind}", node, help="write a number, word or list")
        return None, True
    parts = [_compile(item, findings, what, names, depth + 1) for item in node.items]
    return [value for value, _ in parts], any(dynamic for _, dynamic in parts)


def _check_names(expression: Expression, names: AbstractSet[str]) -> None:
    """Raises ExpressionError for the first name that is not in `names`."""
    unknown = expression.names - names
    if not unknown:
        return
    text = re.sub("'[^']*'", lambda word: " " * len(word[0]), expression.text)
    found = re.search(rf"\b(?:{'|'.join(map(re.escape, unknown))})\b", text)
    # Every name of an expression stands in its text, outside of its words.
    assert found is not None
    help, meant = propose(found[0], names)
    if not names - OF_INPUT:
        help = "declare it under `vars`, or as an argument of the block"
    elif not meant:
        help += "; new ones are declared under `vars`, or as arguments of the block"
    message = f"`{found[0]}` is not known here"
    raise ExpressionError(message, help, found.start(), len(found[0]))


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


def got(node: Node) -> str:
    """What stands at `node`, in words for a finding."""
    from convcalc.kinds.base.fields import show

    if isinstance(node, Scalar):
        return show(node.value)
    return "a list" if isinstance(node, Sequence) else "a mapping"
