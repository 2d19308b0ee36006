"""CC414 dropout-before-batch-norm."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from convcalc.core.errors import Level, Problem
from convcalc.features.check.rules.base import Rule, Subject
from convcalc.features.check.rules.places import everywhere
from convcalc.kinds.identity_family import Dropout
from convcalc.kinds.norm_family import BatchNorm
from convcalc.planning.plan_rows import Row


class DropoutBeforeBatchNorm(Rule):
    """Dropout before a batch norm, with at most a convolution or dense layer between them.

    Why: dropout changes the variance between training and inference, and the norm divides by the
    one that it saw in training. Networks with both lose accuracy for it, unless dropout stands
    behind the last norm.

    Bad:

    ```yaml
    convcalc: 1
    input: [512]
    layers:
      - dropout
      - linear: {out: 256, bias: false}
      - batch_norm
      - relu
      - linear: 10
    ```

    Good:

    ```yaml
    convcalc: 1
    input: [512]
    layers:
      - linear: {out: 256, bias: false}
      - batch_norm
      - relu
      - dropout
      - linear: 10
    ```

    Source: Li, Chen, Hu & Yang, "Understanding the Disharmony between Dropout and Batch
    Normalization by Variance Shift" (CVPR 2019).
    """

    code: ClassVar[str] = "CC414"
    level: ClassVar[Level] = "info"

    @classmethod
    def find(cls, subject: Subject) -> Iterator[Problem]:
        def is_before(row: Row) -> bool:
            layer = row.node.layer
            is_on = isinstance(layer, Dropout) and bool(layer.p)
            return is_on and _norm(subject, row) is not None

        for row in everywhere(subject, is_before, Dropout):
            norm = _norm(subject, row)
            assert norm is not None
            yield cls.at(
                row,
                f"`{row.name}` shifts the variance that `{norm.name}` divides by",
                help="put the dropout behind the last norm, or leave one of them out",
            )


def _norm(subject: Subject, row: Row) -> Row | None:
    """The batch norm that the row leads to, past one layer with weights at most."""
    weighted = 0
    while True:
        readers = subject.readers.get(row.name, ())
        if len(readers) != 1:
            return None
        row = readers[0]
        layer = row.node.layer
        if isinstance(layer, BatchNorm):
            return row
        weighted += layer.role == "product"
        is_passed = layer.is_view or layer.role in ("product", "activation")
        if not is_passed or weighted > 1:
            return None


RULE = DropoutBeforeBatchNorm
