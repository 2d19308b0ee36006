"""`convcalc shape`: sizes against brute force and published rules, texts, exit codes."""
# ruff: noqa: E501 - messages stand whole, as they are printed

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest

from convcalc.core.arithmetic import WindowError
from convcalc.core.errors import StackError
from convcalc.features.shape.answer import shape
from convcalc.shorthand.axis import Axis
from tests.each import each

Run = Callable[..., Any]

QUESTION = """\
112

  output    ⌊(224 + 2·3 − 7)/2⌋ + 1 = 112
  padding   3 before, 3 after
  dropped   only padding: the last 1 pixel of 230 padded
  same for  inputs 223 and 224
  regime    padding, strided (relationship 6 of Dumoulin & Visin)
"""
STEM = """\
128x56x56

  read as 3 channels of 224x224 (without channels: @3x224x224)

     layer                  output  params         MACs        FLOPs  field  stride
  ─────────────────────────────────────────────────────────────────────────────────
     input               3x224x224
  1  conv 64 k7 s2 p3   64x112x112   9,472  118,013,952  236,027,904      7       2
  2  max_pool k3 s2 p1    64x56x56       0            0            0     11       4
  3  conv 128 k3 same    128x56x56  73,856  231,211,008  462,422,016     19       4
  ─────────────────────────────────────────────────────────────────────────────────
     total                          83,328  349,224,960  698,449,920

  layer 1   ⌊(224 + 2·3 − 7)/2⌋ + 1 = 112
  layer 2   ⌊(112 + 2·1 − 3)/2⌋ + 1 = 56
  layer 3   56 + 2·1 − 3 + 1 = 56
  same for  inputs 221 to 224

  field     19 pixels an axis, stride 4, the first starts at −9
"""
CEIL = """\
3

  output    ⌈(9 + 2·2 − 4)/4⌉ + 1 − 1 = 3
  clipped   window 4 would start at 12, behind the input (ends at 11)
  padding   2 before, 2 after
  dropped   only padding: the last 1 pixel of 13 padded
  same for  inputs 7 to 10
  regime    padding, strided (relationship 6 of Dumoulin & Visin)
"""
PER_AXIS = """\
112x96

height: 224 → 112
  output    ⌊(224 + 0 + 1 − 3)/2⌋ + 1 = 112
  padding   0 before, 1 after
  dropped   nothing
  same for  inputs 224 and 225

width: 192 → 96
  output    ⌊(192 + 2·2 − 5)/2⌋ + 1 = 96
  padding   2 before, 2 after
  dropped   only padding: the last 1 pixel of 196 padded
  same for  inputs 191 and 192
  regime    padding, strided (relationship 6 of Dumoulin & Visin)
"""
COSTS = """\
6x28x28

  read as 1 channel of 32x32 (without channels: @1x32x32)

  output    32 − 5 + 1 = 28
  padding   none
  dropped   nothing
  same for  input 32 alone
  regime    no padding, unit stride (relationship 1 of Dumoulin & Visin)

  params    156 (weight 6x1x5x5 + bias 6)
  MACs      117,600 for one sample, 235,200 FLOPs
"""
TRANSPOSED = """\
32

  output    (16 − 1)·2 − 2·1 + 3 + 1 = 32
  cut       1 before, 1 after
  overlap   uneven (3 mod 2 = 1): 1 or 2 inputs an output, a checkerboard risk
  regime    transposed, zeros after (relationship 14 of Dumoulin & Visin)
"""
CAFFE = """\
38

  output    ⌈(75 − 2)/2⌉ + 1 = 38
  padding   none
  dropped   nothing: the last window reaches 1 pixel beyond the padded input
  same for  inputs 75 and 76

  caffe     pools round up; unpadded ones keep even a window behind the input
  elsewhere torch: 37
            tf: 37
            onnx: 37
"""


@each(
    ("line", "text"),
    [
        pytest.param("shape 224 k7 s2 p3", QUESTION, id="the question of the house"),
        pytest.param("shape 224 --kernel 7 --stride 2 --padding 3", QUESTION, id="in options"),
        pytest.param(
            "shape 3x224x224 conv 64 k7 s2 p3 , max_pool k3 s2 p1 , conv 128 k3 same",
            STEM,
            id="a chain",
        ),
        pytest.param("shape 9 avg_pool k4 s4 p2 ceil", CEIL, id="a clipped window"),
        pytest.param("shape 224x192 k3x5 s2 p0:1x2", PER_AXIS, id="axes that differ"),
        pytest.param("shape 1x32x32 conv 6 k5", COSTS, id="params and MACs"),
        pytest.param("shape 16 conv_transpose k3 s2 p1 a1", TRANSPOSED, id="transposed"),
        pytest.param("shape 75 max_pool 2 s2 --dialect caffe", CAFFE, id="a dialect"),
        pytest.param("shape 224 k7 s2 p3 -q", "112\n", id="bare"),
        pytest.param("shape 3x224x224 conv 64 k7 s2 p3 -q", "64x112x112\n", id="bare, channels"),
        pytest.param("shape 224 k7 s2 p3 , k3 -q", "110\n", id="bare, chain"),
        # 224 - 2*(1 + 2)*2: each of the six layers takes d pixels on both sides.
        pytest.param("shape 224 k3 d1,2 x2 -q", "212\n", id="lists and repetitions"),
    ],
)
def test_the_answer_word_for_word(ask: Run, line: str, text: str) -> None:
    assert ask(line) == (0, text, "")


