"""Integers of few bits, of which a network's numbers may be out of reach."""

from __future__ import annotations

from convcalc.importers.building import Builder
from convcalc.importers.placing import NoRuleError
from convcalc.importers.tensor_views import View
from convcalc.kinds.base.ranges import lies_within

# The least and the greatest integer of a type; more bits hold whatever is calculated.
ENDS: dict[object, tuple[int, int]] = {
    **{f"uint{bits}": (0, (1 << bits) - 1) for bits in (4, 8, 16)},
    **{f"int{bits}": (-1 << bits - 1, (1 << bits - 1) - 1) for bits in (4, 8, 16)},
}


def check_reach(builder: Builder, x: View, element: object) -> None:
    """Raises NoRuleError for reals that become integers of a type, and may lie beyond them.

    What comes of those is left open: PyTorch counts on from the other end, on most processors.
    """
    ends = ENDS.get(element)
    if ends is not None and not lies_within(builder.values(x.at), ends):
        raise NoRuleError(f"its numbers may be beyond {element}: {ends[0]:,} to {ends[1]:,}")
