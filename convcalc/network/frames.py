"""What a layer list knows while it is being placed: names of layers, and values of expressions."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from convcalc.core.bounded_work import Budget
from convcalc.core.shapes import Shape
from convcalc.document import Node, Scalar, Sequence
from convcalc.kinds.base.field_values import escaped, show
from convcalc.network.expressions import Expression, ExpressionError, LayerScope, Number
from convcalc.network.findings import Findings
from convcalc.network.members import Member, NoSuchPartError, path_of, picked
from convcalc.network.proposals import nearest
from convcalc.network.template import (
    BLOCK_INPUT,
    NETWORK_INPUT,
    PREV,
    Field,
    LayerTemplate,
    Template,
)
from convcalc.network.written_values import LayerRef, evaluate

# The index of a layer that could not be placed; whatever reads it is not placed either.
LOST = -1
_PLACES = frozenset({PREV, BLOCK_INPUT, NETWORK_INPUT})
_SHOWN_USES = 3


class UnplaceableError(Exception):
    """A layer cannot be placed; the finding is kept already."""


class Frame:
    """One layer list in one place: `names` to indices, `scope` for expressions, the path to it.

    `arguments` are the fields that the caller gave to the block, `caller` is its frame; `lines`
    are those of the uses that lead here, innermost first.
    """

    __slots__ = ("arguments", "caller", "depth", "lines", "members", "names", "prefix", "scope")

    def __init__(
        self,
        prefix: str,
        names: dict[str, int],
        scope: LayerScope,
        caller: Frame | None = None,
        arguments: Mapping[str, Field] | None = None,
        lines: tuple[int, ...] = (),
    ) -> None:
        self.prefix = prefix
        self.names = names
        # What the named layers of the list became, a repetition each.
        self.members: dict[str, tuple[Member, ...]] = {}
        self.scope = scope
        self.caller = caller
        self.arguments = arguments or {}
        self.depth: int = caller.depth + 1 if caller else 0
        self.lines = lines

    @property
    def used_at(self) -> str:
        """Where the block is used, for messages; empty outside of blocks."""
        uses = [f"line {line}" for line in self.lines[:_SHOWN_USES]]
        uses += ["..."] if len(self.lines) > _SHOWN_USES else []
        return f", used in {', from '.join(uses)}" if uses else ""

    def evaluated(self, field: Field, what: str, findings: Findings) -> object:
        """The field's value. Raises UnplaceableError where an expression in it has none."""
        return self.value_of(field.value, field, what, findings) if field.dynamic else field.value

    def value_of(self, value: object, field: Field, what: str, findings: Findings) -> object:
        """The value of a part of `field`. Raises UnplaceableError where it has none."""
        try:
            return evaluate(value, self.scope)
        except ExpressionError as error:
            what = f"`{field.written}` of {what}{self.used_at}"
            findings.add_expression_error(error, field.node, what)
            raise UnplaceableError from None

    def index_of(self, name: str) -> int:
        """The index of the layer called `name` here, or given under that name to the block.

        Raises KeyError where there is none.
        """
        if name in self.names:
            return self.names[name]
        given = self.scope.get(name)
        if isinstance(given, LayerRef):
            return given.at
        found = self._found(name) or ()
        if len(found) != 1:
            raise KeyError(name)
        return found[0]

    def resolve(self, value: object, field: Field, layer: LayerTemplate, findings: Findings) -> int:
        """The index of the layer that `value`, a part of `field`, names.

        Raises UnplaceableError where there is none, and where there are several.
        """
        found = self.resolve_all(value, field, layer, findings)
        if len(found) == 1:
            return found[0]
        message = f"`{field.written}` of layer `{self.prefix}{layer.label}`{self.used_at}"
        written = f"={value.text}" if isinstance(value, Expression) else value
        message += f" wants one layer, and `{written}` is {len(found)}"
        help = f"join them first, as in `concat: {written}`"
        findings.add("wrong-type", message, field.node, help=help)
        raise UnplaceableError

    def resolve_all(
        self, value: object, field: Field, layer: LayerTemplate, findings: Findings
    ) -> tuple[int, ...]:
        """The indices of the layers that `value`, a part of `field`, names: `NAME.*` are several.

        Raises UnplaceableError where there is none of that name.
        """
        name = value
        if isinstance(value, Expression):
            name = self.value_of(value, field, f"layer `{layer.label}`", findings)
        if isinstance(name, list) and all(isinstance(item, LayerRef) for item in name):
            return tuple(item.at for item in name)
        if isinstance(name, LayerRef):
            return (name.at,)
        if isinstance(name, str) and name in self.names:
            return (self.names[name],)
        if isinstance(name, str) and (found := self._found(name)) is not None:
            return found
        frame, node = self._origin(value, field, name)
        where = f"layer `{self.prefix}{layer.label}`{self.used_at}"
        shown = f"`{escaped(name[:100])}`" if isinstance(name, str) else show(name)
        message = f"there is no layer {shown} before {where}"
        if frame is not self:
            message = f"there is no layer {shown} to give to {where}"
        help = "it wants the name of a layer"
        if isinstance(name, str) and path_of(name) is not None:
            help = frame.lacking(name)
        elif isinstance(name, str):
            known = frame.names.keys() - (_PLACES if frame is not self else set())
            help = nearest(name, known) or "give a layer before it that `name`"
        findings.add("unknown-reference", message, node, help=help)
        raise UnplaceableError

    def named(self, text: str) -> tuple[int, ...]:
        """The indices of what is called `text` here. Raises NoSuchPartError where nothing is."""
        found = (self.names[text],) if text in self.names else self._part(text)
        if found is None:
            raise NoSuchPartError(nearest(text, self.names))
        return found

    def lacking(self, text: str) -> str:
        """Why nothing here is called `text`, a part of a layer."""
        try:
            self._part(text)
        except NoSuchPartError as error:
            return error.help
        return "give a layer before it that `name`"

    def _found(self, text: str) -> tuple[int, ...] | None:
        """The indices of the part that `text` names; None where there is none."""
        try:
            return self._part(text)
        except NoSuchPartError:
            return None

    def _part(self, text: str) -> tuple[int, ...] | None:
        """The members of a series, or the result of a block, that `text` names; None for none.

        Raises NoSuchPartError where the layer is there, and its part is not.
        """
        path = path_of(text)
        if path is None:
            return None
        if self.names.get(path.name) == LOST:
            return (LOST,)
        if path.name not in self.members:
            raise NoSuchPartError(f"there is no layer `{path.name}` before it")
        return picked(path, self.members[path.name])

    def members_of(
        self, field: Field, layer: LayerTemplate, findings: Findings
    ) -> tuple[Member, ...]:
        """What the layer that `field` names became; nothing where an input bears the name.

        Raises UnplaceableError where there is no layer of that name, or it is lost.
        """
        if self.resolve(field.value, field, layer, findings) == LOST:
            raise UnplaceableError
        name = self.evaluated(field, f"layer `{layer.label}`", findings)
        if isinstance(name, LayerRef):
            return name.members
        path = path_of(str(name))
        if path is None or path.key or not isinstance(path.member, int):
            return self.members.get(str(name), ())
        return self.members[path.name][path.member : path.member + 1]

    def _origin(self, value: object, field: Field, name: object) -> tuple[Frame, Node]:
        """Where `name` was written: here, or at the use of the block that was given it."""
        frame, node = self, field.node
        if isinstance(field.value, Expression):
            # Of a list that was given: `value` is one of its names.
            value = field.value
        while isinstance(value, Expression) and value.is_name in frame.arguments:
            assert frame.caller is not None
            given = frame.arguments[str(value.is_name)]
            frame, node, value = frame.caller, given.node, given.value
        if isinstance(node, Sequence):
            items = (item for item in node.items if isinstance(item, Scalar))
            node = next((item for item in items if item.value == name), node)
        return frame, node

    def reference(self, value: object) -> object:
        """What is handed to a block: a word that names a layer here stands for that layer."""
        if isinstance(value, list):
            return [self.reference(item) for item in value]
        if not isinstance(value, str) or isinstance(value, LayerRef):
            return value
        if value in self.names:
            return LayerRef.to(value, self.names[value], self.members.get(value, ()))
        path, found = path_of(value), self._found(value)
        if path is None or found is None:
            return value
        parts = [LayerRef.to(value, at) for at in found]
        return parts if path.is_several else parts[0]


def variables_of(
    template: Template,
    overridden: Mapping[str, Number],
    findings: Findings,
    budget: Budget,
) -> dict[str, object]:
    """The values of the file's `vars`, some of them overridden. Raises UnplaceableError."""
    no_layers: dict[str, Shape] = {}
    scope = LayerScope({}, {}, no_layers.__getitem__, budget)
    frame = Frame("", {}, scope)
    for name, field in template.variables.items():
        if name in overridden:
            scope[name] = overridden[name]
            continue
        scope[name] = value = frame.evaluated(field, "`vars`", findings)
        if isinstance(value, bool) or not isinstance(value, int | Fraction):
            message = f"variable `{name}` came to {show(value)}"
            help = "variables are numbers; write the comparison where it is used"
            findings.add("wrong-type", message, field.node, help=help)
            raise UnplaceableError
    return dict(scope)
