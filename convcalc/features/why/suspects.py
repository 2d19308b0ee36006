"""The layer of a network that a sentence speaks of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from typing import Annotated

from convcalc.core.errors import Problem, StackError
from convcalc.core.records import Hidden, Key, Record
from convcalc.core.shapes import Shape, format_shape
from convcalc.features.why.sentence import Clue
from convcalc.network import InputShapes, Network
from convcalc.network.graph import Graph, GraphNode

# Inputs of other sizes that are tried, nearest first: each plans the whole network once.
MOST_TRIED = 256
# Layers that one look over the sizes may place.
MOST_PLACED = 200_000
# Layers of equal weights that are named.
MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Suspect(Record):
    """A layer, where it is written, and why it is meant."""

    layer: Annotated[str, Key("The layer.")]
    line: Annotated[
        int | None,
        Key("Line where it is written, 1-based; null for the whole file.", minimum=1, null=True),
    ]
    why: Annotated[str, Key("Why it is this one, with its numbers.")]
    problem: Hidden[Problem | None] = None


def blame(network: Network, clue: Clue, input: InputShapes | None = None) -> tuple[Suspect, ...]:
    """The layers that `clue` fits, likeliest first; none where nothing in the network fits.

    First what the network itself refuses, then layers with those weights, then what other sizes
    of the input would do.
    """
    try:
        graph = network.graph(input)
    except StackError as error:
        return tuple(_refused(error, clue))
    named = tuple(_by_weights(network, graph, clue)) or tuple(_as_it_should_be(graph, clue))
    return named or tuple(_by_sizes(network, graph, clue))


def _refused(error: StackError, clue: Clue) -> Iterator[Suspect]:
    """The findings of the file itself; those that speak of the same numbers where some do."""
    fitting = [one for one in error.problems if _speaks_of(one, clue)] or error.problems
    for one in fitting[:MOST_NAMED]:
        line = one.place.line if one.place else None
        yield Suspect(one.layer or "the file", line, _sentence(one), one)


def _sentence(problem: Problem) -> str:
    return "; ".join(filter(None, (problem.message, problem.note, problem.help)))


def _speaks_of(problem: Problem, clue: Clue) -> bool:
    wanted = {*clue.sizes, *clue.weight, *(() if clue.got is None else (clue.got,))}
    said = set(map(int, re.findall(r"\d+", f"{problem.message} {problem.note}")))
    return len(wanted & said) >= min(2, len(wanted)) > 0


def _by_weights(network: Network, graph: Graph, clue: Clue) -> Iterator[Suspect]:
    if not clue.weight:
        return
    found = [node for node in graph.layers if clue.weight in _weights(graph, node)]
    for node in found[:MOST_NAMED]:
        features = clue.weight[clue.axis]
        reads = " and ".join(map(format_shape, graph.shapes_of(node)))
        why = f"its weights are {list(clue.weight)}; here it reads {reads}"
        if clue.got is not None and clue.got != features:
            given = _layer_that_gives(graph, node, clue.got)
            why += f", so {features} fit; {given or _input_that_gives(network, graph, node, clue)}"
        if len(found) > MOST_NAMED and node is found[MOST_NAMED - 1]:
            why += f" ({len(found)} layers have such weights)"
        yield Suspect(node.name, node.template.node.place.line, why)


def _as_it_should_be(graph: Graph, clue: Clue) -> Iterator[Suspect]:
    """Layers that take what arrives and give what the program's layer does: it is written wrong."""
    if not clue.weight or clue.got is None:
        return
    right = list(clue.weight)
    right[clue.axis] = clue.got
    found = [node for node in graph.layers if tuple(right) in _weights(graph, node)]
    for node in found[:MOST_NAMED]:
        wrong = clue.weight[clue.axis]
        why = f"its weights are {right} here; the program's are {list(clue.weight)}: "
        why += f"{clue.got} in place of {wrong}"
        yield Suspect(node.name, node.template.node.place.line, why)


def _weights(graph: Graph, node: GraphNode) -> tuple[Shape, ...]:
    return tuple(node.layer.weights_of(graph.shapes_of(node)).values())


def _layer_that_gives(graph: Graph, node: GraphNode, got: int) -> str:
    """Which layer before gives `got` channels, or as many numbers when flattened; "" for none."""
    is_flat = all(len(shape) == 1 for shape in graph.shapes_of(node))
    for at in sorted(graph.ancestors(*node.inputs), reverse=True):
        shape = graph.shape_of(at)
        if (prod(shape) if is_flat else shape[0]) == got:
            how = f", flattened {got}" if len(shape) > 1 and is_flat else ""
            between = "what stands between the two is left out in the program"
            return f"`{graph.name_of(at)}` gives {format_shape(shape)}{how}: {between}"
    return ""


def _input_that_gives(network: Network, graph: Graph, node: GraphNode, clue: Clue) -> str:
    """Which input would make the layer meet `clue.got` features."""
    found = [
        sizes
        for sizes, other in _planned(network, graph)
        if not isinstance(other, StackError) and _meets(other, node.at, clue)
    ]
    if not found:
        return f"no square input that was tried gives {clue.got}: something else stands before it"
    low, high = min(found), max(found)
    name = format_shape(next(iter(graph.inputs.values())))
    between = format_shape(low) if low == high else f"{format_shape(low)} to {format_shape(high)}"
    return f"an input of {between} in place of {name} gives {clue.got}"


def _meets(graph: Graph, at: int, clue: Clue) -> bool:
    shapes = _weights(graph, graph.nodes[at])
    return any(len(shape) > clue.axis and shape[clue.axis] == clue.got for shape in shapes)


def _by_sizes(network: Network, graph: Graph, clue: Clue) -> Iterator[Suspect]:
    """Sizes of the input at which a layer is refused with these very numbers."""
    if len(clue.sizes) < 2:
        return
    for sizes, other in _planned(network, graph):
        if isinstance(other, StackError):
            for one in other.problems:
                said = set(map(int, re.findall(r"\d+", f"{one.message} {one.note}")))
                is_meant = set(clue.sizes) <= said and re.search(clue.says, one.note)
                if one.layer and one.place and is_meant:
                    why = f"with an input of {format_shape(sizes)}: {_sentence(one)}"
                    yield Suspect(one.layer, one.place.line, why, one)
                    return


def _planned(network: Network, graph: Graph) -> Iterator[tuple[Shape, Graph | StackError]]:
    """The network at other sizes of its input, all axes alike, from the nearest on."""
    if len(graph.inputs) != 1:
        return
    (shape,) = graph.inputs.values()
    channels, axes = shape[:1], shape[1:]
    if not axes:
        return
    tries = min(MOST_TRIED, max(16, MOST_PLACED // len(graph.nodes)))
    start = axes[0]
    nearest = sorted(range(max(1, start - tries), start + tries), key=lambda n: abs(n - start))
    for size in [start * 2, max(1, start // 2), *nearest[1:tries]]:
        sizes = channels + (size,) * len(axes)
        try:
            yield sizes, network.graph(sizes)
        except StackError as error:
            yield sizes, error
