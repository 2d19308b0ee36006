"""Findings as Markdown: a comment on a pull request, or a job's summary."""

from __future__ import annotations

from typing import get_args

from convcalc.core.errors import Level, Problem
from convcalc.core.text import in_words
from convcalc.report.checked import Report
from convcalc.report.markdown_words import code, prose
from convcalc.report.paths import relative
from convcalc.report.source_lines import SourceLines
from convcalc.report.style import Style

# GitHub takes comments of up to 65,536 characters; the closing line has its place in the rest.
MOST_CHARACTERS = 60_000
# Of a line of the file; findings of a whole file on one line would repeat it all.
_MOST_OF_LINE = 90


def render(report: Report, style: Style) -> str:
    """A headline, what was looked at, and a list for each file that has findings."""
    found = [file for file in report.files if file.problems]
    text = f"### convcalc check: {_counts(report)}\n\n{_scope(report, len(found))}"
    pieces, used, left = [text], len(text), 0
    for file in found:
        lead = f"\n\n#### {code(relative(file.file) or 'convcalc')}\n"
        lines = SourceLines(file.source)
        for problem in file.problems:
            piece = f"{lead}\n{_item(problem, lines)}"
            if left or used + len(piece) > MOST_CHARACTERS:
                left += 1
                continue
            pieces.append(piece)
            used += len(piece)
            lead = ""
    if left:
        pieces.append(f"\n\nand {in_words(left, 'more finding')}, too many for one comment")
    return "".join([*pieces, "\n"])


def _counts(report: Report) -> str:
    counts = report.levels
    words = [in_words(counts[level], level) for level in get_args(Level) if counts[level]]
    return ", ".join(words) or "no findings"


def _scope(report: Report, found: int) -> str:
    files = in_words(len(report.files), "file")
    parts = [f"In {found:,} of {files}." if found else f"{files} checked."]
    suppressed = sum(file.suppressed for file in report.files)
    baselined = sum(file.baselined for file in report.files)
    parts += [f"{suppressed:,} suppressed in place."] * bool(suppressed)
    parts += [f"{baselined:,} known from the baseline."] * bool(baselined)
    return " ".join(parts)


def _item(problem: Problem, lines: SourceLines) -> str:
    place = problem.place
    where = f"line {place.line}: " if place else ""
    said = [f"- **{problem.level}** {where}{prose(problem.message)} ({_rule(problem)})"]
    excerpt = (lines.line(place.line) or "").strip() if place else ""
    if excerpt:
        cut = "…" if len(excerpt) > _MOST_OF_LINE else ""
        said.append(code(excerpt[:_MOST_OF_LINE] + cut))
    if problem.note:
        said.append(prose(problem.note))
    if problem.help:
        said.append(f"**help**: {prose(problem.help)}")
    return "<br>\n  ".join(said)


def _rule(problem: Problem) -> str:
    return f"`{problem.code}` {problem.slug}"
