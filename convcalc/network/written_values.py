"""Field values as written: plain data with expressions inside, evaluated when a layer is placed."""

from __future__ import annotations

import re
from collections.abc import Mapping as AbstractMapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from fractions import Fraction
from math import isfinite

from convcalc.document import Mapping, Node, Scalar, Sequence
from convcalc.network.expressions import (
    MAX_MAGNITUDE,
    OF_LAYER,
    SIZES,
    Expression,
    ExpressionError,
    Functions,
    LayerScope,
    Number,
    parse_expression,
    simplest,
)
from convcalc.network.findings import Findings
from convcalc.network.members import Member
from convcalc.network.proposals import propose

Scope = AbstractMapping[str, object]

# What each step of an expression, input of a merge or argument of a block takes of the budget.
STEPS_OF_A_PART = 3

# Every layer's expressions know its input's channels and its number of spatial axes.
OF_INPUT = frozenset({"cin", "rank"})


@dataclass(frozen=True, slots=True)
class Names:
    """What expressions may use at some point of the file: names, and functions.

    Either is None where a mistake elsewhere leaves it in doubt, so that nothing is said of it.
    `in_layer`: the sizes of an input are there too, under names that are not declared.
    """

    # Sets of names, which are not copied for each block of a file with many variables.
    known: tuple[AbstractSet[str], ...] | None = None
    functions: Functions | None = None
    in_layer: bool = False

    def of_layer(self) -> Names:
        """These names, and those that tell of a layer's input."""
        return replace(self | OF_INPUT, in_layer=True)

    def lacks(self, expression: Expression) -> AbstractSet[str]:
        """The names in the expression that are not here."""
        if self.known is None:
            return frozenset()
        sizes = SIZES if self.in_layer else ()
        return {name for name in expression.names if name not in self and name not in sizes}

    def __contains__(self, name: object) -> bool:
        return self.known is not None and any(name in names for names in self.known)

    def __or__(self, more: AbstractSet[str] | None) -> Names:
        """These names and more; in doubt where either is."""
        in_doubt = self.known is None or more is None
        return replace(self, known=None if in_doubt else (*(self.known or ()), more or set()))


_IN_DOUBT = Names()
NO_FUNCTIONS = Functions()


class LayerRef(str):
    """A layer's name that was given to a block: it stands for a layer of the caller."""

    __slots__ = ("at", "members")
    at: int
    members: tuple[Member, ...]

    @classmethod
    def to(cls, name: str, at: int, members: tuple[Member, ...] = ()) -> LayerRef:
        """The name of the layer with the index `at`, and what it became."""
        reference = cls(name)
        reference.at, reference.members = at, members
        return reference


@dataclass(frozen=True, slots=True)
class ShapeOf:
    """The shape of the layer called `name`, or given to the block under that name."""

    name: str
    is_argument: bool = False

    def evaluate(self, scope: Scope) -> object:
        """The shape, channels first. Raises ExpressionError where there is no such layer."""
        try:
            return scope.layer_shape(self.name) if isinstance(scope, LayerScope) else None
        except KeyError:
            message = f"there is no layer `{self.name}` before this"
            raise ExpressionError(message, "name an earlier layer", width=len(self.name)) from None


def shape_of(value: object) -> object:
    """What `like` means by a name, or a list of names; None for anything else."""
    if isinstance(value, str) and value:
        return ShapeOf(value)
    if isinstance(value, Expression) and value.is_name:
        return ShapeOf(str(value.is_name), is_argument=True)
    if isinstance(value, list) and value and all(map(shape_of, value)):
        return list(map(shape_of, value))
    return None


def is_expression(node: Node) -> bool:
    """True for a scalar that starts with `=`."""
    return isinstance(node, Scalar) and isinstance(node.value, str) and node.value[:1] == "="


FRACTION = re.compile(r"-?[0-9]{1,19}/[0-9]{1,19}")


def exact(node: Node) -> Number | None:
    """The number that is written at `node`, exactly: 64, 0.25, 1/3; None where there is none.

    None as well beyond 10**18, in the numerator or in the denominator.
    """
    value = node.value if isinstance(node, Scalar) else None
    if isinstance(value, bool):
        return None
    number: Fraction | None = None
    if isinstance(value, int):
        number = Fraction(value)
    elif isinstance(value, float) and isfinite(value) and isinstance(node, Scalar):
        # As written: a float in binary is another number.
        number = Fraction(node.text) if len(node.text) <= _LONGEST_NUMBER else None
    elif isinstance(value, str) and FRACTION.fullmatch(value):
        above, below = map(int, value.split("/"))
        number = Fraction(above, below) if below else None
    if number is None or max(abs(number.numerator), number.denominator) > MAX_MAGNITUDE:
        return None
    return simplest(number)


