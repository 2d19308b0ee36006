"""How far a command is: one line on a terminal, wiped at the end; nothing anywhere else."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Self

from convcalc.cli import streams
from convcalc.core.text import visible

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

# Seconds between two drawings.
_INTERVAL = 0.1


class Progress:
    """A bar, drawn from `delay` seconds on; call it with how many are done, and of how many.

    `name` is what is done next. Shorter work needs no bar, and loads no Rich.
    """

    def __init__(self, total: int = 0, delay: float = 0.5) -> None:
        self._total = total
        self._next = time.monotonic() + delay
        self._bar: Bar | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, done: int, total: int = 0, name: str = "") -> None:
        """Draw how far it is, if it is time to."""
        if not streams.is_terminal(sys.stderr) or time.monotonic() < self._next:
            return
        self._next = time.monotonic() + _INTERVAL
        total, name = total or self._total, visible(name)
        if self._bar is None:
            self._bar = _new_bar()
            self._bar.add_task("", completed=done, total=total, name=name)
            self._bar.start()
        else:
            self._bar.update(self._bar.task_ids[0], completed=done, total=total, name=name)
            self._bar.refresh()


def _new_bar() -> Bar:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar
    from rich.table import Column

    return Bar(
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        # A name is data: no markup, no line break, and no more than it may take.
        TextColumn(
            "{task.fields[name]}", markup=False, table_column=Column(no_wrap=True, max_width=40)
        ),
        console=Console(stderr=True, force_terminal=True),
        auto_refresh=False,
        transient=True,
    )
