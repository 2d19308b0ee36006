"""Fields on a plane and the heat map of a unit, every shape where it stands by hand.

Pictures begin so far to the left that a plane begins at 0, with 20 pixels of them for one of the
input; labels take the 296 to the right of it.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from convcalc.features.rf.drawing.counts import CountedPixels
from convcalc.features.rf.drawing.pixels import _key, _near, _parts, draw_pixels, heat_map
from convcalc.features.rf.drawing.plane import (
    SMALL,
    _bounds,
    _outermost,
    draw_plane,
    outside,
    padding_share,
    plane_height,
    row_labels,
)
from convcalc.features.rf.drawing.scene import Scene, scene
from convcalc.report.drawing.canvas import Box, Text
from convcalc.report.drawing.text_width import text_width
from tests.drawing.pictures import HOLES, LEVELS, anywhere, placed, report_of
from tests.each import each


def corner() -> Scene:
    """The upper right unit of 9 rows and 17 columns: padding above and to the right."""
    return scene(report_of(HOLES, (1, 9, 17)), at=(0, 16))


def open_plane() -> Scene:
    """The unit in the middle of an input of any size."""
    return anywhere(HOLES, (1, 100, 100))


def drawn(shown: Scene, width: float, height: float) -> list[str]:
    """The shapes of a plane of this size at 0, 100."""
    rows, _ = _bounds(shown)
    left = row_labels(rows, shown.drawn[0].origin)
    frame = Box(-left, 100, left + width + 296, height + 30)
    return [placed(shape) for shape in draw_plane(shown, frame)]


# 12 rows from -3 on, and 20 columns.
CORNER = """\
0..340 160..340 input 1 -
260..400 100..160 hatch
340..400 160..240 hatch
260..400 100..240 accent-2 0.07 accent-2 2.5 b: unit 0,16 sees -3..3, 13..19
300..360 140..200 accent-1 0.07 accent-1 2.5 a: unit 0,16 sees -1..1, 15..17
0..340 160..340 - ink 2
0,341 0,346 line muted 1
0 362 muted: 0
100,341 100,346 line muted 1
100 362 muted: 5
200,341 200,346 line muted 1
200 362 muted: 10
300,341 300,346 line muted 1
300 362 muted: 15
400,341 400,346 line muted 1
400 362 muted: 20
-6,160 -1,160 line muted 1
-10 164.9 muted: 0
-6,260 -1,260 line muted 1
-10 264.9 muted: 5
400,100 410,100 430,112 438,112 line accent-2 1
444 117 accent-2: b
444 135 muted: 7×7, stride 1, 67 % padding
360,140 410,140 430,156 438,156 line accent-1 1
444 161 accent-1: a
444 179 muted: 3×3, stride 1, 56 % padding
340,160 410,160 430,200 438,200 line ink 1
444 205 ink: input
444 223 muted: 9×17 pixels"""
# 7 rows and columns, counted from the first of them.
ANYWHERE = """\
0..140 100..240 accent-2 0.07 accent-2 2.5 b: unit 49,49 sees 0..6, 0..6
40..100 140..200 accent-1 0.07 accent-1 2.5 a: unit 49,49 sees 2..4, 2..4
0,241 0,246 line muted 1
0 262 muted: 0
100,241 100,246 line muted 1
100 262 muted: 5
-6,100 -1,100 line muted 1
-10 104.9 muted: 0
-6,200 -1,200 line muted 1
-10 204.9 muted: 5
140,100 150,100 170,112 178,112 line accent-2 1
184 117 accent-2: b
184 135 muted: 7×7, stride 1
100,140 150,140 170,156 178,156 line accent-1 1
184 161 accent-1: a
184 179 muted: 3×3, stride 1"""


def test_every_shape_of_a_plane_stands_where_it_should() -> None:
    # Whichever side is short says how large a pixel is.
    assert drawn(corner(), 400, 240) == CORNER.splitlines()
    assert drawn(corner(), 400, 300) == CORNER.splitlines()
    assert drawn(open_plane(), 140, 140) == ANYWHERE.splitlines()
    assert [line.partition(" ")[0] for line in drawn(open_plane(), 300, 140)[:2]] == [
        "0..140", "40..100"
    ]  # fmt: skip


@each(("shown", "width", "height"), [
    # 12 rows of 20 pixels, and 30 for the numbers of the columns.
    (corner, 400, 12 * 20 + 30),
    (corner, 800, 12 * 40 + 30),
    # Two layers and the input, 44 pixels each, with 20 around them, also where no input is drawn.
    (corner, 200, 3 * 44 + 20),
    (open_plane, 140, 7 * 20 + 30),
    (open_plane, 70, 3 * 44 + 20),
])  # fmt: skip
def test_the_height_of_a_plane(shown: Callable[[], Scene], width: float, height: float) -> None:
    rows, _ = _bounds(shown())
    left = row_labels(rows, shown().drawn[0].origin)
    assert plane_height(shown(), left + width + 296) == pytest.approx(height)


def test_labels_beside_what_lies_at_the_foot_stay_in_the_frame() -> None:
    """Fields of 3 to 9 rows that end with the last of 40: their corners are within 24 pixels."""
    report = report_of("  - {conv: {out: 1, k: 3, p: 1}, repeat: 4}", (1, 40, 40))
    shown = scene(report, at=(39, 39))
    frame = Box(0, 100, 700, 270)
    labels = [shape for shape in draw_plane(shown, frame)
              if isinstance(shape, Text) and shape.anchor == "start"]  # fmt: skip
    # Of two lines each; the lowest begins 44 - 12 above the foot, those above it 44 apart.
    assert [one.y for one in labels[::2]][-3:] == pytest.approx([255, 299, 343])


def test_a_plane_of_a_volume_has_its_rows_and_columns() -> None:
    assert _bounds(scene(report_of("  - conv: {out: 1, k: [1, 2, 3], p: 1}", (1, 5, 7, 11)))) == (
        (0, 6), (0, 10)
    )  # fmt: skip


def test_what_is_too_small_to_be_seen_has_a_dot() -> None:
    """A pixel of 4, and one of 6, which is seen."""
    shown = scene(report_of("  - {conv: {out: 1, k: 1}, name: a}", (1, 9, 100)), at=(2, 50))
    title = "a: unit 2,50 sees 2..2, 50..50"
    assert drawn(shown, 400, 400)[1:3] == [
        f"200..204 108..112 accent-1 0.07 accent-1 2.5 {title}", "202,110 dot accent-1 4",
    ]  # fmt: skip
    assert drawn(shown, 600, 600)[2] == "0..600 100..154 - ink 2"


@each(("rows", "origin", "widest"), [
    ((-3, 8), (0, 0), "-3"), ((-3, 8), (5, 0), "-8"), ((0, 1200), (0, 0), "1,200"),
    ((8, 9), (0, 100), "8"),
])  # fmt: skip
def test_the_numbers_of_rows_have_room(
    rows: tuple[int, int], origin: tuple[int, int], widest: str
) -> None:
    assert row_labels(rows, origin) == 14 + text_width(widest, SMALL)


@each(("seen", "parts"), [
    (Box(0, 0, 50, 40), ["0..50 0..10 hatch", "0..50 30..40 hatch", "0..10 10..30 hatch",
                         "40..50 10..30 hatch"]),
    (Box(10, 10, 30, 20), []),
    (Box(20, 15, 5, 5), []),
    (Box(0, 15, 20, 5), ["0..10 15..20 hatch"]),
    (Box(0, 0, 8, 8), ["0..8 0..8 hatch"]),
    (Box(45, 0, 20, 40), ["45..65 0..10 hatch", "45..65 30..40 hatch", "45..65 10..30 hatch"]),
    (Box(15, 33, 5, 5), ["15..20 33..38 hatch"]),
])  # fmt: skip
def test_what_lies_around_the_source_is_hatched(seen: Box, parts: list[str]) -> None:
    assert [placed(shape) for shape in outside(seen, Box(10, 10, 30, 20))] == parts


def test_boxes_within_others_are_not_hatched_again() -> None:
    large, inner, beside = Box(0, 0, 9, 9), Box(1, 1, 3, 3), Box(5, 5, 6, 2)
    assert _outermost([inner, beside, large, inner, large]) == [large, beside]


def heated(shown: Scene, width: float, height: float) -> list[str]:
    """The shapes of a heat map of this size at 0, 100."""
    found = heat_map(shown, 900)
    left = row_labels(found.rows, found.one.origin)
    assert found.below == 34 + 44 + 20 * len(found.caption)
    high, wide = (last - first + 1 for first, last in (found.rows, found.columns))
    assert found.height == pytest.approx((900 - left) * high / wide + found.below)
    found = found._replace(caption=("one", "two"))
    assert found.below == 34 + 44 + 20 + 20
    frame = Box(-left, 100, left + width, height + found.below)
    *shapes, one, two = map(placed, draw_pixels(found, frame))
    # The words below, from the left edge on: 34 and 36 below the plane.
    bottom = 100 + min(height, width * high / wide) + 34 + 36
    assert [one, two] == [f"{-left:.5g} {bottom:g} muted: one",
                          f"{-left:.5g} {bottom + 20:g} muted: two"]  # fmt: skip
    return shapes


def key(y: float, right: float) -> list[str]:
    """The key of one to four paths: its bar between its words."""
    start = text_width("1", SMALL) + 8
    end = min(start + 220, right - text_width("4 paths", SMALL) - 8)
    return [
        f"{start:.5g}..{end:.5g} {y:g}..{y + 12:g} {LEVELS}",
        f"{end + 8:.5g} {y + 11:g} muted: 4 paths",
        f"0 {y + 11:g} muted: 1",
    ]


def test_every_shape_of_a_heat_map_stands_where_it_should() -> None:
    """Along the rows 1 2 1 1 paths, along the columns 1 1 2 1; two pixels of padding are shown."""
    assert heated(corner(), 120, 200) == [
        "0..80 140..220 input 1 -",
        "0..120 100..140 hatch",
        "80..120 140..220 hatch",
        "0..80 140..220 1 1 13 1/13 13 24 13/1 1 13 1/1 1 13 1 1 to 4 paths",
        *key(254, 120),
        "0..120 100..220 - ink 1.5",
        "40,221 40,226 line muted 1",
        "40 242 muted: 15",
        "-6,140 -1,140 line muted 1",
        "-10 144.9 muted: 0",
    ]
    odd, even = "1 1 13 1 13 1 1", "13 13 24 13 24 13 13"
    assert heated(open_plane(), 400, 140)[:5] == [
        f"0..140 100..240 {odd}/{odd}/{even}/{odd}/{even}/{odd}/{odd} 1 to 4 paths",
        *key(274, 400),
        "0..140 100..240 - ink 1.5",
    ]


def test_cells_of_two_pixels_and_what_is_left() -> None:
    """Of 3 x 201 pixels, 2 pixels of the picture each."""
    shown = scene(report_of("  - {conv: {out: 1, k: [3, 201]}, name: a}", (1, 3, 201)))
    line = " ".join(["24"] * 100)
    assert heated(shown, 402, 10)[:8] == [
        "0..402 100..106 input 1 -",
        f"0..400 100..104 {line} 1 to 1 paths",
        "400..402 100..104 24 1 to 1 paths",
        f"0..400 104..106 {line} 1 to 1 paths",
        "400..402 104..106 24 1 to 1 paths",
        "0..24 140..152 24",
        "32 151 muted: 1 path each",
        "0..402 100..106 - ink 1.5",
    ]
    assert _parts((5, 10), 3) == [(0, 2, 6)]
    assert _parts((5, 11), 3) == [(0, 2, 6), (2, 3, 1)]
    assert _parts((5, 6), 3) == [(0, 1, 2)]


def test_padding_below_and_to_the_left_is_hatched() -> None:
    """The lower left unit has the paths of the upper right one, turned around."""
    assert heated(scene(report_of(HOLES, (1, 9, 17)), at=(8, 0)), 120, 200)[:4] == [
        "40..120 100..180 input 1 -",
        "0..120 180..220 hatch",
        "0..40 100..180 hatch",
        "40..120 100..180 1 13 1 1/1 13 1 1/13 24 13 13/1 13 1 1 1 to 4 paths",
    ]


def test_levels_go_by_the_logarithm_from_the_fewest_paths_on() -> None:
    seen = CountedPixels(((0, 3),), 1, ((2, 0, 8), (4, 8, 2)), True, False, 5, 2, 8)
    assert [*map(list, seen.levels())] == [[1, 0, 24], [13, 24, 1]]


@each(("pads", "is_cut"), [
    # Two pixels of padding are shown at either end.
    ((0, 2), False), ((0, 3), True), ((2, 0), False), ((3, 0), True),
])  # fmt: skip
def test_a_window_that_goes_on_into_the_padding_says_so(
    pads: tuple[int, int], is_cut: bool
) -> None:
    layers = f"  - conv: {{out: 1, k: {sum(pads) + 1}, p: [{[*pads]}, {[*pads]}]}}"
    at = (8, 8) if pads[1] else (0, 0)
    words = " ".join(heat_map(scene(report_of(layers, (1, 9, 9)), at=at), 900).caption)
    assert ("The window goes on into the padding." in words) is is_cut


@each(("k", "pad", "share"), [
    # One column of 201, of 100, three of 200.
    (201, 1, "<1 %"), (100, 1, "1 %"), (200, 3, "2 %"), (200, 0, ""),
])  # fmt: skip
def test_the_share_of_padding_is_never_nothing(k: int, pad: int, share: str) -> None:
    layers = f"  - conv: {{out: 1, k: [1, {k}], p: [0, {pad}]}}"
    (one,) = scene(report_of(layers, (1, 3, 300)), at=(0, 0)).drawn
    assert padding_share(one) == share


@each(("window", "real", "shown"), [
    # A twelfth of the real pixels or two, but no more than there is.
    ((0, 9), (0, 9), (0, 9)), ((-9, 9), (0, 9), (-2, 9)), ((-1, 10), (0, 9), (-1, 10)),
    ((-9, 20), (0, 9), (-2, 11)), ((-9, 99), (0, 35), (-3, 38)), ((-9, 99), (0, 34), (-2, 36)),
    # Padding that repeats real pixels.
    ((3, 5), (1, 8), (1, 8)),
])  # fmt: skip
def test_as_much_padding_as_leaves_the_pixels_large(
    window: tuple[int, int], real: tuple[int, int], shown: tuple[int, int]
) -> None:
    assert _near(window, real) == shown


@each(("least", "most", "is_counted", "words"), [
    (1, 1, True, ["1 path each"]), (3, 3, True, ["3 paths each"]),
    (1, 1, False, ["used"]), (2, 10**6, True, ["1.0e6 paths", "2"]),
])  # fmt: skip
def test_the_key_of_a_heat_map(least: int, most: int, is_counted: bool, words: list[str]) -> None:
    seen = CountedPixels(((0, 1),), 1, ((least, most),), is_counted, False, 2, least, most)
    cells, *texts = map(placed, _key(seen, Box(10, 50, 600, 12)))
    start = 10 if len(words) == 1 else 10 + text_width(words[1], SMALL) + 8
    end = start + (24 if len(words) == 1 else 220)
    levels = "24" if least == most else LEVELS
    assert cells == f"{start:.5g}..{end:.5g} 50..62 {levels}"
    places = [end + 8, 10]
    assert texts == [
        f"{place:.5g} 61 muted: {word}" for place, word in zip(places, words, strict=False)
    ]
