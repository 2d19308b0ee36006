"""The size of the field against depth, for every layer."""

from __future__ import annotations

from collections.abc import Sequence

from convcalc.core.shapes import AXIS_NAMES, format_axes
from convcalc.features.rf import LayerField
from convcalc.features.rf.drawing.scene import Scene
from convcalc.report.drawing.charts import Band, Chart, ChartAxis, Point, Reference, Series
from convcalc.report.drawing.palette import INK, MUTED, accent

# From this ratio of the largest field to the smallest on, the axis is logarithmic.
_LOG_FROM = 200
_MOST_POINTS, _MOST_DOTS, _MOST_STRIDES, _MOST_JOINS = 1500, 400, 16, 300


def growth_chart(scene: Scene) -> Chart:
    """Field against layer number; each layer hangs on the input that sees most."""
    lines = _lines(scene)
    sizes = [axis.size for field in scene.fields.values() for axis in field.axes]
    log = min(sizes) > 0 and max(sizes) >= _LOG_FROM * min(sizes)
    series = []
    axes = _different_axes(scene)
    for number, (axis, name) in enumerate(axes):
        points = [_points(scene, line, axis) for line in lines]
        news = [i for i, field in scene.fields.items() if field.is_new]
        dots = _points(scene, news, axis) if len(news) <= _MOST_DOTS else ()
        bands = [_bands(scene, line, axis, log) for line in lines]
        series.append(
            Series(
                name if len(axes) > 1 else "",
                tuple(_thinned(line) for line in points),
                accent(number),
                dots,
                tuple(band for band in bands if band),
            )
        )
    joins = _joins(scene, axes[0][0])
    series.append(Series("", joins, MUTED, width=1))
    references = [*_inputs(scene), *_strides(scene)]
    unit = "steps" if scene.rank == 1 else "pixels"
    depth = len(scene.report.lens.graph.layers)
    return Chart(
        "",
        ChartAxis("layer, in order of the network", low=0, high=depth, whole=True),
        ChartAxis(
            f"field of one unit, {unit}{' (logarithmic)' if log else ''}",
            log=log,
            low=None if log else 0,
        ),
        tuple(series),
        tuple(references),
        (" ".join(_notes(scene, any(one.bands for one in series), bool(joins))),),
        above="stride",
    )


def _different_axes(scene: Scene) -> list[tuple[int, str]]:
    """The axes whose fields differ, by name; one entry where all agree."""
    names = AXIS_NAMES[scene.rank]
    tables = [
        tuple(
            (f.axes[axis].size, f.axes[axis].least, f.axes[axis].most)
            for f in scene.fields.values()
        )
        for axis in range(scene.rank)
    ]
    found: dict[tuple[tuple[int, int, int], ...], list[int]] = {}
    for axis, table in enumerate(tables):
        found.setdefault(table, []).append(axis)
    return [(axes[0], " and ".join(names[axis] for axis in axes)) for axes in found.values()]


def _lines(scene: Scene) -> list[list[int]]:
    """Layers as chains: each is joined to its parent, a branch begins at its parent."""
    tails: dict[int, list[int]] = {}
    chains: list[list[int]] = []
    for index in scene.fields:
        parent = scene.parent(index)
        chain = tails.pop(parent, None) if parent is not None else None
        if chain is None:
            chain = [] if parent is None else [parent]
            chains.append(chain)
        chain.append(index)
        tails[index] = chain
    return chains


def _joins(scene: Scene, axis: int) -> tuple[tuple[Point, ...], ...]:
    """From the other inputs of a merge to it."""
    lens = scene.report.lens
    found = []
    for index in scene.fields:
        inputs = lens.reads(index)[0]
        others = [one for one in inputs if one in scene.fields and one != scene.parent(index)]
        found += [_points(scene, (one, index), axis) for one in dict.fromkeys(others)]
    return tuple(found) if len(found) <= _MOST_JOINS else ()


def _number(scene: Scene, index: int) -> int:
    """The layer's number in the order of the network, from 1."""
    return index + 1 - scene.report.lens.graph.input_count


def _points(scene: Scene, line: Sequence[int], axis: int) -> tuple[Point, ...]:
    fields = scene.fields
    return tuple(
        Point(_number(scene, index), fields[index].axes[axis].size, _title(fields[index]))
        for index in line
    )


def _title(field: LayerField) -> str:
    return f"{field.layer} ({field.kind}): {'×'.join(str(axis.size) for axis in field.axes)}"


def _bands(scene: Scene, line: Sequence[int], axis: int, log: bool) -> tuple[Band, ...]:
    """From the smallest to the largest field over the map, where some layer's field varies."""
    if not any(scene.fields[index].axes[axis].varies for index in line):
        return ()
    floor = 1 if log else 0
    step = -(-len(line) // _MOST_POINTS)
    return tuple(
        Band(_number(scene, index), max(floor, field.axes[axis].least), field.axes[axis].most)
        for index in line[::step]
        for field in (scene.fields[index],)
    )


def _thinned(points: tuple[Point, ...]) -> tuple[Point, ...]:
    """The points where the line bends; of very many, the ends and the extremes of each stretch."""
    kept = [
        point
        for at, point in enumerate(points)
        if at in (0, len(points) - 1) or not points[at - 1].y == point.y == points[at + 1].y
    ]
    if len(kept) <= _MOST_POINTS:
        return tuple(kept)
    stretch = -(-4 * len(kept) // _MOST_POINTS)
    found: dict[Point, None] = {}
    for at in range(0, len(kept), stretch):
        part = kept[at : at + stretch]
        ends = {part[0], part[-1], min(part, key=_height), max(part, key=_height)}
        found |= dict.fromkeys(sorted(ends))
    return tuple(found)


def _height(point: Point) -> float:
    return point.y


def _inputs(scene: Scene) -> list[Reference]:
    if not scene.report.is_placed:
        return []
    names = AXIS_NAMES[scene.rank]
    sizes: dict[int, list[str]] = {}
    for size, name in zip(scene.sizes, names, strict=True):
        sizes.setdefault(size, []).append(name)
    kind = "input" if scene.report.origin is None else "map"
    return [
        Reference(
            size, f"{kind} {size:,}" + (f" ({', '.join(own)})" if len(sizes) > 1 else ""), "y", INK
        )
        for size, own in sizes.items()
    ]


def _strides(scene: Scene) -> list[Reference]:
    """Where the stride changes; branches that change to one stride at once are marked once."""
    found: list[Reference] = []
    last: tuple[str, ...] = ("1",) * scene.rank
    for index, field in scene.fields.items():
        parent = scene.parent(index)
        strides = tuple(axis.stride_text for axis in field.axes)
        before = last if parent is None else tuple(a.stride_text for a in scene.fields[parent].axes)
        if strides != before and strides != last:
            found.append(Reference(_number(scene, index), format_axes(strides), "x", MUTED))
        last = strides
    if len(found) > _MOST_STRIDES:
        step = -(-len(found) // _MOST_STRIDES)
        found = found[::step]
    return found


def _notes(scene: Scene, banded: bool, joined: bool) -> list[str]:
    notes = []
    if banded:
        notes.append("Line: the centre unit; band: the smallest and the largest field of the map.")
    if joined:
        notes.append("Thin: the further inputs of merges.")
    whole = [field for field in scene.report.layers if field.is_global]
    if whole:
        count = len(whole)
        rest = f" and {count - 1} more" if count > 1 else ""
        local = any(field.axes for field in whole)
        what = "their local field is drawn where they have one" if local else "not drawn"
        notes.append(f"`{whole[0].layer}`{rest}: the whole input; {what}.")
    return notes
