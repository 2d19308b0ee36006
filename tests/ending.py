"""A stop for what would go on without end. How long a test takes is not looked at."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

# Of CPU: many times what anything here takes on a slow machine that does other work, too.
_SECONDS = 100


class WithoutEndError(Exception):
    """Something took so long that it grows in a way that nobody wants."""


@contextmanager
def ending() -> Iterator[None]:
    """Raises WithoutEndError in what does not come to an end."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise WithoutEndError

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, _SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
