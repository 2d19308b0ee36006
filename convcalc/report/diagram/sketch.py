"""The picture of a graph: ranks from top to bottom, wrapped into columns like a page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from convcalc.core.shapes import format_shape
from convcalc.core.text import in_words, rounded
from convcalc.report.diagram.geometry import Geometry
from convcalc.report.diagram.lettering import Lettering, frame_lettering, lettering
from convcalc.report.diagram.outline import Node, Outline, outline
from convcalc.report.diagram.ranks import bends_of, levels_of, ranked
from convcalc.report.drawing.canvas import (
    Area,
    Box,
    Path,
    Picture,
    Rect,
    Shape,
    Spot,
    Text,
    moved,
)
from convcalc.report.drawing.palette import GRID, INK, INPUT, MUTED, SURFACE, Role, accent
from convcalc.report.drawing.text_width import fitted, text_width, wrapped

if TYPE_CHECKING:
    from convcalc.planning import Plan

# Boxes and bends of lines; more take seconds, and nobody could read them.
MOST_CELLS = 6000
# What has more boxes, or is taller by its width, is folded unless a depth was asked for.
READABLE = 48
TALLEST, LOW = 2.5, 1000.0

_HEAD, _SMALL, _TITLE = 15.0, 12.5, 22.0
_TALL, _FLAT = 48.0, 30.0
_LEAST, _WIDEST = 90.0, 250.0
_PAD, _MARGIN = 12.0, 32.0
_STRIPE, _BAR, _ARROW, _CORNER = 5.0, 4.0, 4.5, 12.0
_ROLES: dict[str, Role] = {
    "product": accent(0),
    "pool": accent(1),
    "norm": accent(5),
    "activation": accent(5),
}
_BLOCK, _MERGE, _OTHER, _SKIP = accent(3), accent(2), MUTED, accent(4)


class TooLargeError(ValueError):
    """The graph has more boxes and bends than fit a picture."""

    def __init__(self, cells: int) -> None:
        super().__init__(f"{cells:,} boxes and bends of lines; up to {MOST_CELLS:,} fit a picture")


@dataclass(frozen=True)
class Sketch:
    """A picture, and where the nodes of the outline stand in it."""

    picture: Picture
    boxes: tuple[Box, ...]


def diagram_picture(outline: Outline) -> Picture:
    """The picture of a graph. Raises TooLargeError."""
    return sketch(outline).picture


def sketch(outline: Outline) -> Sketch:
    """The picture of a graph, with the places of its nodes. Raises TooLargeError."""
    edges = [(edge.source, edge.target) for edge in outline.edges]
    cells = len(outline.nodes) + bends_of(levels_of(len(outline.nodes), edges), edges)
    if cells > MOST_CELLS:
        raise TooLargeError(cells)
    return _Drawing(outline).sketch()


def fitting_outline(plan: Plan, depth: int | None = None) -> Outline:
    """The outline at that depth; without one, with as many open blocks as can be read well."""
    found = outline(plan, depth)
    deepest = max((group.depth for group in plan.groups), default=0)
    while depth is None and deepest > 0 and not _is_readable(found):
        deepest -= 1
        found = outline(plan, deepest)
    return found


def _is_readable(outline: Outline) -> bool:
    """True for a picture of few boxes that is not much taller than wide."""
    if len(outline.nodes) > READABLE:
        return False
    width, height = _Drawing(outline).places.size
    return height <= max(TALLEST * width, LOW)


class _Drawing:
    """Draws one outline."""

    def __init__(self, outline: Outline) -> None:
        self.outline = outline
        self.said = [lettering(outline, node) for node in outline.nodes]
        sizes = _sizes(outline.nodes, self.said)
        edges = [(edge.source, edge.target) for edge in outline.edges]
        self.places = Geometry(outline, ranked(len(outline.nodes), edges), sizes)

    def sketch(self) -> Sketch:
        width, height = self.places.size
        inner = max(width, 420.0)
        head = list(self._heading(inner))
        top = max(shape.y for shape in head) + 20
        foot = list(self._legend(inner, top + height + 24))
        bottom = max(shape.y for shape in foot)
        left = (inner - width) / 2
        shapes = [*head, *(moved(one, Spot(left, top)) for one in self._body()), *foot]
        placed = tuple(moved(one, Spot(_MARGIN, _MARGIN)) for one in shapes)
        by = Spot(left + _MARGIN, top + _MARGIN)
        boxes = tuple(box.moved(by) for box in self.places.boxes)
        plan = self.outline.plan
        title = f"Graph of {plan.name}"
        size = round(inner + 2 * _MARGIN), round(bottom + 2 * _MARGIN)
        return Sketch(Picture(title, self._description(), *size, placed), boxes)

    def _description(self) -> str:
        nodes = (said.whole for said in self.said)
        return f"{in_words(len(self.said), 'node')}, in the order in which they run: " + "; ".join(
            nodes
        )

    def _heading(self, width: float) -> Iterator[Text]:
        plan = self.outline.plan
        totals = plan.totals
        params, macs = (
            f"{'at least ' if key in totals.lower_bounds else ''}{rounded(getattr(totals, key))}"
            for key in ("params", "macs")
        )
        yield Text(0, _TITLE, fitted(plan.name, width, _TITLE, True), _TITLE, bold=True)
        facts = (
            in_words(len(plan.rows), "layer"),
            f"{params} params",
            f"{macs} MACs",
        )
        for at, text in enumerate(wrapped(" · ".join(facts), width, _HEAD)):
            yield Text(0, _TITLE + (at + 1) * 24, text, _HEAD, MUTED)

    def _legend(self, width: float, top: float) -> Iterator[Text]:
        said = ["On the lines: shapes, channels first."]
        if self.outline.heaviest:
            said.append("Bars and %: share of the MACs, the longest bar being the heaviest box.")
        if any(node.times > 1 for node in self.outline.nodes) or any(
            frame.times > 1 for frame in self.outline.frames
        ):
            said.append("×n: so often in a row; costs and shape are those of all.")
        for at, text in enumerate(wrapped(" ".join(said), width, _SMALL)):
            yield Text(0, top + at * 17, text, _SMALL, MUTED)

    def _body(self) -> Iterator[Shape]:
        yield from self._frames()
        yield from self._edges()
        yield from self._corners()
        for node, said, box in zip(self.outline.nodes, self.said, self.places.boxes, strict=True):
            yield from self._node(node, said, box)
        yield from self._shapes()

    def _frames(self) -> Iterator[Shape]:
        for at, box in self.places.frames():
            yield Rect(box, None, MUTED, 1, dash=True, title=self.outline.frames[at].name)

    def _corners(self) -> Iterator[Shape]:
        """The names of open blocks, in the corners of their frames."""
        for at, box in self.places.frames():
            text = fitted(frame_lettering(self.outline, at), box.width - 16, _SMALL, True)
            width, name = text_width(text, _SMALL, True), self.outline.frames[at].name
            yield Rect(Box(box.x + 6, box.y + 5, width + 4, 16), SURFACE)
            yield Text(box.x + 8, box.y + 17, text, _SMALL, MUTED, bold=True, title=name)

    def _edges(self) -> Iterator[Shape]:
        """The lines, each piece once, and the tips of their arrows."""
        drawn: set[tuple[int, int]] = set()
        trunks: dict[int, list[Spot]] = {}
        for route in self.places.ranks.routes:
            role, width = (_SKIP, 2.0) if len(route) > 2 else (MUTED, 1.5)
            new = [pair for pair in pairwise(route) if pair not in drawn]
            drawn.update(new)
            for upper, lower in new:
                for way in self._piece(upper, lower, trunks):
                    yield Path(tuple(way), role, width)
            yield from (Path(self.places.lane(bend), role, width) for bend in route[1:-1])
            yield _tip(self._end(route[-1], upper=False), role)

    def _end(self, cell: int, upper: bool) -> Spot:
        """Where a line leaves a cell, or, with `upper` False, where it comes in."""
        if cell >= self.places.ranks.nodes:
            return self.places.lane(cell)[1 if upper else 0]
        box = self.places.boxes[cell]
        return Spot(box.middle.x, box.bottom if upper else box.y)

    def _piece(self, upper: int, lower: int, trunks: dict[int, list[Spot]]) -> Iterator[list[Spot]]:
        """The way from one cell to another below, by the head of its column where that is new."""
        start, end = self._end(upper, upper=True), self._end(lower, upper=False)
        if self.places.band_of(upper) != self.places.band_of(lower):
            if upper not in trunks:
                trunks[upper] = self.places.trunk(upper)
                yield _rounded(trunks[upper])
            start = trunks[upper][-1]
        yield _curve(start, end)

    def _node(self, node: Node, said: Lettering, box: Box) -> Iterator[Shape]:
        role = _role(node)
        if node.times > 1:
            yield Rect(box._replace(x=box.x + 4, y=box.y + 4), INPUT, GRID)
        yield Rect(box, INPUT, GRID if not node.is_input else MUTED, title=said.whole)
        yield Rect(box._replace(width=_STRIPE), role)
        badge = text_width(said.badge, _HEAD, True) + 8 if said.badge else 0
        left, right = box.x + _STRIPE + _PAD - 2, box.right - _PAD + 2
        room = right - left
        base = box.y + 20
        head = fitted(said.head, room - badge, _HEAD, True)
        yield Text(left, base, head, _HEAD, INK, bold=True, title=said.whole)
        if said.badge:
            yield Text(right, base, said.badge, _HEAD, role, "end", bold=True)
        taken = text_width(said.share, _SMALL) + 10 if said.share else 0
        beside = fitted(said.beside, room - taken, _SMALL) if said.beside else ""
        if node.is_input:
            return
        if beside:
            yield Text(left, base + 18, beside, _SMALL, MUTED, title=said.whole)
        if said.share:
            yield Text(right, base + 18, said.share, _SMALL, MUTED, "end")
        if node.macs:
            part = node.macs / self.outline.heaviest
            length = max(1.0, part * (box.width - _STRIPE))
            yield Rect(Box(box.x + _STRIPE, box.bottom - _BAR, length, _BAR), role)

    def _shapes(self) -> Iterator[Shape]:
        """What each node gives, on the line out of it."""
        read = {edge.source for edge in self.outline.edges}
        for node in self.outline.nodes:
            if node.at not in read and not node.is_output:
                continue
            text = format_shape(node.output) + (" · output" if node.is_output else "")
            start = self._end(node.at, upper=True)
            width = text_width(text, _SMALL) + 8
            middle = start.y + 15
            yield Rect(Box(start.x - width / 2, middle - 8, width, 16), SURFACE, opacity=0.9)
            yield Text(start.x, middle + 4, text, _SMALL, INK, "middle", bold=node.is_output)


def _sizes(nodes: Sequence[Node], said: Sequence[Lettering]) -> tuple[tuple[float, float], ...]:
    """Width and height of each box: all are as wide as the widest, so that lines stay straight."""
    wide = min(max(map(_width, nodes, said)), _WIDEST)
    return tuple(
        (wide, _FLAT if node.is_input or not (one.beside or one.share) else _TALL)
        for node, one in zip(nodes, said, strict=True)
    )


def _width(node: Node, said: Lettering) -> float:
    """The width that a box needs for its text."""
    badge = text_width(said.badge, _HEAD, True) + 8 if said.badge else 0
    first = text_width(said.head, _HEAD, True) + badge
    second = text_width(said.beside, _SMALL) + text_width(said.share, _SMALL) + 14
    return max(first, 0 if node.is_input else second, _LEAST) + 2 * _PAD + _STRIPE


def _role(node: Node) -> Role:
    """The colour of a node: what its layer is for."""
    if node.is_input:
        return INK
    head = node.parts[node.head]
    if head.is_block:
        return _BLOCK
    return _ROLES.get(head.role, _MERGE if head.is_merge else _OTHER)


def _tip(spot: Spot, role: Role) -> Area:
    """The tip of an arrow that points down to `spot`."""
    high = spot.y - 2 * _ARROW
    return Area((spot, Spot(spot.x - _ARROW, high), Spot(spot.x + _ARROW, high)), role)


def _curve(start: Spot, end: Spot, steps: int = 12) -> list[Spot]:
    """From `start` down to `end`, leaving and arriving upright: a cubic Bezier curve.

    A quarter of the way: 27, 27, 9 and 1 parts of 64 of its four points.

    >>> _curve(Spot(0, 0), Spot(0, 9)), _curve(Spot(64, 0), Spot(128, 64), 4)[1]
    ([Spot(x=0, y=0), Spot(x=0, y=9)], Spot(x=74.0, y=19.0))
    """
    if abs(start.x - end.x) < 0.5:
        return [start, end]
    middle = (start.y + end.y) / 2
    spots = []
    for step in range(steps + 1):
        t = step / steps
        a, b, c, d = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3
        x = (a + b) * start.x + (c + d) * end.x
        spots.append(Spot(x, a * start.y + (b + c) * middle + d * end.y))
    return spots


def _rounded(corners: Sequence[Spot], steps: int = 5) -> list[Spot]:
    """A way along level and upright lines, its corners rounded."""
    spots = [corners[0]]
    for before, at, behind in zip(corners, corners[1:], corners[2:], strict=False):
        enter, leave = _towards(at, before), _towards(at, behind)
        for step in range(steps + 1):
            t = step / steps
            a, b, c = (1 - t) ** 2, 2 * t * (1 - t), t * t
            x = a * enter.x + b * at.x + c * leave.x
            spots.append(Spot(x, a * enter.y + b * at.y + c * leave.y))
    return [*spots, corners[-1]]


def _towards(start: Spot, end: Spot) -> Spot:
    """A corner's size away from `start`, or half of the way to `end` where that is nearer."""
    away = abs(end.x - start.x) + abs(end.y - start.y)
    part = min(_CORNER / away, 0.5) if away else 0.0
    return Spot(start.x + (end.x - start.x) * part, start.y + (end.y - start.y) * part)
