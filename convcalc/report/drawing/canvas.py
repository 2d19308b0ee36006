"""A picture as frozen shapes: what is to be seen, without colours and without a format.

Coordinates are pixels from the top left corner, y downwards. Shapes are drawn in their order.
Every string may come from a file; the formats show it as `formats.text.visible` does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from convcalc.core.text import visible
from convcalc.report.drawing.palette import INK, MUTED, PADDING, Role
from convcalc.report.drawing.text_width import text_width

Anchor = Literal["start", "middle", "end"]


class Spot(NamedTuple):
    """A point of the picture."""

    x: float
    y: float


class Box(NamedTuple):
    """A rectangle of the picture."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """The lower edge."""
        return self.y + self.height

    @property
    def middle(self) -> Spot:
        """The centre."""
        return Spot(self.x + self.width / 2, self.y + self.height / 2)

    def moved(self, by: Spot) -> Box:
        """The same rectangle somewhere else.

        >>> Box(1, 2, 3, 4).moved(Spot(10, 0))
        Box(x=11, y=2, width=3, height=4)
        """
        return self._replace(x=self.x + by.x, y=self.y + by.y)

    def overlaps(self, other: Box) -> bool:
        """True where the two share an area.

        >>> Box(0, 0, 10, 10).overlaps(Box(9, 9, 5, 5)), Box(0, 0, 9, 9).overlaps(Box(9, 0, 5, 5))
        (True, False)
        """
        across = self.x < other.right and other.x < self.right
        return across and self.y < other.bottom and other.y < self.bottom

    def common(self, other: Box) -> Box | None:
        """The area that both share; None where they share none.

        >>> Box(0, 0, 10, 10).common(Box(8, 2, 5, 5))
        Box(x=8, y=2, width=2, height=5)
        """
        if not self.overlaps(other):
            return None
        x, y = max(self.x, other.x), max(self.y, other.y)
        return Box(x, y, min(self.right, other.right) - x, min(self.bottom, other.bottom) - y)


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle; `opacity` is that of its filling, `title` shows on hover."""

    box: Box
    fill: Role | None = None
    stroke: Role | None = None
    width: float = 1
    opacity: float = 1
    dash: bool = False
    title: str = ""


@dataclass(frozen=True, slots=True)
class Path:
    """A line through two or more spots."""

    spots: tuple[Spot, ...]
    stroke: Role = INK
    width: float = 1
    dash: bool = False
    title: str = ""


@dataclass(frozen=True, slots=True)
class Area:
    """A filled polygon."""

    spots: tuple[Spot, ...]
    fill: Role
    opacity: float = 1
    title: str = ""


@dataclass(frozen=True, slots=True)
class Dot:
    """A filled circle."""

    spot: Spot
    radius: float
    fill: Role = INK
    title: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """A line of text; `y` is its baseline, `title` its full wording where it was cut."""

    x: float
    y: float
    text: str
    size: float = 15
    role: Role = INK
    anchor: Anchor = "start"
    bold: bool = False
    title: str = ""

    @property
    def is_cut(self) -> bool:
        """True where the full wording is longer than what is shown."""
        return bool(self.title) and visible(self.title) != visible(self.text)

    @property
    def box(self) -> Box:
        """The area that the text takes, accents and descenders included."""
        width = text_width(self.text, self.size, self.bold)
        before = {"start": 0.0, "middle": width / 2, "end": width}[self.anchor]
        return Box(self.x - before, self.y - 0.8 * self.size, width, 1.05 * self.size)


@dataclass(frozen=True, slots=True)
class Hatch:
    """Diagonal strokes over a rectangle, `gap` pixels apart across."""

    box: Box
    stroke: Role = PADDING
    gap: float = 10
    title: str = ""

    def strokes(self) -> list[tuple[Spot, Spot]]:
        """The strokes, cut at the edges; those of neighbouring rectangles meet.

        >>> Hatch(Box(0, 0, 10, 10), gap=10).strokes()
        [(Spot(x=0, y=10), Spot(x=10, y=0))]
        """
        box = self.box
        # Stroke n is the line x + y = n * gap.
        number = int((box.x + box.y) // self.gap) + 1
        found = []
        while (total := number * self.gap) < box.right + box.bottom:
            low, high = max(box.x, total - box.bottom), min(box.right, total - box.y)
            found.append((Spot(low, total - low), Spot(high, total - high)))
            number += 1
        return found


@dataclass(frozen=True, slots=True)
class Cells:
    """A grid of heat levels over a rectangle, row by row; level 0 is left free."""

    box: Box
    rows: tuple[bytes, ...]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Shapes that move as one: by how much at each step, None where they are not seen.

    What stands still is at `places[still]`. Several steps are played in SVG, and gone through in
    HTML.
    """

    shapes: tuple[Shape, ...]
    places: tuple[Spot | None, ...]
    still: int = 0


Shape = Rect | Path | Area | Dot | Text | Hatch | Cells | Group


def moved(shape: Shape, by: Spot) -> Shape:
    """The shape somewhere else.

    >>> moved(Dot(Spot(1, 2), 3), Spot(10, 0)).spot
    Spot(x=11, y=2)
    """
    match shape:
        case Rect() | Hatch() | Cells():
            return replace(shape, box=shape.box.moved(by))
        case Path() | Area():
            spots = tuple(Spot(spot.x + by.x, spot.y + by.y) for spot in shape.spots)
            return replace(shape, spots=spots)
        case Dot():
            return replace(shape, spot=Spot(shape.spot.x + by.x, shape.spot.y + by.y))
        case Text():
            return replace(shape, x=shape.x + by.x, y=shape.y + by.y)
        case Group():
            return replace(shape, shapes=tuple(moved(one, by) for one in shape.shapes))


def flat(shapes: Iterable[Shape]) -> Iterator[Shape]:
    """The shapes as they stand still, without groups.

    >>> group = Group((Dot(Spot(0, 0), 1),), (None, Spot(5, 5)), still=1)
    >>> [shape.spot for shape in flat([group])]
    [Spot(x=5, y=5)]
    """
    for shape in shapes:
        if not isinstance(shape, Group):
            yield shape
            continue
        place = shape.places[shape.still]
        if place is not None:
            yield from flat(moved(one, place) for one in shape.shapes)


class Table(NamedTuple):
    """Numbers beside a picture: strings as they are shown."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A finished picture; `title` and `description` say what it shows to who cannot see it."""

    title: str
    description: str
    width: int
    height: int
    shapes: tuple[Shape, ...]
    tables: tuple[Table, ...] = ()


def line(
    x1: float,
    y1: float,
    x2: float,
    y2: float,
    stroke: Role = MUTED,
    width: float = 1,
    dash: bool = False,
    title: str = "",
) -> Path:
    """A straight line.

    >>> line(0, 0, 3, 4).spots
    (Spot(x=0, y=0), Spot(x=3, y=4))
    """
    return Path((Spot(x1, y1), Spot(x2, y2)), stroke, width, dash, title)
