"""What a check found, as its JSON has it: findings with their places, files, and the sums."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, get_args

from convcalc.core.errors import Edit, Level, Problem
from convcalc.core.records import Answer, Count, Key, Record
from convcalc.report.checked import FileFindings, Report
from convcalc.report.source_lines import SourceLines

_FROM_1 = Key(minimum=1)


@dataclass(frozen=True, slots=True)
class Replacement(Record):
    """Text to put in place of a part of the file."""

    line: Annotated[int, _FROM_1, Key("Line where the part begins, 1-based.")]
    column: Annotated[int, _FROM_1, Key("Column where it begins, 1-based, in characters.")]
    end_line: Annotated[int, _FROM_1, Key("Line where it ends.")]
    end_column: Annotated[int, _FROM_1, Key("Column behind its last character.")]
    text: Annotated[str, Key("What to put there.")]


@dataclass(frozen=True, slots=True)
class Repair(Record):
    """A repair that `convcalc check --fix` can make."""

    title: Annotated[str, Key("What it does.")]
    safe: Annotated[bool, Key("Whether it leaves the network's numbers as they are.")]
    edits: Annotated[tuple[Replacement, ...], Key("What it replaces.", minItems=1)]


@dataclass(frozen=True, slots=True)
class Finding(Record):
    """What is wrong, where, with which numbers, and what repairs it."""

    file: Annotated[str, Key('The file as it was named; "" for words of the command line.')]
    line: Annotated[int | None, Key("1-based; null for a whole file.")]
    column: Annotated[int | None, Key("1-based, in characters; null for a whole file.")]
    width: Annotated[int | None, Key("Characters that it is about; null for a whole file.")]
    level: Annotated[Level, Key("How grave it is.")]
    code: Annotated[str, Key("Its stable code.", pattern="^CC[0-9]{3}$")]
    slug: Annotated[str, Key("Its stable name.")]
    message: Annotated[str, Key("What is wrong, in a sentence.")]
    note: Annotated[str, Key("The arithmetic behind it.")]
    help: Annotated[str, Key("A repair that works.")]
    layer: Annotated[str, Key('The path of the layer concerned; "" where there is none.')]
    fix: Annotated[Repair | None, Key("The repair as edits, where there is one.")]


@dataclass(frozen=True, slots=True)
class CheckedFile(Record):
    """One file of a run."""

    file: Annotated[str, Key("The file as it was named.")]
    problems: Annotated[Count, Key("Findings that are reported.")]
    suppressed: Annotated[Count, Key("Findings that comments of the file silence.")]
    baselined: Annotated[Count, Key("Findings that the baseline holds.")]
    usable: Annotated[bool, Key("False where the file could not be planned.")]


@dataclass(frozen=True, slots=True)
class Summary(Record):
    """The sums of a run."""

    files: Annotated[Count, Key("Files that were checked.")]
    unusable: Annotated[Count, Key("Files that could not be planned.")]
    error: Annotated[Count, Key("Errors.")]
    warning: Annotated[Count, Key("Warnings.")]
    info: Annotated[Count, Key("Remarks.")]
    suppressed: Annotated[Count, Key("Findings that comments silence.")]
    baselined: Annotated[Count, Key("Findings that the baseline holds.")]


@dataclass(frozen=True, slots=True)
class Findings(Answer):
    """What a check found."""

    problems: Annotated[tuple[Finding, ...], Key("Every finding, in the order of the files.")]
    files: Annotated[tuple[CheckedFile, ...], Key("Every file, clean ones included.")]
    summary: Summary


def findings_of(report: Report) -> Findings:
    """What a report holds."""
    return Findings(problems_of(report), tuple(map(_file, report.files)), _summary(report))


def problems_of(report: Report) -> tuple[Finding, ...]:
    """Every finding of a report, in the order of the files."""
    return tuple(
        finding(problem, lines)
        for file in report.files
        for lines in [SourceLines(file.source)]
        for problem in file.problems
    )


def finding(problem: Problem, lines: SourceLines | None = None) -> Finding:
    """One finding; `lines` is the text that its fix edits: without it there is no fix.

    >>> from convcalc.core.errors import Place
    >>> found = finding(Problem("wrong-type", "it is no list", Place(3, 5, 2), file="a.net.yaml"))
    >>> found.file, found.line, found.column, found.code
    ('a.net.yaml', 3, 5, 'CC926')
    """
    place, fix = problem.place, problem.fix
    repair = None
    if fix is not None and lines is not None:
        repair = Repair(fix.title, fix.safe, tuple(_edit(edit, lines) for edit in fix.edits))
    return Finding(
        problem.file,
        place.line if place else None,
        place.column if place else None,
        place.width if place else None,
        problem.level,
        problem.code,
        problem.slug,
        problem.message,
        problem.note,
        problem.help,
        problem.layer,
        repair,
    )


def _edit(edit: Edit, lines: SourceLines) -> Replacement:
    return Replacement(*lines.position(edit.start), *lines.position(edit.end), edit.text)


def _file(file: FileFindings) -> CheckedFile:
    count = len(file.problems)
    return CheckedFile(file.file, count, file.suppressed, file.baselined, file.is_usable)


def _summary(report: Report) -> Summary:
    counts = report.levels
    error, warning, info = (counts[level] for level in get_args(Level))
    return Summary(
        len(report.files),
        sum(not file.is_usable for file in report.files),
        error,
        warning,
        info,
        sum(file.suppressed for file in report.files),
        sum(file.baselined for file in report.files),
    )
