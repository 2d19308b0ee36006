"""CC405 bias-before-norm."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from convcalc.core.errors import Fix, Problem
from convcalc.core.text import in_words
from convcalc.features.check.rules.base import FixKind, Rule, Subject
from convcalc.features.check.rules.edits import set_field
from convcalc.features.check.rules.places import everywhere, own_field, uses
from convcalc.kinds.base import LayerKind
from convcalc.planning.plan_rows import Row


class BiasBeforeNorm(Rule):
    """A convolution or dense layer with a bias whose only readers subtract each channel's mean.

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
    fix: ClassVar[FixKind] = "safe"

    @classmethod
    def find(cls, subject: Subject) -> Iterator[Problem]:
        def is_undone(row: Row) -> bool:
            if not row.node.layer.adds_bias() or row.name in subject.outputs:
                return False
            readers = subject.readers.get(row.name, ())
            return bool(readers) and all(
                reader.node.layer.takes_out_shifts(row.output) for reader in readers
            )

        for row in everywhere(subject, is_undone, LayerKind):
            layer = row.node.template
            norm = subject.readers[row.name][0]
            # A layer that is nothing but the bias goes.
            is_whole = "bias" not in type(row.node.layer).model_fields
            given = own_field(layer, "bias")
            edit = None
            if not is_whole and (given is None or not given.dynamic):
                edit = set_field(layer, subject.text, "bias", "false")
            copies = uses(subject, row)
            numbers = in_words(sum(one.output[0] for one in copies), "number")
            where = f" in {len(copies)} layers of this line" if len(copies) > 1 else ""
            yield cls.at(
                row,
                f"the bias of `{row.name}` is taken out by `{norm.name}` after it",
                note=f"{numbers} learnt without effect{where}",
                help="delete it" if is_whole else "write `bias: false`",
                fix=Fix("write `bias: false`", (edit,)) if edit else None,
            )


RULE = BiasBeforeNorm
