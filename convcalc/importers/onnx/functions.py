"""Functions that a file defines, written out where they are called."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from convcalc.importers.model import LimitError, Operation
from convcalc.importers.onnx.reader import MOST_OPERATIONS, Graph, Reference
from convcalc.importers.onnx.wire import WireError

# How deep functions may call each other.
_DEEPEST = 32


def written_out(graph: Graph, functions: Mapping[tuple[str, str], Graph]) -> tuple[Operation, ...]:
    """The graph's operations, with the bodies of functions in the place of their calls.

    Raises WireError where functions call each other without end, or make too many operations.
    """
    if not functions:
        return tuple(graph.operations)
    known = {
        f"{domain}.{name}" if domain else name: body for (domain, name), body in functions.items()
    }
    found: list[Operation] = []
    for operation in _expanded(graph.operations, known, 0):
        found.append(operation)
        if len(found) > MOST_OPERATIONS:
            raise LimitError(f"has functions of more than {MOST_OPERATIONS:,} operations")
    return tuple(replace(one, number=place) for place, one in enumerate(found, 1))


def _expanded(
    operations: Sequence[Operation], known: Mapping[str, Graph], depth: int
) -> Iterator[Operation]:
    for operation in operations:
        body = known.get(operation.op)
        if body is None:
            yield operation
            continue
        if depth == _DEEPEST:
            raise WireError(f"its functions call each other more than {_DEEPEST} deep")
        yield from _expanded(_body(operation, body), known, depth + 1)


def _body(call: Operation, body: Graph) -> list[Operation]:
    """The operations of a function under names of this call."""
    names = dict.fromkeys(body.inputs, "")
    names |= dict(zip(body.inputs, call.inputs, strict=False))
    names |= dict(zip(body.outputs, call.outputs, strict=False))
    prefix = f"{call.name or call.op}/{call.outputs[0] if call.outputs else ''}/"

    def named(name: str) -> str:
        return names.get(name, f"{prefix}{name}") if name else ""

    return [
        replace(
            one,
            name=call.name or one.name,
            inputs=tuple(map(named, one.inputs)),
            outputs=tuple(map(named, one.outputs)),
            attributes=_filled(one.attributes, call.attributes),
            path=call.path or one.path,
        )
        for one in body.operations
    ]


def _filled(own: Mapping[str, object], given: Mapping[str, object]) -> dict[str, object]:
    """The attributes of an operation, those that refer to the call's in their place."""
    found = {}
    for name, value in own.items():
        if isinstance(value, Reference):
            if value.name in given:
                found[name] = given[value.name]
        else:
            found[name] = value
    return found
