"""What `convcalc check` says: findings on standard output, the rest on standard error."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from convcalc.cli.output_file import WriteError, write_file
from convcalc.cli.streams import answer, is_terminal, say, style_of
from convcalc.cli.usage import bad
from convcalc.core.errors import ExitCode
from convcalc.core.files import STDIN
from convcalc.core.text import in_words, visible
from convcalc.features.check.discovery import Found
from convcalc.features.check.fixing import fixed_text
from convcalc.features.check.one_file import Outcome
from convcalc.features.check.request import Request
from convcalc.report import findings_renderer
from convcalc.report.checked import FileFindings, Report
from convcalc.report.style import PLAIN, Style

_TEXT_FORMATS = ("full", "concise")
# Findings that mean that something was not checked at all.
_UNUSABLE = frozenset({"unreadable-file", "bad-configuration"})
_OURS = frozenset({"file-not-checked"})


@dataclass(frozen=True, slots=True)
class DoneCheck:
    """A check that is done; `report` holds findings beside those of the files, too."""

    request: Request
    format: str
    report: Report
    files: Sequence[Found]
    outcomes: Sequence[Outcome]


def answer_with(run: DoneCheck, stdin: bytes) -> None:
    """Write the answer where the request wants it."""
    request = run.request
    fixed = _fixed_stdin(run, stdin) if request.fix else None
    if request.diff:
        answer("".join(outcome.diff for outcome in run.outcomes))
    elif request.statistics:
        answer(_statistics(run.report))
    elif request.output_file is not None:
        _write(request.output_file, _rendered(run, PLAIN))
    elif fixed is None:
        answer(_rendered(run, style_of(sys.stdout, request.color)))
    else:
        # Standard output is for the file.
        say(_rendered(run, style_of(sys.stderr, request.color)))
    if fixed is not None:
        answer(fixed.decode("utf-8", "backslashreplace"))
    _sum_up(run)


def exit_code(run: DoneCheck) -> ExitCode:
    """The worst that happened: a fault of ours, something unusable, findings that fail, nothing."""
    slugs = {problem.slug for problem in run.report.problems}
    if slugs & _OURS:
        return ExitCode.INTERNAL
    if slugs & _UNUSABLE:
        return ExitCode.UNUSABLE
    failing = any(
        problem.level in found.settings.failing
        for found, outcome in zip(run.files, run.outcomes, strict=True)
        for problem in outcome.findings.problems
    )
    if run.request.diff and any(outcome.diff for outcome in run.outcomes):
        failing = True
    return ExitCode.FINDINGS if failing and not run.request.exit_zero else ExitCode.CLEAN


def _fixed_stdin(run: DoneCheck, stdin: bytes) -> bytes | None:
    """What standard input became; None where it was not asked for."""
    for found, outcome in zip(run.files, run.outcomes, strict=True):
        if found.file == STDIN and found.problem is None:
            return stdin if outcome.data is None else outcome.data
    return None


# Files whose fixes are tried to say how many there are, each a few plans.
MOST_TRIED = 20


def _rendered(run: DoneCheck, style: Style) -> str:
    return findings_renderer(run.format)(run.report, style)


def _write(path: str, text: str) -> None:
    try:
        write_file(path, text.encode("utf-8", "backslashreplace"), force=True)
    except WriteError as error:
        help = error.help or "name another file"
        raise bad(error.reason, help, "--output-file") from error


def _statistics(report: Report) -> str:
    """How often each finding was made, the most frequent first."""
    counts = Counter((one.code, one.slug, one.level) for one in report.problems)
    width = max((len(f"{count:,}") for count in counts.values()), default=0)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return "".join(
        f"{count:{width},}  {code}  {slug} ({level})\n" for (code, slug, level), count in ordered
    )


def _sum_up(run: DoneCheck) -> None:
    """What a person wants to know beside the findings."""
    request, problems = run.request, list(run.report.problems)
    if request.verbose:
        say("".join(map(_file_line, run.report.files)))
    fixed = sum(len(outcome.fixed) for outcome in run.outcomes)
    if fixed and request.fix:
        say(f"fixed {in_words(fixed, 'finding')}\n")
    if request.diff and problems and not any(outcome.diff for outcome in run.outcomes):
        told = "it is" if len(problems) == 1 else "they are"
        say(f"no repair of {in_words(len(problems), 'finding')}; {told} told without --diff\n")
    if run.format in _TEXT_FORMATS and not (request.fix or request.diff):
        safe, unsafe = _repairable(run.report)
        if safe:
            say(f"--fix repairs {safe}\n")
        if unsafe:
            say(f"--fix --unsafe-fixes repairs {unsafe}{' more' if safe else ''}\n")
    if not problems and run.files and is_terminal(sys.stderr):
        repairs = f"--fix repairs {in_words(fixed, 'finding')}" if fixed and request.diff else ""
        say(f"{repairs or in_words(len(run.files), 'file') + ' passed'}\n")


def _repairable(report: Report) -> tuple[str, str]:
    """How many findings --fix repairs, and how many more --unsafe-fixes; "" for none.

    The fixes are tried, since one that breaks an expectation is not applied; of many files they
    are only counted, and that is said.
    """
    files = [file for file in report.files if any(one.fix for one in file.problems)]
    if len(files) > MOST_TRIED:
        fixes = [one.fix for file in files for one in file.problems if one.fix]
        safe = sum(fix.safe for fix in fixes)
        counts = [safe, len(fixes) - safe]
        return _up_to(counts[0], "finding"), _up_to(counts[1], "")
    safely, unsafely = (
        [fixed_text(file.source, file.problems, unsafe=unsafe) for file in files]
        for unsafe in (False, True)
    )
    safe, whole = (sum(len(one.applied) for one in tried) for tried in (safely, unsafely))
    # What waits for a second round may be refused there.
    least = "at least " if any(one.waits for one in safely) else ""
    more = whole - safe
    return f"{least}{in_words(safe, 'finding')}" if safe else "", f"{more:,}" if more > 0 else ""


def _up_to(count: int, noun: str) -> str:
    if not count:
        return ""
    return f"up to {in_words(count, noun) if noun else f'{count:,}'}"


def _file_line(findings: FileFindings) -> str:
    parts = [in_words(len(findings.problems), "finding") if findings.problems else "passed"]
    if findings.suppressed:
        parts.append(f"{findings.suppressed:,} ignored by comments")
    if findings.baselined:
        parts.append(f"{findings.baselined:,} in the baseline")
    return f"{visible(findings.file)}: {', '.join(parts)}\n"
