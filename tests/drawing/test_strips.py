"""Strips of sequences, every shape of them where it stands by hand: 20 pixels for a step.

Steps begin at 270, behind the labels, and end 10 before the right edge; a row takes 54, and its
bar the first 26 of them.
"""

from __future__ import annotations

from collections.abc import Callable

from convcalc.features.rf.drawing.counts import CountedPixels, Unseen
from convcalc.features.rf.drawing.scene import Scene, scene
from convcalc.features.rf.drawing.strip import _bounds, _key, draw_strip, strip_height
from convcalc.report.drawing.canvas import Box, Cells, Text
from convcalc.report.drawing.text_width import text_width
from tests.drawing.pictures import HOLES, LEVELS, anywhere, placed, report_of
from tests.each import each

ONE = "  - {conv: {out: 1, k: 9}, name: a}"
# What a row of the table makes: its scene, the steps shown, the height, and its shapes.
Strip = tuple[Callable[[], Scene], int, int, str]


STRIPS: dict[str, Strip] = {
    # 3 steps of padding and 17 of the input. Of the taps -2, 0 and 2 the first reads padding of b,
    # so that step 1 has two paths, through the units 0 and 2 of a.
    "at the first step": (lambda: scene(report_of(HOLES, (1, 17)), at=(0,)), 20, 228, """\
0 110 accent-2: b
0 128 muted: 7, stride 1, 43 % padding
270,126 410,126 370,154 310,154 area accent-2 0.1
270..330 100..126 hatch
330..410 100..126 1 24 1 1 1 to 2 paths
270..410 100..126 - accent-2 1.5 b: unit 0 sees -3..3
0 164 accent-1: a
0 182 muted: 3, stride 1, 33 % padding
310,180 370,180 370,208 310,208 area accent-1 0.1
310..330 154..180 hatch
330..370 154..180 24 24 1 to 1 paths
310..370 154..180 - accent-1 1.5 a: unit 0 sees -1..1
0 218 ink: input
0 236 muted: 17 steps
330..670 208..234 input 1 ink 1.5
330,242 330,247 line muted 1
330 264 muted: 0
530,242 530,247 line muted 1
530 264 muted: 10
270,242 670,242 line ink 1"""),
    "at the last step": (lambda: scene(report_of(HOLES, (1, 17)), at=(16,)), 20, 228, """\
0 110 accent-2: b
0 128 muted: 7, stride 1, 43 % padding
530,126 670,126 630,154 570,154 area accent-2 0.1
610..670 100..126 hatch
530..610 100..126 1 1 24 1 1 to 2 paths
530..670 100..126 - accent-2 1.5 b: unit 16 sees 13..19
0 164 accent-1: a
0 182 muted: 3, stride 1, 33 % padding
570,180 630,180 630,208 570,208 area accent-1 0.1
610..630 154..180 hatch
570..610 154..180 24 24 1 to 1 paths
570..630 154..180 - accent-1 1.5 a: unit 16 sees 15..17
0 218 ink: input
0 236 muted: 17 steps
270..610 208..234 input 1 ink 1.5
270,242 270,247 line muted 1
270 264 muted: 0
470,242 470,247 line muted 1
470 264 muted: 10
670,242 670,247 line muted 1
670 264 muted: 20
270,242 670,242 line ink 1"""),
    # The field and a step on either side, and where these lie in the whole: 0.022 pixels a step.
    "of a long input": (lambda: scene(report_of(ONE, (1, 10_000))), 11, 220, """\
0 110 accent-1: a
0 128 muted: 9, stride 1
290,126 470,126 470,154 290,154 area accent-1 0.1
290..470 100..126 24 24 24 24 24 24 24 24 24 1 to 1 paths
290..470 100..126 - accent-1 1.5 a: unit 4995 sees 4995..5003
0 164 ink: input
0 182 muted: 10,000 steps
270..490 154..180 input 1 ink 1.5
290,188 290,193 line muted 1
290 210 muted: 4,995
390,188 390,193 line muted 1
390 210 muted: 5,000
490,188 490,193 line muted 1
490 210 muted: 5,005
270,188 490,188 line ink 1
270,226 490,226 381.87,242 379.87,242 area muted 0.14
270,226 379.87,242 line muted 1
490,226 381.87,242 line muted 1
270..490 242..252 input 1 ink 1
379.87..381.87 242..252 muted 1 -
0 252 muted: shown of the whole"""),
    # Counted from the first step of the widest field, and without padding.
    "of an input of any size": (lambda: anywhere(HOLES, (1, 500)), 9, 228, """\
0 110 accent-2: b
0 128 muted: 7, stride 1
290,126 430,126 390,154 330,154 area accent-2 0.1
290..430 100..126 1 1 24 1 24 1 1 1 to 2 paths
290..430 100..126 - accent-2 1.5 b: unit 249 sees 0..6
0 164 accent-1: a
0 182 muted: 3, stride 1
330,180 390,180 390,208 330,208 area accent-1 0.1
330..390 154..180 24 24 24 1 to 1 paths
330..390 154..180 - accent-1 1.5 a: unit 249 sees 2..4
0 218 ink: input
0 236 muted: of any length
270..450 208..234 input 1 ink 1.5
290,242 290,247 line muted 1
290 264 muted: 0
390,242 390,247 line muted 1
390 264 muted: 5
270,242 450,242 line ink 1"""),
}  # fmt: skip


