"""Where things stand: nothing covers anything else, lines lead from what they read to who reads."""

from __future__ import annotations

from itertools import combinations, pairwise
from pathlib import Path as File

import pytest

import convcalc
from convcalc.report.diagram import Sketch, TooLargeError, fitting_outline, outline, sketch
from convcalc.report.diagram.alignment import aligned
from convcalc.report.diagram.geometry import Geometry
from convcalc.report.diagram.ranks import ranked
from convcalc.report.diagram.wrapping import cuts, wrapped_ranks
from convcalc.report.drawing import render
from convcalc.report.drawing.canvas import Box, Path, Rect, Text
from tests.configs import configs
from tests.drawing.pictures import HOSTILE, hostile_plan, of_kind

FPN = """
convcalc: 1
input: [3, 64, 64]
defaults: {conv: {p: half}}
layers:
  - {conv: {out: 8, k: 3, s: 2}, name: c1}
  - {conv: {out: 16, k: 3, s: 2}, name: c2}
  - {conv: {out: 32, k: 3, s: 2}, name: c3}
  - {conv: {out: 4, k: 1}, name: l3}
  - {upsample: 2, name: u3}
  - {conv: {out: 4, k: 1}, name: l2, from: c2}
  - {add: [u3, l2], name: m2}
  - {upsample: 2, name: u2}
  - {conv: {out: 4, k: 1}, name: l1, from: c1}
  - {add: [u2, l1], name: m1}
outputs: [m1, m2, l3]
"""


def drawn(text: str) -> Sketch:
    return sketch(outline(convcalc.plan(convcalc.loads(text))))


def geometry(text: str) -> Geometry:
    found = outline(convcalc.plan(convcalc.loads(text)))
    edges = [(edge.source, edge.target) for edge in found.edges]
    ranks = ranked(len(found.nodes), edges)
    return Geometry(found, ranks, ((100.0, 48.0),) * len(found.nodes))


@pytest.mark.parametrize("config", configs("googlenet", "unet", "resnet18"))
@pytest.mark.parametrize("depth", [None, 0, 1, 9])
def test_nothing_covers_a_box(config: File, depth: int | None) -> None:
    found = fitting_outline(convcalc.plan(convcalc.load(str(config))), depth)
    drawing = sketch(found)
    assert len(drawing.boxes) == len(found.nodes)
    overlapping = [pair for pair in combinations(drawing.boxes, 2) if pair[0].overlaps(pair[1])]
    assert overlapping == []
    picture = drawing.picture
    lines = [pair for path in of_kind(picture, Path) for pair in pairwise(path.spots)]
    for a, b in lines:
        x, y, right, bottom = min(a.x, b.x), min(a.y, b.y), max(a.x, b.x), max(a.y, b.y)
        around = Box(x, y, max(right - x, 0.1), max(bottom - y, 0.1))
        for box in drawing.boxes:
            # A line touches the boxes that it leaves and reaches.
            inner = Box(box.x + 1, box.y + 1, box.width - 2, box.height - 2)
            assert not (inner.overlaps(around) and a.x == b.x), (a, b, box)
    for text in of_kind(picture, Text):
        assert text.box.x >= 0
        assert text.box.right <= picture.width
        assert text.box.bottom <= picture.height


def test_readers_stand_below_what_they_read() -> None:
    places = geometry(FPN)
    for edge in places.outline.edges:
        assert places.level[edge.source] < places.level[edge.target]


def test_a_chain_is_straight_and_its_skips_are_upright_beside_it() -> None:
    edges = [(0, 1), (1, 2), (2, 3), (3, 4), (1, 4), (0, 5), (4, 5)]
    graph = ranked(6, edges)
    widths = [100.0] * 6 + [20.0] * (sum(map(len, graph.ranks)) - 6)
    places = aligned(graph, widths)
    assert [round(place) for place in places[:6]] == [0] * 6
    inner, outer = (graph.routes[edges.index(edge)][1:-1] for edge in ((1, 4), (0, 5)))
    # 100/2 + 20/2 beside the boxes, 20 more beside each other.
    assert [round(places[cell]) for cell in inner] == [60] * 2
    assert [round(places[cell]) for cell in outer] == [80] * 4


def test_branches_stand_around_their_middle() -> None:
    graph = ranked(6, [(0, 1), (0, 2), (0, 3), (1, 4), (2, 4), (3, 4), (4, 5)])
    assert [round(x) for x in aligned(graph, [100.0] * 6)] == [0, -100, 0, 100, 0, 0]


def test_an_input_stands_above_its_first_reader() -> None:
    graph = ranked(5, [(0, 2), (2, 3), (1, 4), (3, 4)])
    assert [set(rank) for rank in graph.ranks if 1 in rank] == [{3, 1}]


@pytest.mark.parametrize(
    ("edges", "places"),
    [
        pytest.param([(0, 1), (1, 2), (2, 3)], [1, 2, 3], id="a chain can be cut everywhere"),
        pytest.param([(0, 1), (1, 2), (2, 3), (0, 3)], [1], id="not beside a skip"),
        pytest.param([(0, 1), (0, 2), (1, 3), (2, 3)], [1], id="nor between branches"),
    ],
)
def test_where_a_column_may_begin(edges: list[tuple[int, int]], places: list[int]) -> None:
    assert cuts(ranked(4, edges)) == places


def test_columns_break_no_block_where_that_can_be_helped() -> None:
    # Blocks of four ranks: cuts within them cost one.
    dear = [0 if at % 4 == 0 else 1 for at in range(24)]
    bands = wrapped_ranks([80.0] * 24, list(range(1, 24)), dear, 300.0)
    assert len(bands) > 1
    assert [band.first % 4 for band in bands] == [0] * len(bands)
    assert [band.end for band in bands[:-1]] == [band.first for band in bands[1:]]


def test_bars_are_shares_of_the_heaviest_box() -> None:
    # 3 3 4 8 and 3 3 8 4 MACs a unit of 8x8 and of 4x4: a quarter.
    text = (
        "convcalc: 1\ninput: [4, 8, 8]\nlayers:\n"
        "  - conv: {out: 8, k: 3, p: 1}\n  - conv: {out: 4, k: 3, s: 2, p: 1}\n"
    )
    bars = [rect.box.width for rect in of_kind(drawn(text).picture, Rect) if rect.box.height == 4]
    assert len(bars) == 2
    assert bars[1] == pytest.approx(bars[0] / 4)


def test_the_same_plan_is_the_same_bytes() -> None:
    assert render(drawn(FPN).picture, "svg") == render(drawn(FPN).picture, "svg")


def test_names_that_no_file_could_have_are_inert() -> None:
    data = render(sketch(outline(hostile_plan())).picture, "svg").decode()
    assert HOSTILE not in data
    assert "<script" not in data
    assert "\u202e" not in data
    assert "&lt;script&gt;" in data


def test_a_graph_that_no_picture_could_show() -> None:
    reads = ", ".join(f"n{at}" for at in range(200))
    layers = "\n".join(
        f"  - {{conv: {{out: {at % 5 + 1}, k: 1}}, name: n{at}}}" for at in range(200)
    )
    text = f"convcalc: 1\ninput: [1, 4]\nlayers:\n{layers}\n  - concat: [{reads}]"
    # 199 + 198 + ... + 1 bends beside 202 boxes, but for the edge between neighbours.
    with pytest.raises(TooLargeError, match=r"^20,102 boxes and bends of lines; up to 6,000 fit"):
        drawn(text)
