"""CC304 adaptive-not-a-factor."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from convcalc.core.errors import Level, Problem
from convcalc.features.check.rules.base import Rule, Subject
from convcalc.features.check.rules.places import along, sites
from convcalc.kinds.adaptive_family import AdaptivePool


class AdaptiveNotAFactor(Rule):
    """An adaptive pool whose number of bins does not divide the map.

    Why: its bins overlap and no pool with a fixed kernel equals it, so that PyTorch's exporter to
    ONNX refuses it, and Keras has none.

    Bad:

    ```yaml
    convcalc: 1
    input: [64, 12, 12]
    layers:
      - adaptive_avg_pool: 7
    ```

    Good:

    ```yaml
    convcalc: 1
    input: [64, 14, 14]
    layers:
      - adaptive_avg_pool: 7
    ```

    Source: PyTorch's ONNX exporter ("output size that are not factor of input size");
    pytorch/pytorch#42653.
    """

    code: ClassVar[str] = "CC304"
    level: ClassVar[Level] = "info"

    @classmethod
    def find(cls, subject: Subject) -> Iterator[Problem]:
        for site in sites(subject, AdaptivePool):
            bins = site.layer.bins(site.x)
            sizes = list(zip(site.x[1:], bins, strict=True))
            axes = [i for i, (size, n) in enumerate(sizes) if size % n]
            if not axes:
                continue
            size, n = sizes[axes[0]]
            where = along(axes, len(bins))
            yield cls.at(
                site.row,
                f"{n} bins do not divide the {size} pixels of `{site.row.name}`{where}",
                note=f"{size} mod {n} = {size % n}: bins overlap, and an export to ONNX fails",
                help="use a divisor, or an input that makes it one",
            )


RULE = AdaptiveNotAFactor
