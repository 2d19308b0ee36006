"""One unit's field: text for people, or JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from convcalc.core.shapes import AXIS_NAMES, Shape, format_shape
from convcalc.core.text import count, in_words, visible
from convcalc.report.json_text import json_lines

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


def render(views: Sequence[UnitView]) -> str:
    """Units as text."""
    return "\n".join(map(_one, views))


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


def _one(view: UnitView) -> str:
    at = ",".join(map(str, view.unit))
    what = f"a {'x'.join(map(str, view.output[1:]))} map" if view.output[1:] else "a vector"
    if not view.is_placed:
        what = "input of any size"
    lines = [f"{visible(view.network)}: unit {at} of `{visible(view.layer)}` ({what})"]
    if view.ignored:
        lines.append(f"ignored  {visible(', '.join(view.ignored))}")
    for field in view.fields:
        lines += ["", *_source(field, view.is_placed)]
    if not view.fields:
        lines += ["", "it depends on none of the inputs asked for"]
    return "\n".join(lines) + "\n"


def _source(field: UnitField, is_placed: bool) -> list[str]:
    lines = [f"`{visible(field.source)}` {format_shape(field.shape) if is_placed else ''}".rstrip()]
    if field.is_global:
        lines.append("  sees     the whole input, through a layer that sees its whole map")
    if field.window is not None:
        lines.append(f"  window   {_ends(field.window)}: {_size(field.window)} pixels")
        outside = [
            (max(0, -first), max(0, last - size + 1))
            for (first, last), size in zip(field.window, field.shape[1:], strict=True)
        ]
        if is_placed and any(map(any, outside)):
            said = ", ".join(f"{before} before and {after} after" for before, after in outside)
            lines.append(f"  outside  {said}")
    if not field.is_counted:
        lines.append("  pixels   not counted: the maps on the way are too large")
    elif field.real is None:
        lines.append("  pixels   none: it sees padding alone")
    else:
        lines.append(f"  real     {_ends(field.real)}: {_size(field.real)} pixels")
        holes = "no holes" if not field.holes else in_words(field.holes, "pixel") + " left out"
        lines.append(f"  used     {count(field.used or 0)} real pixels, {holes}")
    return lines


def _ends(ends: tuple[tuple[int, int], ...]) -> str:
    names = AXIS_NAMES[len(ends)]
    return ", ".join(
        f"{f'{name} ' if len(ends) > 1 else ''}{first}..{last}"
        for name, (first, last) in zip(names, ends, strict=True)
    )


def _size(ends: tuple[tuple[int, int], ...]) -> str:
    return "x".join(str(last - first + 1) for first, last in ends)
