"""Memory of a run, planned before anything is allocated.

    peak = planned_peak(graph, batch)       # (bytes, the layer that runs when it is reached)
    check_memory(graph, batch, limit=None)  # refuses with both where that is too much

All in whole bytes of Python integers, so that a network of any size can be asked about.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from convcalc.arrays.free import free_memory
from convcalc.core.errors import Problem, StackError
from convcalc.core.shapes import elements
from convcalc.network.graph import Graph, GraphNode
from convcalc.network.held import Held, Made

# Python, numpy and the buffers of its products, measured: 51 MB at first, then up to 84 MB.
PROCESS_BYTES = 84_000_000
# What a kernel may use beside its tensors: tiles of its columns and of its sums.
WORKSPACE_BYTES = 8_000_000
# What a file's program calculates of constants alone is calculated in float64.
WORKED_OUT_BYTES = 8
# Scores, their powers and their shares stand side by side.
SCORES = 3


class Peak(NamedTuple):
    """The most bytes alive at once, and the layer that runs then ("" without layers)."""

    bytes: int
    layer: str


def planned_peak(
    graph: Graph,
    batch: int = 1,
    item_bytes: int = 4,
    *,
    keep: Collection[int] = (),
    given: bool = False,
    holds_weights: bool = False,
) -> Peak:
    """The most bytes that a run with `batch` samples of `item_bytes` a number has alive.

    The sum of the process itself, the tensors alive while a layer runs, the layer's weights
    (those of all layers where the run `holds_weights`), and its workspace. Tensors are freed
    after their last use, but for the outputs and the indices of `keep`, of which the caller gets
    copies. Arrays that are `given` are read and converted.

    >>> from convcalc import loads
    >>> net = loads("convcalc: 1\\ninput: [64, 1000, 1000]\\nlayers: [relu, global_avg_pool]")
    >>> planned_peak(net.graph())
    Peak(bytes=604000000, layer='relu_1')
    """
    tensors = [elements(node.facts.output) * batch for node in graph.nodes]
    inputs = tensors[: graph.input_count]
    alive = sum(inputs)
    freed = [0] * (len(graph.nodes) + 1)
    for index, last in enumerate(last_uses(graph, keep)):
        freed[last] += tensors[index]
    # Those that several layers use are held until the last of them has run.
    held = graph.nodes if holds_weights else [graph.nodes[at] for at in graph.shared]
    all_weights = sum(map(weight_values, held))
    # What stands beside the tensors before the first layer.
    reading = 2 * max(inputs) if given else 0
    most, layer = alive + reading, graph.layers[0].name
    for node in graph.layers:
        alive += tensors[node.at]
        own = weight_values(graph.owner_of(node))
        weights = own * copies_of_weights(node, given) + all_weights
        beside = workspace_values(graph, node) * batch + worked_out_values(node, graph, item_bytes)
        values = alive + weights + beside
        if values > most:
            most, layer = values, node.name
        alive -= freed[node.at]
    # Outputs and `keep`, and their copies.
    if 2 * alive > most:
        most, layer = 2 * alive, graph.nodes[-1].name
    return Peak(most * item_bytes + WORKSPACE_BYTES + PROCESS_BYTES, layer)


def planned_gradients(graph: Graph, batch: int = 1, item_bytes: int = 4) -> Peak:
    """The most bytes alive while gradients are taken, and the layer whose turn it is then.

    All tensors and weights are kept for the way back, and the gradients of the weights stay. A
    layer on its way back has the gradients of its output and its inputs, each once more while
    they are added up, and its workspace.

    >>> from convcalc import loads
    >>> net = loads("convcalc: 1\\ninput: [1000000]\\nlayers: [relu, {linear: 100, name: top}]")
    >>> planned_gradients(net.graph())
    Peak(bytes=916001200, layer='relu_1')
    """
    tensors = sum(elements(node.facts.output) for node in graph.nodes)
    kept = tensors * batch + 2 * sum(map(weight_values, graph.nodes))
    most, layer = 0, graph.layers[0].name
    for node in graph.layers:
        beside = sum(map(elements, (node.facts.output, *graph.shapes_of(node))))
        values = (2 * beside + workspace_values(graph, node)) * batch
        if values > most:
            most, layer = values, node.name
    return Peak((kept + most) * item_bytes + WORKSPACE_BYTES + PROCESS_BYTES, layer)


def last_uses(graph: Graph, keep: Collection[int] = ()) -> list[int]:
    """For each node the layer after which it is freed; an input that nobody reads goes first.

    Outputs and `keep` never are, and have one layer more than there are.
    """
    return [max(last, graph.input_count) for last in graph.alive_until(keep)]


def weight_values(node: GraphNode) -> int:
    """Learnt numbers and buffers of a layer."""
    return node.facts.params + node.facts.buffers


def copies_of_weights(node: GraphNode, given: bool) -> int:
    """How often a layer's weights stand in memory while it runs.

    Those that are given are converted, and kernels laid out for their products; drawn ones have
    the type and the layout already.
    """
    return 1 + given * (1 + node.layer.layouts)


def worked_out_values(node: GraphNode, graph: Graph, item_bytes: int = 4) -> int:
    """Numbers that stand beside a layer's arrays while those are worked out of other constants.

    The largest of them and what comes of it, in the precision in which that is done; what is stored
    is none of them, as it is or in another layout.
    """
    held = graph.held.get(node.at, {}).values()
    parts = (part for array in held for part in array.in_order())
    most = max((part.count for part in parts if _is_worked_out(part)), default=0)
    return 2 * most * WORKED_OUT_BYTES // item_bytes


def _is_worked_out(held: Held) -> bool:
    """True for what is made of nothing, or of what was made."""
    of = held.source.of if isinstance(held.source, Made) else (held,)
    return not of or any(isinstance(part.source, Made) for part in of)


def workspace_values(graph: Graph, node: GraphNode) -> int:
    """Numbers that a layer needs beside its tensors, for one sample."""
    inputs = graph.shapes_of(node)
    return node.layer.values_beside(inputs, node.facts.output) + SCORES * node.facts.workspace


def check_runs(graph: Graph) -> None:
    """Raises StackError `not-runnable` with every layer of which nobody says what it computes."""
    problems = [
        Problem(
            "not-runnable",
            f"layer `{node.name}` ({node.layer.kind}) cannot run: what it computes is not told",
            node.template.node.place,
            "it can be planned; `verify` runs the other layers",
            "write the layers that it stands for, or take what runs before it as `outputs`",
            node.name,
            graph.file,
        )
        for node in graph.layers
        if not node.layer.runs
    ]
    if problems:
        raise StackError(problems, graph.source)


def check_memory(
    graph: Graph,
    batch: int = 1,
    item_bytes: int = 4,
    *,
    limit: int | None = None,
    keep: Collection[int] = (),
    given: bool = False,
    holds_weights: bool = False,
    backward: bool = False,
    help: str = "",
) -> Peak:
    """The planned peak. Raises StackError `needs-memory` where it is above `limit` bytes.

    Without a `limit` it is half of what the machine has free. `backward` asks for gradients.
    """
    peak = planned_peak(
        graph, batch, item_bytes, keep=keep, given=given, holds_weights=holds_weights
    )
    if backward:
        peak = max(peak, planned_gradients(graph, batch, item_bytes))
    free = free_memory() if limit is None else 0
    allowed = free // 2 if limit is None else limit
    if peak.bytes <= allowed:
        return peak
    node = next(node for node in graph.nodes if node.name == peak.layer)
    of = f", half of the {format_bytes(free)} that are free" if limit is None else ""
    raise StackError(
        [
            Problem(
                "needs-memory",
                f"the run needs {format_bytes(peak.bytes)} while `{peak.layer}` runs, "
                f"and may use {format_bytes(allowed)}",
                node.template.node.place,
                f"{peak.bytes:,} bytes are more than {allowed:,}{of}",
                help or "use a smaller input or batch, or a higher limit",
                peak.layer,
                graph.file,
            )
        ],
        graph.source,
    )


def format_bytes(count: int) -> str:
    """Bytes in the largest unit of which there is at least one, to three digits or so.

    >>> format_bytes(999), format_bytes(84_000_000), format_bytes(10**12)
    ('999 B', '84 MB', '1,000 GB')
    """
    for unit, power in (("GB", 9), ("MB", 6), ("kB", 3)):
        if count >= 10**power:
            # In integers: a network may need more than a float can hold.
            whole, tenth = divmod((count * 10 + 10**power // 2) // 10**power, 10)
            return f"{whole:,}.{tenth} {unit}" if tenth and whole < 1000 else f"{whole:,} {unit}"
    return f"{count} B"
