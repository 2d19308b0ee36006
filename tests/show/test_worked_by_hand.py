"""Layers worked out by hand, and all views of many layers against each other."""

from __future__ import annotations

import warnings
from itertools import product
from typing import Any

import numpy as np
import pytest

import convcalc
from convcalc.arrays.ops import Ops
from convcalc.core.errors import StackError
from convcalc.features.show.chosen import Data, of_row, of_words
from convcalc.features.show.stretch import flipped
from convcalc.features.show.values import Numbers, Shown
from convcalc.features.show.working import DisagreementError
from tests.each import each


def show(words: str, **data: Any) -> Shown:
    (shown,) = of_words(words.split(), Data(**data))
    return shown


def test_a_convolution() -> None:
    shown = show("3x3 k2", input="1 2 3; 4 5 6; 7 8 9", kernels=("1 0; 0 -1",))
    # 1 - 5, 2 - 6, 4 - 8, 5 - 9.
    assert shown.output.values == (-4, -4, -4, -4)
    assert shown.matrix is not None
    # Dumoulin & Visin, section 4.1: each row is the kernel, moved on by a position.
    assert shown.matrix.rows == (
        (1, 0, 0, 0, -1, 0, 0, 0, 0),
        (0, 1, 0, 0, 0, -1, 0, 0, 0),
        (0, 0, 0, 1, 0, 0, 0, -1, 0),
        (0, 0, 0, 0, 1, 0, 0, 0, -1),
    )
    assert [read.place for read in shown.cells[1].reads] == [
        (0, 0, 1),
        (0, 0, 2),
        (0, 1, 1),
        (0, 1, 2),
    ]
    assert shown.views == ("windows", "im2col", "matrix", "sums", "gradient", "flip", "shift")


def test_a_transposed_layer_is_the_transpose_and_the_convolution_of_the_stretched_input() -> None:
    shown = show("3 conv_transpose k3 s2 p1 a1", input="1 2 3", kernels=("10 20 30",))
    # x scatters 10, 20, 30 from 2i - 1 on; the position before the output is cut.
    assert shown.output.values == (20, 30 + 20, 40, 60 + 30, 60, 90)
    assert shown.matrix is not None
    assert shown.matrix.rows == (
        (20, 0, 0),
        (30, 10, 0),
        (0, 20, 0),
        (0, 30, 10),
        (0, 0, 20),
        (0, 0, 30),
    )
    form = shown.stretched
    assert form is not None
    # p' = 3 - 1 - 1 = 1 before, and one more for a after.
    assert form.input.values == (0, 1, 0, 2, 0, 3, 0, 0)
    assert form.marks == (
        "border",
        "value",
        "inserted",
        "value",
        "inserted",
        "value",
        "border",
        "border",
    )
    assert (form.border, form.inserted) == (((1, 2),), (1,))
    assert form.weight.values == (30, 20, 10)
    assert shown.agreeing == ("sums", "matrix", "stretched")


def test_a_transposed_layer_with_much_padding_crops_its_input() -> None:
    form = show("4 conv_transpose k1 s2 p1", input="1 2 3 4", kernels=("1",)).stretched
    assert form is not None
    assert (form.border, form.input.values) == (((-1, -1),), (0, 2, 0, 3, 0))


def test_a_transposed_layer_is_the_transpose_of_the_convolution() -> None:
    kernel = "1 2 3; 4 5 6; 7 8 9"
    down = show("5x5 k3 s2 p1", kernels=(kernel,)).matrix
    up = show("3x3 conv_transpose k3 s2 p1", kernels=(kernel,)).matrix
    assert down is not None
    assert up is not None
    assert up.rows == tuple(zip(*down.rows, strict=True))


def test_pools() -> None:
    image = "1 5 2 0; 3 4 8 1"
    largest = show("2x4 max_pool 2", input=image)
    assert largest.output.values == (5, 8)
    assert largest.matrix is not None
    assert largest.matrix.winners
    assert largest.matrix.rows == ((0, 1, 0, 0, 0, 0, 0, 0), (0, 0, 0, 0, 0, 0, 1, 0))
    assert show("2x4 avg_pool 2", input=image).output.values == (3.25, 2.75)
    assert show("2x2 lp_pool 2", input="1 1; 1 1").output.values == (2,)


