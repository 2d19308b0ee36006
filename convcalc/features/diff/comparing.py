"""Planning both sides of `convcalc diff`, and telling what came of it."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any

from convcalc.cli import formats
from convcalc.cli.reading import read_network
from convcalc.cli.reporting import tell_all
from convcalc.core.errors import ExitCode, Problem, StackError
from convcalc.core.files import STDIN
from convcalc.core.shapes import Shape
from convcalc.core.text import visible
from convcalc.features.diff import Difference, compare, words
from convcalc.features.diff.answer import answer_of
from convcalc.features.diff.change_limits import Limit, judge
from convcalc.features.diff.git import GitError
from convcalc.features.diff.sources import Candidate, of_file, of_folder
from convcalc.importers import loads
from convcalc.network import Network, VariableValues
from convcalc.planning import Plan, plan
from convcalc.report.checked import FileFindings, Report
from convcalc.report.json_text import answer_json


@dataclass(frozen=True)
class Settings:
    """What both sides are planned with."""

    input: Shape | dict[str, Shape] | None
    variables: VariableValues | None
    max_layers: int
    stdin_filename: str | None

    def planned(self, network: Network) -> Plan:
        """The plan of one side. Raises StackError."""
        return plan(network, input=self.input, variables=self.variables, max_layers=self.max_layers)


@dataclass
class Compared:
    """Everything that a run compares, and what keeps it from comparing more."""

    settings: Settings
    found: list[Difference] = field(default_factory=list)
    broken: list[FileFindings] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def two(self, before: str, after: str) -> None:
        """Compare two files."""
        sides = [
            self._side(lambda file=file: read_network(file, self.settings.stdin_filename), file)
            for file in (before, after)
        ]
        if all(sides):
            self.found.append(compare(sides[0], sides[1], (before, after)))

    def with_revision(self, file: str, base: str) -> None:
        """Compare a file with what it was in a revision, or a folder's networks that changed."""
        try:
            if file == STDIN:
                raise GitError("standard input has no revisions", "name a file")
            if not os.path.isdir(file):
                self._candidate(of_file(file, base))
                return
            candidates = of_folder(file, base)
            for candidate in candidates:
                self._candidate(candidate)
            if not candidates:
                self.notes.append(f"no network in `{visible(file)}` differs from `{visible(base)}`")
        except GitError as error:
            self._refuse(file, error)
        except StackError as error:
            self._break(file, error)

    def _candidate(self, candidate: Candidate) -> None:
        was, now = candidate.names
        file = candidate.file
        # Both sides are planned, so that what is wrong with either is told at once.
        sides: list[Plan | None] = []
        count = len(self.broken)
        if candidate.entry is not None:
            sides.append(self._side(lambda: loads(candidate.read_base(), was), was))
        else:
            sides.append(None)
        sides.append(None if file is None else self._side(lambda: read_network(file), now))
        if len(self.broken) == count:
            self.found.append(compare(sides[0], sides[1], (was, now), candidate.note))

    def _side(self, read: Any, name: str) -> Plan | None:
        """The plan of one side; None, and its findings kept, where there is none."""
        try:
            return self.settings.planned(read())
        except StackError as error:
            self._break(name, error)
        except GitError as error:
            self._refuse(name, error)
        return None

    def _break(self, name: str, error: StackError) -> None:
        self.broken.append(FileFindings(name, error.source, error.problems, is_usable=False))

    def _refuse(self, name: str, error: GitError) -> None:
        problem = Problem("unreadable-file", str(error), help=error.help, file=name)
        self.broken.append(FileFindings(name, "", (problem,), is_usable=False))

    def tell(
        self, limits: tuple[Limit, ...], format: str | None, color: str, every_layer: bool
    ) -> ExitCode:
        """Write everything down; the exit code is returned."""
        judged: list[words.Judged] = [(one, judge(one, limits)) for one in self.found]
        report = Report(tuple(self.broken))
        formats.write(
            format,
            color,
            lambda form: words.page(judged, form, every_layer, self.notes),
            lambda: answer_json(answer_of(judged, report, every_layer)),
        )
        if report.files and formats.table_format(format) != "json":
            tell_all(report, color)
        if self.broken:
            return ExitCode.UNUSABLE
        tripped = any(verdict.is_tripped for _, verdicts in judged for verdict in verdicts)
        return ExitCode.FINDINGS if tripped else ExitCode.CLEAN
