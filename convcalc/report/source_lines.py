"""A file's text by lines, as YAML breaks them: from offsets to places, and to the text there."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property

from convcalc.core.errors import Place

_BREAK = re.compile(r"\r\n?|\n")


class SourceLines:
    """The text of one file; lines and columns count from 1, in characters."""

    def __init__(self, text: str) -> None:
        self.text = text
        # The line asked for last: findings come in order, and a file may be one line.
        self._last: tuple[int, str | None] = 0, None

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(match.end() for match in _BREAK.finditer(self.text))]

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of the character at `offset`.

        >>> SourceLines("ab\\r\\nc").position(4)
        (2, 1)
        """
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def line(self, number: int) -> str | None:
        """The line of that number without its break; None where there is none.

        >>> SourceLines("ab\\r\\nc").line(1), SourceLines("").line(2)
        ('ab', None)
        """
        if not 1 <= number <= len(self._starts):
            return None
        if number != self._last[0]:
            end = self._starts[number] if number < len(self._starts) else len(self.text)
            self._last = number, _BREAK.sub("", self.text[self._starts[number - 1] : end])
        return self._last[1]

    def at(self, place: Place) -> str:
        """The text that `place` marks, "" where it lies outside.

        >>> SourceLines("- conv: 8").at(Place(1, 3, 4))
        'conv'
        """
        line = self.line(place.line) or ""
        return line[place.column - 1 : place.column - 1 + place.width]
