"""What is drawn of a report: one source, a handful of layers, and one unit of each.

Without names these are the layers on the widest path to the first output at which the stride
changes next, hence the ends of its stages, and the last one that has positions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from convcalc.core.errors import Problem, StackError
from convcalc.core.reach import AxisReach, Sliding
from convcalc.core.reach_figures import interval
from convcalc.core.shapes import Shape, spatial
from convcalc.features.rf import FieldReport, LayerField, find
from convcalc.features.rf.drawing.choice import best_name, choice, widest_input
from convcalc.features.rf.footprint import Footprint
from convcalc.features.rf.unit import check_unit
from convcalc.features.rf.walk import walk

Ends = tuple[tuple[int, int], ...]
# Rectangles that can be told apart, and rows of a strip.
MOST_NESTED, MOST_ROWS = 6, 10


class Drawn(NamedTuple):
    """One layer to draw: the window of `unit`, per axis, ends included, unclipped.

    `origin` is the pixel that positions are counted from; `footprint` has the pixels that units
    of the layer use, None where they are not followed.
    """

    name: str
    field: LayerField
    unit: tuple[int, ...]
    window: Ends
    origin: tuple[int, ...]
    footprint: Footprint | None

    @property
    def counted(self) -> Ends:
        """The window as it is written, counted from the origin."""
        pairs = zip(self.window, self.origin, strict=True)
        return tuple((first - zero, last - zero) for (first, last), zero in pairs)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Pixels of the window on each axis."""
        return tuple(last - first + 1 for first, last in self.window)


@dataclass(frozen=True, eq=False)
class Scene:
    """The source, the layers to draw (in order of the network), and the figures of all layers.

    `left_out` are the names of further sources, which are not drawn.
    """

    report: FieldReport
    source: str
    shape: Shape
    drawn: tuple[Drawn, ...]
    fields: dict[int, LayerField]
    left_out: tuple[str, ...]

    @property
    def sizes(self) -> Shape:
        """The source's size on each axis."""
        return spatial(self.shape)

    @property
    def rank(self) -> int:
        """The number of axes."""
        return len(self.shape) - 1

    def parent(self, index: int) -> int | None:
        """The input of a layer that sees most of the source; None at the source."""
        return widest_input(self.report, self.fields, index)


def scene(
    report: FieldReport, layers: Sequence[str] = (), at: tuple[int, ...] | None = None
) -> Scene:
    """The scene of a report of all layers: `layers`, or a choice, with the unit `at` of each.

    Without `at` each layer shows its centre unit. With `at` and no layers it is a unit of the last
    layer, and the others show the unit whose field has its centre nearest. Where no layer looks
    ahead, fields that end together belong together. Raises StackError for names and
    units that do not exist, and where no layer has a field to draw.
    """
    graph = report.lens.graph
    named = list(dict.fromkeys(find(graph, name) for name in layers))
    source = _source(report, named)
    seen = {f.index: f for f in report.layers if f.source == source and f.axes}
    fields = {index: field for index, field in seen.items() if not field.is_moved}
    for index in named:
        if index not in fields:
            message = f"`{graph.name_of(index)}` has no field of `{source}` with positions to draw"
            if index in seen:
                message = f"the positions of `{graph.name_of(index)}` do not lie as in `{source}`"
            raise _refused(report, message, "ask for a layer in front of it")
    if not fields:
        message = "no layer has a field with positions to draw"
        raise _refused(report, message, "draw a network with convolutions or pools")
    shape = next(iter(fields.values())).source_shape
    most = MOST_ROWS if len(shape) == 2 else MOST_NESTED
    chosen = named or choice(report, fields, most)
    if at is not None:
        for index in named or chosen[-1:]:
            check_unit(report.lens, index, at)
    left_out = tuple(name for name in report.sources if name != source)
    drawn = _drawn(report, fields, chosen, at, bool(named))
    return Scene(report, source, shape, drawn, fields, left_out)


def _refused(report: FieldReport, message: str, help: str) -> StackError:
    return StackError([Problem("wrong-value", message, help=help, file=report.lens.graph.file)])


def _source(report: FieldReport, named: Sequence[int]) -> str:
    """The first source that the layers see, of those with positions."""
    seen = [f.source for f in report.layers if f.axes and (not named or f.index == named[-1])]
    return next((name for name in report.sources if name in seen), next(iter(report.sources)))


