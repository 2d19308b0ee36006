"""PNG: the file, and pixels whose colours can be said beforehand."""

import itertools
import math

import pytest

from convcalc.report.drawing import Picture, render
from convcalc.report.drawing.canvas import (
    Area,
    Box,
    Cells,
    Dot,
    Hatch,
    Path,
    Rect,
    Shape,
    Spot,
    Text,
    line,
)
from convcalc.report.drawing.letters import segments
from convcalc.report.drawing.palette import palette, rgb
from convcalc.report.drawing.png import _bar, png
from convcalc.report.drawing.raster import Raster, stamp_of
from tests.drawing.pictures import Image, decoded
from tests.each import each

LIGHT = palette("light")
WHITE, INK = LIGHT["surface"], LIGHT["ink"]


def drawn(*shapes: Shape, width: int = 20, height: int = 10, scale: int = 1) -> Image:
    return decoded(png(Picture("t", "d", width, height, shapes), "light", scale))


def test_size_and_ground() -> None:
    image = decoded(render(Picture("t", "d", 30, 20, ()), "png"))
    assert (image.width, image.height) == (60, 40)
    assert image.pixels == bytes(rgb(WHITE)) * 2400
    dark = decoded(render(Picture("t", "d", 3, 2, ()), "png", "dark"))
    assert dark.at(0, 0) == palette("dark")["surface"]


def test_a_rectangle_fills_its_pixels() -> None:
    image = drawn(Rect(Box(2, 3, 5, 4), fill="ink"))
    inside = {(x, y) for x in range(2, 7) for y in range(3, 7)}
    for x, y in itertools.product(range(20), range(10)):
        assert image.at(x, y) == (INK if (x, y) in inside else WHITE)


def test_edges_between_pixels_are_shared() -> None:
    # A quarter of a pixel: white 255 and ink 23, 32, 43 mixed 3 to 1.
    image = drawn(Rect(Box(2.75, 0, 2, 10), fill="ink"))
    assert image.at(2, 5) == f"#{197:02x}{199:02x}{202:02x}"
    assert image.at(3, 5) == INK
    assert image.at(5, 5) == WHITE


def test_opacity() -> None:
    image = drawn(Rect(Box(0, 0, 20, 10), fill="ink", opacity=0.5))
    assert image.at(3, 3) == f"#{139:02x}{144:02x}{149:02x}"


def test_the_border_of_a_rectangle() -> None:
    image = drawn(Rect(Box(2, 2, 10, 6), stroke="ink", width=2))
    assert [image.at(x, 5) for x in (0, 1, 2, 3)] == [WHITE, INK, INK, WHITE]
    assert [image.at(6, y) for y in (0, 1, 2, 3)] == [WHITE, INK, INK, WHITE]


@each(
    "shape",
    [
        pytest.param(line(0, 5, 20, 5, "ink", 2), id="level"),
        pytest.param(line(10, 0, 10, 10, "ink", 2), id="upright"),
        pytest.param(line(0, 0, 20, 10, "ink", 2), id="slanted"),
        pytest.param(Path((Spot(0, 0), Spot(10, 5), Spot(20, 0)), "ink", 2), id="bent"),
        pytest.param(Dot(Spot(10, 5), 2), id="a dot"),
    ],
)
def test_strokes_meet_the_middle(shape: Shape) -> None:
    image = drawn(shape)
    assert {image.at(x, y) for x in (9, 10) for y in (4, 5)} & {INK}
    assert WHITE in {image.at(x, y) for x in (2, 19) for y in (1, 9)}


def test_a_dot_of_twice_the_size_has_twice_the_radius() -> None:
    """Of radius 3 around (10, 5): ink from 14 to 26 across and from 4 to 16 down."""
    image = drawn(Dot(Spot(10, 5), 3, "ink"), scale=2)
    assert [x for x in range(40) if image.at(x, 10) != WHITE] == [*range(14, 26)]
    assert [y for y in range(20) if image.at(20, y) != WHITE] == [*range(4, 16)]
    assert {image.at(x, 10) for x in range(15, 25)} == {INK}


