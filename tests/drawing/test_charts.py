from fractions import Fraction

import pytest

from convcalc.report.drawing import Chart, ChartAxis, Reference, chart_picture, charts, series
from convcalc.report.drawing.axes import Scale, nice_scale, tick_label, upwards
from convcalc.report.drawing.canvas import Anchor, Box, Dot, Path, Shape, Spot, Text, line
from convcalc.report.drawing.charts import PLAIN, SMALL, Point, Series
from convcalc.report.drawing.palette import GRID, INK
from convcalc.report.drawing.text_width import text_width
from tests.drawing.pictures import HOSTILE, collisions, of_kind
from tests.each import each


@each(
    ("low", "high", "log", "labels"),
    [
        pytest.param(3, 435, False, "0 100 200 300 400 500", id="from zero"),
        pytest.param(0, 1, False, "0 0.2 0.4 0.6 0.8 1", id="below one"),
        pytest.param(996, 1004, False, "996 998 1,000 1,002 1,004", id="far from zero"),
        pytest.param(-5, 5, False, "-6 -4 -2 0 2 4 6", id="both signs"),
        pytest.param(0, 0, False, "0 0.2 0.4 0.6 0.8 1", id="nothing"),
        pytest.param(7, 7, False, "6 8 10 12 14", id="a single value"),
        pytest.param(1, 50, True, "1 2 5 10 20 50", id="logarithmic, few powers"),
        pytest.param(1, 16000, True, "1 10 100 1,000 10,000", id="logarithmic"),
        pytest.param(3, 3, True, "2 5", id="logarithmic, a single value"),
        pytest.param(1, 10**9, True, "1 100 10,000 1M 100M", id="logarithmic, many powers"),
    ],
)
def test_ticks(low: float, high: float, log: bool, labels: str) -> None:
    scale, ticks = nice_scale(low, high, 0, 100, log, about=6)
    assert " ".join(map(tick_label, ticks)) == labels
    assert scale.low <= low <= high <= scale.high


def texts_of(shapes: list[Shape]) -> list[Text]:
    return [shape for shape in shapes if isinstance(shape, Text)]


LONG = "a name that is much longer than all the room that there is in a legend of this width"


@each(
    ("names", "width", "places"),
    [
        # 28 pixels of line and 8 of room, the name, and 28 before the next.
        (["aa", "bb"], 400, [(46, 25), (46 + 64 + text_width("aa", PLAIN), 25)]),
        # What does not fit beside the others stands below them.
        (["aa", "bb"], 120, [(46, 25), (46, 47)]),
        (["", "bb"], 400, [(46, 25)]),
        (["aa"], 10, [(46, 25)]),
    ],
)
def test_where_names_stand_in_a_legend(
    names: list[str], width: float, places: list[tuple[float, float]]
) -> None:
    lines = tuple(series(name, [(1, 2)]) for name in names)
    chart = Chart("t", ChartAxis("x"), ChartAxis("y"), lines)
    shapes, below = charts._legend(chart, [INK] * len(names), Box(10, 0, width, 99), 10)
    shown = texts_of(shapes)
    rounded = [(round(x, 6), y) for x, y in places]
    assert [(round(text.x, 6), text.y) for text in shown] == rounded
    assert below == places[-1][1] - 5 + 22
    for name, text in zip(filter(None, names), shown, strict=True):
        assert text.title == (name if text.text != name else "")


def test_where_the_title_and_the_names_of_axes_stand() -> None:
    lines = (series("", [(1, 2), (2, 3)]),)
    chart = Chart("title", ChartAxis("across"), ChartAxis("up"), lines)
    found = {text.text: text for text in texts_of(charts.draw_chart(chart, Box(10, 20, 400, 300)))}
    # Letters of 22 pixels stand on four fifths of them, and 16 are left below.
    assert (found["title"].x, found["title"].y) == pytest.approx((10, 20 + 0.8 * 22))
    assert (found["up"].x, found["up"].y) == (10, 20 + 22 + 16 + 12)
    # The plot leaves 10 to the right, and 56 below itself for its ticks and the axis' name.
    name = found["across"]
    assert (name.x, name.y, name.anchor) == (410 - 10, 320 - 56 + 46, "end")
    (axis, *_) = (one for one in charts.draw_chart(chart, Box(10, 20, 400, 300))
                  if isinstance(one, Path))  # fmt: skip
    assert all(20 + 22 + 16 + 26 <= spot.y <= 320 - 56 for spot in axis.spots)


def test_a_legend_of_no_names_takes_no_room() -> None:
    chart = Chart("t", ChartAxis("x"), ChartAxis("y"), (series("", [(1, 2)]),))
    assert charts._legend(chart, [INK], Box(10, 0, 99, 99), 10) == ([], 10)


