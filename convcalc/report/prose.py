"""Sentences in lines: folded between words where a width is given, whole where none is."""

from __future__ import annotations

from convcalc.core.text import cells

# A column of text narrower than this is harder to read than one that the terminal folds.
LEAST = 20


def folded(text: str, width: int | None, lead: str = "", hang: str | None = None) -> list[str]:
    """`text` in lines of at most `width` cells, the first behind `lead`, the others behind `hang`.

    `hang` is as wide as `lead` unless given. A word that is longer than a line stays whole.

    >>> folded("every layer stands on the map", 28, "note  ")
    ['note  every layer stands on', '      the map']
    >>> folded("every layer stands on the map", None, "note  ")
    ['note  every layer stands on the map']
    """
    if width is None or cells(lead) + cells(text) <= width:
        return [f"{lead}{text}".rstrip()]
    hang = " " * cells(lead) if hang is None else hang
    lines, line, used = [], lead, cells(lead)
    is_begun = False
    for word in text.split():
        size = cells(word)
        if is_begun and used + 1 + size > max(width, cells(hang) + LEAST):
            lines.append(line)
            line, used, is_begun = hang, cells(hang), False
        line += f" {word}" if is_begun else word
        used += size + is_begun
        is_begun = True
    return [*lines, line]
