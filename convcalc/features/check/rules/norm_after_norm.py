"""CC430 norm-after-norm."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from convcalc.core.errors import Problem
from convcalc.features.check.rules.base import Rule, Subject
from convcalc.features.check.rules.places import everywhere, input_of, only_reader
from convcalc.planning.result import Row

_UNDONE_BY = {
    "batch_norm": frozenset({"batch_norm", "instance_norm"}),
    "instance_norm": frozenset({"instance_norm"}),
}


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
            return (
                before is not None
                and row.kind in _UNDONE_BY.get(before.kind, ())
                and only_reader(subject, before) is not None
            )

        for row in everywhere(subject, is_second, ("batch_norm", "instance_norm")):
            yield cls.at(
                row,
                f"`{row.name}` undoes `{row.inputs[0]}`, which no other layer reads",
                help="delete one of them",
            )


RULE = NormAfterNorm