def test_a_narrow_terminal_breaks_no_word(ask: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "44")
    _, out, _ = ask("shape 9 avg_pool k4 s4 p2 ceil --format table")
    assert out.splitlines()[2:6] == [
        "  output    ⌈(9 + 2·2 − 4)/4⌉ + 1 − 1 = 3",
        "  clipped   window 4 would start at 12,",
        "            behind the input (ends at 11)",
        "  padding   2 before, 2 after",
    ]


@each(
    ("words", "output"),
    [
        # Worked by hand, or from the papers named.
        pytest.param("224 k11 s4 p2", (55,), id="AlexNet, first layer"),
        pytest.param("224 k7 s2 p3 , max_pool k3 s2 p1", (56,), id="ResNet stem"),
        pytest.param("572 k3 , k3 , max_pool 2", (284,), id="U-Net, first level"),
        pytest.param("32 k5 , avg_pool 2 , k5 , avg_pool 2", (5,), id="LeNet-5"),
        pytest.param("784 k7 causal", (784,), id="causal"),
        pytest.param("4 k2 p1", (5,), id="an even kernel cannot keep the size"),
        pytest.param("100x1x1 conv_transpose 512 k4 , conv_transpose 256 k4 s2 p1", (256, 8, 8), id="DCGAN"),
        pytest.param("46x62 conv_transpose k16 s8", (376, 504), id="FCN-8s"),
        pytest.param("512x7x7 flatten", (25088,), id="VGG-16, first dense layer"),
        pytest.param("512x7x7 flatten , linear 4096", (4096,), id="dense"),
        pytest.param("64x32x32 pixel_shuffle 2", (16, 64, 64), id="pixel shuffle"),
        pytest.param("64x32x32 pixel_unshuffle 2", (256, 16, 16), id="pixel unshuffle"),
        pytest.param("3@32x32 unfold k3 s2", (27, 225), id="im2col"),
        pytest.param("3@14x14 adaptive_avg_pool 7", (3, 7, 7), id="adaptive"),
        pytest.param("3@14x15 adaptive_max_pool 7x~", (3, 7, 15), id="an axis kept"),
        pytest.param("512x7x7 global_avg_pool", (512,), id="global"),
        pytest.param("512x7x7 global_max_pool keepdim", (512, 1, 1), id="global, axes kept"),
        pytest.param("3@14x14 upsample 2", (3, 28, 28), id="upsample"),
        pytest.param("3@14x14 upsample output_size=20 bilinear", (3, 20, 20), id="upsample to"),
        pytest.param("8x16x16 conv 16 k3 p1 dw", (16, 16, 16), id="depthwise"),
        pytest.param("3@8x8 pad 1:2x0", (3, 11, 8), id="pad"),
        pytest.param("3@8x8 crop 1", (3, 6, 6), id="crop"),
        pytest.param("64x8x8 batch_norm , relu , dropout", (64, 8, 8), id="norm and activation"),
        pytest.param("3x224x224 max_pool 2", (3, 112, 112), id="a pool keeps the channels"),
        pytest.param("3x32x32 relu", (3, 32, 32), id="an activation keeps the channels"),
        pytest.param("@16x32x32 max_pool 2", (8, 16, 16), id="three axes, marked"),
        pytest.param("16x32x32 max_pool 2x2x2", (8, 16, 16), id="three axes, listed"),
        pytest.param("6x28x28 k3", (26, 26), id="no filters"),
        pytest.param("6x28x28 k3 dw", (26, 26), id="no filters, depthwise"),
        pytest.param("6@28x28 k3 , max_pool 2 , conv 8 k3", (11, 11), id="no filters at first"),
        pytest.param("6x28x28 conv 8 k3 g2 , k3 g4", (24, 24), id="no filters at last"),
        pytest.param("3x8x16x16 conv 4 k3x1x1 p1x0x0", (4, 8, 16, 16), id="volume"),
        pytest.param("999999999999999999 k3 s2", (499999999999999999,), id="huge and exact"),
    ],
)  # fmt: skip
def test_sizes(words: str, output: tuple[int, ...]) -> None:
    assert shape(words.split()).output == output


