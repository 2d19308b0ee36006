"""CC313 divisor-override-differs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from convcalc.core.errors import Level, Problem
from convcalc.features.check.rules.base import Rule, Subject
from convcalc.features.check.rules.places import sites
from convcalc.kinds.pool_family import AvgPool


class DivisorOverrideDiffers(Rule):
    """An average pool with a divisor of its own.

    Why: only PyTorch has `divisor_override`; ONNX and Keras have no such attribute, and PyTorch's
    exporter gives up.

    Bad:

    ```yaml
    convcalc: 1
    input: [16, 32, 32]
    layers:
      - avg_pool: {k: 2, divisor_override: 1}
    ```

    Good:

    ```yaml
    convcalc: 1
    input: [16, 32, 32]
    layers:
      - avg_pool: 2
    ```

    Source: PyTorch's AvgPool2d, divisor_override; ONNX's AveragePool.
    """

    code: ClassVar[str] = "CC313"
    level: ClassVar[Level] = "info"

    @classmethod
    def find(cls, subject: Subject) -> Iterator[Problem]:
        for site in sites(subject, AvgPool):
            if site.layer.divisor_override is not None:
                yield cls.at(
                    site.row,
                    f"only PyTorch can divide the windows of `{site.row.name}` by another number",
                    help="leave it out, and `scale` the result",
                    field="divisor_override",
                )


RULE = DivisorOverrideDiffers
