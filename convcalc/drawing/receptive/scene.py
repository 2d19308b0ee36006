"""What is drawn of a report: one source, a handful of layers, and one unit of each.

Without names these are the layers on the widest path to the first output at which the stride
changes next, hence the ends of its stages, and the last one that has positions.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from convcalc.errors import Problem, StackError
from convcalc.reach import AxisReach, interval
from convcalc.receptive import FieldReport, LayerField, find
from convcalc.receptive.unit import check_unit
from convcalc.receptive.walk import walk
from convcalc.shapes import Shape, spatial

Ends = tuple[tuple[int, int], ...]
# Rectangles that can be told apart, and rows of a strip.
MOST_NESTED, MOST_ROWS = 6, 10


class Drawn(NamedTuple):
    """One layer to draw: the window of `unit`, per axis, ends included, unclipped."""

    name: str
    field: LayerField
    unit: tuple[int, ...]
    window: Ends

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
        return _parent(self.report, self.fields, index)


def scene(
    report: FieldReport, layers: Sequence[str] = (), at: tuple[int, ...] | None = None
) -> Scene:
    """The scene of a report of all layers: `layers`, or a choice, with the unit `at` of each.

    Without `at` each layer shows its centre unit. With `at` and no layers it is a unit of the last
    layer, and the others show the unit that stands nearest to it. Raises StackError for names and
    units that do not exist, and where no layer has a field to draw.
    """
    graph = report.lens.graph
    named = list(dict.fromkeys(find(graph, name) for name in layers))
    source = _source(report, named)
    fields = {f.index: f for f in report.layers if f.source == source and f.axes}
    for index in named:
        if index not in fields:
            message = f"`{graph.name_of(index)}` has no field of `{source}` with positions to draw"
            raise _refused(report, message, "ask for a layer in front of it")
    if not fields:
        message = "no layer has a field with positions to draw"
        raise _refused(report, message, "draw a network with convolutions or pools")
    shape = next(iter(fields.values())).source_shape
    most = MOST_ROWS if len(shape) == 2 else MOST_NESTED
    chosen = named or _choice(report, fields, most)
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


def _parent(report: FieldReport, fields: dict[int, LayerField], index: int) -> int | None:
    lens = report.lens
    step = index - len(lens.graph.inputs)
    if step < 0 or index in lens.sources:
        return None
    known = [source for source in lens.reads(step)[0] if source in fields]
    return max(known, key=lambda i: [axis.size for axis in fields[i].axes], default=None)


def _choice(report: FieldReport, fields: dict[int, LayerField], most: int) -> list[int]:
    """Ends of stages along the widest path, then ends of blocks, then what lies between."""
    # Layers that see just what the layer before them sees go with it, under one name.
    groups: list[list[int]] = []
    for index in _path(report, fields):
        if groups and fields[groups[-1][-1]].axes == fields[index].axes:
            groups[-1].append(index)
        else:
            groups.append([index])
    firsts = [fields[group[0]] for group in groups]
    stages = [
        at for at, pair in enumerate(pairwise(firsts)) if _stride(pair[0]) != _stride(pair[1])
    ]
    outer = {scope.result for scope in report.lens.graph.scopes if scope.depth == 1}
    blocks = [at for at, group in enumerate(groups) if outer & set(group)]
    wanted = _distinct(firsts, [*stages, len(groups) - 1], [])
    for more in (blocks, range(len(groups))):
        if len(wanted) < most - 1:
            added = [at for at in _distinct(firsts, more, wanted) if at not in wanted]
            wanted = sorted([*wanted, *_even(added, most - len(wanted))])
    return [_named_best(report, groups[at]) for at in _even(wanted, most)]


def _distinct(fields: Sequence[LayerField], at: Iterable[int], known: Sequence[int]) -> list[int]:
    """Those of `at`, later ones first, whose size can be told from that of all others."""
    kept = list(known)
    for place in sorted(at, reverse=True):
        own = max(axis.size for axis in fields[place].axes)
        others = [max(axis.size for axis in fields[one].axes) for one in kept]
        if all(20 * abs(own - other) >= max(own, other) for other in others):
            kept.append(place)
    return sorted(kept)


def _path(report: FieldReport, fields: dict[int, LayerField]) -> list[int]:
    """The widest path to the first output, or to the last layer with a field."""
    index: int | None = report.lens.graph.outputs[0]
    known = fields
    while index is not None and index not in known:
        step = index - len(report.lens.graph.inputs)
        inputs = report.lens.reads(step)[0] if step >= report.lens.first_step else ()
        index = inputs[0] if inputs else None
    index = max(fields) if index is None else index
    path = []
    while index is not None:
        path.append(index)
        index = _parent(report, fields, index)
    return path[::-1]


def _stride(field: LayerField) -> tuple[Fraction, ...]:
    return tuple(axis.stride for axis in field.axes)


def _even(values: list[int], most: int) -> list[int]:
    """At most `most` of the values, evenly, with the first and the last."""
    if len(values) <= most or most < 2:
        return values[: max(0, most)]
    return [values[at * (len(values) - 1) // (most - 1)] for at in range(most)]


def _named_best(report: FieldReport, group: Sequence[int]) -> int:
    """Of layers that see the same, the result of the outermost block; else the first."""
    depths = {scope.result: scope.depth for scope in reversed(report.lens.graph.scopes)}
    inside = [index for index in group if index in depths]
    return min(inside, key=lambda index: (depths[index], index)) if inside else group[0]


def best_name(report: FieldReport, index: int) -> str:
    """The layer's name, or that of the outermost block whose result it is."""
    graph = report.lens.graph
    for scope in graph.scopes:
        if scope.result == index and scope.first < scope.end:
            return scope.name
    return graph.name_of(index)


