"""Bytes at inference and in training, from one liveness walk over the graph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from convcalc.core.shapes import elements
from convcalc.network.graph import Graph


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes of a whole network; `convention` says under which assumptions.

    `peak_activations` is the largest sum of activations alive at once, reached while
    `peak_at` runs; `inference` adds parameters and buffers. `kept` is what the backward pass
    needs again; `training` adds parameters, buffers, gradients and optimizer state.
    """

    params: int
    buffers: int
    activations: int
    peak_activations: int
    peak_at: str
    kept: int
    gradients: int
    optimizer: int

    @property
    def inference(self) -> int:
        """Peak bytes at inference, parameters included."""
        return self.params + self.buffers + self.peak_activations

    @property
    def training(self) -> int:
        """Bytes that training keeps, without workspace."""
        return self.params + self.buffers + self.kept + self.gradients + self.optimizer


class _Lives(NamedTuple):
    """The tensors of a run by index, inputs first: bytes, and the step of the last use of each.

    `workspace` has the bytes that each layer needs while it runs, beside these.

    A view has no bytes of its own; `owner` is the tensor whose memory an output occupies. A
    `last_use` of -1 is an input that nothing reads, one of `end` an output of the network.
    """

    sizes: list[int]
    last_use: list[int]
    owner: list[int]
    workspace: list[int]
    end: int

    @property
    def shift(self) -> int:
        """How many inputs there are."""
        return len(self.sizes) - self.end


def measure_memory(graph: Graph, batch: int, item_bytes: int) -> Memory:
    """Memory of one pass with `batch` samples of `item_bytes` an element."""
    lives = _lives(graph, batch, item_bytes)
    peak, peak_step = _peak(lives)
    params = sum(node.facts.params for node in graph.nodes) * item_bytes
    return Memory(
        params=params,
        buffers=sum(node.facts.buffers for node in graph.nodes) * item_bytes,
        activations=sum(lives.sizes[lives.shift :]),
        peak_activations=peak,
        peak_at=graph.nodes[peak_step].name if graph.nodes else "",
        kept=_kept(graph, batch, item_bytes),
        gradients=params,
        optimizer=2 * params,
    )


def alive_at_peak(graph: Graph, batch: int, item_bytes: int) -> dict[int, int]:
    """Bytes of each tensor that is alive at the peak, by the index of its layer or input."""
    lives = _lives(graph, batch, item_bytes)
    _, step = _peak(lives)
    # A layer's inputs live until it has run, its output from then on.
    made = range(min(lives.shift + step + 1, len(lives.sizes)))
    return {i: lives.sizes[i] for i in made if lives.last_use[i] >= step and lives.sizes[i]}


def _lives(graph: Graph, batch: int, item_bytes: int) -> _Lives:
    shift = len(graph.inputs)
    sizes = [elements(shape) * batch * item_bytes for shape in graph.inputs.values()]
    owner = list(range(shift))
    last_use = [-1] * shift
    for step, node in enumerate(graph.nodes):
        index = shift + step
        owner.append(owner[node.inputs[0]] if node.layer.is_view else index)
        sizes.append(0 if node.layer.is_view else elements(node.facts.output) * batch * item_bytes)
        last_use.append(step)
        for source in node.inputs:
            last_use[owner[source]] = step
    end = len(graph.nodes)
    for index in graph.outputs:
        last_use[owner[index]] = end
    workspace = [node.facts.workspace * batch * item_bytes for node in graph.nodes]
    return _Lives(sizes, last_use, owner, workspace, end)


def _peak(lives: _Lives) -> tuple[int, int]:
    """(bytes, step) at which most bytes are alive: a layer's inputs, output and workspace."""
    sizes, last_use, _, workspace, end = lives
    shift = lives.shift
    freed = [0] * (end + 1)
    for index, step in enumerate(last_use):
        # An input that nothing reads takes no memory of the run.
        if step >= 0:
            freed[step] += sizes[index]
    alive = sum(size for size, step in zip(sizes[:shift], last_use, strict=False) if step >= 0)
    peak, peak_step = 0, 0
    for step in range(end):
        alive += sizes[shift + step]
        if alive + workspace[step] > peak:
            peak, peak_step = alive + workspace[step], step
        alive -= freed[step]
    return peak, peak_step


def _kept(graph: Graph, batch: int, item_bytes: int) -> int:
    """Bytes that the layers keep for the backward pass; a tensor kept by several counts once.

    Layers without a learnt one before them have no backward pass: nobody asks for the gradient
    of the network's input.
    """
    owner = list(range(len(graph.inputs)))
    has_gradient = [False] * len(owner)
    kept: set[int] = set()
    values = extra_bytes = 0
    for index, node in enumerate(graph.nodes, len(owner)):
        layer = node.layer
        is_view = layer.is_view and not layer.copies_in_training
        owner.append(owner[node.inputs[0]] if is_view else index)
        own = node.facts.params > 0 or any(has_gradient[source] for source in node.inputs)
        has_gradient.append(own)
        if not own:
            continue
        keeps = node.facts.kept
        if keeps.inputs:
            kept.update([owner[source] for source in node.inputs])
        if keeps.output:
            kept.add(owner[index])
        values += keeps.values * batch + keeps.values_once
        extra_bytes += keeps.bytes * batch
    whole = sum(elements(graph.shape_of(index)) for index in kept)
    return (whole * batch + values) * item_bytes + extra_bytes
