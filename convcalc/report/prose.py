"""Sentences in lines: folded between words where a width is given, whole where none is."""

from __future__ import annotations

import re

from convcalc.core.text import cells

# A column of text narrower than this is harder to read than one that the terminal folds.
LEAST = 20
_PIECE = re.compile(r"[^ ._-]*(?:[._-]+|\ +|$)")


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
    # A number and its percent sign stand together.
    for word in re.split(r"\s+(?!%)", text.strip()):
        size = cells(word)
        if is_begun and used + 1 + size > max(width, cells(hang) + LEAST):
            lines.append(line)
            line, used, is_begun = hang, cells(hang), False
        line += f" {word}" if is_begun else word
        used += size + is_begun
        is_begun = True
    return [*lines, line]


def broken(text: str, width: int) -> list[str]:
    """The text of a cell in lines of `width` cells, those after the first indented by two more.

    Broken between words, then behind the signs within a name, and elsewhere where it must.

    >>> broken("  stage1.bottleneck_1.conv_1 and 6 more", 24)
    ['  stage1.bottleneck_1.', '    conv_1 and 6 more']
    >>> broken("global_avg_pool", 12)
    ['global_avg_', '  pool']
    """
    if cells(text) <= width:
        return [text]
    blank = " " * min(len(text) - len(text.lstrip()), max(0, width - LEAST // 2))
    lines, line = [], blank
    for piece in _PIECE.findall(text.strip()):
        while cells(line + piece.rstrip()) > width:
            if line.strip():
                lines.append(line.rstrip())
                line = f"{blank}  "
                continue
            fitting = max(
                1, sum(cells(line + piece[:end]) <= width for end in range(1, len(piece)))
            )
            lines.append(line + piece[:fitting])
            line, piece = f"{blank}  ", piece[fitting:]
        line += piece
    return [*lines, line.rstrip()]


def refolded(text: str, width: int | None) -> str:
    r"""A page of Markdown, its paragraphs folded at `width`; code and tables stay as they are.

    >>> print(refolded("A kind\nof layer.\n\n    code as it is written", 40), end="")
    A kind of layer.
    <BLANKLINE>
        code as it is written
    """
    if width is None:
        return text
    lines: list[str] = []
    paragraph: list[str] = []
    is_code = False
    for line in [*text.removesuffix("\n").split("\n"), ""]:
        is_fence = line.lstrip().startswith("```")
        begins = not line or is_fence or line.startswith((" ", "-", "|", "#"))
        if paragraph and (begins or is_code):
            lead = "- " if paragraph[0].startswith("- ") else ""
            said = " ".join(paragraph).removeprefix(lead)
            lines += folded(said, width, lead)
            paragraph = []
        if is_code or (begins and not line.startswith("- ")):
            lines.append(line)
        else:
            paragraph.append(line)
        is_code ^= is_fence
    return "\n".join(lines)
