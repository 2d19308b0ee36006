"""What undoes a layer, as its kind says it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from convcalc.kinds.base.kind import Kind

# A layer to apply: its kind, and its fields under their full names.
Step = tuple["type[Kind]", dict[str, Any]]


class Undone(NamedTuple):
    """The layers that lead from a layer's output back to its input's shape.

    `is_exact` says that the values come back too. Without steps, `reason` says why.
    """

    steps: tuple[Step, ...] = ()
    is_exact: bool = False
    reason: str = ""
