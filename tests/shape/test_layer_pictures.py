"""`convcalc shape --plot`: the cells of a picture are the arithmetic of the layer."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random

import pytest

from convcalc import cli
from convcalc.core.arithmetic import WindowError
from convcalc.features.shape.answer import shape
from convcalc.features.shape.drawing import shape_board
from convcalc.features.shape.drawing.axis_cells import AxisCells, stamped, stretched, windowed
from convcalc.report.drawing import render
from convcalc.report.drawing.boards import Panel
from convcalc.report.drawing.boards.drawn_grid import Size, drawn_grid
from convcalc.report.drawing.canvas import Group, Spot, Text
from convcalc.shorthand.axis import Axis
from tests.conftest import Run
from tests.each import each
from tests.ending import ending

Pairs = set[tuple[int, int, int]]


def _axes(family: str, count: int) -> list[Axis]:
    random = Random(5)
    axes: list[Axis] = []
    while len(axes) < count:
        kernel, stride, dilation = random.randint(1, 4), random.randint(1, 4), random.randint(1, 3)
        sides = (random.randint(0, 4), random.randint(0, 4))
        extra = random.randint(0, max(stride, dilation) - 1) if family == "transposed" else 0
        try:
            axis = Axis(family, random.randint(1, 9), kernel, stride, *sides, dilation, extra=extra)
        except WindowError:
            continue
        if axis.output > 0:
            axes.append(axis)
    return axes


def _connections(cells: AxisCells) -> Pairs:
    """(step, weight, pixel) of everything that a picture's kernel meets."""
    return {
        (step, weight, pixel)
        for step, start in enumerate(cells.starts)
        for tap, weight in zip(cells.taps, cells.weights, strict=True)
        if (pixel := cells.pixels[start + tap]) is not None
    }


def test_a_window_meets_what_the_definition_of_a_convolution_says() -> None:
    for axis in _axes("window", 300):
        # y[o] = sum of w[k] x[o s - p + k d]: Dumoulin & Visin, section 2.
        wanted = {
            (o, k, at)
            for o in range(axis.output)
            for k in range(axis.kernel)
            if 0 <= (at := o * axis.stride - axis.before + k * axis.dilation) < axis.size
        }
        assert _connections(windowed(axis)) == wanted, axis.key


def test_both_dialects_of_a_transposed_layer_meet_the_same_pairs() -> None:
    for axis in _axes("transposed", 300):
        # Input i adds w[k] x[i] to output i s - p + k d: the transpose of the above.
        wanted = {
            (o, k, i)
            for i in range(axis.size)
            for k in range(axis.kernel)
            if 0 <= (o := i * axis.stride - axis.before + k * axis.dilation) < axis.output
        }
        assert _connections(stretched(axis)) == wanted, axis.key
        stamps = {(o, k, i) for i, k, o in _connections(stamped(axis))}
        assert stamps == wanted, axis.key


