"""Fields of a sequence: a strip of time for each layer, the last layer on top."""

from __future__ import annotations

from collections.abc import Sequence

from convcalc.features.rf.drawing.counts import MAX_WORK, CountedPixels, Unseen, pixels_seen
from convcalc.features.rf.drawing.pixels import each_words, key_levels, paths_words
from convcalc.features.rf.drawing.plane import PLAIN, SMALL, extent_words, size_words
from convcalc.features.rf.drawing.scene import Drawn, Scene
from convcalc.report.drawing.axes import Scale, across, nice_scale
from convcalc.report.drawing.canvas import Area, Box, Cells, Hatch, Rect, Shape, Spot, Text, line
from convcalc.report.drawing.palette import INK, INPUT, MUTED, accent
from convcalc.report.drawing.text_width import fitted

MOST_CELLS = 1000
_LABELS = 270.0
_BAR, _ROW = 26.0, 54.0
# An input that is this many times as long as what is shown gets a strip of its own.
_OVERVIEW = 3


def strip_height(scene: Scene) -> float:
    """Pixels that the strip takes."""
    return _ROW * (len(scene.drawn) + 1) + (112 if _has_overview(scene) else 66)


class _Time:
    """Steps of the source on pixels of the picture."""

    def __init__(self, first: int, last: int, start: float, end: float) -> None:
        self.first, self.last = first, last
        self.start, self.end = start, end

    def x(self, step: float) -> float:
        """The left edge of a step."""
        return self.start + (step - self.first) / (self.last - self.first + 1) * (
            self.end - self.start
        )

    def bar(self, first: int, last: int, y: float, height: float = _BAR) -> Box:
        """The steps from first to last."""
        return Box(self.x(first), y, self.x(last + 1) - self.x(first), height)


def _windows(scene: Scene) -> list[tuple[int, int]]:
    """The first and the last step of each drawn field."""
    return [window for one in scene.drawn for window in one.window]


