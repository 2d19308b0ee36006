"""CC416 softmax-of-one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from convcalc.core.errors import Level, Problem
from convcalc.features.check.rules.base import Rule, Subject
from convcalc.features.check.rules.places import sites
from convcalc.kinds.base.moving import axis_of
from convcalc.kinds.softmax_family import LogSoftmax, Softmax


class SoftmaxOfOne(Rule):
    """A softmax over a single channel or position: it gives 1 whatever comes in.

    Why: exp(x) / exp(x) = 1, so nothing before it is ever learnt. A yes-or-no answer in one channel
    wants a sigmoid.

    Bad:

    ```yaml
    convcalc: 1
    input: [512]
    layers:
      - linear: 1
      - softmax
    ```

    Good:

    ```yaml
    convcalc: 1
    input: [512]
    layers:
      - linear: 1
      - sigmoid
    ```

    Source: the definition of softmax.
    """

    code: ClassVar[str] = "CC416"
    level: ClassVar[Level] = "error"

    @classmethod
    def find(cls, subject: Subject) -> Iterator[Problem]:
        for site in sites(subject, Softmax, LogSoftmax):
            axis = axis_of(site.layer.axis, site.x, site.layer.kind)
            if site.x[axis] == 1:
                constant = 1 if isinstance(site.layer, Softmax) else 0
                shared = "positions" if axis else "channels"
                yield cls.at(
                    site.row,
                    f"`{site.row.name}` gives {constant} everywhere: "
                    f"it has one {shared.removesuffix('s')} to share",
                    help=f"use `sigmoid`, or two {shared}",
                )


RULE = SoftmaxOfOne