# The figures of Dumoulin & Visin, `A guide to convolution arithmetic`, and of their animations:
# cells of the padded or stretched input as they are drawn there, and the outputs.
FIGURES = [
    pytest.param("4x4 k3", {"value": 16}, 4, id="2.1 no padding, unit stride"),
    pytest.param("5x5 k4 p2", {"value": 25, "padding": 56}, 36, id="2.2 padding"),
    pytest.param("5x5 k3 half", {"value": 25, "padding": 24}, 25, id="2.3 half padding"),
    pytest.param("5x5 k3 full", {"value": 25, "padding": 56}, 49, id="2.4 full padding"),
    pytest.param("5x5 k3 s2", {"value": 25}, 4, id="2.5 no padding, strided"),
    pytest.param("5x5 k3 s2 p1", {"value": 25, "padding": 24}, 9, id="2.6 padding, strided"),
    # Row and column 6 of the six, and of the padding, are read by no window.
    pytest.param("6x6 k3 s2 p1", {"value": 36, "padding": 28}, 9, id="2.7 odd"),
    pytest.param("5x5 avg_pool k3 s1", {"value": 25}, 9, id="3.1 average pooling"),
    pytest.param("5x5 max_pool k3 s1", {"value": 25}, 9, id="3.2 max pooling"),
    pytest.param("2x2 conv_transpose k3", {"value": 4, "padding": 32}, 16, id="4.1 no padding"),
    pytest.param("6x6 conv_transpose k4 p2", {"value": 36, "padding": 28}, 25, id="4.2 padding"),
    pytest.param("5x5 conv_transpose k3 p1", {"value": 25, "padding": 24}, 25, id="4.3 half"),
    pytest.param("7x7 conv_transpose k3 p2", {"value": 49}, 25, id="4.4 full padding"),
    pytest.param(
        "2x2 conv_transpose k3 s2",
        {"value": 4, "inserted": 5, "padding": 40},
        25,
        id="4.5 no padding, strided",
    ),
    pytest.param(
        "3x3 conv_transpose k3 s2 p1",
        {"value": 9, "inserted": 16, "padding": 24},
        25,
        id="4.6 padding, strided",
    ),
    pytest.param(
        "3x3 conv_transpose k3 s2 p1 a1",
        {"value": 9, "inserted": 16, "padding": 24, "extra": 15},
        36,
        id="4.7 odd: zeros at the bottom and at the right",
    ),
    pytest.param("7x7 k3 d2", {"value": 49}, 9, id="5.1 dilation"),
]


@each(("question", "cells", "outputs"), FIGURES)
def test_the_figures_of_the_guide(question: str, cells: dict[str, int], outputs: int) -> None:
    panel = shape_board(shape(question.split())).panels[0]
    (read,), (made,) = panel.columns
    assert Counter(cell.mark for row in read.rows for cell in row) == cells
    assert Counter(cell.mark for row in made.rows for cell in row) == {"result": outputs}
    assert len(panel.captions) == len(set(panel.captions)) == outputs


def _caption(question: str, step: int) -> str:
    return shape_board(shape(question.split())).panels[0].captions[step]


@each(
    ("question", "step", "caption"),
    [
        pytest.param("4 k3 p1", 0, "y[0] = w[1]·x[0] + w[2]·x[1]", id="the first tap on padding"),
        pytest.param("4x4 max_pool 2", 3, "y[1,1] = max(x[2,2], x[2,3], x[3,2], x[3,3])", id="max"),
        pytest.param("4 avg_pool 2", 1, "y[1] = mean of x[2], x[3]", id="mean"),
        # Stretched: 0 x0 0 x1 0 a; the turned kernel w2 w1 w0 over its last three.
        pytest.param("2 conv_transpose k3 s2 p1 a1", 3, "y[3] = w[2]·x[1]", id="turned"),
        pytest.param(
            "1 conv_transpose k1 s2 a1", 1, "y[1] = 0, it reads nothing but zeros", id="0"
        ),
        pytest.param("3@2 conv 4 k2", 0,
                     "y[0] = w[0]·x[0] + w[1]·x[1] + those of 2 more channels + b", id="channels"),
        pytest.param("4@2 conv 4 k2 g2 nobias", 0,
                     "y[0] = w[0]·x[0] + w[1]·x[1] + those of 1 more channel", id="groups"),
        pytest.param("4@2 conv 4 k2 dw", 0, "y[0] = w[0]·x[0] + w[1]·x[1] + b", id="depthwise"),
        pytest.param("9 k10 p1", 0, "y[0] reads 9 inputs, 1 of 10 taps meet zeros", id="many"),
    ],
)  # fmt: skip
def test_what_is_said_of_a_step(question: str, step: int, caption: str) -> None:
    assert _caption(question, step) == caption


def test_zeros_of_the_padding_stand_above_the_weights() -> None:
    (panel,) = _panels("3x3 k3 p1")
    shapes = list(drawn_grid(panel.columns[0][0], Spot(0, 0), Size(32, 32), 0))
    zero = next(one for one in shapes if isinstance(one, Text) and one.text == "0")
    (kernel,) = (one for one in shapes if isinstance(one, Group))
    weight = next(one for one in kernel.shapes if isinstance(one, Text) and one.text == "w00")
    # From its base line a capital reaches up by about 0.72 of the size of the letters.
    assert zero.y <= weight.y - 0.72 * weight.size


