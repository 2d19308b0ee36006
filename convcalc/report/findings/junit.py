"""Findings as JUnit XML, for the test reports of CI systems: a suite a file, a case a finding.

A finding that fails the run is a failure, one that makes its file unusable an error, any other a
passing case with its text; a clean file is one passing case. Source: jenkinsci/xunit-plugin,
junit-10.xsd; of several failures in one case Jenkins keeps one, so each has a case of its own.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from convcalc.core.errors import Problem
from convcalc.core.text import printable
from convcalc.report.checked import FileFindings, Report
from convcalc.report.findings.concise import in_one
from convcalc.report.paths import relative
from convcalc.report.style import Style

_STARTS_COMMAND = re.compile(r"^( *)::", re.MULTILINE)


def render(report: Report, style: Style) -> str:
    """The suites of all files, in their order."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    lines.append(f'<testsuites name="convcalc"{_counts(report.files)}>')
    for file in report.files:
        lines.append(f"  <testsuite name={_attribute(_name(file.file))}{_counts([file])}>")
        lines += _cases(file)
        lines.append("  </testsuite>")
    text = "\n".join([*lines, "</testsuites>"]) + "\n"
    # The same text for an XML parser, and no command for a CI system that reads it in a log.
    text = _STARTS_COMMAND.sub(r"\1&#58;:", text.replace("##", "#&#35;"))
    return text.encode("ascii", "xmlcharrefreplace").decode()


def _counts(files: Sequence[FileFindings]) -> str:
    results = [_result(problem, file) for file in files for problem in file.problems]
    clean = sum(not file.problems for file in files)
    return (
        f' tests="{len(results) + clean}" failures="{results.count("failure")}"'
        f' errors="{results.count("error")}" time="0"'
    )


def _result(problem: Problem, file: FileFindings) -> str:
    if problem.level not in file.failing:
        return "system-out"
    return "failure" if file.is_usable else "error"


def _cases(file: FileFindings) -> list[str]:
    name = _attribute(_name(file.file))
    if not file.problems:
        return [f'    <testcase classname={name} name="no findings" time="0"/>']
    lines: list[str] = []
    seen: Counter[str] = Counter()
    for problem in file.problems:
        title = _title(problem)
        seen[title] += 1
        # A name of its own for each case, and the same one when lines move.
        title += f" ({seen[title]})" if seen[title] > 1 else ""
        result = _result(problem, file)
        lines.append(f'    <testcase classname={name} name={_attribute(title)} time="0">')
        told = "" if result == "system-out" else _told(problem)
        lines.append(f"      <{result}{told}>{escape(_text(problem))}</{result}>")
        lines.append("    </testcase>")
    return lines


def _told(problem: Problem) -> str:
    one = f"{problem.slug}: {in_one(problem)}"
    return f' type="{problem.level}" message={_attribute(one)}'


def _title(problem: Problem) -> str:
    layer = f": {problem.layer}" if problem.layer else ""
    return f"{problem.code} {problem.slug}{layer}"


def _text(problem: Problem) -> str:
    where = f"{_name(problem.file)}:" if problem.file else ""
    if problem.place:
        where += f"{problem.place.line}:{problem.place.column}:"
    head = f"{where} {problem.level} {problem.code} {problem.slug}: {problem.message}".strip()
    help = f"help: {problem.help}" if problem.help else ""
    return "\n".join(printable(part) for part in (head, problem.note, help) if part)


def _name(file: str) -> str:
    return relative(file) or "convcalc"


def _attribute(text: str) -> str:
    # XML 1.0 has no way to write most control characters, so they are shown as escapes.
    return quoteattr(printable(text))
