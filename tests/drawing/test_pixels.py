"""The heat map of paths: counts worked by hand, cells on their pixels."""

from __future__ import annotations

import pytest

from convcalc.features.rf.drawing import field_picture
from convcalc.features.rf.drawing.counts import CountedPixels, amount, pixels_seen
from convcalc.features.rf.drawing.scene import Scene, scene
from convcalc.report.drawing.canvas import Cells, Rect, Text
from tests.drawing.pictures import of_kind, report_of


def seen_of(shown: Scene, most: int = 200) -> CountedPixels:
    seen = pixels_seen(shown, shown.drawn[-1], most)
    assert seen is not None
    return seen


@pytest.mark.parametrize(
    ("layers", "shape", "rows"),
    [
        # Two windows of three: 1 2 3 2 1 along each axis, and their products.
        pytest.param(
            "  - conv: {out: 1, k: 3}\n  - conv: {out: 1, k: 3}",
            (1, 5),
            [(1, 2, 3, 2, 1)],
            id="one axis",
        ),
        pytest.param(
            "  - conv: {out: 1, k: [1, 3]}\n  - conv: {out: 1, k: [3, 2]}",
            (1, 3, 4),
            [(1, 2, 2, 1)] * 3,
            id="two axes",
        ),
        pytest.param(
            "  - conv: {out: 1, k: 3, d: 2}", (1, 5), [(1, 0, 1, 0, 1)], id="holes stay free"
        ),
        pytest.param(
            "  - conv: {out: 1, k: [2, 2, 3]}", (1, 2, 2, 3), [(2, 2, 2)] * 2, id="depth is summed"
        ),
        # The shortcut adds a path to the pixel in the middle.
        pytest.param(
            "  - {conv: {out: 1, k: 3, p: 1}, name: a}\n  - add: [a, input]",
            (1, 3),
            [(1, 2, 1)],
            id="a merge adds paths",
        ),
    ],
)
def test_paths_are_counted(
    layers: str, shape: tuple[int, ...], rows: list[tuple[int, ...]]
) -> None:
    seen = seen_of(scene(report_of(layers, shape)))
    assert list(seen.rows) == rows
    assert seen.is_counted


def test_a_cell_shows_the_largest_count_of_its_pixels() -> None:
    report = report_of("  - conv: {out: 1, k: 3}\n  - conv: {out: 1, k: 3}", (1, 5))
    seen = seen_of(scene(report), 2)
    assert (seen.step, seen.rows, seen.used) == (3, ((3, 2),), 5)
    plane = report_of("  - conv: {out: 1, k: 3}\n  - conv: {out: 1, k: 3}", (1, 5, 5))
    # Largest of 2x2 pixels of the products of 1 2 3 2 1.
    assert seen_of(scene(plane), 3).rows == ((4, 6, 2), (6, 9, 3), (2, 3, 1))
    texts = " ".join(text.text for text in of_kind(field_picture(plane), Text))
    assert "Each cell" not in texts


def test_levels_are_the_logarithm_of_the_count() -> None:
    seen = CountedPixels(((0, 3),), 1, ((1, 2**6, 2**12, 0),), True, False, 3, 1, 2**12)
    assert seen.levels() == (bytes([1, 13, 24, 0]),)
    alike = seen._replace(rows=((5, 5, 0),), least=5, most=5)
    assert alike.levels() == (bytes([24, 24, 0]),)


def test_cells_lie_on_their_pixels() -> None:
    report = report_of("  - {conv: {out: 1, k: 3, d: 2}, name: a}", (1, 5, 5))
    picture = field_picture(report, picture="pixels")
    window = next(rect.box for rect in of_kind(picture, Rect) if rect.width == 1.5)
    grid, key = of_kind(picture, Cells)
    assert grid.box == pytest.approx(window)
    used, free = bytes([24, 0, 24, 0, 24]), bytes(5)
    assert grid.rows == (used, free, used, free, used)
    # One path each, so that the key has one colour.
    assert key.rows == (bytes([24]),)
    texts = [text.text for text in of_kind(picture, Text)]
    assert "1 path each" in texts
    assert any("9 real pixels used; 36 % of the window, the rest are holes." in t for t in texts)


def test_cells_of_a_rest_are_smaller() -> None:
    layers = "  - {conv: {out: 1, k: 203}, name: a}"
    picture = field_picture(report_of(layers, (1, 203, 203)), picture="pixels")
    window = next(rect.box for rect in of_kind(picture, Rect) if rect.width == 1.5)
    grids = of_kind(picture, Cells)[:-1]
    # 203 pixels in cells of 2: 101 whole ones and a rest of one pixel.
    assert [(len(grid.rows), len(grid.rows[0])) for grid in grids] == [
        (101, 101), (101, 1), (1, 101), (1, 1),
    ]  # fmt: skip
    scale = window.width / 203
    assert grids[-1].box.width == pytest.approx(scale)
    assert grids[0].box.width == pytest.approx(202 * scale)
    assert max(grid.box.right for grid in grids) == pytest.approx(window.right)


def test_the_layer_with_holes_is_the_one_shown() -> None:
    layers = "  - {conv: {out: 1, k: 3, d: 2}, name: grid}\n  - {conv: {out: 1, k: 5}, name: full}"
    picture = field_picture(report_of(layers, (1, 20, 20)))
    texts = [text.text for text in of_kind(picture, Text)]
    assert "Pixels that one unit of `grid` uses" in texts


@pytest.mark.parametrize(
    ("count", "written"),
    [
        pytest.param(1, "1", id="one"),
        pytest.param(999_999, "999,999", id="exact while short"),
        pytest.param(1_000_000, "1.0e6", id="a million"),
        pytest.param(3**40, "1.2e19", id="12157665459056928801"),
        pytest.param(10**5000, "1.0e5000", id="more digits than Python writes out"),
    ],
)
def test_amounts(count: int, written: str) -> None:
    assert amount(count) == written
