"""Gradients: the graph walked backward, so that each layer hands on what it was handed.

The gradient of a layer's output is the sum over all layers that read it. Everything that a layer
needs again is kept until its turn, which is what training costs beside inference.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from convcalc.arrays.budget import check_memory, check_runs
from convcalc.arrays.draws import Draws
from convcalc.arrays.given import GivenInputs, GivenWeights, inputs_of, weights_of
from convcalc.arrays.ops import Array, Ops, Weights, channels_first, channels_last
from convcalc.arrays.run import DTYPES, DTypeName, drawer, drawn_inputs, through
from convcalc.core.errors import Problem, StackError
from convcalc.core.shapes import format_shape
from convcalc.network import InputShapes, Network, VariableValues
from convcalc.network.graph import Graph, GraphNode


class Gradients(NamedTuple):
    """Gradients by the name of an input, channels first, and by `LAYER.ARRAY`."""

    inputs: dict[str, Array]
    weights: dict[str, Array]


def gradients(
    network: Network,
    inputs: GivenInputs | None = None,
    seed: int = 0,
    weights: GivenWeights | None = None,
    *,
    outputs: Mapping[str, ArrayLike] | None = None,
    input: InputShapes | None = None,
    variables: VariableValues | None = None,
    batch: int | None = None,
    dtype: DTypeName = "float32",
    batch_statistics: bool = False,
    max_memory: int | None = None,
) -> Gradients:
    """Gradients of one number with respect to every input and every learnt array.

    The number is the sum of all outputs, each element times its share in `outputs`, an array by
    the name of each output: 1 where that is left out, 0 for outputs that it does not name. The
    other arguments are those of `run`. Raises StackError as `run` does.

    >>> from convcalc import loads
    >>> net = loads("convcalc: 1\\ninput: [1, 2, 2]\\nlayers: [{conv: {out: 1, k: 2}, name: sum}]")
    >>> given = {"sum.weight": [[[[1, 2], [3, 4]]]], "sum.bias": [0.5]}
    >>> found = gradients(net, [[[5, 6], [7, 8]]], weights=given)
    >>> found.inputs["input"].tolist(), found.weights["sum.weight"].tolist()
    ([[[[1.0, 2.0], [3.0, 4.0]]]], [[[[5.0, 6.0], [7.0, 8.0]]]])
    """
    graph = network.graph(input, variables)
    check_runs(graph)
    every = range(len(graph.nodes))
    kind = DTYPES[dtype]

    def check_needed(batch: int) -> None:
        help = "use a smaller input or batch, or give max_memory in bytes"
        check_memory(graph, batch, kind.itemsize, limit=max_memory, backward=True, help=help)

    check_needed(batch or 1)
    if inputs is None:
        given = drawn_inputs(graph, batch or 1, Draws([seed, 1], dtype=dtype))
    else:
        given = inputs_of(inputs, graph, kind, batch=batch, before_reading=check_needed)
    ops = Ops(batch_statistics=batch_statistics)
    held: dict[str, Weights] = {}
    if weights is not None:
        with weights_of(weights, graph, kind) as found:
            held = {node.name: found.of(node) for node in graph.layers}
    else:
        draw = drawer(graph, Draws(seed, dtype=dtype))
        held = {node.name: draw(node) for node in graph.layers}
    arrays = through(graph, given, lambda node: held[node.name], ops, keep=every)
    shares = _shares(outputs, graph, arrays)
    # Where numbers get too large, they say so themselves.
    with np.errstate(all="ignore"):
        return backward(graph, arrays, held, shares, ops)


def backward(
    graph: Graph,
    arrays: dict[int, Array],
    weights: Mapping[str, Weights],
    grads: dict[int, Array],
    ops: Ops,
) -> Gradients:
    """Gradients of what has these gradients with respect to some indices of the graph.

    `arrays` are all inputs and outputs of layers by index, channels-last, as `through` keeps
    them; they are freed on the way. `weights` are by layer.
    """
    learnt: dict[str, Array] = {}
    for node in reversed(graph.layers):
        output, grad = arrays.pop(node.at), grads.pop(node.at, None)
        if grad is None:
            # Nothing that counts reads this layer.
            own = _learnt(node, weights, graph)
            found = {name: np.zeros(array.shape, array.dtype) for name, array in own}
        else:
            taken = tuple(arrays[source] for source in node.inputs)
            to_inputs, found = node.layer.gradients(ops, grad, taken, output, weights[node.name])
            for source, part in zip(node.inputs, to_inputs, strict=True):
                grads[source] = grads[source] + part if source in grads else part
        owner = graph.owner_of(node).name
        for name, array in found.items():
            path = f"{owner}.{name}"
            # Of arrays that several layers use, the sum.
            learnt[path] = learnt[path] + array if path in learnt else array
    named = {
        name: channels_first(grads.get(index, np.zeros_like(arrays[index])))
        for index, name in enumerate(graph.inputs)
    }
    order = (
        f"{node.name}.{name}"
        for node in graph.layers
        if node.shares is None
        for name, _ in _learnt(node, weights, graph)
    )
    return Gradients(named, {name: learnt[name] for name in order})


def _learnt(
    node: GraphNode, weights: Mapping[str, Weights], graph: Graph
) -> list[tuple[str, Array]]:
    """The arrays that a layer learns, without its running statistics."""
    names = node.layer.weights_of(tuple(map(graph.shape_of, node.inputs)))
    return [(name, weights[node.name][name]) for name in names]


def _shares(
    given: Mapping[str, ArrayLike] | None, graph: Graph, arrays: Mapping[int, Array]
) -> dict[int, Array]:
    """The gradient with respect to each output, channels-last; raises StackError for misfits."""
    if given is None:
        return {index: np.ones_like(arrays[index]) for index in graph.outputs}
    known = {graph.name_of(index): index for index in graph.outputs}
    problems = []
    shares = {}
    for name, value in given.items():
        share = np.asarray(value)
        if name not in known:
            message = f"the network has no output `{name}`"
            help = f"its outputs: {', '.join(f'`{one}`' for one in known)}"
            problems.append(Problem("unknown-array", message, help=help, file=graph.file))
            continue
        like = arrays[known[name]]
        wanted = channels_first(like).shape
        if share.shape != wanted:
            got = format_shape(share.shape) or "a single number"
            message = f"the share of output `{name}` wants {format_shape(wanted)}, got {got}"
            problems.append(Problem("array-mismatch", message, file=graph.file))
            continue
        shares[known[name]] = channels_last(share.astype(like.dtype))
    if problems:
        raise StackError(problems, graph.source)
    return shares
