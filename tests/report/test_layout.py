"""Which columns yield first on a narrow terminal, and that numbers never do."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from convcalc.report import written
from convcalc.report.layout import GAP, LEAST, Layout, lay_out
from convcalc.report.page import Page
from convcalc.report.style import Style
from convcalc.report.table import Cell, Column, Row, Table, Value
from tests.each import each

# A column of each sort, and the cells of its longest text; titles are shorter.
WIDTHS = {"name": 40, "kind": 10, "output": 10, "params": 9, "macs": 13, "stride": 6}
YIELDS = ("kind", "stride")


def column(key: str, **more: Any) -> Column[None]:
    return Column(key, key[:6], lambda item: "", **more)


COLUMNS = (
    column("name", folds=24),
    column("kind", joins=("name", ": ")),
    column("output"),
    column("params", right=True),
    column("macs", right=True),
    column("stride", right=True),
)


def table(values: Iterable[Value], total: tuple[Value, ...] | None = None, **more: Any) -> Table:
    end = Row(total) if total else None
    return Table(COLUMNS, (Row(tuple(values)),), end, yields=YIELDS, **more)


def layout(width: int | None, kept: Iterable[str] = ()) -> Layout:
    return lay_out(table(("x" * size for size in WIDTHS.values()), kept=frozenset(kept)), width)


def keys(columns: Iterable[Column[Any]]) -> list[str]:
    return [column.key for column in columns]


@each(
    ("width", "left_out", "shown"),
    [
        pytest.param(None, [], ["name", "kind", "output", "params", "macs", "stride"], id="all"),
        # 24 for the name, 48 for the others, 10 between them.
        pytest.param(82, [], ["name", "kind", "output", "params", "macs", "stride"], id="folded"),
        pytest.param(81, [], ["name", "output", "params", "macs", "stride"], id="the kind moves"),
        pytest.param(69, ["stride"], ["name", "output", "params", "macs"], id="stride yields"),
        # 12 for the name.
        pytest.param(50, ["stride"], ["name", "output", "params", "macs"], id="names fold more"),
    ],
)
def test_columns_yield_in_their_order(
    width: int | None, left_out: list[str], shown: list[str]
) -> None:
    found = layout(width)
    (part,) = found.parts
    assert (keys(found.left_out), keys(part.columns)) == (left_out, shown)
    assert width is None or part.width <= width


@each("width", range(1, 120, 7))
def test_only_words_are_ever_narrower_than_their_text(width: int) -> None:
    found = layout(width)
    for part in found.parts:
        for column, cells in zip(part.columns, part.widths, strict=True):
            assert cells >= LEAST if column.key == "name" else cells == WIDTHS[column.key]
        # One column beside the names is the least that there can be.
        assert part.width <= width or len(part.columns) == 2
    assert {"name", "output", "params", "macs"} <= {
        key for part in found.parts for key in keys(part.columns)
    }


def test_what_is_too_wide_goes_on_below_with_the_names_repeated() -> None:
    found = layout(40)
    assert [keys(part.columns) for part in found.parts] == [
        ["name", "output", "params"], ["name", "macs"],
    ]  # fmt: skip
    assert found.parts[0].rows[0][0] == found.parts[1].rows[0][0]


def test_columns_asked_for_never_yield() -> None:
    found = layout(60, kept=WIDTHS)
    assert not found.left_out
    assert [keys(part.columns) for part in found.parts] == [
        ["name", "kind", "output", "params"], ["name", "macs", "stride"],
    ]  # fmt: skip


def test_a_wide_terminal_is_used_for_names() -> None:
    assert layout(82).parts[0].widths[0] == 24
    assert layout(91).parts[0].widths[0] == 24 + 9
    assert layout(500).parts[0].widths[0] == WIDTHS["name"]


def test_many_words_of_a_total_stand_below_each_other() -> None:
    values = ("stem", "conv", "8x8x8", 1, 1, "2")
    shapes = " ".join(["1000x10x10"] * 9)
    (part,) = lay_out(table(values, ("total", "", shapes, 10**9, 1, "")), 80).parts
    widths = dict(zip(keys(part.columns), part.widths, strict=True))
    assert widths["output"] == len("1000x10x10")
    assert part.total is not None
    assert part.total[2] == ["1000x10x10"] * 9
    assert widths["params"] == len("1,000,000,000")


def test_cells_become_brief_before_a_column_yields() -> None:
    wide: tuple[Column[None], ...] = (
        Column("a", "a", lambda item: "", folds=LEAST),
        Column("b", "b", lambda item: ""),
    )
    rows = (Row(("name", Cell("1,000,000 yes", brief="yes"))),)
    one = Table(wide, rows, yields=("b",))
    assert lay_out(one, 4 + GAP + 13).parts[0].rows == (("name", "1,000,000 yes"),)
    assert lay_out(one, 4 + GAP + 12).parts[0].rows == (("name", "yes"),)
    assert keys(lay_out(one, 4 + GAP + 2).left_out) == ["b"]


def test_columns_that_share_one_do_so_together() -> None:
    columns: tuple[Column[None], ...] = (
        Column("name", "layer", lambda item: ""),
        Column("bias", "bias", lambda item: 0, right=True, joins=("work", ", bias ")),
        Column("norm", "norm", lambda item: 0, right=True, joins=("work", ", norm ")),
    )
    rows = (Row(("a", 100_000_000, 0)), Row(("b", 7, 100_000_000)))
    one = Table(columns, rows, Row(("total", 100_000_007, 100_000_000)), yields=("bias", "norm"))
    (part,) = lay_out(one, 27).parts
    assert keys(part.columns) == ["name", "work"]
    assert part.rows == (("a", "bias 100,000,000"), ("b", "bias 7, norm 100,000,000"))


def test_sentences_sink_below_their_row_where_there_is_no_room() -> None:
    columns = (column("name"), column("finds", folds=20, sinks=True))
    row = Row(("layer", "what is to be said of it"), below=("and more",))
    beside, sunk = (lay_out(Table(columns, (row,)), width) for width in (27, 26))
    assert (keys(beside.parts[0].columns), beside.below) == (["name", "finds"], (("and more",),))
    assert keys(sunk.parts[0].columns) == ["name"]
    assert sunk.below == (("what is to be said of it", "and more"),)


@pytest.mark.parametrize("said", [(1,), (3,), (1, 2, 3), ()], ids=str)
@pytest.mark.parametrize("form", ["plain", "table", "markdown"])
def test_the_sentence_below_a_row_is_said_in_every_format(form: str, said: Iterable[int]) -> None:
    columns = (column("name"), column("output"))
    rows = tuple(
        Row((f"layer {at}", "8x8"), below=(f"why {at}",) * (at in tuple(said))) for at in (1, 2, 3)
    )
    text = written(Page((Table(columns, rows),)), form, Style(width=40, color=False))
    found = [at for at in (1, 2, 3) if f"why {at}" in text]
    assert found == list(said)
    assert text.count("why") == len(found)


@each(("kept", "rows", "total", "shown"), [
    ((), 1, "", ["name"]),
    (("output",), 1, "", ["name", "output"]),
    # A total alone is something to say, and in a table of no rows nothing is looked at.
    ((), 1, "8x8", ["name", "output"]),
    ((), 0, "", ["name", "output"]),
])  # fmt: skip
def test_a_column_that_says_nothing_is_left_away(
    kept: tuple[str, ...], rows: int, total: str, shown: list[str]
) -> None:
    columns = (column("name"), column("output"))
    end = Row(("total", total)) if total else None
    one = Table(columns, (Row(("a", "")),) * rows, end, kept=frozenset(kept))
    found = lay_out(one, 80)
    assert [keys(part.columns) for part in found.parts] == [shown]
    assert not found.left_out


@each(("width", "widths"), [
    # 20 and 12 of 30 and 25 cells are enough for what folds: the first has what is to spare.
    (None, (30, 25, 5)),
    (64, (30, 25, 5)), (63, (30, 24, 5)), (52, (30, 13, 5)), (51, (30, 12, 5)), (50, (29, 12, 5)),
    (41, (20, 12, 5)),
    # What is narrower makes all that folds as narrow as can be.
    (40, (19, 12, 5)), (33, (12, 12, 5)),
])  # fmt: skip
def test_what_is_to_spare_goes_to_the_first_that_folds(
    width: int | None, widths: tuple[int, ...]
) -> None:
    columns = (column("a", folds=20), column("b", folds=12), column("c"))
    one = Table(columns, (Row(("x" * 30, "y" * 25, "z" * 5)),))
    (part,) = lay_out(one, width).parts
    assert part.widths == widths
