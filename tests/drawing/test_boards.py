"""Boards: what plays in SVG, what HTML goes through, which frames PNG has."""

from __future__ import annotations

import base64
import hashlib
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from typing import Any, Literal

import pytest

from convcalc.report.drawing import motion, render
from convcalc.report.drawing.boards import (
    Board,
    BoardError,
    Cell,
    Cursor,
    Grid,
    Mark,
    Panel,
    Tap,
    sheet,
)
from convcalc.report.drawing.boards.drawn_grid import (
    EXTRA,
    RESULT,
    VALUE,
    Size,
    drawn_cell,
    drawn_cursor,
)
from convcalc.report.drawing.boards.drawn_panel import WIDTH
from convcalc.report.drawing.boards.grids import MARKS
from convcalc.report.drawing.boards.sheet import chosen_steps, playing, storyboard
from convcalc.report.drawing.canvas import Box, Dot, Group, Hatch, Path, Rect, Spot, Text, flat
from convcalc.report.drawing.palette import GRID, MUTED, palette
from tests.drawing.contrasts import contrast
from tests.drawing.pictures import HOSTILE, collisions, decoded
from tests.each import each

SVG = "{http://www.w3.org/2000/svg}"


def _board(name: str = "a", steps: int = 3, columns: int = 4, mark: Mark = "value") -> Board:
    places = tuple((0, at) for at in range(steps))
    grid = Grid(name, ((Cell(mark, name[:3]),) * columns,), (Cursor((Tap(0, 0, "w"),), places),))
    captions = tuple(f"{name} step {at}" for at in range(steps))
    return Board(
        name, f"about {name}", (Panel(name, (name,), ((grid,), (grid,)), ("→",), captions),)
    )


def test_svg_plays_by_itself_unless_less_motion_is_preferred() -> None:
    text = render(_board(), "svg").decode()
    root = ET.fromstring(text)
    assert "<script" not in text
    rules = re.search(r"@media \(prefers-reduced-motion: no-preference\) {\n(.*?)\n}\n", text, re.S)
    assert rules
    # One walk, which both cursors keep, and one flash, which three captions share.
    assert re.findall(r"@keyframes (\w+)", text) == re.findall(r"@keyframes (\w+)", rules[1])
    assert sorted(re.findall(r"@keyframes (\w+)", text)) == ["flash3", "walk1"]
    walking = [one for one in root.iter(f"{SVG}g") if one.get("class") == "walk1"]
    assert len(walking) == 2
    assert "animation:flash3 3.6s step-end infinite" in text
    # Three steps of 1.2 s: caption n begins n steps after the first.
    delays = [one.get("style") for one in root.iter(f"{SVG}g") if one.get("class") == "flash3"]
    assert delays == [f"animation-delay:-{late}s" for late in ("3.6", "2.4", "1.2")]


@each(("steps", "seconds"), [
    # A round of 16 seconds, a step of 1.2 at most and 0.4 at least.
    (1, 1.2), (13, 1.2), (16, 1.0), (20, 0.8), (32, 0.5), (40, 0.4), (400, 0.4),
])  # fmt: skip
def test_how_long_a_step_is_seen(steps: int, seconds: float) -> None:
    assert motion._step(steps) == pytest.approx(seconds)


@each(("at", "steps", "share"), [(0, 3, "0%"), (1, 4, "25%"), (1, 3, "33.3333%"), (8, 16, "50%")])
def test_when_a_step_begins(at: int, steps: int, share: str) -> None:
    assert motion._share(at, steps) == share


def test_without_motion_one_step_is_seen() -> None:
    board = _board()
    still = Board(board.title, "", (replace(board.panels[0], still=2),))
    root = ET.fromstring(render(still, "svg"))
    captions = [one for one in root.iter(f"{SVG}g") if "flash3" in one.get("class", "")]
    assert [one.get("opacity") for one in captions] == ["0", "0", None]


