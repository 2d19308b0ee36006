"""Functions that a file defines, written out where they are called."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from convcalc.importers.model import LimitError, Operation
from convcalc.importers.onnx.reader import MOST_OPERATIONS, Graph, Reference, Subgraph
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
    written = _Calls(known).written_out(graph.operations, 0)
    return tuple(replace(one, number=place) for place, one in enumerate(written, 1))


class _Calls:
    """Writes out calls, and counts what comes of them, in branches too."""

    def __init__(self, known: Mapping[str, Graph]) -> None:
        self._known = known
        self._count = 0

    def written_out(self, operations: Sequence[Operation], depth: int) -> Iterator[Operation]:
        """The operations, with bodies in the place of calls, `depth` of which stand around them."""
        for operation in operations:
            body = self._known.get(operation.op)
            if body is None:
                self._count += 1
                if self._count > MOST_OPERATIONS:
                    raise LimitError(f"has functions of more than {MOST_OPERATIONS:,} operations")
                yield _with_branches(operation, lambda branch: self.written_out(branch, depth))
                continue
            if depth == _DEEPEST:
                raise WireError(f"its functions call each other more than {_DEEPEST} deep")
            yield from self.written_out(_body(operation, body), depth + 1)


def _body(call: Operation, body: Graph) -> list[Operation]:
    """The operations of a function under names of this call."""
    names = dict.fromkeys(body.inputs, "")
    names |= dict(zip(body.inputs, call.inputs, strict=False))
    names |= dict(zip(body.outputs, call.outputs, strict=False))
    prefix = f"{call.name or call.op}/{call.result if call.outputs else ''}/"

    def named(name: str) -> str:
        return names.get(name, f"{prefix}{name}") if name else ""

    return [
        replace(
            one,
            name=call.name or one.name,
            attributes=_filled(one.attributes, call.attributes),
            path=call.path or one.path,
        )
        for one in (_renamed(own, named) for own in body.operations)
    ]


def _renamed(operation: Operation, named: Callable[[str], str]) -> Operation:
    """The operation with all tensors called otherwise, also inside of its branches."""
    inside = _with_branches(operation, lambda one: [_renamed(part, named) for part in one], named)
    return replace(
        inside,
        inputs=tuple(map(named, operation.inputs)),
        outputs=tuple(map(named, operation.outputs)),
    )


def _with_branches(
    operation: Operation,
    changed: Callable[[Sequence[Operation]], Iterable[Operation]],
    named: Callable[[str], str] = str,
) -> Operation:
    """The operation with the operations of its branches changed, and what they store renamed."""
    found: dict[str, object] = {}
    for key, value in operation.attributes.items():
        if isinstance(value, Subgraph) and value.graph is not None:
            graph = value.graph
            found[key] = Subgraph(
                replace(
                    graph,
                    operations=[*changed(graph.operations)],
                    initializers={named(name): one for name, one in graph.initializers.items()},
                    outputs=[*map(named, graph.outputs)],
                    infos={named(name): one for name, one in graph.infos.items()},
                )
            )
    return replace(operation, attributes={**operation.attributes, **found}) if found else operation


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
