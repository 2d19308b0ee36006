"""CC209 shadowed-name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from convcalc.core.errors import Problem
from convcalc.features.check.rules.base import Rule, Subject
from convcalc.features.check.rules.places import argument_nodes
from convcalc.network.written_values import names_in


class ShadowedName(Rule):
    """An argument of a block that bears the name of a variable of the file.

    Why: inside of the block the name means the argument, outside the variable; `--set` changes
    one and not the other. An argument whose default is just that variable (`c: =c`) is let be.

    Bad:

    ```yaml
    convcalc: 1
    input: [3, 32, 32]
    vars: {c: 16}
    blocks:
      unit: {args: [c], layers: [{conv: {out: =c, k: 3}}, relu]}
    layers:
      - unit: {c: =2*c}
    ```

    Good:

    ```yaml
    convcalc: 1
    input: [3, 32, 32]
    vars: {width: 16}
    blocks:
      unit: {args: [c], layers: [{conv: {out: =c, k: 3}}, relu]}
    layers:
      - unit: {c: =2*width}
    ```

    Source: pylint, redefined-outer-name (W0621).
    """

    code: ClassVar[str] = "CC209"

    @classmethod
    def find(cls, subject: Subject) -> Iterator[Problem]:
        template = subject.network.template
        for block in template.blocks.values():
            nodes = argument_nodes(block) if block.args else {}
            for arg, default in block.args.items():
                if arg not in template.variables:
                    continue
                if default is not None and arg in names_in(default.value):
                    continue
                line = template.variables[arg].node.place.line
                yield cls.at(
                    nodes[arg],
                    f"argument `{arg}` of block `{block.name}` hides the variable `{arg}`",
                    note=f"the variable is declared in line {line}",
                    help="rename one of them",
                )


RULE = ShadowedName
