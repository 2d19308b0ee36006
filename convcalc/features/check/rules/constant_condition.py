"""CC213 constant-condition."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from convcalc.core.errors import Fix, Level, Problem
from convcalc.document import Mapping
from convcalc.features.check.rules.base import FixKind, Rule, Subject
from convcalc.features.check.rules.edits import delete_entry
from convcalc.features.check.rules.places import all_layers
from convcalc.network.expressions import ExpressionError
from convcalc.network.written_values import evaluate, names_in


class ConstantCondition(Rule):
    """An `if` that comes out the same whatever variables, arguments and shapes are.

    Why: `if: false` leaves a layer in the file that never stands, and `if: true` says nothing.
    Both are left over from trying something out, or compare the wrong things.

    Bad:

    ```yaml
    convcalc: 1
    input: [3, 32, 32]
    layers:
      - {conv: {out: 16, k: 3}, if: true}
      - relu
    ```

    Good:

    ```yaml
    convcalc: 1
    input: [3, 32, 32]
    vars: {deep: 1}
    layers:
      - {conv: {out: 16, k: 3}, if: =deep>0}
      - relu
    ```

    Source: pylint, using-constant-test (W0125).
    """

    code: ClassVar[str] = "CC213"
    level: ClassVar[Level] = "info"
    fix: ClassVar[FixKind] = "safe"

    @classmethod
    def find(cls, subject: Subject) -> Iterator[Problem]:
        for layer in all_layers(subject):
            condition = layer.condition
            if condition is None or names_in(condition.value):
                continue
            try:
                holds = evaluate(condition.value, {})
            except ExpressionError:
                # A division by zero: the front door says so.
                continue
            if holds is False:
                message = f"`{layer.label}` never stands: its `if` is always false"
                yield cls.at(condition.node, message, help="delete the layer, or the condition")
                continue
            assert isinstance(layer.node, Mapping)
            edit = delete_entry(layer.node, subject.text, "if")
            yield cls.at(
                condition.node,
                f"the `if` of `{layer.label}` is always true",
                help="leave it out",
                fix=Fix("delete the `if`", (edit,)) if edit else None,
            )


RULE = ConstantCondition
