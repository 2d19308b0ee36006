"""CC430 norm-after-norm."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from convcalc.core.errors import Problem
from convcalc.features.check.rules.base import Rule, Subject
from convcalc.features.check.rules.places import everywhere, input_of, only_reader
from convcalc.kinds.norm_family import BatchNorm, InstanceNorm
from convcalc.planning.plan_rows import Row


class NormAfterNorm(Rule):
    """A norm that only reads a norm whose scale and shift it takes out again.

    Why: batch and instance norms divide each channel by its deviation and subtract its mean,
    whatever a batch norm before them did to it. The first one is paid for without effect.

    Bad:

    ```yaml
    convcalc: 1
    input: [16, 32, 32]
    layers:
      - batch_norm
      - batch_norm
      - relu
    ```

    Good:

    ```yaml
    convcalc: 1
    input: [16, 32, 32]
    layers:
      - batch_norm
      - relu
    ```

    Source: Ioffe & Szegedy 2015, section 3: the normalised value does not depend on a scale or
    shift of its input.
    """

    code: ClassVar[str] = "CC430"

    @classmethod
    def find(cls, subject: Subject) -> Iterator[Problem]:
        def is_second(row: Row) -> bool:
            before = input_of(subject, row)
            if before is None or only_reader(subject, before) is None:
                return False
            first, second = before.node.layer, row.node.layer
            # Either takes out what a batch norm scales and shifts; what an instance norm does to
            # each sample, only another one.
            return isinstance(first, BatchNorm) or (
                isinstance(first, InstanceNorm) and isinstance(second, InstanceNorm)
            )

        for row in everywhere(subject, is_second, BatchNorm, InstanceNorm):
            yield cls.at(
                row,
                f"`{row.name}` undoes `{row.inputs[0]}`, which no other layer reads",
                help="delete one of them",
            )


RULE = NormAfterNorm
