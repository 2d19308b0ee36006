"""How the fields of a layer may be written: every short value that leaves the layer as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from convcalc.core.errors import LayerError
from convcalc.core.shapes import Shape
from convcalc.kinds.base.fields import SHORT_NAMES

if TYPE_CHECKING:
    from convcalc.kinds.base import Kind
    from convcalc.network.graph import Graph, GraphNode

Value = Any
# For each field the values that mean the same here, the one that reads best first.
Choices = dict[str, tuple[Value, ...]]

# Words that say what a number only shows.
_WORDS = {"padding": "half", "groups": "depthwise"}


class Spelling:
    """The spellings of the layers of one graph, worked out once for each distinct layer."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._known: dict[tuple[int, tuple[Shape, ...]], Choices] = {}

    def choices(self, node: GraphNode) -> Choices:
        """What each field of the layer may be written as. The names of its inputs are left out."""
        shapes = self.graph.shapes_of(node)
        key = (id(node.layer), shapes)
        if key not in self._known:
            self._known[key] = _choices(node.layer, shapes)
        return self._known[key]

    def is_depthwise(self, node: GraphNode) -> bool:
        """True for a layer with a group of its own for each of several channels."""
        return bool(self.choices(node).get("groups", ("",))[0] == _WORDS["groups"])


def can_be_argument(choices: tuple[Value, ...]) -> bool:
    """True for values that a block can be given: mappings and lists of lists it cannot.

    >>> can_be_argument((3,)), can_be_argument((((0, 1), (0, 1)),)), can_be_argument(({"p": 2},))
    (True, False, False)
    """
    value = choices[0]
    is_nested = isinstance(value, tuple) and any(isinstance(item, tuple) for item in value)
    return not is_nested and not isinstance(value, dict)


def usual(kind: type[Kind], field: str) -> Value:
    """What a field is where nobody writes it; `...` for one that has to be written.

    >>> from convcalc.kinds import find_kind
    >>> usual(find_kind("conv"), "stride"), usual(find_kind("conv"), "kernel_size")
    (1, Ellipsis)
    """
    info = kind.model_fields[field]
    return ... if info.is_required() else info.default


def _choices(layer: Kind, shapes: tuple[Shape, ...]) -> Choices:
    kind = type(layer)
    given = {name: _as_written(kind, name, getattr(layer, name)) for name in kind.model_fields}
    wanted = layer.resolved(shapes)
    found: Choices = {}
    for name, own in given.items():
        if name == "inputs" and kind.is_merge:
            continue
        candidates = [usual(kind, name), _scalar(own), _WORDS.get(name, own), own]
        is_word = isinstance(own, str) and name in _WORDS
        if (own is None or is_word) and not layer.reads_by_size():
            # What it comes to, for layers that others write in numbers.
            candidates.insert(1, _scalar(_frozen(wanted.get(name, own))))
        kept: list[Value] = []
        for value in candidates:
            if value is ... or any(_same(value, one) for one in kept):
                continue
            if _same(value, own) or _means(kind, {**given, name: value}, shapes, wanted):
                kept.append(value)
        found[name] = tuple(_in_order(name, kept))
    return found


def _in_order(name: str, kept: list[Value]) -> list[Value]:
    # A number for all axes reads best, then a word, then lists; but a group for each channel is
    # better said than counted.
    numbers_first = name != "groups" or 1 in kept
    return sorted(
        kept, key=lambda value: (isinstance(value, tuple), isinstance(value, str) == numbers_first)
    )


def _frozen(value: Any) -> Value:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def _as_written(kind: type[Kind], name: str, value: Any) -> Value:
    if isinstance(value, BaseModel):
        # A value with fields of its own, of which the usual ones need not be written.
        own = ((field, getattr(value, field)) for field in type(value).model_fields)
        given = {field: one for field, one in own if one != type(value).model_fields[field].default}
        return {SHORT_NAMES.get(field, field): one for field, one in given.items()}
    if name in kind.mappings and isinstance(value, tuple):
        return dict(value)
    # A pattern that has been read keeps its text.
    return getattr(value, "text", value)


def _scalar(value: Value) -> Value:
    """The one number that a list of equal ones stands for.

    >>> _scalar((3, 3)), _scalar(((1, 1), (1, 1))), _scalar((1, 7))
    (3, 1, (1, 7))
    """
    if not isinstance(value, tuple) or not value:
        return value
    flat = {_scalar(item) for item in value}
    return flat.pop() if len(flat) == 1 and not isinstance(next(iter(flat)), tuple) else value


def _same(one: Value, other: Value) -> bool:
    # True is 1 to Python, and not to a reader.
    return type(one) is type(other) and bool(one == other)


def _means(
    kind: type[Kind], fields: dict[str, Value], shapes: tuple[Shape, ...], wanted: dict[str, Any]
) -> bool:
    """True where a layer with these fields is the layer that is wanted."""
    try:
        return kind.model_validate(fields).resolved(shapes) == wanted
    except (ValidationError, LayerError):
        return False
