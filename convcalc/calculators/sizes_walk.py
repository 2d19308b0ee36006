"""Many input sizes through one graph at once: where each stands, and what each layer does to it.

The graph is placed once. Every layer is then asked for its output, by its own kind, at each of
the distinct shapes that reach it: a network of hundreds of layers sees far fewer shapes than
sizes times layers. What is said of a size is therefore what planning it anew would say.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from convcalc.arithmetic import tail_pixels
from convcalc.errors import LayerError
from convcalc.kinds.base import LayerKind, MergeKind
from convcalc.kinds.conv_transpose import ConvTranspose
from convcalc.shapes import Shape

if TYPE_CHECKING:
    from convcalc.kinds.base import Kind
    from convcalc.network.graph import Graph, GraphNode

Sample = tuple[Shape, ...]
Shapes = list[Shape | None]


@dataclass(frozen=True, slots=True)
class Record:
    """A layer at one input shape; `output` is None where it cannot stand.

    Of the axes judged: `dropped` are pixels of its input that the floor throws away, beyond the
    gaps that a stride larger than the span leaves anyway; `is_exact` says that not even padding
    is left over, `is_multiple` that the stride divides the size and leaves the quotient.
    `same_weights`: its learnt arrays have the shapes that they have in the graph.
    """

    output: Shape | None
    dropped: int = 0
    is_exact: bool = True
    is_multiple: bool = True
    same_weights: bool = True


@dataclass
class Walk:
    """What became of each sample.

    `shapes[i]` has the output of node i (inputs first, as in the graph) for every sample;
    `failed` the first layer that cannot stand, by sample, and `dropping` the first that drops
    pixels. The sets hold samples that do not meet a criterion.
    """

    shapes: list[Shapes]
    failed: dict[int, int] = field(default_factory=dict)
    dropping: dict[int, int] = field(default_factory=dict)
    inexact: set[int] = field(default_factory=set)
    uneven: set[int] = field(default_factory=set)
    reweighted: set[int] = field(default_factory=set)


class Walker:
    """Walks samples through a graph; it remembers each layer at each shape."""

    def __init__(self, graph: Graph, axes: frozenset[int]) -> None:
        self.graph = graph
        self.axes = axes
        self._memo: dict[int, dict[tuple[Shape, ...], Record]] = {}
        self._weights = [
            node.layer.weights(graph.shape_of(node.inputs[0]))
            if isinstance(node.layer, LayerKind) and _has(node.layer, "weights")
            else None
            for node in graph.nodes
        ]

    def walk(self, samples: Sequence[Sample]) -> Walk:
        """All samples through all layers."""
        walk = Walk([[sample[at] for sample in samples] for at in range(len(self.graph.inputs))])
        for step, node in enumerate(self.graph.nodes):
            walk.shapes.append(self._step(step, node, walk))
        return walk

    def _step(self, step: int, node: GraphNode, walk: Walk) -> Shapes:
        layer = node.layer
        if len(node.inputs) == 1:
            xs = walk.shapes[node.inputs[0]]
            if _is_plain(layer):
                return xs
            # One input is the rule: its shapes are the keys, without a tuple around them.
            records = {x: self._record(step, node, (x,)) for x in set(xs) if x is not None}
            if all(map(_is_quiet, records.values())):
                outputs: dict[Shape | None, Shape | None] = {
                    x: record.output for x, record in records.items()
                }
                outputs[None] = None
                return [outputs[x] for x in xs]
            keyed = [None if x is None else records[x] for x in xs]
        else:
            tuples = list(zip(*(walk.shapes[index] for index in node.inputs), strict=True))
            merged = {
                x: None if None in x else self._record(step, node, x)  # type: ignore[arg-type]
                for x in set(tuples)
            }
            keyed = [merged[x] for x in tuples]
        self._judge(step, keyed, walk)
        return [None if record is None else record.output for record in keyed]

    def _judge(self, step: int, keyed: Sequence[Record | None], walk: Walk) -> None:
        for sample, record in enumerate(keyed):
            if record is None:
                # A layer that none of whose inputs stands is not to blame.
                continue
            if record.output is None:
                walk.failed.setdefault(sample, step)
                continue
            if record.dropped:
                walk.dropping.setdefault(sample, step)
            if not record.is_exact:
                walk.inexact.add(sample)
            if not record.is_multiple:
                walk.uneven.add(sample)
            if not record.same_weights:
                walk.reweighted.add(sample)

    def _record(self, step: int, node: GraphNode, inputs: tuple[Shape, ...]) -> Record:
        # Equal layers are one object; only where they have weights does their place matter too.
        weights = self._weights[step]
        memo = self._memo.setdefault(id(node.layer) if not weights else -step - 1, {})
        record = memo.get(inputs)
        if record is None:
            record = memo[inputs] = self._new_record(node, inputs, weights)
        return record

    def _new_record(
        self, node: GraphNode, inputs: tuple[Shape, ...], weights: dict[str, Shape] | None
    ) -> Record:
        layer = node.layer
        try:
            if isinstance(layer, MergeKind):
                return Record(layer.output_of(inputs))
            assert isinstance(layer, LayerKind)
            x = inputs[0]
            output = layer.output(x)
            same = weights is None or layer.weights(x) == weights
            if not _has(layer, "windows") or isinstance(layer, ConvTranspose):
                return Record(output, same_weights=same)
            return self._windowed(layer, x, output, same)
        except LayerError:
            return Record(None)

    def _windowed(self, layer: LayerKind, x: Shape, output: Shape, same: bool) -> Record:
        if len(output) != len(x):
            return Record(output, same_weights=same)
        dropped, is_exact, is_multiple = 0, True, True
        for axis, (w, size, count) in enumerate(
            zip(layer.windows(x), x[1:], output[1:], strict=True)
        ):
            if axis not in self.axes:
                continue
            reach = w.span
            tail = tail_pixels(size, count, reach, w.stride, w.before, w.after)
            gap = max(0, w.stride - reach)
            dropped += max(0, tail - w.after - gap)
            is_exact = is_exact and tail == 0
            # Layers that shrink by their span only are no strided ones.
            is_multiple = is_multiple and (w.stride == 1 or count * w.stride == size)
        return Record(output, dropped, is_exact, is_multiple, same)


def _has(layer: Kind, method: str) -> bool:
    """True where the kind says something of its own."""
    return getattr(type(layer), method) is not getattr(LayerKind, method)


def _is_plain(layer: Kind) -> bool:
    """True for layers that hand on every shape as it is, and learn nothing."""
    return (
        isinstance(layer, LayerKind)
        and not _has(layer, "output")
        and not _has(layer, "windows")
        and not _has(layer, "weights")
    )


def _is_quiet(record: Record) -> bool:
    """True where there is nothing to note."""
    return (
        record.output is not None
        and not record.dropped
        and record.is_exact
        and record.is_multiple
        and record.same_weights
    )


def tied_layers(graph: Graph, walks: Sequence[Walk]) -> list[int]:
    """Layers through which one axis matters to another, so that axes cannot be judged apart.

    Nothing but reading position by position (a layer with links, a merge of equal maps) and
    turning every size into the same shape (a global pool) leaves axes apart; whatever is not
    seen to do so on every sample counts as a tie, and all behind it.
    """
    shift = len(graph.inputs)
    constant = [False] * shift
    tied: list[bool] = [False] * shift
    found = []
    for step, node in enumerate(graph.nodes):
        index = shift + step
        outputs = {shape for walk in walks for shape in walk.shapes[index] if shape is not None}
        never_fails = all(step not in walk.failed.values() for walk in walks)
        sources = node.inputs
        constant.append(
            len(outputs) == 1 and (never_fails or all(constant[source] for source in sources))
        )
        inherited = any(tied[source] for source in sources)
        apart = constant[-1] or _keeps_axes_apart(node, index, constant, walks)
        tied.append(inherited or not apart)
        if not inherited and not apart:
            found.append(step)
    return found


def _keeps_axes_apart(
    node: GraphNode, index: int, constant: Sequence[bool], walks: Sequence[Walk]
) -> bool:
    if all(constant[source] for source in node.inputs):
        return True
    if isinstance(node.layer, MergeKind):
        return all(map(_is_plain_merge, _merged(node, constant, walks)))
    links = node.facts.links[0]
    return links is not None and all(
        x is None or output is None or len(x) == len(output)
        for walk in walks
        for x, output in zip(walk.shapes[node.inputs[0]], walk.shapes[index], strict=True)
    )


def _merged(
    node: GraphNode, constant: Sequence[bool], walks: Sequence[Walk]
) -> Iterator[tuple[Shape, ...]]:
    """The shapes that a merge joins, without gates of one fixed shape."""
    moving = [source for source in node.inputs if not constant[source]]
    for walk in walks:
        for shapes in zip(*(walk.shapes[source] for source in moving), strict=True):
            if None not in shapes:
                yield shapes  # type: ignore[misc]


def _is_plain_merge(shapes: tuple[Shape, ...]) -> bool:
    """False where a map of size 1 stands beside a larger one, and could be taken for a gate."""
    return len({len(shape) for shape in shapes}) == 1 and all(
        1 not in sizes or set(sizes) == {1}
        for sizes in zip(*(shape[1:] for shape in shapes), strict=True)
    )