def test_html_goes_through_the_steps_and_allows_its_script_alone() -> None:
    page = render(_board(), "html").decode()
    (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'" in page
    assert re.findall(r"<li>(.*?)</li>", page) == ["a step 0", "a step 1", "a step 2"]
    places = re.findall(r'data-places="([^"]*)"', page)
    assert len(places) == 2
    assert all(len(one.split(";")) == 3 for one in places)
    assert "@keyframes" not in page
    for word in ("://", "url(", "src=", "href", "eval", "innerHTML"):
        assert word not in page


@pytest.mark.parametrize("format", ["svg", "html"])
def test_hostile_names_stay_text(format: str) -> None:
    text = render(_board(HOSTILE), format).decode()
    assert text.replace("\n", "").isprintable()
    assert "<script>alert" not in text
    assert text.count("<script") == (format == "html")


@pytest.mark.parametrize("format", ["svg", "html", "png"])
def test_the_same_bytes_again(format: str) -> None:
    assert render(_board(), format) == render(_board(), format)


def test_png_has_frames_side_by_side() -> None:
    image = decoded(render(_board(steps=6), "png"))
    assert image.width == 2 * 1200
    assert chosen_steps(_board(steps=6).panels[0]) == (0, 1, 2, 3, 4, 5)


@each("mark", MARKS)
def test_each_mark_has_its_own_look_without_colour(mark: Mark) -> None:
    """Shapes besides their colours differ, or a letter does."""
    looks = {}
    for one in ("value", *MARKS):
        svg = render(_board("", mark=one), "svg", "light").decode()
        first = svg[svg.index("<rect", svg.index("<rect") + 1) : svg.index("<rect") + 900]
        looks[one] = re.sub(r"#[0-9a-f]{6}|[fs]-[a-z0-9-]+", "", first)
    others = {name: look for name, look in looks.items() if name != mark}
    # Padding and the output padding are hatched alike: a letter tells them apart.
    known = {"padding": "extra", "extra": "padding", "inserted": "beyond", "beyond": "inserted"}
    same = {name for name, look in others.items() if look == looks[mark]}
    assert same <= {known.get(mark, "")}


@each(("mark", "fill", "is_dashed", "hatches", "lines"), [
    ("value", VALUE, False, 0, 0), ("unread", VALUE, False, 0, 1), ("result", RESULT, False, 0, 0),
    ("extra", EXTRA, False, 1, 0), ("padding", None, True, 1, 0), ("inserted", None, True, 0, 0),
    ("beyond", None, True, 0, 0), ("cut", None, True, 0, 2), ("nothing", None, False, 0, 0),
])  # fmt: skip
def test_how_a_cell_is_drawn(
    mark: Mark, fill: str | None, is_dashed: bool, hatches: int, lines: int
) -> None:
    """Filled where it has a value; hatched, dashed or crossed where it has none."""
    frame, *others = drawn_cell(Cell(mark), Box(1, 2, 20, 10))
    assert isinstance(frame, Rect)
    assert (frame.fill, frame.dash) == (fill, is_dashed)
    assert frame.stroke == (GRID if mark == "nothing" else MUTED)
    stroke = EXTRA if mark == "extra" else MUTED
    assert [one.stroke for one in others if isinstance(one, Hatch)] == [stroke] * hatches
    crossed = [one.spots for one in others if isinstance(one, Path)]
    both = [(Spot(1, 2), Spot(21, 12)), (Spot(1, 12), Spot(21, 2))]
    assert crossed == both[:lines]


@each(("cell", "is_legible"), [(99.0, True), (sheet._LEGIBLE, True), (sheet._LEGIBLE - 1, False)])
def test_frames_are_drawn_where_their_cells_can_be_read(cell: float, is_legible: bool) -> None:
    panel: Any = None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sheet, "largest_cell", lambda _panel, _room: cell)
        assert sheet._is_legible(panel, 100) is is_legible


@each("across", [1, 2, 3])
def test_frames_side_by_side_fill_a_sheet(across: int) -> None:
    assert across * sheet._room(across) + (across - 1) * sheet._BETWEEN == pytest.approx(WIDTH)


@pytest.mark.parametrize(("high", "texts"), [(13.9, []), (14.0, ["7"])])
def test_text_stands_in_cells_that_are_high_enough_for_it(high: float, texts: list[str]) -> None:
    cell = drawn_cell(Cell("value", "7"), Box(0, 0, 20, high))
    assert [one.text for one in cell if isinstance(one, Text)] == texts


@pytest.mark.parametrize(("look", "width"), [("row", 4), ("kernel", 2)])
def test_a_frame_is_around_all_cells_of_a_cursor(
    look: Literal["row", "kernel"], width: float
) -> None:
    cursor = Cursor((Tap(0, 1, ""), Tap(2, 3, "")), ((0, 0),), look)
    frame, *cells = drawn_cursor(cursor, Spot(5, 7), Size(10, 8), 0).shapes
    # From 5 + 10 and 7 on, three columns and three rows; the gaps of a kernel are dashed.
    assert isinstance(frame, Rect)
    assert (frame.box, frame.width, frame.dash) == (Box(15, 7, 30, 24), width, look == "kernel")
    assert len(cells) == (2 if look == "kernel" else 0)


def test_panels_are_parted_by_level_lines() -> None:
    (panel,) = _board().panels
    picture = storyboard(Board("t", "d", (panel, panel, panel)))
    lines = [one for one in picture.shapes if isinstance(one, Path)]
    assert len(lines) == 2
    for one in lines:
        start, end = one.spots
        assert start.y == end.y
        assert end.x - start.x == WIDTH


def test_labels_keep_apart() -> None:
    picture = playing(_board())
    assert collisions(replace(picture, shapes=tuple(flat(picture.shapes)))) == []


@pytest.mark.parametrize(
    ("board", "message"),
    [
        pytest.param(
            _board(columns=50),
            "its picture would be 100 cells wide and 1 high; 81 by 69 can be told apart",
            id="too wide",
        ),
        pytest.param(
            _board(steps=401), "its picture would have 401 steps; 400 at most are drawn", id="long"
        ),
    ],
)
@pytest.mark.parametrize("format", ["svg", "html", "png"])
def test_what_cannot_be_read_is_refused(board: Board, message: str, format: str) -> None:
    with pytest.raises(BoardError, match=re.escape(message)):
        render(board, format)


def test_groups_in_groups_stand_where_both_say() -> None:
    inner = Group((Dot(Spot(1, 1), 1),), (None, Spot(10, 0)), still=1)
    outer = Group((inner, Group((Dot(Spot(0, 0), 1),), (None,))), (Spot(0, 5),))
    assert list(flat([outer])) == [Dot(Spot(11, 6), 1)]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_letter_is_read_on_every_ground(theme: str) -> None:
    colors = palette("dark" if theme == "dark" else "light")
    assert contrast(colors["accent-4"], colors["surface"]) >= 4.5
