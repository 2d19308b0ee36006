"""Pictures of receptive fields: what is drawn stands where the arithmetic says."""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import pairwise

import pytest

from convcalc.core.errors import StackError
from convcalc.features.rf import field_report
from convcalc.features.rf.drawing import field_picture
from convcalc.features.rf.drawing.scene import scene
from convcalc.report.drawing.canvas import Area, Box, Cells, Hatch, Path, Picture, Rect, Text
from tests.drawing.pictures import CONFIGS, collisions, example, hostile_report, of_kind, report_of
from tests.each import each

EXAMPLES = sorted(path.name.removesuffix(".net.yaml") for path in CONFIGS.glob("*.net.yaml"))
TWO = "  - {conv: {out: 1, k: 3, p: 1}, name: a}\n  - {conv: {out: 1, k: 3, s: 2, p: 1}, name: b}"


def fields(picture: Picture) -> dict[str, Box]:
    """The rectangles of fields by layer."""
    named = [rect for rect in of_kind(picture, Rect) if rect.title and rect.stroke]
    return {rect.title.partition(":")[0]: rect.box for rect in named}


def pixels(box: Box, source: Box, size: int) -> tuple[float, float, float, float]:
    """The first and the last pixel of a box, rows then columns, by the place of the source."""
    scale = source.width / size
    return (
        (box.y - source.y) / scale,
        (box.bottom - source.y) / scale - 1,
        (box.x - source.x) / scale,
        (box.right - source.x) / scale - 1,
    )


def source_of(picture: Picture) -> Box:
    return next(
        rect.box for rect in of_kind(picture, Rect) if rect.stroke == "ink" and rect.width == 2
    )


# Centre units of 16 and 8 are 7 and 3. a: 7 - 1 .. 7 + 1. b: 2*3 - 1 .. 2*3 + 1 of a, one more
# on either side: 4 .. 8. Unit 0,7 of b reads -1 .. 1 and 13 .. 15 of a: -2 .. 2 and 12 .. 16.
@pytest.mark.parametrize(
    ("at", "windows"),
    [
        pytest.param(None, {"a": (6, 8, 6, 8), "b": (4, 8, 4, 8)}, id="centre units"),
        pytest.param((0, 7), {"a": (-1, 1, 13, 15), "b": (-2, 2, 12, 16)}, id="one at the edge"),
    ],
)
def test_rectangles_are_the_intervals_in_true_scale(
    at: tuple[int, int] | None, windows: dict[str, tuple[float, ...]]
) -> None:
    picture = field_picture(report_of(TWO), at=at, picture="field")
    source = source_of(picture)
    assert source.width == pytest.approx(source.height)
    for name, box in fields(picture).items():
        assert pixels(box, source, 16) == pytest.approx(windows[name]), name
    assert fields(picture).keys() == windows.keys()


def test_a_wide_input_keeps_its_shape() -> None:
    picture = field_picture(report_of(TWO, (1, 16, 64)), picture="field")
    source = source_of(picture)
    assert source.width == pytest.approx(4 * source.height)


def test_a_flat_input_leaves_room_for_its_labels() -> None:
    """Two lines for each layer and for the input, 44 pixels apart, and 20 around them."""
    flat = field_picture(report_of(TWO, (1, 3, 640)), picture="field")
    assert source_of(flat).height < 3 * 44
    less = field_picture(report_of(TWO, (1, 3, 640)), ["a"], picture="field")
    assert flat.height - less.height == 44
    assert flat.height == 36 + 84 + 34 + 3 * 44 + 20 + 36
    # Pixels in their scale, and 30 for the numbers below them.
    wide = field_picture(report_of(TWO, (1, 60, 200)), picture="field")
    assert wide.height == pytest.approx(36 + 84 + 34 + source_of(wide).height + 30 + 36, abs=1)


@pytest.mark.parametrize("at", [(0, 7), (7, 0)], ids=["above, to the right", "below, to the left"])
def test_padding_is_hatched_and_nothing_else(at: tuple[int, int]) -> None:
    picture = field_picture(report_of(TWO), at=at, picture="field")
    source, field = source_of(picture), fields(picture)["b"]
    hatched = of_kind(picture, Hatch)
    scale = source.width / 16
    area = sum(hatch.box.width * hatch.box.height for hatch in hatched) / scale**2
    # The field has 5 * 5 pixels, of which 0..2 by 12..15 are real.
    assert area == pytest.approx(25 - 3 * 4)
    for hatch in hatched:
        assert hatch.box.common(source) is None
        assert hatch.box.common(field) == hatch.box


