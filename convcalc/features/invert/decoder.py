"""The mirror of a whole network: what undoes each of its layers, last to first.

A run of layers that keep the shape (norms, activations) stays in its own order, so that
`conv, batch_norm, relu` comes back as `conv_transpose, batch_norm, relu` of the layer before.
The run at the encoder's end is left out: it would repeat what the encoder has just done.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from convcalc.core.errors import Problem, StackError
from convcalc.core.shapes import Shape
from convcalc.features.invert.layer import Entry, Inverse, invert_layer
from convcalc.network.graph import Graph
from convcalc.planning import Plan, Row


@dataclass(frozen=True, slots=True)
class Mirrored:
    """One layer of the network and what undoes it."""

    row: Row
    inverse: Inverse


def inversions(plan: Plan) -> tuple[Mirrored, ...]:
    """Every layer of the network with its inverse, in the network's order."""
    graph = plan.graph
    return tuple(Mirrored(row, _inverse(graph, row)) for row in plan.rows)


def _inverse(graph: Graph, row: Row) -> Inverse:
    inputs = graph.shapes_of(row.node)
    return invert_layer(row.node.layer, inputs, row.output)


@dataclass(frozen=True, slots=True)
class Decoder:
    """The mirrored stack: `layers` are entries with the name of the layer that each undoes."""

    name: str
    input: Shape
    output: Shape
    layers: tuple[tuple[Entry, str], ...]
    left_out: tuple[str, ...]


def decoder(plan: Plan) -> Decoder:
    """The stack that leads from the network's output back to its input's shape.

    Raises StackError naming every layer that cannot be mirrored: merges, branches, and layers
    that lose channels.
    """
    graph = plan.graph
    found = inversions(plan)
    problems = _once(_obstacles(graph, found))
    if problems:
        raise StackError(problems, graph.source)
    layers: list[tuple[Entry, str]] = []
    pending: list[Mirrored] = []
    left_out: tuple[str, ...] | None = None
    for mirrored in reversed(found):
        if mirrored.inverse.is_kept:
            pending.insert(0, mirrored)
            continue
        if left_out is None:
            left_out = tuple(kept.row.name for kept in pending)
        else:
            layers += _entries(pending)
        layers += _entries([mirrored])
        pending = []
    layers += _entries(pending)
    (shape,) = graph.inputs.values()
    return Decoder(graph.name, plan.rows[-1].output, shape, tuple(layers), left_out or ())


def _entries(mirrored: list[Mirrored]) -> list[tuple[Entry, str]]:
    return [(entry, one.row.name) for one in mirrored for entry in one.inverse.entries]


def _obstacles(graph: Graph, found: tuple[Mirrored, ...]) -> Iterator[Problem]:
    if graph.input_count != 1:
        note = f"the network has {graph.input_count} inputs, so that no single way leads back"
        yield _problem(graph, None, "the network cannot be mirrored", note)
    for mirrored in found:
        row, inverse = mirrored.row, mirrored.inverse
        if not inverse.entries:
            yield _problem(graph, row, f"`{row.name}` cannot be mirrored", inverse.reason)
        elif row.node.inputs != (row.node.at - 1,):
            source = graph.name_of(row.node.inputs[0])
            note = f"it branches off from `{source}`, and only a chain has a mirror"
            yield _problem(graph, row, f"`{row.name}` cannot be mirrored", note)
    if graph.outputs != (len(graph.nodes) - 1,):
        note = "its output is not its last layer"
        yield _problem(graph, None, "the network cannot be mirrored", note)
    if found and all(mirrored.inverse.is_kept for mirrored in found):
        note = "every layer keeps the shape"
        yield _problem(graph, None, "there is nothing to mirror", note)


def _once(problems: Iterator[Problem]) -> list[Problem]:
    """A layer of a block that is used several times is named once, with the number of others."""
    groups: dict[object, list[Problem]] = {}
    for problem in problems:
        groups.setdefault(problem.place or problem.message, []).append(problem)
    return [
        replace(first, note=f"{first.note} (and {len(others)} more like it)") if others else first
        for first, *others in groups.values()
    ]


def _problem(graph: Graph, row: Row | None, message: str, note: str) -> Problem:
    help = "mirror a chain of layers; convcalc invert FILE shows what each layer's inverse is"
    place = row.place if row else None
    name = row.name if row else ""
    return Problem("bad-layer", message, place, note, help, name, graph.file)
