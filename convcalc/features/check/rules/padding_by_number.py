"""CC433 padding-by-number."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from convcalc.core.errors import Fix, Level, Problem
from convcalc.features.check.rules.base import FixKind, Rule, Subject
from convcalc.features.check.rules.edits import replace
from convcalc.features.check.rules.places import everywhere, input_shape, own_field, windows_of
from convcalc.kinds.conv import Conv
from convcalc.kinds.pool_family import AvgPool, MaxPool
from convcalc.planning.plan_rows import Row


class PaddingByNumber(Rule):
    """Padding written as the number that `half` stands for.

    Why: `p: half` still fits when the kernel changes. A matter of taste, so it has to be selected.

    Bad:

    ```yaml
    convcalc: 1
    input: [3, 32, 32]
    layers:
      - conv: {out: 16, k: 3, p: 1}
    ```

    Good:

    ```yaml
    convcalc: 1
    input: [3, 32, 32]
    layers:
      - conv: {out: 16, k: 3, p: half}
    ```

    Source: the format: `half` is floor(K / 2) on both sides, for an odd span K.
    """

    code: ClassVar[str] = "CC433"
    level: ClassVar[Level] = "info"
    is_default: ClassVar[bool] = False
    fix: ClassVar[FixKind] = "safe"

    @classmethod
    def find(cls, subject: Subject) -> Iterator[Problem]:
        def is_half(row: Row) -> bool:
            windows = windows_of(row, input_shape(subject, row))
            return all(w.span % 2 and w.before == w.after == w.span // 2 for w in windows)

        for row in everywhere(subject, is_half, Conv, MaxPool, AvgPool):
            given = own_field(row.node.template, "padding")
            if given is None or given.dynamic or given.value in (0, "half"):
                continue
            if isinstance(given.value, str):
                continue
            edit = replace(given.node, "half", subject.text)
            yield cls.at(
                given.node,
                f"the padding of `{row.name}` is half of its kernel",
                help=f"write `{given.written}: half`",
                fix=Fix(f"write `{given.written}: half`", (edit,)) if edit else None,
            )


RULE = PaddingByNumber
