"""`convcalc invert`: a network's mirror plans back to its input, and what the command prints."""
# ruff: noqa: E501 - messages stand whole, as they are printed

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import convcalc
from convcalc.core.errors import StackError
from convcalc.features.invert import stack as stack_yaml
from convcalc.features.invert.decoder import decoder, inversions
from tests.configs import configs

Run = Callable[..., Any]
CONFIGS = Path(__file__).parents[2] / "examples" / "configs"
CHAINS = ("alexnet", "c3d", "dcgan_generator", "id_cnn", "lenet5", "vgg16", "vgg16_bn")
ENCODER = """\
convcalc: 1
name: "encoder: small"
input: [3, 33, 30]
layers:
  - {conv: {out: 8, k: 3, s: 2, p: 1, bias: false}, name: stem}
  - batch_norm
  - relu
  - {conv: {out: 16, k: 4, s: 3, p: same_upper, g: 2}, name: odd}
  - prelu: channels
  - {max_pool: {k: 3, s: 2, ceil_mode: true}, name: pool}
  - {conv: {out: 32, k: 1, p: 1, s: 2, d: 2}, name: crop}
  - {global_avg_pool: {}, name: all}
  - linear: 10
  - softmax
"""
MIRROR = """\
# The way back from [10] to [3, 33, 30].
# Only sizes come back: weights have to be learnt.
# Left out, at the end of the encoder: softmax_1
convcalc: 1
name: "encoder: small, mirrored"
input: [10]
layers:
  - linear: 32                                                # linear_1
  - unflatten: [32, 1, 1]                                     # all
  - upsample: {output_size: [3, 2]}
  - conv_transpose: {out: 16, k: 1, s: 2, p: 1, d: 2, a: [0, 1]}  # crop
  - conv_transpose: {out: 16, k: 3, s: 2, g: 16, bias: false}  # pool
  - crop: [[0, 1], [0, 0]]
  - prelu: {parameters: channels}                             # prelu_1
  - conv_transpose: {out: 8, k: 4, s: 3, p: [[1, 1], [0, 1]], g: 2}  # odd
  - batch_norm                                                # batch_norm_1
  - relu                                                      # relu_1
  - conv_transpose: {out: 3, k: 3, s: 2, p: 1, a: [0, 1], bias: false}  # stem
expect: {output: [3, 33, 30]}
"""


@pytest.mark.parametrize("name", CHAINS)
def test_encoder_and_decoder_give_back_the_input(name: str) -> None:
    encoder = convcalc.plan(convcalc.load(CONFIGS / f"{name}.net.yaml"))
    (start,) = encoder.inputs.values()
    mirror = convcalc.plan(convcalc.loads(stack_yaml.render(decoder(encoder)), "decoder.net.yaml"))
    assert mirror.inputs == {"input": encoder.rows[-1].output}
    assert mirror.rows[-1].output == start
    assert mirror.failures == ()


@pytest.mark.parametrize("path", [one for one in configs() if one.id not in CHAINS])
def test_every_other_example_says_what_cannot_be_mirrored(path: Path) -> None:
    with pytest.raises(StackError) as caught:
        decoder(convcalc.plan(convcalc.load(path)))
    assert all("mirror" in problem.message for problem in caught.value.problems)
    assert any(problem.place for problem in caught.value.problems)


def test_a_small_encoder_with_every_difficulty_comes_back() -> None:
    plan = convcalc.plan(convcalc.loads(ENCODER, "encoder.net.yaml"))
    text = stack_yaml.render(decoder(plan))
    mirror = convcalc.plan(convcalc.loads(text))
    assert mirror.rows[-1].output == (3, 33, 30)
    # Encoder and decoder as one file, too.
    layers = text.split("layers:\n")[1].split("expect:")[0]
    whole = ENCODER.replace("  - softmax\n", layers)
    assert convcalc.plan(convcalc.loads(whole)).rows[-1].output == (3, 33, 30)
    # The norm and the activation of the layer before stand behind its mirror, in their order.
    kinds = [row.kind for row in mirror.rows]
    assert kinds[-3:] == ["batch_norm", "relu", "conv_transpose"]
    assert "softmax" not in kinds


@pytest.mark.parametrize("path", configs())
def test_every_layer_of_every_example_restores_its_input_or_says_why_not(path: Path) -> None:
    for one in inversions(convcalc.plan(convcalc.load(path))):
        inverse = one.inverse
        if inverse.entries:
            assert inverse.restored == inverse.x, one.row.name
        else:
            assert inverse.reason


def test_a_branch_is_named_with_its_place(ask: Run, tmp_path: Path) -> None:
    file = tmp_path / "branch.net.yaml"
    file.write_text(
        "convcalc: 1\ninput: [3, 8, 8]\nlayers:\n"
        "  - {conv: {out: 3, k: 1}, name: a}\n"
        "  - {relu: {}, name: b}\n"
        "  - add: [a, b]\n"
    )
    code, out, err = ask(f"invert {file} --yaml")
    assert (code, out) == (2, "")
    assert err == (
        f"{file}:6:5: error CC929 bad-layer: `add_1` cannot be mirrored\n"
        "  6 |   - add: [a, b]\n"
        "    |     ^^^^^^^^^^^\n"
        "  it joins several inputs into one\n"
        "  help: mirror a chain of layers; convcalc invert FILE shows what each layer's inverse is\n"
    )