# Longer ones are beyond the limits of magnitude.
_LONGEST_NUMBER = 45


def compile_value(
    node: Node,
    findings: Findings,
    what: str,
    names: Names = _IN_DOUBT,
    *,
    takes_mapping: bool = False,
) -> tuple[object, bool]:
    """The value of `node` as plain data, and whether expressions are in it.

    A bad expression, or one with a name that is not in `names`, becomes a finding, and the value
    None. Lists go two deep at most (paddings are lists of pairs); mappings are values only where
    sizes are given by name.
    """
    if takes_mapping and isinstance(node, Mapping):
        pairs = {
            key: _compile(entry, findings, what, names, 0) for key, entry in node.entries.items()
        }
        return {key: value for key, (value, _) in pairs.items()}, any(d for _, d in pairs.values())
    return _compile(node, findings, what, names, 0)


def _compile(
    node: Node, findings: Findings, what: str, names: Names, depth: int
) -> tuple[object, bool]:
    if isinstance(node, Scalar):
        if not is_expression(node):
            return node.value, False
        if not findings.may_read(str(node.value), node):
            return None, True
        try:
            expression = parse_expression(str(node.value)[1:], names.functions or NO_FUNCTIONS)
            if unknown := names.lacks(expression):
                _refuse_names(expression, unknown, frozenset().union(*(names.known or ())))
        except ExpressionError as error:
            if names.functions is None and _CALL.search(str(node.value)):
                return None, True
            findings.add_expression_error(error, node, f"{what} has an expression with a mistake")
            return None, True
        return expression, True
    if isinstance(node, Mapping) or depth == 2:
        kind = "a mapping" if isinstance(node, Mapping) else "a list in a list in a list"
        findings.add("wrong-type", f"{what} is {kind}", node, help="write a number, word or list")
        return None, True
    parts = [_compile(item, findings, what, names, depth + 1) for item in node.items]
    return [value for value, _ in parts], any(dynamic for _, dynamic in parts)


_CALL = re.compile(r"\w\s*\(")
# Words in quotes, and what names a layer or calls a function.
_NO_NAMES = re.compile(rf"'[^']*'|\b(?:{'|'.join(OF_LAYER)})\s*\([^()]*\)|\b\w+\s*(?=\()")


def _refuse_names(
    expression: Expression, unknown: AbstractSet[str], names: AbstractSet[str]
) -> None:
    """Raises ExpressionError for the first unknown name."""
    text = _NO_NAMES.sub(lambda word: " " * len(word[0]), expression.text)
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
    """The value with every expression replaced. Raises ExpressionError, and WorkError."""
    if isinstance(value, Expression):
        if isinstance(scope, LayerScope):
            scope.budget.spend(STEPS_OF_A_PART * value.steps)
        return value.evaluate(scope)
    if isinstance(value, ShapeOf):
        return value.evaluate(scope)
    if isinstance(value, list):
        if isinstance(scope, LayerScope):
            scope.budget.spend(len(value))
        return [evaluate(item, scope) for item in value]
    if isinstance(value, dict):
        return {key: evaluate(item, scope) for key, item in value.items()}
    return value


def layers_in(value: object) -> frozenset[str]:
    """The names of all layers whose sizes the value's expressions ask for."""
    if isinstance(value, Expression):
        return value.layers
    if isinstance(value, ShapeOf):
        return frozenset({value.name})
    if isinstance(value, list):
        return frozenset().union(*map(layers_in, value))
    if isinstance(value, dict):
        return frozenset().union(*map(layers_in, value.values()))
    return frozenset()


def names_in(value: object) -> frozenset[str]:
    """Every name that the value's expressions use."""
    if isinstance(value, Expression):
        return value.names
    if isinstance(value, ShapeOf):
        return frozenset({value.name} if value.is_argument else ())
    if isinstance(value, list):
        return frozenset().union(*map(names_in, value))
    if isinstance(value, dict):
        return frozenset().union(*map(names_in, value.values()))
    return frozenset()


def named(word: str) -> str:
    """A word of the file as findings name it, cut to a readable length.

    >>> named("conv2d"), named("conv2d" * 9)
    ('`conv2d`', '`conv2dconv2dconv2dconv2dconv2dconv2dc...`')
    """
    return f"`{word if len(word) <= 40 else word[:37] + '...'}`"


def got(node: Node) -> str:
    """What stands at `node`, in words for a finding."""
    from convcalc.kinds.base.field_values import show

    if isinstance(node, Scalar):
        return show(node.value)
    return "a list" if isinstance(node, Sequence) else "a mapping"
