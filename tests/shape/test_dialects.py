"""Sizes as other programs round and pad them: Caffe, Darknet, TensorFlow, ONNX."""
# ruff: noqa: E501 - messages stand whole, as they are printed

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from convcalc.core.errors import StackError
from convcalc.features.shape.answer import shape
from convcalc.features.shape.command import EXAMPLES
from tests.each import each

Run = Callable[..., Any]


@each(
    ("dialect", "words", "output", "pads"),
    [
        # torch: pytorch/pytorch, pooling_output_shape; caffe: pooling_layer.cpp; darknet:
        # maxpool_layer.c and parser.c; tf and onnx: their operators' documentation.
        pytest.param("torch", "7 max_pool k2 s2", 3, (0, 0), id="torch rounds down"),
        pytest.param("torch", "7 max_pool k2 s2 ceil", 4, (0, 0), id="torch, ceil mode"),
        pytest.param("torch", "2 max_pool k1 s2 ceil", 1, (0, 0), id="torch clips"),
        pytest.param("caffe", "7 max_pool k2 s2", 4, (0, 0), id="caffe rounds up"),
        pytest.param("caffe", "7 max_pool k2 s2 floor", 3, (0, 0), id="caffe, round mode floor"),
        pytest.param("caffe", "2 max_pool k1 s2", 2, (0, 0), id="caffe does not clip unpadded"),
        pytest.param("caffe", "9 avg_pool k4 s4 p2", 3, (2, 2), id="caffe clips padded"),
        pytest.param("caffe", "7 max_pool k3", 5, (0, 0), id="caffe's default stride is 1"),
        pytest.param("caffe", "224 k7 s2 p3", 112, (3, 3), id="caffe's conv rounds down"),
        pytest.param("darknet", "13 max_pool k2 s1", 13, (0, 1), id="darknet pads k - 1"),
        pytest.param("darknet", "416 max_pool k2 s2", 208, (0, 1), id="darknet, stride 2"),
        pytest.param("darknet", "13 max_pool k5 s1", 13, (2, 2), id="darknet, SPP"),
        pytest.param("darknet", "13 max_pool k3 s2 p1", 6, (0, 1), id="darknet's p is the total"),
        pytest.param("darknet", "416 k3 s1 pad=1", 416, (1, 1), id="darknet's flag, k 3"),
        pytest.param("darknet", "416 k7 s2 pad=1", 208, (3, 3), id="darknet's flag, k 7"),
        pytest.param("darknet", "416 k7 s2 p1", 206, (1, 1), id="darknet's padding"),
        pytest.param("tf", "224 k7 s2 same", 112, (2, 3), id="SAME"),
        pytest.param("tf", "224 k7 s2 valid", 109, (0, 0), id="VALID"),
        pytest.param("tf", "7 max_pool 2 same", 4, (0, 1), id="SAME pool"),
        pytest.param("tf", "16 conv_transpose k3 s2 same", 32, (0, 1), id="SAME transposed"),
        # Keras: i s + max(K - s, 0).
        pytest.param("tf", "8 conv_transpose k3", 10, (0, 0), id="VALID transposed"),
        pytest.param("tf", "8 conv_transpose k4 s2", 18, (0, 0), id="VALID transposed, k > s"),
        pytest.param("tf", "16 conv_transpose k1 s2", 32, (0, 0), id="VALID transposed, k < s"),
        pytest.param("onnx", "224 k7 s2 same_lower", 112, (3, 2), id="SAME_LOWER"),
        pytest.param("onnx", "7 max_pool k2", 6, (0, 0), id="onnx's default stride is 1"),
        pytest.param("onnx", "16 conv_transpose k3 s2 same_lower", 32, (1, 0), id="SAME_LOWER back"),
    ],
)  # fmt: skip
def test_dialects(dialect: str, words: str, output: int, pads: tuple[int, int]) -> None:
    (axis,) = shape(words.split(), dialect=dialect).steps[0].axes
    assert (axis.output, (axis.before, axis.after)) == (output, pads)


CUT = "the output is the input times the stride, cut to fit"
UP = "the size is the input over the stride, rounded up; odd pad"


