"""Many input sizes through one graph at once: where each stands, and what each layer does to it.

The graph is placed once. Every layer is then asked for its output, by its own kind, at each of
the distinct shapes that reach it: a network of hundreds of layers sees far fewer shapes than
sizes times layers. What is said of a size is therefore what planning it anew would say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from convcalc.core.errors import LayerError
from convcalc.core.shapes import Shape
from convcalc.features.sizes.judged_layers import (
    JudgedAxes,
    Record,
    has,
    merge_record,
    record_of,
    sources_of,
)
from convcalc.kinds.base import LayerKind
from convcalc.kinds.reshape_family import Reshaping

if TYPE_CHECKING:
    from convcalc.kinds.base import Kind, Links
    from convcalc.network.graph import Graph, GraphNode

Sample = tuple[Shape, ...]
# Fields that say how many channels there are, and nothing of sizes.
_OF_CHANNELS = {"out_channels", "bias", "groups"}


@dataclass
class Column:
    """The output of one layer for all samples: sample i has the shape `values[ids[i]]`.

    Layers are asked once for each value, and deep in a network there are few. None stands for
    samples that have not come so far. Layers that hand on every shape share a column, so that
    what is asked of it is found once.
    """

    ids: list[int]
    values: list[Shape | None]

    def __getitem__(self, sample: int) -> Shape | None:
        return self.values[self.ids[sample]]

    @cached_property
    def distinct(self) -> frozenset[Shape]:
        """The shapes that occur."""
        return frozenset(value for value in self.values if value is not None)

    @cached_property
    def ranks(self) -> frozenset[int]:
        """How many sizes, channels among them, these have."""
        return frozenset(map(len, self.distinct))

    @cached_property
    def channels(self) -> frozenset[int]:
        """The channels that occur."""
        return frozenset(shape[0] for shape in self.distinct)

    def mapped(self, values: list[Shape | None]) -> Column:
        """The column of a layer that makes `values` of these."""
        places: dict[Shape | None, int] = {}
        moved = [places.setdefault(value, len(places)) for value in values]
        if len(places) == len(values):
            return Column(self.ids, values)
        return Column([moved[at] for at in self.ids], list(places))


@dataclass
class WalkedSamples:
    """What became of each sample.

    `columns[i]` is the output of node i of the graph. `failed` is the first
    layer that cannot stand, by sample, `dropping` the first that drops pixels. The sets hold
    the samples that do not meet a criterion.
    """

    count: int
    columns: list[Column]
    failed: dict[int, int] = field(default_factory=dict)
    dropping: dict[int, int] = field(default_factory=dict)
    inexact: set[int] = field(default_factory=set)
    uneven: set[int] = field(default_factory=set)
    reweighted: set[int] = field(default_factory=set)


class _Layer(NamedTuple):
    """A layer in its place: input, output and learnt arrays as the graph has them."""

    layer: LayerKind
    x: Shape
    output: Shape
    weights: dict[str, Shape]


class Walker:
    """Walks samples through a graph, judging what `axes` says; it remembers every layer.

    Layers of one kind whose fields differ in channels only do the same to sizes: the first of
    them is asked for all. A layer whose channels are not those of the graph speaks for itself.
    """

    def __init__(self, graph: Graph, axes: JudgedAxes) -> None:
        self.graph = graph
        self.axes = axes
        self.sources = sources_of(graph)
        self._families: dict[object, _Layer] = {}
        # Equal layers behind equal shapes share their facts: by them, the layer and its family.
        self._known: dict[int, tuple[_Layer | None, object]] = {}
        self._by_family: dict[tuple[object, Shape, tuple[int, ...]], Record] = {}

    def _of(self, node: GraphNode) -> tuple[_Layer | None, object]:
        known = self._known.get(id(node.facts))
        if known is None:
            placed = self._place(node)
            known = placed, self._family(placed, node.facts.links[0] if node.inputs else None)
            self._known[id(node.facts)] = known
        return known

    def _place(self, node: GraphNode) -> _Layer | None:
        if not isinstance(node.layer, LayerKind):
            return None
        x = self.graph.shape_of(node.inputs[0])
        return _Layer(node.layer, x, node.facts.output, node.layer.weights(x))

    def _family(self, placed: _Layer | None, links: Links) -> object:
        # Without positions, sizes may turn into channels: such a layer speaks for itself.
        if placed is None or links is None or isinstance(placed.layer, Reshaping):
            return None
        if len(placed.output) != len(placed.x):
            return None
        fields = [
            (name, getattr(placed.layer, name))
            for name in type(placed.layer).model_fields
            if name not in _OF_CHANNELS
        ]
        key = (type(placed.layer), len(placed.x), repr(fields))
        first = self._families.setdefault(key, placed)
        # Where arrays follow the size, only layers of one size have the same ones at the same.
        same = first.layer.weights((first.x[0], *placed.x[1:])) == first.weights
        return key if same else None

    def walk(self, samples: Sequence[Sample]) -> WalkedSamples:
        """All samples through all layers."""
        start = Column(list(range(len(samples))), [None] * len(samples))
        walk = WalkedSamples(len(samples), [])
        # What a layer makes of a column, and notes of it, it does again wherever both stand again.
        met: dict[tuple[int, ...], Column] = {}
        for node in self.graph.nodes[: self.graph.input_count]:
            walk.columns.append(start.mapped([sample[node.at] for sample in samples]))
        for node in self.graph.layers:
            columns = [id(walk.columns[index]) for index in node.inputs]
            key = (id(node.facts), self.sources[node.at], *columns)
            if key not in met:
                met[key] = self._column(node, start, walk)
            walk.columns.append(met[key])
        return walk

    def _column(self, node: GraphNode, start: Column, walk: WalkedSamples) -> Column:
        if not node.inputs:
            return start.mapped([node.facts.output] * walk.count)
        if len(node.inputs) == 1:
            column = walk.columns[node.inputs[0]]
            if _is_plain(node.layer):
                return column
            records = [None if x is None else self._record(node, (x,)) for x in column.values]
        else:
            column, tuples = joined([walk.columns[index] for index in node.inputs])
            records = [None if x is None else self._record(node, x) for x in tuples]
        if not all(record is None or record.is_quiet for record in records):
            _judge(node.at, column.ids, records, walk)
        made = [None if record is None else record.output for record in records]
        for source in (walk.columns[index] for index in node.inputs):
            # The very same column: what stands behind it may be met again.
            if source.ids is column.ids and source.values == made:
                return source
        return column.mapped(made)

    def _record(self, node: GraphNode, inputs: tuple[Shape, ...]) -> Record:
        placed, family = self._of(node)
        if placed is not None and family is not None and inputs[0][0] == placed.x[0]:
            sizes = inputs[0][1:]
            axes = self.axes.of(self.sources[node.at], len(sizes))
            known = self._by_family.get((family, sizes, axes))
            if known is None:
                first = self._families[family]
                known = self._new_record(first, (first.x[0], *sizes), axes)
                self._by_family[family, sizes, axes] = known
            if known.output is None or known.output[0] == placed.output[0]:
                return known
            return replace(known, output=(placed.output[0], *known.output[1:]))
        if placed is None:
            return merge_record(node, inputs)
        axes = self.axes.of(self.sources[node.at], len(inputs[0]) - 1)
        return self._new_record(placed, inputs[0], axes)

    def _new_record(self, placed: _Layer, x: Shape, axes: tuple[int, ...]) -> Record:
        layer = placed.layer
        try:
            output = layer.output(x)
            same = not placed.weights or layer.weights(x) == placed.weights
            record = record_of(layer, x, output, axes)
            return record if same else replace(record, same_weights=False)
        except LayerError:
            return Record(None)


def joined(columns: list[Column]) -> tuple[Column, list[tuple[Shape, ...] | None]]:
    """One column for several, and the shapes of each of its values; None where one is missing."""
    first = columns[0]
    if all(column.ids is first.ids for column in columns):
        ids = first.ids
        chosen = list(zip(*(range(len(column.values)) for column in columns), strict=False))
    else:
        places: dict[tuple[int, ...], int] = {}
        rows = zip(*(column.ids for column in columns), strict=True)
        ids = [places.setdefault(row, len(places)) for row in rows]
        chosen = list(places)
    tuples: list[tuple[Shape, ...] | None] = []
    for row in chosen:
        shapes = [column.values[at] for column, at in zip(columns, row, strict=True)]
        tuples.append(None if None in shapes else tuple(shape for shape in shapes if shape))
    return Column(ids, [None] * len(tuples)), tuples


def _judge(
    index: int, ids: Sequence[int], records: Sequence[Record | None], walk: WalkedSamples
) -> None:
    """Keep what is to be noted; a layer whose input has not come so far is not to blame."""
    loud = {
        at: record
        for at, record in enumerate(records)
        if record is not None and not record.is_quiet
    }
    for sample, at in enumerate(ids):
        record = loud.get(at)
        if record is None:
            continue
        if record.output is None:
            walk.failed.setdefault(sample, index)
            continue
        if record.dropped:
            walk.dropping.setdefault(sample, index)
        if not record.is_exact:
            walk.inexact.add(sample)
        if not record.is_multiple:
            walk.uneven.add(sample)
        if not record.same_weights:
            walk.reweighted.add(sample)


def _is_plain(layer: Kind) -> bool:
    """True for layers that hand on every shape as it is, and learn nothing."""
    return isinstance(layer, LayerKind) and not any(
        has(layer, method) for method in ("output", "windows", "weights")
    )
