"""Where the parts of a board stand, in pixels worked by hand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Literal

import pytest

from convcalc.report.drawing.boards import Board, Cell, Cursor, Grid, Mark, Panel, Tap, sheet
from convcalc.report.drawing.boards import drawn_panel as panels
from convcalc.report.drawing.boards.drawn_grid import (
    EXTRA,
    KERNEL,
    RESULT,
    Size,
    drawn_cell,
    drawn_cursor,
    drawn_grid,
    grid_box,
    text_size,
)
from convcalc.report.drawing.boards.drawn_panel import Drawn
from convcalc.report.drawing.boards.grids import MARKS
from convcalc.report.drawing.canvas import Box, Dot, Group, Path, Rect, Shape, Spot, Text, flat
from convcalc.report.drawing.palette import INK, MUTED, SURFACE, Role, accent
from convcalc.report.drawing.text_width import text_width
from tests.each import each


def grid(
    rows: int,
    columns: int,
    title: str = "",
    row_names: tuple[str, ...] = (),
    column_names: tuple[str, ...] = (),
    text: str = "",
    mark: Mark = "value",
) -> Grid:
    return Grid(title, ((Cell(mark, text),) * columns,) * rows, (), row_names, column_names)


def panel(*columns: tuple[Grid, ...], signs: tuple[str, ...] = (), steps: int = 0) -> Panel:
    captions = tuple(f"caption {step}" for step in range(steps))
    return Panel("t", (), columns, signs, captions)


def places(shapes: Iterable[Shape]) -> dict[str, tuple[float, float]]:
    """Where each text stands."""
    return {one.text: (one.x, one.y) for one in shapes if isinstance(one, Text)}


def boxes(shapes: Iterable[Shape]) -> list[Box]:
    return [one.box for one in shapes if isinstance(one, Rect)]


def test_parts_stand_below_each_other_and_empty_ones_take_no_room() -> None:
    dot = Dot(Spot(1, 2), 1)
    parts = [Drawn((dot,), 10), Drawn((), 99), Drawn((dot,), 20)]
    assert panels.below(parts, 5) == Drawn((dot, Dot(Spot(1, 17), 1)), 35)
    assert panels.below([], 5) == Drawn((), 0)


@each(("title", "width", "found", "height"), [
    # Lines of 18 + 4 with the foot 4 above their end; notes in lines of 22, and 4 below.
    ("aaaa bbbb", 900, {"aaaa bbbb": 18, "one": 44, "two": 66}, 70),
    ("aaaa bbbb", 60, {"aaaa": 18, "bbbb": 40, "one": 66, "two": 88}, 92),
])  # fmt: skip
def test_the_head_of_a_panel(
    title: str, width: float, found: dict[str, float], height: float
) -> None:
    drawn = panels.head(Panel(title, ("one", "two"), (), ()), width)
    assert places(drawn.shapes) == {text: (0, y) for text, y in found.items()}
    assert drawn.height == height


FIRST, SECOND = [mark for mark in MARKS if mark in ("padding", "unread")]
WIDE = [52 + text_width(MARKS[mark], 15) for mark in (FIRST, SECOND)]


@each(("width", "second", "height"), [
    # A box of 18, 8 of room, the words, 26 of room; or the next line, 26 below.
    (900, (WIDE[0], 0), 20), (sum(WIDE), (WIDE[0], 0), 20), (sum(WIDE) - 1, (0, 26), 46),
])  # fmt: skip
def test_the_legend_of_a_panel(width: float, second: tuple[float, float], height: float) -> None:
    drawn = panels.legend(panel((grid(1, 1, mark="padding"), grid(1, 1, mark="unread"))), width)
    x, y = second
    assert places(drawn.shapes) == {MARKS[FIRST]: (26, 14), MARKS[SECOND]: (x + 26, y + 14)}
    assert boxes(drawn.shapes) == [Box(0, 0, 18, 18), Box(x, y, 18, 18)]
    assert drawn.height == height


def test_captions_stand_at_one_place_each_at_its_step() -> None:
    # Lines of 15 + 7, whose foot is 6 above their end.
    drawn = panels._captions(panel((grid(1, 1),), steps=2), 900)
    first, second = drawn.shapes
    assert isinstance(first, Group)
    assert isinstance(second, Group)
    assert (first.places, second.places) == ((Spot(0, 0), None), (None, Spot(0, 0)))
    assert places(first.shapes) == {"caption 0": (0, 16)}
    assert drawn.height == 22
    lines = panels._lines(["a", "b"], 13)
    assert (places(lines.shapes), lines.height) == ({"a": (0, 14), "b": (0, 34)}, 40)


@each(("given", "size"), [
    (grid(3, 4), (40, 24 + 60)), (grid(3, 4, column_names=("a",)), (40, 24 + 18 + 60)),
    (grid(3, 4, row_names=("a", "bbb")), (text_width("bbb", 11) + 8 + 40, 84)),
    (grid(1, 1, title="a title"), (text_width("a title", 15, bold=True), 44)),
])  # fmt: skip
def test_what_a_grid_takes(given: Grid, size: tuple[float, float]) -> None:
    assert grid_box(given, Size(10, 20)) == size


def test_where_cells_and_their_names_stand() -> None:
    one = grid(2, 2, "title", ("r", "s"), ("c", "wider than a cell"))
    shapes = [*drawn_grid(one, Spot(100, 50), Size(30, 20), 0)]
    # Below 24 for the title and 18 for names, beside the wider name and 8.
    left, top = 100 + max(text_width("r", 11), text_width("s", 11)) + 8, 50 + 42
    assert boxes(shapes) == [
        Box(left + x, top + y, 30, 20) for y in (0, 20) for x in (0, 30)
    ]  # fmt: skip
    foot = 0.35 * 11
    assert places(shapes) == {
        "title": (100, 65), "c": (left + 15, top - 6), "r": (left - 6, top + 10 + foot),
        "s": (left - 6, top + 30 + foot),
    }  # fmt: skip
    for high, names in ((10.9, set()), (11, {"r", "s"})):
        found = drawn_grid(grid(2, 2, row_names=("r", "s")), Spot(0, 0), Size(30, high), 0)
        assert {*places(found)} - {""} == names


@each(("wide", "high", "size"), [(100, 100, 15), (100, 20, 9), (24, 100, None)])
def test_how_large_the_text_of_a_cell_is(wide: float, high: float, size: float | None) -> None:
    # 0.45 of the height, 15 at most, and 2 left free at each side.
    found = text_size(Box(0, 0, wide, high), "12345678")
    assert found == pytest.approx(15 * 20 / text_width("12345678", 15) if size is None else size)


@each(("mark", "is_shared", "y", "role"), [
    # The foot is 0.36 of the letters' 9 below the middle, or an eighth or so of 20 higher.
    ("value", False, 2 + 10 + 3.24, INK), ("value", True, 2 + 10 + 3.24 - 2.4, INK),
    ("padding", False, 15.24, MUTED), ("inserted", False, 15.24, MUTED),
    ("extra", False, 15.24, EXTRA),
])  # fmt: skip
def test_where_the_text_of_a_cell_stands(mark: Mark, is_shared: bool, y: float, role: Role) -> None:
    shapes = [*drawn_cell(Cell(mark, "7"), Box(1, 2, 40, 20), is_shared)]
    text = shapes[-1]
    assert isinstance(text, Text)
    assert (text.x, text.y, text.size) == pytest.approx((21, y, 9))
    assert (text.role, text.anchor, text.bold) == (role, "middle", mark == "extra")
    grounds = [one.box for one in shapes if isinstance(one, Rect) and one.fill == SURFACE]
    around = Box(text.box.x - 1.5, text.box.y, text.box.width + 3, text.box.height)
    assert grounds == ([around] if mark in ("padding", "extra") else [])


@each(("look", "role", "fill", "width"), [
    ("kernel", KERNEL, KERNEL, 2), ("result", RESULT, RESULT, 2), ("winner", KERNEL, None, 4),
])  # fmt: skip
def test_how_a_cursor_is_drawn(
    look: Literal["kernel", "result", "winner"], role: Role, fill: Role | None, width: float
) -> None:
    taps = (Tap(0, 0, "w"), Tap(0, 1), Tap(1, 0), Tap(1, 1, "w"))
    cursor = Cursor(taps, ((2, 3), None), look)
    group = drawn_cursor(cursor, Spot(5, 7), Size(30, 20), 1)
    assert (group.places, group.still) == ((Spot(90, 40), None), 1)
    cells = [one for one in group.shapes if isinstance(one, Rect)]
    assert [one.box for one in cells] == [
        Box(5, 7, 30, 20), Box(35, 7, 30, 20), Box(5, 27, 30, 20), Box(35, 27, 30, 20)
    ]  # fmt: skip
    assert {(one.stroke, one.fill, one.width) for one in cells} == {(role, fill, width)}
    texts = [one for one in group.shapes if isinstance(one, Text)]
    assert [(one.x, one.y, one.size) for one in texts] == [(32, 24, 6), (62, 44, 6)]


@each(("size", "small"), [
    (Size(90, 19), None), (Size(90, 20), 6), (Size(90, 36), 10.8), (Size(90, 90), 11),
    (Size(text_width("ww", 11, bold=True) + 4, 90), 11),
    (Size(text_width("ww", 11, bold=True) + 3, 90), None),
])  # fmt: skip
def test_weights_stand_in_cells_with_room_for_them(size: Size, small: float | None) -> None:
    group = drawn_cursor(Cursor((Tap(0, 0, "ww"),), ((0, 0),)), Spot(0, 0), size, 0)
    found = [one.size for one in group.shapes if isinstance(one, Text)]
    assert found == pytest.approx([] if small is None else [small])


@each(("taps", "has_gaps"), [
    (((0, 0), (0, 1)), False), (((0, 0), (0, 2)), True), (((0, 0), (1, 0)), False),
    (((0, 0), (2, 0)), True), (((1, 1), (1, 2), (2, 1), (2, 2)), False),
    (((0, 0), (0, 2), (2, 0), (2, 2)), True),
])  # fmt: skip
def test_cells_that_are_apart_have_a_frame_around_them(
    taps: tuple[tuple[int, int], ...], has_gaps: bool
) -> None:
    cursor = Cursor(tuple(Tap(*one) for one in taps), ((0, 0),))
    group = drawn_cursor(cursor, Spot(0, 0), Size(10, 10), 0)
    assert any(isinstance(one, Rect) and one.dash for one in group.shapes) is has_gaps


def test_grids_stand_beside_and_below_each_other() -> None:
    upper, lower, beside = grid(1, 4), grid(2, 3), grid(3, 2, column_names=("a", "b"))
    # Of 10 cells at most 46: those of 1 row, 2 rows, 24 above each, and 16 between them.
    drawn = panels._grids(panel((upper, lower), (beside,), signs=("=",)), 900, 13)
    found = boxes(drawn.shapes)
    assert found[0] == Box(0, 24, 46, 46)
    assert found[4] == Box(0, 24 + 46 + 16 + 24, 46, 46)
    # Beside four cells and 58; below a title and names.
    assert found[10] == Box(4 * 46 + 58, 42, 46, 46)
    assert drawn.height == max(24 + 46 + 16 + 24 + 92, 42 + 3 * 46)
    # The sign stands in the middle of the room, and of the lower of the two grids.
    assert places(drawn.shapes)["="] == (4 * 46 + 29, 42 + 23 + 8)


@each(("columns", "width", "size"), [
    (((grid(2, 10),),), 1120, 46), (((grid(2, 10),),), 205, 20.5), (((grid(2, 10),),), 209, 20.5),
    (((grid(30, 2),),), 1120, 30), (((grid(2, 5),), (grid(2, 5),)), 205 + 58, 20.5),
    (((grid(10, 2), grid(20, 2)),), 1120, 30),
    (((grid(2, 5, row_names=("ab",)),),), 100 + text_width("ab", 11) + 8, 20),
    # A title that is wider than its cells takes of the others' room.
    (((grid(1, 1, title="m" * 9),), (grid(1, 10),)),
     text_width("m" * 9, 15, bold=True) + 58 + 200, 20),
])  # fmt: skip
def test_the_largest_cells_that_fit(
    columns: tuple[tuple[Grid, ...], ...], width: float, size: float
) -> None:
    assert panels.largest_cell(panel(*columns), width) == size


@each(("columns", "width"), [(4, 700), (20, 920), (40, 1120)])
def test_how_wide_panels_are(columns: int, width: float) -> None:
    assert panels.width_of([panel((grid(1, 1),)), panel((grid(1, columns),))]) == width


@each(("text", "width", "size"), [
    ("", 200, (20, 20)), ("1", 200, (20, 20)), ("12345678", 200, (20, 20)),
    # Rows make the cells low, and the text makes them wide, as far as there is room.
    ("12345678", 300, (30, 30)), ("12345678", 800, None), ("123456789" * 9, 800, (80, 30)),
])  # fmt: skip
def test_cells_are_as_wide_as_their_text(
    text: str, width: float, size: tuple[float, float] | None
) -> None:
    wanted = (text_width(text, 9) + 4, 30) if size is None else size
    assert panels._cell_size(panel((grid(30, 10, text=text),)), width, 1) == pytest.approx(wanted)


def test_frames_of_steps_stand_beside_each_other() -> None:
    dot = Dot(Spot(0, 0), 1)
    drawn = sheet._beside([Drawn((dot,), 10), Drawn((dot,), 30), Drawn((dot,), 20)], 100)
    assert drawn == Drawn((dot, Dot(Spot(134, 0), 1), Dot(Spot(268, 0), 1)), 30)
    step = sheet._step(panel((grid(1, 1),), steps=4), 2, 500)
    # 16 for the number, 6 of room; 24 above the cell, 46, 6 of room, and the foot of 20 less 6.
    assert places(step.shapes) == {
        "step 3 of 4": (0, 12), "": (0, 22 + 15), "caption 2": (0, 22 + 24 + 46 + 6 + 14)
    }  # fmt: skip
    assert step.height == 22 + 24 + 46 + 6 + 20


@each(("across", "steps"), [(3, 6), (2, 4), (1, 3)])
def test_two_rows_of_frames_or_three_frames(across: int, steps: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sheet, "_is_legible", lambda _, room: room >= sheet._room(across))
        drawn = sheet._frames(replace(panel((grid(1, 1),), steps=9), still=5))
    texts = [one for one in flat(drawn.shapes) if isinstance(one, Text)]
    numbers = [one for one in texts if one.text.startswith("step ")]
    assert len(numbers) == steps
    assert len({one.x for one in numbers}) == across


def test_cells_that_belong_together_have_a_colour() -> None:
    for tint in (1, 2, 3):
        (ground,) = drawn_cell(Cell("value", tint=tint), Box(1, 2, 20, 10))
        assert ground == Rect(Box(1, 2, 20, 10), accent(tint - 1), MUTED, 1, 0.3)


def test_panels_stand_below_each_other_on_a_sheet() -> None:
    dot = Dot(Spot(0, 0), 1)
    picture = sheet._stacked(Board("t", "d", ()), [Drawn((dot,), 10), Drawn((dot,), 20)], 500)
    # 40 around, 34 between, a line 8 above 14 more.
    assert (picture.width, picture.height) == (580, 40 + 10 + 34 + 14 + 20 + 40)
    (ruled,) = [one for one in picture.shapes if isinstance(one, Path)]
    assert ruled.spots == (Spot(40, 76), Spot(540, 76))
    dots = [one.spot for one in flat(picture.shapes) if isinstance(one, Dot)]
    assert dots == [Spot(40, 40), Spot(40, 98)]


def test_a_panel_alone_has_eight_pixels_around_it() -> None:
    one = panel((grid(1, 1),), steps=2)
    picture = sheet.single(Board("b", "d", (one,)), one)
    height = panels.drawn_panel(one, 700, has_captions=False).height
    assert (picture.title, picture.width, picture.height) == ("b: t", 716, round(height + 16))
    (group,) = picture.shapes
    assert isinstance(group, Group)
    assert group.places == (Spot(8, 8),)
