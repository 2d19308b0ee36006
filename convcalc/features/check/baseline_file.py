"""The baseline of a run: read, put against the findings, and written back where it changed."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Sequence

from convcalc.cli.output_file import WriteError, write_file
from convcalc.cli.streams import say
from convcalc.core.errors import Problem, StackError
from convcalc.core.files import STDIN
from convcalc.core.text import in_words
from convcalc.features.check.baseline import (
    MAX_BASELINE_BYTES,
    Baseline,
    Key,
    all_of,
    read_baseline,
    shrunk,
    without_known,
    written,
)
from convcalc.features.check.catalog import find_entry
from convcalc.features.check.configuration import shown_path
from convcalc.features.check.discovery import Found
from convcalc.features.check.ignoring import below
from convcalc.features.check.inspecting import wanted_for
from convcalc.features.check.one_file import Outcome
from convcalc.features.check.regular_file import read_regular
from convcalc.report.checked import FileFindings


def apply_baseline(
    files: Sequence[Found], outcomes: Sequence[Outcome], path: str, *, update: bool
) -> list[FileFindings]:
    """Take known findings out of the outcomes; findings about the baseline are returned.

    The file is written anew with `update`; else only where it has become shorter.
    """
    folder = os.path.dirname(os.path.abspath(path))
    shown = shown_path(os.path.normpath(path))
    names = [_name(found, folder) for found in files]
    try:
        baseline = _read(path, shown, may_be_missing=update)
    except StackError as error:
        return [FileFindings(shown, "", error.problems, is_usable=False)]
    looked = _looked_for(files, outcomes, names, _missing(baseline, folder))
    if update:
        present = all_of((n, o.findings) for n, o in zip(names, outcomes, strict=True))
        kept = shrunk(baseline, Counter(baseline), looked)
        # What stays unseen in a file may be there as well.
        after = kept | present
        known = Counter(present)
    else:
        known = Counter(baseline)
    for name, outcome in zip(names, outcomes, strict=True):
        outcome.findings = without_known(outcome.findings, name, known)
    if not update:
        after = shrunk(baseline, known, looked)
    if after == baseline and (os.path.exists(path) or not update):
        return []
    try:
        write_file(path, written(after), force=True)
    except WriteError as error:
        if update:
            problem = Problem("unreadable-file", error.reason, help=error.help, file=shown)
            return [FileFindings(shown, "", (problem,), is_usable=False)]
        # What is gone from the network may stay in the list for now.
        say(f"note: the baseline is not made shorter: {error.reason}\n")
        return []
    if update:
        say(f"wrote {shown}: {in_words(sum(after.values()), 'finding')}\n")
    return []


def _name(found: Found, folder: str) -> str:
    """The file as the baseline calls it: from the baseline's folder, with `/`."""
    file = found.name
    if found.file == STDIN and not found.path:
        return file
    return below(os.path.abspath(file), folder).replace(os.sep, "/")


def _looked_for(
    files: Sequence[Found], outcomes: Sequence[Outcome], names: Sequence[str], missing: set[str]
) -> Callable[[Key], bool]:
    """Tells of a key whether this run would have found it again, were it still there."""
    checked = {
        name: wanted_for(found.settings, found.path)
        for name, found, outcome in zip(names, files, outcomes, strict=True)
        if outcome.findings.is_usable
    }

    def was_looked_for(key: Key) -> bool:
        if key.file in missing:
            return True
        wanted, entry = checked.get(key.file), find_entry(key.code)
        # No rule has a code that nobody knows any more.
        return wanted is not None and (entry is None or wanted(entry))

    return was_looked_for


def _missing(baseline: Baseline, folder: str) -> set[str]:
    """Files of the baseline that are there no more."""
    files = {key.file for key in baseline}
    return {file for file in files if not os.path.lexists(os.path.join(folder, file))}


def _read(path: str, shown: str, *, may_be_missing: bool) -> Baseline:
    if may_be_missing and not os.path.lexists(path):
        return Counter()
    try:
        data = read_regular(path, shown, MAX_BASELINE_BYTES)
    except StackError as error:
        help = "`--update-baseline` writes it"
        raise StackError(
            [
                Problem("unreadable-file", p.message, help=p.help or help, file=shown)
                for p in error.problems
            ]
        ) from error
    if len(data) > MAX_BASELINE_BYTES:
        message = f"it is longer than {MAX_BASELINE_BYTES:,} bytes"
        raise StackError([Problem("unreadable-file", message, file=shown)])
    return read_baseline(data, shown)
