"""A chart as PNG, drawn with the standard library: smooth strokes, and letters of strokes too.

Light on purpose: a slide or a page cannot tell an image which colours it has.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from math import ceil, floor, hypot, sqrt

from convcalc.formats.chart import HEIGHT, WIDTH, Dot, Label, Line, Mark, Point
from convcalc.formats.chart_svg import LIGHT
from convcalc.formats.strokes import text_strokes, text_width

SCALE = 2
_PLAIN, _BOLD = 0.14, 0.19
Color = tuple[int, int, int]


def render(marks: Sequence[Mark]) -> bytes:
    """The marks as a PNG of twice the chart's size."""
    canvas = _Canvas(WIDTH * SCALE, HEIGHT * SCALE, _color("paper"))
    for mark in marks:
        if isinstance(mark, Line):
            for piece in _dashes(_scaled(mark.points), mark.dash * SCALE):
                canvas.stroke([piece], mark.width * SCALE, _color(mark.role))
        elif isinstance(mark, Dot):
            spot = _scaled(((mark.x, mark.y),))
            canvas.stroke([spot * 2], (mark.radius + 2) * 2 * SCALE, _color("paper"))
            canvas.stroke([spot * 2], (mark.radius - 1) * 2 * SCALE, _color(mark.role))
        else:
            for pen, strokes in _letters(mark):
                canvas.stroke(strokes, pen, _color(mark.role))
    return canvas.png()


def _color(role: str) -> Color:
    value = LIGHT[role]
    return int(value[1:3], 16), int(value[3:5], 16), int(value[5:7], 16)


def _scaled(points: Sequence[Point]) -> tuple[Point, ...]:
    return tuple((x * SCALE, y * SCALE) for x, y in points)


def _letters(label: Label) -> list[tuple[float, list[tuple[Point, ...]]]]:
    """(pen, strokes) of a label: its lines, and its dots, which are a little fatter."""
    size = label.size * SCALE
    x = label.x * SCALE
    width = text_width(label.text, size)
    x -= {"start": 0.0, "middle": width / 2, "end": width}[label.anchor]
    strokes = text_strokes(label.text, x, label.y * SCALE, size)
    pen = size * (_BOLD if label.bold else _PLAIN)
    dots = [stroke for stroke in strokes if stroke[0] == stroke[-1] and len(stroke) == 2]
    return [(pen, [stroke for stroke in strokes if stroke not in dots]), (pen * 1.35, dots)]


def _dashes(points: tuple[Point, ...], dash: float) -> Iterator[tuple[Point, ...]]:
    """The pieces of a dashed straight line; the whole line where it has no dashes."""
    if not dash:
        yield points
        return
    (x0, y0), (x1, y1) = points[0], points[-1]
    length = hypot(x1 - x0, y1 - y0)
    at = 0.0
    while at < length:
        ends = (at / length, min(at + dash, length) / length)
        yield tuple((x0 + (x1 - x0) * share, y0 + (y1 - y0) * share) for share in ends)
        at += 2 * dash


class _Canvas:
    """Pixels in RGB; strokes cover them by their distance to the pixel's centre."""

    def __init__(self, width: int, height: int, paper: Color) -> None:
        self.width, self.height = width, height
        self.pixels = bytearray(bytes(paper) * (width * height))

    def stroke(self, strokes: Sequence[Sequence[Point]], pen: float, color: Color) -> None:
        """Draws all strokes at once, so that crossings are not darker."""
        cover: dict[int, float] = {}
        for points in strokes:
            for start, end in zip(points, points[1:], strict=False):
                self._cover(cover, start, end, pen / 2)
        pixels = self.pixels
        for index, share in cover.items():
            at = index * 3
            for channel in range(3):
                old = pixels[at + channel]
                pixels[at + channel] = round(old + (color[channel] - old) * share)

    def _cover(self, cover: dict[int, float], start: Point, end: Point, radius: float) -> None:
        (x0, y0), (x1, y1) = start, end
        dx, dy = x1 - x0, y1 - y0
        squared = dx * dx + dy * dy or 1.0
        reach = radius + 0.5
        low, high = max(0, floor(min(y0, y1) - reach)), min(self.height, ceil(max(y0, y1) + reach))
        for y in range(low, high):
            for x in self._columns(x0, y0, dx, dy, y, reach):
                px, py = x + 0.5 - x0, y + 0.5 - y0
                along = min(1.0, max(0.0, (px * dx + py * dy) / squared))
                away = sqrt((px - along * dx) ** 2 + (py - along * dy) ** 2)
                share = reach - away
                if share > 0:
                    index = y * self.width + x
                    share = min(1.0, share)
                    if share > cover.get(index, 0.0):
                        cover[index] = share

    def _columns(self, x0: float, y0: float, dx: float, dy: float, y: int, reach: float) -> range:
        """Pixels of the row `y` that may be near the segment."""
        low, high = min(x0, x0 + dx), max(x0, x0 + dx)
        if abs(dy) > 2 * reach:
            near = [x0 + dx * min(1.0, max(0.0, (y + e - y0) / dy)) for e in (-reach, 1 + reach)]
            low, high = max(low, min(near)), min(high, max(near))
        return range(max(0, floor(low - reach)), min(self.width, ceil(high + reach)))

    def png(self) -> bytes:
        """The picture as a file: eight bits a channel, no time, no metadata."""
        row = self.width * 3
        lines = (b"\0" + self.pixels[at : at + row] for at in range(0, len(self.pixels), row))
        header = struct.pack(">IIBBBBB", self.width, self.height, 8, 2, 0, 0, 0)
        return b"".join(
            (
                b"\x89PNG\r\n\x1a\n",
                _chunk(b"IHDR", header),
                _chunk(b"IDAT", zlib.compress(b"".join(lines), 6)),
                _chunk(b"IEND", b""),
            )
        )


def _chunk(kind: bytes, data: bytes) -> bytes:
    check = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)
