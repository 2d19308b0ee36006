"""CC434 untold-figures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from convcalc.core.errors import Problem
from convcalc.core.text import listed
from convcalc.features.check.rules.base import Rule, Subject

# The field that declares a figure; other figures cannot be declared.
_FIELDS = {"params": "params", "buffers": "buffers", "macs": "macs", "receptive_field": "reads"}


class UntoldFigures(Rule):
    """A layer that does not tell what it costs or what it reads.

    Why: every total that such a figure belongs to is a lower bound, every field behind the layer
    an upper one, and no budget can be held to either. What is declared is believed.

    Bad:

    ```yaml
    convcalc: 1
    input: [64, 32, 32]
    layers:
      - conv: {out: 64, k: 3, p: 1}
      - opaque: {output: [64, 32, 32], params: 36864}
    ```

    Good:

    ```yaml
    convcalc: 1
    input: [64, 32, 32]
    layers:
      - conv: {out: 64, k: 3, p: 1}
      - opaque:
          {output: [64, 32, 32], params: 36864, buffers: 0, macs: 37748736, reads: {k: 3, p: 1}}
    ```

    Source: the conventions that a plan states; what nobody tells cannot be counted.
    """

    code: ClassVar[str] = "CC434"

    @classmethod
    def find(cls, subject: Subject) -> Iterator[Problem]:
        for row in subject.rows:
            lacking = [f"`{_FIELDS[figure]}`" for figure in row.unknown if figure in _FIELDS]
            if lacking:
                told = listed(lacking, "and")
                help = f"declare {told}, or write the layers it stands for"
                if not subject.network.is_text:
                    help = f"`convcalc import` makes a network file of the model: {help} there"
                yield cls.at(
                    row,
                    f"`{row.name}` does not tell its {told}",
                    note="totals are lower bounds, and fields behind it upper ones",
                    help=help,
                )


RULE = UntoldFigures