LAYER = """\
32 → 16 → 32

  undone by conv_transpose k3 s2 p1 a1

  layer     ⌊(32 + 2·1 − 3)/2⌋ + 1 = 16
  framework k'=3 s'=2 p'=1 a=1: (16 − 1)·2 − 2·1 + 3 + 1 = 32
  guide     k'=3 s'=1 p'=1 (K − 1 − p), kernel flipped
            1 zero between inputs (16 → 31), 1 more after
            31 + 2·1 + 1 − 3 + 1 = 32
  same for  inputs 31 (a=0), 32 (a=1)
  overlap   uneven (3 mod 2 = 1): 1 or 2 inputs an output, a checkerboard risk
            pattern 1 2, then again; a kernel of 4 overlaps evenly
  regime    transposed, zeros after (relationship 14 of Dumoulin & Visin)

  values    do not come back: only size and connectivity do
"""
UNEQUAL = """\
3x32x32 → 8x16x16 → 3x32x32

  read as 3 channels of 32x32 (without channels: @3x32x32)

  undone by conv_transpose 3 k3 s2 p0:1

  layer     ⌊(32 + 0 + 1 − 3)/2⌋ + 1 = 16
  framework no PyTorch or Keras layer cuts 0 before and 1 after
            use k'=3 s'=2 p'=0 a=0, then crop 1 after
  guide     k'=3 s'=1 p'=2 before and 1 after (K − 1 − p), kernel flipped
            1 zero between inputs (16 → 31)
            31 + 2 + 1 − 3 + 1 = 32
  same for  inputs 32 (a=0), 33 (a=1)
  overlap   uneven (3 mod 2 = 1): 1 or 2 inputs an output, a checkerboard risk
            pattern 2 1, then again; a kernel of 4 overlaps evenly

  channels  swapped: 8 in, 3 out, the same weights
  values    do not come back: only size and connectivity do
"""
MATRIX = """\
C of the layer, y = C·x: 2x4
w0 w1 w2  0
 0 w0 w1 w2

Cᵀ, the transposed layer: 4x2
w0  0
w1 w0
w2 w1
 0 w2
"""


@pytest.mark.parametrize(
    ("line", "text"),
    [
        pytest.param("invert 32 k3 s2 p1", LAYER, id="a layer"),
        pytest.param("invert 32 --kernel 3 --stride 2 --padding 1", LAYER, id="in options"),
        pytest.param("invert 3x32x32 conv 8 k3 s2 p0:1", UNEQUAL, id="unequal padding"),
        pytest.param("invert 4 k3 --matrix", MATRIX, id="matrix"),
        pytest.param(
            "invert 4 k3 p1 --im2col",
            "windows, one position a row: 4x3\n 0 x0 x1\nx0 x1 x2\nx1 x2 x3\nx2 x3  0\n",
            id="im2col",
        ),
        pytest.param(
            "invert 3x32x32 conv 64 k3 s2 p1 --torch",
            "nn.ConvTranspose2d(64, 3, kernel_size=3, stride=2, padding=1, output_padding=1)\n",
            id="torch",
        ),
        pytest.param(
            "invert 3x32x32 conv 64 k3 s2 p0:1 --torch",
            "nn.ConvTranspose2d(64, 3, kernel_size=3, stride=2)\nnn.ZeroPad2d((0, -1, 0, -1))\n",
            id="torch, unequal padding",
        ),
        pytest.param(
            "invert 3x32x32 conv 64 k3 s2 p1 --keras",
            "layers.Conv2DTranspose(3, 3, strides=2, output_padding=1)\nlayers.Cropping2D(1)\n",
            id="keras",
        ),
        pytest.param(
            "invert 64x8x8 glu",
            "no layer undoes glu: half of the channels gate the other half; "
            "a 1x1 `conv` can double them again\n",
            id="no inverse",
        ),
    ],
)
def test_the_answer_word_for_word(ask: Run, line: str, text: str) -> None:
    assert ask(line) == (0, text, "")


def test_a_file_is_a_row_a_layer(ask: Run, tmp_path: Path) -> None:
    file = tmp_path / "encoder.net.yaml"
    file.write_text(ENCODER)
    code, out, _ = ask(f"invert {file}")
    assert code == 0
    lines = [line.split() for line in out.splitlines()]
    assert lines[0] == ["encoder:", "small:", "10", "of", "10", "layers", "have", "an", "inverse"]
    assert lines[4] == (
        [
            "stem",
            "3x33x30",
            "→",
            "8x17x15",
            "conv_transpose",
            "3",
            "k3",
            "s2",
            "p1",
            "a0x1",
            "nobias",
            "33..34",
            "x",
            "29..30",
        ]
    )
    assert lines[5] == ["batch_norm_1", "8x17x15", "→", "8x17x15", "itself"]
    assert lines[9] == (
        [
            "pool",
            "16x6x5",
            "→",
            "16x3x2",
            "conv_transpose",
            "16",
            "k3",
            "s2",
            "g16",
            "nobias",
            ",",
            "crop",
            "0:1x0:0",
            "6..7",
            "x",
            "4..5",
        ]
    )
    one = ask(f"invert {file} --layer stem").out
    assert one.startswith("3x33x30 → 8x17x15 → 3x33x30\n")
    assert ask(f"invert {file} --yaml").out == MIRROR


