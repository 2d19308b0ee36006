"""Many files, one after another or in several processes; whatever one does, the others count.

The order of the answers is that of the files, however the work was shared.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence

from convcalc.features.check.discovery import Found
from convcalc.features.check.one_file import Options, Outcome, check_one


def check_all(
    files: Sequence[Found],
    options: Options,
    *,
    stdin: bytes = b"",
    jobs: int = 1,
    progress: Callable[[int], None] | None = None,
) -> Generator[Outcome, None, None]:
    """The outcome of every file, in the order of `files`; `progress` is told how many are done."""
    if jobs > 1 and len(files) > 1:
        from convcalc.features.check.processes import check_in_processes

        yield from check_in_processes(files, options, stdin, jobs, progress)
        return
    for number, found in enumerate(files, 1):
        yield check_one(found, options, stdin)
        if progress is not None:
            progress(number)
