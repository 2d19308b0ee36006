"""Bytes at inference and in training, from one liveness walk over the graph."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Annotated, NamedTuple

from convcalc.core.records import Count, Key, Record
from convcalc.core.shapes import elements
from convcalc.network.graph import Graph


@dataclass(frozen=True, slots=True)
class Memory(Record):
    """Bytes of a whole network, for the whole batch; `convention` says what they assume."""

    params: Annotated[Count, Key("Bytes of all learnt numbers.")]
    buffers: Annotated[Count, Key("Bytes of all buffers.")]
    activations: Annotated[
        Count, Key("Bytes of all layers' outputs together; views have none of their own.")
    ]
    peak_activations: Annotated[
        Count, Key("Bytes of the activations alive at once at the peak, inputs included.")
    ]
    peak_at: Annotated[str, Key("The layer during which activations peak.")]
    kept: Annotated[Count, Key("Bytes that layers keep for the backward pass.")]
    gradients: Annotated[Count, Key("Bytes of one gradient a parameter.")]
    optimizer: Annotated[
        Count, Key("Bytes of the optimizer's state: two moments a parameter (Adam).")
    ]

    @property
    @Key()
    def inference(self) -> Count:
        """Bytes at the peak of inference: params + buffers + peak_activations."""
        return self.params + self.buffers + self.peak_activations

    @property
    @Key()
    def training(self) -> Count:
        """Bytes in training, without workspace: params + buffers + kept + gradients + optimizer."""
        return self.params + self.buffers + self.kept + self.gradients + self.optimizer


class _Lives(NamedTuple):
    """The tensors of a run, by index: bytes, and the last node that needs each of them.

    A view has no bytes of its own, and an input that nothing reads takes none of the run's.
    `workspace` has the bytes that each layer needs while it runs, beside these.
    """

    sizes: list[int]
    until: list[int]
    workspace: list[int]


def measure_memory(graph: Graph, batch: int, item_bytes: int) -> Memory:
    """Memory of one pass with `batch` samples of `item_bytes` an element."""
    lives = _lives(graph, batch, item_bytes)
    peak, peak_at = _peak(graph, lives)
    params = sum(node.facts.params for node in graph.nodes) * item_bytes
    return Memory(
        params=params,
        buffers=sum(node.facts.buffers for node in graph.nodes) * item_bytes,
        activations=sum(lives.sizes[graph.input_count :]),
        peak_activations=peak,
        peak_at=graph.name_of(peak_at),
        kept=_kept(graph, batch, item_bytes),
        gradients=params,
        optimizer=2 * params,
    )


def alive_at_peak(graph: Graph, batch: int, item_bytes: int) -> dict[int, int]:
    """Bytes of each tensor that is alive at the peak, by the index of its layer or input."""
    lives = _lives(graph, batch, item_bytes)
    _, at = _peak(graph, lives)
    # A layer's inputs live until it has run, its output from then on.
    return {i: lives.sizes[i] for i in range(at + 1) if lives.until[i] >= at and lives.sizes[i]}


def _lives(graph: Graph, batch: int, item_bytes: int) -> _Lives:
    until = graph.alive_until()
    # What a layer without an input gives is counted with the parameters and buffers.
    sizes = [
        0
        if node.layer.is_view
        or until[node.at] < graph.input_count
        or (node.layer.is_source and node.at >= graph.input_count)
        else elements(node.facts.output) * batch * item_bytes
        for node in graph.nodes
    ]
    workspace = [node.facts.workspace * batch * item_bytes for node in graph.nodes]
    return _Lives(sizes, until, workspace)


def _peak(graph: Graph, lives: _Lives) -> tuple[int, int]:
    """(bytes, index) where most bytes are alive: a layer's inputs, output and workspace."""
    sizes, until, workspace = lives
    freed = Counter[int]()
    for size, index in zip(sizes, until, strict=True):
        freed[index] += size
    alive = sum(sizes[: graph.input_count])
    peak, peak_at = 0, graph.input_count
    for node in graph.layers:
        alive += sizes[node.at]
        if alive + workspace[node.at] > peak:
            peak, peak_at = alive + workspace[node.at], node.at
        alive -= freed[node.at]
    return peak, peak_at


def _kept(graph: Graph, batch: int, item_bytes: int) -> int:
    """Bytes that the layers keep for the backward pass; a tensor kept by several counts once.

    Layers without a learnt one before them have no backward pass: nobody asks for the gradient
    of the network's input.
    """
    owner: list[int] = []
    has_gradient: list[bool] = []
    kept: set[int] = set()
    values = extra_bytes = 0
    for node in graph.nodes:
        layer = node.layer
        is_view = layer.is_view and not layer.copies_in_training
        owner.append(owner[node.inputs[0]] if is_view else node.at)
        own = graph.owner_of(node).facts.params > 0 or any(
            has_gradient[source] for source in node.inputs
        )
        has_gradient.append(own)
        if not own:
            continue
        keeps = node.facts.kept
        if keeps.inputs:
            kept.update([owner[source] for source in node.inputs])
        if keeps.output:
            kept.add(owner[node.at])
        values += keeps.values * batch + keeps.values_once
        extra_bytes += keeps.bytes * batch
    whole = sum(elements(graph.shape_of(index)) for index in kept)
    return (whole * batch + values) * item_bytes + extra_bytes
