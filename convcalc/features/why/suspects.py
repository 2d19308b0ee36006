"""The layer of a network that a sentence speaks of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import prod
from typing import Annotated

from convcalc.core.errors import Problem, StackError
from convcalc.core.records import Hidden, Key, Record
from convcalc.core.shapes import Shape, format_shape
from convcalc.features.why.sentence import Clue
from convcalc.network import InputShapes, Network
from convcalc.network.graph import Graph, GraphNode, Input

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
    """True where it has two of the numbers, or all that there are."""
    wanted = {*clue.sizes, *clue.weight, *(() if clue.got is None else (clue.got,))}
    said = _numbers(problem)
    return wanted.issubset(said) or len(wanted & said) > 1


def _numbers(problem: Problem) -> set[int]:
    return set(map(int, re.findall(r"\d+", f"{problem.message} {problem.note}")))


def _by_weights(network: Network, graph: Graph, clue: Clue) -> list[Suspect]:
    found = [node for node in graph.layers if clue.weight and clue.weight in _weights(graph, node)]
    named = [_of_weights(network, graph, node, clue) for node in found[:MOST_NAMED]]
    if len(found) > MOST_NAMED:
        said = f"{named[-1].why} ({len(found)} layers have such weights)"
        named[-1] = replace(named[-1], why=said)
    return named


def _of_weights(network: Network, graph: Graph, node: GraphNode, clue: Clue) -> Suspect:
    features = clue.weight[clue.axis]
    reads = " and ".join(map(format_shape, graph.shapes_of(node)))
    why = f"its weights are {list(clue.weight)}; here it reads {reads}"
    if clue.got not in (None, features):
        given = _layer_that_gives(graph, node, clue.got) or _input_itself(graph, node, clue)
        why += f", so {features} fit; {given or _input_that_gives(network, graph, node, clue)}"
    return Suspect(node.name, node.template.node.place.line, why)


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
            how = "" if got in shape[:1] else f", flattened {got}"
            between = "what stands between the two is left out in the program"
            return f"`{graph.name_of(at)}` gives {format_shape(shape)}{how}: {between}"
    return ""


def _input_itself(graph: Graph, node: GraphNode, clue: Clue) -> str:
    """That the input has other channels, where the layer reads an input; "" where it does not."""
    if not all(isinstance(graph.nodes[at].layer, Input) for at in node.inputs):
        return ""
    return f"it reads the input itself, of which the program was given {clue.got}"


def _input_that_gives(network: Network, graph: Graph, node: GraphNode, clue: Clue) -> str:
    """Which input would make the layer meet `clue.got` features."""
    found = [
        sizes
        for sizes, other in _planned(network, graph)
        if not isinstance(other, StackError) and _meets(other, node.at, clue)
    ]
    if not found:
        return f"no square input that was tried gives {clue.got}: something else stands before it"
    name = format_shape(next(iter(graph.inputs.values())))
    between = " to ".join(map(format_shape, sorted({min(found), max(found)})))
    return f"an input of {between} in place of {name} gives {clue.got}"


def _meets(graph: Graph, at: int, clue: Clue) -> bool:
    shapes = _weights(graph, graph.nodes[at])
    return any(shape[clue.axis :][:1] == (clue.got,) for shape in shapes)


def _by_sizes(network: Network, graph: Graph, clue: Clue) -> Iterator[Suspect]:
    """Sizes of the input at which a layer is refused with these very numbers."""
    if len(clue.sizes) < 2:
        return
    for sizes, other in _planned(network, graph):
        if isinstance(other, StackError):
            for one in other.problems:
                has_all = _numbers(one).issuperset(clue.sizes)
                is_meant = has_all and re.search(clue.says, one.note)
                if one.layer and one.place and is_meant:
                    why = f"with an input of {format_shape(sizes)}: {_sentence(one)}"
                    yield Suspect(one.layer, one.place.line, why, one)
                    return


def _planned(network: Network, graph: Graph) -> Iterator[tuple[Shape, Graph | StackError]]:
    """The network at other sizes of its input."""
    for sizes in other_sizes(graph):
        try:
            yield sizes, network.graph(sizes)
        except StackError as error:
            yield sizes, error


def other_sizes(graph: Graph) -> list[Shape]:
    """Twice the size of the only input, half of it, and those beside it, all axes alike."""
    if len(graph.inputs) != 1:
        return []
    ((channels, *axes),) = graph.inputs.values()
    if not axes:
        return []
    tries = min(MOST_TRIED, max(16, MOST_PLACED // len(graph.nodes)))
    start = axes[0]
    nearest = sorted(range(max(1, start - tries), start + tries), key=lambda n: abs(n - start))
    tried = [start * 2, max(1, start // 2), *nearest[1:tries]]
    return [(channels, *[size] * len(axes)) for size in tried]
