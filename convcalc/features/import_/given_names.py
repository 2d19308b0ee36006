"""What layers are called: as in the source where that can be said, or by their part."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from convcalc.features.import_.block_arguments import Expression
from convcalc.features.import_.block_names import HOLDERS, Names
from convcalc.features.import_.blocks import Blocks
from convcalc.features.import_.layer_lists import Body, Cells, Line, Ref
from convcalc.features.import_.nested_parts import Part
from convcalc.features.import_.parts_played import PartsPlayed, moves_only
from convcalc.kinds import kind_names
from convcalc.network.names import usable

if TYPE_CHECKING:
    from convcalc.network.graph import Graph

_MADE_UP = re.compile(r"(.+)_\d+")
# How PyTorch's dynamo exporter begins the names of operations.
_OF_DYNAMO = "node_"


def give_names(blocks: Blocks) -> None:
    """Name the layers of every list that are referred to or well named."""
    outputs = set(blocks.graph.outputs)
    if outputs == {len(blocks.graph.nodes) - 1}:
        outputs = set()
    _name_lines(blocks.graph, blocks.body, (), outputs, blocks.input_names)
    for block in blocks.by_key.values():
        _name_lines(blocks.graph, block.body, block.parts, set())


def _name_lines(
    graph: Graph,
    body: Body,
    uses: list[Part] | tuple[()],
    outputs: set[int],
    inputs: Sequence[str] = (),
) -> None:
    lines = body.lines
    last = {line.item: line for line in lines}
    needed = {ref.item for line in lines for ref in _named_refs(line, lines) if ref.item >= 0}
    needed |= {item for item, part in enumerate(body.uses[0]) if part and part.result in outputs}
    names = Names((*inputs, *(argument.name for argument in body.arguments.found)))
    played = PartsPlayed(graph, body)
    for item, line in last.items():
        column = [use[item] for use in body.uses]
        name = _name_of(column, uses)
        if item in needed:
            kept = _ending(column, uses) or (name if not _is_made_up(line, name) else "")
            if moves_only(line):
                # A word of the source for what it does says less than what it is for.
                kept = played.called.get(item, kept)
            line.name = names.free(kept or played.word(line))
        elif name and name not in names.taken and _says_something(line, name, body.uses):
            line.name = names.free(name)


def _named_refs(line: Line, lines: list[Line]) -> Iterable[Ref]:
    """What the line refers to by name: not the layer before it, where it can say `prev`."""
    given = [*line.fields.values(), *(one for values in line.each.values() for one in values)]
    before = line.item - 1
    yield from (ref for ref in line.reads if ref.item != before)
    for one in given:
        if isinstance(one, Ref):
            yield one
        # The channels of a layer are those of one with a name.
        values = one if isinstance(one, tuple) else [one]
        yield from (Ref(value.item) for value in values if isinstance(value, Expression))
    if line.weights is not None:
        yield line.weights


def _name_of(column: Cells, uses: list[Part] | tuple[()]) -> str:
    """The name that all uses of a block give to one of its layers; "" where they differ."""
    if not all(part.is_named for part in column if part):
        return ""
    return _common_name([part.path if part else () for part in column], uses)


def _ending(column: Cells, uses: list[Part] | tuple[()]) -> str:
    """What the source calls the parts that end with this one; "" where it has no name for them."""
    if not all(part.ends for part in column if part):
        return ""
    return _common_name([part.ends if part else () for part in column], uses)


def _common_name(paths: list[tuple[str, ...]], uses: list[Part] | tuple[()]) -> str:
    """The last word of all paths, which are empty where a use has no such part."""
    names = set()
    for number, path in enumerate(paths):
        if not path:
            continue
        around = uses[number].path if uses else ()
        if path[: len(around)] == around and len(path) > len(around):
            path = path[len(around) :]
        else:
            path = path[-1:]
        words = [at for at, segment in enumerate(path) if not segment.isdigit()]
        names.add(usable("_".join(path[words[-1] if words else 0 :])))
    return names.pop() if len(names) == 1 else ""


def _says_something(line: Line, name: str, uses: Sequence[Cells]) -> bool:
    """True for names that are worth a place: of what has weights or is a block of its own.

    A number within a sequence of modules is not worth one.
    """
    if name in HOLDERS or (line.kind is not None and line.kind.role != "product"):
        return False
    if any(
        part and part.path and part.path[-1].isdigit() for use in uses for part in [use[line.item]]
    ):
        return False
    return not _is_made_up(line, name)


def _is_made_up(line: Line, name: str) -> bool:
    """True for `conv_1`, as a plan calls a layer without a name, and an exporter's `node_conv`."""
    if not name or name.startswith(_OF_DYNAMO):
        return True
    word = line.kind.kind if line.kind else line.block.name if line.block else ""
    base = _unnumbered(name)
    return base == _unnumbered(word) or base in kind_names()


def _unnumbered(name: str) -> str:
    match = _MADE_UP.fullmatch(name)
    return match[1] if match else name
