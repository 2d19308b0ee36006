"""Where everything in the drawing of a graph stands."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from convcalc.report.diagram.alignment import aligned
from convcalc.report.diagram.outline import Outline
from convcalc.report.diagram.ranks import Ranks
from convcalc.report.diagram.wrapping import Band, cuts, wrapped_ranks
from convcalc.report.drawing.canvas import Box, Spot

GAP, GUTTER = 40.0, 60.0
LANE, BESIDE = 26.0, 28.0
FRAME_TOP, FRAME_BOTTOM, FRAME_SIDE = 26.0, 10.0, 12.0
# The shape that a node gives stands below it, within its frame.
SHAPE = 18.0
# Above all columns but the first: the line that leads on.
HEAD = 18.0


class Extent(NamedTuple):
    """The ranks that an open block covers, and how many frames share its edges, itself included.

    `above` begin in its first rank, `beneath` end in its last one, `beside` stand within it.
    """

    first: int
    last: int
    above: int
    beneath: int
    beside: int


class FrameBox(NamedTuple):
    """A piece of an open block's frame, in one column."""

    frame: int
    box: Box


@dataclass(frozen=True)
class Geometry:
    """Places for a ranked outline; `sizes` has width and height of each node."""

    outline: Outline
    ranks: Ranks
    sizes: tuple[tuple[float, float], ...]

    @cached_property
    def level(self) -> dict[int, int]:
        """The rank of each cell."""
        return {cell: at for at, rank in enumerate(self.ranks.ranks) for cell in rank}

    @cached_property
    def _members(self) -> list[set[int]]:
        """For each frame the nodes in it, those of the frames within included."""
        frames = self.outline.frames
        found: list[set[int]] = [set() for _ in frames]
        for node in self.outline.nodes:
            at = node.frame
            while at is not None:
                found[at].add(node.at)
                at = frames[at].parent
        return found

    @cached_property
    def _extents(self) -> list[Extent]:
        frames = self.outline.frames
        levels = ([self.level[node] for node in members] for members in self._members)
        found = [Extent(min(ranks), max(ranks), 1, 1, 1) for ranks in levels]
        # A frame stands behind the one around it.
        for at in reversed(range(len(frames))):
            parent = frames[at].parent
            if parent is not None:
                found[parent] = _around_both(found[parent], found[at])
        return found

    @cached_property
    def _heights(self) -> list[tuple[float, float, float]]:
        """For each rank the room above its boxes, theirs, and below them."""
        above: dict[int, int] = {}
        beneath: dict[int, int] = {}
        for one in self._extents:
            above[one.first] = max(above.get(one.first, 0), one.above)
            beneath[one.last] = max(beneath.get(one.last, 0), one.beneath)
        return [
            (
                FRAME_TOP * above.get(at, 0),
                max(self.sizes[cell][1] for cell in rank if cell < self.ranks.nodes),
                _foot(beneath.get(at, 0)) + GAP,
            )
            for at, rank in enumerate(self.ranks.ranks)
        ]

    @cached_property
    def _across(self) -> list[float]:
        return aligned(self.ranks, self._room())

    def _room(self) -> list[float]:
        """The width that each cell takes, with the frames that end beside it."""
        count = self.ranks.nodes
        room = [LANE] * sum(map(len, self.ranks.ranks))
        for rank in self.ranks.ranks:
            nodes = [cell for cell in rank if cell < count]
            frames = {self.outline.nodes[cell].frame for cell in nodes}
            for cell in nodes:
                room[cell] = self.sizes[cell][0] + BESIDE
                if len(frames) > 1:
                    room[cell] += 2 * FRAME_SIDE * self._depth(self.outline.nodes[cell].frame)
        return room

    def _depth(self, frame: int | None) -> int:
        """How many frames stand around what is in `frame`."""
        return 0 if frame is None else 1 + self._depth(self.outline.frames[frame].parent)

    @cached_property
    def bands(self) -> list[Band]:
        """The columns, as the ranks in each."""
        dear = [0] * len(self.ranks.ranks)
        for one in self._extents:
            for at in range(one.first + 1, one.last + 1):
                dear[at] += 1
        heights = [sum(parts) for parts in self._heights]
        left, right = self._span(Band(0, len(heights)))
        return wrapped_ranks(heights, cuts(self.ranks), dear, right - left + GUTTER)

    def _span(self, band: Band) -> tuple[float, float]:
        """From the left end to the right end of what stands in these ranks."""
        left, right = 0.0, 0.0
        first = True
        for rank in self.ranks.ranks[band.first : band.end]:
            for cell in rank:
                half = self.sizes[cell][0] / 2 if cell < self.ranks.nodes else LANE / 2
                low, high = self._across[cell] - half, self._across[cell] + half
                left, right = (low, high) if first else (min(left, low), max(right, high))
                first = False
        side = max(
            (
                one.beside
                for one in self._extents
                if one.first < band.end and one.last >= band.first
            ),
            default=0,
        )
        return left - side * FRAME_SIDE, right + side * FRAME_SIDE

    @cached_property
    def _columns(self) -> list[tuple[float, float]]:
        """For each band how far its cells are shifted, and its right edge."""
        found = []
        edge = 0.0
        for band in self.bands:
            left, right = self._span(band)
            found.append((edge - left, edge + right - left))
            edge += right - left + GUTTER
        return found

    @cached_property
    def _rows(self) -> list[tuple[float, float]]:
        """For each rank the upper and the lower edge of its boxes."""
        rows = []
        for band in self.bands:
            edge = HEAD if len(self.bands) > 1 else 0.0
            for above, height, below in self._heights[band.first : band.end]:
                rows.append((edge + above, edge + above + height))
                edge += above + height + below
        return rows

    @cached_property
    def _firsts(self) -> list[int]:
        return [band.first for band in self.bands]

    def band_of(self, cell: int) -> int:
        """The column that a cell stands in."""
        return bisect_right(self._firsts, self.level[cell]) - 1

    def x(self, cell: int) -> float:
        """The middle of a cell."""
        return self._across[cell] + self._columns[self.band_of(cell)][0]

    def lane(self, cell: int) -> tuple[Spot, Spot]:
        """Where a bend enters its rank and where it leaves it."""
        x, (top, bottom) = self.x(cell), self._rows[self.level[cell]]
        return Spot(x, top), Spot(x, bottom)

    @cached_property
    def boxes(self) -> tuple[Box, ...]:
        """The box of each node."""
        found = []
        for node, (width, height) in enumerate(self.sizes):
            top, _ = self._rows[self.level[node]]
            found.append(Box(self.x(node) - width / 2, top, width, height))
        return tuple(found)

    def frames(self) -> Iterator[FrameBox]:
        """The frames of open blocks, outer ones first, in pieces where columns break them.

        A frame that would hold a box of another block is left out.
        """
        for at, (extent, members) in enumerate(zip(self._extents, self._members, strict=True)):
            pieces = list(self._pieces(extent, members))
            others = [
                self.boxes[cell]
                for rank in self.ranks.ranks[extent.first : extent.last + 1]
                for cell in rank
                if cell < self.ranks.nodes and cell not in members
            ]
            if not any(piece.overlaps(box) for piece in pieces for box in others):
                yield from (FrameBox(at, piece) for piece in pieces)

    def _pieces(self, extent: Extent, members: set[int]) -> Iterator[Box]:
        """The frame of a block, one piece in each column that it reaches into."""
        inside = sorted(self._inside(members, extent))
        for number, band in enumerate(self.bands):
            mine = [cell for cell in inside if self.band_of(cell) == number]
            if mine:
                yield self._around(mine, extent, band)

    def _inside(self, members: set[int], extent: Extent) -> set[int]:
        """The nodes of a block, and the bends beside them of edges into it and out of it."""
        routes = self.ranks.routes
        ways = (route for route in routes if route[0] in members or route[-1] in members)
        bends = {cell for route in ways for cell in route[1:-1]}
        beside = (cell for cell in bends if extent.first <= self.level[cell] <= extent.last)
        return {*members, *beside}

    def _around(self, cells: Sequence[int], extent: Extent, band: Band) -> Box:
        count = self.ranks.nodes
        halves = [self.sizes[cell][0] / 2 if cell < count else 6.0 for cell in cells]
        left = min(self.x(cell) - half for cell, half in zip(cells, halves, strict=True))
        right = max(self.x(cell) + half for cell, half in zip(cells, halves, strict=True))
        first, last = max(extent.first, band.first), min(extent.last, band.end - 1)
        above = extent.above if first == extent.first else 1
        top = self._rows[first][0] - FRAME_TOP * above + 2
        bottom = self._rows[last][1] + _foot(extent.beneath if last == extent.last else 1)
        side = FRAME_SIDE * extent.beside
        return Box(left - side, top, right - left + 2 * side, bottom - top)

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of the whole."""
        lasts = (band.end - 1 for band in self.bands)
        bottoms = (self._rows[last][1] + self._heights[last][2] for last in lasts)
        return max(right for _, right in self._columns), max(bottoms)

    def trunk(self, cell: int) -> list[Spot]:
        """The corners of the way from the last node of a column to the head of the next one."""
        band = self.band_of(cell)
        start, aside = self.boxes[cell], self._columns[band][1] + GUTTER / 2
        beneath = self._heights[self.level[cell]][2] - GAP
        foot, head = start.bottom + max(beneath, SHAPE + 4) + 8, HEAD - 12
        readers = [lower for upper, lower in self.ranks.links() if upper == cell]
        end = next((self.x(one) for one in readers if one < self.ranks.nodes), self.x(readers[0]))
        x = start.middle.x
        ways = ((x, start.bottom), (x, foot), (aside, foot), (aside, head), (end, head))
        return [*(Spot(*way) for way in ways), Spot(end, head + 10)]


def _around_both(outer: Extent, inner: Extent) -> Extent:
    """The extent of a block with one that stands in it."""
    above = inner.above + 1 if inner.first == outer.first else 1
    beneath = inner.beneath + 1 if inner.last == outer.last else 1
    return outer._replace(
        above=max(outer.above, above),
        beneath=max(outer.beneath, beneath),
        beside=max(outer.beside, inner.beside + 1),
    )


def _foot(height: int) -> float:
    """How far below its last boxes a frame ends that holds `height` - 1 others."""
    return SHAPE + FRAME_BOTTOM * height if height else 0.0
