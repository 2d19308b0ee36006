"""Nested rectangles on the input plane, in true scale, padding hatched."""

from __future__ import annotations

from convcalc.core.shapes import format_axes
from convcalc.features.rf.drawing.scene import Drawn, Scene
from convcalc.report.drawing.axes import nice_scale
from convcalc.report.drawing.canvas import Box, Dot, Hatch, Path, Rect, Shape, Spot, Text, line
from convcalc.report.drawing.palette import INK, INPUT, MUTED, Role, accent
from convcalc.report.drawing.text_width import fitted, spread, text_width

SMALL, PLAIN = 14.0, 15.0
_LABELS, _LABEL_GAP = 296.0, 44.0


class Plane:
    """Pixels of two axes of the source on a box of the picture, equal on both axes."""

    def __init__(self, box: Box, rows: tuple[int, int], columns: tuple[int, int]) -> None:
        """`rows` and `columns` are the first and the last pixel that must be seen."""
        high, wide = rows[1] - rows[0] + 1, columns[1] - columns[0] + 1
        self.scale = min(box.width / wide, box.height / high)
        self.rows, self.columns = rows, columns
        self.box = Box(box.x, box.y, wide * self.scale, high * self.scale)

    def x(self, column: float) -> float:
        """The left edge of a pixel."""
        return self.box.x + (column - self.columns[0]) * self.scale

    def y(self, row: float) -> float:
        """The upper edge of a pixel."""
        return self.box.y + (row - self.rows[0]) * self.scale

    def rectangle(self, rows: tuple[int, int], columns: tuple[int, int]) -> Box:
        """The pixels from first to last on both axes."""
        x, y = self.x(columns[0]), self.y(rows[0])
        return Box(x, y, self.x(columns[1] + 1) - x, self.y(rows[1] + 1) - y)

    def axes(self, origin: tuple[int, ...]) -> list[Shape]:
        """Pixel numbers below and to the left, counted from the origin."""
        shapes: list[Shape] = []
        y, x = origin[-2:]
        for ends, at, zero, is_below in (
            (self.columns, self.x, x, True),
            (self.rows, self.y, y, False),
        ):
            low, high = ends[0] - zero, ends[1] - zero
            length = (high - low + 1) * self.scale
            _, ticks = nice_scale(low, high, 0, 1, about=max(1, int(length // 70)), whole=True)
            for tick in ticks:
                if low <= tick <= high + 1:
                    place = at(int(tick) + zero)
                    shapes += _tick(self.box, place, f"{int(tick):,}", below=is_below)
        return shapes


def _tick(box: Box, place: float, label: str, below: bool) -> list[Shape]:
    if below:
        text = Text(place, box.bottom + 22, label, SMALL, MUTED, "middle")
        return [line(place, box.bottom + 1, place, box.bottom + 6), text]
    text = Text(box.x - 10, place + 0.35 * SMALL, label, SMALL, MUTED, "end")
    return [line(box.x - 6, place, box.x - 1, place), text]


def outside(seen: Box, source: Box) -> list[Shape]:
    """The part of `seen` that lies in the padding around `source`, hatched."""
    parts = [
        Box(seen.x, seen.y, seen.width, source.y - seen.y),
        Box(seen.x, source.bottom, seen.width, seen.bottom - source.bottom),
    ]
    top, bottom = max(seen.y, source.y), min(seen.bottom, source.bottom)
    parts += [
        Box(seen.x, top, source.x - seen.x, bottom - top),
        Box(source.right, top, seen.right - source.right, bottom - top),
    ]
    kept = [part.common(seen) for part in parts if part.width > 0 and part.height > 0]
    return [Hatch(part, title="padding") for part in kept if part is not None]


def row_labels(rows: tuple[int, int], origin: tuple[int, ...]) -> float:
    """The room that the numbers of rows take to the left of a plane."""
    return 14 + max(text_width(f"{row - origin[-2]:,}", SMALL) for row in rows)


def _bounds(scene: Scene) -> tuple[tuple[int, int], tuple[int, int]]:
    """Rows and columns that hold the source and all windows."""
    edges = [one.window[-2:] for one in scene.drawn]
    if scene.report.is_placed:
        edges.append(tuple((0, size - 1) for size in scene.sizes[-2:]))
    rows, columns = (
        (min(ends[axis][0] for ends in edges), max(ends[axis][1] for ends in edges))
        for axis in (0, 1)
    )
    return rows, columns


def plane_height(scene: Scene, width: float) -> float:
    """Pixels of the picture that the plane takes where nothing bounds it."""
    rows, columns = _bounds(scene)
    scale = (width - row_labels(rows, scene.drawn[0].origin) - _LABELS) / (
        columns[1] - columns[0] + 1
    )
    return max((rows[1] - rows[0] + 1) * scale + 30, (len(scene.drawn) + 1) * _LABEL_GAP + 20)


def draw_plane(scene: Scene, frame: Box) -> list[Shape]:
    """The fields of the drawn layers within `frame`, labels in a column to the right."""
    a, b = scene.rank - 2, scene.rank - 1
    high, wide = scene.sizes[a], scene.sizes[b]
    rows, columns = _bounds(scene)
    left = row_labels(rows, scene.drawn[0].origin)
    room = Box(frame.x + left, frame.y, frame.width - left - _LABELS, frame.height - 30)
    plane = Plane(room, rows, columns)
    shapes: list[Shape] = []
    source = plane.rectangle((0, high - 1), (0, wide - 1))
    if scene.report.is_placed:
        shapes.append(Rect(source, fill=INPUT))
        windows = [plane.rectangle(one.window[a], one.window[b]) for one in scene.drawn]
        for window in _outermost(windows):
            shapes += outside(window, source)
    ranked = sorted(enumerate(scene.drawn), key=lambda item: -item[1].sizes[a] * item[1].sizes[b])
    for number, one in ranked:
        box = plane.rectangle(one.window[a], one.window[b])
        title = f"{one.name}: {extent_words(one)}"
        role = accent(number)
        shapes.append(Rect(box, role, role, 2.5, 0.07, title=title))
        if max(box.width, box.height) < 6:
            shapes.append(Dot(box.middle, 4, role, title))
    if scene.report.is_placed:
        shapes.append(Rect(source, None, INK, 2))
    return [*shapes, *plane.axes(scene.drawn[0].origin), *_labels(scene, plane, source, frame)]


def _outermost(boxes: list[Box]) -> list[Box]:
    """The boxes that lie in no other one; strokes of a hatch that meet are the same."""
    kept: list[Box] = []
    for box in sorted(set(boxes), key=lambda box: -box.width * box.height):
        if not any(box.common(other) == box for other in kept):
            kept.append(box)
    return kept


def _labels(scene: Scene, plane: Plane, source: Box, frame: Box) -> list[Shape]:
    """Two lines for each rectangle beside the plane, with leaders from its upper right corner."""
    a, b = scene.rank - 2, scene.rank - 1
    entries: list[tuple[Spot, Role, str, str, str]] = []
    for number, one in enumerate(scene.drawn):
        box = plane.rectangle(one.window[a], one.window[b])
        corner = Spot(box.right, box.y)
        entries.append((corner, accent(number), one.name, size_words(one), extent_words(one)))
    if scene.report.is_placed:
        size = "×".join(map(str, scene.sizes))
        corner = Spot(source.right, source.y)
        entries.append((corner, INK, scene.source, f"{size} pixels", "the whole map"))
    # Of two corners at one height the outer one leads.
    entries.sort(key=lambda entry: (entry[0].y, -entry[0].x))
    heights = [corner.y for corner, *_ in entries]
    column = plane.box.right + 44
    gap = min(_LABEL_GAP, (frame.height - 20) / max(1, len(entries)))
    places = spread(_kept_apart(heights), gap, frame.y + 12, frame.bottom - gap + 12)
    width = frame.right - column
    shapes: list[Shape] = []
    for (corner, role, name, size, title), place in zip(entries, places, strict=True):
        gutter = plane.box.right + 10
        spots = (corner, Spot(gutter, corner.y), Spot(column - 14, place), Spot(column - 6, place))
        shapes.append(Path(spots, role, 1))
        shown = fitted(name, width, PLAIN, bold=True)
        shapes.append(Text(column, place + 5, shown, PLAIN, role, bold=True, title=name))
        text = fitted(size, width, SMALL)
        shapes.append(Text(column, place + 23, text, SMALL, MUTED, title=title))
    return shapes


def _kept_apart(heights: list[float]) -> list[float]:
    """Heights in rising order, so that labels keep the order of their corners."""
    return [height + at * 1e-6 for at, height in enumerate(heights)]


def size_words(one: Drawn) -> str:
    """The size of a field, its stride, and how much of it is padding.

    Sizes of equal axes are written once for each axis all the same: 11×11.
    """
    words = ["×".join(f"{size:,}" for size in one.sizes)]
    words.append(f"stride {format_axes(tuple(axis.stride_text for axis in one.field.axes))}")
    share = padding_share(one)
    if share:
        words.append(f"{share} padding")
    return ", ".join(words)


def padding_share(one: Drawn) -> str:
    """The share of the window outside of the source, in percent; empty where there is none."""
    whole = inside = 1
    for (first, last), size in zip(one.window, one.field.source_shape[1:], strict=True):
        whole *= last - first + 1
        inside *= max(0, min(last, size - 1) - max(first, 0) + 1)
    if whole == inside:
        return ""
    percent = 100 * (whole - inside) / whole
    return f"{percent:.0f} %" if percent >= 1 else "<1 %"


def extent_words(one: Drawn) -> str:
    """The unit and its window in words."""
    unit = ",".join(map(str, one.unit))
    ends = ", ".join(f"{first}..{last}" for first, last in one.counted)
    return f"unit {unit} sees {ends}"
