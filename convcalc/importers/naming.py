"""Names of the layers, by the modules of the source, and the blocks that the modules are.

A module of one layer gives it its name, `layer1.0.conv1`; in one of several, each is called after
its operation: `layer1.0.add`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from convcalc.importers.model import Module
from convcalc.importers.placing import Placed
from convcalc.kinds.base.field_values import escaped
from convcalc.network.held import Made


class Block(NamedTuple):
    """A module as a block: the layers [first, end), at a depth from 1."""

    name: str
    type: str
    depth: int
    first: int
    end: int


def named(
    placed: Sequence[Placed], input_count: int, own_names: Mapping[str, str]
) -> tuple[list[str], list[Block]]:
    """A name for each layer and input, and the blocks, outer ones before inner ones.

    `own_names` are what the program calls stored arrays.
    """
    taken: dict[str, int] = {}
    names = [_free(one.operation.name, taken) for one in placed[:input_count]]
    spans = _spans(placed, input_count)
    # A module that holds one layer is that layer.
    single = {span.first: span for span in spans if span.end - span.first == 1}
    blocks = []
    called: dict[int, str] = {}
    for span in spans:
        if span.end - span.first > 1:
            name = _free(span.name, taken)
            blocks.append(span._replace(name=name))
            called.update(dict.fromkeys(range(span.first, span.end), name))
    for at in range(input_count, len(placed)):
        operation = placed[at].operation
        outer = called.get(at, "")
        if at in single:
            wanted = single[at].name
        elif own := _own_name(placed[at], own_names):
            wanted = own
        elif operation.path:
            wanted = f"{operation.path[-1].name}.{_word(operation.op)}"
        elif operation.name.startswith("/"):
            # TorchScript's own name for an operation of no module.
            wanted = _word(operation.op)
        else:
            wanted = operation.name or _word(operation.op)
        # Modules that are used again bear the name of the block that they now stand in.
        if outer and operation.path and not wanted.startswith(f"{outer}."):
            wanted = f"{outer}.{wanted.rpartition('.')[2]}"
        names.append(_free(wanted, taken))
    return names, blocks


def _own_name(one: Placed, own_names: Mapping[str, str]) -> str:
    """What the program calls the stored array that the layer is; "" if it has no name, or is none.

    It may have been turned, or cut into its axes.
    """
    if one.inputs or len(one.held) != 1:
        return ""
    (held,) = one.held.values()
    stored = [one for one in held.in_order() if not isinstance(one.source, Made)]
    match stored:
        case [only]:
            return own_names.get(only.name, "")
    return ""


def _spans(placed: Sequence[Placed], input_count: int) -> list[Block]:
    """Every run of layers of one module, outer ones before inner ones."""
    found: list[Block] = []
    open_now: list[tuple[Module, int]] = []

    def close(depth: int, end: int) -> None:
        while len(open_now) > depth:
            module, first = open_now.pop()
            found.append(Block(module.name, module.type, len(open_now) + 1, first, end))

    for at in range(input_count, len(placed)):
        path = placed[at].operation.path
        shared = 0
        for (module, _), wanted in zip(open_now, path, strict=False):
            if module.name != wanted.name:
                break
            shared += 1
        close(shared, at)
        open_now += [(module, at) for module in path[shared:]]
    close(0, len(placed))
    found.sort(key=lambda block: (block.first, block.depth))
    return found


def _word(op: str) -> str:
    """An operation's word as part of a name.

    >>> _word("GlobalAveragePool"), _word("aten.conv2d"), _word("IsNaN")
    ('global_average_pool', 'conv2d', 'is_nan')
    """
    word = (op.rpartition(".")[2] or op).replace("NaN", "Nan")
    parts = []
    for place, letter in enumerate(word):
        is_start = letter.isupper() and place and not word[place - 1].isupper()
        parts.append(f"_{letter}" if is_start and word[place - 1] != "_" else letter)
    return "".join(parts).lower()


def _free(name: str, taken: dict[str, int]) -> str:
    """The name, with a number behind it where it is taken; `taken` has the last number of each.

    Findings of every command name layers: what no terminal should see is spelt out.

    >>> taken = {}
    >>> print(*(_free(name, taken) for name in ("add", "add_2", "add", "add", "a\\tb")))
    add add_2 add_3 add_4 a\\tb
    """
    free = name = name if name.isprintable() else escaped(name)
    while free in taken:
        taken[name] += 1
        free = f"{name}_{taken[name]}"
    taken[free] = 1
    return free
