"""Verdicts on fields: the exact words, for networks small enough to check by hand."""

from __future__ import annotations

import re
from collections.abc import Sequence
from random import Random

import pytest

from convcalc.core.errors import StackError
from convcalc.features.rf.words import quiet
from tests.each import each
from tests.rf.reports import report_of


def test_the_bare_field_of_a_network_of_vectors_is_that_of_its_last_layer() -> None:
    assert quiet(report_of("convcalc: 1\ninput: [4]\nlayers: [linear: 3]\n"), False) == "all\n"


SEQUENCE = "convcalc: 1\ninput: [1, 40]\nlayers:\n"

VERDICTS = [
    pytest.param(
        "2d k3 d2 x3", {}, "gridding-holes", "warning",
        "`conv_3` uses 29 % of its window of 13; the first layer with holes is `conv_1`",
        "dilations [1, 2, 3] in place of [2, 2, 2] (`conv_1`, `conv_2`, `conv_3`) give the same "
        "field without holes",
        id="gridding with a repair of the same width"),
    pytest.param(
        # The multiples of 6 from 0 to 72: 13 pixels of 73.
        "1d k3 d6,12,18", {}, "gridding-holes", "warning",
        "`conv_3` uses 18 % of its window of 73; the first layer with holes is `conv_1`",
        "dilations [1, 3, 9] in place of [6, 12, 18] (`conv_1`, `conv_2`, `conv_3`) give a field "
        "of 27 without holes",
        id="gridding that cannot keep its width"),
    pytest.param(
        # The second steps over 8 pixels, and units of the first see 3.
        "1d k3 , k3 d8", {}, "gridding-holes", "warning",
        "`conv_2` uses 47 % of its window of 19; the first layer with holes is `conv_2`",
        "dilations [3] in place of [8] (`conv_2`) give a field of 9 without holes",
        id="gridding behind a window"),
    pytest.param(
        "1d k3 d8", {}, "gridding-holes", "warning",
        "`conv_1` uses 18 % of its window of 17; the first layer with holes is `conv_1`",
        "widen the window in front of `conv_1` to 8 pixels, over which its dilation of 8 steps, "
        "or use a smaller one",
        id="gridding of a single layer"),
    pytest.param(
        "2d k1 s2 , k3", {}, "gridding-holes", "warning",
        "`conv_2` uses 36 % of its window of 5; the first layer with holes is `conv_2`",
        "use kernels at least as large as the strides, or smaller dilations",
        id="holes that come from a stride"),
    # Columns 0, 2, ... 8 of 9; 0, 1, 2 beside 0, 3, 6 are all of them. Rows have no dilation.
    pytest.param(
        "convcalc: 1\ninput: [1, 40, 40]\nlayers:\n"
        "  - {conv: {out: 1, k: [1, 3], d: [1, 2]}, name: a}\n"
        "  - {conv: {out: 1, k: [1, 3], d: [1, 2]}, name: b}\n",
        {}, "gridding-holes", "warning",
        "`b` uses 56 % of its window of 1x9; the first layer with holes is `a`",
        "dilations [1, 3] in place of [2, 2] (`a`, `b`) on the width give the same field without "
        "holes",
        id="holes on the second axis"),
    # The rows are read by 1, the columns by 2: it is these that have holes.
    pytest.param(
        "convcalc: 1\ninput: [1, 40, 40]\nlayers:\n"
        "  - {conv: {out: 1, k: 3, d: [1, 2]}, name: a}\n"
        "  - {conv: {out: 1, k: 3, d: [1, 2]}, name: b}\n",
        {}, "gridding-holes", "warning",
        "`b` uses 56 % of its window of 5x9; the first layer with holes is `a`",
        "dilations [1, 3] in place of [2, 2] (`a`, `b`) on the width give the same field without "
        "holes",
        id="holes on one axis of two that are dilated"),
    pytest.param(
        "2d k1 s2 , k3", {}, "skipped-pixels", "note",
        "the stride of `conv_1` exceeds the kernel's reach: pixels in between are never read",
        "use a kernel at least as large as the stride, or pool before",
        id="pixels that nobody reads"),
    pytest.param(
        "32x32 k3 same x20", {}, "exceeds-input", "note",
        "from `conv_16` on the field is larger than `input` (32); at `conv_20` it is 41, and "
        "39 % of the centre unit's window is padding",
        "",
        id="a field larger than the input"),
    pytest.param(
        # 1 + 2 * 16 = 33 of 32 pixels are seen before the 17th layer.
        "32x32 k3 same x20", {}, "unproductive-layers", "warning",
        "4 of 20 windows add no spatial context at 32: what `conv_17` reads has seen 33 already "
        "on its smallest path",
        "use a larger input, or fewer or 1x1 layers from there on (Richter et al. 2021)",
        id="layers that add nothing"),
    # 1 + 4 + 4 = 9 of 8; what enlarges the map is there for its size, and is no window.
    pytest.param(
        "convcalc: 1\ninput: [1, 8, 8]\nlayers:\n  - {conv: {out: 1, k: 5, p: 2}, repeat: 2}\n"
        "  - conv_transpose: {out: 1, k: 2, s: 2}\n  - {conv: {out: 1, k: 3, p: 1}, name: late}\n",
        {}, "unproductive-layers", "warning",
        "1 of 3 windows add no spatial context at 8: what `late` reads has seen 9 already on its "
        "smallest path",
        "use a larger input, or fewer or 1x1 layers from there on (Richter et al. 2021)",
        id="a layer that adds nothing behind one that enlarges"),
    pytest.param(
        # Tokens of patches: each sees 4 pixels by itself, and all of them through the attention.
        "convcalc: 1\ninput: [3, 32, 32]\nlayers:\n  - conv: {out: 16, k: 4, s: 4}\n"
        "  - flatten: positions\n  - {attention: 2, name: att}\n",
        {"object_size": 8}, "object-size", "note",
        "`att` depends on the whole input, objects of 8 pixels included; its local field is 4",
        "`--ignore global` judges the local field alone",
        id="an object behind attention"),
    pytest.param(
        # What it sees by itself is enough: nothing has to be said of the rest.
        "convcalc: 1\ninput: [3, 32, 32]\nlayers:\n  - conv: {out: 16, k: 4, s: 4}\n"
        "  - flatten: positions\n  - {attention: 2, name: att}\n",
        {"object_size": 4}, "object-size", "note",
        "`att` sees 4, which covers an object of 4 pixels",
        "its effective size is not followed, so what the borders weigh is not known",
        id="an object that the local field covers"),
    pytest.param(
        "2d k3 x5", {"object_size": 96}, "object-size", "warning",
        "`conv_5` sees 11, so no unit has all of an object of 96 pixels in view",
        "85 pixels are missing: add layers, strides or dilation",
        id="an object larger than the field"),
    pytest.param(
        "2d k3 x5", {"object_size": 12}, "object-size", "warning",
        "`conv_5` sees 11, so no unit has all of an object of 12 pixels in view",
        "1 pixel is missing: add layers, strides or dilation",
        id="an object one pixel larger than the field"),
    pytest.param(
        # Units of three pixels, or of two of these: of 15 units the middle one has two.
        "convcalc: 1\ninput: [1, 24]\nlayers:\n  - conv: {out: 1, k: 3, s: 3}\n"
        "  - {conv_transpose: {out: 1, k: 3, s: 2, p: 1}, name: up}\n",
        {"object_size": 5}, "object-size", "warning",
        "`up` sees 6, so not every unit has an object of 5 pixels in view",
        "2 pixels are missing: add layers, strides or dilation",
        id="an object that some units cover"),
    pytest.param(
        "2d k3 x48", {"object_size": 96}, "object-size", "note",
        "`conv_48` sees 97, which covers an object of 96 pixels",
        "its effective size is about 23, so the object's borders weigh little",
        id="an object that only the theory covers"),
    pytest.param(
        "2d k3 d1,3,9,27", {"object_size": 70}, "object-size", "good",
        "`conv_4` sees 81, which covers an object of 70 pixels", "",
        id="an object well in view"),
    pytest.param(
        # Rows become channels: each unit sees all 4 rows, and 3 columns.
        """
convcalc: 1
input: [2, 4, 100]
layers:
  - reshape: [8, 100]
  - {conv: {out: 4, k: 3, p: 1}, name: last}
""", {"object_size": 2}, "object-size", "note",
        "`last` sees 4x3, which covers an object of 2 pixels",
        "its effective size is not followed, so what the borders weigh is not known",
        id="an effective size that nobody knows"),
    pytest.param(
        "1d k2 d1,2,4,8 causal", {}, "history", "note",
        "`conv_4` is causal: it sees the present sample and 15 before it", "",
        id="a causal network says so unasked"),
    pytest.param(
        "1d k2 d1,2,4,8 causal", {"history": 16}, "history", "good",
        "`conv_4` is causal: it sees the present sample and 15 before it, which covers 16", "",
        id="a history just covered"),
    pytest.param(
        "1d k2 d1,2,4,8 causal", {"history": 40}, "history", "warning",
        "`conv_4` is causal: it sees the present sample and 15 before it, 24 short of 40",
        "the same layers 3 times over see 46",
        id="a history too long"),
    # 16 + 15 samples are one less than 32.
    pytest.param(
        "1d k2 d1,2,4,8 causal", {"history": 32}, "history", "warning",
        "`conv_4` is causal: it sees the present sample and 15 before it, 16 short of 32",
        "the same layers 3 times over see 46",
        id="a history one sample too long for twice the layers"),
    # The same layer, whether it is padded by itself or by a layer: unit t sees t - 2 to t.
    pytest.param(
        f"{SEQUENCE}  - {{conv: {{out: 1, k: 3, p: [[2, 0]]}}, name: c}}\n", {"history": 3},
        "history", "good",
        "`c` is causal: it sees the present sample and 2 before it, which covers 3", "",
        id="its own padding"),
    pytest.param(
        f"{SEQUENCE}  - {{pad: [[2, 0]], name: p}}\n  - {{conv: {{out: 1, k: 3}}, name: c}}\n",
        {"history": 3}, "history", "good",
        "`c` is causal: it sees the present sample and 2 before it, which covers 3", "",
        id="a layer of padding"),
    # Padding that is cut off again leaves nothing: unit t sees t to t + 2.
    pytest.param(
        f"{SEQUENCE}  - {{pad: [[2, 0]], name: p}}\n  - {{crop: [[2, 0]], name: q}}\n"
        "  - {conv: {out: 1, k: 3}, name: c}\n",
        {"history": 3}, "history", "warning", "`c` looks 2 ahead and 0 back, 2 short of 3", "",
        id="padding that is cut off"),
    # Unit t of the crop is sample t + 2, and so is that of what reads 2 before it.
    pytest.param(
        f"{SEQUENCE}  - {{crop: [[2, 0]], name: q}}\n"
        "  - {conv: {out: 1, k: 3, p: [[2, 0]]}, name: c}\n",
        {"history": 3}, "history", "good",
        "`c` is causal: it sees the present sample and 2 before it, which covers 3", "",
        id="samples that are cut off on the way"),
    # One sample more: unit t sees t - 3 to t - 1.
    pytest.param(
        f"{SEQUENCE}  - {{conv: {{out: 1, k: 3, p: [[3, 0]]}}, name: c}}\n", {}, "history", "note",
        "`c` sees samples 1 to 3 before the present one, which it does not see", "",
        id="a present that is not seen"),
    pytest.param(
        f"{SEQUENCE}  - {{conv: {{out: 1, k: 3, p: [[3, 0]]}}, name: c}}\n", {"history": 3},
        "history", "warning",
        "`c` sees samples 1 to 3 before the present one, which it does not see, 1 short of 3", "",
        id="a history without its last sample"),
    pytest.param(
        f"{SEQUENCE}  - {{conv: {{out: 1, k: 3, p: [[3, 0]]}}, name: c}}\n", {"history": 6},
        "history", "warning",
        "`c` sees samples 1 to 3 before the present one, which it does not see, 3 short of 6", "",
        id="a history without its last sample and its first two"),
    pytest.param(
        f"{SEQUENCE}  - {{conv: {{out: 1, k: 3, p: [[5, 0]]}}, name: c}}\n", {"history": 7},
        "history", "warning",
        "`c` sees samples 3 to 5 before the present one, which it does not see, 4 short of 7", "",
        id="a history without its last three samples and its first"),
    pytest.param(
        "1d k3 same x4", {"history": 4}, "history", "good",
        "`conv_4` looks 4 ahead and 4 back, which covers 4", "",
        id="a network that looks ahead"),
    pytest.param(
        """
convcalc: 1
input: [2, 32, 32]
layers:
  - {conv: {out: 2, k: [1, 3], p: half}, name: wide}
  - {conv: {out: 2, k: [3, 1], p: half}, from: input, name: tall}
  - {concat: [wide, tall], name: fork}
""", {}, "unused-corners", "note",
        "`fork` uses 56 % of its window of 3; the first layer with holes is `fork`, where "
        "branches of unequal shape meet and leave corners over", "",
        id="corners are no gridding"),
]  # fmt: skip


