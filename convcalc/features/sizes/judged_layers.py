"""What a layer does to the sizes of its input: whether it stands, what it drops or divides."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from convcalc.core.arithmetic import tail_pixels
from convcalc.core.errors import LayerError
from convcalc.core.shapes import Shape
from convcalc.kinds.base import LayerKind, MergeKind

if TYPE_CHECKING:
    from convcalc.features.sizes.axis_groups import AxisGroup
    from convcalc.kinds.base import Facts, Kind
    from convcalc.network.graph import Graph, GraphNode


@dataclass(frozen=True, slots=True)
class Record:
    """A layer at one input shape; `output` is None where it cannot stand.

    Of the axes judged: `dropped` are pixels of its input that the floor throws away, beyond the
    gaps that a stride larger than the span leaves anyway; `is_exact` says that not even padding is
    left over, `is_multiple` that the stride divides the size and leaves the quotient.
    `same_weights`: its learnt arrays have the shapes that they have in the graph.
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


class JudgedAxes:
    """Which axes of a map the sizes of some axes of the inputs are judged by.

    A map has the axes of those inputs of its own rank that it is made of. Where it is made of none
    such, axes have become one or more, and all are judged.
    """

    def __init__(self, inputs: Mapping[str, Shape], groups: Sequence[AxisGroup]) -> None:
        self._ranks = [len(shape) - 1 for shape in inputs.values()]
        self._groups = groups
        self._known: dict[tuple[int, int], tuple[int, ...]] = {}

    def of(self, sources: int, rank: int) -> tuple[int, ...]:
        """The axes, 0 for the first behind the channels; none where nothing asked reaches the map.

        `sources` are the inputs that a map of `rank` axes is made of, as bits.
        """
        known = self._known.get((sources, rank))
        if known is None:
            known = self._known[sources, rank] = tuple(self._found(sources, rank))
        return known

    def _found(self, sources: int, rank: int) -> Iterable[int]:
        made_of = {at for at in range(len(self._ranks)) if sources >> at & 1}
        alike = {at for at in made_of if self._ranks[at] == rank}
        reaching = [one for one in self._groups if not made_of.isdisjoint(one.inputs)]
        if alike:
            return sorted({one.axis for one in reaching if not alike.isdisjoint(one.inputs)})
        return range(rank) if reaching else ()


def sources_of(graph: Graph) -> list[int]:
    """The inputs that each node is made of, as bits."""
    found = [1 << at for at in range(graph.input_count)]
    for node in graph.layers:
        found.append(reduce(or_, (found[at] for at in node.inputs), 0))
    return found


class Judged:
    """Layers where they stand in graphs of one network, each judged once for all of these.

    Equal layers behind equal shapes share their facts, also from graph to graph.
    """

    def __init__(self, axes: JudgedAxes) -> None:
        self.axes = axes
        # The facts are held, so that no others get their identity.
        self._known: dict[tuple[int, int], tuple[Facts, Record, dict[str, Shape]]] = {}

    def records(self, graph: Graph) -> list[Record]:
        """What each layer does to its input."""
        return [record for _, record, _ in self._of(graph)]

    def weights(self, graph: Graph) -> list[dict[str, Shape]]:
        """The learnt arrays of every layer that has any."""
        return [weights for _, _, weights in self._of(graph) if weights]

    def _of(self, graph: Graph) -> Iterator[tuple[Facts, Record, dict[str, Shape]]]:
        sources = sources_of(graph)
        for node in graph.layers:
            key = id(node.facts), sources[node.at]
            if key not in self._known:
                self._known[key] = self._new(graph, node, sources[node.at])
            yield self._known[key]

    def _new(
        self, graph: Graph, node: GraphNode, sources: int
    ) -> tuple[Facts, Record, dict[str, Shape]]:
        facts = node.facts
        if not isinstance(node.layer, LayerKind):
            return facts, Record(facts.output), {}
        x = graph.shape_of(node.inputs[0])
        axes = self.axes.of(sources, len(x) - 1)
        return facts, record_of(node.layer, x, facts.output, axes), node.layer.weights(x)


def record_of(layer: LayerKind, x: Shape, output: Shape, axes: Iterable[int]) -> Record:
    """What the layer drops of `x` on these axes."""
    if not has(layer, "windows") or layer.sliding == "transposed" or len(output) != len(x):
        return Record(output)
    dropped, is_exact, is_multiple = 0, True, True
    windows = layer.windows(x)
    for axis in axes:
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
