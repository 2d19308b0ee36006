"""How wide text is, how it is cut, wrapped and kept apart.

Widths are those of Helvetica, Arial and Liberation Sans, which lead the font stack of the SVG and
rule the built-in font of the PNG, with some air for systems that have none of them.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from convcalc.core.text import visible

# Thousandths of the font size, for the characters from the space to the tilde.
_ASCII = (
    (278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278)
    + (556,) * 10
    + (278, 278, 584, 584, 584, 556, 1015)
    + (667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833)
    + (722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611)
    + (278, 278, 278, 469, 556, 333)
    + (556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833)
    + (556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500)
    + (334, 260, 334, 584)
)
_OTHERS = {"·": 278, "×": 584, "–": 556, "—": 1000, "…": 1000, "±": 584, "→": 1000, "²": 333} | {
    "−": 584,
    "°": 400,
    "⌊": 333,
    "⌋": 333,
    "⌈": 333,
    "⌉": 333,
    "ᵀ": 444,
    "∂": 494,
}
_WIDE, _USUAL = 1000, 667
# Other system fonts run wider, bold faces too.
_AIR, _BOLD = 1.04, 1.06


def character_width(char: str) -> float:
    """The advance of one character, in font sizes.

    >>> character_width("n"), character_width("卷")
    (0.556, 1.0)
    """
    code = ord(char)
    if 32 <= code < 127:
        return _ASCII[code - 32] / 1000
    if char in _OTHERS:
        return _OTHERS[char] / 1000
    if unicodedata.combining(char):
        return 0.0
    wide = unicodedata.east_asian_width(char) in "WF"
    return (_WIDE if wide else _USUAL) / 1000


def text_width(text: str, size: float, bold: bool = False) -> float:
    """Pixels that `text` takes at most, as it is shown (see `formats.text.visible`).

    >>> round(text_width("conv", 10), 2)
    21.96
    """
    ems = sum(map(character_width, visible(text)))
    return ems * size * _AIR * (_BOLD if bold else 1.0)


def text_length(text: str, size: float, bold: bool = False) -> float:
    """Pixels that `text` is set to take in an SVG, whatever font is there: those of Helvetica.

    >>> round(text_length("conv", 10), 2)
    21.12
    """
    return text_width(text, size, bold) / _AIR


def fitted(text: str, width: float, size: float, bold: bool = False) -> str:
    """`text` as it is shown, cut in its middle where it is wider than `width`.

    >>> fitted("layer4.1.conv2", 200, 10), fitted("layer4.1.conv2", 48, 10)
    ('layer4.1.conv2', 'laye…nv2')
    """
    # No cut shows more characters than fit when all are as narrow as the narrowest.
    shown = visible(text)
    if text_width(shown, size, bold) <= width:
        return shown
    most = int(width / (0.19 * size)) + 1
    low, high = 0, min(len(shown) - 1, most)
    while low < high:
        kept = (low + high + 1) // 2
        if text_width(_cut(shown, kept), size, bold) <= width:
            low = kept
        else:
            high = kept - 1
    return _cut(shown, low)


def _cut(text: str, kept: int) -> str:
    head = (kept + 1) // 2
    tail = kept - head
    return f"{text[:head]}…{text[len(text) - tail :]}"


def wrapped(text: str, width: float, size: float) -> list[str]:
    """`text` in lines no wider than `width`; a word that is wider is cut.

    >>> wrapped("sizes in pixels of the input", 60, 10)
    ['sizes in', 'pixels of the', 'input']
    """
    lines: list[str] = []
    for word in visible(text).split():
        word = fitted(word, width, size)
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, size) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Places as near to `wanted` as can be, at least `gap` apart, within [low, high].

    Places keep the order of what is wanted; where there is too little room, `high` gives way.

    >>> spread([10, 12, 50], 20, 0, 100)
    [1.0, 21.0, 50.0]
    """
    order = sorted(range(len(wanted)), key=lambda at: (wanted[at], at))
    groups: list[tuple[float, list[int]]] = []
    for at in order:
        members = [at]
        start = wanted[at]
        # A group stands with its middle where its members want it, and pushes its neighbours.
        while True:
            length = gap * (len(members) - 1)
            mean = sum(wanted[m] - gap * place for place, m in enumerate(members)) / len(members)
            start = max(low, min(mean, high - length))
            if not groups or groups[-1][0] + gap * len(groups[-1][1]) <= start:
                break
            members = groups.pop()[1] + members
        groups.append((start, members))
    places = [0.0] * len(wanted)
    for start, members in groups:
        for place, at in enumerate(members):
            places[at] = start + gap * place
    return places
