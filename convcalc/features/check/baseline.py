"""Findings that were there before: a file that lists them, and is never added to unasked.

They are known by file, rule and layer and by how many there are of each, never by line, so that
edits elsewhere in a file leave them known.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, NamedTuple

from convcalc.core.errors import Problem, StackError
from convcalc.report.checked import FileFindings

BASELINE_VERSION = 1
MAX_BASELINE_BYTES = 64 << 20
# A file that cannot be read, or that we failed on, was not checked: that is never an old finding.
NEVER = frozenset({"unreadable-file", "file-not-checked"})


class Key(NamedTuple):
    """What a finding is known by; `file` is below the baseline's folder, with `/` in it."""

    file: str
    code: str
    layer: str


Baseline = Counter[Key]


def key_of(problem: Problem, file: str) -> Key:
    """What `problem`, in the file called `file` in the baseline, is known by."""
    return Key(file, problem.code, problem.layer)


def read_baseline(data: bytes, shown: str) -> Baseline:
    """The baseline in the file `shown` with the bytes `data`. Raises StackError for any other.

    >>> read_baseline(b'{"version": 1, "findings": []}', "b.json")
    Counter()
    """
    try:
        return _parsed(json.loads(data))
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        reason = str(error) if isinstance(error, _BaselineError) else "it is no JSON of ours"
        help = "write it anew with `--update-baseline`"
        problem = Problem("bad-configuration", f"no baseline: {reason}", help=help, file=shown)
        raise StackError([problem]) from error


class _BaselineError(ValueError):
    pass


def _parsed(data: Any) -> Baseline:
    if not isinstance(data, dict) or "findings" not in data:
        raise _BaselineError("it has no `findings`")
    if data.get("version") != BASELINE_VERSION:
        raise _BaselineError(f"this program reads version {BASELINE_VERSION}")
    baseline: Baseline = Counter()
    for entry in data["findings"]:
        key = Key(entry["file"], entry["code"], entry["layer"])
        count = entry.get("count", 1)
        if not all(isinstance(part, str) for part in key) or type(count) is not int or count < 1:
            raise _BaselineError("an entry wants `file`, `code`, `layer` and a `count`")
        baseline[key] += count
    return baseline


def written(baseline: Baseline) -> bytes:
    """The baseline as a file: one finding a line, sorted, so that merges stay readable."""
    entries = []
    for key in sorted(key for key, count in baseline.items() if count > 0):
        entry: dict[str, Any] = key._asdict()
        if baseline[key] > 1:
            entry["count"] = baseline[key]
        entries.append(f"    {json.dumps(entry)}")
    body = "\n" + ",\n".join(entries) + "\n  " if entries else ""
    return f'{{\n  "version": {BASELINE_VERSION},\n  "findings": [{body}]\n}}\n'.encode()


def without_known(findings: FileFindings, name: str, left: Baseline) -> FileFindings:
    """The findings of a file that are not in the baseline, which loses those that are.

    `name` is the file's in the baseline. Where there are more of a kind than it knows, the first
    ones are taken for the known ones.
    """
    new: list[Problem] = []
    for problem in findings.problems:
        key = key_of(problem, name)
        if left[key] > 0 and problem.slug not in NEVER:
            left[key] -= 1
        else:
            new.append(problem)
    known = len(findings.problems) - len(new)
    if not known:
        return findings
    return replace(findings, problems=tuple(new), baselined=known)


def all_of(files: Iterable[tuple[str, FileFindings]]) -> Baseline:
    """The baseline that holds every finding of these files, given by their names in it."""
    return Counter(
        key_of(problem, name)
        for name, findings in files
        for problem in findings.problems
        if problem.slug not in NEVER
    )


def shrunk(baseline: Baseline, left: Baseline, was_looked_for: Callable[[Key], bool]) -> Baseline:
    """The baseline without what was looked for and not found again.

    `left` is what remained of it. What was not looked for stays: findings of files that were not
    checked or do not plan just now, and of rules that were not selected.
    """
    gone = Counter({key: count for key, count in left.items() if was_looked_for(key)})
    return baseline - gone
