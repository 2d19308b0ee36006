"""Arrays of a layer as boxes of numbers: one for each channel, plane, or pair of channels."""

from __future__ import annotations

from itertools import product
from math import prod

from convcalc.features.show.boxes import Block, boxes, number
from convcalc.features.show.sums import index
from convcalc.features.show.values import Numbers, Place, Shown
from convcalc.report.style import Style


def boxes_of(shown: Shown, numbers: Numbers, title: str, style: Style) -> list[Block]:
    """A box for each channel, and for each plane of three axes."""
    texts = {place: number(numbers[place]) for place in numbers.places}
    return maps(shown, numbers.shape, texts, title, style)


def maps(
    shown: Shown, shape: Place, texts: dict[Place, str], title: str, style: Style
) -> list[Block]:
    """A map of texts as boxes."""
    if len(shape) == 1:
        return boxes(title, [list(texts.values())], style)
    blocks = []
    # Rows of the last axis; a sequence has one.
    outer, inner = (shape[:-2], shape[-2:]) if len(shape) > 2 else (shape[:1], (1, shape[1]))
    for front in product(*map(range, outer)):
        rows = [
            [texts[(*front, *((row,) if len(shape) > 2 else ()), at)] for at in range(inner[1])]
            for row in range(inner[0])
        ]
        name = index(front if shown.has_channels else front[1:])
        blocks += boxes(title + name, rows, style)
    return blocks


def boxes_of_array(numbers: Numbers, letter: str, style: Style) -> list[Block]:
    """A learnt array: a box for each pair of filter and channel."""
    if len(numbers.shape) < 3:
        shape = numbers.shape
        rows = [[number(value) for value in numbers.values]]
        if len(shape) == 2:
            rows = [[number(numbers[(o, i)]) for i in range(shape[1])] for o in range(shape[0])]
        return boxes(letter, rows, style)
    blocks = []
    tall = numbers.shape[-2] if len(numbers.shape) > 3 else 1
    ahead = numbers.shape[:-2] if len(numbers.shape) > 3 else numbers.shape[:-1]
    for front in product(*map(range, ahead)):
        rows = [
            [
                number(numbers[(*front, *((row,) if len(numbers.shape) > 3 else ()), at)])
                for at in range(numbers.shape[-1])
            ]
            for row in range(tall)
        ]
        one_kernel = prod(ahead) == 1
        blocks += boxes(letter + ("" if one_kernel else index(front)), rows, style)
    return blocks