def test_dashes_have_gaps() -> None:
    image = drawn(line(0, 5, 20, 5, "ink", 2, dash=True))
    # Six on, four off, and a pen's half beyond each end.
    assert [image.at(x, 5) for x in (0, 3, 8, 12, 18)] == [INK, INK, WHITE, INK, WHITE]


def test_dashes_of_an_upright_line_have_the_same_gaps() -> None:
    image = drawn(line(5, 0, 5, 20, "ink", 2, dash=True), width=10, height=20)
    assert [image.at(5, y) for y in (0, 3, 8, 12, 18)] == [INK, INK, WHITE, INK, WHITE]


def test_an_area_is_filled_exactly() -> None:
    triangle = (Spot(0, 0), Spot(20, 0), Spot(0, 10))
    image = drawn(Area(triangle, "ink"))
    assert image.at(1, 1) == INK
    assert image.at(18, 8) == WHITE
    dark = sum(255 - image.pixels[3 * at] for at in range(200)) / (255 - rgb(INK)[0])
    assert dark == pytest.approx(100, abs=1)


def test_cells_have_the_colours_of_their_levels() -> None:
    image = drawn(Cells(Box(0, 0, 20, 10), (bytes([1, 0]), bytes([24, 7]))))
    colors = [image.at(5, 2), image.at(15, 2), image.at(5, 7), image.at(15, 7)]
    assert colors == [LIGHT["heat-1"], WHITE, LIGHT["heat-24"], LIGHT["heat-7"]]


def test_a_hatch_stays_within_and_leaves_gaps() -> None:
    image = drawn(Hatch(Box(5, 2, 10, 6), "ink", gap=5))
    columns = {x for x in range(20) for y in range(10) if image.at(x, y) != WHITE}
    rows = {y for x in range(20) for y in range(10) if image.at(x, y) != WHITE}
    assert columns == set(range(5, 15))
    assert rows == set(range(2, 8))
    # x + y = 10 runs through (6, 3) and its neighbours up and down the diagonal.
    assert image.at(6, 3) != WHITE
    assert image.at(8, 4) == WHITE


def reach(x: float, y: float, piece: tuple[float, float, float, float]) -> float:
    """How far a spot is from the nearest one of a straight piece."""
    x1, y1, x2, y2 = piece
    dx, dy = x2 - x1, y2 - y1
    along = min(1, max(0, ((x - x1) * dx + (y - y1) * dy) / (dx * dx + dy * dy)))
    return math.hypot(x - x1 - along * dx, y - y1 - along * dy)


def red(share: float) -> float:
    """The red of a pixel with a share of ink."""
    paper, ink = rgb(WHITE)[0], rgb(INK)[0]
    return paper + (ink - paper) * share


def reds(image: Image) -> dict[tuple[int, int], int]:
    return {
        (x, y): image.pixels[3 * (y * image.width + x)]
        for x in range(image.width)
        for y in range(image.height)
    }


@each(("spots", "width"), [
    ([(3, 2), (15, 7)], 3), ([(15, 7), (3, 3)], 1), ([(4, 9), (13, 1)], 4),
    ([(2, 8), (6, 2), (17, 5)], 2), ([(-4, 3), (9, 12), (25, -2)], 3),
])  # fmt: skip
def test_slanted_strokes_cover_what_their_pen_reaches(
    spots: list[tuple[int, int]], width: int
) -> None:
    """All of a pixel whose middle is half a pixel within, and less up to as much beyond."""
    image = drawn(Path(tuple(Spot(*spot) for spot in spots), "ink", width))
    pieces = [(*a, *b) for a, b in itertools.pairwise(spots)]
    for (x, y), found in reds(image).items():
        away = min(reach(x + 0.5, y + 0.5, piece) for piece in pieces)
        share = min(1, max(0, width / 2 + 0.5 - away))
        assert found == pytest.approx(red(share), abs=1.1), (x, y)


