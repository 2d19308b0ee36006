"""What a check found, as values: one entry a file, in the order in which files were named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from convcalc.core.errors import Level, Problem


@dataclass(frozen=True, slots=True)
class FileFindings:
    """The findings of one file in file order, and the text that their places point into.

    `source` is "" where the file could not be read. `suppressed` and `baselined` count what was
    found and not reported. `is_usable` is False where the front door refused the file. `failing`
    are the levels of findings that fail the run.
    """

    file: str
    source: str
    problems: tuple[Problem, ...]
    suppressed: int = 0
    baselined: int = 0
    is_usable: bool = True
    failing: frozenset[Level] = frozenset({"error"})


@dataclass(frozen=True, slots=True)
class Report:
    """All files of a run, clean ones included."""

    files: tuple[FileFindings, ...]

    @property
    def problems(self) -> Iterator[Problem]:
        """Every finding, in the order of the files."""
        return (problem for file in self.files for problem in file.problems)

    @property
    def levels(self) -> Counter[Level]:
        """How many findings there are of each level."""
        return Counter(problem.level for problem in self.problems)
