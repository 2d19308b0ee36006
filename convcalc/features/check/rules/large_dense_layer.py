"""CC419 large-dense-layer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from convcalc.core.errors import Level, Problem
from convcalc.core.shapes import format_shape
from convcalc.features.check.rules.base import Rule, Subject
from convcalc.features.check.rules.places import input_of, sites
from convcalc.kinds.identity_family import PassedOn
from convcalc.kinds.linear import Linear
from convcalc.kinds.reshape_family import Flatten

# Small networks may spend their parameters as they like.
_LEAST = 1_000_000


class LargeDenseLayer(Rule):
    """A dense layer behind a flattened map that has more than half of all parameters.

    Why: it is the first thing to shrink, and it fixes the size of the input. A global pool in its
    place has no parameters and takes any size.

    Bad:

    ```yaml
    convcalc: 1
    input: [256, 14, 14]
    layers:
      - conv: {out: 256, k: 3, p: 1}
      - relu
      - flatten
      - linear: 1024
    ```

    Good:

    ```yaml
    convcalc: 1
    input: [256, 14, 14]
    layers:
      - conv: {out: 256, k: 3, p: 1}
      - relu
      - global_avg_pool
      - linear: 1024
    ```

    Source: Lin, Chen & Yan, "Network In Network" (2014), section 3.2.
    """

    code: ClassVar[str] = "CC419"
    level: ClassVar[Level] = "info"

    @classmethod
    def find(cls, subject: Subject) -> Iterator[Problem]:
        total = sum(row.params for row in subject.rows)
        if total < _LEAST:
            return
        for site in sites(subject, Linear):
            row = site.row
            if 2 * row.params <= total:
                continue
            before = input_of(subject, row)
            while before is not None and isinstance(before.node.layer, PassedOn):
                before = input_of(subject, before)
            if before is None or not isinstance(before.node.layer, Flatten):
                continue
            source = input_of(subject, before)
            shape = source.output if source is not None else subject.inputs[before.inputs[0]]
            if any(size > 1 for size in shape[1:]):
                pooled = shape[0] * row.output[0] + row.params - row.output[0] * site.x[0]
                yield cls.at(
                    row,
                    f"`{row.name}` has {100 * row.params // total} % of all parameters",
                    note=f"{row.params:,} of {total:,}: it reads all of {format_shape(shape)}",
                    help=f"with `global_avg_pool` before it it would have {pooled:,}",
                )


RULE = LargeDenseLayer
