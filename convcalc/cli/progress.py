"""How far a command is: one line on a terminal, wiped at the end; nothing anywhere else."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Self

from convcalc.cli import streams
from convcalc.core.text import visible

_WIDTH = 30
# Shorter work needs no bar.
_DELAY = 0.5
_INTERVAL = 0.1
# Cells of a line that names a layer.
_MOST = 70


class _Line:
    """A line of standard error that is drawn anew, in `delay` seconds for the first time."""

    def __init__(self, delay: float) -> None:
        self._is_shown = streams.is_terminal(sys.stderr)
        self._next = time.monotonic() + delay
        self._width = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._width:
            streams.say(f"\r{' ' * self._width}\r")

    @property
    def _is_due(self) -> bool:
        return self._is_shown and time.monotonic() >= self._next

    def _draw(self, text: str) -> None:
        self._next = time.monotonic() + _INTERVAL
        streams.say(f"\r{text:{self._width}}")
        self._width = max(self._width, len(text))


class Progress(_Line):
    """A bar up to `total`; call it with how many are done."""

    def __init__(self, total: int) -> None:
        super().__init__(_DELAY)
        self._total = total

    def __call__(self, done: int) -> None:
        """Draw how far it is, if it is time to."""
        if self._is_due:
            full = _WIDTH * done // self._total
            self._draw(f"[{'=' * full}{' ' * (_WIDTH - full)}] {done:,}/{self._total:,}")


class LayerProgress(_Line):
    """The layer that runs; call it with how many are done, of how many, and its name."""

    def __init__(self) -> None:
        super().__init__(0)

    def __call__(self, done: int, total: int, name: str) -> None:
        """Draw the layer that is next ("" where there is none), if it is time to."""
        if name and self._is_due:
            self._draw(f"{done + 1:,}/{total:,} {visible(name)}"[:_MOST])
