"""The heat map of paths: counts worked by hand, cells on their pixels."""

from __future__ import annotations

import pytest

from convcalc.features.rf import field_report
from convcalc.features.rf.drawing import field_picture
from convcalc.features.rf.drawing.counts import (
    CountedPixels,
    Unseen,
    _mask,
    _over_depth,
    _used,
    _work,
    amount,
    pixels_seen,
)
from convcalc.features.rf.drawing.scene import Scene, scene
from convcalc.features.rf.pixel_sets import Bits, Pixels
from convcalc.report.drawing.canvas import Cells, Rect, Text
from tests.drawing.pictures import of_kind, report_of
from tests.each import each


def seen_of(shown: Scene, most: int = 200) -> CountedPixels:
    seen = pixels_seen(shown, shown.drawn[-1], most)
    assert not isinstance(seen, Unseen)
    return seen


@each(
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


@each(
    ("layers", "shape"),
    [
        pytest.param(
            "  - {conv: {out: 1, k: 3, s: 2, p: 1}, repeat: 3}", (1, 33, 40), id="strides"
        ),
        pytest.param(
            "  - {conv: {out: 1, k: 3, d: 2, p: 2, padding_mode: reflect}, repeat: 3}",
            (1, 20, 21),
            id="padding that repeats pixels",
        ),
        pytest.param(
            "  - {max_pool: 2, name: a}\n  - {conv: {out: 1, k: [3, 5], p: same}, repeat: 4}\n"
            "  - conv_transpose: {out: 1, k: 2, s: 2}\n  - add: [input, prev]\n"
            "  - conv: {out: 1, k: 3, p: 1}",
            (1, 24, 28),
            id="down and up, with a shortcut",
        ),
        pytest.param("  - {conv: {out: 1, k: 3, p: 1}, repeat: 60}", (1, 150), id="3**60 paths"),
        pytest.param("  - {conv: {out: 1, k: 3, p: 1}, repeat: 4}", (1, 9, 9, 9), id="three axes"),
        pytest.param("  - {conv: {out: 1, k: 3, d: 3}, repeat: 2}", (1, 20), id="holes"),
    ],
)
def test_rounded_counts_are_the_exact_ones_to_fifteen_digits(
    layers: str, shape: tuple[int, ...]
) -> None:
    shown = scene(report_of(layers, shape))
    drawn = shown.drawn[-1]
    for most in (200, 4):
        exact = seen_of(shown, most)
        rounded = pixels_seen(shown, drawn, most, most_work=0)
        assert not isinstance(rounded, Unseen)
        assert (exact.is_rounded, rounded.is_rounded) == (False, True)
        assert (rounded.ends, rounded.step, rounded.used) == (exact.ends, exact.step, exact.used)
        assert (rounded.least, rounded.most) == pytest.approx((exact.least, exact.most), rel=1e-13)
        for own, other in zip(rounded.rows, exact.rows, strict=True):
            assert own == pytest.approx(other, rel=1e-13)


@each(("layer", "unit", "used"), [
    ("{k: 1}", 3, ((3,), [1])),
    ("{k: 3, d: 2, p: 2}", 0, ((0,), [1, 0, 1])),
    # Of -3 nothing, and of 8 the last.
    ("{k: 1, p: 3}", 0, ((), [])),
    ("{k: 2, p: 1}", 9, ((8,), [1])),
])  # fmt: skip
def test_pixels_that_are_used_are_told_where_their_paths_are_not(
    layer: str, unit: int, used: tuple[tuple[int, ...], list[int]]
) -> None:
    shown = scene(report_of(f"  - conv: {{out: 1, {layer[1:]}", (1, 9)), at=(unit,))
    found = _used(shown, shown.drawn[-1])
    assert found is not None
    first, ones = found
    assert (first, list(ones)) == used


@pytest.mark.parametrize(
    ("mode", "row"),
    [
        # Unit 29 of two windows of three: 27 28 29 0 1, once, twice, three times, twice, once.
        pytest.param("circular", {27: 1, 28: 2, 29: 3, 0: 2, 1: 1}, id="from the other end"),
        # 30 is 28 again; then 28 twice and 29 once are read by those of the second layer.
        pytest.param("reflect", {27: 2, 28: 4, 29: 3}, id="from its own end"),
    ],
)
def test_what_padding_repeats_is_counted_where_it_lies(mode: str, row: dict[int, int]) -> None:
    layers = f"  - {{conv: {{out: 1, k: 3, p: 1, padding_mode: {mode}}}, repeat: 2}}"
    shown = scene(report_of(layers, (1, 30)), at=(29,))
    for work in (1 << 34, 0):
        seen = pixels_seen(shown, shown.drawn[-1], 200, most_work=work)
        assert not isinstance(seen, Unseen)
        ((first, _),) = seen.ends
        assert {first + at: count for at, count in enumerate(seen.rows[0]) if count} == row


@pytest.mark.parametrize(
    ("layers", "is_counted"),
    [
        # The middle has 3**600 / 40 paths or so, past 1e284 and then past any double; the edge one.
        pytest.param(600, True, id="2**940 times as many"),
        pytest.param(800, False, id="more than a double tells apart"),
    ],
)
def test_paths_beyond_doubles_are_counted_or_not_told(layers: int, is_counted: bool) -> None:
    size = 2 * layers + 1
    report = report_of(f"  - {{conv: {{out: 1, k: 3, p: 1}}, repeat: {layers}}}", (1, size))
    shown = scene(report)
    seen = pixels_seen(shown, shown.drawn[-1], size, most_work=0)
    assert not isinstance(seen, Unseen)
    assert (seen.is_counted, seen.used) == (is_counted, size)
    if is_counted:
        (row,) = seen.rows
        assert (row[0], row[-1]) == (1, 1)
        # All 3**600 paths arrive.
        assert abs(sum(row) - 3**layers) * 10**12 < 3**layers


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


@each(
    ("size", "at", "is_told"),
    [
        pytest.param(16, (7, 7), True, id="the centre of an even map"),
        pytest.param(16, (8, 8), False, id="beside the centre of an even map"),
        pytest.param(9, (4, 4), True, id="the centre of an odd map"),
        pytest.param(9, (3, 4), False, id="beside the centre of an odd map"),
    ],
)
def test_the_share_is_told_of_the_centre_unit(
    size: int, at: tuple[int, int], is_told: bool
) -> None:
    report = report_of("  - {conv: {out: 1, k: 3, d: 2, p: 2}, name: a}", (1, size, size))
    picture = field_picture(report, at=at, picture="pixels")
    texts = " ".join(text.text for text in of_kind(picture, Text))
    assert "9 real pixels used" in texts
    assert ("36 % of the window, the rest are holes" in texts) == is_told


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


@each(
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


@each(
    ("pixels", "ends", "known"),
    [
        pytest.param(None, (0, 4), "00000", id="nothing"),
        pytest.param(range(3, 12, 3), (5, 10), "010010", id="6 and 9 of 3, 6, 9"),
        pytest.param(range(-4, 9, 4), (0, 5), "100010", id="0 and 4 of -4, 0, 4, 8"),
        pytest.param(range(20, 30), (0, 4), "00000", id="behind"),
        pytest.param(range(-9, -2), (0, 4), "00000", id="before"),
        pytest.param(range(2, 4), (0, 4), "00110", id="inside"),
        # 2, 3 and 5.
        pytest.param(Bits(2, 0b1011), (0, 3), "0011", id="some, from 2 on"),
        pytest.param(Bits(2, 0b1011), (3, 6), "1010", id="some, from 3 on"),
        pytest.param(Bits(2, 0b1011), (5, 6), "10", id="the last of some"),
        pytest.param(Bits(-2, 0b1011), (0, 3), "0100", id="some begin before"),
    ],
)
def test_pixels_between_two_ends(pixels: Pixels | None, ends: tuple[int, int], known: str) -> None:
    mask = _mask(pixels, ends)
    assert f"{mask:0{len(known)}b}"[::-1] == known


def test_counts_of_planes_are_added_up() -> None:
    counts = (((1, 2), (3, 4)), ((10, 20), (30, 40)), ((100, 200), (300, 400)))
    assert _over_depth(counts) == [[111, 222], [333, 444]]


@each(("layers", "origin", "work"), [
    # Of each layer the pixels that it reads, times its taps and one; 4 bits are the least.
    (["{conv: {out: 1, k: 3}}"], None, 10 * 4 * 4),
    (["{conv: {out: 1, k: 3, p: 1}}", "{conv: {out: 1, k: 2}}"], None, (10 * 4 + 10 * 3) * 4),
    # Folded pixels are looked up: a sixteenth of the map beside each.
    (["{conv: {out: 1, k: 3, p: 1, padding_mode: reflect}}"], None, 10 * 4 * 10 / 16 * 4),
    # Of three layers of k 4 there are 64 paths: 6 bits.
    (["{conv: {out: 1, k: 4}}"] * 3, None, (10 + 7 + 4) * 5 * 6),
    # Of two ways of 4 paths each 3 bits, and 5 behind the two that join them: 32 paths at most.
    (["{conv: {out: 1, k: 4}, name: a}", "{conv: {out: 1, k: 1}}", "{add: [a, prev]}",
      "{conv: {out: 1, k: 4}}"], None, (10 * 5 + 7 * 2 + 7 * 2 * 2 + 7 * 5) * 5),
    (["{conv: {out: 1, k: 3}, name: a}", "{conv: {out: 1, k: 2}}"], "a", 8 * 3 * 4),
    # What is read whole, as a matrix is, has no windows.
    (["{parameter: {shape: [1, 1]}, name: t}", "{matmul: [t, input]}"], None, 10 * 2 * 4),
])  # fmt: skip
def test_the_work_of_exact_counts(layers: list[str], origin: str | None, work: float) -> None:
    listed = "\n".join(f"  - {layer}" for layer in layers)
    report = report_of(listed, (1, 10))
    if origin is not None:
        report = field_report(report.lens.graph, origin=origin)
    assert _work(scene(report), report.layers[-1].index) == work
