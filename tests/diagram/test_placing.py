"""Where things stand: nothing covers anything else, lines lead from what they read to who reads."""

from __future__ import annotations

from itertools import combinations, pairwise
from pathlib import Path as File

import pytest

import convcalc
from convcalc.report.diagram import Sketch, TooLargeError, fitting_outline, outline, sketch
from convcalc.report.diagram.alignment import aligned
from convcalc.report.diagram.geometry import Geometry
from convcalc.report.diagram.lettering import lettering
from convcalc.report.diagram.ranks import ranked
from convcalc.report.diagram.wrapping import cuts, wrapped_ranks
from convcalc.report.drawing import render
from convcalc.report.drawing.canvas import Box, Path, Rect, Text
from convcalc.report.drawing.text_width import fitted
from tests.configs import configs
from tests.drawing.pictures import HOSTILE, hostile_plan, of_kind
from tests.each import each

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


def test_a_frame_has_room_around_its_boxes_and_pushes_its_neighbours_aside() -> None:
    places = geometry(
        "convcalc: 1\ninput: [4, 8, 8]\n"
        "blocks: {two: {layers: [conv: {out: 4, k: 3, p: 1}, conv: {out: 4, k: 1}]}}\n"
        "layers:\n  - {two: {}, name: a}\n  - {conv: {out: 4, k: 1}, name: s, from: input}\n"
        "  - {add: [a, s], name: m}\n  - max_pool: 2\n"
    )
    # 40 between boxes of 48, 26 more above the frame, and below it 28: its foot and the shape.
    tops = [0, 48 + 40 + 26, 202, 114, 202 + 48 + 28 + 40, 406]
    assert [box.y for box in places.boxes] == tops
    assert places.size[1] == 406 + 48 + 40
    # Half of 100 + 28 beside a box; half of that and twice 12 beside one in a frame.
    assert places.boxes[3].x - places.boxes[1].x == pytest.approx(64 + 76)
    (frame,) = places.frames()
    assert frame.frame == 0
    found = (frame.box.x, frame.box.y, frame.box.right, frame.box.bottom)
    inside = places.boxes[1], places.boxes[2]
    assert found == pytest.approx(
        (inside[0].x - 12, inside[0].y - 24, inside[0].right + 12, inside[1].bottom + 28)
    )


def test_a_frame_around_another_is_larger_on_every_side() -> None:
    places = geometry(
        "convcalc: 1\ninput: [4, 8, 8]\nblocks:\n"
        "  inner: {layers: [conv: {out: 4, k: 3, p: 1}, conv: {out: 4, k: 1}]}\n"
        "  outer: {layers: [inner, inner]}\nlayers: [{outer: {}, name: a}, max_pool: 2]\n"
    )
    # Two nodes, and a column breaks between them.
    outer, foot_of_outer, inner, foot_of_inner = (frame.box for frame in places.frames())
    first, last = places.boxes[1], places.boxes[2]
    assert (inner.y, foot_of_inner.bottom) == (first.y - 24, last.bottom + 28)
    # 26 more for its name, 10 below, and 12 on either side; nothing where the column breaks.
    assert (outer.y, foot_of_outer.bottom) == (first.y - 24 - 26, last.bottom + 28 + 10)
    assert (outer.x, outer.right) == pytest.approx((first.x - 12 - 12, first.right + 12 + 12))
    assert (outer.bottom, foot_of_outer.y) == (inner.bottom, foot_of_inner.y)


def test_a_frame_holds_the_bends_of_lines_that_end_in_it() -> None:
    places = geometry(
        "convcalc: 1\ninput: [4, 8, 8]\nblocks:\n  skip:\n    layers:\n"
        "      - conv: {out: 4, k: 3, p: 1}\n      - {conv: {out: 4, k: 1}, name: y}\n"
        "      - add: [y, in]\nlayers: [skip, max_pool: 2]\n"
    )
    (frame,) = places.frames()
    bends = [places.lane(cell) for cell in range(places.ranks.nodes, len(places.level))]
    # One beside each convolution, as high as its box.
    assert [(upper.y, lower.y) for upper, lower in bends] == [(114, 162), (202, 250)]
    for upper, lower in bends:
        # Half of 100 + 28 for the box and of 26 for the bend between their middles.
        assert upper.x == lower.x == pytest.approx(places.x(1) + 64 + 13, abs=0.01)
        assert frame.box.x < upper.x < frame.box.right


