"""Running a network: every layer in order, each array freed after its last use."""

from __future__ import annotations

from collections.abc import Mapping

from convcalc.arrays.draws import Draws
from convcalc.arrays.ops import Array, Ops, Weights, channels_first, channels_last
from convcalc.network import InputShapes, Network
from convcalc.network.graph import Graph, GraphNode
from convcalc.shapes import Shape


def run(
    network: Network,
    inputs: Array | Mapping[str, Array] | None = None,
    seed: int = 0,
    weights: Mapping[str, Array] | None = None,
    *,
    input: InputShapes | None = None,
    variables: Mapping[str, int] | None = None,
    batch: int = 1,
    batch_statistics: bool = False,
) -> dict[str, Array]:
    """Every output of the network by name, channels first `(N, C, *S)`.

    `inputs` are arrays by input name (or the only one); without them, and without `weights`
    (by `LAYER.ARRAY`, as in `stem.weight`), both are drawn from `seed`.
    """
    graph = network.graph(input, variables)
    draws = Draws(seed)
    ops = Ops(batch_statistics=batch_statistics)
    given = {
        name: channels_last(draws.array((batch, *shape))) for name, shape in graph.inputs.items()
    }
    last_use = last_uses(graph)
    arrays: dict[int, Array] = dict(enumerate(given.values()))
    shift = len(graph.inputs)
    for step, node in enumerate(graph.nodes):
        taken = tuple(arrays[index] for index in node.inputs)
        arrays[shift + step] = node.layer.run(ops, taken, drawn_weights(node, graph, draws))
        for index in set(node.inputs):
            if last_use[index] == step:
                del arrays[index]
    return {graph.name_of(index): channels_first(arrays[index]) for index in graph.outputs}


def last_uses(graph: Graph) -> list[int]:
    """For each index of the graph, the step that reads it last; outputs are never freed."""
    uses = [-1] * (len(graph.inputs) + len(graph.nodes))
    for step, node in enumerate(graph.nodes):
        for index in node.inputs:
            uses[index] = step
    for index in graph.outputs:
        uses[index] = len(graph.nodes)
    return uses


def array_shapes(node: GraphNode, graph: Graph) -> dict[str, Shape]:
    """Learnt arrays and buffers of a layer, by name, in PyTorch's layout."""
    from convcalc.kinds.base import LayerKind

    if not isinstance(node.layer, LayerKind):
        return {}
    x = graph.shape_of(node.inputs[0])
    return node.layer.weights(x) | node.layer.buffers(x)


def drawn_weights(node: GraphNode, graph: Graph, draws: Draws) -> Weights:
    """Random arrays for a layer."""
    shapes = array_shapes(node, graph)
    weight = shapes.get("weight", ())
    fan_in = 1
    for size in weight[1:]:
        fan_in *= size
    return draws.weights(shapes, fan_in)
