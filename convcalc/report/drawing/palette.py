"""Roles instead of colours, and the two palettes that turn them into colours.

A picture never names a colour: it says `INK`, `accent(2)` or `heat(7)`, and a theme decides.
Text roles reach a WCAG 2.2 contrast of 4.5 on the surface, everything else that carries meaning 3.
"""

from __future__ import annotations

from typing import Literal

Role = str
Theme = Literal["auto", "light", "dark"]
THEMES: tuple[Theme, ...] = ("auto", "light", "dark")

SURFACE = "surface"
INK = "ink"
MUTED = "muted"
GRID = "grid"
INPUT = "input"
PADDING = "padding"

ACCENTS = 8
HEAT_LEVELS = 24

_LIGHT = {
    SURFACE: "#ffffff",
    INK: "#17202b",
    MUTED: "#55606e",
    GRID: "#dfe4ea",
    INPUT: "#eef3f8",
    PADDING: "#8a94a1",
    "accent-1": "#0b5fae",
    "accent-2": "#b04a00",
    "accent-3": "#00733f",
    "accent-4": "#7a3fa6",
    "accent-5": "#b3215f",
    "accent-6": "#00707c",
    "accent-7": "#755f00",
    "accent-8": "#4a4f9c",
}
_DARK = {
    SURFACE: "#12171e",
    INK: "#eef2f6",
    MUTED: "#a9b4c0",
    GRID: "#2c3642",
    INPUT: "#1d2732",
    PADDING: "#75818f",
    "accent-1": "#6fb4ff",
    "accent-2": "#ffa960",
    "accent-3": "#62d493",
    "accent-4": "#cba2f5",
    "accent-5": "#ff93bd",
    "accent-6": "#52d0da",
    "accent-7": "#dccb52",
    "accent-8": "#aab1ff",
}
# From the fewest paths to the most, away from the surface.
_HEAT = {
    "light": ("#e85362", "#b5367a", "#7b2382", "#45127a", "#190b45"),
    "dark": ("#c83e73", "#f1605d", "#fd9a6a", "#fecf92", "#fcfdbf"),
}


def accent(number: int) -> Role:
    """The accent of series or layer `number`, counted from 0; they repeat after eight.

    >>> accent(0), accent(9)
    ('accent-1', 'accent-2')
    """
    return f"accent-{number % ACCENTS + 1}"


def heat(level: int) -> Role:
    """The heat level, from 1 to HEAT_LEVELS.

    >>> heat(1)
    'heat-1'
    """
    return f"heat-{level}"


def palette(theme: Theme) -> dict[Role, str]:
    """The colour of every role as #rrggbb; `auto` is light.

    >>> palette("light")["ink"], palette("dark")["ink"]
    ('#17202b', '#eef2f6')
    """
    name = "dark" if theme == "dark" else "light"
    plain = _DARK if name == "dark" else _LIGHT
    return plain | {heat(n): _between(_HEAT[name], n) for n in range(1, HEAT_LEVELS + 1)}


def _between(stops: tuple[str, ...], level: int) -> str:
    """The colour of a heat level, on straight lines between the stops."""
    # In integers, so that every machine gets the same colours.
    whole = HEAT_LEVELS - 1
    at = (level - 1) * (len(stops) - 1)
    low = min(at // whole, len(stops) - 2)
    part = at - low * whole
    pairs = zip(rgb(stops[low]), rgb(stops[low + 1]), strict=True)
    mixed = ((a * (whole - part) + b * part + whole // 2) // whole for a, b in pairs)
    return "#" + "".join(f"{channel:02x}" for channel in mixed)


def rgb(color: str) -> tuple[int, int, int]:
    """The channels of #rrggbb.

    >>> rgb("#ff8000")
    (255, 128, 0)
    """
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)
