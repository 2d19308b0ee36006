"""What blocks and layers are called: as in the source where that can be said, or by their part."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from convcalc.features.import_.blocks import Blocks
from convcalc.features.import_.layer_lists import Block, Body, Cells, Line, Ref
from convcalc.features.import_.nested_parts import Part
from convcalc.kinds import kind_names
from convcalc.network.names import usable
from convcalc.network.template import BLOCK_INPUT

_NUMBERED = re.compile(r"(.+?)_?\d+")
_FEW = 3
_MADE_UP = re.compile(r"(.+)_\d+")
# How PyTorch's dynamo exporter begins the names of operations.
_OF_DYNAMO = "node_"


def give_names(blocks: Blocks) -> None:
    """Name every block, and the layers of every list that are referred to or well named."""
    _name_blocks(blocks)
    outputs = set(blocks.graph.outputs)
    if outputs == {len(blocks.graph.nodes) - 1}:
        outputs = set()
    _name_lines(blocks.body, (), outputs, blocks.input_names)
    for block in blocks.by_key.values():
        _name_lines(block.body, block.parts, set())


def _name_blocks(blocks: Blocks) -> None:
    names = _Names(kind_names())
    for block in blocks.by_key.values():
        bases = Counter(filter(None, (part.word or _base(part) for part in block.parts)))
        base = bases.most_common(1)[0][0] if bases else ""
        if not base or base in kind_names():
            base = _by_content(blocks, block)
        block.name = names.free(base)


def _base(part: Part) -> str:
    """What a part is called without its number: that of `layer1.0` is its parent's."""
    for segment in reversed(part.path if part.is_named else ()):
        if not segment.isdigit():
            match = _NUMBERED.fullmatch(segment)
            return usable(match[1] if match else segment)
    return ""


def _by_content(blocks: Blocks, block: Block) -> str:
    """A name from what the block does: its kinds where they are few, or how its paths meet."""
    lines = block.body.lines
    merges = [line for line in lines if line.inputs and len(line.inputs) > 1]
    if merges:
        item = merges[-1].item
        merge = next(part for use in block.body.uses if (part := use[item]))
        graph = blocks.graph
        shapes = {graph.shape_of(index) for index in (merge.result, *merge.reads)}
        # A shortcut comes from outside: what the block reads, or what is handed to it.
        is_around = any(ref.word for line in merges for ref in line.inputs or ())
        return "residual" if len(shapes) == 1 and is_around else "branches"
    words = [_word(line) for line in lines]
    return (
        "_".join(words)
        if len(words) <= _FEW
        else "stage"
        if any(line.block for line in lines)
        else "unit"
    )


def _word(line: Line) -> str:
    if line.kind is None:
        return line.block.name if line.block else ""
    return line.kind.role if line.kind.role == "norm" else line.kind.kind


class _Names:
    """Names that are taken; another of the same word gets the next number."""

    def __init__(self, taken: Iterable[str]) -> None:
        self.taken = set(taken)
        self._numbers: Counter[str] = Counter()

    def free(self, base: str) -> str:
        """`base`, or with the first number that is free; taken from now on."""
        name = base
        while name in self.taken:
            self._numbers[base] += 1
            name = f"{base}_{self._numbers[base] + 1}"
        self.taken.add(name)
        return name


def _name_lines(
    body: Body, uses: list[Part] | tuple[()], outputs: set[int], inputs: Sequence[str] = ()
) -> None:
    lines = body.lines
    last = {line.item: line for line in lines}
    needed = {ref.item for line in lines for ref in _named_refs(line, lines) if ref.item >= 0}
    needed |= {item for item, part in enumerate(body.uses[0]) if part and part.result in outputs}
    names = _Names((*inputs, *(argument.name for argument in body.arguments.found)))
    parts = _parts_played(lines)
    called = _called_by_readers(lines)
    for item, line in last.items():
        name = _name_of([use[item] for use in body.uses], uses)
        if item in needed:
            kept = name if name and not _is_made_up(line, name) else ""
            if _moves_only(line):
                # A word of the source for what it does says less than what it is for.
                kept = called.get(item, kept)
            line.name = names.free(kept or parts.get(item, "skip"))
        elif name and name not in names.taken and _says_something(line, name, body.uses):
            line.name = names.free(name)


