"""Joins that grow, as a DenseNet's: each of them is the one before, and one more part.

Code keeps all parts in a list and joins them anew each time; a person writes that a layer joins
its input and its result. The arrays are the same ones.
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
