"""One file: read, planned, put before every rule that is wanted, and what it silences left out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from convcalc.core.errors import Problem, StackError
from convcalc.features.check.catalog import Entry, catalog
from convcalc.features.check.joining import capped, join
from convcalc.features.check.own_faults import fault, fault_in_words
from convcalc.features.check.rules.base import Subject
from convcalc.features.check.selection import fits, is_selected
from convcalc.features.check.settings import Settings
from convcalc.features.check.suppressions import Suppressions
from convcalc.importers import loads
from convcalc.network import InputShapes, Network
from convcalc.planning import Plan, plan
from convcalc.report.checked import FileFindings

# Of longer texts, only the lines that findings point at are kept.
_MOST_TEXT = 1 << 16
_MOST_TEXT_WITH_FIXES = 1 << 19


class Wanted:
    """Which findings are looked for in one file."""

    def __init__(self, settings: Settings, ignored: tuple[str, ...]) -> None:
        self._codes = {
            entry.code
            for entry in catalog()
            if not entry.is_selectable
            or (
                is_selected(settings.selections, entry)
                and not any(fits(selector, entry) for selector in ignored)
            )
        }

    def __call__(self, entry: Entry) -> bool:
        """True where findings of `entry` are wanted."""
        return entry.code in self._codes

    def has(self, problem: Problem) -> bool:
        """True where this finding is wanted."""
        return problem.code in self._codes


def inspect(
    data: bytes,
    file: str,
    settings: Settings,
    path: str,
    *,
    heed_ignores: bool = True,
    on_disk: str = "",
    input: InputShapes | None = None,
) -> FileFindings:
    """All findings of the file with the bytes `data`, in file order.

    `path` is where it stands below the folder of its settings, `on_disk` where its whole can be
    read ("" where it is all in `data`). `input` is for a model file that leaves sizes open.
    """
    try:
        network = loads(data, file, on_disk)
    except StackError as error:
        return FileFindings(file, error.source, error.problems, is_usable=False)
    return judged(network, file, settings, path, heed_ignores=heed_ignores, input=input)


def judged(
    network: Network,
    file: str,
    settings: Settings,
    path: str,
    *,
    heed_ignores: bool = True,
    input: InputShapes | None = None,
) -> FileFindings:
    """All findings of a network that was read from `file`, in file order.

    `input` is for a network that leaves sizes open.
    """
    wanted = wanted_for(settings, path)
    planned: Plan | None = None
    refused: tuple[Problem, ...] = ()
    try:
        given = input if network.has_open_sizes else None
        planned = plan(network, input=given, max_layers=settings.max_layers)
    except StackError as error:
        refused = error.problems
    found = list(refused)
    found += [
        problem for problem in _failures(network, planned, settings, path) if wanted.has(problem)
    ]
    found += _of_rules(network, planned, wanted)
    suppressed = 0
    if heed_ignores:
        comments = Suppressions(network.document, network.template)
        found, suppressed = comments.silence(found)
        found += filter(wanted.has, comments.problems(wanted if planned is not None else None))
    # Rules do not know the file's name.
    named = [problem if problem.file else replace(problem, file=file) for problem in found]
    if not network.is_text:
        # The lines of a model file are ours, and cannot be repaired.
        named = [replace(problem, fix=None) for problem in named]
    return FileFindings(
        file,
        network.document.text,
        tuple(join(named)),
        suppressed=suppressed,
        is_usable=not refused,
    )


_last_wanted: list[tuple[Settings, tuple[str, ...], Wanted]] = []


def wanted_for(settings: Settings, path: str) -> Wanted:
    """What is wanted of the file; most files of a run want the same."""
    ignored = settings.ignored_for(path)
    for known, names, wanted in _last_wanted:
        if known is settings and names == ignored:
            return wanted
    wanted = Wanted(settings, ignored)
    _last_wanted[:] = [(settings, ignored, wanted)]
    return wanted


def _of_rules(network: Network, planned: Plan | None, wanted: Wanted) -> Iterator[Problem]:
    subject = Subject(network, planned)
    for entry in catalog():
        if entry.rule is not None and wanted(entry):
            try:
                yield from entry.rule.find(subject)
            except Exception as error:
                # The other rules have their say.
                yield fault(f"{entry.code} {entry.slug}: {fault_in_words(error)}")


def _failures(
    network: Network, planned: Plan | None, settings: Settings, path: str
) -> Iterator[Problem]:
    """Expectations that do not hold, and budgets of the configuration."""
    if planned is None:
        return
    yield from planned.failures or ()
    if settings.budgets:
        from convcalc.features.check import budgets

        yield from budgets.exceeded(network, planned, settings.budgets, path)


def trimmed(findings: FileFindings) -> FileFindings:
    """The same with no more findings and no more text than a report needs."""
    problems = tuple(capped(list(findings.problems)))
    source = findings.source if problems else ""
    if any(problem.fix for problem in problems):
        if len(source) <= _MOST_TEXT_WITH_FIXES:
            # Their edits count characters from the beginning.
            return replace(findings, problems=problems)
        problems = tuple(replace(problem, fix=None) for problem in problems)
    if len(source) > _MOST_TEXT:
        wanted = {problem.place.line for problem in problems if problem.place is not None}
        lines = source.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        last = max(wanted, default=0)
        source = "\n".join(
            line if number in wanted else "" for number, line in enumerate(lines[:last], 1)
        )
    return replace(findings, problems=problems, source=source)