def _named_refs(line: Line, lines: list[Line]) -> Iterable[Ref]:
    """What the line refers to by name: not the layer before it, where it can say `prev`."""
    refs = [*(line.inputs or ()), *([line.source] if line.source else [])]
    given = [*line.fields.values(), *(one for values in line.each.values() for one in values)]
    before = line.item - 1
    yield from (ref for ref in refs if ref.item != before)
    yield from (ref for ref in given if isinstance(ref, Ref))
    if line.weights is not None:
        yield line.weights


def _name_of(column: Cells, uses: list[Part] | tuple[()]) -> str:
    """The name that all uses of a block give to one of its layers; "" where they differ."""
    names = set()
    for number, part in enumerate(column):
        if part is None:
            continue
        if not part.is_named:
            return ""
        around = uses[number].path if uses else ()
        path = part.path
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
    if line.kind is not None and line.kind.role != "product":
        return False
    if any(
        part and part.path[-1:] and part.path[-1].isdigit()
        for use in uses
        for part in [use[line.item]]
    ):
        return False
    return not _is_made_up(line, name)


def _is_made_up(line: Line, name: str) -> bool:
    """True for `conv_1`, as a plan calls a layer without a name, and an exporter's `node_conv`."""
    if name.startswith(_OF_DYNAMO):
        return True
    match = _MADE_UP.fullmatch(name)
    base = match[1] if match else name
    word = line.kind.kind if line.kind else line.block.name if line.block else ""
    return base == word or base in kind_names()


def _moves_only(line: Line) -> bool:
    """True for what calculates nothing: it is known by its readers."""
    kind = line.kind
    return kind is not None and not kind.role and not kind.is_merge


def _called_by_readers(lines: list[Line]) -> dict[int, str]:
    """What layers are to readers whose inputs mean different things: `q`, `k` and `v`."""
    found: dict[int, str] = {}
    for line in lines:
        words = line.kind.input_words if line.kind is not None else ()
        for place, ref in enumerate(line.inputs or () if words else ()):
            if ref.word != BLOCK_INPUT:
                found.setdefault(ref.item, words[min(place, len(words) - 1)])
        for name, given in line.fields.items():
            if isinstance(given, Ref) and not name.startswith("skip"):
                # What an argument of a block is called.
                found.setdefault(given.item, name)
    moving = {line.item: line for line in lines if _moves_only(line) and _has_one_input(line)}
    for item, line in reversed(moving.items()):
        source = _source(line)
        if item in found and source in moving:
            # What is moved twice is the same to its reader all along.
            found.setdefault(source, found[item])
    return found


def _has_one_input(line: Line) -> bool:
    return line.inputs is None and not (line.kind is not None and line.kind.is_source)


def _source(line: Line) -> int:
    """The line that one with a single input reads."""
    return line.source.item if line.source is not None else line.item - 1


def _joined(lines: list[Line], called: dict[int, str]) -> dict[int, str]:
    """Layers of which those are parts that their readers have words for: `qkv`."""
    parts: dict[int, list[str]] = {}
    for line in lines:
        if line.item in called and _has_one_input(line) and _moves_only(line):
            parts.setdefault(_source(line), []).append(called[line.item])
    return {item: "".join(words) for item, words in parts.items() if len(words) > 1}


def _parts_played(lines: list[Line]) -> dict[int, str]:
    """Names for layers that are referred to and have none: what their readers make of them."""
    called = _called_by_readers(lines)
    found = called | _joined(lines, called)
    for line in lines:
        refs = line.inputs or ()
        has_two = len(refs) == 2 and all(ref.word != BLOCK_INPUT for ref in refs)
        for place, ref in enumerate(refs):
            if has_two:
                found.setdefault(ref.item, ("main", "shortcut")[place])
            elif len(refs) > 2:
                found.setdefault(ref.item, f"branch{place + 1}")
    return found