@each("name", STRIPS)
def test_every_shape_of_a_strip_stands_where_it_should(name: str) -> None:
    made, steps, height, wanted = STRIPS[name]
    shown = made()
    frame = Box(0, 100, 270 + 20 * steps + 10, 300)
    *shapes, levels, key = draw_strip(shown, frame)
    assert [placed(shape) for shape in shapes] == wanted.splitlines()
    assert strip_height(shown) == height
    # The key stands at the bottom, and its words are cut at the right edge.
    assert isinstance(levels, Cells)
    assert isinstance(key, Text)
    assert (levels.box.x, levels.box.y, levels.box.height, key.y) == (0, 388, 12, 399)
    assert key.x == levels.box.right + 12
    right = key.x + text_width(key.text, key.size)
    assert right <= frame.right
    assert not key.is_cut or right > frame.right - 20


@each(("length", "height"), [(33, 174), (34, 220)])
def test_what_is_three_times_as_long_as_the_field_is_shown_as_a_whole(
    length: int, height: int
) -> None:
    """A field of 9 steps and one on either side; 46 more where the whole is beside it."""
    assert strip_height(scene(report_of(ONE, (1, length)))) == height


@each(("field", "beside"), [(24, 1), (49, 1), (50, 2), (75, 3)])
def test_a_twentyfifth_of_the_field_is_shown_on_either_side(field: int, beside: int) -> None:
    shown = scene(report_of(f"  - conv: {{out: 1, k: {field}}}", (1, 10_000)), at=(5000,))
    assert _bounds(shown) == (5000 - beside, 5000 + field - 1 + beside)


def test_a_row_of_more_steps_than_cells_has_a_smaller_last_one() -> None:
    """401 steps on 100 pixels: 80 cells of 5, and one of the step that is left."""
    shown = scene(report_of("  - {conv: {out: 1, k: 401}, name: a}", (1, 401)))
    _, _, _, cells, rest, *_ = draw_strip(shown, Box(0, 0, 380, 300))
    assert placed(cells) == f"270..369.75 0..26 {' '.join(['24'] * 80)} 1 to 1 paths"
    assert placed(rest) == "369.75..370 0..26 24 1 to 1 paths"


def test_numbers_of_steps_stand_about_110_pixels_apart() -> None:
    """900 steps of 2.2 pixels: 18 numbers, every 50 steps."""
    shown = scene(report_of("  - {conv: {out: 1, k: 900}, name: a}", (1, 900)))
    texts = [
        one for one in draw_strip(shown, Box(0, 0, 270 + 1980 + 10, 300)) if isinstance(one, Text)
    ]
    numbers = [one for one in texts if one.text.replace(",", "").isdigit()]
    assert [(one.text, one.x) for one in numbers[:3]] == [("0", 270), ("50", 380), ("100", 490)]


def row(least: int, most: int, step: int = 1, is_counted: bool = True) -> CountedPixels:
    return CountedPixels(((0, 1),), step, ((least, most),), is_counted, False, 2, least, most)