@each(("box", "gap"), [(Box(5, 2, 10, 6), 5), (Box(0, 0, 20, 10), 7), (Box(12, -3, 30, 9), 6)])
def test_strokes_of_a_hatch_are_where_column_and_row_add_up_to_a_multiple(
    box: Box, gap: int
) -> None:
    for (x, y), found in reds(drawn(Hatch(box, "ink", gap=gap))).items():
        inside = box.x <= x < box.right and box.y <= y < box.bottom
        away = min((x + y + 1) % gap, -(x + y + 1) % gap) / math.sqrt(2)
        share = max(0, 1 - away) if inside else 0
        assert found == pytest.approx(red(share), abs=1.1), (x, y)


@each("is_level", [True, False])
def test_a_long_piece_of_a_bent_line_ends_half_a_pen_behind_its_spots(is_level: bool) -> None:
    """From 6 to 120, three thick: 4.5 to 121.5, beside a slanted piece that begins above it."""
    ways = [(120, 8), (6, 8), (14, 3)]
    spots = tuple(Spot(*(way if is_level else way[::-1])) for way in ways)
    width, height = (130, 12) if is_level else (12, 130)
    found = reds(drawn(Path(spots, "ink", 3), width=width, height=height))
    row = [found[(at, 9) if is_level else (9, at)] for at in range(130)]
    # The row from 9 to 10 has half of the pen, which reaches to 9.5.
    shares = [0] * 4 + [0.25] + [0.5] * 116 + [0.25] + [0] * 8
    # The pen of the slanted piece has a round end.
    assert row[:4] == [255] * 4
    assert row[8:] == [pytest.approx(red(share), abs=1.1) for share in shares[8:]]
    assert row[4] < 255


@each(("hatch", "strokes"), [
    # x + y = 10, 15, 20, from edge to edge; 5 and 25 miss the rectangle.
    (Hatch(Box(5, 2, 10, 6), gap=5),
     [((5, 5), (8, 2)), ((7, 8), (13, 2)), ((12, 8), (15, 5))]),
    # What meets a corner alone is no stroke.
    (Hatch(Box(4, 6, 2, 8), gap=10), []),
    (Hatch(Box(4, 5, 3, 8), gap=10), [((4, 6), (5, 5))]),
    (Hatch(Box(-6, -4, 3, 2), gap=4), [((-6, -2), (-4, -4))]),
])  # fmt: skip
def test_where_the_strokes_of_a_hatch_end(
    hatch: Hatch, strokes: list[tuple[tuple[float, float], tuple[float, float]]]
) -> None:
    assert [(tuple(a), tuple(b)) for a, b in hatch.strokes()] == strokes


def test_a_hatch_has_the_same_strokes_in_every_rectangle() -> None:
    whole = Hatch(Box(0, 0, 20, 10), "ink", gap=5)
    halves = (Hatch(Box(0, 0, 10, 10), "ink", gap=5), Hatch(Box(10, 0, 10, 10), "ink", gap=5))
    assert drawn(whole).pixels == drawn(*halves).pixels


@each(
    "box",
    [
        pytest.param(Box(5, 2, 10, 6), id="inside"),
        pytest.param(Box(-3, -2, 10, 6), id="beyond the corner"),
        pytest.param(Box(15, 7, 10, 6), id="beyond the end"),
        pytest.param(Box(5, 2, 1, 1), id="thinner than its edges"),
        pytest.param(Box(30, 2, 5, 5), id="outside"),
    ],
)
def test_a_frame_is_four_lines(box: Box) -> None:
    """On whole pixels the edges are filled at once, and are what the lines would be."""
    spots = ((box.x, box.y), (box.right, box.y), (box.right, box.bottom), (box.x, box.bottom))
    edges = [
        line(*one, *other, "ink", width=2)
        for one, other in zip(spots, (*spots[1:], spots[0]), strict=True)
    ]
    assert drawn(Rect(box, stroke="ink", width=2)).pixels == drawn(*edges).pixels


