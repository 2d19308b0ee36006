"""Fixing one file: rounds of repairs, then the findings of what they leave."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

from convcalc.core.errors import Problem
from convcalc.features.check.fixing import Refusal, fixed_in_rounds
from convcalc.features.check.patching import diff, encoded, is_text_of
from convcalc.report.checked import FileFindings


class Repair(NamedTuple):
    """A file after its fixes: its findings and bytes, what was fixed, and the difference.

    `data` is None where no fix could be made, and the findings say why.
    """

    findings: FileFindings
    data: bytes | None
    fixed: tuple[Problem, ...]
    diff: str


def repair(
    data: bytes,
    findings: FileFindings,
    findings_of: Callable[[bytes], FileFindings],
    *,
    unsafe: bool,
    max_layers: int,
) -> Repair | None:
    """The file with its findings fixed as far as they can be; None where nothing changes."""
    text = findings.source
    # Places of a text that stands in for what cannot be shown fit no file.
    if not is_text_of(text, data):
        return None

    # Rules take longer than all else here: no text is looked at twice.
    known = {text: findings}

    def inspected(text: str) -> FileFindings:
        if text not in known:
            known[text] = findings_of(encoded(text, data))
        return known[text]

    def find(text: str) -> Sequence[Problem]:
        return inspected(text).problems

    fixed = fixed_in_rounds(text, find, unsafe=unsafe, file=findings.file, max_layers=max_layers)
    if fixed.text == text:
        noted = _noted(findings, fixed.refused)
        return Repair(noted, None, (), "") if fixed.refused else None
    left = _noted(inspected(fixed.text), fixed.refused)
    after = encoded(fixed.text, data)
    return Repair(left, after, fixed.applied, diff(findings.file, text, fixed.text))


def _noted(findings: FileFindings, refused: Sequence[Refusal]) -> FileFindings:
    """The findings, with the reason at those whose fix was refused."""
    reasons = dict(refused)
    problems = tuple(
        replace(one, help=f"{one.help}; not done by itself: {reasons[one]}".removeprefix("; "))
        if one in reasons
        else one
        for one in findings.problems
    )
    return replace(findings, problems=problems)
