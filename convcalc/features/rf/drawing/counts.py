"""How many paths lead from each pixel to a unit, gathered into the cells of a picture.

Counts are exact integers; where they would take too long, they are rounded, and where maps are too
large for that, the footprint says which pixels are used. A cell of several pixels shows the
largest count among them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum, auto
from math import log2, prod
from typing import Any, NamedTuple

from convcalc.core.shapes import spatial
from convcalc.features.rf import path_counts
from convcalc.features.rf.drawing.rounded import rounded_counts
from convcalc.features.rf.drawing.scene import Drawn, Ends, Scene
from convcalc.features.rf.pixel_sets import Bits, Pixels, TooWideError, mask_from
from convcalc.features.rf.used_pixels import TooLargeError, folding_of
from convcalc.report.drawing.palette import HEAT_LEVELS

# Bits that are read and written on the ways back of one picture: a second or two.
MAX_WORK = 1 << 34
# Counts of no pixels, and the first of these.
_NOTHING: tuple[tuple[int, ...], Any] = ((), ())


class CountedPixels(NamedTuple):
    """The pixels of one unit on the axes shown, from the first real one on, in `step`² cells.

    `rows` has one entry a row of cells: the largest number of paths of a pixel, 0 where there are
    none. `is_counted` is False where 1 stands for any number, `is_rounded` is True where counts are
    right to 53 bits. `summed` says that the counts are sums over an axis that is not shown. `used`
    counts real pixels with paths, over all axes.
    """

    ends: Ends
    step: int
    rows: tuple[tuple[int, ...], ...]
    is_counted: bool
    summed: bool
    used: int
    least: int
    most: int
    is_rounded: bool = False

    def levels(self) -> tuple[bytes, ...]:
        """The cells as heat levels: the logarithm of the count, from the least to the most."""
        low, high = log2(self.least), log2(self.most)
        known: dict[int, int] = {0: 0}
        for count in {count for row in self.rows for count in row if count}:
            share = (log2(count) - low) / (high - low) if high > low else 1.0
            known[count] = 1 + min(HEAT_LEVELS - 1, int(share * HEAT_LEVELS))
        return tuple(bytes(known[count] for count in row) for row in self.rows)


class Unseen(Enum):
    """Why no pixels are shown of a unit."""

    PADDING = auto()  # It sees padding alone.
    UNCOUNTED = auto()  # The maps on the way are too large.


def pixels_seen(
    scene: Scene, drawn: Drawn, most_cells: int, most_work: float = MAX_WORK
) -> CountedPixels | Unseen:
    """The pixels that the unit uses, in at most `most_cells` cells an axis.

    Paths are counted exactly where that touches no more than `most_work` bits.
    """
    found = _counted(scene, drawn, most_work)
    if found is not None:
        return _gathered(*found, most_cells, is_counted=True)
    rounded = rounded_counts(
        scene.report.lens, drawn.field.index, drawn.unit, scene.source, most_cells
    )
    if rounded is not None:
        return CountedPixels(**rounded._asdict(), is_counted=True, is_rounded=True)
    found = _used(scene, drawn)
    return Unseen.UNCOUNTED if found is None else _gathered(*found, most_cells, is_counted=False)


def _counted(scene: Scene, drawn: Drawn, most_work: float) -> tuple[tuple[int, ...], Any] | None:
    if _work(scene, drawn.field.index) > most_work:
        return None
    try:
        found = path_counts(scene.report.lens, drawn.field.index, drawn.unit)
    except TooLargeError:
        return None
    own = [one for one in found if one.source == scene.source]
    return (own[0].first, own[0].counts) if own else _NOTHING


def _work(scene: Scene, index: int) -> float:
    """Bits that the exact walk back touches, at most."""
    lens = scene.report.lens
    paths: dict[int, float] = {index: 0.0}
    most, pixels = 4.0, 0.0
    for at in lens.back_from(index):
        own = paths.pop(at, None)
        if own is None or at in lens.sources:
            continue
        inputs, facts = lens.reads(at)
        for source, links in zip(inputs, facts.links, strict=True):
            if links is None:
                continue
            taps = [max(map(len, link.taps), default=1) for link in links]
            # The logarithm of a sum of paths, and never less.
            added = own + log2(max(1, prod(taps)))
            before = paths.get(source)
            paths[source] = added if before is None else max(before, added) + 1
            most = max(most, paths[source])
            sizes = spatial(lens.graph.shape_of(source))
            folded = sizes[-1] / 16 if folding_of(lens.graph.nodes[at].layer) else 1
            pixels += prod(sizes) * (sum(taps) + 1) * folded
    return pixels * most


def _used(scene: Scene, drawn: Drawn) -> tuple[tuple[int, ...], Any] | None:
    """Ones and noughts from the footprint, clipped to the source; None where it is not known."""
    footprint = drawn.footprint
    if footprint is None:
        return None
    sizes = scene.sizes
    ends = [
        (max(0, first), min(size - 1, last))
        for (first, last), size in zip(drawn.window, sizes, strict=True)
    ]
    if any(first > last for first, last in ends):
        return _NOTHING
    if prod(b - a + 1 for a, b in ends) > 1 << 22:
        return None
    try:
        boxes = [
            [_mask(axis.at(at), end) for axis, at, end in zip(term, drawn.unit, ends, strict=True)]
            for term in footprint
        ]
    except TooWideError:
        return None
    return tuple(first for first, _ in ends), _ones(boxes, [b - a + 1 for a, b in ends])


def _mask(pixels: Pixels | None, ends: tuple[int, int]) -> int:
    """Bit i for pixel ends[0] + i."""
    first, last = ends
    if pixels is None:
        return 0
    if isinstance(pixels, range):
        skipped = max(0, -(-(first - pixels.start) // pixels.step))
        pixels = pixels[skipped:]
        return mask_from(pixels, first) & ((1 << (last - first + 1)) - 1) if pixels else 0
    off = pixels.start - first
    mask = pixels.mask << off if off >= 0 else Bits(first, pixels.mask >> -off).mask
    return mask & ((1 << (last - first + 1)) - 1)


def _ones(boxes: Sequence[Sequence[int]], sizes: Sequence[int]) -> Any:
    if len(sizes) == 1:
        joined = 0
        for box in boxes:
            joined |= box[0]
        text = f"{joined:0{sizes[0]}b}"[::-1]
        return tuple(map(int, text))
    inner: dict[tuple[int, ...], Any] = {}
    rows = []
    for at in range(sizes[0]):
        members = tuple(number for number, box in enumerate(boxes) if box[0] >> at & 1)
        if members not in inner:
            inner[members] = _ones([boxes[number][1:] for number in members], sizes[1:])
        rows.append(inner[members])
    return tuple(rows)


def _gathered(
    first: tuple[int, ...], counts: Any, most_cells: int, is_counted: bool
) -> CountedPixels | Unseen:
    used = _nonzero(counts, len(first))
    if not used:
        return Unseen.PADDING
    summed = len(first) == 3
    if summed:
        counts = _over_depth(counts)
        first = first[1:]
    rows: Sequence[Sequence[int]] = counts if len(first) == 2 else (counts,)
    high, wide = len(rows), len(rows[0])
    ends = [(first[-1], first[-1] + wide - 1)]
    if len(first) == 2:
        ends.insert(0, (first[0], first[0] + high - 1))
    if not is_counted:
        rows = [[min(1, count) for count in row] for row in rows]
    known = [count for row in rows for count in row if count]
    least, most = min(known), max(known)
    step = max(-(-wide // most_cells), -(-high // most_cells) if len(first) == 2 else 1)
    cells = tuple(_cells(rows, step if len(first) == 2 else 1, step))
    return CountedPixels(tuple(ends), step, cells, is_counted, summed, used, least, most)


def _nonzero(counts: Any, rank: int) -> int:
    if rank == 1:
        return sum(1 for count in counts if count)
    return sum(_nonzero(part, rank - 1) for part in counts)


def _over_depth(counts: Any) -> list[list[int]]:
    planes = zip(*counts, strict=True)
    return [[sum(column) for column in zip(*rows, strict=True)] for rows in planes]


def _cells(rows: Sequence[Sequence[int]], down: int, across: int) -> Iterable[tuple[int, ...]]:
    for y in range(0, len(rows), down):
        line = [max(column) for column in zip(*rows[y : y + down], strict=True)]
        yield tuple(max(line[x : x + across]) for x in range(0, len(line), across))


def amount(count: int) -> str:
    """A number of paths as it is written: exact where it is short.

    >>> amount(59049), amount(3**40)
    ('59,049', '1.2e19')
    """
    if count < 10**6:
        return f"{count:,}"
    text = str(count) if count < 10**4000 else _long(count)
    power = len(text) - 1
    return f"{text[0]}.{text[1]}e{power}"


def _long(count: int) -> str:
    """The digits of a number that Python does not write out, the first ones at least."""
    power = int(log2(count) * 0.30102999566398119) - 10
    return str(count // 10**power) + "0" * power
