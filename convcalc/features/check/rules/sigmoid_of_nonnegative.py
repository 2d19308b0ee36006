"""CC429 sigmoid-of-nonnegative."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from convcalc.core.errors import Problem
from convcalc.features.check.rules.base import Rule, Subject
from convcalc.features.check.rules.places import everywhere, value_ranges
from convcalc.kinds.activation_family import Activation
from convcalc.kinds.base.ranges import EVERYTHING
from convcalc.planning.plan_rows import Row


class SigmoidOfNonnegative(Rule):
    """A sigmoid of what is never negative: it never falls below 1/2.

    Why: a gate that cannot close, or a probability that is never below a half. The `relu` before it
    is one too many.

    Bad:

    ```yaml
    convcalc: 1
    input: [512]
    layers:
      - linear: 1
      - relu
      - sigmoid
    ```

    Good:

    ```yaml
    convcalc: 1
    input: [512]
    layers:
      - linear: 1
      - sigmoid
    ```

    Source: 1 / (1 + exp(-x)) >= 1/2 for x >= 0.
    """

    code: ClassVar[str] = "CC429"

    @classmethod
    def find(cls, subject: Subject) -> Iterator[Problem]:
        ranges = value_ranges(subject)

        def is_half(row: Row) -> bool:
            layer = row.node.layer
            x = ranges.get(row.inputs[0], EVERYTHING)
            return isinstance(layer, Activation) and layer.is_gate and x[0] >= 0

        for row in everywhere(subject, is_half, Activation):
            yield cls.at(
                row,
                f"`{row.name}` never falls below 1/2: `{row.inputs[0]}` is never negative",
                help="delete the activation before it",
            )


RULE = SigmoidOfNonnegative
