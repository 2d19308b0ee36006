"""Findings as SARIF 2.1.0, for code scanning: rules, places, repairs and stable fingerprints.

Source: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0".
"""

from __future__ import annotations

import re
from typing import Any

from convcalc import __version__
from convcalc.core.errors import Edit, Level, Place, Problem
from convcalc.core.text import encodable, printable
from convcalc.features.rules.pages import rule_page
from convcalc.report.checked import FileFindings, Report
from convcalc.report.fingerprints import fingerprinted
from convcalc.report.json_text import json_line, json_list
from convcalc.report.paths import uri
from convcalc.report.source_lines import SourceLines
from convcalc.report.style import Style

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
FINGERPRINT = "convcalcFinding/v1"
_LEVELS: dict[Level, str] = {"error": "error", "warning": "warning", "info": "note"}
_PLACEHOLDER = re.compile(r"\{([0-9]+)\}")


def render(report: Report, style: Style) -> str:
    """One run with a result for each finding; its rules are those that found something."""
    found = {problem.code: problem for problem in report.problems}
    index = {code: at for at, code in enumerate(sorted(found))}
    lines = {id(file): SourceLines(file.source) for file in report.files}
    driver = {
        "name": "convcalc",
        "version": __version__,
        "semanticVersion": __version__,
        "rules": [_rule(found[code]) for code in index],
    }
    tool = json_line({"driver": driver})
    results = json_list(
        _result(file, problem, fingerprint, index[problem.code], lines[id(file)])
        for file, problem, fingerprint in fingerprinted(report)
    )
    return (
        f'{{"$schema": "{SCHEMA}", "version": "2.1.0", "runs": [{{\n'
        f'"tool": {tool},\n"columnKind": "unicodeCodePoints",\n"results": {results}\n}}]}}\n'
    )


def _rule(problem: Problem) -> dict[str, Any]:
    page = rule_page(problem.code, problem.slug, problem.level)
    return {
        "id": problem.code,
        "name": "".join(word.capitalize() for word in problem.slug.split("-")),
        "shortDescription": {"text": page.title},
        "fullDescription": {"text": page.summary},
        "help": {"text": page.manual, "markdown": page.manual},
        "defaultConfiguration": {"level": _LEVELS[page.level]},
    }


def _result(
    file: FileFindings, problem: Problem, fingerprint: str, index: int, lines: SourceLines
) -> dict[str, Any]:
    location = {"uri": uri(problem.file or file.file)}
    physical: dict[str, Any] = {"artifactLocation": location}
    if problem.place is not None:
        physical["region"] = _region(problem.place)
    where: dict[str, Any] = {"physicalLocation": physical}
    if problem.layer:
        layer = {"fullyQualifiedName": encodable(problem.layer), "kind": "element"}
        where["logicalLocations"] = [layer]
    result: dict[str, Any] = {
        "ruleId": problem.code,
        "ruleIndex": index,
        "level": _LEVELS[problem.level],
        "message": {"text": _message(problem)},
        "locations": [where],
        "partialFingerprints": {FINGERPRINT: fingerprint},
    }
    if problem.fix is not None and problem.fix.edits:
        replacements = [_replacement(edit, lines) for edit in problem.fix.edits]
        change = {"artifactLocation": location, "replacements": replacements}
        description = {"text": plain(problem.fix.title)}
        result["fixes"] = [{"description": description, "artifactChanges": [change]}]
    return result


def _message(problem: Problem) -> str:
    help = f"help: {problem.help}" if problem.help else ""
    return plain(*filter(None, [f"{problem.slug}: {problem.message}", problem.note, help]))


def plain(*parts: str) -> str:
    """Lines of a message that hold neither a link nor a placeholder, as SARIF has them in text.

    >>> plain("layer [stem](http://x) takes {0}", "use `{conv: 8}`")
    'layer [stem] (http://x) takes {{0}}\\nuse `{conv: 8}`'
    """
    return "\n".join(_plain_line(part) for part in parts)


def _plain_line(text: str) -> str:
    return _PLACEHOLDER.sub(r"{{\1}}", printable(text).replace("](", "] ("))


def _region(place: Place) -> dict[str, int]:
    return {
        "startLine": place.line,
        "startColumn": place.column,
        "endLine": place.line,
        # The column behind the last character.
        "endColumn": place.column + place.width,
    }


def _replacement(edit: Edit, lines: SourceLines) -> dict[str, Any]:
    line, column = lines.position(edit.start)
    end_line, end_column = lines.position(edit.end)
    deleted = {
        "startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column,
    }  # fmt: skip
    replacement: dict[str, Any] = {"deletedRegion": deleted}
    if edit.text:
        replacement["insertedContent"] = {"text": encodable(edit.text)}
    return replacement
