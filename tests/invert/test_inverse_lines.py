"""What is said of the inverse along one axis, word for word; every number is worked by hand."""
# ruff: noqa: E501 - lines stand whole, as they are printed

from __future__ import annotations

from pathlib import Path

import pytest

import convcalc
from convcalc.core.errors import StackError
from convcalc.features.invert.inverse_axis import axis_inverse
from convcalc.features.invert.words import axis_lines
from convcalc.shorthand.axis import Axis
from tests.conftest import Run
from tests.each import each


def said(axis: Axis, label: str) -> list[str]:
    """The line behind `label`, and those without a label below it."""
    lines = axis_lines(axis_inverse(axis))
    found: list[str] = []
    for name, text in lines:
        if name == label or (found and not name):
            found.append(text)
        elif found:
            break
    return found


@each(
    ("axis", "lines"),
    [
        (Axis("window", 32, 3, 2, 1, 1), ["k'=3 s'=2 p'=1 a=1: (16 − 1)·2 − 2·1 + 3 + 1 = 32"]),
        (Axis("window", 9, 3, 1, 1, 1, 2), ["k'=3 s'=1 p'=1 d'=2 a=0: (7 − 1)·1 − 2·1 + 5 = 9"]),
        # One pixel less on the right: the a of an equal padding takes it.
        (Axis("window", 7, 3, 2, 0, 1), ["k'=3 s'=2 p'=0 a=0", "(cut 0 before, 1 after, a in it)"]),
        (Axis("window", 9, 3, 1, 0, 3), ["no PyTorch or Keras layer cuts 0 before and 3 after", "use k'=3 s'=1 p'=0 a=0, then crop 3 after"]),
        (Axis("window", 9, 3, 1, 3, 0, 2), ["no PyTorch or Keras layer cuts 3 before and 0 after", "use k'=3 s'=1 p'=0 d'=2 a=0, then crop 3 before"]),
        (Axis("pool", 7, 2, 2, rounding="ceil"), ["no layer takes a = −1: rounding up let the last window stick out", "use k'=2 s'=2 p'=0 a=0, then crop 1 after"]),
        (Axis("pool", 7, 3, 3, rounding="ceil"), ["no layer takes a = −2: rounding up let the last window stick out", "use k'=3 s'=3 p'=0 a=0, then crop 2 after"]),
    ],
)  # fmt: skip
def test_the_layer_of_a_framework(axis: Axis, lines: list[str]) -> None:
    assert said(axis, "framework") == lines


@each(
    ("axis", "lines"),
    [
        (Axis("window", 9, 3), ["k'=3 s'=1 p'=2 (K − 1 − p), kernel flipped", "0 zeros between inputs (7 → 7)", "7 + 2·2 − 3 + 1 = 9"]),
        (Axis("window", 32, 3, 2, 1, 1), ["k'=3 s'=1 p'=1 (K − 1 − p), kernel flipped", "1 zero between inputs (16 → 31), 1 more after", "31 + 2·1 + 1 − 3 + 1 = 32"]),
        (Axis("window", 8, 3, 3, 0, 1, 2), ["k'=3 s'=1 p'=4 before and 3 after d'=2 (K − 1 − p), kernel flipped", "2 zeros between inputs (2 → 4), 1 more after", "4 + 4 + 3 + 1 − 5 + 1 = 8"]),
        (Axis("window", 9, 3, 1, 3, 3), ["k'=3 s'=1 p'=−1 (K − 1 − p), kernel flipped", "0 zeros between inputs (13 → 13)", "13 − 2·1 − 3 + 1 = 9", "p' below 0 crops the stretched input"]),
        (Axis("window", 9, 3, 1, 0, 3), ["k'=3 s'=1 p'=2 before and −1 after (K − 1 − p), kernel flipped", "0 zeros between inputs (10 → 10)", "10 + 2 − 1 − 3 + 1 = 9", "p' below 0 crops the stretched input"]),
        (Axis("window", 9, 3, 1, 3, 0), ["k'=3 s'=1 p'=−1 before and 2 after (K − 1 − p), kernel flipped", "0 zeros between inputs (10 → 10)", "10 − 1 + 2 − 3 + 1 = 9", "p' below 0 crops the stretched input"]),
        (Axis("window", 9, 3, 1, 2, 2), ["k'=3 s'=1 p'=0 (K − 1 − p), kernel flipped", "0 zeros between inputs (11 → 11)", "11 + 2·0 − 3 + 1 = 9"]),
        (Axis("pool", 7, 2, 2, rounding="ceil"), ["k'=2 s'=1 p'=1 (K − 1 − p), kernel flipped", "1 zero between inputs (4 → 7)", "7 + 2·1 − 1 − 2 + 1 = 7"]),
        (Axis("transposed", 4, 3, 2, extra=1), ["k'=3 s'=1 p'=2 (K − 1 − p), kernel flipped", "1 zero between inputs (4 → 7), 1 more after", "7 + 2·2 + 1 − 3 + 1 = 10"]),
    ],
)  # fmt: skip
def test_the_convolution_of_the_guide(axis: Axis, lines: list[str]) -> None:
    assert said(axis, "guide") == lines


