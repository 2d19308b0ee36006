"""CC416 softmax-of-one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from convcalc.core.errors import Level, Problem
from convcalc.features.check.rules.base import Rule, Subject
from convcalc.features.check.rules.places import sites
from convcalc.kinds.softmax_family import LogSoftmax, Softmax


class SoftmaxOfOne(Rule):
    """A softmax over a single channel: it gives 1 whatever comes in.

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

    Source: the definition of softmax over the channels.
    """

    code: ClassVar[str] = "CC416"
    level: ClassVar[Level] = "error"

    @classmethod
    def find(cls, subject: Subject) -> Iterator[Problem]:
        for site in sites(subject, Softmax, LogSoftmax):
            if site.x[0] == 1:
                constant = 1 if isinstance(site.layer, Softmax) else 0
                yield cls.at(
                    site.row,
                    f"`{site.row.name}` gives {constant} everywhere: it has one channel to share",
                    help="use `sigmoid`, or two channels",
                )


RULE = SoftmaxOfOne
