"""Pixels: shapes onto an image, with exact or distance-based coverage, so that edges are smooth.

numpy is imported by this module and by nothing that does not draw pixels.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from convcalc.report.drawing.canvas import Box, Spot
from convcalc.report.drawing.palette import rgb

Mask = npt.NDArray[np.float32]
# Sub-lines a pixel row when polygons are filled.
_FINE = 4


class Stamp(NamedTuple):
    """A small shape to be used many times; its origin is at (-x, -y) of the mask."""

    cover: Mask
    x: int
    y: int


def stamp_of(pieces: Sequence[tuple[float, float, float, float]], width: float) -> Stamp:
    """Straight pieces drawn with a round pen, as one stroke."""
    half = width / 2
    reach = half + 1
    xs = [x for x1, _, x2, _ in pieces for x in (x1, x2)]
    ys = [y for _, y1, _, y2 in pieces for y in (y1, y2)]
    left, top = int((min(xs) - reach) // 1), int((min(ys) - reach) // 1)
    right, bottom = int(-(-(max(xs) + reach) // 1)), int(-(-(max(ys) + reach) // 1))
    cover = np.zeros((bottom - top, right - left), np.float32)
    for piece in pieces:
        np.maximum(cover, _pen(left, top, right, bottom, piece, half), out=cover)
    return Stamp(cover, left, top)


@lru_cache(maxsize=1024)
def _row(color: str, width: int) -> npt.NDArray[np.uint8]:
    """Pixels of one color beside each other, as bytes: copied at once, unlike single pixels."""
    return np.tile(np.array(rgb(color), np.uint8), width)


class Raster:
    """An image under construction; places are pixels of the image."""

    def __init__(self, width: int, height: int, color: str) -> None:
        self.width, self.height = width, height
        self._bytes = np.tile(_row(color, width), (height, 1))
        self.pixels = self._bytes.reshape(height, width, 3)

    def _blend(self, x: int, y: int, cover: Mask, color: str) -> None:
        rows, columns = cover.shape
        area = self.pixels[y : y + rows, x : x + columns]
        share = cover[:, :, None]
        paint = np.array(rgb(color), np.float32)
        mixed = area + (paint - area) * share
        area[:] = (mixed + np.float32(0.5)).astype(np.uint8)

    def _window(self, box: Box) -> tuple[int, int, int, int]:
        """The pixels that touch a box, as x, y, end of x, end of y."""
        x, y = max(0, int(box.x // 1)), max(0, int(box.y // 1))
        right, bottom = int(-(-box.right // 1)), int(-(-box.bottom // 1))
        return x, y, min(self.width, right), min(self.height, bottom)

    def rectangle(self, box: Box, color: str, opacity: float = 1) -> None:
        """Fill a rectangle; pixels on its edges get their exact share."""
        x, y, right, bottom = self._window(box)
        if right <= x or bottom <= y:
            return
        if opacity == 1 and all(edge == int(edge) for edge in box):
            self._bytes[y:bottom, 3 * x : 3 * right] = _row(color, right - x)
            return
        across = _shares(box.x, box.right, x, right)
        down = _shares(box.y, box.bottom, y, bottom)
        self._blend(x, y, (down[:, None] * across[None, :]) * np.float32(opacity), color)

    def frame(self, box: Box, width: int, color: str) -> bool:
        """Draw the edges of a rectangle, half inside of it; False where a pixel is met in part."""
        half, odd = divmod(width, 2)
        if odd or not all(edge == int(edge) for edge in box):
            return False
        x, y, right, bottom = map(int, (box.x, box.y, box.right, box.bottom))
        left, end = max(0, x - half), max(0, min(self.width, right + half))
        top, foot = max(0, y - half), max(0, bottom + half)
        if end > left:
            area = self._bytes[top:foot, 3 * left : 3 * end]
            row = _row(color, end - left)
            first, last = 3 * max(0, x + half - left), 3 * max(0, right - half - left)
            area[: max(0, y + half - top)] = area[max(0, bottom - half - top) :] = row
            area[:, :first], area[:, last:] = row[:first], row[last:]
        return True

    def cells(self, box: Box, rows: Sequence[bytes], colors: Sequence[str]) -> None:
        """Fill a grid: the cell's value is the number of its color, 0 is none."""
        x, y, right, bottom = self._window(box)
        if right <= x or bottom <= y:
            return
        levels = np.array([np.frombuffer(row, np.uint8) for row in rows])
        column = (np.arange(x, right) + 0.5 - box.x) * (levels.shape[1] / box.width)
        row = (np.arange(y, bottom) + 0.5 - box.y) * (levels.shape[0] / box.height)
        columns = column.astype(int).clip(0, levels.shape[1] - 1)
        lines = row.astype(int).clip(0, levels.shape[0] - 1)
        shown = levels[lines[:, None], columns[None, :]]
        paint = np.array([(0, 0, 0), *map(rgb, colors)], np.uint8)
        area = self.pixels[y:bottom, x:right]
        area[:] = np.where((shown > 0)[:, :, None], paint[shown], area)

    def hatch(self, box: Box, gap: float, width: float, color: str) -> None:
        """Diagonal strokes x + y = n * gap over a rectangle, `width` thick."""
        x, y, right, bottom = self._window(box)
        if right <= x or bottom <= y:
            return
        total = (np.arange(x, right) + 0.5)[None, :] + (np.arange(y, bottom) + 0.5)[:, None]
        off = np.abs((total + gap / 2) % gap - gap / 2) * np.sqrt(0.5)
        cover = (width / 2 + 0.5 - off).clip(0, 1)
        inside = _shares(box.y, box.bottom, y, bottom)[:, None] * _shares(
            box.x, box.right, x, right
        )
        self._blend(x, y, (cover * inside).astype(np.float32), color)

    def polygon(self, spots: Sequence[Spot], color: str, opacity: float = 1) -> None:
        """Fill a polygon by the even-odd rule."""
        xs, ys = np.array(spots, float).T
        next_xs, next_ys = np.roll(xs, -1), np.roll(ys, -1)
        box = Box(xs.min(), ys.min(), xs.max() - xs.min(), ys.max() - ys.min())
        x, y, right, bottom = self._window(box)
        if right <= x or bottom <= y:
            return
        cover = np.zeros((bottom - y, right - x), np.float32)
        for row in range(y, bottom):
            for fine in range(_FINE):
                height = row + (fine + 0.5) / _FINE
                crossed = (ys <= height) != (next_ys <= height)
                part = (height - ys[crossed]) / (next_ys[crossed] - ys[crossed])
                found = np.sort(xs[crossed] + part * (next_xs[crossed] - xs[crossed]))
                for start, end in zip(found[::2], found[1::2], strict=True):
                    _add_run(cover[row - y], start - x, end - x, 1 / _FINE)
        self._blend(x, y, cover.clip(0, 1) * np.float32(opacity), color)

    def dot(self, spot: Spot, radius: float, color: str) -> None:
        """A filled circle."""
        self.strokes([(spot.x, spot.y, spot.x, spot.y)], 2 * radius, color)

    def stamp(self, stamp: Stamp, x: int, y: int, color: str) -> None:
        """Press a stamp whose origin comes to the pixel (x, y); what is outside is lost."""
        rows, columns = stamp.cover.shape
        left, top = x + stamp.x, y + stamp.y
        low, high = max(0, -left), min(columns, self.width - left)
        first, last = max(0, -top), min(rows, self.height - top)
        if high > low and last > first:
            part = stamp.cover[first:last, low:high]
            self._blend(left + low, top + first, part, color)

    def strokes(
        self, pieces: Iterable[tuple[float, float, float, float]], width: float, color: str
    ) -> None:
        """Straight pieces drawn with a round pen, as one stroke: crossings are not darker."""
        ends = np.array(list(pieces), np.float32)
        if not len(ends):
            return
        half = width / 2
        xs, ys = ends[:, ::2], ends[:, 1::2]
        across, down = float(np.ptp(xs)), float(np.ptp(ys))
        area = Box(xs.min() - half, ys.min() - half, across + width, down + width)
        x, y, right, bottom = self._window(area)
        if right <= x or bottom <= y:
            return
        cover = np.zeros((bottom - y, right - x), np.float32)
        for x1, y1, x2, y2 in ends:
            left, top = min(x1, x2) - half, min(y1, y2) - half
            near = Box(left, top, abs(x1 - x2) + width, abs(y1 - y2) + width)
            a, b, c, d = self._window(near)
            if c > a and d > b:
                part = cover[b - y : d - y, a - x : c - x]
                np.maximum(part, _pen(a, b, c, d, (x1, y1, x2, y2), half), out=part)
        self._blend(x, y, cover, color)