def _drawn(
    report: FieldReport,
    fields: dict[int, LayerField],
    chosen: Sequence[int],
    at: tuple[int, ...] | None,
    is_named: bool,
) -> tuple[Drawn, ...]:
    reaches = _reaches(report, fields, chosen)
    last = chosen[-1]
    drawn = []
    for index in sorted(chosen):
        field, axes = fields[index], reaches[index]
        counts = spatial(field.output)
        unit = tuple((count - 1) // 2 for count in counts)
        if at is not None and (is_named or index == last):
            unit = at
        elif at is not None:
            target = _centres(reaches[last], at)
            unit = tuple(map(_nearest, axes, target, counts))
        window = [interval(axis, place) for axis, place in zip(axes, unit, strict=True)]
        known = tuple(ends for ends in window if ends is not None)
        if len(known) == len(window):
            drawn.append(Drawn(best_name(report, index), field, unit, known))
    if not drawn:
        raise _refused(report, "the unit sees nothing to draw", "ask for another one with --at")
    return tuple(drawn)


def _reaches(
    report: FieldReport, fields: dict[int, LayerField], chosen: Sequence[int]
) -> dict[int, tuple[AxisReach, ...]]:
    found: dict[int, tuple[AxisReach, ...]] = {}
    for seen in walk(report.lens, frozenset(chosen)):
        for reach in seen.reaches:
            is_source = report.lens.source_name(reach.source) == fields[chosen[0]].source
            if is_source and reach.axes is not None:
                found[seen.node] = reach.axes
    return found


def _centres(axes: Sequence[AxisReach], unit: Sequence[int]) -> list[Fraction | None]:
    return [_centre(axis, place) for axis, place in zip(axes, unit, strict=True)]


def _centre(axis: AxisReach, unit: int) -> Fraction | None:
    ends = interval(axis, unit)
    return None if ends is None else Fraction(ends[0] + ends[1], 2)


def _nearest(axis: AxisReach, target: Fraction | None, count: int) -> int:
    """The unit whose field has its centre nearest to the target."""
    if target is None:
        return (count - 1) // 2
    low, high = 0, count - 1
    while high - low > 8:
        middle = (low + high) // 2
        centre = _centre(axis, middle)
        if centre is None or centre < target:
            low = middle
        else:
            high = middle
    near = range(max(0, low - 8), min(count, high + 9))
    centres = [(unit, _centre(axis, unit)) for unit in near]
    known = [(abs(centre - target), unit) for unit, centre in centres if centre is not None]
    return min(known)[1] if known else (count - 1) // 2
