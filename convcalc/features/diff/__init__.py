"""Two networks side by side: which layers came, went or changed, and what that does to the sums."""

from __future__ import annotations

from convcalc.features.diff.changes import compare
from convcalc.features.diff.values import Change, Difference, Figure

__all__ = ["Change", "Difference", "Figure", "compare"]
