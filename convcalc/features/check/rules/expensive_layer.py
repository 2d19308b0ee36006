"""CC420 expensive-layer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from convcalc.core.errors import Level, Problem
from convcalc.features.check.rules.base import Rule, Subject

# In a shallow network some layer always has the most.
_LEAST_LAYERS = 8


class ExpensiveLayer(Rule):
    """One layer with more than half of all MACs, in a network of eight weighted layers or more.

    Why: whatever is to be saved is saved there: fewer channels, a stride before it, or a separable
    convolution in its place. Some layer has to be the most expensive, so this one has to be
    selected.

    Bad:

    ```yaml
    convcalc: 1
    input: [3, 64, 64]
    blocks:
      relu_conv: {layers: [relu, {conv: {out: 64, k: 3, p: 1}}]}
    layers:
      - conv: {out: 64, k: 3, p: 1}
      - relu
      - conv: {out: 64, k: 9, p: 4}
      - {relu_conv: {}, repeat: 6}
    ```

    Good:

    ```yaml
    convcalc: 1
    input: [3, 64, 64]
    blocks:
      relu_conv: {layers: [relu, {conv: {out: 64, k: 3, p: 1}}]}
    layers:
      - conv: {out: 64, k: 3, p: 1}
      - relu
      - conv: {out: 64, k: 3, p: 1}
      - {relu_conv: {}, repeat: 6}
    ```

    Source: Amdahl 1967: what can be saved in a part is bounded by its share of the whole.
    """

    code: ClassVar[str] = "CC420"
    level: ClassVar[Level] = "info"
    is_default: ClassVar[bool] = False

    @classmethod
    def find(cls, subject: Subject) -> Iterator[Problem]:
        weighted = [row for row in subject.rows if row.macs]
        if len(weighted) < _LEAST_LAYERS:
            return
        total = sum(row.macs for row in weighted)
        row = max(weighted, key=lambda row: row.macs)
        if 2 * row.macs > total:
            yield cls.at(
                row,
                f"`{row.name}` has {100 * row.macs // total} % of all MACs",
                note=f"{row.macs:,} of {total:,}",
                help="use fewer channels, a smaller kernel, or a stride before it",
            )


RULE = ExpensiveLayer