def _drawn(
    report: FieldReport,
    fields: dict[int, LayerField],
    chosen: Sequence[int],
    at: tuple[int, ...] | None,
    is_named: bool,
) -> tuple[Drawn, ...]:
    known = _known(report, fields, chosen)
    last = chosen[-1]
    target = _centre_unit(fields[last]) if at is None else at
    places = [_PLACES[causal] for causal in _causal_axes(fields, known, chosen)]
    drawn = []
    for index in sorted(chosen):
        field, (axes, footprint) = fields[index], known[index]
        unit = _centre_unit(field)
        if index == last or (is_named and at is not None):
            unit = target
        elif not is_named:
            unit = tuple(
                _nearest(place, axis, place(goal, number), count) if at or place is _end else own
                for place, axis, goal, number, count, own in zip(
                    places, axes, known[last].axes, target, field.output[1:], unit, strict=True
                )
            )
        ends = [interval(axis, place) for axis, place in zip(axes, unit, strict=True)]
        window = tuple(one for one in ends if one is not None)
        if len(window) == len(ends):
            origin = (0,) * len(window)
            drawn.append(Drawn(best_name(report, index), field, unit, window, origin, footprint))
    if not drawn:
        raise _refused(report, "the unit sees nothing to draw", "ask for another one with --at")
    if not report.is_placed:
        # Where the input lies is made up, so positions are counted from the widest field.
        axes_ends = zip(*(one.window for one in drawn), strict=True)
        origin = tuple(min(first for first, _ in axis) for axis in axes_ends)
        drawn = [one._replace(origin=origin) for one in drawn]
    return tuple(drawn)


class _Known(NamedTuple):
    """What a walk knows of a layer."""

    axes: tuple[AxisReach, ...]
    footprint: Footprint | None


def _known(
    report: FieldReport, fields: dict[int, LayerField], chosen: Sequence[int]
) -> dict[int, _Known]:
    source = fields[chosen[0]].source
    found: dict[int, _Known] = {}
    for seen in walk(report.lens, frozenset(chosen)):
        for reach, trail in zip(seen.reaches, seen.trails, strict=True):
            if report.lens.source_name(reach.source) == source and reach.axes is not None:
                found[seen.node] = _Known(reach.axes, trail.footprint)
    return found


def _centre_unit(field: LayerField) -> tuple[int, ...]:
    return tuple((count - 1) // 2 for count in spatial(field.output))


def _causal_axes(
    fields: dict[int, LayerField], known: dict[int, _Known], chosen: Sequence[int]
) -> list[bool]:
    """Axes on which no unit looks ahead; there units belong together that end together."""
    last = chosen[-1]
    causal = []
    for axis in range(len(known[last].axes)):
        ahead = []
        for index in chosen:
            ends, field = interval(known[index].axes[axis], 0), fields[index].axes[axis]
            if index == last or ends is None or field.stride is None or field.size == 1:
                continue
            ahead.append(ends[1] >= field.stride)
        causal.append(bool(ahead) and not any(ahead))
    return causal


def _centre(axis: AxisReach, unit: int) -> Fraction | None:
    ends = interval(axis, unit)
    return None if ends is None else Fraction(ends[0] + ends[1], 2)


def _end(axis: AxisReach, unit: int) -> Fraction | None:
    ends = interval(axis, unit)
    return None if ends is None else Fraction(ends[1])


_Place = Callable[[AxisReach, int], Fraction | None]
# Where a unit stands; by whether its axis is causal.
_PLACES: tuple[_Place, _Place] = (_centre, _end)


def _nearest(place: _Place, axis: AxisReach, target: Fraction | None, count: int) -> int:
    """The unit that stands nearest to the target."""
    if target is None:
        return (count - 1) // 2
    # What units see moves on from one pattern to the next; within one, some may see nothing.
    pattern = 1 if isinstance(axis, Sliding) else max(len(track.first) for track in axis)
    low, high = 0, count - 1
    while high - low > pattern:
        middle = (low + high) // 2
        heres = (place(axis, unit) for unit in range(middle, min(high, middle + pattern)))
        here = next((one for one in heres if one is not None), None)
        if here is not None and here < target:
            low = middle
        else:
            high = middle
    near = range(max(0, low - pattern), min(count, high + pattern + 1))
    found = [(unit, place(axis, unit)) for unit in near]
    known = [(abs(here - target), unit) for unit, here in found if here is not None]
    return min(known)[1] if known else (count - 1) // 2
