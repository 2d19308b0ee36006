"""The calls of the layers of a graph: what each reads, and in which order they can be made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from typing import Any, NamedTuple

from convcalc.importers.keras.arguments import (
    MalformedError,
    class_of,
    listed,
    mapped,
    shape_or_none,
)
from convcalc.importers.keras.weights import called_after
from convcalc.importers.model import Declared

# Lists in lists in an argument: a tensor stands some two or three deep.
_DEEPEST = 12
_MOST_OUTPUTS = 1_000


class History(NamedTuple):
    """Output number `output` of a call of a layer."""

    layer: str
    call: int
    output: int


class LayerCalls(NamedTuple):
    """A layer as the file has it; `stored` is what its weights are called after."""

    found: Mapping[str, Any]
    kind: str
    name: str
    config: Mapping[str, Any]
    stored: str = ""

    @classmethod
    def of(cls, found: object) -> LayerCalls:
        """The layer that stands there. Raises MalformedError."""
        layer = mapped(found, "layers")
        kind = class_of(layer)
        held = layer.get("config")
        # The first versions of Keras 2 wrote a sequence as a list.
        config = held if isinstance(held, dict) else {}
        name = layer.get("name", config.get("name"))
        return cls(layer, kind, name if isinstance(name, str) and name else kind.lower(), config)

    @property
    def built(self) -> Declared | None:
        """The shape that it was built for, where the file says one."""
        held = self.found.get("build_config")
        return shape_or_none(held.get("input_shape")) if isinstance(held, dict) else None


def layers_of(found: object) -> list[LayerCalls]:
    """The layers of a model, by the names that their weights have. Raises MalformedError."""
    count: dict[str, int] = {}
    layers = []
    for layer in map(LayerCalls.of, listed(found, "layers")):
        # Operations that are called as functions are no layers.
        word = called_after(str(layer.found["class_name"]))
        if not layer.kind.startswith("ops."):
            count[word] = number = count.get(word, -1) + 1
            layer = layer._replace(stored=f"layers/{word}_{number}" if number else f"layers/{word}")
        layers.append(layer)
    return layers


@dataclass(slots=True)
class Call:
    """One call: its arguments, what it reads, the shapes of that, and how many outputs it has."""

    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)
    reads: list[History] = field(default_factory=list)
    shapes: dict[History, Declared] = field(default_factory=dict)
    outputs: int = 1


Calls = dict[tuple[str, int], Call]


def histories(value: object) -> list[History]:
    """Every `[layer, call, output]` in a value, in order.

    >>> histories([["a", 0, 0], ["b", 0, 1]]) == histories({"x": ["a", 0, 0], "y": ["b", 0, 1]})
    True
    """
    if _is_history(value):
        return [History(*value)]  # type: ignore[misc]
    held = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [one for inner in held for one in _flat(inner)]


def _flat(value: object) -> list[History]:
    return [History(*value)] if _is_history(value) else []  # type: ignore[misc]


def _is_history(value: object) -> bool:
    return (
        isinstance(value, list)
        and len(value) == 3
        and isinstance(value[0], str)
        and all(isinstance(n, int) and not isinstance(n, bool) and n >= 0 for n in value[1:])
    )


def calls_of(layers: Mapping[str, LayerCalls], ends: Sequence[History]) -> Calls:
    """The calls of all layers, by layer and number. Raises MalformedError."""
    found: Calls = {}
    for layer in layers.values():
        nodes = listed(layer.found.get("inbound_nodes"), f"inbound_nodes of {layer.name}")
        for number, node in enumerate(nodes):
            found[layer.name, number] = _call(node, layers)
    wanted = [*ends, *(one for call in found.values() for one in call.reads)]
    found = _renumbered(found, layers, wanted)
    for one in wanted:
        call = found.get((one.layer, one.call))
        if call is not None:
            call.outputs = max(call.outputs, one.output + 1)
            if call.outputs > _MOST_OUTPUTS:
                raise MalformedError(f"`{one.layer}` has more than {_MOST_OUTPUTS:,} outputs")
    return found


def _renumbered(found: Calls, layers: Mapping[str, LayerCalls], wanted: Sequence[History]) -> Calls:
    """Calls of models from 1, as Keras 2 counts them: its 0 is the model for itself."""
    most: dict[str, int] = {}
    for one in wanted:
        most[one.layer] = max(most.get(one.layer, 0), one.call)
    count: dict[str, int] = {}
    for name, _ in found:
        count[name] = count.get(name, 0) + 1
    later = {name for name, number in most.items() if number and number == count.get(name)}
    return {(name, number + (name in later)): call for (name, number), call in found.items()}


def _call(node: object, layers: Mapping[str, LayerCalls]) -> Call:
    call = Call()
    if isinstance(node, dict):
        args = _argument(listed(node.get("args"), "args"), call, layers, 0)
        kwargs = mapped(node.get("kwargs"), "kwargs")
        call.args = args
        call.kwargs = {key: _argument(one, call, layers, 0) for key, one in kwargs.items()}
        return call
    given = listed(node, "inbound_nodes")
    # One tensor by itself, or several.
    is_alone = bool(given) and isinstance(given[0], str)
    tensors: list[Any] = []
    for one in [given] if is_alone else given:
        tensor = listed(one, "inbound_nodes")
        more = tensor[3] if len(tensor) > 3 else {}
        if tensor[:1] == ["_CONSTANT_VALUE"] and len(tensor) > 2:
            tensors.append(_argument(tensor[2], call, layers, 0))
        else:
            tensors.append(_tensor(tensor[:3], call))
        for key, value in mapped(more, "arguments").items():
            call.kwargs[key] = _argument(value, call, layers, 0)
    call.args = (as_argument(tensors),) if tensors else ()
    return call


def as_argument(tensors: Sequence[Any]) -> Any:
    """What a layer is given: one tensor by itself, several as one argument."""
    match tensors:
        case [only]:
            return only
    return tuple(tensors)


def _tensor(value: object, call: Call, shape: object = None) -> History:
    if not _is_history(value):
        raise MalformedError(f"a tensor is `{value!s:.60}`")
    history = History(*value)  # type: ignore[misc]
    call.reads.append(history)
    stated = shape_or_none(shape)
    if stated is not None:
        call.shapes[history] = stated
    return history


def _argument(value: Any, call: Call, layers: Mapping[str, LayerCalls], depth: int) -> Any:
    """An argument: tensors as where they come from, slices, lists as tuples, all else as it is."""
    if depth > _DEEPEST:
        raise MalformedError("an argument is nested too deep")
    if isinstance(value, list):
        if _is_history(value) and value[0] in layers:
            return _tensor(value, call)
        if len(value) == 4 and value[0] == "_CONSTANT_VALUE":
            return _argument(value[2], call, layers, depth + 1)
        return tuple(_argument(one, call, layers, depth + 1) for one in value)
    if not isinstance(value, dict):
        return value
    word, held = value.get("class_name"), value.get("config")
    if word == "__keras_tensor__":
        inner = mapped(held, "config")
        return _tensor(inner.get("keras_history"), call, inner.get("shape"))
    if word == "__slice__" or {"start", "stop", "step"} <= value.keys():
        inner = held if isinstance(held, dict) else value
        ends = (
            _argument(inner.get(key), call, layers, depth + 1) for key in ("start", "stop", "step")
        )
        return slice(*ends)
    if word == "__ellipsis__" or value.get("type") == "ellipsis":
        return ...
    if word in ("__numpy__", "__tensor__") and isinstance(held, dict):
        return _argument(held.get("value"), call, layers, depth + 1)
    if word == "__tuple__":
        return _argument(value.get("items"), call, layers, depth + 1)
    return {key: _argument(one, call, layers, depth + 1) for key, one in value.items()}


def in_order(calls: Calls, begins: set[tuple[str, int]]) -> list[tuple[str, int]]:
    """The calls, each behind what it reads. Raises MalformedError for those in a circle."""
    left: dict[tuple[str, int], int] = {}
    readers: dict[tuple[str, int], list[tuple[str, int]]] = {}
    for at, call in calls.items():
        if at in begins:
            continue
        needed = {(one.layer, one.call) for one in call.reads} - begins
        for other in needed:
            if other not in calls:
                raise MalformedError(f"`{at[0]}` reads `{other[0]}`, which is not called")
            readers.setdefault(other, []).append(at)
        left[at] = len(needed)
    # As the file has them, as far as that can be.
    place = {at: number for number, at in enumerate(left)}
    ready = [place[at] for at, count in left.items() if not count]
    heapify(ready)
    by_place = list(left)
    found = []
    while ready:
        at = by_place[heappop(ready)]
        found.append(at)
        for reader in readers.get(at, ()):
            left[reader] -= 1
            if not left[reader]:
                heappush(ready, place[reader])
    if len(found) < len(left):
        circle = next(at for at, count in left.items() if count)
        raise MalformedError(f"`{circle[0]}` reads what is made of it, in a circle")
    return found
