"""The baseline of a run: read, put against the findings, and written back where it changed."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence

from convcalc.check.baseline import (
    MAX_BASELINE_BYTES,
    Baseline,
    all_of,
    read_baseline,
    shrunk,
    without_known,
    written,
)
from convcalc.check.discovery import STDIN, Found
from convcalc.check.ignoring import below
from convcalc.check.reading import read_regular
from convcalc.check.report import FileFindings
from convcalc.check.running import Outcome
from convcalc.cli.streams import say
from convcalc.cli.writing import WriteError, write_file
from convcalc.errors import Problem, StackError


def apply_baseline(
    files: Sequence[Found], outcomes: Sequence[Outcome], path: str, *, update: bool
) -> list[FileFindings]:
    """Take known findings out of the outcomes; findings about the baseline are returned.

    The file is written anew with `update`; else only where it has become shorter.
    """
    folder = os.path.dirname(os.path.abspath(path))
    names = [_name(found, folder) for found in files]
    try:
        baseline = _read(path, may_be_missing=update)
    except StackError as error:
        return [FileFindings(path, "", error.problems, is_usable=False)]
    if update:
        left: Baseline = Counter(baseline)
        present = all_of((n, o.findings) for n, o in zip(names, outcomes, strict=True))
        kept = shrunk(baseline, left, [*names, *_missing(baseline, folder)])
        after = kept + present
        known = Counter(present)
    else:
        known = Counter(baseline)
    for name, outcome in zip(names, outcomes, strict=True):
        outcome.findings = without_known(outcome.findings, name, known)
    if not update:
        after = shrunk(baseline, known, [*names, *_missing(baseline, folder)])
    if after == baseline and (os.path.exists(path) or not update):
        return []
    try:
        write_file(path, written(after), force=True)
    except WriteError as error:
        if update:
            problem = Problem("unreadable-file", error.reason, help=error.help, file=path)
            return [FileFindings(path, "", (problem,), is_usable=False)]
        # What is gone from the network may stay in the list for now.
        say(f"note: the baseline is not made shorter: {error.reason}\n")
    return []


def _name(found: Found, folder: str) -> str:
    """The file as the baseline calls it: from the baseline's folder, with `/`."""
    file = found.name
    if found.file == STDIN and not found.path:
        return file
    return below(os.path.abspath(file), folder).replace(os.sep, "/")


def _missing(baseline: Baseline, folder: str) -> set[str]:
    """Files of the baseline that are there no more."""
    files = {key.file for key in baseline}
    return {file for file in files if not os.path.lexists(os.path.join(folder, file))}


def _read(path: str, *, may_be_missing: bool) -> Baseline:
    if may_be_missing and not os.path.lexists(path):
        return Counter()
    try:
        data = read_regular(path, path, MAX_BASELINE_BYTES)
    except StackError as error:
        help = "`--update-baseline` writes it"
        raise StackError(
            [
                Problem("unreadable-file", p.message, help=p.help or help, file=path)
                for p in error.problems
            ]
        ) from error
    if len(data) > MAX_BASELINE_BYTES:
        message = f"it is longer than {MAX_BASELINE_BYTES:,} bytes"
        raise StackError([Problem("unreadable-file", message, file=path)])
    return read_baseline(data, path)
