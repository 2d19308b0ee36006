"""CC421 groups-never-mix."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from convcalc.core.errors import Level, Problem
from convcalc.features.check.rules.base import Rule, Subject
from convcalc.features.check.rules.places import everywhere, input_of, input_shape
from convcalc.kinds.conv import Conv
from convcalc.planning.plan_rows import Row

# Layers looked back over; more than any network puts between two convolutions.
_FARTHEST = 20


class GroupsNeverMix(Rule):
    """A grouped convolution that reads the very groups of another, with nothing to mix them.

    Why: each group goes on as a network of its own that hears nothing of the others. A
    `channel_shuffle`, or a 1x1 convolution over all channels, lets them speak. Pairs of depthwise
    convolutions are let be: they are one spatial filter in two steps.

    Bad:

    ```yaml
    convcalc: 1
    input: [32, 28, 28]
    layers:
      - conv: {out: 32, k: 3, p: 1, g: 4}
      - relu
      - conv: {out: 32, k: 3, p: 1, g: 4}
    ```

    Good:

    ```yaml
    convcalc: 1
    input: [32, 28, 28]
    layers:
      - conv: {out: 32, k: 3, p: 1, g: 4}
      - relu
      - channel_shuffle: 4
      - conv: {out: 32, k: 3, p: 1, g: 4}
    ```

    Source: Zhang et al., "ShuffleNet" (2018), section 3.1 and figure 1.
    """

    code: ClassVar[str] = "CC421"
    level: ClassVar[Level] = "info"

    @classmethod
    def find(cls, subject: Subject) -> Iterator[Problem]:
        def is_closed(row: Row) -> bool:
            return _before(subject, row) is not None

        for row in everywhere(subject, is_closed, Conv):
            before = _before(subject, row)
            assert before is not None
            yield cls.at(
                row,
                f"the {_groups(subject, row)} groups of `{row.name}` are those of `{before.name}`: "
                "nothing mixes them",
                help="put `channel_shuffle` or a 1x1 convolution between them",
            )


def _groups(subject: Subject, row: Row) -> int:
    layer = row.node.layer
    if not isinstance(layer, Conv):
        return 1
    return layer.group_count(input_shape(subject, row))


def _before(subject: Subject, row: Row) -> Row | None:
    """The grouped convolution whose groups `row` reads one by one."""
    groups = _groups(subject, row)
    if groups in (1, input_shape(subject, row)[0]):
        return None
    before = input_of(subject, row)
    for _ in range(_FARTHEST):
        if before is None or not before.node.layer.stays_in_channel():
            break
        before = input_of(subject, before)
    if before is None or not isinstance(before.node.layer, Conv):
        return None
    own = _groups(subject, before)
    # Groups of the one lie within groups of the other.
    return before if own > 1 and (own % groups == 0 or groups % own == 0) else None


RULE = GroupsNeverMix