@each(
    ("words", "divisors"),
    [
        pytest.param("3 avg_pool k2 s2 p1", [2, 2], id="padding counts"),
        pytest.param("3 avg_pool k2 s2 p1 exclude_pad", [1, 2], id="padding does not count"),
        # The last window hangs over the end, where nothing counts.
        pytest.param("3 avg_pool k2 s2 ceil", [2, 1], id="rounded up"),
        pytest.param("3 avg_pool k2 divisor_override=5", [5], id="given"),
    ],
)
def test_divisors_of_means(words: str, divisors: list[int]) -> None:
    assert [cell.divisor for cell in show(words).cells] == divisors


def test_groups_read_their_own_channels() -> None:
    cells = show("4x2x2 conv 2 k1 g2").cells
    channels = {cell.place[0]: {(r.place or ())[0] for r in cell.reads} for cell in cells}
    assert channels == {0: {0, 1}, 1: {2, 3}}


def test_a_mirrored_border_is_the_input_again() -> None:
    shown = show("4 conv k3 p1 reflect", input="1 2 3 4", kernels=("1 1 1",))
    assert shown.output.values == (2 + 1 + 2, 6, 9, 3 + 4 + 3)
    assert [read.place for read in shown.cells[0].reads] == [(0, 1), (0, 0), (0, 1)]


def test_a_chain_works_on_what_came_before() -> None:
    data = Data("1 2 3 4", kernels=("1 -1",))
    first, second, third = of_words(["4", "k2", ",", "relu", ",", "max_pool", "3"], data)
    assert first.output.values == (-1, -1, -1)
    assert second.output == third.input
    assert (second.output.values, third.output.values) == ((0, 0, 0), (0,))
    assert second.views == ()


def test_a_seed_gives_the_same_numbers_again() -> None:
    assert show("5x5 k3", seed=1) == show("5x5 k3", seed=1) != show("5x5 k3", seed=2)


QUESTIONS = (
    "5x5 k3 s2 p1",
    "6x5 conv k3x2 s2x1 p1x0 d1x2",
    "6 k3 p0:2",
    "2x6x6 conv 4 k3 g2 p1 circular",
    "3x4x4 conv 6 k3 dw p2",
    "@3x3x3 conv k2 p1",
    "4 conv_transpose k3 s2 p1 a1",
    "4x3 conv_transpose k2x4 s3 d2",
    "2x3x3 conv_transpose 4 k3 s2 p2 g2",
    "@2x2x2 conv_transpose k3 s2 p1 a1",
    "4x4 conv_transpose k3 s1 p2",
    "7x7 max_pool k3 s2 p1 ceil",
    "3x5 max_pool k2 s1 d2",
    "6x6 avg_pool k3 s2 p1 exclude_pad ceil",
    "@2x4x4 avg_pool 2",
    "5x5 lp_pool k2 s1 norm_type=3",
    "5x5 lp_pool k2 ceil",
    "3x4x4 flatten , linear 5 , relu",
    "2x3x3 batch_norm , upsample 2 , global_avg_pool",
    "4 pad 2 , crop 1",
)


@each("words", QUESTIONS)
def test_all_views_agree(words: str) -> None:
    for seed in range(3):
        for shown in of_words(words.split(), Data(seed=seed)):
            assert {"sums": bool(shown.cells), "matrix": shown.matrix is not None} == {
                way: way in shown.agreeing for way in ("sums", "matrix")
            }