@each(("at", "unit"), [
    (None, "the centre unit"), ((3, 4), "unit 3,4 of `b`"),
    ((7, 7), "unit 7,7 of `b`"), ((4, 0), "unit 4,0 of `b`"), ((0, 3), "unit 0,3 of `b`"),
])  # fmt: skip
def test_the_unit_is_named(at: tuple[int, int] | None, unit: str) -> None:
    texts = [
        text.text for text in of_kind(field_picture(report_of(TWO), at=at, picture="field"), Text)
    ]
    assert any(unit in text for text in texts)


def test_labels_say_size_stride_and_padding() -> None:
    picture = field_picture(report_of(TWO), at=(0, 7), picture="field")
    texts = [text.text for text in of_kind(picture, Text)]
    assert "Field of unit 0,7 of `b`, in true scale" in texts
    # 13 of 25 pixels, and 3 of 9 in `a`, lie in the padding.
    assert {"5×5, stride 2, 52 % padding", "3×3, stride 1, 33 % padding"} <= set(texts)
    assert "16×16 pixels" in texts


@each(
    ("name", "layers"),
    [
        # Ends of the stages, in the order of the network.
        pytest.param(
            "resnet18", "stem basic_1.1 basic_2.1 basic_3.1 basic_4.1", id="a stage at a time"
        ),
        pytest.param("unet", "level1 level2 level3 level4 bottom up_1.3", id="down and up again"),
        pytest.param(
            "deeplabv3_resnet50", "cbr_1 stage1 stage2 stage3 stage4 out", id="blocks of one stride"
        ),
        pytest.param(
            "wavenet_stack", " ".join(f"gated_1.{at}" for at in range(10)), id="a row a block"
        ),
        pytest.param("textcnn", "three.conv_1", id="a single field"),
    ],
)
def test_what_is_drawn_of_its_own_accord(name: str, layers: str) -> None:
    assert " ".join(one.name for one in scene(example(name)).drawn) == layers


@pytest.mark.parametrize(
    "name",
    ["resnet18", "unet", "wavenet_stack", "deeplabv3_resnet50", "vgg16", "dcgan_generator",
     "tcn_mnist", "inception_v3", "textcnn"],
)  # fmt: skip
def test_labels_never_run_into_each_other(name: str) -> None:
    assert collisions(field_picture(example(name))) == []


@pytest.mark.parametrize("picture", ["field", "pixels", "growth"])
@pytest.mark.parametrize("shape", [(1, 16), (1, 16, 16), (1, 8, 16, 16)], ids=["1d", "2d", "3d"])
def test_a_picture_by_itself(shape: tuple[int, ...], picture: str) -> None:
    shown = field_picture(report_of(TWO, shape), picture=picture)
    assert collisions(shown) == []
    headings = [text.text.split()[0] for text in of_kind(shown, Text) if text.size == 18]
    first = {"field": "Field", "pixels": "Pixels", "growth": "Growth"}[picture]
    # Pixels of a sequence stand in its strip.
    assert headings == ["Field" if len(shape) == 2 and picture == "pixels" else first]


def test_labels_of_equal_and_tiny_fields_keep_apart() -> None:
    layers = "\n".join(f"  - {{conv: {{out: 1, k: 1}}, name: same{at}}}" for at in range(12))
    report = report_of(layers, (1, 500, 500))
    names = [f"same{at}" for at in range(12)]
    assert collisions(field_picture(report, names)) == []


def test_a_strip_has_a_row_for_each_layer_the_last_on_top() -> None:
    layers = (
        "  - {conv: {out: 1, k: 2, p: causal}, name: a}\n"
        "  - {conv: {out: 1, k: 2, d: 2, p: causal}, name: b}"
    )
    picture = field_picture(report_of(layers, (1, 8)), picture="field")
    rows = fields(picture)
    assert rows["b"].bottom < rows["a"].y
    source = next(rect.box for rect in of_kind(picture, Rect) if rect.fill == "input")
    step = source.width / 8
    # Unit 3 sees 2..3 through a, 0..3 through b.
    assert (rows["a"].x - source.x) / step == pytest.approx(2)
    assert (rows["a"].right - source.x) / step == pytest.approx(4)
    assert (rows["b"].x - source.x) / step == pytest.approx(0)
    assert (rows["b"].right - source.x) / step == pytest.approx(4)


def test_fields_of_causal_layers_end_together() -> None:
    shown = scene(example("tcn_mnist"))
    # The last layer keeps step 783 alone.
    assert {one.window[0][1] for one in shown.drawn} == {783}


