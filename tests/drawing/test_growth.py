"""Field against depth: points worked by hand."""

from __future__ import annotations

import pytest

import convcalc
from convcalc.features.rf import field_report
from convcalc.features.rf.drawing.growth import _MOST_POINTS, _thinned, growth_chart
from convcalc.features.rf.drawing.scene import scene
from convcalc.report.drawing.charts import Point
from tests.drawing.pictures import report_of
from tests.each import each


def test_growth_has_a_point_for_each_layer_that_sees_more() -> None:
    layers = (
        "  - {conv: {out: 1, k: 3, p: 1}, name: a}\n  - relu\n"
        "  - {max_pool: 2, name: b}\n  - {conv: {out: 1, k: 3, p: 1}, name: c}"
    )
    chart = growth_chart(scene(report_of(layers)))
    # 3, then 3 + 1, then 4 + 2 * 2; the activation is layer 2.
    titles = [(dot.x, dot.y, dot.title) for dot in chart.series[0].dots]
    assert titles == [(1, 3, "a (conv): 3×3"), (3, 4, "b (max_pool): 4×4"), (4, 8, "c (conv): 8×8")]
    assert [(ref.value, ref.label, ref.axis) for ref in chart.references] == [
        (16, "input 16", "y"), (3, "2", "x"),
    ]  # fmt: skip


def test_growth_follows_the_branch_that_sees_most() -> None:
    layers = (
        "  - {conv: {out: 1, k: 3, p: 1}, name: a}\n  - {conv: {out: 1, k: 5, p: 2}, name: b}\n"
        "  - {conv: {out: 1, k: 3, p: 1}, from: a, name: c}\n  - {add: [b, c], name: d}"
    )
    chart = growth_chart(scene(report_of(layers)))
    lines = [[(point.x, point.y) for point in line] for line in chart.series[0].lines]
    assert lines == [[(1, 3), (2, 7), (4, 7)], [(1, 3), (3, 5)]]
    joins = [[(point.x, point.y) for point in line] for line in chart.series[1].lines]
    assert joins == [[(3, 5), (4, 7)]]


def test_growth_shows_how_far_fields_vary() -> None:
    # Transposed by 2 with a kernel of 3: units see one pixel or two.
    report = report_of("  - {conv_transpose: {out: 1, k: 3, s: 2, p: 1}, name: up}", (1, 8))
    chart = growth_chart(scene(report))
    assert [(band.low, band.high) for band in chart.series[0].bands[0]] == [(1, 2)]


@pytest.mark.parametrize(
    ("layers", "log"),
    [
        pytest.param("  - conv: {out: 1, k: 3}\n  - conv: {out: 1, k: 99}", False, id="34 times"),
        pytest.param("  - conv: {out: 1, k: 1}\n  - conv: {out: 1, k: 200}", True, id="200 times"),
    ],
)
def test_growth_over_powers_is_logarithmic(layers: str, log: bool) -> None:
    assert growth_chart(scene(report_of(layers, (1, 300)))).y.log is log


def test_axes_of_unequal_fields_have_a_line_each() -> None:
    chart = growth_chart(scene(report_of("  - conv: {out: 1, k: [3, 5]}", (1, 9, 16))))
    assert [one.name for one in chart.series[:2]] == ["height", "width"]
    labels = [ref.label for ref in chart.references]
    assert labels == ["input 9 (height)", "input 16 (width)"]


def test_joins_are_drawn_along_the_first_axis() -> None:
    layers = (
        "  - {conv: {out: 1, k: [3, 5], p: [1, 2]}, name: a}\n"
        "  - {conv: {out: 1, k: 1}, name: b}\n"
        "  - {conv: {out: 1, k: 3, p: 1}, from: a, name: c}\n  - {add: [b, c], name: d}"
    )
    chart = growth_chart(scene(report_of(layers)))
    # b sees 3 rows, as a does; the sum of it and c sees 3 + 2.
    joins = [[(point.x, point.y) for point in line] for line in chart.series[-1].lines]
    assert joins == [[(2, 3), (4, 5)]]


def test_of_many_bends_the_ends_and_the_extremes_are_drawn() -> None:
    heights = [10 + at % 2 for at in range(3 * _MOST_POINTS)]
    heights[1000], heights[2001] = 90, -5
    points = tuple(Point(at, height) for at, height in enumerate(heights))
    found = _thinned(points)
    # A stretch has four points: its ends, its lowest and its highest.
    assert _MOST_POINTS // 4 < len(found) <= _MOST_POINTS
    assert {points[0], points[1000], points[2001], points[-1]} <= set(found)
    assert list(found) == sorted(set(found))
    assert _thinned(points[:_MOST_POINTS]) == points[:_MOST_POINTS]
    # A twelfth of the points has neither the lowest nor the highest at its ends.
    waves = tuple(
        Point(at, [5, 9, 1, 8, 2, 8, 2, 8, 2, 8, 2, 6][at % 12]) for at in range(len(points))
    )
    assert {*_thinned(waves)} == {one for one in waves if one.x % 12 in (0, 1, 2, 11)}
    straight = tuple(Point(at, 7) for at in range(5))
    assert _thinned(straight) == (straight[0], straight[-1])
    step = tuple(Point(at, int(at > 2)) for at in range(6))
    assert _thinned(step) == (step[0], step[2], step[3], step[5])
    early = tuple(Point(at, int(at > 1)) for at in range(5))
    assert _thinned(early) == (early[0], early[1], early[2], early[4])


