"""A picture as SVG: one file that needs nothing else, the same bytes for the same picture.

Colours stand in the attributes, for programs that read no style sheets; with the theme `auto` a
style sheet replaces them where the reader prefers dark. Groups stand still in the attributes, too;
the style sheet moves them, unless the reader prefers less motion. There is no script.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from convcalc.core.text import visible
from convcalc.report.drawing.canvas import (
    Area,
    Box,
    Cells,
    Dot,
    Group,
    Hatch,
    Path,
    Picture,
    Rect,
    Shape,
    Spot,
    Text,
)
from convcalc.report.drawing.motion import Motion, number
from convcalc.report.drawing.palette import SURFACE, Role, Theme, heat, palette
from convcalc.report.drawing.text_width import text_length

FONTS = "'Helvetica Neue', Helvetica, Arial, 'Liberation Sans', 'Segoe UI', Roboto, sans-serif"
_XMLNS = "http://www.w3.org/2000/svg"


def escaped(text: str) -> str:
    """`text` as XML: control characters and overrides visible, markup as entities.

    >>> escaped('a<b> & "c"'), escaped("\\x00")
    ('a&lt;b&gt; &amp; &quot;c&quot;', '\\\\x00')
    """
    shown = visible(text)
    for char, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;")):
        shown = shown.replace(char, entity)
    return shown.replace("'", "&#39;")


def svg(picture: Picture, theme: Theme = "auto") -> str:
    """The picture as an SVG document."""
    return "\n".join([*_lines(picture, theme, standalone=True), ""])


def embedded(picture: Picture, theme: Theme = "auto", before: int = 0) -> str:
    """The picture as an SVG element for an HTML page, which has `before` others before it.

    Groups do not move by themselves: their places stand in `data-places`, for the page's script.
    """
    return "\n".join(_lines(picture, theme, standalone=False, before=before))


def _lines(picture: Picture, theme: Theme, standalone: bool, before: int = 0) -> Iterator[str]:
    width, height = picture.width, picture.height
    ink = _Ink(palette(theme), plays=standalone)
    names = [f"{name}{before or ''}" for name in ("title", "desc")]
    body = [ink.drawn(shape) for shape in picture.shapes]
    surface = ink.drawn(Rect(Box(0, 0, width, height), fill=SURFACE))
    xmlns = f'xmlns="{_XMLNS}" ' if standalone else ""
    yield (
        f'<svg {xmlns}viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-labelledby="{" ".join(names)}" font-family="{FONTS}">'
    )
    yield f'<title id="{names[0]}">{escaped(picture.title)}</title>'
    yield f'<desc id="{names[1]}">{escaped(picture.description)}</desc>'
    if ink.motion.rules:
        yield from ("<style>", *ink.motion.sheet(), "</style>")
    if theme == "auto":
        yield "<style>"
        yield "@media (prefers-color-scheme: dark) {"
        dark = palette("dark")
        for letter, role in sorted(ink.used):
            name = "fill" if letter == "f" else "stroke"
            yield f".{letter}-{role} {{ {name}: {dark[role]} }}"
        yield "}"
        yield "</style>"
    yield surface
    yield from body
    yield "</svg>"


class _Ink:
    """Turns shapes into elements, and keeps in mind which roles they use."""

    def __init__(self, colors: dict[Role, str], plays: bool) -> None:
        self.colors, self.plays = colors, plays
        self.used: set[tuple[str, Role]] = set()
        self.motion = Motion()

    def drawn(self, shape: Shape) -> str:
        match shape:
            case Rect():
                return self._rect(shape)
            case Path():
                points = " ".join(map(_pair, shape.spots))
                attributes = self._stroke(shape.stroke, shape.width, shape.dash, fill=None)
                return _element("polyline", f'points="{points}" {attributes}', shape.title)
            case Area():
                points = " ".join(map(_pair, shape.spots))
                attributes = f'points="{points}" {self._fill(shape.fill, shape.opacity)}'
                return _element("polygon", attributes, shape.title)
            case Dot():
                place = f'cx="{number(shape.spot.x)}" cy="{number(shape.spot.y)}"'
                attributes = f'{place} r="{number(shape.radius)}" {self._fill(shape.fill)}'
                return _element("circle", attributes, shape.title)
            case Text():
                return self._text(shape)
            case Hatch():
                strokes = "".join(f"M{_pair(a)}L{_pair(b)}" for a, b in shape.strokes())
                attributes = self._stroke(shape.stroke, 1, dash=False, fill=None)
                return _element("path", f'd="{strokes}" {attributes}', shape.title)
            case Cells():
                return self._cells(shape)
            case Group():
                return self._group(shape)

    def _group(self, group: Group) -> str:
        place = group.places[group.still]
        attributes = [] if place is None else [f'transform="translate({_pair(place)})"']
        if place is None:
            attributes.append('opacity="0"')
        if len(group.places) > 1:
            if self.plays:
                attributes.append(self.motion.attributes(group.places))
            else:
                places = ";".join("" if one is None else _pair(one) for one in group.places)
                attributes.append(f'data-places="{places}"')
        inside = "".join(map(self.drawn, group.shapes))
        return f"<g {' '.join(attributes)}>{inside}</g>"

    def _rect(self, rect: Rect) -> str:
        box, fill = rect.box, rect.fill
        place = f'x="{number(box.x)}" y="{number(box.y)}"'
        attributes = f'{place} width="{number(box.width)}" height="{number(box.height)}"'
        if rect.stroke is None:
            attributes += f" {self._fill(fill, rect.opacity)}"
        else:
            attributes += f" {self._stroke(rect.stroke, rect.width, rect.dash, fill, rect.opacity)}"
        return _element("rect", attributes, rect.title)

    def _text(self, text: Text) -> str:
        attributes = f'x="{number(text.x)}" y="{number(text.y)}" font-size="{number(text.size)}"'
        if text.anchor != "start":
            attributes += f' text-anchor="{text.anchor}"'
        if text.bold:
            attributes += ' font-weight="bold"'
        # A font that runs wider or narrower is set to the length that the picture has for it.
        length = number(text_length(text.text, text.size, text.bold))
        if text.text.strip():
            attributes += f' textLength="{length}" lengthAdjust="spacingAndGlyphs"'
        title = f"<title>{escaped(text.title)}</title>" if text.is_cut else ""
        return f"<text {attributes} {self._fill(text.role)}>{escaped(text.text)}{title}</text>"

    def _cells(self, cells: Cells) -> str:
        box, rows = cells.box, cells.rows
        across, down = box.width / len(rows[0]), box.height / len(rows)
        runs: dict[int, list[str]] = {}
        for y, row in enumerate(rows):
            x = 0
            for level, same in groupby(row):
                length = len(list(same))
                if level:
                    runs.setdefault(level, []).append(f"M{x} {y}h{length}v1h-{length}z")
                x += length
        paths = "".join(
            f'<path d="{"".join(runs[level])}" {self._fill(heat(level))}/>'
            for level in sorted(runs)
        )
        title = f"<title>{escaped(cells.title)}</title>" if cells.title else ""
        place = f"translate({_pair(Spot(box.x, box.y))}) scale({across:.6g},{down:.6g})"
        return f'<g transform="{place}" shape-rendering="crispEdges">{title}{paths}</g>'

    def _fill(self, role: Role | None, opacity: float = 1) -> str:
        if role is None:
            return 'fill="none"'
        self.used.add(("f", role))
        some = f' fill-opacity="{number(opacity)}"' if opacity != 1 else ""
        return f'fill="{self.colors[role]}"{some} class="f-{role}"'

    def _stroke(
        self, role: Role, width: float, dash: bool, fill: Role | None, opacity: float = 1
    ) -> str:
        self.used.add(("s", role))
        classes = f"s-{role}"
        inside = 'fill="none"'
        if fill is not None:
            self.used.add(("f", fill))
            classes += f" f-{fill}"
            inside = f'fill="{self.colors[fill]}"'
            if opacity != 1:
                inside += f' fill-opacity="{number(opacity)}"'
        dashes = ' stroke-dasharray="6 4"' if dash else ""
        line = f'stroke="{self.colors[role]}" stroke-width="{number(width)}"{dashes}'
        return f'{inside} {line} class="{classes}"'


def _element(name: str, attributes: str, title: str) -> str:
    if not title:
        return f"<{name} {attributes}/>"
    return f"<{name} {attributes}><title>{escaped(title)}</title></{name}>"


def _pair(spot: Spot) -> str:
    return f"{number(spot.x)},{number(spot.y)}"