@each(
    ("axis", "lines"),
    [
        (Axis("transposed", 4, 3, 2), ["convolution: ⌊(9 − 3)/2⌋ + 1 = 4"]),
        (Axis("transposed", 4, 3, 2, extra=1), ["convolution: ⌊(10 − 3)/2⌋ + 1 = 4"]),
        # With the two rows that a added, a convolution would find a fifth window.
        (Axis("transposed", 4, 3, 2, dilation=3, extra=2), ["convolution: ⌊(13 − 7)/2⌋ + 1 = 4", "after a crop of 2 at the end: a is a stride or more"]),
        # One pixel, and eight behind it.
        (Axis("transposed", 1, 1, 2, dilation=9, extra=8), ["convolution: ⌊(1 − 1)/2⌋ + 1 = 1", "after a crop of 8 at the end: a is a stride or more"]),
    ],
)  # fmt: skip
def test_the_convolution_that_undoes_a_transposed_layer(axis: Axis, lines: list[str]) -> None:
    assert said(axis, "inverse") == lines
    assert not said(axis, "framework")
    assert not said(axis, "same for")


@each(
    ("axis", "line"),
    [
        (Axis("window", 9, 3), "input 9 alone"),
        (Axis("window", 32, 3, 2, 1, 1), "inputs 31 (a=0), 32 (a=1)"),
        (Axis("window", 20, 3, 6), "inputs 15 (a=0), 16 (a=1), 17 (a=2), 18 (a=3), 19 (a=4), 20 (a=5)"),
        (Axis("window", 20, 3, 7), "inputs 17 (a=0), 18 (a=1), 19 (a=2), ..., 23 (a=6)"),
        # (303 - 3) / 100 = 3 and (402 - 3) / 100 = 3.99: four windows in all of these.
        (Axis("window", 400, 3, 100), "inputs 303 (a=0), 304 (a=1), 305 (a=2), ..., 402 (a=99)"),
        (Axis("pool", 8, 3, 3, rounding="ceil"), "inputs 7 (a=−2), 8 (a=−1), 9 (a=0)"),
        (Axis("window", 7, 3, 2, 1, 1, word="same_upper"), "inputs 7 to 8, each with its own padding (same_upper)"),
        (Axis("window", 7, 3, 1, 1, 1, word="same_lower"), "input 7, each with its own padding (same_lower)"),
        (Axis("window", 700, 3, 1, 1, 1, word="same_upper"), "input 700, each with its own padding (same_upper)"),
    ],
)  # fmt: skip
def test_the_inputs_that_share_the_output(axis: Axis, line: str) -> None:
    assert said(axis, "same for") == [line]


@each(
    ("axis", "pattern"),
    [
        (Axis("window", 32, 4, 2, 1, 1), []),
        (Axis("window", 32, 3, 2, 1, 1), ["pattern 1 2, then again; a kernel of 4 overlaps evenly"]),
        (Axis("window", 20, 3, 8), ["pattern 1 1 1 0 0 0 0 0, then again; a kernel of 8 overlaps evenly"]),
        (Axis("window", 40, 17, 16), ["pattern 2 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1, then again; a kernel of 32 overlaps evenly"]),
        (Axis("window", 40, 3, 17), []),
        # A kernel of 4 would be uneven with this dilation, too.
        (Axis("transposed", 4, 3, 2, dilation=3), ["pattern 2 1, then again"]),
    ],
)  # fmt: skip
def test_the_pattern_of_the_overlap(axis: Axis, pattern: list[str]) -> None:
    assert said(axis, "overlap")[1:] == pattern


@each(
    ("axis", "regime"),
    [
        (Axis("window", 9, 3), ["transposed, no padding (relationship 8 of Dumoulin & Visin)"]),
        (Axis("window", 9, 3, 1, 0, 3), []),
        (Axis("transposed", 4, 3, 2), ["transposed, unpadded, strided (relationship 12 of Dumoulin & Visin)"]),
    ],
)  # fmt: skip
def test_the_relationship_of_the_transposed_one(axis: Axis, regime: list[str]) -> None:
    assert said(axis, "regime") == regime


