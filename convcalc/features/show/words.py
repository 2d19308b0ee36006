"""The answer of `convcalc show`: the arrays, then each view of every layer."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from convcalc.core.shapes import format_shape
from convcalc.core.text import ascii_only
from convcalc.features.show.boxes import number, side_by_side
from convcalc.features.show.maps import boxes_of, boxes_of_array
from convcalc.features.show.values import Numbers, Place, Shown, View
from convcalc.features.show.views import INSERTED, PADDING, VIEWS
from convcalc.report.page import Drawing, Page, read_as
from convcalc.report.style import Style
from convcalc.report.table import Column, Table, rows_of

# Layers with more outputs than these are shown without their windows, without their sums, where
# nobody asks for them.
_FEW, _SOME = 16, 64


def page(layers: Sequence[Shown], views: Sequence[View], style: Style, reading: str = "") -> Page:
    """The layers as they are drawn for `style`; machines get every number, a row each."""
    lines = render(layers, views, style).rstrip("\n").split("\n")
    numbers = [one for shown in layers for one in _numbers(shown)]
    told = (*read_as(reading), Drawing(tuple(lines)))
    return Page(told, Table(_MACHINE, rows_of(_MACHINE, numbers)))


class _Number(NamedTuple):
    """One number of an array of a layer; `x` is its input, `y` its output."""

    layer: str
    array: str
    place: Place
    value: float


_MACHINE: tuple[Column[_Number], ...] = (
    Column("layer", "layer", lambda one: one.layer, is_name=True),
    Column("array", "array", lambda one: one.array),
    Column("place", "place", lambda one: ",".join(map(str, one.place))),
    Column("value", "value", lambda one: number(one.value), right=True),
)


def _numbers(shown: Shown) -> Iterator[_Number]:
    arrays = {"x": shown.input, **shown.arrays, "y": shown.output}
    for name, numbers in arrays.items():
        for place, value in zip(numbers.places, numbers.values, strict=True):
            yield _Number(shown.text, name, place, value)


def render(layers: Sequence[Shown], views: Sequence[View], style: Style) -> str:
    """All layers; without `views`, those that a layer of this kind and size is best seen by."""
    parts = []
    for index, shown in enumerate(layers):
        chosen = [view for view in shown.views if view in (views or default_views(shown))]
        parts.append(_head(shown, style, "" if not index else ", of the y above"))
        parts += ["\n".join(_view(view, shown, style)) for view in chosen]
        parts.append("\n".join(line for text in _foot(shown, chosen) for line in _fit(text, style)))
    text = "\n\n".join(part for part in parts if part) + "\n"
    return text if style.unicode else _plain(text)


def _view(view: View, shown: Shown, style: Style) -> Iterator[str]:
    title, *lines = VIEWS[view](shown, style)
    yield from _fit(title, style)
    yield from lines


def _fit(text: str, style: Style) -> list[str]:
    return [text] if style.width is None else textwrap.wrap(text, max(style.width, 20))


def default_views(shown: Shown) -> tuple[View, ...]:
    """The views that teach most: those that fit."""
    count = len(shown.output.values)
    if not shown.cells:
        return ("matrix",) if count * len(shown.input.values) <= 512 else ()
    first: View = "stretched" if shown.stretched is not None else "windows"
    if count > _SOME:
        return ()
    return (first, "sums") if count <= _FEW or first == "stretched" else ("sums",)


def _plain(text: str) -> str:
    signs = {
        "·x": "*x",
        PADDING: ".",
        INSERTED: "o",
        "✓": "ok:",
        "ᵀ": "^T",
        "→": "->",
        "∂": "d",
        "Σ": "sum ",
    }
    for sign, plain in signs.items():
        text = text.replace(sign, plain)
    return ascii_only(text)


def _head(shown: Shown, style: Style, source: str) -> str:
    size = f"{_size(shown, shown.input)} → {_size(shown, shown.output)}{source}"
    blocks = boxes_of(shown, shown.input, "x", style)
    for name, numbers in shown.arrays.items():
        if name == "bias" and not any(numbers.values):
            continue
        letter = {"weight": "w", "bias": "b"}.get(name, name)
        blocks += boxes_of_array(numbers, letter, style)
    blocks += boxes_of(shown, shown.output, "y", style)
    title = _fit(f"{shown.text}: {size}", style)
    return "\n".join([*title, "", *side_by_side(blocks, style, "  ")])


def _size(shown: Shown, numbers: Numbers) -> str:
    is_bare = not shown.has_channels and len(numbers.shape) > 1
    return format_shape(numbers.shape[1:] if is_bare else numbers.shape)


def _foot(shown: Shown, chosen: Sequence[View]) -> Iterator[str]:
    ways = {"sums": "the sums", "matrix": "the matrix", "stretched": "the stretched input"}
    names = ["the run", *(ways[name] for name in shown.agreeing)]
    if len(names) > 1:
        yield f"✓ the same y from {', '.join(names[:-1])} and {names[-1]}"
    more = [view for view in shown.views if view not in chosen]
    if more:
        yield f"more: --view {','.join(more)}"
