"""A merge that does not fit: the layer that is named, and that the proposed repair works."""

from __future__ import annotations

import re

import pytest

import convcalc
from tests.each import each

UNET = """
convcalc: 1
input: [1, {size}, {size}]
layers:
  - {{conv: {{out: 8, k: 3, p: 1}}, name: skip1}}
  - {down}
  - {{conv: {{out: 8, k: 3, p: 1}}, name: skip2}}
  - {down}
  - {{conv: {{out: 8, k: 3, p: 1}}, name: skip3}}
  - {down}
  - {up}
  - concat: [skip3, prev]
  - {up}
  - concat: [skip2, prev]
  - {up}
  - concat: [skip1, prev]
"""
DOWN = {
    "max_pool": "max_pool: 2",
    "pool of 3": "max_pool: {k: 3, s: 2, p: 1}",
    "ceil_mode": "avg_pool: {k: 2, ceil_mode: true}",
    "strided convolution": "conv: {out: 8, k: 3, s: 2, p: 1}",
    "same_upper": "conv: {out: 8, k: 5, s: 2, p: same_upper}",
    "two by two": "conv: {out: 8, k: 2, s: 2}",
}
UP = {
    "upsample": "upsample: 2",
    "transposed": "conv_transpose: {out: 8, k: 2, s: 2}",
    "transposed of 4": "conv_transpose: {out: 8, k: 4, s: 2, p: 1}",
    "bilinear": "upsample: {scale_factor: 2, mode: bilinear}",
}


def problems(text: str, size: int | None = None) -> tuple[convcalc.Problem, ...]:
    network = convcalc.loads(text)
    try:
        convcalc.plan(network, input=None if size is None else [1, size, size])
    except convcalc.StackError as error:
        return error.problems
    return ()


