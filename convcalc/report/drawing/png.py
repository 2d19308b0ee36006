"""A picture as PNG, drawn by the raster of the house: the same bytes for the same picture.

A library that renders the SVG (resvg was tried) needs the fonts of the machine: where there are
none, as in most containers, its pictures come out without a letter, and elsewhere each machine
has its own. The letters of `letters` are strokes, so that this needs no font at all.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from convcalc.core.text import visible
from convcalc.report.drawing.canvas import (
    Area,
    Box,
    Cells,
    Dot,
    Hatch,
    Path,
    Picture,
    Rect,
    Shape,
    Spot,
    Text,
    flat,
)
from convcalc.report.drawing.letters import BOLD_PEN, PEN, Segment, segments
from convcalc.report.drawing.palette import HEAT_LEVELS, SURFACE, Theme, heat, palette
from convcalc.report.drawing.text_width import character_width, text_width

if TYPE_CHECKING:
    from convcalc.report.drawing.raster import Raster, Stamp

# Pixels of the file for one of the picture: sharp on a slide.
SCALE = 2
_DASH, _SPACE = 6, 4
# Pixels of the file.
_LONG = 100.0


def png(picture: Picture, theme: Theme = "light", scale: int = SCALE) -> bytes:
    """The picture as a PNG file; the theme `auto` is light."""
    from convcalc.report.drawing.raster import Raster

    colors = palette(theme)
    raster = Raster(picture.width * scale, picture.height * scale, colors[SURFACE])
    pen = _Pen(raster, colors, scale)
    for shape in flat(picture.shapes):
        pen.draw(shape)
    return encoded(raster.width, raster.height, raster.pixels.tobytes())


def encoded(width: int, height: int, pixels: bytes) -> bytes:
    """A PNG of 8-bit RGB pixels, row by row. Source: PNG, third edition, 11.2."""
    length = 3 * width
    rows = b"".join(b"\0" + pixels[y * length : (y + 1) * length] for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 6)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in parts)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


class _Pen:
    """Draws shapes of the picture, in its coordinates, on a raster of `scale` times its size."""

    def __init__(self, raster: Raster, colors: dict[str, str], scale: int) -> None:
        self.raster, self.colors, self.scale = raster, colors, scale

    def draw(self, shape: Shape) -> None:
        colors, raster, scale = self.colors, self.raster, self.scale
        match shape:
            case Rect():
                self._rect(shape)
            case Path():
                self._path(shape)
            case Area():
                spots = [Spot(spot.x * scale, spot.y * scale) for spot in shape.spots]
                raster.polygon(spots, colors[shape.fill], shape.opacity)
            case Dot():
                spot = Spot(shape.spot.x * scale, shape.spot.y * scale)
                raster.dot(spot, shape.radius * scale, colors[shape.fill])
            case Text():
                self._text(shape)
            case Hatch():
                box, gap = self._box(shape.box), shape.gap * scale
                raster.hatch(box, gap, scale, colors[shape.stroke])
            case Cells():
                ramp = [colors[heat(level)] for level in range(1, HEAT_LEVELS + 1)]
                raster.cells(self._box(shape.box), shape.rows, ramp)

    def _box(self, box: Box) -> Box:
        return Box(*(value * self.scale for value in box))

    def _rect(self, rect: Rect) -> None:
        box = self._box(rect.box)
        if rect.fill is not None:
            self.raster.rectangle(box, self.colors[rect.fill], rect.opacity)
        width = rect.width * self.scale
        if rect.stroke is None or (
            width == int(width)
            and not rect.dash
            and self.raster.frame(box, int(width), self.colors[rect.stroke])
        ):
            return
        x, y, right, bottom = box.x, box.y, box.right, box.bottom
        corners = [Spot(x, y), Spot(right, y), Spot(right, bottom), Spot(x, bottom), Spot(x, y)]
        self._line(corners, rect.stroke, rect.width, rect.dash)

    def _path(self, path: Path) -> None:
        spots = [Spot(spot.x * self.scale, spot.y * self.scale) for spot in path.spots]
        self._line(spots, path.stroke, path.width, path.dash)

    def _line(self, spots: Sequence[Spot], role: str, width: float, dash: bool) -> None:
        color, thick = self.colors[role], width * self.scale
        pieces = list(_dashes(spots, self.scale) if dash else pairwise(spots))
        slanted = [(*a, *b) for a, b in pieces if a.x != b.x and a.y != b.y]
        if not slanted:
            for a, b in pieces:
                self.raster.rectangle(_bar(a, b, thick), color)
            return
        # A stroke takes the room of all its pieces, so that long ones stand for themselves.
        run: list[Segment] = []
        for a, b in pieces:
            if (a.x == b.x or a.y == b.y) and abs(a.x - b.x) + abs(a.y - b.y) > _LONG:
                self.raster.strokes(run, thick, color)
                run = []
                left, top = min(a.x, b.x) - thick / 2, min(a.y, b.y) - thick / 2
                long = Box(left, top, abs(a.x - b.x) + thick, abs(a.y - b.y) + thick)
                self.raster.rectangle(long, color)
            else:
                run.append((*a, *b))
        self.raster.strokes(run, thick, color)

    def _text(self, text: Text) -> None:
        shown = visible(text.text)
        size = text.size * self.scale
        stretch = text_width("n", 1, text.bold) / character_width("n")
        width = text_width(shown, size, text.bold)
        x = text.x * self.scale - {"start": 0.0, "middle": width / 2, "end": width}[text.anchor]
        color = self.colors[text.role]
        pen = (BOLD_PEN if text.bold else PEN) * size
        for char in shown:
            # Most letters stand in a picture many times: each is drawn once at its quarter pixel.
            column, quarter = divmod(round(4 * x), 4)
            letter = _letter(char, size, stretch, pen, quarter)
            if letter is not None:
                self.raster.stamp(letter, column, round(text.y * self.scale), color)
            x += character_width(char) * stretch * size


@lru_cache(maxsize=4096)
def _letter(char: str, size: float, stretch: float, pen: float, quarter: int) -> Stamp | None:
    """A letter whose foot stands at (quarter / 4, 0); None for one without strokes.

    On whole pixels upright, letters have sharp feet.
    """
    from convcalc.report.drawing.raster import stamp_of

    pieces = [
        (
            quarter / 4 + x1 * stretch * size,
            -y1 * size,
            quarter / 4 + x2 * stretch * size,
            -y2 * size,
        )
        for x1, y1, x2, y2 in segments(char)
    ]
    return stamp_of(pieces, pen) if pieces else None


def _bar(a: Spot, b: Spot, thick: float) -> Box:
    """An upright or level line as a rectangle on whole pixels, its ends squared off."""
    wide = max(1, round(thick))
    if a.y == b.y:
        left, right = sorted((a.x, b.x))
        return Box(left - thick / 2, round(a.y - wide / 2), right - left + thick, wide)
    top, bottom = sorted((a.y, b.y))
    return Box(round(a.x - wide / 2), top - thick / 2, wide, bottom - top + thick)


def _dashes(spots: Sequence[Spot], scale: int) -> Iterator[tuple[Spot, Spot]]:
    """The pieces of a dashed line; the pattern runs on around corners."""
    at, period = 0.0, (_DASH + _SPACE) * scale
    for a, b in pairwise(spots):
        length = ((b.x - a.x) ** 2 + (b.y - a.y) ** 2) ** 0.5
        number = int(at // period)
        while length and number * period < at + length:
            start = max(0.0, number * period - at) / length
            end = min(length, number * period + _DASH * scale - at) / length
            if end > start:
                yield (
                    Spot(a.x + (b.x - a.x) * start, a.y + (b.y - a.y) * start),
                    Spot(a.x + (b.x - a.x) * end, a.y + (b.y - a.y) * end),
                )
            number += 1
        at += length
