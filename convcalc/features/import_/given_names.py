"""What blocks and layers are called: as in the source where that can be said, or by their part."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Set

from convcalc.features.import_.blocks import Block, Blocks, Body, Line, Ref
from convcalc.features.import_.nested_parts import Part
from convcalc.kinds import kind_names
from convcalc.network.names import is_name

_NUMBERED = re.compile(r"(.+?)_?\d+")
_MADE_UP = re.compile(r"(.+)_\d+")


def give_names(blocks: Blocks) -> None:
    """Name every block, and the layers of every list that are referred to or well named."""
    _name_blocks(blocks)
    outputs = set(blocks.graph.outputs)
    _name_lines(blocks.body, (), outputs if outputs != {len(blocks.graph.nodes) - 1} else set())
    for block in blocks.by_key.values():
        _name_lines(block.body, block.parts, set())


def usable(word: str) -> str:
    """`word` as a name: what no name may have becomes `_`; "" where nothing is left of it.

    >>> usable("layer1/conv:0"), usable("0"), usable("prev")
    ('layer1_conv_0', '', 'prev_')
    """
    plain = unicodedata.normalize("NFKC", word)[:90]
    plain = "".join(one if one.isalnum() or one in "_-" else "_" for one in plain)
    plain = plain.lstrip("0123456789_-").rstrip("_-")
    if plain and not is_name(plain):
        plain += "_"
    return plain if is_name(plain) else ""


def _name_blocks(blocks: Blocks) -> None:
    taken = set(kind_names())
    for block in blocks.by_key.values():
        bases = Counter(filter(None, (part.word or _base(part.path) for part in block.parts)))
        base = bases.most_common(1)[0][0] if bases else ""
        if not base or base in kind_names():
            base = _by_content(block)
        block.name = _free(base, taken)
        taken.add(block.name)


def _base(path: tuple[str, ...]) -> str:
    """What a part is called without its number: that of `layer1.0` is its parent's."""
    for segment in reversed(path):
        if not segment.isdigit():
            match = _NUMBERED.fullmatch(segment)
            return usable(match[1] if match else segment)
    return ""


def _by_content(block: Block) -> str:
    """A name from what the block does: its kinds where they are few, or how its paths meet."""
    lines = block.body.lines
    merges = [line for line in lines if line.inputs and len(line.inputs) > 1]
    if merges:
        reads_input = any(ref.word == "in" for line in merges for ref in line.inputs or ())
        return "residual" if reads_input else "branches"
    words = [line.kind.kind if line.kind else line.block.name for line in lines]  # type: ignore[union-attr]
    return "_".join(words) if len(words) <= 3 else "unit"


def _free(base: str, taken: Set[str]) -> str:
    name, number = base, 2
    while name in taken:
        name = f"{base}_{number}"
        number += 1
    return name


def _name_lines(body: Body, uses: list[Part] | tuple[()], outputs: set[int]) -> None:
    lines = body.lines
    last = {line.item: line for line in lines}
    needed = {ref.item for line in lines for ref in _named_refs(line, lines) if ref.item >= 0}
    needed |= {item for item, part in enumerate(body.uses[0]) if part.result in outputs}
    taken = {argument.name for argument in body.arguments.found}
    for item, line in last.items():
        column = [use[item] for use in body.uses]
        name = _name_of(column, uses)
        if item in needed:
            kept = name if name and not _is_made_up(line, name) else ""
            line.name = _free(kept or _part_played(line, item, lines), taken)
        elif name and name not in taken and _says_something(line, name):
            line.name = name
        if line.name:
            taken.add(line.name)


def _named_refs(line: Line, lines: list[Line]) -> Iterable[Ref]:
    """What the line refers to by name: not the layer before it, where it can say `prev`."""
    refs = [*(line.inputs or ()), *([line.source] if line.source else [])]
    given = [*line.fields.values(), *(one for values in line.each.values() for one in values)]
    before = line.item - 1
    yield from (ref for ref in refs if ref.item != before)
    yield from (ref for ref in given if isinstance(ref, Ref))


def _name_of(column: list[Part], uses: list[Part] | tuple[()]) -> str:
    """The name that all uses of a block give to one of its layers; "" where they differ."""
    names = set()
    if not all(part.is_named for part in column):
        return ""
    for number, part in enumerate(column):
        around = uses[number].path if uses else ()
        path = part.path
        if path[: len(around)] == around and len(path) > len(around):
            path = path[len(around) :]
        else:
            path = path[-1:]
        while len(path) > 1 and not path[-1].isdigit():
            path = path[1:]
        names.add(usable("_".join(path)))
    return names.pop() if len(names) == 1 else ""


def _says_something(line: Line, name: str) -> bool:
    """True for names that are worth a place: of what has weights or is a block of its own."""
    if line.kind is not None and line.kind.role != "product":
        return False
    return not _is_made_up(line, name)


def _is_made_up(line: Line, name: str) -> bool:
    """True for `conv_1`, which is what a plan calls a layer without a name."""
    match = _MADE_UP.fullmatch(name)
    base = match[1] if match else name
    word = line.kind.kind if line.kind else line.block.name if line.block else ""
    return base == word or base in kind_names()


def _part_played(line: Line, item: int, lines: list[Line]) -> str:
    """A name for a layer that is referred to and has none: what its readers make of it."""
    for other in lines:
        refs = list(other.inputs or ())
        mine = [place for place, ref in enumerate(refs) if ref.item == item]
        if mine and len(refs) == 2 and all(ref.word != "in" for ref in refs):
            return ("main", "shortcut")[mine[0]]
        if mine and len(refs) > 2:
            return f"branch{mine[0] + 1}"
    return "skip"