@each(("dialect", "words", "output", "pads", "rules"), [
    # Sizes by Keras 3 itself.
    ("tf", "5x4 conv_transpose k3x2 s2x3 same", (10, 12), [(0, 1, 0), (0, 0, 1)],
     [f"TensorFlow and Keras: {CUT}"]),
    ("tf", "5x4 conv_transpose k5x2 s2 same", (10, 8), [(1, 2, 0), (0, 0, 0)],
     [f"TensorFlow and Keras: {CUT}"]),
    ("tf", "5x4 conv_transpose k1x4 s3x2 valid", (15, 10), [(0, 0, 2), (0, 0, 0)],
     ["Keras adds the stride's pixels that the kernel does not reach"]),
    ("tf", "5x4 conv_transpose k2x3 s2 same a1", (9, 8), [(1, 1, 1), (1, 1, 1)],
     ["with output padding, Keras cuts K // 2 on both sides: (i - 1)s + K mod 2 + a"]),
    ("tf", "5x4 conv_transpose k2x5 s2x3 same a1x0", (9, 10), [(1, 1, 1), (2, 2, 0)],
     ["with output padding, Keras cuts K // 2 on both sides: (i - 1)s + K mod 2 + a"]),
    ("tf", "5x4 conv_transpose k3x4 s2x3 a1x2 valid", (12, 15), [(0, 0, 1), (0, 0, 2)], []),
    ("tf", "5x4 conv_transpose k3x4 s2x3", (11, 13), [(0, 0, 0), (0, 0, 0)], []),
    ("tf", "7x8 max_pool k2x3 s2x1 same", (4, 8), [(0, 1, 0), (1, 1, 0)], [f"{UP} after"]),
    ("tf", "7x8 max_pool k3x2 s2x3", (3, 3), [(0, 0, 0), (0, 0, 0)], []),
    ("tf", "7x8 max_pool 2 same", (4, 4), [(0, 1, 0), (0, 0, 0)], [f"{UP} after"]),
    ("onnx", "7x8 k3x2 s2x3 same_lower", (4, 3), [(1, 1, 0), (0, 0, 0)], [f"{UP} before"]),
    ("onnx", "5x4 conv_transpose k3x4 s2 same_lower", (10, 8), [(1, 0, 0), (1, 1, 0)],
     [f"ONNX: {CUT}"]),
    # ceil((7 + 2 - 3)/2) + 1 and ceil((8 + 2 - 3)/2) + 1.
    ("caffe", "7x8 max_pool k3 s2 p1", (4, 5), [(1, 1, 0), (1, 1, 0)],
     ["pools round up; unpadded ones keep even a window behind the input"]),
    # (7 + 1 - 2)/2 + 1 and (8 + 2 - 3)/2 + 1, rounded down.
    ("darknet", "7x8 max_pool k2x3 s2", (4, 4), [(0, 1, 0), (1, 1, 0)],
     ["pools pad k - 1 in total, the odd pixel after; versions before that padded (k - 1) // 2 on "
      "each side and made (i + 2p) // s"]),
    ("darknet", "7x8 max_pool k3 s1 p3", (8, 9), [(1, 2, 0), (1, 2, 0)],
     ["p is the total over both sides, the odd pixel after"]),
    ("darknet", "7x8 k3 s2 pad=1", (4, 4), [(1, 1, 0), (1, 1, 0)],
     ["`pad=1` is a flag: padding k // 2 = 1"]),
    ("darknet", "9x8 k5x3 pad=1", (9, 8), [(2, 2, 0), (1, 1, 0)],
     ["`pad=1` is a flag: padding k // 2 = 2x1"]),
])  # fmt: skip
def test_dialects_on_two_axes(
    dialect: str,
    words: str,
    output: tuple[int, ...],
    pads: list[tuple[int, int, int]],
    rules: list[str],
) -> None:
    (step,) = shape(words.split(), dialect=dialect).steps
    assert tuple(axis.output for axis in step.axes) == output
    assert [(axis.before, axis.after, axis.extra) for axis in step.axes] == pads
    assert list(step.rules) == rules