def test_json(ask: Run) -> None:
    data = json.loads(ask("invert 32 k3 s2 p1 --format json").out)
    assert (data["version"], data["restored"]) == (1, [32])
    (axis,) = data["axes"]
    assert axis["inputs"] == [
        {"size": 31, "output_padding": 0},
        {"size": 32, "output_padding": 1},
    ]
    assert axis["inputs_with_this_output"] == [31, 32]
    assert axis["guide"]["padding"] == [1, 1]
    assert (axis["guide"]["zeros_between"], axis["guide"]["zeros_after"]) == (1, 1)
    assert data["undone_by"][0]["shorthand"] == "conv_transpose k3 s2 p1 a1"


def test_the_matrix_for_machines(ask: Run) -> None:
    # 3 taps at stride 1 on 4 pixels: two positions.
    c = [["w0", "w1", "w2", "0"], ["0", "w0", "w1", "w2"]]
    turned = [["w0", "0"], ["w1", "w0"], ["w2", "w1"], ["0", "w2"]]
    found = json.loads(ask("invert 4 k3 --matrix --format json").out)["matrices"]
    assert [(one["name"], one["rows"], one["columns"]) for one in found] == [
        ("C", 2, 4), ("C^T", 4, 2),
    ]  # fmt: skip
    assert [one["entries"] for one in found] == [c, turned]
    assert ask("invert 4 k3 --matrix --format csv").out == (
        "matrix,row,0,1,2,3\n"
        "C,0,w0,w1,w2,0\nC,1,0,w0,w1,w2\n"
        "C^T,0,w0,0,,\nC^T,1,w1,w0,,\nC^T,2,w2,w1,,\nC^T,3,0,w2,,\n"
    )
    (windows,) = json.loads(ask("invert 4 k3 p1 --im2col --format json").out)["matrices"]
    assert windows["name"] == "windows"
    assert windows["entries"][0] == ["0", "x0", "x1"]


@pytest.mark.parametrize(
    ("line", "code", "says"),
    [
        ("invert 32 k3 --torch --format json", 2, "--torch does not go with --format json"),
        ("invert nowhere.net.yaml", 2, "no such file or directory"),
        ("invert 32 k3 , k3", 2, "one layer at a time: a chain is inverted as a file"),
        ("invert 32 k3 --yaml", 2, "write the network as a file first"),
        ("invert 32 k3 --torch", 2, "needs the channels; write them: 3@32x32 conv 64 k3 s2 p1"),
        ("invert 32 k3 --layer stem", 2, "picks a layer of a file"),
        ("invert 224 k7 --matrix", 2, "the matrix has 218 x 224 = 48832 entries"),
        ("invert 3@8x8 relu --matrix", 2, "relu slides no window"),
        ("invert 32 k3 --matrix --im2col", 2, "--im2col does not go with --matrix"),
        ("invert 32 k40", 2, "kernel 40"),
    ],
)
def test_refusals(ask: Run, line: str, code: int, says: str) -> None:
    result = ask(line)
    assert (result.code, result.out) == (code, "")
    assert says in result.err


def test_a_layer_of_the_file_that_is_not_there(ask: Run, tmp_path: Path) -> None:
    file = tmp_path / "encoder.net.yaml"
    file.write_text(ENCODER)
    result = ask(f"invert {file} --layer stm")
    assert result.code == 2
    assert "no layer `stm`; did you mean `stem`?" in result.err


def test_two_inputs_have_no_mirror() -> None:
    text = "convcalc: 1\ninput: {a: [3, 8, 8], b: [3, 8, 8]}\nlayers: [add: [a, b], relu]\n"
    with pytest.raises(StackError) as caught:
        decoder(convcalc.plan(convcalc.loads(text)))
    assert [(problem.message, problem.note) for problem in caught.value.problems] == [
        (
            "the network cannot be mirrored",
            "the network has 2 inputs, so that no single way leads back",
        ),
        ("`add_1` cannot be mirrored", "it joins several inputs into one"),
    ]


def test_a_layer_that_reads_further_back_has_no_mirror() -> None:
    text = """\
convcalc: 1
input: [3, 8, 8]
layers:
  - {conv: {out: 4, k: 3}, name: a}
  - {conv: {out: 4, k: 3}, from: input, name: b}
  - {conv: {out: 4, k: 3}, name: c}
outputs: [b]
"""
    with pytest.raises(StackError) as caught:
        decoder(convcalc.plan(convcalc.loads(text)))
    assert [(problem.message, problem.note) for problem in caught.value.problems] == [
        ("the network cannot be mirrored", "its output is not its last layer"),
        ("`b` cannot be mirrored", "it branches off from `input`, and only a chain has a mirror"),
    ]
