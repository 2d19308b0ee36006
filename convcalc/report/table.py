"""One description of a table, whatever it is written as: columns, rows, a total.

A column says how it is aligned and what it may give up; a row holds a value for each column. The
formats in `pages/` write it: fitted to a terminal, complete for a pipe, as Markdown or as CSV.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

from convcalc.core.text import count, visible

T = TypeVar("T")

# How to have the columns that yielded, in a command that takes their names.
HINT = "a wider terminal has room, or name them with --columns"


class Cell(NamedTuple):
    """A value that is written in more than one way.

    `text` is for people, `exact` for CSV, `brief` stands where there is no room for more; each is
    `text` unless given.
    """

    text: str
    exact: int | str | None = None
    brief: str | None = None


# A number is a count and shown with its thousands separated; a text stands as it is.
Value = int | str | Cell


@dataclass(frozen=True, slots=True)
class Column(Generic[T]):
    """A column: `key` is its name in CSV and in `--columns`, `title` its heading for people.

    `read` gives its value of a row's item. `right` aligns it right, as figures are. `is_name`
    marks text that comes out of a file. `folds` are the cells that it is content with where its
    text may be folded, 0 where it may not. `joins` names the column that it moves into where
    there is no room for it, and the text between the two; a column that `sinks` goes below its
    row there, across all others. `meaning` explains it below the table where its title does not.
    """

    key: str
    title: str
    read: Callable[[T], Value]
    right: bool = False
    is_name: bool = False
    folds: int = 0
    joins: tuple[str, str] | None = None
    sinks: bool = False
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A line: a value for each column.

    `depth` is how far it is indented, in a tree. `color` holds SGR codes; `below` are sentences
    that belong to the row.
    """

    values: tuple[Value, ...]
    depth: int = 0
    color: str = ""
    below: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """Rows below a heading, and a total.

    `yields` are the keys of the columns that a narrow terminal does without, in this order, and
    `kept` those among them that were asked for. `hint` says how to have them after all.
    `empty` is said where there is no row. Where a reader can open it, it `is_folded` at first.
    """

    columns: tuple[Column[Any], ...]
    rows: tuple[Row, ...]
    total: Row | None = None
    title: str = ""
    yields: tuple[str, ...] = ()
    kept: frozenset[str] = frozenset()
    hint: str = ""
    empty: str = ""
    indent: int = 0
    is_folded: bool = False


def rows_of(columns: Sequence[Column[T]], items: Sequence[T]) -> tuple[Row, ...]:
    """A row for each item.

    >>> rows_of([Column("n", "n", int), Column("name", "name", str)], [3])
    (Row(values=(3, '3'), depth=0, color='', below=()),)
    """
    return tuple(Row(tuple(column.read(item) for column in columns)) for item in items)


def text_column(title: str, key: str = "", **more: Any) -> Column[Any]:
    """A column of a table whose rows are written by hand; its key is its title unless given."""
    return Column(key or title.replace(" ", "_"), title, str, **more)


def table_of(titles: Sequence[str], rows: Iterable[Sequence[Value]], **more: Any) -> Table:
    """A table of texts, the last column of which may fold.

    >>> table_of(("near", "how"), [("8x8", "good")]).rows[0].values
    ('8x8', 'good')
    """
    *first, last = titles
    columns = (*map(text_column, first), text_column(last, folds=30))
    return Table(columns, tuple(Row(tuple(row)) for row in rows), **more)


def shown(value: Value) -> str:
    """A value as text: counts with thousands separated, words without control characters.

    >>> shown(11689512), shown("stem"), shown(Cell("50.75 MiB", 53219008))
    ('11,689,512', 'stem', '50.75 MiB')
    """
    if isinstance(value, int):
        return count(value)
    return visible(value.text if isinstance(value, Cell) else value)


def exact(value: Value) -> int | str:
    """A value as programs want it.

    >>> exact(7), exact(Cell("50.75 MiB", 53219008)), exact("stem")
    (7, 53219008, 'stem')
    """
    if isinstance(value, Cell):
        return value.text if value.exact is None else value.exact
    return value


def number(value: Value) -> int:
    """The figure in a cell, to sort by; 0 where it holds none.

    >>> number(7), number(Cell("2.00 KiB", 2048)), number("all")
    (7, 2048, 0)
    """
    found = exact(value)
    return found if isinstance(found, int) else 0