@each(
    ("dialect", "words", "message", "help"),
    [
        ("tf", "9 max_pool 2 ceil", "no ceil mode in TensorFlow and Keras", "leave it out; `same` rounds up"),
        ("torch", "9 k3 same_upper", "no padding `same_upper` in PyTorch", "write numbers, such as p1, or one of valid, half, full, same, causal"),
        ("onnx", "9 k3 same", "no padding `same` in ONNX", "write numbers, such as p1, or one of valid, half, full, same_upper, same_lower"),
        ("caffe", "9 conv_transpose k3 s2 a1", "no output padding in Caffe", "leave a out"),
        ("caffe", "9 max_pool k3 d2", "no pools dilate in Caffe", "leave d out"),
        ("darknet", "8x8 avg_pool k2 d1x2", "no pools dilate in Darknet", "leave d out"),
        ("torch", "8x8 avg_pool k3 d1x2", "only max pools dilate in PyTorch", "leave d out"),
        ("torch", "8 lp_pool k3 d2", "only max pools dilate in PyTorch", "leave d out"),
        ("darknet", "9 max_pool", "`max_pool` needs `kernel_size`", "write k3"),
    ],
)  # fmt: skip
def test_a_dialect_refuses_what_it_does_not_have(
    dialect: str, words: str, message: str, help: str
) -> None:
    with pytest.raises(StackError) as caught:
        shape(words.split(), dialect=dialect)
    (problem,) = caught.value.problems
    assert (problem.message, problem.help) == (message, help)


def test_where_the_dialects_differ() -> None:
    (step,) = shape(["224", "k7", "s2", "p3"], dialect="torch").steps
    assert step.elsewhere == ()
    (step,) = shape(["224", "k7", "s2", "same"], dialect="tf").steps
    assert dict(step.elsewhere)["torch"] == "`same` is for stride 1, but the stride is 2"
    (step,) = shape(["7", "max_pool", "k3", "s2", "ceil"], dialect="torch").steps
    assert dict(step.elsewhere)["darknet"] == "no ceil mode in Darknet"
    (step,) = shape(["416", "k3", "pad=1"], dialect="darknet").steps
    assert step.elsewhere == tuple(
        (name, "it has no such field") for name in ("torch", "tf", "onnx", "caffe")
    )


def test_the_example_of_the_help_shows_how_caffe_rounds_up() -> None:
    # (75 - 2)/2 = 36.5: up to 37, and one more.
    (line,) = [line for line in EXAMPLES if "--dialect" in line]
    words = line.removeprefix("convcalc shape ").removesuffix(" --dialect caffe").split()
    assert (shape(words, dialect="caffe").output, shape(words).output) == ((38,), (37,))


@each(
    ("words", "size"),
    [
        # ceil((3 + 4 - 3)/2) + 1 = 3; Caffe wants the padding below the kernel, and 2 < 3.
        pytest.param("3x3 max_pool k3 s2 p2 --dialect caffe", "3x3", id="Caffe: p < k"),
        # The stride is 1 there: 4 + 1 + 2 - 2 + 1 = 6.
        pytest.param("4x4 max_pool k2 p1:2 --dialect onnx", "6x6", id="ONNX: any padding"),
        pytest.param(
            "9x9 max_pool k2 s2 d2x3 same_lower --dialect onnx", "5x5", id="ONNX: ceil(9 / 2)"
        ),
        # keras.src.backend.common: (3 - 1) * 2 + 2 - 2 * (2 // 2) + 1 = 5.
        pytest.param("3 conv_transpose k2 s2 a1 same --dialect tf", "5", id="Keras: same and a"),
        pytest.param("3 conv_transpose k3 s2 a1 same --dialect tf", "6", id="Keras: an odd kernel"),
        pytest.param("4x4 avg_pool k2 d2 --dialect onnx", "2x2", id="a mean with holes"),
    ],
)
def test_a_dialect_has_the_limits_of_its_own_program(ask: Run, words: str, size: str) -> None:
    result = ask(f"shape {words}")
    assert (result.code, result.out.splitlines()[0]) == (0, size)


def test_caffe_refuses_a_padding_of_a_whole_kernel(ask: Run) -> None:
    result = ask("shape 3x3 max_pool k3 s2 p3 --dialect caffe")
    assert result.code == 2
    assert "Caffe pads a pool by less than its kernel, 3, not 3\n  help: use `p2`" in result.err
