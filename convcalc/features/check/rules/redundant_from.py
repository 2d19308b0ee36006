"""CC211 redundant-from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from convcalc.core.errors import Fix, Level, Problem
from convcalc.document import Mapping
from convcalc.features.check.rules.base import FixKind, Rule, Subject
from convcalc.features.check.rules.edits import delete_entry
from convcalc.features.check.rules.places import all_layers
from convcalc.network.template import PREV


class RedundantFrom(Rule):
    """A layer with `from: prev`, which every layer reads that says nothing.

    Why: `from` tells a reader that the flow branches here; it does not.

    Bad:

    ```yaml
    convcalc: 1
    input: [3, 32, 32]
    layers:
      - conv: {out: 16, k: 3}
      - {relu: {}, from: prev}
    ```

    Good:

    ```yaml
    convcalc: 1
    input: [3, 32, 32]
    layers:
      - conv: {out: 16, k: 3}
      - relu
    ```

    Source: the format: a layer's input is the layer before it.
    """

    code: ClassVar[str] = "CC211"
    level: ClassVar[Level] = "info"
    fix: ClassVar[FixKind] = "safe"

    @classmethod
    def find(cls, subject: Subject) -> Iterator[Problem]:
        for layer in all_layers(subject):
            if layer.source is None or layer.source.value != PREV:
                continue
            assert isinstance(layer.node, Mapping)
            edit = delete_entry(layer.node, subject.text, "from")
            yield cls.at(
                layer.source.node,
                f"`{layer.label}` reads the layer before it anyway",
                help="leave `from: prev` out",
                fix=Fix("delete `from: prev`", (edit,)) if edit else None,
            )


RULE = RedundantFrom