@each(("text", "options", "slug", "level", "message", "help"), VERDICTS)
def test_verdicts(
    text: str, options: dict[str, int], slug: str, level: str, message: str, help: str
) -> None:
    (verdict,) = [one for one in report_of(text, **options).verdicts if one.slug == slug]
    assert (verdict.level, verdict.message, verdict.help) == (level, message, help)


@pytest.mark.parametrize(
    ("layers", "messages"),
    [
        pytest.param("[add: [a, b], conv: {out: 4, k: 3, p: 1}]", [
            "`conv_1` sees 3, so no unit has all of an object of 5 pixels in view",
        ], id="alike, said once"),
        # 3 + 5 - 1 of `a`; `b` comes in behind its convolution.
        pytest.param(
            "[{conv: {out: 3, k: 5, p: 2}, from: a, name: c}, add: [c, b], conv: {out: 4, k: 3}]", [
            "`conv_2` sees 7 of `a`, which covers an object of 5 pixels",
            "`conv_2` sees 3 of `b`, so no unit has all of an object of 5 pixels in view",
        ], id="unalike, each with its input"),
    ],
)  # fmt: skip
def test_an_object_seen_through_two_inputs(layers: str, messages: list[str]) -> None:
    text = f"convcalc: 1\ninput: {{a: [3, 16, 16], b: [3, 16, 16]}}\nlayers: {layers}\n"
    verdicts = report_of(text, object_size=5).verdicts
    assert [one.message for one in verdicts if one.slug == "object-size"] == messages


