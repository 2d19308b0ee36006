"""A chart as SVG: self-contained, for light and dark pages, the same bytes for the same marks."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape

from convcalc.formats.chart import HEIGHT, WIDTH, Dot, Label, Line, Mark

LIGHT = {
    "paper": "#ffffff", "ink": "#1a1a1a", "muted": "#595959", "grid": "#dddddd",
    "a": "#0b62b5", "b": "#b44a00", "c": "#1b7a3d", "d": "#8a3ba8",
}  # fmt: skip
DARK = {
    "paper": "#14171c", "ink": "#f2f2f2", "muted": "#b4b8bf", "grid": "#3a3f47",
    "a": "#6db8ff", "b": "#ffab66", "c": "#6fd695", "d": "#d79bf0",
}  # fmt: skip
# Capitals are 0.72 of a sans serif's font size.
_EM = 1 / 0.72


def render(marks: Sequence[Mark], title: str) -> str:
    """The marks as an SVG document that reads `title` to those who do not see it."""
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}" role="img">',
        f"<title>{escape(title)}</title>",
        f"<style>{_style(LIGHT)}"
        f"@media (prefers-color-scheme:dark){{{_style(DARK)}}}"
        "text{font-family:system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif;"
        "stroke:none}polyline{fill:none;stroke-linejoin:round;stroke-linecap:round}</style>",
        f'<rect class="paper" width="{WIDTH}" height="{HEIGHT}"/>',
        *map(_mark, marks),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _style(colors: dict[str, str]) -> str:
    return "".join(f".{role}{{fill:{color};stroke:{color}}}" for role, color in colors.items())


def _mark(mark: Mark) -> str:
    if isinstance(mark, Line):
        points = " ".join(f"{_number(x)},{_number(y)}" for x, y in mark.points)
        dash = f' stroke-dasharray="{_number(mark.dash)}"' if mark.dash else ""
        width = _number(mark.width)
        return f'<polyline class="{mark.role}" stroke-width="{width}"{dash} points="{points}"/>'
    if isinstance(mark, Dot):
        rim = f'<circle class="paper" cx="{_number(mark.x)}" cy="{_number(mark.y)}" r="'
        core = f'<circle class="{mark.role}" cx="{_number(mark.x)}" cy="{_number(mark.y)}" r="'
        return f'{rim}{_number(mark.radius + 2)}"/>{core}{_number(mark.radius - 1)}"/>'
    return _label(mark)


def _label(mark: Label) -> str:
    weight = ' font-weight="600"' if mark.bold else ""
    anchor = f' text-anchor="{mark.anchor}"' if mark.anchor != "start" else ""
    return (
        f'<text class="{mark.role}" x="{_number(mark.x)}" y="{_number(mark.y)}" '
        f'font-size="{_number(mark.size * _EM)}"{weight}{anchor}>{escape(mark.text)}</text>'
    )


def _number(value: float) -> str:
    """A coordinate with one decimal at most.

    >>> _number(3.0), _number(3.14159)
    ('3', '3.1')
    """
    return f"{value:.1f}".removesuffix(".0")
