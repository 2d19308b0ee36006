"""The pixels that one unit uses, as a heat map of the number of paths: holes stay free."""

from __future__ import annotations

from typing import NamedTuple

from convcalc.core.text import in_words
from convcalc.features.rf.drawing.counts import CountedPixels, Unseen, amount, pixels_seen
from convcalc.features.rf.drawing.plane import SMALL, Plane, outside, row_labels
from convcalc.features.rf.drawing.scene import Drawn, Ends, Scene
from convcalc.report.drawing.canvas import Box, Cells, Rect, Shape, Text
from convcalc.report.drawing.palette import HEAT_LEVELS, INK, INPUT, MUTED
from convcalc.report.drawing.text_width import text_width, wrapped

# Cells on an axis: they stay larger than a pixel of the picture.
MOST_CELLS = 200
_LINE, _KEY = 20.0, 44.0


class HeatMap(NamedTuple):
    """What is to be drawn of one unit: its pixels, the rows and columns shown, the caption."""

    scene: Scene
    one: Drawn
    seen: CountedPixels | Unseen
    rows: tuple[int, int]
    columns: tuple[int, int]
    caption: tuple[str, ...]
    width: float

    @property
    def height(self) -> float:
        """Pixels of the picture that the map takes where nothing bounds it."""
        high, wide = (ends[1] - ends[0] + 1 for ends in (self.rows, self.columns))
        return (self.width - row_labels(self.rows, self.one.origin)) * high / wide + self.below

    @property
    def below(self) -> float:
        """Pixels of the picture that the axis, the key and the caption take."""
        return 34 + _KEY + _LINE * len(self.caption)


def heated(scene: Scene) -> Drawn:
    """The layer whose pixels are shown: the last one with holes, else the last one."""
    with_holes = [one for one in scene.drawn if one.field.has_holes]
    return (with_holes or list(scene.drawn))[-1]


def heat_map(scene: Scene, width: float) -> HeatMap:
    """The heat map of a scene, `width` pixels wide."""
    one = heated(scene)
    seen = pixels_seen(scene, one, MOST_CELLS)
    rows, columns = one.window[-2:]
    if not isinstance(seen, Unseen):
        rows, columns = _near(rows, seen.ends[0]), _near(columns, seen.ends[1])
    caption = tuple(wrapped(" ".join(_sentences(one, seen, (rows, columns))), width, SMALL))
    return HeatMap(scene, one, seen, rows, columns, caption, width)