def test_windows_against_a_brute_count() -> None:
    """Output, pixels dropped, and inputs that share the output, by looking at every start."""
    for i, k, s, before, after in product(
        range(1, 14), range(1, 5), range(1, 5), range(3), range(3)
    ):
        starts = [at for at in range(0, i + before + after, s) if at + k <= i + before + after]
        if not starts:
            with pytest.raises(WindowError):
                Axis("window", i, k, s, before, after)
            continue
        axis = Axis("window", i, k, s, before, after)
        read = {at + tap - before for at in starts for tap in range(k)}
        unread_at_the_end = sum(1 for pixel in range(i) if pixel > max(read))
        assert axis.output == len(starts)
        assert axis.dropped == unread_at_the_end
        low, high = axis.siblings
        assert low <= i <= high
        for other in (low, high):
            assert Axis("window", other, k, s, before, after).output == len(starts)
        assert Axis("window", high + 1, k, s, before, after).output == len(starts) + 1


@pytest.mark.parametrize(
    "layers",
    [
        pytest.param("k7 s2 p3 , max_pool k3 s2 p1 , k3", id="windows"),
        pytest.param("k3 s2 same_upper , k3 s3 same_lower", id="padding that follows the input"),
        pytest.param(
            "max_pool k3 s2 p1 ceil , conv_transpose k3 s2 , k5 s4", id="ceil, transposed"
        ),
        pytest.param("k2 s3 x3", id="one layer three times"),
    ],
)
def test_inputs_that_a_chain_brings_to_one_size(ask: Run, layers: str) -> None:
    asked = {size: ask(f"shape {size} {layers} -q").out for size in range(60, 140)}
    for size in range(95, 105):
        alike = [other for other, output in asked.items() if output == asked[size]]
        (line,) = (
            line for line in ask(f"shape {size} {layers}").out.splitlines() if "same for" in line
        )
        assert line.split()[2].startswith("input")
        numbers = [int(word) for word in line.split() if word.isdigit()]
        assert [numbers[0], numbers[-1]] == [alike[0], alike[-1]]


def test_same_upper_siblings_follow_the_input() -> None:
    for i, k, s in product(range(1, 30), range(1, 6), range(1, 5)):
        axis = shape([f"{i}", f"k{k}", f"s{s}", "same_upper"]).steps[0].axes[0]
        assert axis.output == len(range(0, i, s))
        low, high = axis.siblings
        shared = [n for n in range(1, 40) if len(range(0, n, s)) == axis.output]
        assert shared == list(range(low, high + 1))


@each(
    ("line", "said"),
    [
        pytest.param("3x32x32 relu", "  output    3x32x32 → 3x32x32 (the same shape)", id="known"),
        pytest.param("@3x32x32 relu", "  output    3x32x32 → 3x32x32 (the same shape)", id="three axes"),
        pytest.param("32x32 relu", "  output    32x32 → 32x32 (the same shape)", id="two axes"),
        pytest.param("32 k3 , relu", "  layer 2   30 → 30 (the same shape)", id="in a chain"),
        pytest.param("6x28x28 max_pool 2", "  read as 6 channels of 28x28 (without channels: @6x28x28)", id="the reading"),
        pytest.param("6x28x28 k3", "  channels  need the number of filters, N: conv N k3", id="no filters"),
        pytest.param("6@28x28 conv 8 k3 , conv k3 s2", "  channels  need the number of filters, N: conv N k3 s2", id="no filters, in a chain"),
        pytest.param("224 conv 64 k3", "  params    and MACs need the input's channels: write 3x224x224 or 3@224", id="no channels"),
        pytest.param("@9x9 conv 64 k3", "  params    and MACs need the input's channels: write 3@9x9", id="no channels of two axes"),
        pytest.param("224 k3 , conv 64 k3", "  params    and MACs need the input's channels: write 3x224x224 or 3@224", id="no channels, in a chain"),
    ],
)  # fmt: skip
def test_made_up_channels_are_not_shown(ask: Run, line: str, said: str) -> None:
    code, out, err = ask(f"shape {line}")
    assert (code, err) == (0, "")
    assert said in out.splitlines()