def test_frameworks_cut_what_is_stamped_over_the_edge() -> None:
    panel = _panels("2x2 conv_transpose k3 s2 p1 a1")[1]
    assert panel.notes == (
        "(i − 1)s − 2p + k + a: (2 − 1)·2 − 2·1 + 3 + 1 = 4; cut off: 1 before, 1 after; overlap "
        "uneven (3 mod 2 = 1): 1 or 2 inputs an output, a checkerboard risk",
    )
    # Of nine places 3 + 3 - 1 lie on the row and the column that are cut.
    assert panel.captions[0] == "x[0,0]·w is added to 9 places, of which 5 are cut off"
    assert panel.captions[3] == "x[1,1]·w is added to 9 places"


def _panels(question: str) -> tuple[Panel, ...]:
    return shape_board(shape(question.split())).panels


def test_a_chain_has_a_panel_a_layer_and_says_which_channels() -> None:
    conv, pool = _panels("3x9x9 conv 4 k3 , relu , max_pool 2")
    assert conv.notes[-1] == "drawn: one of 3 input channels and one of 4 filters"
    assert pool.notes[-1] == "drawn: one of 4 channels, which all go the same way"
    height, width = _panels("5x6 k3x2")[0].notes
    assert height.startswith("height: 5 − 3 + 1 = 3; ")
    assert width.startswith("width: 6 − 2 + 1 = 5; ")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        pytest.param(
            "224 k7 s2 p3",
            "its picture would be 342 cells wide and 1 high; 81 by 69 can be told apart; write "
            "convcalc shape 5 conv k7 s2 p3 --plot {}",
            id="too wide",
        ),
        pytest.param(
            "@9x9x9 k3",
            "three axes are not drawn; write convcalc shape 5x5 conv k3 --plot {}",
            id="three axes",
        ),
        pytest.param(
            "9 relu", "`relu` slides no window over an axis; draw a conv or a pool", id="no window"
        ),
    ],
)
def test_what_cannot_be_drawn(
    words: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.svg"
    assert cli.run(("shape", *words.split(), "--plot", str(path))) == 2
    error = capsys.readouterr().err
    assert f"--plot cannot draw it: {message.format(path)}\n" in error
    assert not path.exists()
    if "write convcalc shape" in error:
        repair = error.partition("write convcalc ")[2].split("\n")[0].split()
        assert cli.run(tuple(repair)) == 0
        assert path.exists()


def test_a_picture_comes_beside_the_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.html"
    assert cli.run(("shape", "5x5", "k3", "s2", "p1", "--plot", str(path))) == 0
    written = capsys.readouterr()
    assert written.out.startswith("3x3\n")
    assert written.err == f"wrote {path}\n"
    assert cli.run(("shape", "5x5", "k3", "--plot", str(path))) == 2
    assert "exists" in capsys.readouterr().err


@pytest.mark.thorough
@pytest.mark.parametrize("format", ["svg", "html", "png"])
def test_the_largest_pictures_are_drawn(format: str) -> None:
    for question in (
        "22x22 k3",
        "20x20 conv_transpose k3 s1 p1",
        "40 k3",
        "9x9 conv_transpose k3 s2",
    ):
        board = shape_board(shape(question.split()))
        with ending():
            assert render(board, format), question


@pytest.mark.parametrize("words", ["99999999 k3", "99999x99999 k3", "3x3 conv_transpose k3 s99999"])
def test_a_map_of_any_size_is_refused_before_it_is_made(
    words: str, run: Run, tmp_path: Path
) -> None:
    file = tmp_path / "a.svg"
    result = run("shape", *words.split(), "--plot", str(file))
    assert result.code == 2
    assert "at most are drawn" in result.err
    assert not file.exists()
