"""The report: what every layer sees, in frozen figures, with notes and verdicts."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated

from convcalc.core.reach import AxisReach, PatternError, Sliding
from convcalc.core.reach_figures import figures_together, interval, measure
from convcalc.core.records import Hidden, Key, SizedAnswer, Sizes
from convcalc.core.shapes import Shape, spatial
from convcalc.features.rf import effective
from convcalc.features.rf.equal_axes import by_axis
from convcalc.features.rf.figures import FieldConvention, FieldRow, Ignored, rows_of
from convcalc.features.rf.footprint import used_by
from convcalc.features.rf.lens import Lens, find, look
from convcalc.features.rf.merges import Merges
from convcalc.features.rf.pixel_sets import TooWideError
from convcalc.features.rf.values import AxisField, LayerField, Note, Verdict
from convcalc.features.rf.walk import Trail, Visited, walk
from convcalc.planning.reaches import Reach
from convcalc.report.view import turned

if TYPE_CHECKING:
    from convcalc.network.graph import Graph


@dataclass(frozen=True)
class FieldReport(SizedAnswer):
    """The receptive fields of a network's layers.

    `layers` has one entry for each layer and source that it depends on, in order of the layers.
    `is_placed` is False where the size of the input is made up (a chain without a file), so that
    outputs and shares of padding mean nothing, nor does the size of a whole input.
    """

    lens: Hidden[Lens]
    layers: Hidden[tuple[LayerField, ...]]
    notes: Annotated[tuple[Note, ...], Key("Facts that the figures do not show.")]
    verdicts: Annotated[tuple[Verdict, ...], Key("What to make of it.")]
    is_placed: Hidden[bool] = True
    reading: Hidden[str] = ""

    @property
    @Key()
    def name(self) -> str:
        """The network's name."""
        return self.lens.graph.name

    @property
    def sources(self) -> dict[str, Shape]:
        """What is measured back to: shapes by name."""
        graph = self.lens.graph
        return {graph.name_of(index): graph.shape_of(index) for index in self.lens.sources}

    @property
    @Key(name="from")
    def origin(self) -> str | None:
        """The layer measured back to; None for the network's inputs."""
        sources = self.lens.sources
        whole = sources == tuple(range(self.lens.graph.input_count))
        return None if whole else self.lens.graph.name_of(sources[0])

    def of(self, layer: str) -> tuple[LayerField, ...]:
        """The figures of `layer`, one for each source. Raises StackError for an unknown name."""
        index = find(self.lens.graph, layer)
        return tuple(field for field in self.layers if field.index == index)

    @property
    @Key(name="sources")
    def known_sources(self) -> Mapping[str, Sizes | None]:
        """What is measured back to: shapes by name, null where the input's size is open."""
        return {name: shape if self.is_placed else None for name, shape in self.sources.items()}

    @property
    @Key()
    def ignored(self) -> Ignored:
        """What was left out."""
        return Ignored(self.lens.words, tuple(self.lens.skipped))

    @property
    @Key()
    def convention(self) -> FieldConvention:
        """What the figures mean."""
        return FieldConvention()

    @property
    @Key()
    def rows(self) -> tuple[FieldRow, ...]:
        """The layers asked for, each with what it sees of every source."""
        return rows_of(self.layers, self.is_placed)


def field_report(
    graph: Graph,
    *,
    layers: Iterable[str] = (),
    origin: str | None = None,
    ignore: Iterable[str] = (),
    object_size: int | None = None,
    history: int | None = None,
    is_placed: bool = True,
) -> FieldReport:
    """The receptive field of every layer, or of `layers`, measured back to the inputs.

    `origin` measures back to that layer instead. `ignore` leaves layers out (see
    `convcalc.features.rf.lens`). `object_size` and `history` ask for a verdict on them.
    Raises StackError for names that the network does not have, and where `history` does not apply.

    >>> from convcalc import loads
    >>> network = loads('''
    ... convcalc: 1
    ... input: [3, 224, 224]
    ... layers: [conv: {out: 64, k: 7, s: 2, p: 3}, max_pool: {k: 3, s: 2, p: 1}]
    ... ''')
    >>> report = field_report(network.graph())
    >>> [axis.size for axis in report.layers[-1].axes], report.layers[-1].used
    ([11, 11], Fraction(1, 1))
    """
    from convcalc.features.rf.verdicts import Judge

    lens = look(graph, origin, ignore)
    wanted = frozenset(find(graph, name) for name in layers)
    merges = Merges(lens)
    judge = Judge(lens, wanted)
    measurer = _Measurer(lens)
    found: list[LayerField] = []
    for seen in walk(lens):
        merges.add(seen)
        fields = measurer.fields(seen)
        judge.add(seen, fields)
        if not wanted or seen.node in wanted:
            found += fields
    names = {graph.name_of(index) for index in wanted} or None
    notes = [*measurer.notes(names), *merges.notes(names)]
    verdicts = judge.verdicts(object_size, history, is_placed)
    reading = "; ".join(turned(graph.inputs)) if is_placed else ""
    return FieldReport(lens, tuple(found), tuple(notes), tuple(verdicts), is_placed, reading)


