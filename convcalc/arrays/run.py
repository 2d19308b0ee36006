"""Running a network: every layer in order, each array freed after its last use."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import ExitStack
from typing import Any, Literal

import numpy as np

from convcalc.arrays.budget import check_memory, check_runs, last_uses
from convcalc.arrays.draws import Draws, as_indices
from convcalc.arrays.finite import check_finite, check_indices, is_finite
from convcalc.arrays.given import (
    GivenInputs,
    GivenWeights,
    array_shapes,
    inputs_of,
    weights_of,
)
from convcalc.arrays.held_arrays import arrays_of
from convcalc.arrays.ops import Array, Ops, Weights, channels_first
from convcalc.core.errors import Problem, StackError
from convcalc.core.shapes import Shape
from convcalc.core.text import nearest
from convcalc.kinds.base.field_values import is_integer
from convcalc.kinds.base.ranges import EVERYTHING, Range
from convcalc.network import InputShapes, Network, VariableValues
from convcalc.network.graph import Graph, GraphNode

DTypeName = Literal["float32", "float64"]
DTYPES: dict[str, np.dtype[Any]] = {name: np.dtype(name) for name in ("float32", "float64")}
# None that a kind makes by itself.
_ONE_NUMBER: Range = (7.0, 7.0)


def run(
    network: Network,
    inputs: GivenInputs | None = None,
    seed: int = 0,
    weights: GivenWeights | None = None,
    *,
    input: InputShapes | None = None,
    variables: VariableValues | None = None,
    batch: int | None = None,
    keep: Collection[str] = (),
    dtype: DTypeName = "float32",
    batch_statistics: bool = False,
    finite: bool = True,
    max_memory: int | None = None,
) -> dict[str, Array]:
    """Every output of the network by name, channels first `(N, C, *S)`, then those of `keep`.

    `inputs` are arrays by input name, or the only one; the batch axis may be left out. `weights`
    are by `LAYER.ARRAY`, as in `stem.weight`, in PyTorch's layout. Both may be the path of an
    `.npz` file, and a model file has its own; what is not given is drawn from `seed`, inputs as
    `batch` samples. `batch_statistics` lets batch norm use the batch's own mean and variance.
    `max_memory` is in bytes, by default half of what is free.
    Raises StackError for what does not fit, for NaN and infinity (unless `finite` is False), and
    where the run needs more memory than it may use: before anything is allocated.

    >>> from convcalc import loads
    >>> net = loads("convcalc: 1\\ninput: [1, 2, 2]\\nlayers: [{conv: {out: 1, k: 2}, name: sum}]")
    >>> weights = {"sum.weight": np.ones((1, 1, 2, 2)), "sum.bias": [0.5]}
    >>> run(net, [[[1, 2], [3, 4]]], weights=weights)["sum"].tolist()
    [[[[10.5]]]]
    """
    if not isinstance(network, Network):
        got = type(network).__name__
        raise TypeError(f"run wants a Network, got {got}; load it first: run(load(path))")
    _check(seed, batch, dtype, max_memory)
    graph = network.graph(input, variables)
    kind = DTYPES[dtype]
    check_runs(graph)
    kept = indices_of(graph, keep)

    def check_needed(batch: int) -> None:
        help = "use a smaller input or batch, or give max_memory in bytes"
        check_memory(
            graph,
            batch,
            kind.itemsize,
            limit=max_memory,
            keep=kept.values(),
            given=inputs is not None or weights is not None,
            help=help,
        )

    with ExitStack() as stack:
        check_needed(batch or 1)
        of = drawer(graph, Draws(seed, dtype=dtype))
        if weights is not None:
            of = stack.enter_context(weights_of(weights, graph, kind, finite)).of
        if inputs is None:
            given = drawn_inputs(graph, batch or 1, Draws([seed, 1], dtype=dtype))
        else:
            given = inputs_of(
                inputs, graph, kind, batch=batch, finite=finite, before_reading=check_needed
            )
        ops = Ops(batch_statistics=batch_statistics)
        arrays = through(graph, given, of, ops, keep=kept.values(), finite=finite)
    wanted = {graph.name_of(index): index for index in graph.outputs} | kept
    # Copies of their own: an output may be a view of an input, or of another output.
    return {name: np.array(channels_first(arrays[i]), order="C") for name, i in wanted.items()}


def through(
    graph: Graph,
    inputs: list[Array],
    weights: Callable[[GraphNode], Weights],
    ops: Ops,
    *,
    keep: Collection[int] = (),
    finite: bool = True,
) -> dict[int, Array]:
    """Outputs and `keep` by their index in the graph, channels-last, every layer run once.

    `inputs` are channels-last, and the list is emptied, so that they can be freed; `weights`
    gives those of a layer when it runs.
    """
    arrays = dict(enumerate(inputs))
    ops.batch, ops.dtype = len(inputs[0]), inputs[0].dtype
    inputs.clear()
    freed: dict[int, list[int]] = {}
    infinite: set[int] = set()
    for index, last in enumerate(last_uses(graph, keep)):
        freed.setdefault(last, []).append(index)
    # Where numbers get too large, a finding says so.
    with np.errstate(all="ignore"):
        for node in graph.layers:
            taken = tuple(arrays[index] for index in node.inputs)
            check_indices(taken, node, graph)
            arrays[node.at] = node.layer.run(ops, taken, weights(node))
            if finite and _may_be_infinite(node, graph, infinite):
                # A mask may be infinite, and what is made by it, before attention takes it in.
                infinite.update(() if is_finite(arrays[node.at]) else (node.at,))
            elif finite:
                check_finite(arrays[node.at], node, graph)
            del taken
            for index in freed.get(node.at, ()):
                del arrays[index]
    return arrays


def _may_be_infinite(node: GraphNode, graph: Graph, infinite: Collection[int]) -> bool:
    """True for what the file holds, for what makes infinity by itself, and what reads such."""
    shapes = _shapes(node, graph)
    return (
        not shapes
        or node.layer.may_be_infinite(shapes[0])
        or any(index in infinite for index in node.inputs)
    )


def _shapes(node: GraphNode, graph: Graph) -> tuple[Shape, ...]:
    return tuple(map(graph.shape_of, node.inputs))


def drawn_inputs(graph: Graph, batch: int, draws: Draws) -> list[Array]:
    """Random inputs, channels-last; whole numbers where a layer reads them as indices."""
    found = []
    for index, shape in enumerate(graph.inputs.values()):
        limit = _index_limit(index, graph)
        sizes = (batch, *shape[1:], shape[0])
        found.append(draws.array(sizes) if limit is None else draws.indices(sizes, limit))
    return found


def _index_limit(index: int, graph: Graph) -> int | None:
    """How many indices all layers know that read these numbers as such; None without any.

    What hands its numbers on as they are, as a `reshape` or `take` does, reads them for others.
    """
    limits, found, seen = [], [index], {index}
    for at in found:
        for node in (graph.nodes[reader] for reader in graph.readers[at]):
            known = node.layer.index_limits(_shapes(node, graph))
            for place, read in enumerate(node.inputs):
                if read != at:
                    continue
                if place in known:
                    limits.append(known[place].stop)
                elif node.at not in seen and _hands_on(node, place):
                    found.append(node.at)
                    seen.add(node.at)
    return min(limits, default=None)


def _hands_on(node: GraphNode, place: int) -> bool:
    """True where nothing but one number in this input makes nothing but that in the output."""
    ranges = [EVERYTHING] * len(node.inputs)
    ranges[place] = _ONE_NUMBER
    return node.layer.value_range(tuple(ranges)) == _ONE_NUMBER


def drawer(graph: Graph, draws: Draws) -> Callable[[GraphNode], Weights]:
    """What gives the arrays of each layer in turn: its file's own, or drawn ones.

    Those that several layers use are given once.
    """
    kept: dict[int, Weights] = {}

    def draw(node: GraphNode) -> Weights:
        if node.shares is not None and not _has_its_own(node, node.shares, graph):
            # The owner may have more, such as a bias.
            return {name: kept[node.shares][name] for name in array_shapes(node, graph)}
        if node.at in graph.held:
            drawn: Weights = arrays_of(node, graph, draws.dtype)
        else:
            drawn = drawn_weights(node, graph, draws)
        if node.at in graph.shared:
            kept[node.at] = drawn
        return drawn

    return draw


def _has_its_own(node: GraphNode, owner: int, graph: Graph) -> bool:
    """True where the file stores the arrays of a layer apart from those that it shares.

    An exporter makes several of one parameter: they count once, and their numbers may differ.
    """
    its = graph.held.get(owner, {})
    mine = graph.held.get(node.at, {})
    return any(
        held.whole.source is not its[name].whole.source
        for name, held in mine.items()
        if name in its
    )


def drawn_weights(node: GraphNode, graph: Graph, draws: Draws) -> Weights:
    """Random arrays for a layer; whole numbers where others read what it holds as indices."""
    drawn = draws.weights(array_shapes(node, graph))
    limit = None if node.inputs else _index_limit(node.at, graph)
    if limit is None:
        return drawn
    return {name: as_indices(array, limit) for name, array in drawn.items()}


def indices_of(graph: Graph, names: Collection[str]) -> dict[str, int]:
    """The index of each layer, block or input. Raises StackError for a name that none bears."""
    if not names:
        return {}
    if isinstance(names, str):
        help = f"write keep=[{names!r}]"
        raise StackError([Problem("wrong-type", "keep wants a list of names", help=help)])
    known = names_of(graph)
    problems = [
        Problem("wrong-value", f"there is no layer `{name}`", help=nearest(str(name), known))
        for name in names
        if name not in known
    ]
    if problems:
        raise StackError(problems)
    return {name: known[name] for name in names}


def names_of(graph: Graph) -> dict[str, int]:
    """The index of everything that has a name: inputs, layers, blocks (their results), what
    blocks give beside, and series, whose name stands for the last of them, as in a plan."""
    given = {f"{s.name}.{key}": index for s in graph.scopes for key, index in s.gives.items()}
    blocks = {scope.name: scope.result for scope in graph.scopes}
    layers = {node.name: node.at for node in graph.nodes}
    series: dict[str, int] = {}
    for name, index in (blocks | layers).items():
        stem, _, number = name.rpartition(".")
        if stem and number.isdigit():
            series[stem] = index
    return series | given | blocks | layers


def _check(seed: int, batch: int | None, dtype: str, max_memory: int | None) -> None:
    problems = []
    if max_memory is not None and not is_integer(max_memory):
        message = f"max_memory wants a number of bytes, got {max_memory!r:.40}"
        problems.append(Problem("wrong-value", message, help="2 * 10**9 are 2 GB"))
    if not is_integer(seed) or seed < 0:
        problems.append(
            Problem("wrong-value", f"seed wants an integer from 0 on, got {seed!r:.40}")
        )
    if batch is not None and (not is_integer(batch) or batch < 1):
        problems.append(
            Problem("wrong-value", f"batch wants an integer from 1 on, got {batch!r:.40}")
        )
    if dtype not in DTYPES:
        message = f"a run cannot calculate in {dtype!r:.40}"
        problems.append(Problem("wrong-value", message, help=f"known: {', '.join(DTYPES)}"))
    if problems:
        raise StackError(problems)
