"""CC405 bias-before-norm."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from convcalc.errors import Problem
from convcalc.rules.base import Rule, Subject

_NORMS = frozenset({"batch_norm", "instance_norm"})


class BiasBeforeNorm(Rule):
    """A convolution or dense layer with a bias whose only reader subtracts each channel's mean.

    Why: the norm takes the bias out again, so its numbers are learnt, stored and added for
    nothing; the norm's own shift does that work.

    Bad:

    ```yaml
    convcalc: 1
    input: [3, 32, 32]
    layers:
      - conv: {out: 16, k: 3}
      - batch_norm
    ```

    Good:

    ```yaml
    convcalc: 1
    input: [3, 32, 32]
    layers:
      - conv: {out: 16, k: 3, bias: false}
      - batch_norm
    ```

    Source: Ioffe & Szegedy 2015, section 3.2.
    """

    code: ClassVar[str] = "CC405"

    @classmethod
    def find(cls, subject: Subject) -> Iterator[Problem]:
        for row in subject.rows:
            if not getattr(row.node.layer, "bias", False) or row.name in subject.outputs:
                continue
            readers = subject.readers.get(row.name, ())
            if readers and all(reader.kind in _NORMS for reader in readers):
                unused = row.output[0]
                yield cls.at(
                    row,
                    f"the bias of `{row.kind}` is taken out by `{readers[0].name}` after it",
                    note=f"{unused} learnt numbers without effect",
                    help="write `bias: false`",
                )


RULE = BiasBeforeNorm