@pytest.mark.parametrize("words", ["5x5 k3 p1", "4 conv_transpose k3 s2", "4x4 avg_pool 2"])
def test_a_fault_in_a_layer_is_seen(words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("convolve", "convolve_transposed", "sum_pool"):
        right = getattr(Ops, name)

        def wrong(self: Ops, x: Any, *args: Any, right: Any = right, **named: Any) -> Any:
            return right(self, x, *args, **named)[:, ::-1]

        monkeypatch.setattr(Ops, name, wrong)
    with pytest.raises(DisagreementError):
        of_words(words.split(), Data())


@each(
    ("input", "text"),
    [
        pytest.param("1 2; 3 4; 5 6 | 1 2; 3 4; 5 6", "has 2 rows, and `;` makes 3", id="of a map"),
        pytest.param("1 2; 3 4; 5 6; 7 8; 9 0", "has 4 rows, and `;` makes 5", id="of all maps"),
        pytest.param("1 2 | 3 4 | 5 6", "has 2 maps, and `|` makes 3", id="maps"),
    ],
)
def test_rows_of_several_maps_are_counted_in_each_or_in_all(input: str, text: str) -> None:
    with pytest.raises(StackError, match=f"the input {text}".replace("|", r"\|")):
        show("2x2x2 conv 1 k1", input=input)


def test_numbers_are_drawn_from_the_seed_0_unless_told() -> None:
    first, same, other = (
        found.layers[0].input
        for found in (
            convcalc.show("3x3 k2"),
            convcalc.show("3x3 k2", seed=0),
            convcalc.show("3x3 k2", seed=1),
        )
    )
    assert first == same
    assert first != other


@each(
    ("data", "text"),
    [
        pytest.param(
            {"input": "1 2 3; 4 5; 6 7 8"},
            "error CC927 wrong-value: the input has rows of 3, got one of 2: 4 5\n"
            '  help: write --input "1 2 3; 4 5 6; 7 8 9"',
            id="a short row",
        ),
        pytest.param(
            {"input": "1 2 3 | 4 5 6"},
            "error CC927 wrong-value: the input has 1 map, and `|` makes 2\n"
            '  help: write --input "1 2 3; 4 5 6; 7 8 9"',
            id="maps",
        ),
        pytest.param(
            {"input": "1 2 3; 4 5 6"},
            "error CC927 wrong-value: the input has 3 rows, and `;` makes 2\n"
            '  help: write --input "1 2 3; 4 5 6; 7 8 9"',
            id="rows",
        ),
        pytest.param(
            {"kernels": ("1 2 3",)},
            "error CC927 wrong-value: the kernel of `k2` has 4 numbers (1x1x2x2), got 3\n"
            '  help: write --kernel-values "1 2; 3 4"',
            id="kernel",
        ),
        pytest.param(
            {"biases": ("1 2",)},
            "error CC927 wrong-value: the bias of `k2` has 1 number (1), got 2\n"
            '  help: write --bias-values "1"',
            id="bias",
        ),
        pytest.param(
            {"kernels": ("1 2 3 4", "5")},
            "error CC927 wrong-value: --kernel-values is given more often than `k2` has a kernel"
            "\n  help: leave it out",
            id="a kernel too many",
        ),
        pytest.param(
            {"input": "1 nan"},
            "error CC927 wrong-value: `nan` in the input is no number\n"
            "  help: write 3, -1, 0.5 or 1/9",
            id="no number",
        ),
        pytest.param(
            {"input": "1/0"},
            "error CC927 wrong-value: `1/0` in the input divides by zero\n"
            "  help: write 3, -1, 0.5 or 1/9",
            id="a zero below",
        ),
        pytest.param(
            {"input": "1000001"},
            "error CC927 wrong-value: `1000001` in the input is beyond 1,000,000\n"
            "  help: use smaller numbers",
            id="large",
        ),
    ],
)
def test_numbers_that_do_not_fit(data: dict[str, Any], text: str) -> None:
    with pytest.raises(StackError) as caught:
        show("3x3 k2", **data)
    assert str(caught.value) == text


@each(
    ("words", "text", "help"),
    [
        pytest.param(
            "3x224x224 conv 64 k7 s2 p3",
            "the layer has 802,816 numbers in its output (64x112x112)",
            "the same windows on a small map: convcalc show 5x5 conv k7 s2 p3",
            id="a stem",
        ),
        pytest.param(
            "8 conv_transpose 4 k3 s300",
            "the layer has 8,412 numbers in its output (4x2103)",
            "the same windows on a small map: convcalc show 2 conv_transpose k3 s300",
            id="a long stride",
        ),
        pytest.param(
            "20x20 k19 p9",
            "the layer reads 144,400 numbers in its windows",
            "the same windows on a small map: convcalc show 3x3 conv k19 p9",
            id="a large kernel",
        ),
        pytest.param(
            "64x9x9 relu",
            "the layer has 5,184 numbers in its output (64x9x9)",
            "the same on a small map: convcalc show 1x4x4 relu",
            id="no window",
        ),
        pytest.param(
            "401 linear 3",
            "the layer has 401 numbers in its input (401)",
            "a smaller one: convcalc show 6 linear 4",
            id="a dense layer",
        ),
    ],
)
def test_what_is_too_large_is_refused_with_a_question_that_is_not(
    words: str, text: str, help: str
) -> None:
    with pytest.raises(StackError) as caught:
        show(words)
    (problem,) = caught.value.problems
    assert (problem.slug, problem.message, problem.help) == ("too-large-to-show", text, help)
    assert of_words(help.split("show ")[1].split(), Data())


def test_a_chain_whose_channels_do_not_fit() -> None:
    with pytest.raises(StackError) as caught:
        of_words(["2@2x6", "conv", "k1", "g2", ",", "conv", "k1"], Data())
    assert str(caught.value) == (
        "error CC967 not-shown: `conv k1` reads 1 channel where none are named, and `conv k1 g2` "
        "makes 2\n  help: write the channels and the number of filters: 2@5x5 conv 4 k3"
    )


@pytest.mark.parametrize(
    ("words", "text"),
    [
        pytest.param(
            "4x4 lp_pool k2 norm_type=1000000",
            "`lp_pool k2 norm_type=1000000` gives numbers beyond any that can be written\n"
            "  help: use smaller numbers",
            id="too large",
        ),
        pytest.param(
            "6x1 max_pool k2 p1 d2",
            "`max_pool k2 p1 d2` has a window that reads nothing but padding: its largest is none"
            "\n  help: use less padding, or a smaller dilation",
            id="nothing to take the largest of",
        ),
    ],
)
def test_outputs_that_are_no_numbers(words: str, text: str) -> None:
    with pytest.raises(StackError) as caught:
        show(words)
    assert str(caught.value) == f"error CC964 not-finite: {text}"


@each(
    ("words", "input", "output"),
    [
        # Zeros of the padding fill the window: sqrt(0 + 9), sqrt(16 + 0).
        pytest.param("2 lp_pool k2 s2 p1", "3 4", (3, 4), id="padding counts as zeros"),
        # The last window hangs over the end, and counts as if it were full: sqrt(3/2 (9 + 0)).
        pytest.param("4 lp_pool k3 s2 ceil", "0 4 3 0", (5, (1.5 * 9) ** 0.5), id="beyond the end"),
        # 27 - 8 and 1 + 0: an odd power keeps the signs.
        pytest.param("4 lp_pool 2 norm_type=3", "3 -2 1 0", (19 ** (1 / 3), 1), id="an odd power"),
    ],
)
def test_a_norm(words: str, input: str, output: tuple[float, ...]) -> None:
    assert show(words, input=input).output.values == pytest.approx(output)


def test_a_pattern_is_quoted_in_its_title() -> None:
    text = 'convcalc: 1\ninput: [2, 3]\nlayers: [reduce: {pattern: "c l -> c", op: sum}]'
    network = convcalc.loads(text)
    (shown,) = of_row(convcalc.plan(network).rows[0], "", text, Data("1 2 3; 4 5 6"))
    assert (shown.text, shown.output.values) == ('reduce "c l -> c" op=sum', (6, 15))


def test_rows_of_a_table_are_looked_up_by_indices_alone() -> None:
    words = "3 embedding num_embeddings=2 embedding_dim=1"
    shown = show(words, input="1 0 1")
    first, second = shown.arrays["weight"].values
    assert shown.output.values == (second, first, second)
    assert shown.matrix is None
    assert set(show(words).input.values) <= {0, 1}
    with pytest.raises(StackError, match=r"reads 2, which is no index of it") as caught:
        show(words, input="0 1 2")
    (problem,) = caught.value.problems
    assert (problem.slug, problem.help) == ("not-an-index", "give it whole numbers from 0 to 1")


def test_roots_of_probes_below_0_are_no_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        shown = show("2 sqrt", input="4 9")
    assert (shown.output.values, shown.matrix) == ((2, 3), None)


def test_the_kernel_of_a_transposed_layer_is_that_of_a_convolution() -> None:
    """Of two groups of three channels, each to two: w[i, o, t] is w'[o, i, last - t]."""
    kernel = np.arange(6 * 2 * 2).reshape(6, 2, 2)
    wanted = np.zeros((4, 3, 2))
    for group, own, made, tap in product(range(2), range(3), range(2), range(2)):
        wanted[2 * group + made, own, 1 - tap] = kernel[3 * group + own, made, tap]
    found = flipped(Numbers(kernel.shape, tuple(map(float, kernel.flat))), 2)
    assert (found.shape, found.values) == (wanted.shape, tuple(wanted.flat))