def test_each_output_is_told_what_it_sees_of_an_object() -> None:
    text = """
convcalc: 1
input: [3, 32, 32]
layers:
  - {conv: {out: 16, k: 4, s: 4}, name: tokens}
  - flatten: positions
  - {attention: 2, name: att}
  - {conv: {out: 1, k: 3}, from: input, name: small}
  - {conv: {out: 1, k: [9, 11]}, from: input, name: large}
outputs: [att, small, large]
"""
    told = report_of(text, object_size=8).verdicts
    assert [one.message for one in told if one.slug == "object-size"] == [
        "`att` depends on the whole input, objects of 8 pixels included; its local field is 4",
        "`small` sees 3, so no unit has all of an object of 8 pixels in view",
        "`large` sees 9x11, which covers an object of 8 pixels",
    ]


SILENT = [
    pytest.param("2d k3 d1,2,5 same", id="no holes, no object, any size"),
    pytest.param("224x224 k7 s2 p3 , max_pool k3 s2 p1", id="a stem"),
    pytest.param("1d k3 same", id="one layer that looks ahead"),
    pytest.param("1x1 conv_transpose k4 s2 p1 x3", id="a map grown from one pixel"),
    pytest.param(
        """
convcalc: 1
input: [4, 16, 16]
layers:
  - {conv: {out: 4, k: 3, s: 2, p: 1}, name: main}
  - {conv: {out: 4, k: 1, s: 2}, from: input, name: short}
  - add: [main, short]
""",
        id="a stride whose gaps another layer reads",
    ),
]