def test_a_frame_that_would_hold_the_box_of_another_block_is_left_out() -> None:
    places = geometry(
        "convcalc: 1\ninput: [4, 8, 8]\noutputs: [s, t, a, b, c, m]\n"
        "blocks:\n  skip:\n    layers:\n"
        "      - conv: {out: 4, k: 1}\n      - {conv: {out: 4, k: 1}, name: y}\n"
        "      - add: [y, in]\n      - {conv: {out: 4, k: 1}, from: in}\nlayers:\n"
        "  - {conv: {out: 4, k: 1}, name: s}\n  - {conv: {out: 4, k: 1}, from: input, name: t}\n"
        "  - {skip: {}, from: s, name: a}\n  - {skip: {}, name: b}\n"
        "  - {skip: {}, from: input, name: c}\n  - {add: [b, s], name: m}\n"
    )
    drawn = {frame.frame for frame in places.frames()}
    nodes = places.outline.nodes
    for at in range(len(places.outline.frames)):
        own = [box for node, box in zip(nodes, places.boxes, strict=True) if node.frame == at]
        others = [box for node, box in zip(nodes, places.boxes, strict=True) if node.frame != at]
        left, top = min(box.x for box in own), min(box.y for box in own)
        right, bottom = max(box.right for box in own), max(box.bottom for box in own)
        around = Box(left, top, right - left, bottom - top)
        assert (at in drawn) != any(around.overlaps(box) for box in others), at
    assert drawn == {1}


def test_a_frame_holds_the_bends_of_lines_out_of_it() -> None:
    places = geometry(
        "convcalc: 1\ninput: [4, 8, 8]\nblocks:\n  idle:\n    layers:\n"
        "      - conv: {out: 4, k: 3, p: 1}\n      - conv: {out: 4, k: 5, p: 2}\n"
        "      - conv: {out: 4, k: 7, p: 3}\n      - {conv: {out: 4, k: 1}, from: in}\nlayers:\n"
        "  - {idle: {}, name: a}\n  - {conv: {out: 4, k: 1}, from: input}\n"
        "  - conv: {out: 4, k: 3, p: 1}\n  - conv: {out: 4, k: 5, p: 2}\n  - add: [a, prev]\n"
    )
    (frame,) = places.frames()
    # The last layer of the block is its output, which is read three ranks below.
    (bends,) = (route[1:-1] for route in places.ranks.routes if route[0] == 4 and len(route) > 2)
    assert len(bends) == 2
    for bend in bends:
        assert frame.box.x < places.x(bend) < frame.box.right


def test_a_line_to_the_next_column_goes_below_all_that_ends_a_column() -> None:
    row = "  - {three: {}, name: a}\n  - {max_pool: {k: 3, s: 1, p: 1}, name: b}\n"
    places = geometry(
        "convcalc: 1\ninput: [4, 8, 8]\n"
        "blocks: {three: {layers: [conv: {out: 4, k: 1}, tanh, conv: {out: 4, k: 3, p: 1}]}}\n"
        "layers:\n"
        + "".join(row.replace("a}", f"a{n}}}").replace("b}", f"b{n}}}") for n in range(6))
    )
    assert len(places.bands) > 2
    depths = []
    for band in places.bands[:-1]:
        last = next(n for n in range(places.ranks.nodes) if places.level[n] == band.end - 1)
        box, head = places.boxes[last], places.boxes[last + 1]
        ways = places.trunk(last)
        foot = ways[1].y
        depths.append(foot - box.bottom)
        # A frame beside the boxes, half of the 60 between two columns, 12 above their heads.
        aside = box.right + 12 + 30
        assert [(way.x, way.y) for way in ways] == [
            (box.middle.x, box.bottom), (box.middle.x, foot), (aside, foot), (aside, 6),
            (head.middle.x, 6), (head.middle.x, 16),
        ]  # fmt: skip
    # 22 for the shape below a box, 28 for a frame that ends there, and 8.
    assert set(depths) == {30, 36}


def test_branches_stand_around_their_middle() -> None:
    graph = ranked(6, [(0, 1), (0, 2), (0, 3), (1, 4), (2, 4), (3, 4), (4, 5)])
    assert [round(x) for x in aligned(graph, [100.0] * 6)] == [0, -100, 0, 100, 0, 0]


def test_an_input_stands_above_its_first_reader() -> None:
    graph = ranked(5, [(0, 2), (2, 3), (1, 4), (3, 4)])
    assert [set(rank) for rank in graph.ranks if 1 in rank] == [{3, 1}]


@each(
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


def test_a_name_leaves_room_for_the_number_of_its_layers() -> None:
    name = "a_name_of_a_layer_that_no_box_is_wide_enough_for_in_any_picture_whatever"
    layer = f"{{conv: {{out: 4, k: 3, p: 1}}, repeat: 3, name: {name}}}"
    plan = convcalc.plan(convcalc.loads(f"convcalc: 1\ninput: [4, 8, 8]\nlayers: [{layer}]"))
    whole = outline(plan)
    said = lettering(whole, whole.nodes[1])
    found = sketch(whole)
    (number,) = (text for text in of_kind(found.picture, Text) if text.text == "×3")
    (head,) = (text for text in of_kind(found.picture, Text)
               if text.y == number.y and text is not number)  # fmt: skip
    box = found.boxes[1]
    assert box.x < head.x < number.box.x < number.box.right < box.right
    # 8 pixels between them, and no letter less than there is room for.
    assert head.is_cut
    assert head.text == fitted(said.head, number.box.x - 8 - head.x, head.size, True)


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
