"""CC412 activation-without-effect."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from convcalc.core.errors import Fix, Problem
from convcalc.features.check.rules.base import FixKind, Rule, Subject
from convcalc.features.check.rules.places import deleted, everywhere, value_ranges
from convcalc.kinds.base import LayerKind
from convcalc.kinds.base.ranges import EVERYTHING, NEVER_NEGATIVE, lies_within
from convcalc.planning.plan_rows import Row


class ActivationWithoutEffect(Rule):
    """An activation that changes nothing, whatever the weights: `relu` of what is never negative.

    Why: it was written twice, or stands where the one before it made it useless. Pools, dropout,
    sums and concatenations of such maps are followed.

    Bad:

    ```yaml
    convcalc: 1
    input: [3, 32, 32]
    layers:
      - conv: {out: 16, k: 3}
      - relu
      - max_pool: 2
      - relu
    ```

    Good:

    ```yaml
    convcalc: 1
    input: [3, 32, 32]
    layers:
      - conv: {out: 16, k: 3}
      - relu
      - max_pool: 2
    ```

    Source: max(max(x, 0), 0) = max(x, 0).
    """

    code: ClassVar[str] = "CC412"
    fix: ClassVar[FixKind] = "safe"

    @classmethod
    def find(cls, subject: Subject) -> Iterator[Problem]:
        ranges = value_ranges(subject)

        def is_idle(row: Row) -> bool:
            unchanged = row.node.layer.passes_unchanged()
            x = ranges.get(row.inputs[0], EVERYTHING)
            return unchanged is not None and lies_within(x, unchanged)

        for row in everywhere(subject, is_idle, LayerKind):
            is_half = row.node.layer.passes_unchanged() == NEVER_NEGATIVE
            why = "is never negative" if is_half else "is within its limits already"
            edit = deleted(subject, row.node.template)
            yield cls.at(
                row,
                f"`{row.name}` changes nothing: `{row.inputs[0]}` {why}",
                help="delete it, or put the layer between that is missing",
                fix=Fix(f"delete `{row.kind}`", (edit,)) if edit else None,
            )


RULE = ActivationWithoutEffect
