"""CC417 layer-without-effect."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from convcalc.core.errors import Level, Problem
from convcalc.features.check.rules.base import Rule, Subject
from convcalc.features.check.rules.places import everywhere, input_shape
from convcalc.kinds.base import Kind
from convcalc.kinds.identity_family import Identity
from convcalc.planning.plan_rows import Row


class LayerWithoutEffect(Rule):
    """A layer that hands its input on as it is: a pool of one pixel, padding of 0, one bin a pixel.

    Why: it says that something happens here. In a block it is let be where another use of the block
    makes it work. `identity` says what it does.

    Bad:

    ```yaml
    convcalc: 1
    input: [64, 8, 8]
    layers:
      - global_avg_pool: {keepdim: true}
      - adaptive_avg_pool: 1
      - conv: {out: 16, k: 1}
    ```

    Good:

    ```yaml
    convcalc: 1
    input: [64, 8, 8]
    layers:
      - global_avg_pool: {keepdim: true}
      - conv: {out: 16, k: 1}
    ```

    Source: the definitions of the kinds (`convcalc explain adaptive_avg_pool`).
    """

    code: ClassVar[str] = "CC417"
    level: ClassVar[Level] = "info"

    @classmethod
    def find(cls, subject: Subject) -> Iterator[Problem]:
        def is_idle(row: Row) -> bool:
            layer = row.node.layer
            # An `identity` says itself that it does nothing.
            is_meant = isinstance(layer, Identity)
            return not is_meant and layer.hands_on(input_shape(subject, row))

        for row in everywhere(subject, is_idle, Kind):
            yield cls.at(
                row,
                f"`{row.name}` hands `{row.inputs[0]}` on as it is",
                help="delete it, or give it something to do",
            )


RULE = LayerWithoutEffect
