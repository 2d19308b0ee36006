"""One file's findings, whatever the file does to us."""

from __future__ import annotations

from dataclasses import dataclass

from convcalc.core.errors import Problem, StackError
from convcalc.core.files import STDIN
from convcalc.features.check.discovery import Found
from convcalc.features.check.inspecting import inspect, trimmed
from convcalc.features.check.own_faults import fault, fault_in_words
from convcalc.features.check.regular_file import read_regular
from convcalc.network import InputShapes
from convcalc.report.checked import FileFindings


@dataclass(frozen=True, slots=True)
class Options:
    """What holds for all files of a run; `fix` looks for repairs, `unsafe` ones too.

    `input` is for model files that leave sizes open.
    """

    heed_ignores: bool = True
    fix: bool = False
    unsafe: bool = False
    input: InputShapes | None = None


@dataclass(slots=True)
class Outcome:
    """One file's findings. Where it was fixed, those that are left, its old and its new bytes.

    `unfixed` are the findings without the fixes, which hold where they cannot be written.
    """

    findings: FileFindings
    fixed: tuple[Problem, ...] = ()
    data: bytes | None = None
    diff: str = ""
    before: bytes = b""
    unfixed: FileFindings | None = None


def check_one(found: Found, options: Options, stdin: bytes = b"") -> Outcome:
    """The outcome of one file, whatever it is; only an interruption is raised."""
    file = found.name
    if found.problem is not None:
        return Outcome(FileFindings(file, "", (found.problem,), is_usable=False))
    try:
        data = stdin if found.file == STDIN else read_regular(found.file, file)
        outcome = _checked(data, found, options)
    except StackError as error:
        outcome = Outcome(FileFindings(file, error.source, error.problems, is_usable=False))
    except Exception as error:
        outcome = Outcome(failed(file, fault_in_words(error)))
    outcome.findings = trimmed(outcome.findings)
    if outcome.unfixed is not None:
        outcome.unfixed = trimmed(outcome.unfixed)
    return outcome


def _checked(data: bytes, found: Found, options: Options) -> Outcome:
    def findings_of(data: bytes) -> FileFindings:
        heed = options.heed_ignores
        where = "" if found.file == STDIN else found.file
        return inspect(
            data,
            found.name,
            found.settings,
            found.path,
            heed_ignores=heed,
            on_disk=where,
            input=options.input,
        )

    findings = findings_of(data)
    if not options.fix or not any(problem.fix for problem in findings.problems):
        return Outcome(findings)
    from convcalc.features.check.repairing import repair

    layers = found.settings.max_layers
    repaired = repair(data, findings, findings_of, unsafe=options.unsafe, max_layers=layers)
    if repaired is None:
        return Outcome(findings)
    unfixed = findings if repaired.data is not None else None
    return Outcome(repaired.findings, repaired.fixed, repaired.data, repaired.diff, data, unfixed)


def failed(file: str, reason: str) -> FileFindings:
    """The finding of a file that could not be checked because of a fault of ours."""
    return FileFindings(file, "", (fault(reason, file),), is_usable=False)