def test_strides_are_marked_where_they_change() -> None:
    pools = "\n".join("  - {max_pool: {k: 1, s: 2}}\n  - relu" for _ in range(3))
    chart = growth_chart(scene(report_of(pools, (1, 64))))
    marks = [(ref.value, ref.label) for ref in chart.references if ref.axis == "x"]
    assert marks == [(1, "2"), (3, "4"), (5, "8")]
    many = "\n".join("  - {max_pool: {k: 1, s: 2}}" for _ in range(18))
    chart = growth_chart(scene(report_of(many, (1, 2**18))))
    # More than 16: every other one.
    marks = [(ref.value, ref.label) for ref in chart.references if ref.axis == "x"]
    assert marks == [(at, f"{2**at}") for at in range(1, 18, 2)]


GATE = (
    "  - {conv: {out: 1, k: 3, p: 1}, name: a}\n  - {global_avg_pool: {keepdim: true}, name: g}\n"
    "  - {mul: [a, g], name: gated}"
)
JOINED = (
    "  - {conv: {out: 1, k: 3, p: 1}, name: a}\n  - {conv: {out: 1, k: 3, p: 1}, name: b}\n"
    "  - {add: [a, b]}"
)
UP = "  - {conv_transpose: {out: 1, k: 3, s: 2, p: 1}, name: up}"


@each(("layers", "shape", "unit", "depth", "notes"), [
    ("  - {conv: {out: 1, k: 3}}\n  - relu", (1, 9, 9), "pixels", 2, ""),
    ("  - conv: {out: 1, k: 3}", (1, 9), "steps", 1, ""),
    ("  - conv: {out: 1, k: 3}", (1, 9, 9, 9), "pixels", 1, ""),
    ("  - conv: {out: 1, k: 1}\n  - conv: {out: 1, k: 200}", (1, 300), "steps (logarithmic)", 2,
     ""),
    (GATE, (1, 9, 9), "pixels", 3,
     "`g` and 1 more: the whole input; their local field is drawn where they have one."),
    ("  - conv: {out: 1, k: 3}\n  - {global_avg_pool: {}, name: g}", (1, 9, 9), "pixels", 2,
     "`g`: the whole input; not drawn."),
    (JOINED, (1, 9, 9), "pixels", 3, "Thin: the further inputs of merges."),
    (UP, (1, 8), "steps", 1,
     "Line: the centre unit; band: the smallest and the largest field of the map."),
])  # fmt: skip
def test_words_around_the_chart(
    layers: str, shape: tuple[int, ...], unit: str, depth: int, notes: str
) -> None:
    chart = growth_chart(scene(report_of(layers, shape)))
    assert (chart.x.low, chart.x.high, chart.x.whole) == (0, depth, True)
    assert chart.y.label == f"field of one unit, {unit}"
    assert chart.y.low == (None if chart.y.log else 0)
    assert chart.notes == (notes,)


def test_layers_are_numbered_from_1_behind_all_inputs() -> None:
    text = (
        "convcalc: 1\ninput: {a: [1, 9], b: [1, 9]}\nlayers:\n  - {add: [a, b], name: s}\n"
        "  - {conv: {out: 1, k: 3}, name: c}"
    )
    chart = growth_chart(scene(field_report(convcalc.loads(text).graph())))
    assert [(dot.x, dot.y) for dot in chart.series[0].dots] == [(1, 1), (2, 3)]


def test_a_band_of_what_may_see_nothing_begins_at_1_where_it_is_logarithmic() -> None:
    """Of a kernel of 1 every other unit sees nothing; behind 300 taps more is seen."""
    up = "  - {conv_transpose: {out: 1, k: 1, s: 2}, name: up}"
    chart = growth_chart(scene(report_of(up, (1, 9))))
    assert [(band.x, band.low, band.high) for band in chart.series[0].bands[0]] == [(1, 0, 1)]
    chart = growth_chart(scene(report_of(f"{up}\n  - conv: {{out: 1, k: 601}}", (1, 401))))
    assert chart.y.log
    assert [(band.x, band.low, band.high) for band in chart.series[0].bands[0]] == [
        (1, 1, 1), (2, 300, 301),
    ]  # fmt: skip


def test_another_source_than_the_input_is_a_map() -> None:
    graph = report_of("  - {conv: {out: 1, k: 3}, name: a}\n  - conv: {out: 1, k: 3}").lens.graph
    chart = growth_chart(scene(field_report(graph, origin="a")))
    assert [ref.label for ref in chart.references] == ["map 14"]
    chart = growth_chart(scene(field_report(graph, is_placed=False)))
    assert chart.references == ()
