"""CC431 dropout-at-output."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from convcalc.core.errors import Problem
from convcalc.features.check.rules.base import Rule, Subject
from convcalc.features.check.rules.places import everywhere
from convcalc.kinds.identity_family import Dropout
from convcalc.planning.plan_rows import Row


class DropoutAtOutput(Rule):
    """Dropout as an output of the network.

    Why: in training it sets answers to zero at random and scales up the rest, so that the loss is
    taken of noise. It belongs before the last weighted layer.

    Bad:

    ```yaml
    convcalc: 1
    input: [512]
    layers:
      - linear: 10
      - dropout
    ```

    Good:

    ```yaml
    convcalc: 1
    input: [512]
    layers:
      - dropout
      - linear: 10
    ```

    Source: Srivastava et al. 2014, "Dropout", section 4: units of hidden and visible layers are
    dropped.
    """

    code: ClassVar[str] = "CC431"

    @classmethod
    def find(cls, subject: Subject) -> Iterator[Problem]:
        weighted = any(row.params for row in subject.rows)

        def is_output(row: Row) -> bool:
            layer = row.node.layer
            is_on = isinstance(layer, Dropout) and bool(layer.p)
            return is_on and weighted and row.name in subject.outputs and len(row.output) == 1

        for row in everywhere(subject, is_output, Dropout):
            yield cls.at(
                row,
                f"`{row.name}` drops answers of the network",
                help="put it before the last weighted layer",
            )


RULE = DropoutAtOutput
