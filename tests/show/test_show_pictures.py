"""`convcalc show --plot`: the numbers of the run, in the cells where they belong."""

from __future__ import annotations

from pathlib import Path

import pytest

from convcalc import cli
from convcalc.features.show.chosen import Data, of_words
from convcalc.features.show.pictures import show_board
from convcalc.features.show.values import View
from convcalc.report.drawing.boards import Grid, Panel


def _panels(words: str, data: Data, view: View | None = None) -> tuple[Panel, ...]:
    layers = of_words(words.split(), data)
    return show_board(layers, (view,) if view else (), words).panels


def _texts(grid: Grid) -> list[str]:
    return [" ".join(cell.text or "." for cell in row) for row in grid.rows]


# Worked by hand: a window of 2 moves by 2 over 1 .. 9 with a border of zeros.
HAND = Data("1 2 3; 4 5 6; 7 8 9", ("1 0; 0 -1",))


def test_a_convolution() -> None:
    (panel,) = _panels("3x3 k2 s2 p1", HAND)
    (read,), (made,) = panel.columns
    assert _texts(read) == ["0 0 0 0 0", "0 1 2 3 0", "0 4 5 6 0", "0 7 8 9 0", "0 0 0 0 0"]
    assert _texts(made) == ["-1 -3", "-7 -4"]
    assert [(tap.row, tap.column, tap.text) for tap in read.cursors[0].taps] == [
        (0, 0, "1"), (0, 1, "0"), (1, 0, "0"), (1, 1, "-1"),
    ]  # fmt: skip
    assert read.cursors[0].places == ((0, 0), (0, 2), (2, 0), (2, 2))
    assert panel.captions[3] == "y[1,1] = 5*1 + 6*0 + 8*0 + 9*(-1) = -4"


def test_im2col_has_the_windows_as_rows() -> None:
    (panel,) = _panels("3x3 k2 s2 p1", HAND, "im2col")
    _, (windows,), (kernel,), (made,) = panel.columns
    assert _texts(windows) == ["0 0 0 1", "0 0 2 3", "0 4 0 7", "5 6 8 9"]
    assert _texts(kernel) == ["1", "0", "0", "-1"]
    assert _texts(made) == ["-1", "-3", "-7", "-4"]
    # A window's row is marked when the window is.
    assert windows.cursors[0].places == ((0, 0), (1, 0), (2, 0), (3, 0))


def test_the_matrix_shares_its_weights_by_tint() -> None:
    (panel,) = _panels("4 k3", Data("1 2 3 4", ("1 0 -1",)), "matrix")
    (matrix,), (x,), (y,) = panel.columns
    assert _texts(matrix) == ["1 0 -1 .", ". 1 0 -1"]
    assert [[cell.tint for cell in row] for row in matrix.rows] == [[1, 2, 3, 0], [0, 1, 2, 3]]
    assert (_texts(x), _texts(y)) == (["1", "2", "3", "4"], ["-2", "-2"])
    assert panel.captions == ("y[0] = 1*1 + 2*0 + 3*(-1) = -2", "y[1] = 2*1 + 3*0 + 4*(-1) = -2")


def test_channels_are_below_each_other_and_filters_apart() -> None:
    data = Data("1 2 3 4", ("1 10 2 20",))
    first, second = _panels("2@2 conv 2 k1 nobias", data)
    assert [_texts(grid) for grid in first.columns[0]] == [["1 2"], ["3 4"]]
    assert [grid.cursors[0].taps[0].text for grid in first.columns[0]] == ["1", "10"]
    assert _texts(first.columns[1][0]) == ["31 42"]
    assert _texts(second.columns[1][0]) == ["62 84"]


def test_groups_show_what_they_read() -> None:
    data = Data("1 2 3 4", ("1 10",))
    panels = _panels("2@2 conv 2 k1 g2 nobias", data)
    assert [panel.columns[0][0].title for panel in panels] == ["x[0]", "x[1]"]
    assert _texts(panels[1].columns[1][0]) == ["30 40"]


def test_a_transposed_layer_in_both_dialects() -> None:
    guide, stamps = _panels("2 conv_transpose k3 s2 p1 a1", Data("1 2", ("1 2 3",)))
    # x of 1 0 2 within zeros, one more at the end; y = 2, 3 + 2, 4, 6.
    assert _texts(guide.columns[0][0]) == ["0 1 0 2 0 a"]
    assert [tap.text for tap in guide.columns[0][0].cursors[0].taps] == ["3", "2", "1"]
    assert _texts(guide.columns[1][0]) == ["2 5 4 6"]
    # 1 2 3 and 2 4 6 are stamped two apart, and the first place is cut.
    assert _texts(stamps.columns[1][0]) == [". 2 5 4 6"]
    assert [tap.text for tap in stamps.columns[1][0].cursors[0].taps] == ["1", "2", "3"]


def test_the_winner_of_a_max_pool_is_framed() -> None:
    (panel,) = _panels("2x4 max_pool 2", Data("1 9 3 3; 2 4 5 0"))
    window, winner = panel.columns[0][0].cursors
    assert window.places == ((0, 0), (0, 2))
    assert (winner.look, winner.places) == ("winner", ((0, 1), (1, 2)))


def test_a_mirrored_border_has_pixels_again() -> None:
    (panel,) = _panels("4 conv k3 p1 reflect", Data("1 2 3 4", ("1 1 1",)))
    assert _texts(panel.columns[0][0]) == ["2 1 2 3 4 3"]


def test_of_a_chain_those_layers_are_drawn_that_have_the_view() -> None:
    data = Data("1 2 3", ("1 1", "1 2"))
    guide, stamps = _panels("3 k2 , conv_transpose k2 s2", data, "stretched")
    assert _texts(guide.columns[0][0]) == ["0 3 0 5 0"]
    assert _texts(stamps.columns[0][0]) == ["3 5"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        pytest.param(
            ("3", "linear", "4"), "`linear 4` slides no window over an axis; write --view matrix",
            id="no window",
        ),
        pytest.param(
            ("9x9", "k3", "--view", "matrix"),
            "its picture would be 83 cells wide and 81 high; 74 by 69 can be told apart; take a "
            "smaller input, or fewer channels",
            id="a large matrix",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_drawn(
    words: tuple[str, ...], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(("show", *words, "--plot", str(tmp_path / "a.svg"))) == 2
    assert message in capsys.readouterr().err