@each("text", SILENT)
def test_nothing_is_said_where_there_is_nothing_to_say(text: str) -> None:
    report = report_of(text)
    assert (report.verdicts, report.notes) == ((), ())


def test_a_history_is_for_sequences() -> None:
    with pytest.raises(StackError) as caught:
        report_of("2d k3 , k3", history=4)
    (problem,) = caught.value.problems
    assert problem.message == "a history is asked of `conv_2`, which has 2 spatial axes"
    assert problem.help == "--history is for networks over sequences; --object is for images"


# Layer n of a row of 3x3 sees 1 + 2n pixels: from the 16th on more than the 32 that there are.
CHOSEN = [
    pytest.param(["conv_15"], [], id="none of a layer before the border"),
    pytest.param(
        ["conv_16"],
        ["the field of `conv_16` is larger than `input` (32); it is 33, and 6 % of the centre "
         "unit's window is padding"],
        id="one of the first layer behind it"),
    pytest.param(
        ["conv_3", "conv_19", "conv_20"],
        ["the field of `conv_19`, `conv_20` is larger than `input` (32); at `conv_20` it is 41, "
         "and 39 % of the centre unit's window is padding",
         "`conv_19`, `conv_20` add no spatial context at 32: what `conv_19` reads has seen 37 "
         "already on its smallest path"],
        id="of several, those it is true of"),
    pytest.param(
        ["conv_17"],
        ["the field of `conv_17` is larger than `input` (32); it is 35, and 16 % of the centre "
         "unit's window is padding",
         "`conv_17` adds no spatial context at 32: what it reads has seen 33 already on its "
         "smallest path"],
        id="a window that adds nothing"),
]  # fmt: skip