def test_a_name_that_is_cut_is_said_in_full() -> None:
    chart = Chart("t", ChartAxis("x"), ChartAxis("y"), (series(LONG, [(1, 2)]),))
    shapes, _ = charts._legend(chart, [INK], Box(0, 0, 200, 99), 10)
    (text,) = texts_of(shapes)
    assert text.text != LONG
    assert text.title == LONG
    assert text_width(text.text, PLAIN) <= 160


def test_labels_beside_a_plot_are_joined_to_their_lines() -> None:
    """Two lines of nearly the same height have labels 18 apart."""
    scale, plot = Scale(0, 10, 100, 0), Box(20, 0, 200, 100)
    shapes = charts._beside([Reference(5, "five"), Reference(6, "more")], scale, plot, 90)
    paths = [shape.spots for shape in shapes if isinstance(shape, Path)]
    texts = texts_of(shapes)
    assert [text.x for text in texts] == [232, 232]
    lower, upper = (text.y - 0.35 * SMALL for text in texts)
    assert lower - upper == pytest.approx(18)
    assert paths == [
        (Spot(20, 50), Spot(220, 50)), (Spot(220, 50), Spot(228, lower)),
        (Spot(20, 40), Spot(220, 40)), (Spot(220, 40), Spot(228, upper)),
    ]  # fmt: skip


def test_notes_stand_below_a_plot_line_by_line() -> None:
    def lowest(*notes: str) -> tuple[list[float], float]:
        lines = (series("a", [(1, 2), (2, 3)]),)
        chart = Chart("t", ChartAxis("x"), ChartAxis("y"), lines, notes=notes)
        shapes = chart_picture(chart).shapes
        noted = [one.y for one in shapes if isinstance(one, Text) and one.text in notes]
        ticks = max(one.y for one in shapes if isinstance(one, Text) and one.text not in notes)
        return noted, ticks

    (one,), alone = lowest("first")
    (first, second), both = lowest("first", "second")
    assert (first, second) == (one - 20, one)
    assert both == pytest.approx(alone - 20)


def test_ticks_of_a_count_are_whole() -> None:
    _, ticks = nice_scale(0, 2, 0, 100, about=10, whole=True)
    assert ticks == (Fraction(0), Fraction(1), Fraction(2))


@each(
    ("scale", "value", "place"),
    [
        pytest.param(Scale(0, 200, 50, 250), 100, 150.0, id="linear"),
        pytest.param(Scale(0, 200, 250, 50), 50, 200.0, id="upwards"),
        pytest.param(Scale(1, 1000, 0, 300, log=True), 10, 100.0, id="logarithmic"),
    ],
)
def test_places(scale: Scale, value: float, place: float) -> None:
    assert scale.place(value) == pytest.approx(place)


def _chart(names: list[str], references: int, log: bool = False) -> Chart:
    lines = [(1, 2.5), (10, 1.2), (100, 0.6)]
    return Chart(
        "Map size against cost",
        ChartAxis("map size", log=log),
        ChartAxis("ratio"),
        tuple(series(name, lines) for name in names),
        tuple(Reference(1 + at / 50, f"line {at}") for at in range(references))
        + tuple(Reference(1 + at, f"turn {at}", "x") for at in range(references)),
        ("a note of some length " * 20,),
        "size",
    )


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("references", [0, 2, 12])
@pytest.mark.parametrize(
    "names",
    [["one"], [f"stack number {at} of many" for at in range(14)], [HOSTILE, HOSTILE]],
    ids=["one series", "many", "hostile names"],
)
def test_labels_keep_apart(names: list[str], references: int, log: bool) -> None:
    assert collisions(chart_picture(_chart(names, references, log))) == []


def test_a_line_runs_through_its_points() -> None:
    chart = Chart("t", ChartAxis("x"), ChartAxis("y"), (series("s", [(0, 0), (10, 100)]),))
    picture = chart_picture(chart)
    (drawn,) = (path for path in of_kind(picture, Path) if path.width == 2.5)
    ticks = {text.text: text for text in of_kind(picture, Text)}
    start, end = drawn.spots
    assert start.x == pytest.approx(ticks["2"].x - (ticks["4"].x - ticks["2"].x))
    assert end.x == pytest.approx(ticks["10"].x)
    # Labels of heights stand a little below their line: at a third of their size.
    assert end.y == pytest.approx(ticks["100"].y - 0.35 * 14)
    assert start.y > end.y


