"""Boxes of numbers side by side, and tables wrapped in labelled blocks: nothing is cut."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from convcalc.core.text import cells
from convcalc.report.style import Style

_GAP = "   "


@dataclass(frozen=True, slots=True)
class Block:
    """Lines below a title."""

    title: str
    lines: tuple[str, ...]

    @property
    def width(self) -> int:
        """Cells of its widest line."""
        return max(map(cells, (self.title, *self.lines)), default=0)


def number(value: float) -> str:
    """A number as short as it is, to six digits.

    >>> number(3.0), number(-0.0), number(1 / 3)
    ('3', '0', '0.333333')
    """
    if value == int(value):
        return str(int(value))
    return f"{value:.6g}"


def boxes(title: str, rows: Sequence[Sequence[str]], style: Style) -> list[Block]:
    """Numbers in a frame; in several, a range of columns each, where one would be too wide."""
    width = max((cells(text) for row in rows for text in row), default=1)
    count = max(map(len, rows), default=0)
    # The frame, and the indentation before it.
    room = count if style.width is None else max(1, (style.width - 5) // (width + 1))
    if count <= room:
        return [_box(title, rows, width, style)]
    return [
        _box(
            f"{title} columns {at} to {min(at + room, count) - 1}",
            [row[at : at + room] for row in rows],
            width,
            style,
        )
        for at in range(0, count, room)
    ]


def _box(title: str, rows: Sequence[Sequence[str]], width: int, style: Style) -> Block:
    inside = [" ".join(text.rjust(width) for text in row) for row in rows]
    across = max(map(cells, inside), default=0) + 2
    line, side = ("─", "│") if style.unicode else ("-", "|")
    corners = "┌┐└┘" if style.unicode else "++++"
    top = corners[0] + line * across + corners[1]
    bottom = corners[2] + line * across + corners[3]
    return Block(title, (top, *(f"{side} {text} {side}" for text in inside), bottom))


def side_by_side(blocks: Sequence[Block], style: Style, indent: str = "") -> list[str]:
    """Blocks beside each other as far as the width goes, then below."""
    rows: list[list[Block]] = [[]]
    used = len(indent)
    for block in blocks:
        used += block.width + len(_GAP)
        if rows[-1] and style.width is not None and used - len(_GAP) > style.width:
            rows.append([])
            used = len(indent) + block.width + len(_GAP)
        rows[-1].append(block)
    return [line for row in rows if row for line in _row(row, indent)]


def _row(blocks: Sequence[Block], indent: str) -> list[str]:
    height = max(len(block.lines) for block in blocks)
    lines = []
    for index in range(-1, height):
        texts = [_line(block, index) for block in blocks]
        padded = [
            text + " " * (block.width - cells(text))
            for text, block in zip(texts, blocks, strict=True)
        ]
        lines.append((indent + _GAP.join(padded)).rstrip())
    return lines


def _line(block: Block, index: int) -> str:
    if index < 0:
        return block.title
    return block.lines[index] if index < len(block.lines) else ""


def table(
    columns: Sequence[str], rows: Sequence[tuple[str, Sequence[str]]], style: Style
) -> list[str]:
    """Rows with a label below the columns' names; wide tables in blocks of columns.

    A row without a label and cells is a line across.
    """
    labels = max((cells(label) for label, _ in rows), default=0)
    widths = [
        max([cells(name), *(cells(texts[index]) for _, texts in rows if texts)])
        for index, name in enumerate(columns)
    ]
    parts = _parts(widths, labels + 5, style.width)
    lines = []
    for start, end in parts:
        if len(parts) > 1:
            lines.append(f"  columns {columns[start]} to {columns[end - 1]}:")
        lines += _part(columns, rows, widths, labels, range(start, end), style)
    return lines


def _parts(widths: Sequence[int], taken: int, most: int | None) -> list[tuple[int, int]]:
    """Ranges of columns that fit beside the labels; one column at least each."""
    parts = []
    start, used = 0, taken
    for index, width in enumerate(widths):
        used += width + 1
        if most is not None and used > most and index > start:
            parts.append((start, index))
            start, used = index, taken + width + 1
    return [*parts, (start, len(widths))]


def _part(
    columns: Sequence[str],
    rows: Sequence[tuple[str, Sequence[str]]],
    widths: Sequence[int],
    labels: int,
    shown: range,
    style: Style,
) -> list[str]:
    side, line = ("│", "─") if style.unicode else ("|", "-")
    cross = "┼" if style.unicode else "+"

    def joined(label: str, texts: Sequence[str]) -> str:
        padded = (texts[i] if not texts[i] else texts[i].rjust(widths[i]) for i in shown)
        filled = (text or " " * widths[i] for i, text in zip(shown, padded, strict=True))
        return f"  {label.rjust(labels)} {side} {' '.join(filled)}".rstrip()

    across = sum(widths[i] + 1 for i in shown)
    rule = f"  {line * labels}{line}{cross}{line * across}"
    lines = [joined("", columns), rule]
    lines += [joined(label, texts) if texts else rule for label, texts in rows]
    return lines
