"""CC409 gridding-holes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from convcalc.core.errors import Problem
from convcalc.features.check.rules.base import Rule, Subject
from convcalc.features.check.rules.places import by_name, sites
from convcalc.kinds.conv import Conv
from convcalc.kinds.pool_family import MaxPool


class GriddingHoles(Rule):
    """Dilated convolutions that leave pixels out: a unit's field has holes in a regular grid.

    Why: neighbouring outputs read disjoint sets of pixels, which shows as a grid in dense
    prediction. The test is exact, across strides and branches; dilations that grow too fast, or
    are equal in a row, are the usual cause.

    Bad:

    ```yaml
    convcalc: 1
    input: [3, 64, 64]
    layers:
      - {conv: {out: 16, k: 3, d: 2, p: 2}, repeat: 3}
    ```

    Good:

    ```yaml
    convcalc: 1
    input: [3, 64, 64]
    layers:
      - {conv: {out: 16, k: 3, p: same}, each: {d: [1, 2, 3]}}
    ```

    Source: Wang et al., "Understanding Convolution for Semantic Segmentation" (2018); Yu, Koltun &
    Funkhouser, "Dilated Residual Networks" (2017).
    """

    code: ClassVar[str] = "CC409"

    @classmethod
    def find(cls, subject: Subject) -> Iterator[Problem]:
        dilated = any(
            window.span > window.kernel
            for site in sites(subject, Conv, MaxPool)
            for window in site.windows
        )
        if subject.plan is None or subject.plan.unfollowed or not dilated:
            return
        from convcalc.features.rf import field_report

        report = field_report(subject.plan.graph)
        for verdict in report.verdicts:
            if verdict.slug == "gridding-holes" and verdict.layers:
                yield cls.at(
                    by_name(subject)[verdict.layers[-1]],
                    f"the field of `{verdict.layers[-1]}` has holes",
                    note=verdict.message,
                    help=verdict.help,
                )


RULE = GriddingHoles
