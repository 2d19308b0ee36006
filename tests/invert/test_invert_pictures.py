"""`convcalc invert --plot`: a layer above what undoes it, and its matrices."""

from __future__ import annotations

from pathlib import Path

import pytest

from convcalc import cli
from convcalc.features.invert.answer import invert
from convcalc.features.invert.pictures import invert_board
from convcalc.report.drawing.boards import Panel
from tests.each import each


def _panels(words: str, view: str = "") -> tuple[Panel, ...]:
    found = invert(words)
    return invert_board(found.inverse, view, found.has_channels).panels


@each(
    ("words", "titles"),
    [
        pytest.param(
            "6 k3 s2 p1",
            [
                "conv k3 s2 p1: 6 → 3",
                "undone by conv_transpose k3 s2 p1 a1 in the guide's dialect, a convolution of "
                "stride 1: 3 → 6",
                "undone by conv_transpose k3 s2 p1 a1 as frameworks have it: 3 → 6",
            ],
            id="a convolution",
        ),
        pytest.param(
            "3 conv_transpose k3 s2 p1",
            [
                "conv_transpose k3 s2 p1 in the guide's dialect, a convolution of stride 1: 3 → 5",
                "conv_transpose k3 s2 p1 as frameworks have it: 3 → 5",
                "undone by conv k3 s2 p1: 5 → 3",
            ],
            id="a transposed convolution",
        ),
        pytest.param("6 max_pool 2", ["max_pool 2: 6 → 3"], id="undone by upsampling"),
    ],
)
def test_the_layer_and_what_undoes_it(words: str, titles: list[str]) -> None:
    assert [panel.title for panel in _panels(words)] == titles


@each(
    ("words", "notes"),
    [
        ("6 conv 2 k3", [None, None, None]),
        ("1@6 conv 1 k3", [None, None, None]),
        (
            "4@6 conv 2 k3",
            [
                "drawn: one of 4 input channels and one of 2 filters",
                *["drawn: one of 2 input channels and one of 4 filters"] * 2,
            ],
        ),
    ],
)
def test_which_of_several_channels_are_drawn(words: str, notes: list[str | None]) -> None:
    told = [[note for note in panel.notes if "drawn" in note] for panel in _panels(words)]
    assert told == [[] if note is None else [note] for note in notes]


def test_the_matrix_and_its_transpose() -> None:
    forward, back = _panels("4 k3", "matrix")
    assert forward.notes == (
        "2 outputs, 4 inputs, 8 entries; 6 of them are not 0, of 3 weights that are shared",
    )
    assert [cell.text for cell in forward.columns[0][0].rows[1]] == ["", "w0", "w1", "w2"]
    assert forward.captions[1] == "y[1] = w0·x[1] + w1·x[2] + w2·x[3]"
    # Each input collects from the outputs that read it.
    assert back.captions == (
        "∂x[0] = w0·∂y[0]",
        "∂x[1] = w1·∂y[0] + w0·∂y[1]",
        "∂x[2] = w2·∂y[0] + w1·∂y[1]",
        "∂x[3] = w2·∂y[1]",
    )


@each(
    ("words", "title"),
    [
        ("4 k3", "conv k3: C"),
        ("4 avg_pool 2", "avg_pool 2: C"),
        ("2 conv_transpose k3 s2", "conv_transpose k3 s2: C of the convolution that it transposes"),
    ],
)
def test_whose_matrix_it_is(words: str, title: str) -> None:
    assert _panels(words, "matrix")[0].title == title


def test_im2col() -> None:
    (panel,) = _panels("3 k2 p1", "im2col")
    windows = panel.columns[1][0]
    assert [[cell.text for cell in row] for row in windows.rows] == [
        ["0", "x[0]"], ["x[0]", "x[1]"], ["x[1]", "x[2]"], ["x[2]", "0"],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "message"),
    [
        pytest.param(
            ("40x40", "k3", "--matrix"),
            "the matrix has 1444 x 1600 = 2310400 entries; 4096 at most are drawn; write convcalc "
            "invert 5x5 conv k3 --matrix --plot ",
            id="a large matrix",
        ),
        pytest.param(
            ("99", "k9", "s2"),
            "cells wide and 1 high; 81 by 69 can be told apart; write convcalc invert 13 conv k9 "
            "s2 --plot ",
            id="a long sequence",
        ),
        pytest.param(("9", "relu"), "`relu` slides no window over an axis", id="no window"),
        pytest.param(
            ("examples/configs/lenet5.net.yaml",),
            "--plot draws one layer; pick it with --layer NAME",
            id="a whole file",
        ),
    ],
)
def test_what_cannot_be_drawn(
    words: tuple[str, ...], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(("invert", *words, "--plot", str(tmp_path / "a.svg"))) == 2
    error = capsys.readouterr().err
    assert message in error
    if "write convcalc " in error:
        repair = error.partition("write convcalc ")[2].split("\n")[0].split()
        assert cli.run(tuple(repair)) == 0


def test_a_layer_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a.svg"
    file = Path(__file__).parents[2] / "examples" / "configs" / "lenet5.net.yaml"
    words = ("invert", str(file), "--layer", "conv_2", "--plot", str(path))
    assert cli.run(words) == 0
    # The third layer, 6x14x14 to 16x10x10, and the transposed one back.
    assert path.read_text().count("14x14 → 10x10") == 1
    assert path.read_text().count("10x10 → 14x14") == 2
