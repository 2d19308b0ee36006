"""What `convcalc check` does with what it is asked; it knows no Typer."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace

from convcalc.cli.streams import say
from convcalc.cli.usage import need_texts, unfit
from convcalc.core.errors import ExitCode, Problem, StackError
from convcalc.core.files import STDIN
from convcalc.features.check.configuration import Configurations
from convcalc.features.check.discovery import Discovery, Found
from convcalc.features.check.one_file import Options, Outcome
from convcalc.features.check.replacing import ReplaceError, replace_file
from convcalc.features.check.request import Request
from convcalc.features.check.running import check_all
from convcalc.features.check.settings import FailOn, Settings
from convcalc.features.check.writing import DoneCheck, answer_with, exit_code
from convcalc.report.checked import FileFindings, Report

# Below so many files, starting processes takes longer than it saves; see benchmarks/check.py.
LEAST_FOR_PROCESSES = 24


def check(request: Request) -> ExitCode:
    """Check what the request names, and report it; the exit code is returned.

    Raises UsageError for words that cannot be used.
    """
    request.refuse_misfits()
    if request.format == "sarif":
        need_texts("descriptions of rules")
    try:
        here = os.getcwd()
    except OSError as error:
        raise unfit("the working directory is gone", "change to another") from error
    configurations = Configurations(
        request.selection, config=request.config, isolated=request.isolated
    )
    general = configurations.of(here)
    baseline = request.baseline or general.baseline
    if request.update_baseline and not baseline:
        raise unfit("--update-baseline does not know where", "add --baseline FILE")
    discovery = Discovery(
        configurations,
        force_exclude=request.force_exclude,
        stdin_filename=request.stdin_filename,
    )
    files = list(discovery.find(request.paths or ["."]))
    if request.fail_on is not None:
        files = _failing_on(files, request.fail_on)
    beside = [_of_configuration(error) for error in configurations.errors]
    if not files and not beside:
        say(
            "no files to check: folders are searched for *.net.yaml, *.net.yml, "
            "and other YAML files that begin with `convcalc:`\n"
        )
    files, stdin = _with_stdin(files)
    outcomes = _outcomes(files, request, stdin)
    if request.fix:
        beside += _write_fixed(files, outcomes)
    if baseline:
        from convcalc.features.check.baseline_file import apply_baseline

        beside += apply_baseline(files, outcomes, baseline, update=request.update_baseline)
    findings = (
        replace(outcome.findings, failing=found.settings.failing)
        for found, outcome in zip(files, outcomes, strict=True)
    )
    report = Report((*beside, *findings))
    run = DoneCheck(
        request, request.format or general.output_format or "full", report, files, outcomes
    )
    answer_with(run, stdin)
    return exit_code(run)


def _failing_on(files: Sequence[Found], level: FailOn) -> list[Found]:
    """The files with settings that fail from `level` on; those that share settings still do."""
    changed: dict[int, Settings] = {}
    for found in files:
        if id(found.settings) not in changed:
            changed[id(found.settings)] = replace(found.settings, fail_on=level)
    return [found._replace(settings=changed[id(found.settings)]) for found in files]


def _of_configuration(error: StackError) -> FileFindings:
    return FileFindings(error.problems[0].file, error.source, error.problems, is_usable=False)


def _with_stdin(files: list[Found]) -> tuple[list[Found], bytes]:
    """What is on standard input, where it is asked for; a finding where it cannot be read."""
    if not any(found.file == STDIN for found in files):
        return files, b""
    from convcalc.cli.reading import read_stdin

    try:
        return files, read_stdin()
    except StackError as error:
        problem = error.problems[0]
    return [
        found._replace(problem=problem) if found.file == STDIN else found for found in files
    ], b""


def _outcomes(files: Sequence[Found], request: Request, stdin: bytes) -> list[Outcome]:
    from convcalc.cli.progress import Progress

    options = Options(
        heed_ignores=not request.no_ignores,
        fix=request.fix or request.diff,
        unsafe=request.unsafe_fixes,
        input=request.input,
    )
    jobs = request.jobs
    if jobs is None:
        jobs = 1
        if len(files) >= LEAST_FOR_PROCESSES:
            from convcalc.features.check.processes import processors

            jobs = processors()
    with (
        Progress(len(files)) as progress,
        closing(check_all(files, options, stdin=stdin, jobs=jobs, progress=progress)) as outcomes,
    ):
        return list(outcomes)


def _write_fixed(files: Sequence[Found], outcomes: Sequence[Outcome]) -> list[FileFindings]:
    """Write what was fixed; a finding for each file that cannot be written."""
    failures = []
    for found, outcome in zip(files, outcomes, strict=True):
        if outcome.data is None or found.file == STDIN:
            continue
        try:
            replace_file(found.file, outcome.before, outcome.data)
        except ReplaceError as error:
            problem = Problem("unreadable-file", str(error), help=error.help, file=found.file)
            failures.append(FileFindings(found.file, "", (problem,), is_usable=False))
            outcome.fixed = ()
            outcome.findings = outcome.unfixed or outcome.findings
    return failures
