"""CC415 softmax-inside."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from convcalc.core.errors import Problem
from convcalc.features.check.rules.base import Rule, Subject
from convcalc.features.check.rules.places import everywhere
from convcalc.planning.result import Row

_TAKERS = frozenset(
    {"linear", "conv", "batch_norm", "softmax", "log_softmax", "relu", "sigmoid", "tanh"}
)


class SoftmaxInside(Rule):
    """A softmax that a weighted layer, a norm or another activation reads.

    Why: it is made for the end of a network. Inside, it squeezes the map to shares of 1, and its
    gradient vanishes; a softmax of a softmax can hardly tell classes apart. As the weight of an
    attention it is read by `mul`, and nothing is said.

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

    Source: PyTorch's CrossEntropyLoss, which wants unnormalised logits; Bridle 1990 for its place.
    """

    code: ClassVar[str] = "CC415"

    @classmethod
    def find(cls, subject: Subject) -> Iterator[Problem]:
        def is_read_on(row: Row) -> bool:
            readers = subject.readers.get(row.name, ())
            return any(reader.kind in _TAKERS for reader in readers)

        for row in everywhere(subject, is_read_on, ("softmax", "log_softmax")):
            reader = next(r for r in subject.readers[row.name] if r.kind in _TAKERS)
            yield cls.at(
                row,
                f"`{row.name}` stands inside of the network: `{reader.name}` reads its shares",
                help="delete it, or move it to the end",
            )


RULE = SoftmaxInside
