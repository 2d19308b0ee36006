"""One unit's field as an answer, or as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from convcalc.core.shapes import AXIS_NAMES, Shape, format_shape
from convcalc.core.text import count, in_words
from convcalc.report.json_text import json_lines
from convcalc.report.page import Notes, Page, Part, Prose, Title
from convcalc.report.table import Column, Table, Value, rows_of

if TYPE_CHECKING:
    from convcalc.features.rf import UnitField
    from convcalc.network.graph import Graph

UNIT_VERSION = 1


@dataclass(frozen=True)
class UnitView:
    """The fields of one unit of one layer, one for each source.

    `is_placed` is False where the size of the input is made up, so that no size of a map is shown.
    """

    network: str
    layer: str
    output: Shape
    unit: tuple[int, ...]
    ignored: tuple[str, ...]
    fields: Sequence[UnitField]
    is_placed: bool = True

    @property
    def data(self) -> dict[str, Any]:
        """The unit as JSON data."""
        return {
            "layer": self.layer,
            "output": list(self.output) if self.is_placed else None,
            "unit": list(self.unit),
            "fields": {
                field.source: field.to_dict() | ({} if self.is_placed else {"shape": None})
                for field in self.fields
            },
        }


def views_of(
    graph: Graph,
    layers: Sequence[str],
    unit: tuple[int, ...],
    origin: str | None,
    ignore: Sequence[str],
    is_placed: bool,
) -> list[UnitView]:
    """The fields of `unit` of each of `layers`. Raises StackError for names and units unknown."""
    from convcalc.features.rf import find, look, unit_fields

    lens = look(graph, origin, ignore)
    views = []
    for layer in layers:
        index = find(graph, layer)
        fields = unit_fields(lens, index, unit)
        name, output = graph.name_of(index), graph.shape_of(index)
        views.append(UnitView(graph.name, name, output, unit, lens.words, fields, is_placed))
    return views


def page(views: Sequence[UnitView]) -> Page:
    """Units as the parts of an answer; for machines a row an axis."""
    parts = [part for view in views for part in _parts(view)]
    axes = [axis for view in views for axis in _axes(view)]
    return Page(tuple(parts), main=Table(COLUMNS, rows_of(COLUMNS, axes)))


def render_json(views: Sequence[UnitView]) -> str:
    """Units as JSON, version 1."""
    first = views[0]
    return json_lines(
        {
            "version": UNIT_VERSION,
            "name": first.network,
            "ignored": list(first.ignored),
            "units": [view.data for view in views],
        }
    )


class _Axis(NamedTuple):
    """One axis of the field of a unit; pixels are first and last."""

    view: UnitView
    field: UnitField
    axis: str
    unit: int
    window: tuple[int, int] | None
    real: tuple[int, int] | None


def _end(name: str, at: int, one: _Axis) -> Value:
    ends: tuple[int, int] | None = getattr(one, name)
    return "" if ends is None else ends[at]


COLUMNS: tuple[Column[_Axis], ...] = (
    Column("layer", "layer", lambda one: one.view.layer, is_name=True),
    Column("source", "of", lambda one: one.field.source, is_name=True),
    Column("axis", "axis", lambda one: one.axis),
    Column("unit", "unit", lambda one: one.unit, right=True),
    *(
        Column(f"{name}_{side}", f"{name} {side}", partial(_end, name, at), right=True)
        for name in ("window", "real")
        for at, side in enumerate(("first", "last"))
    ),
)


def _axes(view: UnitView) -> Iterator[_Axis]:
    for field in view.fields:
        for at, (axis, unit) in enumerate(zip(AXIS_NAMES[len(view.unit)], view.unit, strict=True)):
            window, real = (
                None if ends is None else ends[at] for ends in (field.window, field.real)
            )
            yield _Axis(view, field, axis, unit, window, real)


def _parts(view: UnitView) -> Iterator[Part]:
    at = ",".join(map(str, view.unit))
    what = f"a {'x'.join(map(str, view.output[1:]))} map" if view.output[1:] else "a vector"
    if not view.is_placed:
        what = "input of any size"
    yield Title(f"{view.network}: unit {at} of `{view.layer}` ({what})")
    if view.ignored:
        yield Notes((("ignored", ", ".join(view.ignored)),))
    for field in view.fields:
        shape = f" {format_shape(field.shape)}" if view.is_placed else ""
        yield Notes(tuple(_source(field, view.is_placed)), 2, f"`{field.source}`{shape}")
    if not view.fields:
        yield Prose(("it depends on none of the inputs asked for",))


def _source(field: UnitField, is_placed: bool) -> Iterator[tuple[str, str]]:
    if field.is_global:
        yield "sees", "the whole input, through a layer that sees its whole map"
    if field.window is not None:
        yield "window", f"{_ends(field.window)}: {_size(field.window)} pixels"
        outside = [
            (max(0, -first), max(0, last - size + 1))
            for (first, last), size in zip(field.window, field.shape[1:], strict=True)
        ]
        if is_placed and any(map(any, outside)):
            said = ", ".join(f"{before} before and {after} after" for before, after in outside)
            yield "outside", said
    if not field.is_counted:
        yield "pixels", "not counted: the maps on the way are too large"
    elif field.real is None:
        yield "pixels", "none: it sees padding alone"
    else:
        yield "real", f"{_ends(field.real)}: {_size(field.real)} pixels"
        holes = "no holes" if not field.holes else in_words(field.holes, "pixel") + " left out"
        yield "used", f"{count(field.used or 0)} real pixels, {holes}"


def _ends(ends: tuple[tuple[int, int], ...]) -> str:
    names = AXIS_NAMES[len(ends)]
    return ", ".join(
        f"{f'{name} ' if len(ends) > 1 else ''}{first}..{last}"
        for name, (first, last) in zip(names, ends, strict=True)
    )


def _size(ends: tuple[tuple[int, int], ...]) -> str:
    return "x".join(str(last - first + 1) for first, last in ends)