PADDING, UNCOUNTED = Unseen.PADDING, Unseen.UNCOUNTED
ALL = "paths from each step to the unit, logarithmic, each row from its fewest to its most"


@each(("rows", "levels", "words"), [
    ([row(1, 1)], "24", "Colour: steps that the unit uses, by 1 path each."),
    ([row(3, 3)] * 2, "24", "Colour: steps that the unit uses, by 3 paths each."),
    ([row(1, 1), row(3, 3)], "24", "Colour: steps that the unit uses."),
    ([row(1, 1), row(2, 3)], LEVELS, f"Colour: {ALL}."),
    ([row(2, 3, 4), row(1, 1, 7)], LEVELS,
     f"Colour: {ALL}; a cell holds up to 7 steps and shows the largest count."),
    ([row(1, 1, is_counted=False)], "", "Colour: steps that the unit uses."),
    ([row(1, 1, is_counted=False), row(2, 3)], LEVELS,
     f"Colour: {ALL} (in one colour: too many to count on)."),
    ([UNCOUNTED, row(2, 3)], LEVELS,
     f"Steps used are not counted in rows without colour. Colour: {ALL}."),
    ([PADDING, row(2, 3)], LEVELS, f"Rows without colour see padding alone. Colour: {ALL}."),
    ([PADDING, UNCOUNTED, row(2, 3)], LEVELS,
     "Steps used are not counted in rows without colour, or they see padding alone. "
     f"Colour: {ALL}."),
    ([UNCOUNTED], "", "Steps used are not counted."),
    ([PADDING], "", "This unit sees padding alone."),
    ([PADDING] * 2, "", "All rows see padding alone."),
    ([PADDING, UNCOUNTED], "", "Steps used are not counted, or they see padding alone."),
])  # fmt: skip
def test_the_key_says_what_the_colours_are(
    rows: list[CountedPixels | Unseen], levels: str, words: str
) -> None:
    free = "" if all(isinstance(one, Unseen) for one in rows) else " Free: not used."
    wide = 24 if levels == "24" else 110
    wanted = [f"5..{5 + wide} 288..300 {levels}"] if levels else []
    start = 5 + wide + 12 if levels else 5
    wanted.append(f"{start} 299 muted: {words}{free}")
    assert [placed(shape) for shape in _key(rows, Box(5, 100, 3000, 200))] == wanted


def test_long_names_leave_the_bars_free() -> None:
    """Labels have 250 of the 270 pixels before the bars."""
    name = "a_name_that_is_longer_than_there_is_room_for_it"
    layers = f"  - {{conv: {{out: 1, k: 4001, p: 1700}}, name: {name}}}"
    report = report_of(layers, (1, 2000))
    first, second, *_ = draw_strip(scene(report), Box(5, 0, 400, 300))
    assert isinstance(first, Text)
    assert isinstance(second, Text)
    assert (first.title, first.is_cut) == (name, True)
    assert 230 < text_width(first.text, first.size, first.bold) <= 250
    assert text_width(second.text, second.size) <= 250
    assert first.x == second.x == 5


def test_a_unit_of_padding_alone_has_no_cells() -> None:
    shown = scene(report_of("  - {conv: {out: 1, k: 1, p: 2}, name: a}", (1, 10)), at=(0,))
    shapes = [placed(shape) for shape in draw_strip(shown, Box(0, 0, 580, 300))]
    # A step of 150 pixels, and one more towards the input.
    assert shapes[:5] == [
        "0 10 accent-1: a",
        "0 28 muted: 1, stride 1, 100 % padding",
        "270,26 420,26 420,54 270,54 area accent-1 0.1",
        "270..420 0..26 hatch",
        "270..420 0..26 - accent-1 1.5 a: unit 0 sees -2..-2",
    ]
    assert shapes[-1] == "0 299 muted: This unit sees padding alone."


def test_taps_on_either_side_of_the_steps_see_padding_alone() -> None:
    """Steps -1 and 9 of 9: the window has all of them, and its two taps none."""
    shown = scene(report_of("  - {conv: {out: 1, k: 2, d: 10, p: 1}, name: a}", (1, 9)), at=(0,))
    shapes = [placed(shape) for shape in draw_strip(shown, Box(0, 0, 580, 300))]
    assert shapes[-1] == "0 299 muted: This unit sees padding alone."
