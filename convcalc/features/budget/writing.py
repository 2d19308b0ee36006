"""What `convcalc budget` does with the files that it was given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from convcalc.cli.formats import show, write_beside
from convcalc.cli.output_file import WriteError
from convcalc.cli.reading import read_stdin
from convcalc.cli.reporting import tell_all
from convcalc.cli.streams import answer, say
from convcalc.core.errors import ExitCode, Problem, StackError
from convcalc.core.files import STDIN
from convcalc.features.budget import words as budget_text
from convcalc.features.budget.answer import BudgetError, Budgets, FileBudget, Terms, budgeted
from convcalc.features.check.configuration import Configurations
from convcalc.features.check.discovery import Discovery, Found
from convcalc.features.check.patching import diff, encoded
from convcalc.features.check.regular_file import read_regular
from convcalc.features.check.replacing import ReplaceError, replace_file
from convcalc.features.check.selection import Selection
from convcalc.importers import loads
from convcalc.report.checked import FileFindings, Report
from convcalc.report.json_text import answer_json


@dataclass
class Budgeting:
    """One run over all files; a file that fails keeps none of the others from being written."""

    terms: Terms
    writes: bool
    shows_diff: bool
    format: str
    color: str = "auto"
    code: ExitCode = ExitCode.CLEAN

    def over(self, paths: Sequence[str], stdin_filename: str | None) -> ExitCode:
        """Limit every file that `paths` name; the exit code is returned."""
        configurations = Configurations(Selection())
        discovery = Discovery(configurations, stdin_filename=stdin_filename)
        done: list[FileBudget] = []
        for found in discovery.find(paths):
            one, source, is_usable = self._one(found)
            done.append(one)
            if self.format not in ("json", "csv"):
                self._tell(one, source, is_usable, is_stdin=found.file == STDIN)
        for error in configurations.errors:
            self._worse(ExitCode.UNUSABLE)
            file = error.problems[0].file
            report = Report((FileFindings(file, error.source, error.problems, is_usable=False),))
            tell_all(report, self.color)
        if self.format == "json":
            answer(answer_json(Budgets(tuple(done))))
        elif self.format == "csv":
            limited = [(one.file, one.done) for one in done if one.done is not None]
            show(budget_text.page_of_all(limited), "csv", self.color)
        elif not done:
            say("no network file was found\n")
        elif len(done) > 1:
            written = sum(one.written for one in done)
            say(budget_text.total(len(done), written))
        return self.code

    def _one(self, found: Found) -> tuple[FileBudget, str, bool]:
        """One file: what became of it, its text, and whether it could be used."""
        name = found.name
        try:
            if found.problem is not None:
                raise StackError([found.problem])
            is_stdin = found.file == STDIN
            data = read_stdin() if is_stdin else read_regular(found.file, name)
            network = loads(data, name, "" if is_stdin else found.file)
            done = budgeted(network, self.terms)
        except StackError as error:
            self._worse(ExitCode.UNUSABLE)
            return FileBudget(name, problems=error.problems), error.source, False
        except BudgetError as error:
            self._worse(ExitCode.UNUSABLE)
            return FileBudget(name, error=_sentence(error)), "", True
        before = network.document.text
        shown = diff(name, before, done.text) if self.shows_diff else ""
        if done.failures:
            # The places are those of the text that is not written.
            self._worse(ExitCode.FINDINGS)
            one = FileBudget(name, done, problems=_unmet(done.failures), diff=shown)
            return one, done.text, True
        written = False
        if done.is_changed and not self.writes:
            self._worse(ExitCode.FINDINGS)
        elif done.is_changed and not is_stdin:
            try:
                replace_file(found.file, data, encoded(done.text, data))
                written = True
            except ReplaceError as error:
                self._worse(ExitCode.UNUSABLE)
                return FileBudget(name, done, error=_sentence(error)), before, True
        return FileBudget(name, done, written, diff=shown), before, True

    def _tell(self, one: FileBudget, source: str, is_usable: bool, *, is_stdin: bool) -> None:
        if one.problems:
            findings = FileFindings(one.file, source, one.problems, is_usable=is_usable)
            tell_all(Report((findings,)), self.color)
        if one.done is None or one.problems:
            say(one.error)
            return
        if one.error:
            outcome = "nothing was written"
        else:
            words = "wrote" if one.written or (is_stdin and self.writes) else "would write"
            outcome = budget_text.outcome(one.done, words)
        page = budget_text.page(one.file, one.done, outcome)
        # The answer is the file itself, or the diff; the table then goes beside it.
        if is_stdin and self.writes:
            answer(one.done.text)
            write_beside(page, self.color)
        elif self.shows_diff:
            answer(one.diff)
            write_beside(page, self.color)
        else:
            show(page, self.format, self.color)
        say(one.error)

    def _worse(self, code: ExitCode) -> None:
        self.code = max(self.code, code)


def _sentence(error: BudgetError | ReplaceError) -> str:
    return str(WriteError(str(error), error.help))


def _unmet(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    """Expectations that keep the limits from being written, with what to do."""
    help = "nothing was written; correct the expectation, or let --update rewrite it"
    return tuple(replace(problem, help=help) for problem in problems)
