"""CC413 linear-after-linear."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from convcalc.core.errors import Problem
from convcalc.core.shapes import Shape
from convcalc.features.check.rules.base import Rule, Subject
from convcalc.features.check.rules.places import (
    everywhere,
    input_of,
    input_shape,
    only_reader,
)
from convcalc.kinds.conv import Conv
from convcalc.kinds.identity_family import PassedOn
from convcalc.kinds.linear import Linear
from convcalc.planning.plan_rows import Row


class LinearAfterLinear(Rule):
    """Two dense layers, or two ungrouped convolutions, with nothing between that is not linear.

    Why: together they are one such layer: the second adds parameters, and nothing that the first
    could not do. A pair that is narrow in the middle saves parameters and is let be, as are
    kernels split over the axes (1x7, 7x1) and the pairs of separable convolutions.

    Bad:

    ```yaml
    convcalc: 1
    input: [400]
    layers:
      - linear: 120
      - linear: 84
    ```

    Good:

    ```yaml
    convcalc: 1
    input: [400]
    layers:
      - linear: 120
      - relu
      - linear: 84
    ```

    Source: Goodfellow, Bengio & Courville, Deep Learning (2016), section 6.1: linear maps of linear
    maps are linear.
    """

    code: ClassVar[str] = "CC413"

    @classmethod
    def find(cls, subject: Subject) -> Iterator[Problem]:
        def is_merged(row: Row) -> bool:
            return _partner(subject, row) is not None

        for row in everywhere(subject, is_merged, Linear, Conv):
            before = _partner(subject, row)
            assert before is not None
            yield cls.at(
                row,
                f"`{before.name}` and `{row.name}` are one linear map: nothing stands between them",
                help="put an activation between them, or make one layer of both",
            )


def _partner(subject: Subject, row: Row) -> Row | None:
    """The layer before, of which `row` makes nothing new."""
    before = input_of(subject, row)
    while before is not None and isinstance(before.node.layer, PassedOn):
        if only_reader(subject, before) is None:
            return None
        before = input_of(subject, before)
    if before is None or before.kind != row.kind or only_reader(subject, before) is None:
        return None
    middle = before.output[0]
    if middle < min(input_shape(subject, before)[0], row.output[0]):
        return None
    first, second = before.node.layer, row.node.layer
    if isinstance(first, Conv) and isinstance(second, Conv):
        return (
            before
            if _is_plain_pair(first, second, input_shape(subject, before), before.output)
            else None
        )
    return before


def _is_plain_pair(first: Conv, second: Conv, x: Shape, middle: Shape) -> bool:
    """True where one convolution of the same size or less can stand for both.

    `x` is what the first reads, `middle` what the second does.
    """
    if first.groups != 1 or second.groups != 1:
        return False
    a, b = first.windows(x), second.windows(middle)
    # A 1x1 beside any kernel; two real kernels span more together than their own number of taps.
    is_pointwise = all(w.kernel == 1 for w in a) or all(w.kernel == 1 for w in b)
    return is_pointwise and all(w.stride == 1 for w in b)


RULE = LinearAfterLinear
