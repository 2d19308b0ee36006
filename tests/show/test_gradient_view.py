"""`show --view gradient`: what goes back, worked by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from convcalc import cli, show
from convcalc.features.show.chosen import Data, of_words
from convcalc.features.show.gradient import gradient_of
from convcalc.features.show.gradient_pictures import gradient_panels
from convcalc.features.show.gradient_words import gradient_lines
from convcalc.features.show.values import Shown
from convcalc.features.show.working import DisagreementError
from convcalc.report.style import PLAIN
from tests.each import each


def _shown(words: str, data: Data) -> Shown:
    return of_words(words.split(), data)[-1]


# (question, numbers, ∂y, ∂x, ∂w)
WORKED = [
    pytest.param(
        "4 k3", Data("1 2 3 4", ("1 0 -1",)), (1, 2), (1, 2, -1, -2),
        # 1*1 + 2*2, 1*2 + 2*3, 1*3 + 2*4
        (5, 8, 11), id="a convolution",
    ),
    pytest.param(
        "3 k3 p1 s2", Data("1 2 3", ("1 2 3",)), (1, 2),
        # y0 reads _ x0 x1, y1 reads x1 x2 _: 2*1; 3*1 + 1*2; 2*2
        (2, 5, 4), (2 * 2, 1 * 1 + 2 * 3, 1 * 2), id="stride and padding",
    ),
    pytest.param(
        "2 conv_transpose k3 s2 p1 a1", Data("1 2", ("1 2 3",)), (1, 2, 3, 4),
        # x_i goes to o = 2i - 1 + k: x0 to y0, y1 and off the edge; x1 to y1, y2, y3.
        (2 * 1 + 3 * 2, 1 * 2 + 2 * 3 + 3 * 4), (2 * 2, 1 * 1 + 2 * 3, 1 * 2 + 2 * 4),
        id="a transposed layer",
    ),
    pytest.param(
        "4x4 avg_pool 2", Data(), (1, 2, 3, 4),
        (0.25, 0.25, 0.5, 0.5, 0.25, 0.25, 0.5, 0.5, 0.75, 0.75, 1, 1, 0.75, 0.75, 1, 1), None,
        id="a mean in equal shares",
    ),
    pytest.param(
        "2x4 max_pool 2", Data("1 5 2 0; 3 4 8 1"), (1, 2), (0, 1, 0, 0, 0, 0, 2, 0), None,
        id="all to the largest",
    ),
    pytest.param(
        "4 max_pool 2", Data("7 7 1 7", gradient="5 3"), (5, 3), (5, 0, 0, 3), None,
        id="of equal ones to the first",
    ),
    pytest.param(
        "4 max_pool k3 s1 p1", Data("1 9 2 3"), (1, 2, 3, 4), (0, 6, 0, 4), None,
        id="windows that overlap add up",
    ),
    pytest.param(
        "2 linear 2 nobias", Data("3 5", ("1 2; 3 4",)), (1, 2), (1 + 6, 2 + 8), (3, 5, 6, 10),
        id="a dense layer",
    ),
]  # fmt: skip


@each(("words", "data", "above", "back", "kernel"), WORKED)
def test_by_hand(
    words: str,
    data: Data,
    above: tuple[float, ...],
    back: tuple[float, ...],
    kernel: tuple[float, ...] | None,
) -> None:
    found = gradient_of(_shown(words, data))
    assert found.output.values == above
    assert found.input.values == pytest.approx(back)
    assert ("weight" in found.arrays) == (kernel is not None)
    if kernel is not None:
        assert found.arrays["weight"].values == kernel


def test_a_chain_hands_the_gradient_on() -> None:
    data = Data("1 2 3 4", ("1 -1",), gradient="10")
    layers = of_words(["4", "k2", ",", "max_pool", "3"], data)
    # y = -1 -1 -1: the first of equals wins the pool's ten.
    assert gradient_of(layers[0]).output.values == (10, 0, 0)
    assert gradient_of(layers[0]).input.values == (10, -10, 0, 0)


def test_a_window_that_disagrees_is_never_shown() -> None:
    shown = _shown("4 k3", Data("1 2 3 4", ("1 0 -1",)))
    wrong = tuple(replace(cell, reads=cell.reads[::-1]) for cell in shown.cells[:1])
    assert gradient_of(shown).ways == ("the backward pass", "the windows", "Cᵀ")
    turned = tuple(
        replace(cell, reads=tuple(read._replace(weight=(0, 0, 0)) for read in cell.reads))
        for cell in wrong
    )
    with pytest.raises(DisagreementError, match="the windows give"):
        gradient_of(replace(shown, cells=(*turned, *shown.cells[1:])))


def _out(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert cli.run(("show", *words, "--view", "gradient")) == 0
    return capsys.readouterr().out


def test_the_sums_of_a_convolution_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    text = _out(capsys, "4", "k3", "--input", "1 2 3 4", "--kernel-values", "1 0 -1")
    assert "gradient: ∂x = Cᵀ·∂y, which is the transposed layer; ∂w sums what" in text
    assert "  ∂x[1] = 1*0 + 2*1 = 2\n" in text
    assert "  ∂w[2] = 1*3 + 2*4 = 11\n" in text
    assert "  ✓ the same ∂x from the backward pass, the windows and Cᵀ\n" in text


def test_the_sum_of_a_pool_is_kept_or_what_is_lost_is_said(
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = _out(capsys, "4x4", "avg_pool", "2")
    assert "  ∂x[0,3] = 2/4 = 0.5\n" in text
    assert "  the sum is kept: ∂y 10, ∂x 10\n" in text
    # Windows of two with one zero each: half of 1 + 2 + ... is lost at the ends.
    text = _out(capsys, "2", "avg_pool", "k2", "s2", "p1")
    assert "  the sum: ∂y 3, ∂x 1.5; 1.5 of it went to the padding\n" in text
    text = _out(capsys, "4", "max_pool", "2", "--input", "7 7 1 7", "--gradient-values", "5 3")
    assert "  ∂x[0] = 5, largest for y[0]\n" in text
    assert "∂x[1]" not in text
    assert "y[0] has 2 largest, all 7: the first, x[0], takes all, as in PyTorch" in text


def test_json() -> None:
    (layer,) = show("4 k3", input="1 2 3 4", kernels=["1 0 -1"], gradient="1 2").layers
    assert layer.gradient is not None
    assert layer.to_dict()["gradient"] == {
        "output": {"shape": [1, 2], "values": [1, 2]},
        "input": {"shape": [1, 4], "values": [1, 2, -1, -2]},
        "arrays": {
            "weight": {"shape": [1, 1, 3], "values": [5, 8, 11]},
            "bias": {"shape": [1], "values": [3]},
        },
    }


def test_too_few_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(("show", "4", "k3", "--view", "gradient", "--gradient-values", "1")) == 2
    error = capsys.readouterr().err
    assert "the gradient of the output has 2 numbers (1x2), got 1" in error
    assert "write --gradient-values" in error


def test_the_picture_of_a_convolution() -> None:
    shown = _shown("3 k3 p1 s2", Data("1 2 3", ("1 2 3",)))
    assert shown.subject is not None
    back, kernel = gradient_panels(shown, shown.subject)
    # The padding gets shares, too, which are lost.
    assert [cell.text for cell in back.columns[1][0].rows[0]] == ["", "2", "5", "4", ""]
    assert back.columns[1][0].cursors[0].places == ((0, 0), (0, 2))
    assert back.captions[0] == (
        "∂y[0] = 1 times the kernel is added to ∂x; 1 of 3 products falls on the padding"
    )
    # The gradient of the output, as far apart as the stride, moves over the input by one.
    (cursor,) = kernel.columns[0][0].cursors
    assert [(tap.column, tap.text) for tap in cursor.taps] == [(0, "1"), (2, "2")]
    assert cursor.places == ((0, 0), (0, 1), (0, 2))
    assert kernel.captions == (
        "∂w[0] = 2*2 = 4", "∂w[1] = 1*1 + 2*3 = 7", "∂w[2] = 1*2 = 2",
    )  # fmt: skip


def test_the_picture_of_a_max_pool_frames_the_winner() -> None:
    shown = _shown("4 max_pool 2", Data("7 7 1 8"))
    assert shown.subject is not None
    (panel,) = gradient_panels(shown, shown.subject)
    assert panel.columns[1][0].cursors[1].places == ((0, 0), (0, 3))
    assert panel.captions == ("∂y[0] = 1 goes to x[0] = 7", "∂y[1] = 2 goes to x[3] = 8")
    assert panel.notes[1] == "sum of ∂y 3, of ∂x 3"


def test_the_picture_of_a_norm_has_no_weights() -> None:
    shown = _shown("2 lp_pool 2", Data("3 4", gradient="5"))
    assert shown.subject is not None
    (panel,) = gradient_panels(shown, shown.subject)
    # The derivative of sqrt(x0^2 + x1^2) is x / 5.
    assert [cell.text for cell in panel.columns[1][0].rows[0]] == ["3", "4"]
    assert panel.captions == ("∂y[0] = 5 goes to 2 numbers",)


def test_the_picture_of_a_mean_gives_equal_shares_and_loses_those_of_the_padding() -> None:
    # Windows of two: the padding and x0, x1 and x2, x3 and the padding.
    shown = _shown("4 avg_pool k2 s2 p1", Data("5 6 7 8", gradient="4 6 2"))
    assert shown.subject is not None
    (panel,) = gradient_panels(shown, shown.subject)
    (read,), (made,) = panel.columns
    assert [cell.text for cell in read.rows[0]] == ["4", "6", "2"]
    assert [cell.text for cell in made.rows[0]] == ["", "2", "3", "3", "1", ""]
    assert made.cursors[0].places == ((0, 0), (0, 2), (0, 4))
    assert panel.captions == (
        "∂y[0] = 4 in 2 shares of 2; 1 falls on the padding",
        "∂y[1] = 6 in 2 shares of 3",
        "∂y[2] = 2 in 2 shares of 1; 1 falls on the padding",
    )
    assert panel.notes == ("∂y goes to all in equal shares", "sum of ∂y 12, of ∂x 9")


def test_the_picture_of_a_transposed_layer_is_its_convolution() -> None:
    # ∂x[i] = 3 ∂y[2i] + 5 ∂y[2i + 1]; ∂w sums x times the ∂y that it met.
    shown = _shown("2 conv_transpose k2 s2", Data("7 9", ("3 5",), gradient="1 2 4 8"))
    assert shown.subject is not None
    back, kernel = gradient_panels(shown, shown.subject)
    (read,), (made,) = back.columns
    assert [cell.text for cell in read.rows[0]] == ["1", "2", "4", "8"]
    assert [(tap.column, tap.text) for tap in read.cursors[0].taps] == [(0, "3"), (1, "5")]
    assert read.cursors[0].places == ((0, 0), (0, 2))
    assert [cell.text for cell in made.rows[0]] == ["13", "52"]
    assert made.cursors[0].places == ((0, 0), (0, 1))
    assert back.captions == ("∂x[0] = 1*3 + 2*5 = 13", "∂x[1] = 4*3 + 8*5 = 52")
    assert back.notes == ("∂x = C·∂y: the convolution that this layer transposes",)
    assert kernel.captions == ("∂w[0] = 1*7 + 4*9 = 43", "∂w[1] = 2*7 + 8*9 = 86")


@each(
    ("words", "is_said"),
    [("1@3 conv 1 k3", False), ("2@3 conv 1 k3", True), ("1@3 conv 2 k3", True)],
)
def test_a_picture_of_several_channels_says_which_are_drawn(words: str, is_said: bool) -> None:
    shown = _shown(words, Data())
    assert shown.subject is not None
    first = next(gradient_panels(shown, shown.subject))
    drawn = "drawn: what the first output channel gives the first input channel it reads"
    assert (drawn in first.notes) is is_said


@each(
    ("words", "inputs", "weights"),
    [
        ("64 k1", True, True),
        ("65 k1", False, True),
        ("64 k64", True, True),
        ("65 k65", False, False),
    ],
)
def test_no_more_than_64_are_told_one_by_one(words: str, inputs: bool, weights: bool) -> None:
    text = "\n".join(gradient_lines(_shown(words, Data()), PLAIN))
    assert ("∂x[0]" in text, "∂w[0]" in text) == (inputs, weights)
