"""CC411 channels-not-multiple-of-8."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from convcalc.core.errors import Level, Problem
from convcalc.features.check.rules.base import Rule, Subject
from convcalc.features.check.rules.places import sites
from convcalc.kinds.conv import Conv
from convcalc.kinds.conv_transpose import ConvTranspose
from convcalc.kinds.linear import Linear

# Fewer channels fill no matrix unit anyway.
_LEAST = 64


class ChannelsNotMultipleOf8(Rule):
    """A wide layer whose number of output channels 8 does not divide; outputs excepted.

    Why: matrix units take half-precision numbers eight at a time, and the rest is padded or takes
    a slower path. It has to be selected, for networks that are to run so.

    Bad:

    ```yaml
    convcalc: 1
    input: [3, 32, 32]
    layers:
      - conv: {out: 100, k: 3}
      - relu
      - conv: {out: 10, k: 1}
    ```

    Good:

    ```yaml
    convcalc: 1
    input: [3, 32, 32]
    layers:
      - conv: {out: 104, k: 3}
      - relu
      - conv: {out: 10, k: 1}
    ```

    Source: NVIDIA, "Deep Learning Performance: Convolutional Layers User's Guide", on channels.
    """

    code: ClassVar[str] = "CC411"
    level: ClassVar[Level] = "info"
    is_default: ClassVar[bool] = False

    @classmethod
    def find(cls, subject: Subject) -> Iterator[Problem]:
        for site in sites(subject, Conv, ConvTranspose, Linear):
            channels = site.row.output[0]
            if channels < _LEAST or channels % 8 == 0 or site.row.name in subject.outputs:
                continue
            low = channels // 8 * 8
            yield cls.at(
                site.row,
                f"8 does not divide the {channels} channels of `{site.row.name}`",
                note=f"{channels} mod 8 = {channels % 8}",
                help=f"use {low} or {low + 8}",
            )


RULE = ChannelsNotMultipleOf8
