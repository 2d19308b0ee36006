"""What undoes a layer, as its kind says it."""

from __future__ import annotations

from typing import Any, NamedTuple

# A layer to apply: its kind by name, since two kinds may undo each other, and its fields under
# their full names.
Step = tuple[str, dict[str, Any]]


class Undone(NamedTuple):
    """The layers that lead from a layer's output back to its input's shape.

    `is_exact` says that the values come back too. Without steps, `reason` says why.
    """

    steps: tuple[Step, ...] = ()
    is_exact: bool = False
    reason: str = ""
