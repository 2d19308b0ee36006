"""CC415 softmax-inside."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from convcalc.core.errors import Problem
from convcalc.features.check.rules.base import Rule, Subject
from convcalc.features.check.rules.places import everywhere
from convcalc.kinds.softmax_family import Shares
from convcalc.planning.plan_rows import Row

_TAKERS = ("product", "norm", "activation")


class SoftmaxInside(Rule):
    """A softmax that a weighted layer, a norm or another activation reads.

    Why: it is made for the end of a network. Inside, it squeezes the map to shares of 1, and its
    gradient vanishes; a softmax of a softmax can hardly tell classes apart. Where shares are what
    is wanted, nothing is said: as the weights of an attention they are read by `mul`, and a layer
    of one output channel takes their mean, as the box heads of YOLO do.

    Bad:

    ```yaml
    convcalc: 1
    input: [512]
    layers:
      - linear: 10
      - softmax
      - log_softmax
    ```

    Good:

    ```yaml
    convcalc: 1
    input: [512]
    layers:
      - linear: 10
      - log_softmax
    ```

    Source: PyTorch's CrossEntropyLoss, which wants unnormalised logits; Bridle 1990 for its place;
    Li et al. 2020, Generalized Focal Loss, for the mean of shares.
    """

    code: ClassVar[str] = "CC415"

    @classmethod
    def find(cls, subject: Subject) -> Iterator[Problem]:
        def is_read_on(row: Row) -> bool:
            readers = subject.readers.get(row.name, ())
            return any(map(_loses_shares, readers))

        for row in everywhere(subject, is_read_on, Shares):
            reader = next(r for r in subject.readers[row.name] if _loses_shares(r))
            yield cls.at(
                row,
                f"`{row.name}` stands inside of the network: `{reader.name}` reads its shares",
                help="move it to the end or delete it, unless the shares themselves are meant",
            )


def _loses_shares(row: Row) -> bool:
    """True where a row makes something else of shares than a weighted mean."""
    role = row.node.layer.role
    # One sum of shares times weights is the weights' expected value.
    return role in _TAKERS and not (role == "product" and row.output[0] == 1)


RULE = SoftmaxInside
