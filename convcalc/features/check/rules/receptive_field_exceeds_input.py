"""CC407 receptive-field-exceeds-input."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from convcalc.core.errors import Level, Problem
from convcalc.core.reach import Sliding
from convcalc.core.shapes import format_axes
from convcalc.features.check.rules.base import Rule, Subject


class ReceptiveFieldExceedsInput(Rule):
    """The first layer whose receptive field is larger than the input on every axis.

    Why: from there on every window holds padding, and more depth only mixes what was seen. Good
    classifiers do so on purpose, so this one has to be selected; for dense prediction and small
    inputs it is worth a look.

    Bad:

    ```yaml
    convcalc: 1
    input: [3, 8, 8]
    layers:
      - {conv: {out: 16, k: 3, p: 1}, repeat: 4}
    ```

    Good:

    ```yaml
    convcalc: 1
    input: [3, 16, 16]
    layers:
      - {conv: {out: 16, k: 3, p: 1}, repeat: 4}
    ```

    Source: Araujo, Norris & Sim, "Computing Receptive Fields" (Distill 2019).
    """

    code: ClassVar[str] = "CC407"
    level: ClassVar[Level] = "info"
    is_default: ClassVar[bool] = False

    @classmethod
    def find(cls, subject: Subject) -> Iterator[Problem]:
        if subject.plan is None:
            return
        for row in subject.rows:
            for seen in row.seen:
                name, shape = subject.plan.graph.input_at(seen.source)
                axes = seen.axes or ()
                if seen.whole or not axes or max(shape[1:]) == 1:
                    continue
                sizes = tuple(a.size for a in axes if isinstance(a, Sliding))
                if len(sizes) == len(axes) and all(map(int.__gt__, sizes, shape[1:])):
                    yield cls.at(
                        row,
                        f"from `{row.name}` on, a unit sees {format_axes(sizes)} pixels, "
                        f"more than `{name}` has ({format_axes(shape[1:])})",
                        help="`convcalc rf` lists the fields and their share of padding",
                    )
                    return


RULE = ReceptiveFieldExceedsInput