@each(("layers", "messages"), CHOSEN)
def test_verdicts_are_about_the_layers_chosen(layers: list[str], messages: list[str]) -> None:
    report = report_of("32x32 k3 same x20", layers=layers)
    assert [verdict.message for verdict in report.verdicts] == messages


@pytest.mark.parametrize(
    ("layer", "slug"), [("conv_1", "skipped-pixels"), ("conv_2", "gridding-holes")]
)
def test_skipped_pixels_of_other_layers_are_not_told(layer: str, slug: str) -> None:
    assert [one.slug for one in report_of("2d k1 s2 , k3", layers=[layer]).verdicts] == [slug]


def test_what_a_repair_of_holes_says_comes_true() -> None:
    """The dilations that it lists leave no holes, and give a field as wide as it says."""
    same = wider = 0
    for seed in range(30):
        random = Random(seed)
        axes = random.choice([1, 2])
        layers = [
            (random.randint(2, 4), random.choice([1, 1, 2]), random.choice([1, 2, 3, 5, 9]))
            for _ in range(random.randint(2, 4))
        ]
        before = report_of(chain_of(axes, layers))
        found = {one.slug: one for one in before.verdicts}.get("gridding-holes")
        if found is None:
            continue
        told = re.fullmatch(
            r"dilations \[(.*)\] in place of \[(.*)\] \((.*)\) give (?:(the same field)|a field of "
            r"(\d+)) without holes",
            found.help,
        )
        if not told:
            continue
        better, old = ([int(one) for one in told[at].split(", ")] for at in (1, 2))
        places = [int(one.strip("`").split("_")[1]) - 1 for one in told[3].split(", ")]
        for place, new, was in zip(places, better, old, strict=True):
            kernel, stride, dilation = layers[place]
            assert dilation == was
            layers[place] = kernel, stride, new
        after = report_of(chain_of(axes, layers))
        assert "gridding-holes" not in {one.slug for one in after.verdicts}, (seed, found)
        # It speaks of the layer that has the holes.
        at = [one.layer for one in before.layers].index(found.layers[-1])
        width = before.layers[at].axes[0].size if told[4] else int(told[5])
        assert {axis.size for axis in after.layers[at].axes} == {width}, (seed, found)
        same, wider = same + bool(told[4]), wider + (not told[4])
    assert min(same, wider) > 2, (same, wider)


def chain_of(axes: int, layers: Sequence[tuple[int, int, int]]) -> str:
    words = " , ".join(f"k{kernel} s{stride} d{dilation}" for kernel, stride, dilation in layers)
    return f"{axes}d {words}"


@each(
    ("chain", "skips"),
    [
        pytest.param("1d k3", False, id="no stride"),
        pytest.param("1d k1 s2 , k3", True, id="a kernel below its stride"),
        pytest.param("1d k2 s2 , k3", False, id="side by side"),
        pytest.param("1d k3 s2 d2 , k3", True, id="taps at 0, 2 and 4 are all even"),
        pytest.param("1d k3 s2 d3 , k3", False, id="taps at 0, 3 and 6 are not"),
        pytest.param("1d k3 s4 d2 , k3", True, id="of 4 places 0 and 2"),
        pytest.param("1d k4 s4 d3 , k3", False, id="0, 3, 6 and 9 are all places of 4"),
    ],
)
def test_a_stride_steps_over_places_that_no_tap_meets(chain: str, skips: bool) -> None:
    told = [one.message for one in report_of(chain).verdicts]
    assert any("pixels in between are never read" in message for message in told) == skips
