"""Numbers for a layer to work on: as they are written, or small integers from a seed."""

from __future__ import annotations

import re
from fractions import Fraction
from math import prod
from random import Random

from convcalc.core.errors import Problem, StackError
from convcalc.core.shapes import Shape, format_shape
from convcalc.core.text import in_words
from convcalc.features.show.values import Numbers

# Larger numbers would not be exact any more in the sums of a small layer.
MOST = 10**6
_NUMBER = re.compile(r"[+-]?(\d{1,9}(\.\d{0,9})?|\.\d{1,9})(/\d{1,9})?", re.ASCII)
# One of more digits, or with an exponent.
_OTHER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+|/\d+)?", re.ASCII | re.IGNORECASE)
# The largest of random inputs, and of random weights.
_INPUT, _WEIGHT = 9, 2


def drawn_input(shape: Shape, random: Random, indices: range | None = None) -> Numbers:
    """Integers from 0 to 9; those of `indices` alone where the layer reads such."""
    most = _INPUT if indices is None else min(_INPUT, indices.stop - 1)
    return Numbers(shape, tuple(float(random.randint(0, most)) for _ in range(prod(shape))))


def drawn_weights(name: str, shape: Shape, random: Random) -> Numbers:
    """Integers from -2 to 2; from 1 on where a variance is wanted."""
    low = 1 if name == "running_var" else -_WEIGHT
    high = low + 2 * _WEIGHT
    return Numbers(shape, tuple(float(random.randint(low, high)) for _ in range(prod(shape))))


def written(text: str, shape: Shape, what: str, option: str) -> Numbers:
    """The numbers of `text`, for an array of `shape`: `1 2 3; 4 5 6`.

    Numbers stand row by row; `;` ends a row and `|` a map (a channel, or a plane of one). Both
    may be left out. Raises StackError where there are not as many as the shape has.

    >>> written("1 0; -1 1/2", (1, 2, 2), "the input", "--input").values
    (1.0, 0.0, -1.0, 0.5)
    """
    maps = [
        [row.replace(",", " ").split() for row in part.split(";")]
        for part in text.strip().rstrip("|;").split("|")
    ]
    numbers = [_number(word, what) for rows in maps for row in rows for word in row]
    _check_rows(maps, shape, what, option)
    if len(numbers) != prod(shape):
        message = (
            f"{what} has {in_words(prod(shape), 'number')} "
            f"({format_shape(shape)}), got {len(numbers)}"
        )
        raise _wrong(message, f"write {option} {example(shape)}")
    return Numbers(shape, tuple(numbers))


def example(shape: Shape) -> str:
    """Numbers for an array of this shape, as they are written; cut short where they are many.

    >>> example((1, 2, 3))
    '"1 2 3; 4 5 6"'
    """
    if prod(shape) > 27:
        return '"1 2 3; 4 5 6; 7 8 9", `;` between rows and `|` between channels'
    width = shape[-1]
    height = shape[-2] if len(shape) > 1 else 1
    words = [str(number) for number in range(1, prod(shape) + 1)]
    rows = [" ".join(words[at : at + width]) for at in range(0, len(words), width)]
    maps = ["; ".join(rows[at : at + height]) for at in range(0, len(rows), height)]
    return f'"{" | ".join(maps)}"'


def _check_rows(maps: list[list[list[str]]], shape: Shape, what: str, option: str) -> None:
    """Refuses separators that say another shape than the array has."""
    width = shape[-1]
    height = shape[-2] if len(shape) > 1 else 1
    sign = ";"
    if len(shape) == 2 and len(maps) > 1 and all(len(rows) == 1 for rows in maps):
        # Along one axis a channel is a row.
        maps, sign = [[row for rows in maps for row in rows]], "|"
    is_flat = len(maps) == 1 and len(maps[0]) == 1
    if is_flat:
        return
    help = f"write {option} {example(shape)}"
    if len(maps) > 1 and len(maps) != prod(shape[:-2]):
        count = prod(shape[:-2])
        raise _wrong(f"{what} has {in_words(count, 'map')}, and `|` makes {len(maps)}", help)
    for rows in maps:
        if len(rows) > 1 and len(rows) * len(maps) != prod(shape[:-1]):
            most = height if len(maps) > 1 else prod(shape[:-1])
            raise _wrong(
                f"{what} has {in_words(most, 'row')}, and `{sign}` makes {len(rows)}", help
            )
        for row in rows:
            if len(rows) > 1 and len(row) != width:
                message = f"{what} has rows of {width}, got one of {len(row)}: {' '.join(row)}"
                raise _wrong(message[:200], help)


def _number(word: str, what: str) -> float:
    if not _NUMBER.fullmatch(word):
        if _OTHER.fullmatch(word):
            message = f"`{word[:40]}` in {what} has an exponent or more than 9 digits"
            raise _wrong(message, f"write it as 3, -1, 0.5 or 1/9; {MOST:,} is the most")
        raise _wrong(f"`{word[:40]}` in {what} is no number", "write 3, -1, 0.5 or 1/9")
    top, _, bottom = word.partition("/")
    if bottom and not int(bottom):
        raise _wrong(f"`{word}` in {what} divides by zero", "write 3, -1, 0.5 or 1/9")
    value = Fraction(top) / (int(bottom) if bottom else 1)
    if abs(value) > MOST:
        raise _wrong(f"`{word}` in {what} is beyond {MOST:,}", "use smaller numbers")
    return float(value)


def _wrong(message: str, help: str) -> StackError:
    return StackError([Problem("wrong-value", message, help=help)])