class _Measurer:
    """Reduces a walk to figures. Pointwise layers hand on the very same reach: it is met again."""

    def __init__(self, lens: Lens) -> None:
        self.lens = lens
        self._known: tuple[Reach, ...] | None = None
        self._sizes: Shape = ()
        self._figures: list[_Figures] = []
        self._global: list[str] = []
        self._lost: list[str] = []
        self._declared: list[str] = []
        numbers = range(len(lens.sources))
        self._sources = [(lens.source_name(at), lens.source_shape(at)) for at in numbers]

    def fields(self, seen: Visited) -> list[LayerField]:
        """The figures of one layer, one for each source."""
        graph = self.lens.graph
        output = graph.shape_of(seen.node)
        sizes = spatial(output)
        if seen.reaches is not self._known or sizes != self._sizes:
            self._known, self._sizes = seen.reaches, sizes
            trails = {trail.source: trail for trail in seen.trails}
            self._figures = [
                _figures(
                    reach, trails[reach.source], sizes, spatial(self._sources[reach.source][1])
                )
                for reach in seen.reaches
            ]
        node = graph.nodes[seen.node]
        fields = [
            LayerField(
                seen.node,
                node.name,
                node.layer.kind,
                output,
                self._sources[reach.source][0],
                self._sources[reach.source][1],
                *figures,
                seen.is_new,
                reach.shown.at_most,
                reach.placed is not None or reach.counts != sizes,
            )
            for reach, figures in zip(seen.reaches, self._figures, strict=True)
        ]
        if any(field.is_global and field.axes for field in fields):
            self._global.append(node.name)
        if not all(field.is_followed for field in fields):
            self._lost.append(node.name)
        if "receptive_field" in node.facts.declared:
            self._declared.append(node.name)
        return fields

    def notes(self, names: Container[str] | None) -> list[Note]:
        """What is to be said of layers (of `names`) that see everything or are not followed."""
        notes = []
        seeing, lost, told = (
            tuple(name for name in every if names is None or name in names)
            for every in (self._global, self._lost, self._declared)
        )
        if seeing:
            message = (
                "every unit depends on the whole input, as behind attention, a recurrent layer, a "
                "gate or a norm over space; the local field stands behind it, and "
                "`--ignore global` shows it alone"
            )
            notes.append(Note("sees-everything", message, seeing))
        if lost:
            message = "the field repeats after too many units, or reads too many, to be followed"
            notes.append(Note("not-followed", message, lost))
        if told:
            message = "what it reads is as the file declares it; the fields behind rest on that"
            notes.append(Note("declared", message, told))
        return notes


# axes, is_global, aligned, used, is_gridded, deviations
_Figures = tuple[tuple[AxisField, ...], bool, bool, Fraction | None, bool, tuple[float, ...] | None]


def _figures(reach: Reach, trail: Trail, sizes: Shape, source: Shape) -> _Figures:
    """The figures over a map of `sizes`, in pixels of a source of `source`."""
    axes, whole = reach.axes, reach.shown.whole
    if reach.placed is not None and not reach.lost:
        with suppress(PatternError):
            # Seen by what reads all channels, an axis of the source at a time.
            axes, sizes = reach.placed.shown
    has_positions = axes is not None and not reach.lost and len(axes) == len(sizes)
    if axes is None or not has_positions:
        return (), whole, True, None, False, None
    unit = tuple((count - 1) // 2 for count in sizes)
    try:
        fields = figures_together(by_axis(_axis_field, axes, sizes, unit, source))
    except PatternError:
        return (), whole, True, None, False, None
    aligned = all(isinstance(axis, Sliding) or len(axis) == 1 for axis in axes)
    share, is_gridded = _used(trail, unit)
    return fields, whole, aligned, share, is_gridded, _deviations(trail, unit)


def _axis_field(axis: AxisReach, count: int, unit: int, size: int) -> AxisField:
    field = measure(axis, count)
    ends = interval(axis, unit)
    before = after = 0
    if ends is not None:
        before = min(max(0, -ends[0]), field.size)
        after = min(max(0, ends[1] - size + 1), field.size)
    return AxisField(field.size, field.least, field.most, field.stride, field.start, before, after)


def _used(trail: Trail, unit: Sequence[int]) -> tuple[Fraction | None, bool]:
    if trail.footprint is None:
        return None, False
    try:
        used = used_by(trail.footprint, unit)
    except TooWideError:
        return None, False
    return (None, False) if used is None else (used.share, used.is_gridded)


def _deviations(trail: Trail, unit: Sequence[int]) -> tuple[float, ...] | None:
    if trail.walks is None:
        return None
    return by_axis(effective.deviation, trail.walks, unit)