def test_a_long_input_is_shown_in_part_and_as_a_whole() -> None:
    layers = "  - {conv: {out: 1, k: 9, p: half}, name: a}"
    picture = field_picture(report_of(layers, (1, 10_000)), picture="field")
    assert "shown of the whole" in [text.text for text in of_kind(picture, Text)]
    picture = field_picture(report_of(layers, (1, 20)), picture="field")
    assert "shown of the whole" not in [text.text for text in of_kind(picture, Text)]


@pytest.mark.parametrize(("kernel", "rest"), [(5, 0), (401, 0), (2001, 1)])
def test_cells_of_a_strip_fill_its_field(kernel: int, rest: int) -> None:
    layers = f"  - {{conv: {{out: 1, k: {kernel}}}, name: a}}"
    picture = field_picture(report_of(layers, (1, 4000)), picture="field")
    field = fields(picture)["a"]
    grids = [cells.box for cells in of_kind(picture, Cells) if cells.box.y == field.y]
    assert len(grids) == 1 + rest
    assert (grids[0].x, grids[-1].right) == pytest.approx((field.x, field.right))
    assert all(one.right == pytest.approx(two.x) for one, two in pairwise(grids))


def test_the_overview_is_as_wide_as_the_strip() -> None:
    layers = "  - {conv: {out: 1, k: 9}, name: a}"
    picture = field_picture(report_of(layers, (1, 10_000)), picture="field")
    whole = [rect.box for rect in of_kind(picture, Rect) if rect.fill == "input"][-1]
    spots = max((area.spots for area in of_kind(picture, Area)), key=lambda spots: spots[2].y)
    assert (whole.x, whole.right) == pytest.approx((spots[0].x, spots[1].x))
    # The stretch above is 16 from it.
    assert [whole.y - spot.y for spot in spots] == [16, 16, 0, 0]
    # Units 0 to 9,991: the middle one sees 4,995 to 5,003, and as much again is shown.
    share = [(spot.x - whole.x) / whole.width * 10_000 for spot in (spots[3], spots[2])]
    assert share[0] < 4_995 < 5_004 < share[1]


def test_three_axes_say_which_are_drawn() -> None:
    picture = field_picture(report_of("  - conv: {out: 1, k: [2, 2, 3]}", (1, 2, 2, 3)))
    texts = " ".join(text.text for text in of_kind(picture, Text))
    assert "height and width of three axes, depth not drawn" in texts
    assert "summed over the depth" in texts
    assert "12 real pixels used, none left out." in texts


def test_an_input_of_any_size_is_not_drawn() -> None:
    graph = report_of(TWO, (1, 1000, 1000)).lens.graph
    picture = field_picture(field_report(graph, is_placed=False))
    texts = [text.text for text in of_kind(picture, Text)]
    assert "Receptive fields on an input of any size" in texts
    assert "input" not in texts
    assert not of_kind(picture, Hatch)
    # Positions are counted from the widest field, of 5 pixels.
    assert max(float(t) for t in texts if re.fullmatch(r"[0-9.]+", t)) <= 6


def test_another_source_is_named() -> None:
    text = (
        "convcalc: 1\ninput: {left: [1, 8, 8], right: [1, 8, 8]}\nlayers:\n"
        "  - {conv: {out: 1, k: 3, p: 1}, from: left, name: a}\n  - {add: [a, right], name: b}"
    )
    import convcalc

    picture = field_picture(field_report(convcalc.loads(text).graph()))
    texts = [text.text for text in of_kind(picture, Text)]
    assert "Receptive fields on `left` 1x8x8; not drawn: `right`" in texts


def test_measured_back_to_a_layer() -> None:
    graph = report_of(TWO).lens.graph
    shown = scene(field_report(graph, origin="a"))
    assert (shown.source, shown.drawn[-1].window) == ("a", ((5, 7), (5, 7)))


def test_layers_that_see_everything_are_told() -> None:
    layers = (
        "  - {conv: {out: 1, k: 3, p: 1}, name: a}\n  - {global_avg_pool: {keepdim: true}, name: g}"
        "\n  - {mul: [a, g], name: gated}"
    )
    picture = field_picture(report_of(layers))
    texts = " ".join(text.text for text in of_kind(picture, Text))
    assert "beside its field, the whole input is seen by `gated`" in texts
    assert "`g` and 1 more: the whole input" in texts


