"""The lines of an answer of `shape`, word for word; every figure is worked by hand."""
# ruff: noqa: E501 - lines stand whole, as they are printed

from __future__ import annotations

from tests.conftest import Run
from tests.each import each


@each(
    ("words", "lines"),
    [
        (
            "3@9x9 conv 4 k3 , relu , global_avg_pool , linear 3",
            [
                # 4·27 + 4 params, 4·27·49 MACs; 3·4 + 3 and 3·4.
                "  1  conv 4 k3         4x7x7     112  5,292  10,584      3       1",
                "  3  global_avg_pool       4       0      0       0    all       1",
                "  4  linear 3              3      15     12      24    all       1",
                "     total                       127  5,304  10,608",
                "  layer 1   9 − 3 + 1 = 7",
                "  layer 2   4x7x7 → 4x7x7 (the same shape)",
                "  layer 3   one number a channel, over all 7x7 pixels",
                "  layer 4   3 sums over all 4 inputs",
                "  field     every output sees the whole input",
            ],
        ),
        (
            "7x9 conv 8 k3 , k3 s2",
            [
                "  read as a map of 7x9 (7 channels of 9: 7@9)",
                "  layer 1   7 − 3 + 1 = 5",
                "            9 − 3 + 1 = 7",
                "  layer 2   ⌊(5 − 3)/2⌋ + 1 = 2",
                "  same for  heights 7 and 8, widths 9 and 10",
                "  field     5 pixels an axis, stride 2, the first starts at 0",
                "  params    and MACs need the input's channels: write 3@7x9",
            ],
        ),
        (
            "20 conv_transpose k3 s3 , max_pool 2",
            [
                "  1  conv_transpose k3 s3      60      1     1/3",
                "  2  max_pool 2                30   1..2     2/3",
                # 3·20 = 60 and 61 come to 30, and 61 is no multiple of 3.
                "  same for  input 20 alone",
                "  field     1 to 2 pixels, stride 2/3, the first starts at 0",
            ],
        ),
        (
            "9 k3 p1 , k3 p1",
            ["  field     5 pixels, stride 1, the first starts at −2", "  same for  input 9 alone"],
        ),
        (
            "9 k3 s2 same --dialect tf",
            [
                "  tf        the size is the input over the stride, rounded up; odd pad after",
                "  elsewhere torch: `same` is for stride 1, but the stride is 2",
                "            onnx: no padding `same` in ONNX",
                "            darknet: no padding `same` in Darknet",
            ],
        ),
        (
            "10 max_pool k3 s2 --dialect caffe",
            [
                "  output    ⌈(10 − 3)/2⌉ + 1 = 5",
                "  same for  inputs 10 and 11",
                "  elsewhere torch: 4",
                "            tf: 4",
                # (10 + 2 - 3) // 2 + 1 = 5 with 1 + 1 pixels of padding.
                "            darknet: the same size, but 1 padded before",
            ],
        ),
        (
            "11 k3 s2 --dialect darknet",
            [
                "  darknet   no rule of its own for this layer",
                "  elsewhere every other dialect agrees",
            ],
        ),
        (
            "8x7 k3 s2 , max_pool 2 s2 --dialect tf",
            [
                "  layer 1   ⌊(8 − 3)/2⌋ + 1 = 3; drops 1 of 8 pixels",
                "            ⌊(7 − 3)/2⌋ + 1 = 3",
                "  layer 2   ⌊(3 − 2)/2⌋ + 1 = 1; drops 1 of 3 pixels",
                "            elsewhere caffe: 2x2",
                "  same for  inputs 5 to 8",
            ],
        ),
        ("3@9 relu --dialect tf", ["  output    3x9 → 3x9 (the same shape)"]),
        ("3@9x9 k3 , k3", ["  same for  input 9 alone"]),
    ],
)  # fmt: skip
def test_the_lines_of_an_answer(words: str, lines: list[str], run: Run) -> None:
    out = run("shape", *words.split()).out.splitlines()
    assert [line for line in lines if line not in out] == []


def test_a_chain_with_a_global_pool_says_nothing_of_other_inputs(run: Run) -> None:
    assert "same for" not in run("shape", *["3@9x9", "conv", "4", "k3", ",", "global_avg_pool"]).out
    # Nothing is said of other dialects for a layer that all have in one way.
    assert "elsewhere" not in run("shape", *["3@9", "relu", "--dialect", "tf"]).out


@each(
    ("words", "said"),
    [
        ("224x192x3 max_pool 5", "help: write 3x224x192 for channels first, or use `p1`, or `k3`, or a larger input\n"),
        # Two channels of a picture are none, and the other reading would not stand either.
        ("224x224x2 conv 4 k5", "help: use `p2`, or `k2`, or a larger input\n"),
        ("224x224x3 conv 8 k5 groups=3", "help: use `p1` and `g2`, or `k3` and `g2`, or a larger input\n"),
        ("@9x9 linear 3", "error CC924 missing-field: `linear` counts channels, and `@9x9` names none\n"),
        ("@9x9 linear 3", "help: write them before the @, as in 3@9x9\n"),
        ("11 max_pool k3 s2 p3 --dialect caffe", "  Caffe pads a pool by less than its kernel, 3, not 3\n  help: use `p2`\n"),
        ("11 max_pool k3 s2 p4 --dialect caffe", "  Caffe pads a pool by less than its kernel, 3, not 4\n  help: use `p2`\n"),
    ],
)  # fmt: skip
def test_what_is_refused(words: str, said: str, run: Run) -> None:
    result = run("shape", *words.split())
    assert result.code == 2
    assert said in result.err