@each("up", UP)
@each("down", DOWN)
@pytest.mark.parametrize(
    "size",
    [44, 602, *(pytest.param(size, marks=pytest.mark.thorough) for size in (41, 46, 47, 100))],
)
def test_the_proposed_input_sizes_fit(size: int, down: str, up: str) -> None:
    text = UNET.format(size=size, down=DOWN[down], up=UP[up])
    found = problems(text)
    if size == 44 or size == 100:
        # 44 and 100 are multiples of 4, not of 8: the last level alone loses a pixel.
        assert [problem.layer for problem in found] == ["concat_1"]
    assert found
    assert {problem.slug for problem in found} == {"merge-size-mismatch"}
    below, above, multiple = map(
        int,
        re.findall(r"give `input` (\d+) or (\d+) pixels \(a multiple of (\d+)\)", found[0].help)[0],
    )
    assert (below, above, multiple) == (size // 8 * 8, size // 8 * 8 + 8, 8)
    assert problems(text, below) == ()
    assert problems(text, above) == ()


@each("size", [8, 16, 48, 64])
@each("up", UP)
@each("down", DOWN)
def test_multiples_fit_from_the_start(size: int, down: str, up: str) -> None:
    assert problems(UNET.format(size=size, down=DOWN[down], up=UP[up])) == ()


CULPRITS = [
    pytest.param(
        ["{conv: {out: 1, k: 3, p: 1}, name: a}", "conv: {out: 1, k: 5, p: 1}", "add: [prev, a]"],
        "`conv_2` (line 6) makes 30 of 32 pixels",
        "use `padding: same` in that layer",
        id="too narrow a padding",
    ),
    pytest.param(
        ["{relu: {}, name: a}", "conv: {out: 1, k: 3}", "conv: {out: 1, k: 5}", "add: [prev, a]"],
        "`conv_2` (line 7) makes 26 of 30 pixels, and 1 more on the way does alike",
        "use `padding: same` in those layers",
        id="the one that loses most, of two",
    ),
    pytest.param(
        [
            "{relu: {}, name: a}",
            *["conv: {out: 1, k: 3}"] * 2,
            "conv: {out: 1, k: 5}",
            "add: [prev, a]",
        ],
        "`conv_3` (line 8) makes 24 of 28 pixels, and 2 more on the way do alike",
        "use `padding: same` in those layers",
        id="the one that loses most, of three",
    ),
    pytest.param(
        [
            "{upsample: 2, name: a}",
            "conv: {out: 1, k: 4}",
            "conv: {out: 1, k: 3}",
            "add: [prev, a]",
        ],
        # One and a half pixels of the input against one.
        "`conv_1` (line 6) makes 61 of 64 pixels, and 1 more on the way does alike",
        "use `padding: same` in those layers",
        id="the one that loses half a pixel of the input more",
    ),
    pytest.param(
        ["{relu: {}, name: a}", "conv: {out: 1, k: 4, p: 2}", "add: [prev, a]"],
        "`conv_1` (line 6) makes 33 of 32 pixels",
        "use `padding: same` in that layer",
        id="too wide a padding",
    ),
    pytest.param(
        ["{relu: {}, name: a}", "crop: {p: [[0, 1], [0, 0]]}", "add: [prev, a]"],
        "`crop_1` (line 6) makes 31 of 32 pixels on the height",
        "pad or crop one of them",
        id="a crop on one axis",
    ),
    pytest.param(
        ["{relu: {}, name: a}", "conv: {out: 1, k: 4, s: 2}", "upsample: 2", "add: [prev, a]"],
        "`conv_1` (line 6) makes 15 of 32 pixels",
        "use `padding: 1` in that layer",
        id="a stride without its padding",
    ),
    pytest.param(
        [
            "{conv: {out: 1, k: 2}, name: odd}",
            "{conv: {out: 1, k: 3, s: 2, p: 1}, name: a}",
            "{conv: {out: 1, k: 4, s: 2}, from: odd}",
            "add: [prev, a]",
        ],
        # Of 31 pixels half is 16; a padding of 1 on both sides gives 15.
        "`conv_3` (line 7) makes 14 of 31 pixels, and 1 more on the way does alike",
        "use `padding: same_upper` in those layers",
        id="half of an odd size, by an even kernel",
    ),
    pytest.param(
        [
            "{conv: {out: 1, k: 3, s: 2, p: 1}, name: a}",
            "{conv_transpose: {out: 1, k: 3, s: 2, p: 1}, from: a}",
            "add: [prev, input]",
        ],
        "`conv_transpose_1` (line 6) makes 31 of 16 pixels",
        "use `output_padding: 1` in that layer",
        id="a transposed layer that gives one pixel less",
    ),
    pytest.param(
        [
            "{conv: {out: 1, k: 3, s: 2, p: 1}, name: a}",
            "conv_transpose: {out: 1, k: 3, s: 2}",
            "add: [prev, input]",
        ],
        # It takes no word for its padding, and each pixel of a number takes two away.
        "`conv_transpose_1` (line 6) makes 33 of 16 pixels",
        "pad or crop one of them",
        id="a transposed layer that gives one pixel more",
    ),
    pytest.param(
        ["{max_pool: 2, name: a}", "add: [prev, input]"],
        "`a` (line 5) makes 16 of 32 pixels, and nothing on the other path does",
        "bring `input` to the same stride by `conv: {out: 1, k: 1, s: 2}`, "
        "or the other back by `upsample: 2`",
        id="a stride on one path",
    ),
    pytest.param(
        ["{max_pool: 2, name: a}", "{max_pool: 4, from: input}", "concat: [prev, a]"],
        "wants equal shapes: `max_pool_2` has 1x8x8 and `a` has 1x16x16",
        "bring `a` to the same stride by a layer of stride 2, or the other back by `upsample: 2`",
        id="two strides",
    ),
    pytest.param(
        ["{adaptive_avg_pool: 7, name: a}", "add: [prev, input]"],
        "`a` (line 5) makes 7 of 32 pixels, and nothing on the other path does",
        "bring `a` to the largest size, for instance by `upsample: {output_size: [32, 32]}`",
        id="a size of its own",
    ),
    pytest.param(
        ["{adaptive_avg_pool: 7, name: a}", "{conv: {out: 2, k: 1}, name: b}", "add: [b, input]"],
        "`a` (line 5) makes 7 of 32 pixels, and nothing on the other path does",
        "bring `b` to the largest size, for instance by `upsample: {output_size: [32, 32]}`, and "
        "all to one number of channels by a 1x1 `conv`",
        id="a size and channels of its own",
    ),
    pytest.param(
        ["{global_avg_pool: {keepdim: true}, name: g}", "upsample: 4", "add: [prev, input]"],
        "`upsample_1` has 1x4x4 and `input` has 1x32x32",
        "pad or crop one of them",
        id="behind a global pool nothing is known",
    ),
    pytest.param(
        [
            "{conv: {out: 1, k: 3}, name: a}",
            "global_avg_pool",
            "{mul: [prev, a], name: gated}",
            "add: [gated, input]",
        ],
        "`a` (line 5) makes 30 of 32 pixels",
        "use `padding: same` in that layer",
        id="past a gate",
    ),
]


@each(("layers", "note", "help"), CULPRITS)
def test_culprit(layers: list[str], note: str, help: str) -> None:
    listed = "".join(f"  - {layer}\n" for layer in layers)
    (problem,) = problems(f"convcalc: 1\ninput: [1, 32, 32]\n\nlayers:\n{listed}")
    assert problem.note.endswith(note)
    assert problem.help == help


STEM = "{conv: {out: 16, k: 3, p: 1}, name: stem}"
UNPADDED = (
    "{conv: {out: 1, k: 3}, name: a}",
    "max_pool: 2",
    "conv: {out: 1, k: 3}",
    "upsample: 2",
)
TWO_VECTORS = (
    "{conv: {out: 4, k: 1}, name: a}",
    "global_avg_pool",
    "{linear: 5, name: b}",
)
# What is written, what is told, and what the reader makes of it.
FOLLOWED = [
    pytest.param(
        [STEM, "{conv: {out: 32, k: 3, s: 2}, name: down}", "add: [stem, down]"],
        "use `padding: 1` in `down`, and bring `stem` to the same stride by "
        "`conv: {out: 32, k: 1, s: 2}`",
        [
            STEM,
            "{conv: {out: 32, k: 3, s: 2, padding: 1}, name: down}",
            "{conv: {out: 32, k: 1, s: 2}, from: stem, name: brought}",
            "add: [brought, down]",
        ],
        id="a stride of one path and no padding there",
    ),
    pytest.param(
        [STEM, "{conv: {out: 8, k: 3, s: [2, 1], p: 1}, name: down}", "concat: [stem, down]"],
        "bring `stem` to the same stride by a layer of stride [2, 1]",
        [
            STEM,
            "{conv: {out: 8, k: 3, s: [2, 1], p: 1}, name: down}",
            "{max_pool: {k: 1, s: [2, 1]}, from: stem, name: brought}",
            "concat: [brought, down]",
        ],
        id="a stride on one axis",
    ),
    pytest.param(
        [STEM, "{conv: {out: 8, k: 3, s: [1, 2], p: 1}, name: down}", "concat: [stem, down]"],
        "bring `stem` to the same stride by a layer of stride [1, 2]",
        [
            STEM,
            "{conv: {out: 8, k: 3, s: [1, 2], p: 1}, name: down}",
            "{max_pool: {k: 1, s: [1, 2]}, from: stem, name: brought}",
            "concat: [brought, down]",
        ],
        id="a stride on the other axis",
    ),
    pytest.param(
        [STEM, "{max_pool: 4, name: down}", "add: [stem, down]"],
        "bring `down` to the largest size, for instance by `upsample: {output_size: [65, 65]}`",
        [
            STEM,
            "max_pool: 4",
            "{upsample: {output_size: [65, 65]}, name: down}",
            "add: [stem, down]",
        ],
        id="a stride of 4 makes 17 of 65 and a factor of 4 64",
    ),
    pytest.param(
        [
            STEM,
            "{conv: {out: 32, k: 3, s: 2}, name: down}",
            "{conv: {out: 32, k: 1, s: 2}, from: stem, name: short}",
            "add: [short, down]",
        ],
        "use `padding: 1` in `down`",
        [
            STEM,
            "{conv: {out: 32, k: 3, s: 2, padding: 1}, name: down}",
            "{conv: {out: 32, k: 1, s: 2}, from: stem, name: short}",
            "add: [short, down]",
        ],
        id="no size of the input would do",
    ),
    pytest.param(
        [*UNPADDED, "concat: [a, prev]"],
        "merge with `align: crop`",
        [*UNPADDED, "concat: {inputs: [a, prev], align: crop}"],
        id="a floor and a border: no single layer repairs it",
    ),
    pytest.param(
        [*TWO_VECTORS, "{global_avg_pool: {}, from: a, name: c}", "add: [b, c]"],
        "give all of them 5 channels, for instance by `linear: 5`",
        [*TWO_VECTORS, "{global_avg_pool: {}, from: a}", "{linear: 5, name: c}", "add: [b, c]"],
        id="two vectors have no 1x1 convolution",
    ),
]


@each(("layers", "help", "repaired"), FOLLOWED)
def test_what_is_told_was_planned(layers: list[str], help: str, repaired: list[str]) -> None:
    head = "convcalc: 1\ninput: [3, 65, 65]\nlayers:\n"
    (problem,) = problems(head + "".join(f"  - {layer}\n" for layer in layers))
    assert problem.help == help
    assert problems(head + "".join(f"  - {layer}\n" for layer in repaired)) == ()


def test_a_stride_on_one_axis_is_taken_back_on_that_axis() -> None:
    text = "convcalc: 1\ninput: [3, 40, 60]\nlayers:\n  - max_pool: {k: 3, s: [2, 1], p: 1}\n"
    merge = "  - concat: [prev, input]\n"
    (problem,) = problems(text + merge)
    assert problem.help.endswith(
        "a layer of stride [2, 1], or the other back by `upsample: [2, 1]`"
    )
    assert problems(text + "  - upsample: [2, 1]\n" + merge) == ()


def test_sizes_are_told_for_each_axis_that_differs() -> None:
    text = "convcalc: 1\ninput: [1, 33, 65]\nlayers:\n  - max_pool: 2\n  - upsample: 2\n"
    text += "  - add: [prev, input]\n"
    (problem,) = problems(text)
    assert problem.help == "give `input` 32x64 or 34x66 pixels (multiples of 2)"
    assert problems(text.replace("33, 65", "32, 64")) == ()
    assert problems(text.replace("33, 65", "34, 66")) == ()


def test_the_largest_size_is_that_of_each_axis() -> None:
    text = "convcalc: 1\ninput: [1, 32, 20]\nlayers:\n  - {adaptive_avg_pool: 7, name: a}\n"
    (problem,) = problems(text + "  - add: [prev, input]\n")
    way = "`upsample: {output_size: [32, 20]}`"
    assert problem.help == f"bring `a` to the largest size, for instance by {way}"


def test_the_last_of_three_axes_is_told_alone() -> None:
    text = "convcalc: 1\ninput: [1, 8, 8, 9]\nlayers:\n  - max_pool: 2\n  - upsample: 2\n"
    (problem,) = problems(text + "  - add: [prev, input]\n")
    assert problem.help == "give the width of `input` 8 or 10 pixels (a multiple of 2)"


@each(
    ("inputs", "layers", "note", "help"),
    [
        pytest.param(
            "{x: [4, 8, 8], a: [3], b: [5]}",
            "  - {bilinear: {inputs: [a, b], out: =cin}, name: g}\n  - mul: [x, g]\n",
            "a gate has a number for each of 4 channels, and `cin` of `g` is 3",
            "give `g` 4 features",
            id="the channels of a layer are those of its first input",
        ),
        pytest.param(
            "{x: [4, 8, 8], y: [5, 8, 8], a: [3]}",
            "  - {linear: 3, from: a, name: g}\n  - mul: [x, y, g]\n",
            "`x` has 4x8x8 and `y` has 5x8x8 and `g` has 3",
            "bring both to the same axes first (`flatten`, `unflatten`, a global pool)",
            id="no gate fits maps that do not fit each other",
        ),
    ],
)
def test_gates_that_do_not_fit(inputs: str, layers: str, note: str, help: str) -> None:
    (problem,) = problems(f"convcalc: 1\ninput: {inputs}\nlayers:\n{layers}")
    assert problem.note.endswith(note)
    assert problem.help == help


@each(
    ("size", "help"),
    [
        (3, "give `input` 2 or 4 pixels (a multiple of 2)"),
        (5, "give `input` 4 or 6 pixels (a multiple of 2)"),
        (301, "give `input` 300 or 302 pixels (a multiple of 2)"),
    ],
)
def test_the_multiples_beside_a_size_fit(size: int, help: str) -> None:
    text = f"convcalc: 1\ninput: [2, {size}]\nlayers:\n  - {{max_pool: 2, name: p}}\n"
    text += "  - upsample: 2\n  - add: [prev, input]\n"
    (problem,) = problems(text)
    assert problem.help == help
    half = f"`p` (line 4) makes {size // 2} of {size} pixels: the floor drops 1 of {size}"
    assert problem.note.endswith(half)


def test_where_sizes_do_not_simply_divide_the_layer_s_own_input_is_named() -> None:
    text = """
convcalc: 1
input: [1, 33, 33]
layers:
  - {conv: {out: 1, k: 3}, name: stem}
  - max_pool: 2
  - upsample: 2
  - add: [prev, stem]
"""
    (problem,) = problems(text)
    assert problem.help == "give `stem` 30 or 32 pixels (a multiple of 2)"


def test_maps_that_were_lines_before_have_no_layer_to_blame() -> None:
    text = (
        "convcalc: 1\ninput: {a: [4, 64], b: [4, 4, 4, 5]}\nlayers:\n"
        "  - {conv: {out: 4, k: 1}, from: a}\n  - {reshape: [4, 4, 4, 4], name: r}\n"
        "  - add: [r, b]\n"
    )
    (problem,) = problems(text)
    assert problem.note == (
        "add wants equal shapes, or a gate [4]: `r` has 4x4x4x4 and `b` has 4x4x4x5"
    )
    assert problem.help == "give the network's inputs sizes that fit each other"


def test_what_follows_from_a_mismatch_is_no_further_mistake() -> None:
    text = UNET.format(size=100, down="max_pool: 2", up="upsample: 2")
    assert len(problems(text)) == 1


@each("input", ["[6, 32]", "[6, 32, 32]", "[6, 32, 32, 32]"])
def test_the_layer_to_blame_is_found_behind_one_that_does_not_stand(input: str) -> None:
    """4 groups do not divide 6 channels; positions go through that layer all the same."""
    found = problems(
        f"convcalc: 1\ninput: {input}\nlayers:\n"
        "  - {conv: {out: 6, k: 1, g: 4}, name: bad}\n"
        "  - {conv: {out: 6, k: 3}, name: a}\n  - add: [a, bad]\n"
    )
    assert [problem.layer for problem in found] == ["bad", "add_1"]
    assert found[1].note.endswith("`a` (line 5) makes 30 of 32 pixels")


def test_two_mistakes_are_two_findings() -> None:
    text = """
convcalc: 1
input: [1, 32, 32]
layers:
  - {conv: {out: 1, k: 3}, name: a}
  - add: [a, input]
  - {conv: {out: 2, k: 3, p: 1}, name: b}
  - {conv: {out: 2, k: 5, p: 1}, name: c}
  - add: [b, c]
"""
    assert [problem.layer for problem in problems(text)] == ["add_1", "add_2"]