@each(
    ("words", "message", "note", "help"),
    [
        ("9 k11 d2", "`k11 d2` does not fit its input", "kernel 11 with dilation 2 spans 21, but the padded input has only 9", "use `p6`, or `k5`, or a larger input"),
        ("3x64x64 conv 32 k3 g4", "`conv 32 k3 g4` does not fit its input", "4 does not divide 3 input channels (remainder 3)", "use `g1`"),
        ("6x64x64 k3 g4", "`k3 g4` does not fit its input", "4 does not divide 6 input channels (remainder 2)", "use `g2`"),
        ("9 k3 , k3 , max_pool 9", "layer 3 `max_pool 9` does not fit its input", "kernel 9, but the padded input has only 5", "use `p2`, or `k5`, or a larger input"),
        ("9 conv_transpose k3 s2 a2", "`conv_transpose k3 s2 a2` does not fit its input", "output_padding 2 is not below max(stride 2, dilation 1) = 2", "use `a1`, or a `pad` layer after"),
        ("9 max_pool k3 p2", "`max_pool k3 p2` does not fit its input", "padding 2 is more than half the kernel (3 // 2 = 1)", "use `p1`, or a `pad` layer before"),
    ],
)  # fmt: skip
def test_impossible_layers_show_the_numbers(words: str, message: str, note: str, help: str) -> None:
    with pytest.raises(StackError) as caught:
        shape(words.split())
    (problem,) = caught.value.problems
    assert (problem.message, problem.note, problem.help) == (message, note, help)


def test_json(ask: Run) -> None:
    code, out, err = ask("shape 3x224x224 conv 64 k7 s2 p3 , max_pool k3 s2 p1 --format json")
    data = json.loads(out)
    assert (code, err, data["version"]) == (0, "", 1)
    assert (data["output"], data["params"], data["macs"]) == ([64, 56, 56], 9472, 118013952)
    first, second = data["layers"]
    assert first["axes"][0]["inputs_with_this_output"] == [223, 224]
    assert (first["axes"][0]["relationship"], first["axes"][0]["dropped_pixels"]) == (6, 0)
    assert second["receptive_field"]["size"] == [11, 11]


def test_json_without_channels_has_no_costs(ask: Run) -> None:
    data = json.loads(ask("shape 224 k7 s2 p3 --format json").out)
    assert (data["has_channels"], data["input"], data["params"], data["macs"]) == (
        False, [224], None, None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("words", "channels", "sizes", "has_channels"),
    [
        pytest.param("3x9x8 max_pool 2", 3, [9, 8], True, id="channels"),
        pytest.param("@3x9x8 max_pool 2", None, [3, 9, 8], False, id="three axes"),
        pytest.param("3x9x8 k3", 3, [9, 8], False, id="channels, but no filters"),
    ],
)
def test_json_says_how_the_size_was_read(
    ask: Run, words: str, channels: int | None, sizes: list[int], has_channels: bool
) -> None:
    data = json.loads(ask(f"shape {words} --format json").out)
    assert (data["channels"], data["sizes"]) == (channels, sizes)
    assert data["has_channels"] is has_channels
    assert data["input"] == ([channels, *sizes] if has_channels else sizes)


@each(
    ("line", "code"),
    [
        pytest.param("shape 224 k7", 0, id="an answer"),
        pytest.param("shape 224 k300", 2, id="an impossible layer"),
        pytest.param("shape 224 kk", 2, id="a bad token"),
        pytest.param("shape", 2, id="no words"),
        pytest.param("shape 224 k7 --dialect mxnet", 2, id="an unknown dialect"),
        pytest.param("shape 224 k7 --format xml", 2, id="an unknown format"),
        pytest.param("shape 224 k7 , k3 --stride 2", 2, id="an option beside a chain"),
        pytest.param("shape 224 --kernel 3,5", 2, id="an option with a comma"),
        pytest.param("shape --help", 0, id="help"),
    ],
)
def test_exit_codes(ask: Run, line: str, code: int) -> None:
    assert ask(line).code == code


def test_a_finding_shows_the_command_with_a_caret(ask: Run) -> None:
    code, out, err = ask("shape 224 k7 stride=0")
    assert (code, out) == (2, "")
    assert err == (
        "<command>:1:8: error CC927 wrong-value: `stride=0`: the stride is 1 or more, got 0\n"
        "  1 | 224 k7 stride=0\n"
        "    |        ^^^^^^^^\n"
        "  help: write s3, or s3x5 for one an axis\n"
    )


def test_a_finding_as_json(ask: Run) -> None:
    code, out, err = ask("shape 224 k0 --format json")
    assert (code, err) == (2, "")
    (problem,) = json.loads(out)["problems"]
    assert (problem["code"], problem["line"], problem["column"]) == ("CC927", 1, 5)


@pytest.mark.parametrize(
    ("words", "count"),
    [
        pytest.param("224 conv_transpose k4 s2 p1", 0, id="a transposed layer reads no padding"),
        pytest.param("9 max_pool k2 s2 ceil", 0, id="a window that sticks out"),
        pytest.param("224 k7 s2 p3", 1, id="the last of the padding"),
    ],
)
def test_pixels_that_are_not_read_are_a_count(ask: Run, words: str, count: int) -> None:
    data = json.loads(ask(f"shape {words} --format json").out)
    assert data["layers"][0]["axes"][0]["unread_padded_pixels"] == count
