"""CC215 repeated-merge-input."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import ClassVar

from convcalc.core.errors import Problem
from convcalc.features.check.rules.base import Rule, Subject
from convcalc.features.check.rules.places import everywhere
from convcalc.kinds.base import MergeKind
from convcalc.planning.plan_rows import Row


class RepeatedMergeInput(Rule):
    """A merge that reads one layer twice.

    Why: it doubles what it should join; a skip connection that leads nowhere looks just so.
    `mul` is let be: a square can be meant.

    Bad:

    ```yaml
    convcalc: 1
    input: [16, 32, 32]
    layers:
      - {conv: {out: 16, k: 3, p: 1}, name: main}
      - add: [main, prev]
    ```

    Good:

    ```yaml
    convcalc: 1
    input: [16, 32, 32]
    layers:
      - {conv: {out: 16, k: 3, p: 1}, name: main}
      - add: [main, input]
    ```

    Source: He et al. 2016: a shortcut joins a block's input to its output.
    """

    code: ClassVar[str] = "CC215"

    @classmethod
    def find(cls, subject: Subject) -> Iterator[Problem]:
        for row in everywhere(subject, _reads_twice, MergeKind):
            name = next(name for name, count in Counter(row.inputs).items() if count > 1)
            yield cls.at(
                row,
                f"`{row.name}` reads `{name}` twice",
                note=row.node.layer.twice,
                help="name the other layer that was meant, or leave one out",
                field="inputs",
            )


def _reads_twice(row: Row) -> bool:
    if not row.node.layer.twice:
        return False
    return len(set(row.node.inputs)) < len(row.node.inputs)


RULE = RepeatedMergeInput
