"""Boxes and tables at the width where they just fit, and one cell below it."""

from __future__ import annotations

from convcalc.features.show.boxes import Block, _parts, boxes, side_by_side, table
from convcalc.report.style import Style
from tests.each import each

NUMBERS = [["1", "2", "3", "4", "5", "6", "7"], ["8", "9", "0", "1", "2", "3", "4"]]


def test_a_box_has_two_cells_for_each_digit_and_five_around() -> None:
    # 7 digits take 2 cells each; the frame and what is before it 5.
    assert [block.title for block in boxes("x", NUMBERS, Style(19))] == ["x"]
    assert [block.title for block in boxes("x", NUMBERS, Style(18))] == [
        "x columns 0 to 5", "x columns 6 to 6",
    ]  # fmt: skip


def test_a_wide_box_is_cut_between_columns_and_none_is_there_twice() -> None:
    found = boxes("x", NUMBERS, Style(11, unicode=False))
    assert [(block.title, *block.lines) for block in found] == [
        ("x columns 0 to 2", "+-------+", "| 1 2 3 |", "| 8 9 0 |", "+-------+"),
        ("x columns 3 to 5", "+-------+", "| 4 5 6 |", "| 1 2 3 |", "+-------+"),
        ("x columns 6 to 6", "+---+", "| 7 |", "| 4 |", "+---+"),
    ]


def test_numbers_of_unequal_widths_end_below_each_other() -> None:
    (block,) = boxes("y", [["-10", "2"], ["3", "0.5"]], Style())
    assert block.lines == ("┌─────────┐", "│ -10   2 │", "│   3 0.5 │", "└─────────┘")


def test_blocks_stand_beside_each_other_as_far_as_the_width_goes() -> None:
    one, two, three = Block("a", ("123",)), Block("bb", ("1", "2")), Block("c", ("12345",))
    # 3, 2 and 5 cells with 3 between: 16.
    beside = ["a     bb   c", "123   1    12345", "      2"]
    assert side_by_side([one, two, three], Style(16)) == beside
    below = ["a     bb", "123   1", "      2", "c", "12345"]
    assert side_by_side([one, two, three], Style(15)) == below
    # The indentation counts.
    assert side_by_side([one, two, three], Style(16), " ") == [f" {line}" for line in below]
    assert side_by_side([one, two, three], Style(17), " ") == [f" {line}" for line in beside]


ROWS = [("y[0]", ("1", "20", "3")), ("", ()), ("y[10]", ("4", "5", "600"))]


def test_a_table_of_one_block_has_no_line_of_its_columns() -> None:
    # Labels of 5 cells and 5 around; columns of 1, 2 and 3 cells with 1 between each: 19.
    assert table(("a", "b", "c"), ROWS, Style(19, unicode=False)) == [
        "        | a  b   c",
        "  ------+---------",
        "   y[0] | 1 20   3",
        "  ------+---------",
        "  y[10] | 4  5 600",
    ]


def test_a_table_that_is_too_wide_says_which_columns_stand_in_a_block() -> None:
    assert table(("a", "b", "c"), ROWS, Style(18, unicode=False)) == [
        "  columns a to b:",
        "        | a  b",
        "  ------+-----",
        "   y[0] | 1 20",
        "  ------+-----",
        "  y[10] | 4  5",
        "  columns c to c:",
        "        |   c",
        "  ------+----",
        "   y[0] |   3",
        "  ------+----",
        "  y[10] | 600",
    ]


@each(
    ("widths", "taken", "most", "parts"),
    [
        ([3, 3, 3], 4, None, [(0, 3)]),
        # 4 + 4 + 4 fit into 12 columns, and a third of 4 does not.
        ([3, 3, 3], 4, 12, [(0, 2), (2, 3)]),
        ([3, 3, 3, 3, 3], 4, 12, [(0, 2), (2, 4), (4, 5)]),
        # One at least, however wide.
        ([9, 9, 1, 1], 4, 9, [(0, 1), (1, 2), (2, 4)]),
    ],
)
def test_columns_are_parted_where_the_width_ends(
    widths: list[int], taken: int, most: int | None, parts: list[tuple[int, int]]
) -> None:
    assert _parts(widths, taken, most) == parts
