"""The pictures of `convcalc rf --plot`: fields on the input, pixels used, growth with depth."""

from __future__ import annotations

from collections.abc import Sequence

from convcalc.core.shapes import AXIS_NAMES, format_axes, format_shape
from convcalc.core.text import visible
from convcalc.features.rf import FieldReport, LayerField
from convcalc.features.rf.drawing.growth import growth_chart
from convcalc.features.rf.drawing.pixels import HeatMap, draw_pixels, heat_map
from convcalc.features.rf.drawing.plane import draw_plane, padding_share, plane_height
from convcalc.features.rf.drawing.scene import Drawn, Scene, scene
from convcalc.features.rf.drawing.strip import draw_strip, strip_height
from convcalc.report.drawing.canvas import Box, Picture, Shape, Table, Text
from convcalc.report.drawing.charts import draw_chart
from convcalc.report.drawing.palette import MUTED
from convcalc.report.drawing.text_width import fitted

PICTURES = ("all", "field", "pixels", "growth")

WIDTH = 1400
_MARGIN = 36.0
_INNER = WIDTH - 2 * _MARGIN
_HEAD, _HEADING, _GAP = 84.0, 34.0, 36.0
_FIELD_HEIGHT, _GROWTH_HEIGHT, _ALONE = 560.0, 400.0, 640.0
_TITLE, _SUB, _BOLD = 26.0, 16.0, 18.0
_MOST_ROWS = 1000


def field_picture(
    report: FieldReport,
    layers: Sequence[str] = (),
    at: tuple[int, ...] | None = None,
    picture: str = "all",
) -> Picture:
    """A picture of the report, which must be one of all layers.

    `layers` and the unit `at` are those of `scene.scene`; `picture` is one of PICTURES.
    Raises StackError for names and units that do not exist, and where there is nothing to draw.
    """
    shown = scene(report, layers, at)
    page = _Page(shown)
    if picture in ("all", "field") or (shown.rank == 1 and picture == "pixels"):
        if shown.rank == 1:
            page.strip()
        elif picture == "all":
            page.plane_and_pixels()
        else:
            page.plane()
    elif picture == "pixels":
        page.pixels()
    if picture in ("all", "growth"):
        page.growth(_GROWTH_HEIGHT if picture == "all" else _ALONE)
    title = f"Receptive fields of {visible(report.name)}"
    tables = (_drawn_table(shown), _all_table(shown))
    size = round(page.y - _GAP + _MARGIN)
    return Picture(title, _description(shown), WIDTH, size, tuple(page.shapes), tables)


class _Page:
    """Panels below each other, under the name of the network."""

    def __init__(self, shown: Scene) -> None:
        self.shown = shown
        self.shapes = _head(shown)
        self.y = _MARGIN + _HEAD

    def _panel(self, title: str, x: float, width: float, height: float) -> Box:
        """The room below a heading."""
        head = fitted(title, width, _BOLD, bold=True)
        y = self.y + 0.8 * _BOLD
        self.shapes.append(Text(x, y, head, _BOLD, bold=True, title=title))
        return Box(x, self.y + _HEADING, width, height)

    def _end(self, height: float) -> None:
        self.y += _HEADING + height + _GAP

    def strip(self) -> None:
        height = strip_height(self.shown)
        room = self._panel(f"Field of {_units(self.shown)}", _MARGIN, _INNER, height)
        self.shapes += draw_strip(self.shown, room)
        self._end(height)

    def plane_and_pixels(self) -> None:
        heat = heat_map(self.shown, 0.34 * _INNER)
        height = min(_FIELD_HEIGHT, max(plane_height(self.shown, 0.63 * _INNER), heat.height))
        self._plane(0.63 * _INNER, height)
        self._pixels(heat, height)
        self._end(height)

    def plane(self) -> None:
        height = min(_ALONE, plane_height(self.shown, _INNER))
        self._plane(_INNER, height)
        self._end(height)

    def pixels(self) -> None:
        heat = heat_map(self.shown, _INNER)
        height = min(_ALONE, heat.height)
        self._pixels(heat, height)
        self._end(height)

    def growth(self, height: float) -> None:
        room = self._panel("Growth of the field with depth", _MARGIN, _INNER, height)
        self.shapes += draw_chart(growth_chart(self.shown), room)
        self._end(height)

    def _plane(self, width: float, height: float) -> None:
        title = f"Field of {_units(self.shown)}, in true scale"
        self.shapes += draw_plane(self.shown, self._panel(title, _MARGIN, width, height))

    def _pixels(self, heat: HeatMap, height: float) -> None:
        title = f"Pixels that one unit of `{visible(heat.one.name)}` uses"
        room = self._panel(title, _MARGIN + _INNER - heat.width, heat.width, height)
        self.shapes += draw_pixels(heat, room)


