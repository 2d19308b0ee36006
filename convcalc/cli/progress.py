"""A bar on a terminal while many files are checked; nothing anywhere else."""

from __future__ import annotations

import sys
import time
from types import TracebackType

from convcalc.cli.streams import is_terminal, say

_WIDTH = 30
# Shorter work needs no bar.
_DELAY = 0.5
_INTERVAL = 0.1


class Progress:
    """Counts up to `total` on standard error; call it with how many are done."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._is_shown = is_terminal(sys.stderr)
        self._next = time.monotonic() + _DELAY
        self._was_drawn = False

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._was_drawn:
            say(f"\r{' ' * (_WIDTH + 2 + 2 * len(f'{self._total:,}') + 3)}\r")

    def __call__(self, done: int) -> None:
        """Draw how far it is, if it is time to."""
        if not self._is_shown or time.monotonic() < self._next:
            return
        self._next = time.monotonic() + _INTERVAL
        self._was_drawn = True
        full = _WIDTH * done // self._total
        say(f"\r[{'=' * full}{' ' * (_WIDTH - full)}] {done:,}/{self._total:,}")
