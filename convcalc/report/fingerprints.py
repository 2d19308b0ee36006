"""What makes a finding the same finding after an edit elsewhere in its file.

A fingerprint hashes rule, file, layer path and an ordinal among the findings that share these;
a finding of no layer also takes the text that it marks. It holds no line and no number, so that
lines may move and figures may change. Two findings of one report never share one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from hashlib import sha256

from convcalc.core.errors import Problem
from convcalc.report.checked import FileFindings, Report
from convcalc.report.paths import relative
from convcalc.report.source_lines import SourceLines


def fingerprinted(report: Report) -> Iterator[tuple[FileFindings, Problem, str]]:
    """Every finding with its file and its fingerprint, in the order of the report."""
    seen: Counter[tuple[str, ...]] = Counter()
    for file in report.files:
        lines = SourceLines(file.source)
        for problem in file.problems:
            marked = ""
            if not problem.layer and problem.place is not None:
                marked = lines.at(problem.place)
            name = relative(problem.file or file.file)
            key = (problem.code, problem.slug, name, problem.layer, marked)
            seen[key] += 1
            yield file, problem, _hash((*key, str(seen[key])))


def _hash(parts: tuple[str, ...]) -> str:
    # Lengths tell ("ab", "c") from ("a", "bc").
    text = "".join(f"{len(part)}:{part}" for part in parts)
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