def _head(shown: Scene) -> list[Shape]:
    width = _INNER
    name = visible(shown.report.name)
    words = _sub(shown)
    return [
        Text(
            _MARGIN, _MARGIN + 20, fitted(name, width, _TITLE, True), _TITLE, bold=True, title=name
        ),
        Text(_MARGIN, _MARGIN + 48, fitted(words, width, _SUB), _SUB, MUTED, title=words),
    ]


def _sub(shown: Scene) -> str:
    report = shown.report
    back = f"`{visible(shown.source)}` {format_shape(shown.shape)}"
    words = [f"Receptive fields on {back if report.is_placed else 'an input of any size'}"]
    if shown.rank == 3:
        words.append("height and width of three axes, depth not drawn")
    if shown.left_out:
        words.append(f"not drawn: {', '.join(f'`{visible(name)}`' for name in shown.left_out)}")
    everywhere = [f"`{visible(one.name)}`" for one in shown.drawn if one.field.is_global]
    if everywhere:
        words.append(f"beside its field, the whole input is seen by {', '.join(everywhere)}")
    if report.lens.words:
        words.append(f"ignored: {', '.join(visible(word) for word in report.lens.words)}")
    return "; ".join(words)


def _units(shown: Scene) -> str:
    """Which units are drawn."""
    if all(one.unit == _centre(one.field) for one in shown.drawn):
        return "the centre unit"
    last = shown.drawn[-1]
    return f"unit {','.join(map(str, last.unit))} of `{visible(last.name)}`"


def _centre(field: LayerField) -> tuple[int, ...]:
    return tuple((count - 1) // 2 for count in field.output[1:])


def _description(shown: Scene) -> str:
    sizes = ", ".join(f"{one.name} {'×'.join(map(str, one.sizes))}" for one in shown.drawn)
    return f"{_sub(shown)}. Pixels that one unit sees: {sizes}."


def _drawn_table(shown: Scene) -> Table:
    names = AXIS_NAMES[shown.rank]
    columns = ("layer", "map", "unit", *(f"{name}, first..last" for name in names))
    rows = tuple(map(_drawn_row, shown.drawn))
    return Table("Units drawn", (*columns, "field", "stride", "padding", "used"), rows)


def _drawn_row(one: Drawn) -> tuple[str, ...]:
    field = one.field
    return (
        one.name,
        format_axes(field.output[1:]) if len(field.output) == 2 else format_shape(field.output[1:]),
        ",".join(map(str, one.unit)),
        *(f"{first}..{last}" for first, last in one.counted),
        "×".join(map(str, one.sizes)),
        _strides(field),
        padding_share(one) or "none",
        _share(field),
    )


def _all_table(shown: Scene) -> Table:
    fields = [field for field in shown.fields.values() if field.is_new]
    rows = [
        (
            field.layer,
            field.kind,
            "×".join(str(axis.size) for axis in field.axes),
            "×".join(str(axis.least) for axis in field.axes),
            "×".join(str(axis.most) for axis in field.axes),
            _strides(field),
            _share(field),
            "yes" if field.is_global else "no",
        )
        for field in fields[:_MOST_ROWS]
    ]
    caption = "Layers that see other than their input"
    if len(fields) > _MOST_ROWS:
        caption += f", the first {_MOST_ROWS:,} of {len(fields):,}"
    columns = ("layer", "kind", "field", "smallest", "largest", "stride", "used", "whole input")
    return Table(caption, columns, tuple(rows))


def _strides(field: LayerField) -> str:
    return format_axes(tuple(axis.stride_text for axis in field.axes))


def _share(field: LayerField) -> str:
    if field.used is None:
        return "not counted"
    return f"{float(100 * field.used):.4g} %"
