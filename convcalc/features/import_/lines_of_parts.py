"""The lines of a layer list: what each part of it says, by values or by the block's arguments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from convcalc.features.import_.block_arguments import (
    WIDTH_NAME,
    Column,
    Expression,
    common,
    is_wide,
    same,
)
from convcalc.features.import_.layer_lists import Block, Body, Cells, Defaults, Line, Ref, sample
from convcalc.features.import_.nested_parts import Part
from convcalc.features.import_.spelling import Value, usual
from convcalc.kinds.base.fields import SHORT_NAMES
from convcalc.network.names import TAKEN_VARIABLES
from convcalc.network.template import PREV

if TYPE_CHECKING:
    from convcalc.features.import_.structure import Structure
    from convcalc.kinds.base import Kind

# The other symbols keep their letter.
_ARGUMENT_NAMES = dict.fromkeys(("out_channels", "out_features"), WIDTH_NAME)
_LONG_SERIES = 8
_MOST_LISTS = 3


class Lines:
    """Writes lines, those of blocks that are in `by_key` already.

    `given` has what each use of such a block gives to its arguments.
    """

    def __init__(
        self,
        structure: Structure,
        defaults: Defaults,
        by_key: Mapping[int, Block],
        given: Mapping[Part, Mapping[str, Value]],
    ) -> None:
        self.structure, self.defaults = structure, defaults
        self.graph, self.spelling = structure.graph, structure.spelling
        self.by_key, self.given = by_key, given

    def entry(self, body: Body, column: Cells, reads: list[Ref]) -> Iterator[Line]:
        """The lines of the parts that stand at one place of a list, one part for each use."""
        part = sample(column)
        if not part.is_run:
            yield self._single(body, column, reads)
        elif self.structure.is_even(part):
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
        line = self._start(sample(column), reads)
        for name, values in self._columns(column):
            self._write(body, line, name, values, [] if is_series else column)
        if line.block:
            line.fields |= zip(line.block.layers, reads[1:], strict=True)
        return line

    def _uneven(self, body: Body, column: Cells, reads: list[Ref]) -> Iterator[Line]:
        """The lines of a run whose parts differ in their fields."""
        length = len(sample(column).parts)
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
        line = self._start(sample(by_part[0]), reads[0])
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
                    (line.fields[name],) = set(refs)
                else:
                    line.each[name] = list(refs)
        if not line.each:
            line.repeat = length
        return line

    def _segments(self, column: Cells) -> list[tuple[int, int]]:
        """Where a series is cut, so that each line is about one width, as people write them."""
        members = sample(column).parts
        if sample(column).is_named and len(members) <= _LONG_SERIES:
            # A series that the source names stays one.
            return [(0, len(members))]
        rows = [dict(self._columns([part])) for part in members]

        def is_narrow(name: str) -> tuple[bool, int]:
            values = [(row[name][0] or (0,))[0] for row in rows]
            return not is_wide(values), len(set(map(repr, values)))

        for name in sorted(rows[0], key=is_narrow):
            values = [repr(row[name][0]) for row in rows]
            starts = [at for at in range(len(values)) if not at or values[at] != values[at - 1]]
            if 1 < len(starts) <= (len(values) + 1) // 2:
                if starts == [0, 1] and len(values) <= _LONG_SERIES:
                    continue
                return list(zip(starts, [*starts[1:], len(values)], strict=True))
        return [(0, len(members))]

    def _columns(self, column: Cells) -> Iterator[tuple[str, Column]]:
        """The fields of the parts of a column, a column of values each."""
        part = sample(column)
        if part.parts:
            for argument in self.by_key[part.key].values:
                name = argument.name
                yield name, [(self.given[one][name],) if one else None for one in column]
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