def _bounds(scene: Scene) -> tuple[int, int]:
    """The steps to show: all fields with a margin, and the whole source where it is not long."""
    (length,) = scene.sizes
    windows = _windows(scene)
    first, last = min(a for a, _ in windows), max(b for _, b in windows)
    margin = max(1, (last - first + 1) // 25)
    low, high = first - margin, last + margin
    if scene.report.is_placed:
        # No further into the padding than the fields go.
        low, high = max(low, min(first, 0)), min(high, max(last, length - 1))
        if length <= _OVERVIEW * (high - low + 1):
            low, high = min(low, 0), max(high, length - 1)
    return low, high


def _has_overview(scene: Scene) -> bool:
    """True where a part of the source is not shown."""
    low, high = _bounds(scene)
    (length,) = scene.sizes
    return scene.report.is_placed and (low > 0 or high < length - 1)


def draw_strip(scene: Scene, frame: Box) -> list[Shape]:
    """The fields of the drawn layers, the input below them, and where that lies in the whole."""
    placed = scene.report.is_placed
    time = _Time(*_bounds(scene), frame.x + _LABELS, frame.right - 10)
    shapes: list[Shape] = []
    windows = _windows(scene)
    seen = [
        pixels_seen(
            scene,
            one,
            max(1, min(MOST_CELLS, int(time.bar(*window, 0).width))),
            MAX_WORK / len(scene.drawn),
        )
        for one, window in zip(scene.drawn, windows, strict=True)
    ]
    rows = list(enumerate(scene.drawn))[::-1]
    bottom = frame.y + _ROW * len(rows)
    for place, (number, one) in enumerate(rows):
        y = frame.y + _ROW * place
        # The field of the row below; the lowest row stands on itself.
        below = windows[max(number - 1, 0)]
        shapes += _row(scene, one, seen[number], number, time, y, below)
    shapes += _source(scene, time, bottom, placed)
    shapes += _key(seen, frame)
    return shapes


def _row(
    scene: Scene,
    one: Drawn,
    seen: CountedPixels | Unseen,
    number: int,
    time: _Time,
    y: float,
    below: tuple[int, int],
) -> list[Shape]:
    (length,) = scene.sizes
    ((first, last),) = one.window
    role = accent(number)
    bar = time.bar(first, last, y)
    left = time.start - _LABELS
    name = fitted(one.name, _LABELS - 20, PLAIN, bold=True)
    size = fitted(size_words(one), _LABELS - 20, SMALL)
    lower, upper = time.bar(*below, y + _ROW), bar.bottom
    funnel = (
        Spot(bar.x, upper),
        Spot(bar.right, upper),
        Spot(lower.right, lower.y),
        Spot(lower.x, lower.y),
    )
    shapes: list[Shape] = [
        Text(left, y + 10, name, PLAIN, role, bold=True, title=one.name),
        Text(left, y + 28, size, SMALL, MUTED, title=extent_words(one)),
        Area(funnel, role, 0.1),
    ]
    if scene.report.is_placed:
        shapes += _padding(time, first, last, length, y)
    if not isinstance(seen, Unseen):
        ((a, b),) = seen.ends
        # The last cell may hold fewer steps than the others.
        whole = (b - a + 1) // seen.step * seen.step
        (levels,) = seen.levels()
        about = paths_words(seen)
        if whole:
            cells = levels[: whole // seen.step]
            shapes.append(Cells(time.bar(a, a + whole - 1, y), (cells,), about))
        if a + whole <= b:
            shapes.append(Cells(time.bar(a + whole, b, y), (levels[-1:],), about))
    title = f"{one.name}: {extent_words(one)}"
    shapes.append(Rect(bar, None, role, 1.5, title=title))
    return shapes


def _padding(time: _Time, first: int, last: int, length: int, y: float) -> list[Shape]:
    parts = [(first, min(last, -1)), (max(first, length), last)]
    return [Hatch(time.bar(a, b, y), title="padding") for a, b in parts if a <= b]


def _source(scene: Scene, time: _Time, y: float, placed: bool) -> list[Shape]:
    (length,) = scene.sizes
    left = time.start - _LABELS
    size = f"{length:,} steps" if placed else "of any length"
    name = fitted(scene.source, _LABELS - 20, PLAIN, bold=True)
    shapes: list[Shape] = [
        Text(left, y + 10, name, PLAIN, INK, bold=True, title=scene.source),
        Text(left, y + 28, size, SMALL, MUTED),
    ]
    first, last = (0, length - 1) if placed else (time.first, time.last)
    first, last = max(first, time.first), min(last, time.last)
    if first <= last:
        shapes.append(Rect(time.bar(first, last, y), INPUT, INK, 1.5))
    about = max(2, int((time.end - time.start) // 110))
    (zero,) = scene.drawn[0].origin
    low, high = time.first - zero, time.last - zero
    _, ticks = nice_scale(low, high, 0, 1, about=about, whole=True)
    scale = Scale(low, high + 1, time.start, time.end)
    shown = tuple(tick for tick in ticks if low <= tick <= high + 1)
    shapes += across(scale, shown, y + _BAR + 8, None)
    if _has_overview(scene):
        shapes += _overview(time, length, y + _BAR + 62)
    return shapes


def _overview(time: _Time, length: int, y: float) -> list[Shape]:
    """The whole source, and the stretch of it that is shown above."""
    low, high = min(0, time.first), max(length - 1, time.last)
    whole = _Time(low, high, time.start, time.end)
    shown = whole.bar(time.first, time.last, y, 10)
    # A stretch too short to be seen is marked all the same.
    shown = shown._replace(width=max(2.0, shown.width))
    left = time.start - _LABELS
    top = y - 16
    return [
        Area((Spot(time.start, top), Spot(time.end, top), Spot(shown.right, y), Spot(shown.x, y)),
             MUTED, 0.14),
        line(time.start, top, shown.x, y),
        line(time.end, top, shown.right, y),
        Rect(whole.bar(0, length - 1, y, 10), INPUT, INK, 1),
        Rect(shown, MUTED, None),
        Text(left, y + 10, "shown of the whole", SMALL, MUTED),
    ]  # fmt: skip


def _without_colour(rows: Sequence[CountedPixels | Unseen]) -> str:
    """What a row without colour means; nothing where all rows have one."""
    found = {one for one in rows if isinstance(one, Unseen)}
    is_all = all(isinstance(one, Unseen) for one in rows)
    where = "" if is_all else " in rows without colour"
    if len(found) > 1:
        return f"Steps used are not counted{where}, or they see padding alone. "
    if Unseen.PADDING in found:
        if len(rows) == 1:
            return "This unit sees padding alone. "
        return f"{'All rows' if is_all else 'Rows without colour'} see padding alone. "
    return f"Steps used are not counted{where}. " if found else ""


def _key(rows: Sequence[CountedPixels | Unseen], frame: Box) -> list[Shape]:
    """What the colours of the rows mean, and what their absence does."""
    y = frame.bottom - 12
    seen = [one for one in rows if not isinstance(one, Unseen)]
    if not seen:
        return [Text(frame.x, y + 11, _without_colour(rows).rstrip(), SMALL, MUTED)]
    counted = [one for one in seen if one.is_counted]
    step = max(one.step for one in seen)
    words = "Colour: paths from each step to the unit, logarithmic, each row from its fewest"
    if not counted:
        words = "Colour: steps that the unit uses"
    elif all(one.least == one.most for one in counted):
        words = "Colour: steps that the unit uses"
        if len({one.most for one in counted}) == 1:
            words += f", by {each_words(counted[0])}"
    else:
        words += " to its most"
        if len(counted) < len(seen):
            words += " (in one colour: too many to count on)"
    if step > 1:
        words += f"; a cell holds up to {step} steps and shows the largest count"
    shapes: list[Shape] = []
    x = frame.x
    if counted:
        levels = max((key_levels(one) for one in counted), key=len)
        bar = Box(x, y, 110 if len(levels) > 1 else 24, 12)
        shapes.append(Cells(bar, (levels,)))
        x = bar.right + 12
    text = fitted(f"{_without_colour(rows)}{words}. Free: not used.", frame.right - x, SMALL)
    return [*shapes, Text(x, y + 11, text, SMALL, MUTED)]