def test_what_lies_outside_is_left_out() -> None:
    shapes = (
        Rect(Box(-50, -50, 20, 20), fill="ink", stroke="ink"),
        line(-5, -5, -1, -9, "ink"),
        Hatch(Box(100, 100, 10, 10)),
        Cells(Box(100, 100, 10, 10), (b"\x01",)),
        Area((Spot(30, 30), Spot(40, 30), Spot(40, 40)), "ink"),
        Text(500, 500, "far away"),
    )
    assert drawn(*shapes).pixels == bytes(rgb(WHITE)) * 200


def test_text_stands_where_its_box_says() -> None:
    text = Text(30, 30, "Hxg", 20, anchor="middle")
    image = drawn(text, width=60, height=40)
    touched = {(x, y) for x in range(60) for y in range(40) if image.at(x, y) != WHITE}
    assert touched
    box = text.box
    assert min(x for x, _ in touched) >= box.x
    assert max(x for x, _ in touched) + 1 <= box.right
    # Less than a fifth of a letter's height is free on either side.
    assert max(x for x, _ in touched) + 1 > box.right - 4
    assert min(y for _, y in touched) >= box.y
    assert max(y for _, y in touched) + 1 <= box.bottom + 1


def test_any_name_can_be_drawn() -> None:
    image = drawn(Text(2, 30, "<\x07\u202e\ud800漢🎉é>", 30), width=400, height=40)
    assert INK in {image.at(x, y) for x in range(400) for y in range(40)}


def test_bold_text_has_more_ink() -> None:
    plain, bold = (
        sum(
            255 - value
            for value in drawn(Text(2, 30, "stride", 20, bold=bold), width=90, height=40).pixels
        )
        for bold in (False, True)
    )
    assert bold > 1.2 * plain


SHOWN = [chr(code) for code in range(33, 127)] + list("·×–—…±→²≤≥′")


def test_every_sign_has_its_own_strokes() -> None:
    known = {segments(char) for char in SHOWN}
    assert len(known) == len(SHOWN)
    assert segments("\N{WHITE SQUARE}") not in known


@each("char", SHOWN)
def test_signs_stay_within_their_line(char: str) -> None:
    pieces = segments(char)
    assert pieces
    heights = [y for _, y1, _, y2 in pieces for y in (y1, y2)]
    assert min(heights) >= -0.25
    assert max(heights) <= 0.8


@each("char", "oO°")
def test_round_signs_are_closed(char: str) -> None:
    pieces = segments(char)
    assert all(a[2:] == b[:2] for a, b in itertools.pairwise((*pieces, pieces[0])))


@each("char", "oO0°=+×|")
def test_even_signs_are_even(char: str) -> None:
    """Mirrored left to right, or top to bottom, they are what they are."""
    spots = {(x, y) for x1, y1, x2, y2 in segments(char) for x, y in ((x1, y1), (x2, y2))}
    for axis in (0, 1):
        ends = [spot[axis] for spot in spots]
        middle = (min(ends) + max(ends)) / 2
        turned = [list(spot) for spot in spots]
        for spot in turned:
            spot[axis] = 2 * middle - spot[axis]
        for x, y in turned:
            assert any(abs(x - a) + abs(y - b) < 1e-9 for a, b in spots)


@pytest.mark.parametrize(
    ("char", "same"),
    [
        pytest.param("é", "e", id="an accent is left off"),
        pytest.param("漢", "\N{WHITE SQUARE}", id="an unknown one is a box"),
    ],
)
def test_other_signs(char: str, same: str) -> None:
    def shape(char: str) -> list[tuple[float, float]]:
        return [(y1, y2) for _, y1, _, y2 in segments(char)]

    assert shape(char) == shape(same)
    assert segments(" ") == segments("\N{COMBINING ACUTE ACCENT}") == ()


@each(("pieces", "width", "place"), [
    # Half a pen of two and a pixel for its edge around the ends: (left, top, columns, rows).
    ([(0, 0, 0, 4)], 2, (-2, -2, 4, 8)),
    ([(0, 0, 4, 0)], 2, (-2, -2, 8, 4)),
    ([(0, 0, 3, 1), (1, 5, 2, 2)], 1, (-2, -2, 7, 9)),
])  # fmt: skip
def test_a_stamp_is_as_large_as_what_it_draws(
    pieces: list[tuple[float, float, float, float]], width: float, place: tuple[int, int, int, int]
) -> None:
    stamp = stamp_of(pieces, width)
    rows, columns = stamp.cover.shape
    assert (stamp.x, stamp.y, columns, rows) == place