@each(
    ("layers", "at", "message"),
    [
        pytest.param(["nope"], None, "there is no layer `nope`", id="an unknown layer"),
        pytest.param(
            ["f"], None, "`f` has no field of `input` with positions to draw", id="no positions"
        ),
        pytest.param(
            ["a"],
            (99, 0),
            "`a` has no unit 99,0: its map is 16x16",
            id="no such unit",
        ),
        pytest.param(
            [],
            (1,),
            "`b` has the output 1x8x8: a unit has 2 positions, not 1",
            id="too few positions",
        ),
    ],
)
def test_what_cannot_be_drawn(layers: list[str], at: tuple[int, ...] | None, message: str) -> None:
    report = report_of(f"{TWO}\n  - {{flatten: {{}}, name: f}}")
    with pytest.raises(StackError) as error:
        field_picture(report, layers, at)
    assert [problem.message for problem in error.value.problems] == [message]


# What lies otherwise than the input has no place on it: rows that became channels, tokens beside
# a class token, and what only looks alike, a map with its axes exchanged.
MOVED = [
    pytest.param(["  - {flatten: positions, name: m}"], id="tokens"),
    pytest.param(
        [
            "  - {flatten: positions, name: tokens}",
            "  - {concat: {inputs: [tokens, tokens], axis: positions}, name: m}",
        ],
        id="tokens beside others",
    ),
    pytest.param(["  - {permute: [0, 2, 1], name: m}"], id="axes exchanged"),
    pytest.param(["  - {reshape: [8, 8], name: m}"], id="rows as channels"),
]


@pytest.mark.parametrize("layers", MOVED)
@pytest.mark.parametrize("picture", ["all", "field", "pixels", "growth"])
def test_what_lies_otherwise_than_the_input_is_not_drawn(layers: list[str], picture: str) -> None:
    report = report_of("\n".join([TWO, *layers]))
    assert set(fields(field_picture(report, picture="field"))) == {"a", "b"}
    assert field_picture(report, picture=picture).shapes
    with pytest.raises(StackError) as error:
        field_picture(report, ["m"], picture=picture)
    assert [problem.message for problem in error.value.problems] == [
        "the positions of `m` do not lie as in `input`"
    ]


@pytest.mark.thorough
@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_is_drawn(name: str) -> None:
    report = example(name)
    for picture in ("all", "field", "pixels", "growth"):
        assert field_picture(report, picture=picture).shapes


def test_a_unit_of_taps_on_either_side_of_the_map_sees_padding_alone() -> None:
    """The map was said to be too large."""
    report = report_of("  - {conv: {out: 1, k: 2, d: 10, p: 1}, name: a}", (1, 9, 9))
    texts = " ".join(text.text for text in of_kind(field_picture(report, at=(0, 0)), Text))
    assert "This unit sees padding alone." in texts


def test_a_unit_that_sees_padding_alone() -> None:
    report = report_of("  - {conv: {out: 1, k: 1, p: 2}, name: a}")
    picture = field_picture(report, at=(0, 0))
    texts = " ".join(text.text for text in of_kind(picture, Text))
    assert "This unit sees padding alone." in texts
    assert pixels(fields(picture)["a"], source_of(picture), 16) == pytest.approx((-2, -2, -2, -2))
    assert collisions(picture) == []


def test_a_unit_that_sees_nothing() -> None:
    # A kernel of 1 leaves every other unit of a transposed layer without an input.
    report = report_of("  - {conv_transpose: {out: 1, k: 1, s: 2}, name: up}")
    assert fields(field_picture(report, at=(2, 2)))
    with pytest.raises(StackError) as error:
        field_picture(report, at=(1, 1))
    assert [problem.message for problem in error.value.problems] == [
        "the unit sees nothing to draw"
    ]


def test_a_network_without_fields() -> None:
    with pytest.raises(StackError) as error:
        field_picture(report_of("  - linear: 3", (4,)))
    message = "no layer has a field with positions to draw"
    assert [problem.message for problem in error.value.problems] == [message]


def test_tables_hold_the_numbers() -> None:
    picture = field_picture(report_of(TWO), at=(0, 7))
    drawn, all_layers = picture.tables
    assert drawn.columns == (
        "layer", "map", "unit", "height, first..last", "width, first..last", "field", "stride",
        "padding", "used",
    )  # fmt: skip
    assert drawn.rows[1] == ("b", "8x8", "0,7", "-2..2", "12..16", "5×5", "2", "52 %", "100 %")
    assert all_layers.rows == (
        ("a", "conv", "3×3", "3×3", "3×3", "1", "100 %", "no"),
        ("b", "conv", "5×5", "5×5", "5×5", "2", "100 %", "no"),
    )


def test_hostile_names_keep_apart() -> None:
    picture = field_picture(hostile_report(TWO))
    assert collisions(picture) == []
    assert all(path.width for path in of_kind(picture, Path))
    assert Fraction(picture.width, picture.height) > 1
