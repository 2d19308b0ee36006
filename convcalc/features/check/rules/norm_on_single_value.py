"""CC406 norm-on-single-value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from convcalc.core.errors import Problem
from convcalc.features.check.rules.base import Rule, Subject
from convcalc.features.check.rules.places import sites
from convcalc.kinds.norm_family import BatchNorm, Norm


class NormOnSingleValue(Rule):
    """A norm whose mean is taken over one value: of a map of one pixel, or of one channel.

    Why: a value less its own mean is 0, so a group or layer norm there gives a constant. A batch
    norm over a map of one pixel has one value a sample: PyTorch stops with "Expected more than 1
    value per channel when training" where a batch, or the last batch, holds a single sample.
    Vectors are let be.

    Bad:

    ```yaml
    convcalc: 1
    input: [64, 8, 8]
    layers:
      - global_avg_pool: {keepdim: true}
      - conv: {out: 16, k: 1, bias: false}
      - batch_norm
    ```

    Leave the norm out there, or normalise over channels:

    Good:

    ```yaml
    convcalc: 1
    input: [64, 8, 8]
    layers:
      - global_avg_pool: {keepdim: true}
      - conv: {out: 16, k: 1}
      - relu
    ```

    Source: PyTorch's functional.batch_norm; open-mmlab/mmsegmentation#272.
    """

    code: ClassVar[str] = "CC406"

    @classmethod
    def find(cls, subject: Subject) -> Iterator[Problem]:
        for batch in sites(subject, BatchNorm):
            if set(batch.x[1:]) == {1}:
                yield cls.at(
                    batch.row,
                    f"`{batch.row.name}` has one value a channel and sample, "
                    "so that training on a batch of 1 fails",
                    help="leave it out, use `layer_norm: channels`, or drop the last batch",
                )
        for site in sites(subject, Norm):
            if site.layer.values_per_mean(site.x) == 1:
                yield cls.at(
                    site.row,
                    f"`{site.row.name}` takes its means over a single value and gives a constant",
                    note="a value less its own mean is 0",
                    help="use fewer groups, or leave it out",
                )


RULE = NormOnSingleValue