@each(("x", "y"), [(-4, 3), (17, 3), (5, -3), (5, 8), (-2, -4), (18, 8), (5, 3)])
def test_of_a_stamp_the_image_shows_its_part(x: int, y: int) -> None:
    stamp = stamp_of([(0, 0, 4, 3), (4, 0, 1, 5)], 2)
    raster, large = Raster(20, 10, WHITE), Raster(40, 30, WHITE)
    raster.stamp(stamp, x, y, INK)
    large.stamp(stamp, x + 10, y + 10, INK)
    assert (raster.pixels == large.pixels[10:20, 10:30]).all()
    assert (raster.pixels != rgb(WHITE)).any()


BESIDE = [(-9, 3), (25, 3), (5, -9), (5, 15), (-9, -9), (-6, 3), (20, 3), (5, -6), (5, 10)]


@each(("x", "y"), BESIDE)
def test_what_lies_beside_an_image_leaves_no_trace(x: int, y: int) -> None:
    raster = Raster(20, 10, WHITE)
    box = Box(x, y, 6, 6)
    raster.rectangle(box, INK)
    raster.rectangle(box, INK, 0.5)
    raster.hatch(box, 3, 1, INK)
    raster.polygon([Spot(x, y), Spot(x + 6, y), Spot(x + 6, y + 6), Spot(x, y + 6)], INK)
    raster.strokes([(x + 2, y + 2, x + 4, y + 4)], 2, INK)
    raster.stamp(stamp_of([(2, 2, 4, 4)], 2), x, y, INK)
    assert (raster.pixels == rgb(WHITE)).all()


@each(("x", "y", "columns", "rows"), [
    (2, 3, (2, 8), (3, 9)), (-2, 3, (0, 4), (3, 9)), (17, 3, (17, 20), (3, 9)),
    (2, -2, (2, 8), (0, 4)), (2, 7, (2, 8), (7, 10)),
])  # fmt: skip
def test_of_a_polygon_the_image_shows_its_part(
    x: int, y: int, columns: tuple[int, int], rows: tuple[int, int]
) -> None:
    raster = Raster(20, 10, WHITE)
    raster.polygon([Spot(x, y), Spot(x + 6, y), Spot(x + 6, y + 6), Spot(x, y + 6)], INK)
    inside = [
        columns[0] <= at % 20 < columns[1] and rows[0] <= at // 20 < rows[1] for at in range(200)
    ]
    assert [(one == rgb(INK)).all() for one in raster.pixels.reshape(200, 3)] == inside


@each(("a", "b", "thick", "bar"), [
    # As many whole pixels as the line is thick, those nearest to it; half as much at its ends.
    (Spot(0, 6.6), Spot(5, 6.6), 3, Box(-1.5, 5, 8, 3)),
    (Spot(5, 6.2), Spot(0, 6.2), 3, Box(-1.5, 5, 8, 3)),
    (Spot(6.6, 0), Spot(6.6, 5), 3, Box(5, -1.5, 3, 8)),
    (Spot(6.2, 5), Spot(6.2, 0), 3, Box(5, -1.5, 3, 8)),
    (Spot(0, 6), Spot(5, 6), 2, Box(-1, 5, 7, 2)), (Spot(6, 0), Spot(6, 5), 2, Box(5, -1, 2, 7)),
    # No line is thinner than a pixel.
    (Spot(0, 6.6), Spot(4, 6.6), 0.2, Box(-0.1, 6, 4.2, 1)),
])  # fmt: skip
def test_an_upright_or_level_line_lies_on_whole_pixels(
    a: Spot, b: Spot, thick: float, bar: Box
) -> None:
    assert _bar(a, b, thick) == pytest.approx(bar)
