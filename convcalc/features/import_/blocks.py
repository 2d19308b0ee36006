"""Blocks and layer lists, with what differs between the uses of a block as its arguments."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from convcalc.features.import_.block_arguments import (
    Argument,
    Arguments,
    Column,
    Expression,
    common,
    is_wide,
    same,
)
from convcalc.features.import_.nested_parts import Part
from convcalc.features.import_.spelling import Value, usual
from convcalc.kinds.base.fields import SHORT_NAMES
from convcalc.network.names import TAKEN_VARIABLES, usable
from convcalc.network.template import BLOCK_INPUT, NETWORK_INPUT, PREV

if TYPE_CHECKING:
    from convcalc.features.import_.structure import Structure
    from convcalc.kinds.base import Kind

# Channels are called so in papers; the other symbols keep their letter.
_ARGUMENT_NAMES = {"out_channels": "c", "out_features": "c"}
_LONG_SERIES = 8
_MOST_LISTS = 3

Defaults = dict[tuple[str, str], Value]
# The parts of several groups at one place; None for a group that has none there.
Cells = Sequence[Part | None]


class UnsayableError(Exception):
    """Layers share arrays in a way that blocks hide."""


@dataclass(frozen=True, slots=True)
class Ref:
    """What a line reads: the entry at index `item` of its list; -1 what the list begins with.

    Or the argument that hands over a layer, or an input of the network by name.
    """

    item: int = -1
    word: str = ""


@dataclass(slots=True, eq=False)
class Line:
    """An entry of a layer list. `inputs` are those of a merge, `source` is what others read."""

    word: str
    main: str = ""
    fields: dict[str, Value | Expression | Ref] = field(default_factory=dict)
    inputs: list[Ref] | None = None
    source: Ref | None = None
    repeat: Value | Expression = None
    each: dict[str, list[Value | Expression | Ref]] = field(default_factory=dict)
    condition: Expression | None = None
    weights: Ref | None = None
    item: int = -1
    name: str = ""
    block: Block | None = None
    kind: type[Kind] | None = None


@dataclass(slots=True, eq=False)
class Body:
    """A layer list and the parts that it stands for: one list of parts for each use."""

    uses: Sequence[Sequence[Part | None]]
    arguments: Arguments
    lines: list[Line] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Block:
    """A block: its body, the parts that are its uses, and its arguments for layers by position."""

    parts: list[Part]
    body: Body
    layers: list[str] = field(default_factory=list)
    name: str = ""

    @property
    def values(self) -> list[Argument]:
        """The arguments that a use gives values to."""
        return [one for one in self.body.arguments.found if one.is_given]


class Blocks:
    """Every block of a settled structure, inner ones first, and the network's own list."""

    def __init__(self, structure: Structure, defaults: Defaults) -> None:
        self.structure = structure
        self.graph = structure.graph
        self.spelling = structure.spelling
        self.defaults = defaults
        self._given: dict[Part, dict[str, Value]] = {}
        self.by_key: dict[int, Block] = {}
        self.input_names = _input_names(list(self.graph.inputs))
        groups: defaultdict[int, list[Part]] = defaultdict(list)
        for part in structure.groups():
            groups[part.key].append(part)
        for key in self._inner_first(groups):
            self.by_key[key] = self._block(groups[key])
        self.body = Body([list(structure.parts)], Arguments(1, []))
        self._fill(self.body, self._of_network(structure.parts))
        self._share(structure.parts)

    def _inner_first(self, groups: Mapping[int, list[Part]]) -> list[int]:
        """The keys in an order in which a block stands behind those that it uses."""
        found: dict[int, None] = {}

        def add(key: int) -> None:
            if key in groups and key not in found:
                for part in groups[key]:
                    for inner in part.parts:
                        add(inner.parts[0].key if inner.is_run else inner.key)
                found[key] = None

        for key in groups:
            add(key)
        return list(found)

    def _block(self, parts: list[Part]) -> Block:
        entering = [self.graph.shape_of(part.reads[0])[0] for part in parts]
        body = Body([self.structure.cells(part) for part in parts], Arguments(len(parts), entering))
        block = Block(parts, body)
        reads = [part.reads for part in parts]
        for nodes in zip(*(others[1:] for others in reads), strict=True):
            block.layers.append(body.arguments.layer(list(nodes)).text)
        handed = [Ref(word=f"={name}") for name in block.layers]
        places = [Ref(word=BLOCK_INPUT), *handed]
        shape = self.structure.template(parts[0].key).shape
        self._fill(
            body,
            [[Ref(ref) if ref >= 0 else places[-1 - ref] for ref in entry[1:]] for entry in shape],
        )
        body.arguments.settle()
        for use, part in enumerate(parts):
            self._given[part] = body.arguments.given(use)
        return block

    def _of_network(self, parts: list[Part]) -> list[list[Ref]]:
        """What each part of the network's own list reads."""
        places = {at: Ref(word=name) for at, name in enumerate(self.input_names)}
        places |= {part.result: Ref(index) for index, part in enumerate(parts)}
        return [[places[node] for node in part.reads] for part in parts]

    def _share(self, parts: list[Part]) -> None:
        """Say of each layer of the network's own list whose arrays it uses."""
        places = {(part.first, part.end): index for index, part in enumerate(parts)}
        outside = self.structure.outside
        for line in self.body.lines:
            part = parts[line.item]
            owner = outside.owner(part.first, part.end)
            if owner is not None and owner not in places:
                raise UnsayableError
            if owner is not None:
                line.weights = Ref(places[owner])

    def _fill(self, body: Body, refs: list[list[Ref]]) -> None:
        for index, reads in enumerate(refs):
            column = [use[index] for use in body.uses]
            condition = None
            if None in column:
                condition = body.arguments.flag(
                    self._flag_name(column, reads), [part is not None for part in column]
                )
            for line in self._entry(body, column, reads):
                line.item, line.condition = index, condition
                body.lines.append(line)

    def _flag_name(self, column: Cells, reads: list[Ref]) -> str:
        part = _sample(column)
        if part.parts:
            return f"with_{usable(part.word or 'more')}"
        kind = type(self.graph.nodes[part.first].layer)
        if kind.is_merge:
            return "residual"
        return "project" if reads and reads[0].word == BLOCK_INPUT else f"with_{kind.kind}"

    def _entry(self, body: Body, column: Cells, reads: list[Ref]) -> Iterator[Line]:
        part = _sample(column)
        if not part.is_run:
            yield self._single(body, column, reads)
        elif part.key in self.structure.even:
            members = [part.parts[0] if part else None for part in column]
            line = self._single(body, members, reads, is_series=True)
            lengths: Column = [(len(part.parts),) if part else None for part in column]
            line.repeat = body.arguments.written("n", lengths)
            yield line
        else:
            yield from self._uneven(body, column, reads)

    def _start(self, part: Part, reads: list[Ref]) -> Line:
        if part.parts:
            line = Line("", block=self.by_key[part.key])
        else:
            kind = type(self.graph.nodes[part.first].layer)
            line = Line(kind.kind, _short(kind, kind.main), kind=kind)
        if line.kind and line.kind.is_merge and not (line.kind.takes_from and len(reads) == 1):
            line.inputs = reads
        elif reads:
            line.source = reads[0]
        return line

    def _single(self, body: Body, column: Cells, reads: list[Ref], is_series: bool = False) -> Line:
        line = self._start(_sample(column), reads)
        for name, values in self._columns(column):
            self._write(body, line, name, values, [] if is_series else column)
        if line.block:
            line.fields |= zip(line.block.layers, reads[1:], strict=True)
        return line

    def _uneven(self, body: Body, column: Cells, reads: list[Ref]) -> Iterator[Line]:
        """The lines of a run whose parts differ in their fields."""
        length = len(_sample(column).parts)
        # Behind the run's input stand the other layers that its parts read, part by part.
        others = (len(reads) - 1) // length
        for start, end in self._segments(column):
            cells = [part.parts[start:end] if part else None for part in column]
            own = [
                [
                    Ref(word=PREV) if start + at else reads[0],
                    *reads[1 + (start + at) * others : 1 + (start + at + 1) * others],
                ]
                for at in range(end - start)
            ]
            before = list(body.arguments.found)
            if end - start > 1:
                line = self._series(body, cells, own)
                if len(line.each) <= _MOST_LISTS:
                    yield line
                    continue
            # Many lists in step are read in columns, as if they were lines.
            body.arguments.found = before
            for at in range(end - start):
                members = [one[at] if one else None for one in cells]
                yield self._single(body, members, own[at])

    def _series(self, body: Body, cells: list[list[Part] | None], reads: list[list[Ref]]) -> Line:
        """One line for several parts in a row, of which some fields differ."""
        length = len(reads)
        by_part = [[one[at] if one else None for one in cells] for at in range(length)]
        line = self._start(_sample(by_part[0]), reads[0])
        columns = [dict(self._columns(members)) for members in by_part]
        for name in columns[0]:
            flat: Column = [values for column in columns for values in column[name]]
            constant = common(flat, self._preferred(line, name))
            across = [_one_of(column[name][use] for column in columns) for use in range(len(cells))]
            if constant is not ...:
                self._put(line, name, constant)
            elif () not in across:
                self._write(body, line, name, across, [])
            else:
                key = _short(line.kind, name) if line.kind else name
                line.each[key] = [
                    body.arguments.written(_argument_name(name), column[name]) for column in columns
                ]
        if line.block:
            for number, name in enumerate(line.block.layers, 1):
                refs = [own[number] for own in reads]
                if len(set(refs)) == 1:
                    line.fields[name] = refs[0]
                else:
                    line.each[name] = list(refs)
        if not line.each:
            line.repeat = length
        return line

    def _segments(self, column: Cells) -> list[tuple[int, int]]:
        """Where a series is cut, so that each line is about one width, as people write them."""
        members = _sample(column).parts
        if _sample(column).is_named and len(members) <= _LONG_SERIES:
            # A series that the source names stays one.
            return [(0, len(members))]
        rows = [dict(self._columns([part])) for part in members]

        def is_narrow(name: str) -> tuple[bool, int]:
            values = [(row[name][0] or (0,))[0] for row in rows]
            return not is_wide(values), len(set(map(repr, values)))

        for name in sorted(rows[0], key=is_narrow):
            values = [repr(row[name][0]) for row in rows]
            starts = [at for at in range(len(values)) if not at or values[at] != values[at - 1]]
            if len(starts) > 1 and 2 * len(starts) <= len(values) + 1 < 2 * len(values):
                if len(starts) == 2 and starts[1] == 1 and len(values) <= _LONG_SERIES:
                    continue
                return list(zip(starts, [*starts[1:], len(values)], strict=True))
        return [(0, len(members))]

    def _columns(self, column: Cells) -> Iterator[tuple[str, Column]]:
        """The fields of the parts of a column, a column of values each."""
        part = _sample(column)
        if part.parts:
            for argument in self.by_key[part.key].values:
                name = argument.name
                yield name, [(self._given[one][name],) if one else None for one in column]
            return
        choices = [
            self.spelling.choices(self.graph.nodes[one.first]) if one else None for one in column
        ]
        for name in self.spelling.choices(self.graph.nodes[part.first]):
            yield name, [one[name] if one else None for one in choices]

    def _write(self, body: Body, line: Line, name: str, values: Column, column: Cells) -> None:
        preferred = self._preferred(line, name)
        # In a series `cin` is another one each time.
        cin = [
            self.graph.shape_of(part.reads[0])[0] if part and part.reads else None
            for part in column
        ]
        written = body.arguments.written(_argument_name(name), values, preferred, cin)
        self._put(line, name, written)

    def _put(self, line: Line, name: str, written: Value | Expression) -> None:
        if isinstance(written, Expression) or not same(written, self._preferred(line, name)):
            line.fields[_short(line.kind, name) if line.kind else name] = written

    def _preferred(self, line: Line, name: str) -> Value:
        """What the field is where the line does not say it."""
        if line.kind:
            own = usual(line.kind, name)
            return self.defaults.get((line.kind.kind, name), own)
        assert line.block is not None
        return next(one.default for one in line.block.values if one.name == name)


def _input_names(names: list[str]) -> list[str]:
    """What the inputs are called: a single one `input`, others as in the source where they can."""
    if len(names) == 1:
        return [NETWORK_INPUT]
    found: list[str] = []
    for number, name in enumerate(names, 1):
        plain = usable(name) or f"input_{number}"
        found.append(plain if plain not in found else f"{plain}_{number}")
    return found


def _sample(column: Cells) -> Part:
    return next(part for part in column if part)


def _short(kind: type[Kind], name: str) -> str:
    short = SHORT_NAMES.get(name, name)
    return short if short in kind.spellings() else name


def _argument_name(name: str) -> str:
    name = _ARGUMENT_NAMES.get(name, SHORT_NAMES.get(name, name))
    return f"{name}_" if name in TAKEN_VARIABLES else name


def _one_of(cells: Iterable[tuple[Value, ...] | None]) -> tuple[Value, ...] | None:
    """The values that all cells may have; None where there are no cells at all."""
    present = [cell for cell in cells if cell is not None]
    if not present:
        return None
    first, *others = present
    return tuple(
        value for value in first if all(any(same(value, one) for one in cell) for cell in others)
    )
