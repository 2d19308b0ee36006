"""CC422 group-norm-of-channels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from convcalc.core.errors import Level, Problem
from convcalc.features.check.rules.base import Rule, Subject
from convcalc.features.check.rules.places import sites
from convcalc.kinds.norm_family import GroupNorm


class GroupNormOfChannels(Rule):
    """A group norm with as many groups as channels, which is an instance norm.

    Why: it is another method under a misleading name, and mostly comes of a number of channels that
    shrank.

    Bad:

    ```yaml
    convcalc: 1
    input: [32, 28, 28]
    layers:
      - group_norm: 32
    ```

    Good:

    ```yaml
    convcalc: 1
    input: [32, 28, 28]
    layers:
      - group_norm: 8
    ```

    Source: Wu & He, "Group Normalization" (2018), section 3; PyTorch's GroupNorm.
    """

    code: ClassVar[str] = "CC422"
    level: ClassVar[Level] = "info"

    @classmethod
    def find(cls, subject: Subject) -> Iterator[Problem]:
        for site in sites(subject, GroupNorm):
            layer = site.layer
            positions = len(site.x) > 1 and max(site.x[1:]) > 1
            if layer.groups == site.x[0] > 1 and positions:
                affine = "{affine: true}" if layer.affine else "{affine: false}"
                yield cls.at(
                    site.row,
                    f"`{site.row.name}` has a group for each of its {site.x[0]} channels",
                    help=f"use fewer groups, or say `instance_norm: {affine}`",
                    field="groups",
                )


RULE = GroupNormOfChannels
