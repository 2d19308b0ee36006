"""Blocks and layer lists, with what differs between the uses of a block as its arguments."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from convcalc.features.import_.block_arguments import (
    Argument,
    Arguments,
    Column,
    Expression,
    common,
    same,
)
from convcalc.features.import_.nested_parts import Part
from convcalc.features.import_.spelling import Value, usual
from convcalc.kinds.base.fields import SHORT_NAMES
from convcalc.network.names import TAKEN_VARIABLES
from convcalc.network.template import BLOCK_INPUT, PREV

if TYPE_CHECKING:
    from convcalc.features.import_.structure import Structure
    from convcalc.kinds.base import Kind

# Channels are called so in papers; the other symbols keep their letter.
_ARGUMENT_NAMES = {"out_channels": "c", "out_features": "c"}
_LONG_SERIES = 8
_MOST_LISTS = 3

Defaults = dict[tuple[str, str], Value]


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
    item: int = -1
    name: str = ""
    block: Block | None = None
    kind: type[Kind] | None = None


@dataclass(slots=True, eq=False)
class Body:
    """A layer list and the parts that it stands for: one list of parts for each use."""

    uses: list[list[Part]]
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
        """The arguments that are no layers."""
        return [one for one in self.body.arguments.found if not one.is_layer]


class Blocks:
    """Every block of a settled structure, inner ones first, and the network's own list."""

    def __init__(self, structure: Structure, defaults: Defaults) -> None:
        self.structure = structure
        self.graph = structure.graph
        self.spelling = structure.spelling
        self.defaults = defaults
        self._given: dict[Part, dict[str, Value]] = {}
        self.by_key: dict[int, Block] = {}
        groups: defaultdict[int, list[Part]] = defaultdict(list)
        for part in structure.groups():
            groups[part.key].append(part)
        # What a group is made of has been numbered before it.
        for key in sorted(groups):
            self.by_key[key] = self._block(groups[key])
        self.body = Body([structure.parts], Arguments(1, []))
        self._fill(self.body, [()])

    def _block(self, parts: list[Part]) -> Block:
        entering = [self.graph.shape_of(part.reads[0])[0] for part in parts]
        body = Body([part.parts for part in parts], Arguments(len(parts), entering))
        block = Block(parts, body)
        reads = [part.reads for part in parts]
        for nodes in zip(*(others[1:] for others in reads), strict=True):
            block.layers.append(body.arguments.layer(list(nodes)).text)
        self._fill(body, reads)
        body.arguments.settle()
        for use, part in enumerate(parts):
            self._given[part] = body.arguments.given(use)
        return block

    def _fill(self, body: Body, reads: Sequence[tuple[int, ...]]) -> None:
        first = body.uses[0]
        places = {part.result: Ref(index) for index, part in enumerate(first)}
        if reads[0]:
            places[reads[0][0]] = Ref(word=BLOCK_INPUT)
            by_nodes = {one.values[0]: one.name for one in body.arguments.found if one.is_layer}
            for node in reads[0][1:]:
                places[node] = Ref(word=f"={by_nodes[node]}")
        else:
            for entry in self.graph.nodes[: self.graph.input_count]:
                places[entry.at] = Ref(word=entry.name)
        for index in range(len(first)):
            column = [use[index] for use in body.uses]
            for line in self._entry(body, column, places):
                line.item = index
                body.lines.append(line)

    def _entry(self, body: Body, column: list[Part], places: dict[int, Ref]) -> Iterator[Line]:
        part = column[0]
        if not part.is_run:
            yield self._single(body, column, places)
        elif len({len(one.parts) for one in column}) > 1 or part.key in self.structure.even:
            yield self._even(body, column, places)
        else:
            yield from self._uneven(body, column, places)

    def _start(self, part: Part) -> Line:
        if part.parts:
            return Line("", block=self.by_key[part.key])
        kind = type(self.graph.nodes[part.first].layer)
        return Line(kind.kind, _short(kind, kind.main), kind=kind)

    def _single(
        self, body: Body, column: list[Part], places: dict[int, Ref], is_series: bool = False
    ) -> Line:
        part = column[0]
        line = self._start(part)
        for name, values in self._columns(column):
            self._write(body, line, name, values, [] if is_series else column)
        self._connect(line, part, places)
        if line.block:
            for name, node in zip(line.block.layers, part.reads[1:], strict=True):
                line.fields[name] = places[node]
        return line

    def _even(self, body: Body, column: list[Part], places: dict[int, Ref]) -> Line:
        members = [part.parts[0] for part in column]
        line = self._single(body, members, places, is_series=True)
        lengths: Column = [(len(part.parts),) for part in column]
        line.repeat = body.arguments.written("n", lengths)
        return line

    def _uneven(self, body: Body, column: list[Part], places: dict[int, Ref]) -> Iterator[Line]:
        for start, end in self._segments(column):
            cells = [part.parts[start:end] for part in column]
            if start:
                # It reads the line before, which is a part of the same series.
                places = {**places, cells[0][0].reads[0]: Ref(-1, PREV)}
            if end - start == 1:
                yield self._single(body, [one[0] for one in cells], places)
                continue
            before = list(body.arguments.found)
            line = self._series(body, cells, places)
            if len(line.each) <= _MOST_LISTS:
                yield line
                continue
            # Many lists in step are read in columns, as if they were lines.
            body.arguments.found = before
            for at in range(end - start):
                if at:
                    places = {**places, cells[0][at].reads[0]: Ref(-1, PREV)}
                yield self._single(body, [one[at] for one in cells], places)

    def _series(self, body: Body, cells: list[list[Part]], places: dict[int, Ref]) -> Line:
        """One line for several parts in a row, of which some fields differ."""
        part = cells[0][0]
        line = self._start(part)
        self._connect(line, part, places)
        length = len(cells[0])
        columns = [dict(self._columns([one[at] for one in cells])) for at in range(length)]
        for name in columns[0]:
            flat: Column = [values for at in range(length) for values in columns[at][name]]
            constant = common(flat, self._preferred(line, name))
            across = [
                _one_of(columns[at][name][use] for at in range(length)) for use in range(len(cells))
            ]
            if constant is not ...:
                self._put(line, name, constant)
            elif all(across):
                self._write(body, line, name, across, [])
            else:
                key = _short(line.kind, name) if line.kind else name
                line.each[key] = [
                    body.arguments.written(_argument_name(name), columns[at][name])
                    for at in range(length)
                ]
        if line.block:
            for number, name in enumerate(line.block.layers, 1):
                refs = [places[one.reads[number]] for one in cells[0]]
                if len(set(refs)) == 1:
                    line.fields[name] = refs[0]
                else:
                    line.each[name] = list(refs)
        if not line.each:
            line.repeat = length
        return line

    def _segments(self, column: list[Part]) -> list[tuple[int, int]]:
        """Where a series is cut, so that each line is about one width, as people write them."""
        members = column[0].parts
        rows = [dict(self._columns([part])) for part in members]
        for name in rows[0]:
            values = [repr(row[name][0]) for row in rows]
            starts = [at for at in range(len(values)) if not at or values[at] != values[at - 1]]
            if len(starts) > 1 and 2 * len(starts) <= len(values) + 1 < 2 * len(values):
                if len(starts) == 2 and starts[1] == 1 and len(values) <= _LONG_SERIES:
                    continue
                return list(zip(starts, [*starts[1:], len(values)], strict=True))
        return [(0, len(members))]

    def _columns(self, column: list[Part]) -> Iterator[tuple[str, Column]]:
        """The fields of the parts of a column, a column of values each."""
        part = column[0]
        if part.parts:
            for argument in self.by_key[part.key].values:
                yield argument.name, [(self._given[one][argument.name],) for one in column]
            return
        choices = [self.spelling.choices(self.graph.nodes[one.first]) for one in column]
        for name in choices[0]:
            yield name, [one[name] for one in choices]

    def _write(self, body: Body, line: Line, name: str, values: Column, column: list[Part]) -> None:
        preferred = self._preferred(line, name)
        # In a series `cin` is another one each time.
        cin = [self.graph.shape_of(part.reads[0])[0] if part.reads else None for part in column]
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

    def _connect(self, line: Line, part: Part, places: dict[int, Ref]) -> None:
        if line.kind and line.kind.is_merge:
            line.inputs = [places[node] for node in part.reads]
        elif part.reads:
            line.source = places[part.reads[0]]


def _short(kind: type[Kind], name: str) -> str:
    short = SHORT_NAMES.get(name, name)
    return short if short in kind.spellings() else name


def _argument_name(name: str) -> str:
    name = _ARGUMENT_NAMES.get(name, SHORT_NAMES.get(name, name))
    return f"{name}_" if name in TAKEN_VARIABLES else name


def _one_of(cells: Iterable[tuple[Value, ...] | None]) -> tuple[Value, ...]:
    """The values that all cells may have."""
    first, *others = (cell or () for cell in cells)
    return tuple(
        value for value in first if all(any(same(value, one) for one in cell) for cell in others)
    )
