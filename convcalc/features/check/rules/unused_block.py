"""CC203 unused-block."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from convcalc.core.errors import Fix, Problem
from convcalc.document import Mapping
from convcalc.features.check.rules.base import FixKind, Rule, Subject
from convcalc.features.check.rules.edits import delete_declaration
from convcalc.features.check.rules.places import all_layers


class UnusedBlock(Rule):
    """A block that no layer uses, directly or through other blocks.

    Why: its shapes are never checked, so that mistakes in it stay unseen until it is used.

    Bad:

    ```yaml
    convcalc: 1
    input: [3, 32, 32]
    blocks:
      unit: {layers: [{conv: {out: 16, k: 3}}, relu]}
    layers:
      - conv: {out: 16, k: 3}
    ```

    Good:

    ```yaml
    convcalc: 1
    input: [3, 32, 32]
    blocks:
      unit: {layers: [{conv: {out: 16, k: 3}}, relu]}
    layers:
      - unit
    ```

    Source: the same rule for functions and imports in every linter.
    """

    code: ClassVar[str] = "CC203"
    fix: ClassVar[FixKind] = "safe"

    @classmethod
    def find(cls, subject: Subject) -> Iterator[Problem]:
        template = subject.network.template
        if not template.blocks:
            return
        used: set[str] = set()
        waiting = [layer.block for layer in template.layers]
        while waiting:
            name = waiting.pop()
            if name is not None and name not in used:
                used.add(name)
                waiting += [layer.block for layer in template.blocks[name].layers]
        named = {layer.block for layer in all_layers(subject)}
        root = subject.network.document.root
        assert isinstance(root, Mapping)
        section = root.entries["blocks"]
        assert isinstance(section, Mapping)
        for name in template.blocks:
            if name in used:
                continue
            edits = delete_declaration(root, subject.text, "blocks", name)
            by = "is used only by blocks that are never used" if name in named else "is never used"
            yield cls.at(
                section.keys[name],
                f"block `{name}` {by}",
                help="use it, or delete it",
                # One that an unused block still names goes when that block is gone.
                fix=Fix(f"delete the block `{name}`", edits)
                if edits and name not in named
                else None,
            )


RULE = UnusedBlock