def test_no_values() -> None:
    picture = chart_picture(Chart("t", ChartAxis("x"), ChartAxis("y", log=True), ()))
    assert {text.text for text in of_kind(picture, Text)} >= {"t", "x", "y"}


@each(
    ("values", "shown"),
    [
        pytest.param([20, 50, 80], ["at 20", "at 50", "at 80"], id="room for all"),
        pytest.param([50, 51, 52, 80], ["at 50", "at 80"], id="crowded ones show on hover"),
        pytest.param([0, 80], ["at 80"], id="one below the caption"),
    ],
)
def test_labels_above_stand_at_their_lines(values: list[int], shown: list[str]) -> None:
    references = tuple(Reference(value, f"at {value}", "x") for value in values)
    axis = ChartAxis("x", low=0, high=100)
    chart = Chart("t", axis, ChartAxis("y"), (), references, above="a caption of some length")
    picture = chart_picture(chart)
    texts = [text for text in of_kind(picture, Text) if text.text.startswith("at ")]
    assert [text.text for text in texts] == shown
    assert collisions(picture) == []
    # Every line is there, and says on hover what its label would.
    lines = {path.title: path for path in of_kind(picture, Path) if path.title}
    assert list(lines) == [f"at {value}" for value in values]
    for text in texts:
        assert text.x == pytest.approx(lines[text.text].spots[0].x, abs=5)


def test_labels_beside_are_led_to_from_their_lines() -> None:
    references = (Reference(50, "one"), Reference(51, "two"), Reference(90, "three"))
    axis = ChartAxis("y", low=0, high=100)
    picture = chart_picture(Chart("t", ChartAxis("x", low=0, high=9), axis, (), references))
    texts = {text.text: text for text in of_kind(picture, Text)}
    lines = {path.title: path for path in of_kind(picture, Path) if path.title}
    ends = {path.spots[1]: label for label, path in lines.items()}
    leaders = [path.spots for path in of_kind(picture, Path) if path.spots[0] in ends]
    assert len(leaders) == 3
    for start, end in leaders:
        label = ends[start]
        # Towards the label: 4 from where it begins, and at its middle, a third of its size above.
        assert end.x == pytest.approx(texts[label].x - 4)
        assert end.y == pytest.approx(texts[label].y - 0.35 * 14)
    assert abs(texts["one"].y - texts["two"].y) == pytest.approx(18)


def test_notes_stand_at_the_bottom_one_below_the_other() -> None:
    notes = ("first", "second", "third")
    picture = chart_picture(Chart("t", ChartAxis("x"), ChartAxis("y"), (), notes=notes))
    places = {text.text: (text.x, text.y) for text in of_kind(picture, Text)}
    # The frame ends 24 above 720; a line is 20 high, and its letters of 14 begin at its top.
    assert [places[note] for note in notes] == [(32, 650), (32, 670), (32, 690)]


def test_a_name_that_was_shortened_is_told_whole() -> None:
    long = "a stack whose name is longer than the picture is wide " * 6
    picture = chart_picture(_chart(["short", long], 0))
    titles = {text.text[:5]: text.title for text in of_kind(picture, Text)}
    assert (titles["short"], titles[long[:5]]) == ("", long)


def test_a_series_of_dots_has_a_dot_beside_its_name() -> None:
    dots = Series("alone", (), dots=(Point(1, 1), Point(2, 3)))
    picture = chart_picture(Chart("t", ChartAxis("x"), ChartAxis("y"), (dots,)))
    (name,) = (text for text in of_kind(picture, Text) if text.text == "alone")
    places = [(dot.spot.x, dot.spot.y) for dot in of_kind(picture, Dot)]
    # In the middle of where a line of 28 would be, 8 before the name.
    assert places[0] == pytest.approx((name.x - 8 - 14, name.y - 5))
    assert len(places) == 3


def test_an_axis_upwards_has_lines_across_the_frame_where_it_is_given_one() -> None:
    scale, ticks = Scale(0, 20, 90, 10), (Fraction(0), Fraction(10), Fraction(20))
    bare = upwards(scale, ticks, 40, None)
    ruled = upwards(scale, ticks, 40, Box(40, 10, 60, 80))
    assert [one for one in ruled if one not in bare] == [
        line(40, y, 100, y, GRID) for y in (90, 50, 10)
    ]


@each(("anchor", "before"), [("start", 0.0), ("middle", 0.5), ("end", 1.0)])
def test_the_area_of_a_text_lies_where_it_is_anchored(anchor: Anchor, before: float) -> None:
    text = Text(20, 50, "m" * 3, 10, anchor=anchor)
    assert text.box.x == pytest.approx(20 - before * text.box.width)