def _pen(
    x: int, y: int, right: int, bottom: int, piece: tuple[float, float, float, float], half: float
) -> Mask:
    """The cover of one straight piece: how far each pixel lies within the pen's reach."""
    x1, y1, x2, y2 = piece
    across = np.arange(x, right, dtype=np.float32) + np.float32(0.5) - x1
    down = (np.arange(y, bottom, dtype=np.float32) + np.float32(0.5) - y1)[:, None]
    dx, dy = x2 - x1, y2 - y1
    length = dx * dx + dy * dy
    # How far along the piece the nearest point of it lies.
    along = ((across * dx + down * dy) / length).clip(0, 1) if length else np.float32(0)
    off = np.sqrt((across - along * dx) ** 2 + (down - along * dy) ** 2)
    return np.asarray((half + 0.5 - off).clip(0, 1), np.float32)


def _shares(start: float, end: float, low: int, high: int) -> Mask:
    """The share of each pixel from `low` to `high` that lies within [start, end]."""
    edges = np.arange(low, high + 1, dtype=np.float64).clip(start, end)
    return np.asarray(edges[1:] - edges[:-1], np.float32)


def _add_run(row: Mask, start: float, end: float, weight: float) -> None:
    low, high = max(0, int(start // 1)), min(len(row), int(-(-end // 1)))
    if high > low:
        row[low:high] += _shares(start, end, low, high) * np.float32(weight)
