"""Which columns a terminal has room for, and how wide each is: numbers are never cut.

One rule for every table. Where it is too wide, cells become brief, from the last column on; then
columns yield in the order that the table says, those that can moving into another one; sentences
go below their row; text that may fold does, to no less than what it is content with, then to LEAST
cells; what is still too wide goes on below, the first column repeated. Columns asked for never
yield. Several words of a total stand below each other; a number or a shape alone widens its column.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf
from textwrap import wrap
from typing import Any

from convcalc.core.text import cells
from convcalc.report.table import Cell, Column, Table, shown

GAP = 2
LEAST = 12
INDENT = "  "
# A text beyond this does not widen its column: one merge of thousands would fill every line.
_WIDEST = 200


@dataclass(frozen=True, slots=True)
class Part:
    """A table, or a range of its columns: the texts of each row, and of the total in lines."""

    columns: tuple[Column[Any], ...]
    widths: tuple[int, ...]
    rows: tuple[tuple[str, ...], ...]
    total: tuple[list[str], ...] | None

    @property
    def width(self) -> int:
        """Cells of a whole line."""
        return sum(self.widths) + GAP * (len(self.widths) - 1)


@dataclass(frozen=True, slots=True)
class Layout:
    """One part, or several below each other, the columns left out, and what is below each row."""

    parts: tuple[Part, ...]
    left_out: tuple[Column[Any], ...]
    below: tuple[tuple[str, ...], ...]


def lay_out(table: Table, width: int | None) -> Layout:
    """The layout for `width` cells (None: no limit)."""
    fitting = _Fitting(table)
    if width is not None:
        fitting.fit(width - table.indent)
    return Layout(tuple(fitting.parts()), tuple(fitting.left_out), tuple(fitting.below()))


def _in_words(text: str, width: int) -> list[str]:
    return wrap(text, max(width, 1), break_long_words=False, break_on_hyphens=False) or [""]


class _Fitting:
    """The columns of a table on their way into a width."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.width = inf
        self.columns = list(table.columns)
        self.left_out: list[Column[Any]] = []
        self.sunk: list[Column[Any]] = []
        # Columns that moved into another one, and the texts of that without them.
        self.joined: list[Column[Any]] = []
        self.alone: dict[str, list[str]] = {}
        self.texts: dict[str, list[str]] = {}
        self.totals: dict[str, str] = {}
        for at, column in enumerate(table.columns):
            self.texts[column.key] = [
                INDENT * (0 if at else row.depth) + shown(row.values[at]) for row in table.rows
            ]
            self.totals[column.key] = shown(table.total.values[at]) if table.total else ""
        self.natural = {column.key: self._natural(column) for column in self.columns}

    def fit(self, width: int) -> None:
        """Make cells brief, and let columns yield, until the rest fits."""
        self.width = width
        # Without branches or windows there is nothing to say in some columns.
        for column in [one for one in self.columns if one.key not in self.table.kept]:
            if self.table.rows and not any((*self.texts[column.key], self.totals[column.key])):
                self.columns.remove(column)
        for column in reversed(self.columns):
            self._shorten(column, beyond=0 if self._least() > width else _WIDEST)
        for key in self.table.yields:
            found = [one for one in self.columns if one.key == key]
            if found and key not in self.table.kept and self._least() > width:
                self._yield(found[0])
        for column in [one for one in self.columns if one.sinks]:
            if self._least() > width:
                self.columns.remove(column)
                self.sunk.append(column)

    def below(self) -> Iterator[tuple[str, ...]]:
        """The sentences below each row: its own behind those of columns that sank."""
        for at, row in enumerate(self.table.rows):
            yield (*(self.texts[column.key][at] for column in self.sunk), *row.below)

    def parts(self) -> Iterator[Part]:
        """The columns as they are now, with their widths; below each other where they must."""
        first, *others = self.columns
        groups: list[list[Column[Any]]] = [[first]]
        if self._least(LEAST) <= self.width:
            groups[0] += others
            others = []
        used = self._content(first, LEAST)
        start = used
        for column in others:
            more = GAP + self._content(column, LEAST)
            if len(groups[-1]) > 1 and used + more > self.width:
                groups.append([first])
                used = start
            groups[-1].append(column)
            used += more
        for columns in groups:
            yield self._part(columns)

    def _part(self, columns: Sequence[Column[Any]]) -> Part:
        texts = zip(*(self.texts[column.key] for column in columns), strict=True)
        widths = tuple(self._widths(columns))
        totals = None
        if self.table.total is not None:
            sized = zip(columns, widths, strict=True)
            totals = tuple(_in_words(self.totals[column.key], width) for column, width in sized)
        return Part(tuple(columns), widths, tuple(texts), totals)

    def _shorten(self, column: Column[Any], beyond: int) -> None:
        """Texts wider than so many cells become brief."""
        at = self.table.columns.index(column)
        values = [row.values[at] for row in self.table.rows]
        for place, value in enumerate(values):
            if isinstance(value, Cell) and value.brief is not None and len(value.text) > beyond:
                self.texts[column.key][place] = value.brief
        self.natural[column.key] = self._natural(column)

    def _yield(self, column: Column[Any]) -> None:
        if column.joins is None:
            self.columns.remove(column)
            self.left_out.append(column)
            return
        key, _ = column.joins
        target = next((one for one in self.columns if one.key == key), None)
        if target is not None:
            self._join(column, target)
            return
        # Columns that have one in common to move into do so together.
        target = Column(key, key, shown, right=True, folds=20)
        self.columns.insert(self.columns.index(column), target)
        self.texts[key], self.totals[key] = [""] * len(self.table.rows), ""
        for one in [one for one in self.columns if one.joins and one.joins[0] == key]:
            self._join(one, target)

    def _join(self, column: Column[Any], target: Column[Any]) -> None:
        """Move a column into another one, behind those before it that did so, too."""
        self.columns.remove(column)
        self.joined.append(column)
        joined = [
            (one.key, one.joins[1])
            for one in self.table.columns
            if one in self.joined and one.joins is not None and one.joins[0] == target.key
        ]
        alone = self.alone.setdefault(target.key, list(self.texts[target.key]))
        for at, own in enumerate(alone):
            text = own
            for key, lead in joined:
                more = self.texts[key][at]
                # `conv_1` says what it is by itself.
                if more not in ("", "0") and not any(
                    part.startswith(more) for part in own.strip().split(".")
                ):
                    text = f"{text}{lead}{more}".removeprefix(", ")
            self.texts[target.key][at] = text
        self.natural[target.key] = self._natural(target)

    def _natural(self, column: Column[Any]) -> int:
        texts = [column.title, *self.texts[column.key]]
        if not column.folds:
            texts += self.totals[column.key].split(" ")
        sizes = map(cells, texts)
        return max(size for size in sizes if size <= _WIDEST or column.right)

    def _content(self, column: Column[Any], least: int | None = None) -> int:
        """Cells that a column has to have."""
        natural = self.natural[column.key]
        if not column.folds:
            return natural
        return min(natural, column.folds if least is None else min(column.folds, least))

    def _least(self, least: int | None = None) -> int:
        needed = (self._content(column, least) for column in self.columns)
        return sum(needed) + GAP * (len(self.columns) - 1)

    def _widths(self, columns: Sequence[Column[Any]]) -> Iterator[int]:
        """What each column needs, and what is to spare for those that fold, the first first."""
        gaps = GAP * (len(columns) - 1)
        least: int | None = None
        if sum(map(self._content, columns)) + gaps > self.width:
            least = LEAST
        spare = self.width - gaps - sum(self._content(column, least) for column in columns)
        for column in columns:
            narrow = self._content(column, least)
            given = int(max(0, min(self.natural[column.key] - narrow, spare)))
            spare -= given
            yield narrow + given
