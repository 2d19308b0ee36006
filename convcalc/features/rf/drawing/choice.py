"""Which layers to draw when none are named: a handful that tells how the field grows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import pairwise

from convcalc.features.rf import FieldReport, LayerField


def widest_input(report: FieldReport, fields: dict[int, LayerField], index: int) -> int | None:
    """The input of the layer that sees most of the source; None at the source."""
    lens = report.lens
    if index in lens.sources:
        return None
    known = [source for source in lens.reads(index)[0] if source in fields]
    return max(known, key=lambda i: [axis.size for axis in fields[i].axes], default=None)


def choice(report: FieldReport, fields: dict[int, LayerField], most: int) -> list[int]:
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
            near = _even(_distinct(firsts, more, wanted), most)
            added = [at for at in near if at not in wanted]
            wanted = sorted([*wanted, *added[: most - len(wanted)]])
    return [_named_best(report, fields, groups[at]) for at in _even(wanted, most)]


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
    while index is not None and index not in fields:
        inputs = report.lens.reads(index)[0] if index in report.lens.layers else ()
        index = inputs[0] if inputs else None
    index = max(fields) if index is None else index
    path = []
    while index is not None:
        path.append(index)
        index = widest_input(report, fields, index)
    return path[::-1]


def _stride(field: LayerField) -> tuple[Fraction | None, ...]:
    return tuple(axis.stride for axis in field.axes)


def _even(values: list[int], most: int) -> list[int]:
    """At most `most` of the values, evenly, with the first and the last."""
    if len(values) <= most or most < 2:
        return values[: max(0, most)]
    return [values[at * (len(values) - 1) // (most - 1)] for at in range(most)]


def _named_best(report: FieldReport, fields: dict[int, LayerField], group: Sequence[int]) -> int:
    """Of layers that see as far, the result of the outermost block; else the last merge or so.

    Which pixels they use may differ: a merge behind a convolution adds paths.
    """
    depths = {scope.result: scope.depth for scope in reversed(report.lens.graph.scopes)}
    inside = [index for index in group if index in depths]
    if inside:
        return min(inside, key=lambda index: (depths[index], -index))
    return max((index for index in group if fields[index].is_new), default=group[0])


def best_name(report: FieldReport, index: int) -> str:
    """The layer's name, or that of the outermost block whose result it is."""
    graph = report.lens.graph
    for scope in graph.scopes:
        if scope.result == index and scope.first < scope.end:
            return scope.name
    return graph.name_of(index)
