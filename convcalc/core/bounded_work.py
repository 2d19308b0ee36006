"""Work that a file or a question asks for, and an end to it.

A short file can ask for more than a computer can do: blocks that use blocks, patterns that repeat
after millions of units, a field for each of thousands of inputs in each of thousands of layers.
Whatever grows so draws steps from a `Budget`, and whoever knows the place says what is refused.
"""

from __future__ import annotations


class WorkError(Exception):
    """More steps were asked for than the budget had."""


class Budget:
    """A number of steps. One is about what Python does in a microsecond: a look-up, a sum, an
    entry of a table.

    >>> budget = Budget(5)
    >>> budget.spend(3)
    >>> budget.spent, budget.has(2), budget.has(3)
    (3, True, False)
    """

    __slots__ = ("limit", "spent")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.spent = 0

    def spend(self, steps: int) -> None:
        """Takes so many steps. Raises WorkError where they are more than are left."""
        self.spent += steps
        if self.spent > self.limit:
            raise WorkError(f"more than {self.limit:,} steps")

    def has(self, steps: int) -> bool:
        """True where so many steps are left."""
        return self.spent + steps <= self.limit
