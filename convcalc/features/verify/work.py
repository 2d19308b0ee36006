"""What a verification may cost: one budget of steps, from which everything that runs is taken.

A step is one number computed, moved or drawn; some nanoseconds. What does not fit into what is
left is not begun, and said to be left out.
"""

from __future__ import annotations

from math import prod

from convcalc.core.errors import LayerError
from convcalc.core.shapes import elements
from convcalc.core.text import count
from convcalc.features.verify.report import LIMIT, MOST_STEPS, Check
from convcalc.kinds.base import Facts, LayerKind
from convcalc.kinds.base.copies import Copy

# Multiplies that a product of matrices makes in the time of one step.
AT_ONCE = 16
# What a check takes however small its layer is, and a tap of a kernel that is gone through.
A_CHECK = 200_000
A_TAP = 100_000
# What an input of a merge takes however small it is: an array is made, filled and joined.
AN_INPUT = 20_000


class Budget:
    """Steps that are left."""

    def __init__(self, steps: int = MOST_STEPS) -> None:
        self.left = self.most = steps

    def takes(self, steps: int) -> bool:
        """True where so many are left; they are gone then.

        >>> budget = Budget(10)
        >>> budget.takes(7), budget.takes(7), budget.takes(3)
        (True, False, True)
        """
        if steps > self.left:
            return False
        self.left -= steps
        return True

    def left_out(self, name: str, steps: int) -> Check:
        """The check that was not made because it takes so many."""
        return Check(name, f"{count(steps)} steps", "left out", None, self.excuse)

    @property
    def excuse(self) -> str:
        """Why something was not begun, and what helps."""
        return (
            f"more work than is left of {count(self.most)} steps; "
            f"raise {LIMIT}, or choose layers by --layer"
        )


def steps_of(facts: Facts, copy: Copy, batch: int = 1) -> int:
    """About how many steps running a layer takes, with drawing what it runs on."""
    moved = sum(map(elements, copy.inputs)) + elements(facts.output) + sum(facts.work)
    return (moved + facts.macs // AT_ONCE) * batch + facts.params + facts.buffers


def steps_of_copy(copy: Copy) -> int:
    """The same of a copy, which may have fields that a file could not have."""
    try:
        return steps_of(copy.layer.facts(copy.inputs), copy)
    except LayerError:
        return sum(map(elements, copy.inputs))


def steps_of_law(copy: Copy, runs: int) -> int:
    """The same of a law that runs the copy so many times, and goes through its taps."""
    layer = copy.layer
    windows = layer.windows(copy.inputs[0]) if isinstance(layer, LayerKind) else ()
    return A_CHECK + runs * steps_of_copy(copy) + A_TAP * prod(w.kernel for w in windows)