@each(
    ("words", "beginning", "end"),
    [
        ("3@9x9 conv 8 k3 s2", "3x9x9 → 8x4x4 → 3x9x9\n\n  undone by conv_transpose 3 k3 s2\n", "\n  channels  swapped: 8 in, 3 out, the same weights\n  values    do not come back: only size and connectivity do\n"),
        ("9x7 k3", "9x7 → 7x5 → 9x7\n\n  undone by conv_transpose k3\n\nheight:\n  layer     9 − 3 + 1 = 7\n", "\n\n  values    do not come back: only size and connectivity do\n"),
        ("9x9x5 k3x3x3", "9x9x5 → 7x7x3 → 9x9x5\n\n  undone by conv_transpose k3\n\ndepth and height:\n", "\n\n  values    do not come back: only size and connectivity do\n"),
        ("9 relu", "9 → 9 → 9\n\n  kept      relu keeps the shape", "; it stays as it is\n"),
        ("12@4x4 pixel_shuffle 2", "12x4x4 → 3x8x8 → 12x4x4\n\n  undone by pixel_unshuffle 2\n", "\n\n  values    come back too\n"),
        ("3x9x9 flatten", "3x9x9 → 243 → 3x9x9\n\n  undone by unflatten 3x9x9\n", "\n\n  values    come back too\n"),
        ("3@9x9 global_avg_pool", "3x9x9 → 3 → 3x9x9\n\n", "  undone by unflatten 3x1x1 , upsample output_size=9x9\n"),
        ("3@9x9 conv 8 k3 p1 reflect", "3x9x9 → 8x9x9 → 3x9x9\n", "\n  padding   a transposed layer cuts; it does not fold `reflect` pixels back\n"),
    ],
)  # fmt: skip
def test_the_whole_answer(words: str, beginning: str, end: str, run: Run) -> None:
    out = run("invert", *words.split()).out
    assert out.startswith(beginning)
    assert out.endswith(end)


NETWORK = """convcalc: 1
input: [3, 32, 20]
layers:
  - {conv: {out: 8, k: 3, s: 2, p: 1}, name: a}
  - {relu: , name: r}
  - {max_pool: 2, name: p}
  - {group_norm: 2, name: n}
  - {conv: {out: 4, k: 3}, name: z}
"""


@each(
    ("network", "options", "lines"),
    [
        (
            NETWORK,
            "",
            [
                "net: 5 of 5 layers have an inverse",
                "a      3x32x20 → 8x16x10  conv_transpose 3 k3 s2 p1 a1  31..32 x 19..20",
                "r      8x16x10 → 8x16x10  itself",
                "p      8x16x10 → 8x8x5    upsample 2                    16..17 x 10..11",
                "z      8x8x5 → 4x6x3      conv_transpose 8 k3",
            ],
        ),
        (
            NETWORK.replace("32, 20", "32, 32"),
            "",
            ["a      3x32x32 → 8x16x16  conv_transpose 3 k3 s2 p1 a1  31..32"],
        ),
        (
            NETWORK,
            "--torch",
            [
                "from torch import nn",
                "decoder = nn.Sequential(",
                "    nn.ConvTranspose2d(4, 8, kernel_size=3),",
                "    nn.GroupNorm(2, 8),",
                "    nn.ConvTranspose2d(8, 3, kernel_size=3, stride=2, padding=1, output_padding=1),",
                ")",
            ],
        ),
        (
            NETWORK,
            "--keras",
            [
                "# Channels last.",
                "decoder = keras.Sequential([",
                "    # group_norm: no line is written for it; its shape here is (8, 8, 5), channels first",
                "    layers.Cropping2D(1),",
                "])",
            ],
        ),
        (NETWORK, "--layer z --torch", ["nn.ConvTranspose2d(4, 8, kernel_size=3)"]),
        (
            NETWORK.replace("{max_pool: 2, name: p}", "{opaque: [8, 8, 5], name: p}"),
            "",
            [
                "net: 4 of 5 layers have an inverse",
                "p      8x16x10 → 8x8x5    none: what it computes is not told",
            ],
        ),
    ],
)  # fmt: skip
def test_the_lines_of_a_network(
    network: str, options: str, lines: list[str], run: Run, tmp_path: Path
) -> None:
    path = tmp_path / "net.net.yaml"
    path.write_text(network)
    out = run("invert", str(path), *options.split()).out.splitlines()
    assert [line for line in lines if line not in out] == []


@each(
    ("layers", "options", "said"),
    [
        ("[relu, {dropout: 0.5}]", "--yaml", "error CC929 bad-layer: there is nothing to mirror\n  every layer keeps the shape\n"),
        ("[{opaque: [3, 8, 6]}]", "--yaml", "error CC929 bad-layer: `opaque_1` cannot be mirrored\n"),
        ("[{conv: {out: 3, k: 3}}]", "--matrix", "error: --matrix draws one layer; pick it with --layer NAME\n"),
        ("[{conv: {out: 3, k: 3}}]", "--im2col", "error: --im2col draws one layer; pick it with --layer NAME\n"),
    ],
)  # fmt: skip
def test_what_has_no_way_back(
    layers: str, options: str, said: str, run: Run, tmp_path: Path
) -> None:
    path = tmp_path / "net.net.yaml"
    path.write_text(f"convcalc: 1\ninput: [3, 8, 6]\nlayers: {layers}\n")
    assert said in run("invert", str(path), *options.split()).err


def test_a_layer_of_a_question_is_not_picked() -> None:
    with pytest.raises(StackError, match="layer picks a layer of a network"):
        convcalc.invert("9 k3", layer="x")  # type: ignore[call-overload]
    network = convcalc.loads(NETWORK)
    found = convcalc.invert(network)
    assert [one.name for one in found.layers] == ["a", "r", "p", "n", "z"]
    assert convcalc.invert(network, layer="z").inverse.x == (8, 8, 5)
