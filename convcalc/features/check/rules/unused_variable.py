"""CC204 unused-variable."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from convcalc.core.errors import Fix, Problem
from convcalc.document import Mapping, Node, Scalar
from convcalc.features.check.rules.base import FixKind, Rule, Subject
from convcalc.features.check.rules.edits import delete_declaration

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_QUOTED = re.compile("'[^']*'")


class UnusedVariable(Rule):
    """A variable that no expression of the file uses.

    Why: `--set` and a reader of the file take it for a knob; turning it changes nothing.

    Bad:

    ```yaml
    convcalc: 1
    input: [3, 32, 32]
    vars: {width: 16, depth: 4}
    layers:
      - conv: {out: =width, k: 3}
    ```

    Good:

    ```yaml
    convcalc: 1
    input: [3, 32, 32]
    vars: {width: 16}
    layers:
      - conv: {out: =width, k: 3}
    ```

    Source: the same rule for local variables in every linter.
    """

    code: ClassVar[str] = "CC204"
    fix: ClassVar[FixKind] = "safe"

    @classmethod
    def find(cls, subject: Subject) -> Iterator[Problem]:
        variables = subject.network.template.variables
        if not variables:
            return
        root = subject.network.document.root
        assert isinstance(root, Mapping)
        used = _names(root)
        section = root.entries["vars"]
        assert isinstance(section, Mapping)
        for name in variables:
            if name in used:
                continue
            edits = delete_declaration(root, subject.text, "vars", name)
            yield cls.at(
                section.keys[name],
                f"variable `{name}` is never used",
                help=f"use it, as in `={name}`, or delete it",
                fix=Fix(f"delete the variable `{name}`", edits) if edits else None,
            )


def _names(root: Node) -> set[str]:
    """Every word of every expression of the file; a word too many is no false alarm."""
    found: set[str] = set()
    waiting: list[Node] = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Scalar):
            if isinstance(node.value, str) and node.value.startswith("="):
                found.update(_WORD.findall(_QUOTED.sub("", node.value)))
        else:
            waiting += node.entries.values() if isinstance(node, Mapping) else node.items
    return found


RULE = UnusedVariable