def _near(window: tuple[int, int], real: tuple[int, int]) -> tuple[int, int]:
    """The real pixels, and as much of the window's padding as leaves them large."""
    margin = max(2, (real[1] - real[0] + 1) // 12)
    # Padding that repeats real pixels may reach some outside of the window.
    first, last = min(window[0], real[0]), max(window[1], real[1])
    return max(first, real[0] - margin), min(last, real[1] + margin)


def draw_pixels(shown: HeatMap, frame: Box) -> list[Shape]:
    """The heat map within `frame`, its key and its caption below."""
    scene, seen = shown.scene, shown.seen
    left = row_labels(shown.rows, shown.one.origin)
    room = Box(frame.x + left, frame.y, frame.width - left, frame.height - shown.below)
    plane = Plane(room, shown.rows, shown.columns)
    window = plane.box
    shapes: list[Shape] = []
    if scene.report.is_placed:
        high, wide = scene.sizes[-2:]
        source = plane.rectangle((0, high - 1), (0, wide - 1))
        inside = window.common(source)
        if inside is not None:
            shapes.append(Rect(inside, fill=INPUT))
        shapes += outside(window, source)
    y = window.bottom + 34
    if not isinstance(seen, Unseen):
        shapes += _grid(plane, seen)
        shapes += _key(seen, Box(window.x, y, frame.right - window.x, 12))
    shapes.append(Rect(window, None, INK, 1.5))
    shapes += plane.axes(shown.one.origin)
    for number, text in enumerate(shown.caption):
        shapes.append(Text(frame.x, y + _KEY - 8 + _LINE * number, text, SMALL, MUTED))
    return shapes


def _grid(plane: Plane, seen: CountedPixels) -> list[Shape]:
    """The cells; those at the lower and right edge may hold fewer pixels and are smaller."""
    levels = seen.levels()
    shapes: list[Shape] = []
    for top, bottom, high in _parts(seen.ends[0], seen.step):
        for left, right, wide in _parts(seen.ends[1], seen.step):
            part = tuple(row[left:right] for row in levels[top:bottom])
            rows = _pixels(seen.ends[0], seen.step, top, high)
            columns = _pixels(seen.ends[1], seen.step, left, wide)
            shapes.append(Cells(plane.rectangle(rows, columns), part, paths_words(seen)))
    return shapes


def _parts(ends: tuple[int, int], step: int) -> list[tuple[int, int, int]]:
    """(first cell, end of cells, pixels) of whole cells, and of the rest."""
    length = ends[1] - ends[0] + 1
    whole = length // step
    parts = [(0, whole, whole * step), (whole, whole + 1, length % step)]
    return [part for part in parts if part[2]]


def _pixels(ends: tuple[int, int], step: int, cell: int, length: int) -> tuple[int, int]:
    first = ends[0] + cell * step
    return first, first + length - 1


def paths_words(seen: CountedPixels) -> str:
    """How many paths there are, from the fewest to the most."""
    return f"{amount(seen.least)} to {amount(seen.most)} paths" if seen.is_counted else "used"


def each_words(seen: CountedPixels) -> str:
    """How many paths each pixel has, where all have as many."""
    return "1 path each" if seen.most == 1 else f"{amount(seen.most)} paths each"


def key_levels(seen: CountedPixels) -> bytes:
    """The heat levels from the fewest paths to the most."""
    if seen.least == seen.most:
        return bytes([HEAT_LEVELS])
    return bytes(range(1, HEAT_LEVELS + 1))


def _key(seen: CountedPixels, box: Box) -> list[Shape]:
    least, most = amount(seen.least), f"{amount(seen.most)} paths"
    if not seen.is_counted:
        least, most = "", "used"
    elif seen.least == seen.most:
        least, most = "", each_words(seen)
    start = box.x + (text_width(least, SMALL) + 8 if least else 0)
    room = box.right - start - text_width(most, SMALL) - 8
    length = min(220, room) if least else 24
    bar = Box(start, box.y, length, box.height)
    y = box.y + 11
    shapes: list[Shape] = [
        Cells(bar, (key_levels(seen),)),
        Text(bar.right + 8, y, most, SMALL, MUTED),
    ]
    if least:
        shapes.append(Text(box.x, y, least, SMALL, MUTED))
    return shapes


def _sentences(one: Drawn, seen: CountedPixels | Unseen, shown_part: Ends) -> list[str]:
    if seen is Unseen.PADDING:
        return ["This unit sees padding alone."]
    if seen is Unseen.UNCOUNTED:
        return ["The pixels used are not counted: the maps on the way are too large."]
    why = "too many, or the maps too large, to count on"
    lines = [f"Pixels with at least one path; the paths are {why}."]
    if seen.is_counted:
        summed = ", summed over the depth" if seen.summed else ""
        rounded = ", rounded" if seen.is_rounded else ""
        lines = [f"Paths from each pixel to the unit{summed}{rounded}, on a logarithmic scale."]
    if seen.step > 1:
        many = "the largest count among" if seen.is_counted else "used where any is, of"
        lines.append(f"Each cell: {many} {seen.step}×{seen.step} pixels.")
    lines.append(f"{in_words(seen.used, 'real pixel')} used{_holes(one)}.")
    if shown_part != one.window[-2:]:
        lines.append("The window goes on into the padding.")
    return lines


def _holes(one: Drawn) -> str:
    share = one.field.used
    # The share is known of the centre unit.
    if share is None or one.unit != tuple((count - 1) // 2 for count in one.field.output[1:]):
        return ""
    if share == 1:
        return ", none left out"
    return f"; {float(100 * share):.3g} % of the window, the rest are holes"
