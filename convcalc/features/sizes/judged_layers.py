"""What a layer does to the sizes of its input: whether it stands, what it drops or divides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from convcalc.core.arithmetic import tail_pixels
from convcalc.core.errors import LayerError
from convcalc.core.shapes import Shape
from convcalc.kinds.base import LayerKind, MergeKind

if TYPE_CHECKING:
    from convcalc.kinds.base import Facts, Kind
    from convcalc.network.graph import Graph, GraphNode


@dataclass(frozen=True, slots=True)
class Record:
    """A layer at one input shape; `output` is None where it cannot stand.

    Of the axes judged (all, where there are more or fewer than the input has): `dropped` are
    pixels of its input that the floor throws away, beyond the gaps that a stride larger than the
    span leaves anyway; `is_exact` says that not even padding is left over, `is_multiple` that the
    stride divides the size and leaves the quotient. `same_weights`: its learnt arrays have the
    shapes that they have in the graph.
    """

    output: Shape | None
    dropped: int = 0
    is_exact: bool = True
    is_multiple: bool = True
    same_weights: bool = True

    @property
    def is_quiet(self) -> bool:
        """True where there is nothing to note."""
        return (
            self.output is not None
            and not self.dropped
            and self.is_exact
            and self.is_multiple
            and self.same_weights
        )


class Judged:
    """Layers where they stand in graphs of one network, each judged once for all of these.

    Equal layers behind equal shapes share their facts, also from graph to graph.
    """

    def __init__(self, axes: frozenset[int], ranks: set[int]) -> None:
        self.axes, self.ranks = axes, ranks
        # The facts are held, so that no others get their identity.
        self._known: dict[int, tuple[Facts, Record, dict[str, Shape]]] = {}

    def record(self, graph: Graph, node: GraphNode) -> Record:
        """What the layer does to its input."""
        return self._of(graph, node)[1]

    def weights(self, graph: Graph) -> list[dict[str, Shape]]:
        """The learnt arrays of every layer that has any."""
        every = (self._of(graph, node)[2] for node in graph.layers)
        return [weights for weights in every if weights]

    def _of(self, graph: Graph, node: GraphNode) -> tuple[Facts, Record, dict[str, Shape]]:
        known = self._known.get(id(node.facts))
        if known is None:
            record, weights = Record(node.facts.output), dict[str, Shape]()
            if isinstance(node.layer, LayerKind):
                x = graph.shape_of(node.inputs[0])
                record = record_of(node.layer, x, node.facts.output, self.axes, self.ranks)
                weights = node.layer.weights(x)
            known = self._known[id(node.facts)] = node.facts, record, weights
        return known


def record_of(
    layer: LayerKind, x: Shape, output: Shape, axes: frozenset[int], ranks: set[int]
) -> Record:
    """What the layer drops of `x` on these axes, or on all where `x` has no more of them."""
    if not has(layer, "windows") or layer.sliding == "transposed" or len(output) != len(x):
        return Record(output)
    dropped, is_exact, is_multiple = 0, True, True
    windows = layer.windows(x)
    for axis in axes if len(windows) in ranks else range(len(windows)):
        w, size, count = windows[axis], x[1 + axis], output[1 + axis]
        reach = w.span
        tail = tail_pixels(size, count, reach, w.stride, w.before, w.after)
        gap = max(0, w.stride - reach)
        # A crop is a negative padding: what it cuts is asked for, and no floor's doing.
        dropped += max(0, tail - max(0, w.after) - gap)
        is_exact = is_exact and tail == 0
        # A layer of stride 1 shrinks by its span, which divides nothing.
        is_multiple = is_multiple and (w.stride == 1 or count * w.stride == size)
    return Record(output, dropped, is_exact, is_multiple)


def merge_record(node: GraphNode, inputs: tuple[Shape, ...]) -> Record:
    """A merge of inputs of these shapes, which drops nothing."""
    assert isinstance(node.layer, MergeKind)
    try:
        return Record(node.layer.output_of(inputs))
    except LayerError:
        return Record(None)


def has(layer: Kind, method: str) -> bool:
    """True where the kind says something of its own."""
    return getattr(type(layer), method) is not getattr(LayerKind, method)
