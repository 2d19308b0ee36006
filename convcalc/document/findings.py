"""The problems of one file while it is being read, capped, and turned into one exception."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right

from convcalc.core.errors import Place, Problem, StackError

MAX_PROBLEMS = 100
_LINE_BREAK = re.compile(r"\r\n?|\n")


class TooManyProblemsError(Exception):
    """The cap is reached: reading stops, what was collected is the answer."""


class Findings:
    """Collects the problems of the file `file` with the text `text`; offsets become places."""

    def __init__(self, file: str, text: str = "") -> None:
        self.file = file
        self.begin(text)
        self.problems: list[Problem] = []

    def begin(self, text: str) -> None:
        """Take `text` for the text that offsets point into."""
        self.text = text
        self._starts = array("I")

    def add(
        self, slug: str, message: str, place: Place | None, *, note: str = "", help: str = ""
    ) -> None:
        """Record one problem. Raises TooManyProblemsError when there are MAX_PROBLEMS already."""
        if len(self.problems) >= MAX_PROBLEMS:
            raise TooManyProblemsError
        self.problems.append(
            Problem(slug, message, place=place, note=note, help=help, file=self.file)
        )

    def place(self, start: int, end: int = 0) -> Place:
        """The place of the characters from `start` to `end`, cut at the end of the first line."""
        # Files without a problem ask for no place.
        if not self._starts:
            self._starts.append(0)
            self._starts.extend(found.end() for found in _LINE_BREAK.finditer(self.text))
        line = bisect_right(self._starts, start)
        # Never the whole rest of the line: it may be 4 MB long, and there may be 100 problems.
        broken = _LINE_BREAK.search(self.text, start, end)
        width = (broken.start() if broken else end) - start
        return Place(line, start - self._starts[line - 1] + 1, max(1, width))

    def error(self, *, more: bool = False) -> StackError:
        """All problems in file order; `more` says that the reading stopped at the cap."""
        error = StackError(self.problems, source=self.text)
        if not more:
            return error
        note = f"more problems follow; reading stopped after the first {MAX_PROBLEMS}"
        return StackError(
            [*error.problems[:-1], error.problems[-1].with_note(note)], source=self.text
        )
