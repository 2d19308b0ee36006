"""What is joined as a person writes it.

Joins that grow, as a DenseNet's, are each the one before and one more part: code keeps all parts in
a list and joins them anew each time, and a person writes that a layer joins its input and its
result. A shortcut is what is added last. The arrays are the same ones.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from convcalc.network.graph import Graph, GraphNode

# How layers are joined, and which.
_Join = tuple[str, tuple[int, ...]]


def nested(graph: Graph) -> Graph:
    """The graph with each such join reading the one before; other layers as they are.

    >>> from convcalc import loads, plan
    >>> joins = "[{relu: {}, name: a}, {concat: [input, a], name: b}, {relu: {}, name: c},"
    >>> layers = joins + " {concat: [input, a, c], name: d}]"
    >>> graph = plan(loads(f"convcalc: 1\\ninput: [3, 8, 8]\\nlayers: {layers}")).graph
    >>> [node.inputs for node in nested(graph).nodes]
    [(), (0,), (0, 1), (2,), (2, 3)]
    """
    nodes = list(graph.nodes)
    joined: dict[_Join, int] = {}
    for node in graph.layers:
        if not node.layer.only_joins() or len(node.inputs) < 2:
            continue
        before = _before(node, joined)
        if before is not None:
            at, count = before
            nodes[node.at] = _reading(graph, node, (at, *node.inputs[count:]))
        joined[_fields(node), node.inputs] = node.at
    return replace(graph, nodes=tuple(nodes)) if joined else graph


def with_shortcuts_last(graph: Graph) -> Graph:
    """The graph with sums and products of a shortcut reading it last, where order is all the same.

    A layer that is left out stands for what it reads first, which the shortcut is not.

    >>> from convcalc import loads, plan
    >>> layers = "[{relu: {}, name: a}, sigmoid, {add: [a, prev]}]"
    >>> graph = plan(loads(f"convcalc: 1\\ninput: [3, 8, 8]\\nlayers: {layers}")).graph
    >>> [node.inputs for node in with_shortcuts_last(graph).nodes]
    [(), (0,), (1,), (2, 1)]
    """
    nodes = list(graph.nodes)
    for node in graph.layers:
        if len(node.inputs) == 2 and node.layer.commutes():
            first, second = node.inputs
            if first < second == node.at - 1 and _leads_to(graph, first, second):
                nodes[node.at] = _reading(graph, node, (second, first))
    return replace(graph, nodes=tuple(nodes))


def _leads_to(graph: Graph, first: int, last: int) -> bool:
    """True where the node `last` reads `first`, by way of others or not."""
    pending, seen = [last], set()
    while pending:
        at = pending.pop()
        if at == first:
            return True
        if at > first and at not in seen:
            seen.add(at)
            pending += graph.nodes[at].inputs
    return False


def _reading(graph: Graph, node: GraphNode, inputs: tuple[int, ...]) -> GraphNode:
    """The layer with these inputs."""
    names = {"inputs": tuple(map(graph.name_of, inputs))}
    layer = node.layer.model_copy(update=names)
    facts = layer.facts(tuple(map(graph.shape_of, inputs)))
    return node._replace(layer=layer, inputs=inputs, facts=facts)


def _before(node: GraphNode, joined: dict[_Join, int]) -> tuple[int, int] | None:
    """The join of all inputs but the last ones, and of how many; None where there is none."""
    for count in range(len(node.inputs) - 1, 1, -1):
        at = joined.get((_fields(node), node.inputs[:count]))
        if at is not None:
            return at, count
    return None


def _fields(node: GraphNode) -> str:
    """How a layer joins, beside what."""
    return repr((node.layer.kind, node.layer.resolved(())))
