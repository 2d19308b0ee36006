"""CC217 unused-input."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from convcalc.core.errors import Problem
from convcalc.document import Mapping
from convcalc.features.check.rules.base import Rule, Subject
from convcalc.features.check.rules.places import live_layers


class UnusedInput(Rule):
    """An input of the network on which no output depends.

    Why: whoever runs the network has to bring data that nothing looks at.

    Bad:

    ```yaml
    convcalc: 1
    input: {photo: [3, 32, 32], mask: [1, 32, 32]}
    layers:
      - {conv: {out: 16, k: 3}, from: photo}
      - relu
    ```

    Good:

    ```yaml
    convcalc: 1
    input: {photo: [3, 32, 32], mask: [1, 32, 32]}
    layers:
      - concat: [photo, mask]
      - conv: {out: 16, k: 3}
      - relu
    ```

    Source: the format: every input is named because some layer reads it.
    """

    code: ClassVar[str] = "CC217"

    @classmethod
    def find(cls, subject: Subject) -> Iterator[Problem]:
        if subject.plan is None:
            return
        live = live_layers(subject)
        read = {name for row in subject.rows if row.name in live for name in row.inputs}
        root = subject.network.document.root
        assert isinstance(root, Mapping)
        node = root.entries["input"]
        for name in subject.inputs:
            if name not in read:
                at = node.keys[name] if isinstance(node, Mapping) else node
                yield cls.at(
                    at,
                    f"no output depends on the input `{name}`",
                    help="let a layer read it, or delete it",
                )


RULE = UnusedInput
