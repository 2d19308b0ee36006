"""CC210 unused-block-argument."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from convcalc.core.errors import Edit, Fix, Problem
from convcalc.document import Mapping, Sequence
from convcalc.features.check.rules.base import FixKind, Rule, Subject
from convcalc.features.check.rules.edits import delete_entry, delete_item
from convcalc.features.check.rules.places import all_layers, argument_nodes, names_used
from convcalc.network.template import Block, LayerTemplate
from convcalc.network.written_values import names_in

# A block with thousands of arguments and of uses is left to its author.
_MOST_EDITS = 100_000


class UnusedBlockArgument(Rule):
    """An argument of a block that nothing in the block uses.

    Why: whoever uses the block believes to set something. Often a field in the block was meant
    to say `=s` and says a number.

    Bad:

    ```yaml
    convcalc: 1
    input: [3, 32, 32]
    blocks:
      unit:
        args: {c: ~, s: 1}
        layers:
          - conv: {out: =c, k: 3, s: 2, p: 1}
    layers:
      - unit: {c: 16, s: 2}
    ```

    Good:

    ```yaml
    convcalc: 1
    input: [3, 32, 32]
    blocks:
      unit:
        args: {c: ~, s: 1}
        layers:
          - conv: {out: =c, k: 3, s: =s, p: 1}
    layers:
      - unit: {c: 16, s: 2}
    ```

    Source: pylint, unused-argument (W0613).
    """

    code: ClassVar[str] = "CC210"
    fix: ClassVar[FixKind] = "safe"

    @classmethod
    def find(cls, subject: Subject) -> Iterator[Problem]:
        blocks = [block for block in subject.network.template.blocks.values() if block.args]
        uses: dict[str | None, list[LayerTemplate]] = {}
        for layer in all_layers(subject) if blocks else ():
            uses.setdefault(layer.block, []).append(layer)
        for block in blocks:
            used = names_used(block.layers)
            defaults = (default for default in block.args.values() if default is not None)
            used |= frozenset().union(*(names_in(default.value) for default in defaults))
            unused = [arg for arg in block.args if arg not in used]
            own = uses.get(block.name, [])
            is_small = len(unused) * len(own) <= _MOST_EDITS
            nodes = argument_nodes(block) if unused else {}
            for at, arg in enumerate(block.args):
                if arg in used:
                    continue
                edits = _edits(subject.text, block, arg, at, own) if is_small else ()
                yield cls.at(
                    nodes[arg],
                    f"nothing in block `{block.name}` uses its argument `{arg}`",
                    help=f"use it, as in `={arg}`, or delete it here and in every use",
                    fix=Fix(f"delete the argument `{arg}`", edits) if edits else None,
                )


def _edits(
    text: str, block: Block, arg: str, at: int, uses: list[LayerTemplate]
) -> tuple[Edit, ...]:
    """The declaration and every use taken out; none where a use cannot be."""
    assert isinstance(block.node, Mapping)
    args = block.node.entries["args"]
    found: list[Edit | None] = []
    if len(block.args) == 1:
        found.append(delete_entry(block.node, text, "args"))
    elif isinstance(args, Mapping):
        found.append(delete_entry(args, text, arg))
    elif isinstance(args, Sequence):
        found.append(delete_item(args, text, at))
    for layer in uses:
        # The length of a series may be what repeats the block.
        if any(name == arg for name, _ in layer.each):
            return ()
        if arg not in layer.fields:
            continue
        assert isinstance(layer.node, Mapping)
        given = layer.node.entries[layer.word]
        assert isinstance(given, Mapping)
        if len(given.entries) > 1:
            found.append(delete_entry(given, text, arg))
        else:
            is_flow = given.one_line and text.startswith("{", given.start)
            found.append(Edit(given.start, given.end, "{}") if is_flow else None)
    edits = tuple(edit for edit in found if edit is not None)
    return edits if len(edits) == len(found) else ()


RULE = UnusedBlockArgument
