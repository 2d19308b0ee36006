"""`convcalc show` as people read it: text word for word, JSON, refusals."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import convcalc
from convcalc import cli
from convcalc.core.errors import StackError
from convcalc.core.text import cells
from convcalc.features.show.chosen import Data, of_words
from convcalc.features.show.values import VIEWS
from convcalc.features.show.words import render
from convcalc.report.style import PLAIN, Style
from tests.conftest import Run
from tests.each import each


def text_of(words: str, views: str = "", style: Style = PLAIN, data: Data | None = None) -> str:
    wanted = tuple(view for view in VIEWS if view in views.split())
    return render(of_words(words.split(), data or Data()), wanted, style)


def test_a_comparison_with_a_number_is_not_said_to_join_layers(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "mask.net.yaml"
    path.write_text("convcalc: 1\ninput: [3]\nlayers: [greater: 2]\n", encoding="utf-8")
    code, _, err = ran(capsys, str(path))
    assert code == 2
    wanted = "layer `greater_1` is of a kind that can join layers, and none is shown"
    assert wanted in err


def test_a_convolution_word_for_word() -> None:
    data = Data("1 2 3; 4 5 6; 7 8 9", ("1 0; 0 -1",))
    assert (
        text_of("3x3 k2 s2 p1", "windows im2col matrix sums", data=data)
        == """\
k2 s2 p1: 3x3 → 2x2

  x           w           y
  ┌───────┐   ┌───────┐   ┌───────┐
  │ 1 2 3 │   │  1  0 │   │ -1 -3 │
  │ 4 5 6 │   │  0 -1 │   │ -7 -4 │
  │ 7 8 9 │   └───────┘   └───────┘
  └───────┘

windows: what each output reads of the input (· padding)
  y[0,0]    y[0,1]
  ┌─────┐   ┌─────┐
  │ · · │   │ · · │
  │ · 1 │   │ 2 3 │
  └─────┘   └─────┘
  y[1,0]    y[1,1]
  ┌─────┐   ┌─────┐
  │ · 4 │   │ 5 6 │
  │ · 7 │   │ 8 9 │
  └─────┘   └─────┘

im2col: a row for each window, a column for each tap, times the kernel (· padding)
         │ 0,0 0,1 1,0 1,1  y
  ───────┼───────────────────
  y[0,0] │   ·   ·   ·   1 -1
  y[0,1] │   ·   ·   2   3 -3
  y[1,0] │   ·   4   ·   7 -7
  y[1,1] │   5   6   8   9 -4
  ───────┼───────────────────
       w │   1   0   0  -1

matrix C, 4x9: y = C·x; the gradient goes back by Cᵀ, which is the transposed layer
         │ 0,0 0,1 0,2 1,0 1,1 1,2 2,0 2,1 2,2
  ───────┼────────────────────────────────────
  y[0,0] │  -1   ·   ·   ·   ·   ·   ·   ·   ·
  y[0,1] │   ·   ·  -1   ·   ·   ·   ·   ·   ·
  y[1,0] │   ·   ·   ·   ·   ·   ·  -1   ·   ·
  y[1,1] │   ·   ·   ·   ·   1   ·   ·   ·  -1

sums: input*kernel over the window, without the padding
  y[0,0] = 1*(-1) = -1
  y[0,1] = 2*0 + 3*(-1) = -3
  y[1,0] = 4*0 + 7*(-1) = -7
  y[1,1] = 5*1 + 6*0 + 8*0 + 9*(-1) = -4

✓ the same y from the run, the sums and the matrix
more: --view gradient,flip,shift
"""
    )


def test_a_transposed_layer_in_ascii() -> None:
    data = Data("1 2 3", ("10 20 30",))
    assert (
        text_of("3 conv_transpose k3 s2 p1 a1", "", Style(unicode=False), data)
        == """\
conv_transpose k3 s2 p1 a1: 3 -> 6

  x           w              y
  +-------+   +----------+   +-------------------+
  | 1 2 3 |   | 10 20 30 |   | 20 50 40 90 60 90 |
  +-------+   +----------+   +-------------------+

stretched: 1 zero (o) between two inputs, 1 before and 2 after (.); the flipped kernel slides \
over it with stride 1
  x stretched         w flipped
  +-----------------+   +----------+
  | . 1 o 2 o 3 . . |   | 30 20 10 |
  +-----------------+   +----------+

sums: input*kernel over the window, without the zeros
  y[0] = 1*20 = 20
  y[1] = 1*30 + 2*10 = 50
  y[2] = 2*20 = 40
  y[3] = 2*30 + 3*10 = 90
  y[4] = 3*20 = 60
  y[5] = 3*30 = 90

ok: the same y from the run, the sums, the matrix and the stretched input
more: --view windows,im2col,matrix,gradient
""".replace("  x stretched         w", "  x stretched           w")
    )


@each(
    ("words", "line"),
    [
        pytest.param("2x2 max_pool 2", "y[0,0] = max(1, -2, 3, 4) = 4", id="largest"),
        pytest.param("2x2 avg_pool 2", "y[0,0] = (1 + (-2) + 3 + 4)/4 = 1.5", id="mean"),
        pytest.param(
            "2x2 lp_pool 2", "y[0,0] = (|1|^2 + |-2|^2 + |3|^2 + |4|^2)^(1/2) = 5.47723", id="norm"
        ),
        # An odd power keeps the sign: 1 - 8 + 27 + 64 = 84, whose cube root is 4.37952.
        pytest.param(
            "2x2 lp_pool 2 norm_type=3",
            "y[0,0] = (1^3 + -2^3 + 3^3 + 4^3)^(1/3) = 4.37952",
            id="odd",
        ),
    ],
)
def test_sums_of_pools(words: str, line: str) -> None:
    assert f"\n  {line}\n" in text_of(words, "sums", data=Data("1 -2; 3 4"))


def test_a_norm_over_the_end_counts_as_full() -> None:
    data = Data("3 0 4")
    assert "y[1] = (2/1*(|4|^2))^(1/2) = 5.65685\n" in text_of(
        "3 lp_pool 2 ceil", "sums", data=data
    )


def test_a_negative_input_stands_in_brackets_behind_a_plus() -> None:
    data = Data("-1 -2", ("3 -4",))
    assert "  y[0] = -1*3 + (-2)*(-4) = 5\n" in text_of("2 k2", "sums", data=data)


def test_groups_say_which_channels_they_read() -> None:
    data = Data("1 2 3 4 5 6 7 8", ("1 0 0 1 0 0 0 0",))
    pairs = text_of("4@2 conv 4 k1 g2 nobias", "windows im2col", data=data)
    for title in ("y[0] x[0]   y[0] x[1]", "y[0] x[2]   y[0] x[3]"):
        assert f"\n  {title}" in pairs
    assert "\n       │ 2,0 3,0 y[2] y[3]\n" in pairs
    # One filter a group: its channel is the output's own.
    each = text_of("2@2 conv 2 k1 g2 nobias", "windows im2col", data=Data("1 2 3 4", ("1 2",)))
    assert "\n  y[1,0]   y[1,1]\n" in each
    assert "\n    w[1] │ 2\n" in each


@each(
    ("word", "said"),
    [
        pytest.param("1e6", "has an exponent or more than 9 digits", id="exponent"),
        pytest.param("1234567890", "has an exponent or more than 9 digits", id="many digits"),
        pytest.param("１", "is no number", id="digits of another script"),
        pytest.param("nan", "is no number", id="not a number"),
        pytest.param("1000001", "is beyond 1,000,000", id="too large"),
    ],
)
def test_numbers_that_are_refused(word: str, said: str) -> None:
    with pytest.raises(StackError, match=f"`{word}` in the input {said}"):
        of_words(["2", "k2"], Data(f"1 {word}"))


def test_the_bias_is_a_term() -> None:
    data = Data("2 3", ("1 1",), ("-4",))
    assert "  y[0,0] = 2*1 + 3*1 + (-4) = 1\n" in text_of("1@2 conv 1 k2", "sums", data=data)


def test_an_output_that_nothing_reaches() -> None:
    text = text_of("2 conv_transpose k1 s2", "sums", data=Data("5 6", ("1",)))
    assert "  y[1] = 0, no input reaches it\n" in text


@pytest.mark.parametrize("width", [40, 80, 200])
@pytest.mark.parametrize(
    "words", ["6x6 k3 p1", "60 k7 s2", "2x4x4 conv_transpose 2 k3 s2 p1 a1", "8x8 max_pool k3 s1"]
)
def test_nothing_is_wider_than_the_terminal_and_nothing_is_lost(words: str, width: int) -> None:
    narrow = text_of(words, " ".join(VIEWS), Style(width))
    assert max(map(cells, narrow.splitlines())) <= width
    whole = text_of(words, " ".join(VIEWS))
    # Every number of the tables and sums is there, in blocks or on lines of its own.
    for view in ("im2col", "matrix", "sums"):
        wide = whole.split(f"\n{view}")[1].split("\n\n")[0].split("\n", 1)[1]
        cut = narrow.split(f"\n{view}")[1].split("\n\n")[0]
        assert {word for word in wide.split() if "─" not in word} <= set(cut.split())


def ran(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, str, str]:
    code = cli.run(("show", *args))
    out, err = capsys.readouterr()
    return code, out, err


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    options = ("--transposed", "--format", "json", "--kernel-values", "10,20", "--input", "1,2")
    code, out, err = ran(capsys, "2", "k2", "s2", *options)
    assert (code, err) == (0, "")
    data = json.loads(out)
    assert data["version"] == 1
    (layer,) = data["layers"]
    assert layer["output"] == {"shape": [1, 4], "values": [10, 20, 20, 40]}
    assert layer["matrix"]["rows"] == [[10, 0], [20, 0], [0, 10], [0, 20]]
    assert layer["agreeing"] == ["run", "sums", "matrix", "stretched"]
    assert layer["stretched"]["marks"] == ["border", "value", "inserted", "value", "border"]
    assert layer["windows"][1] == {"output": [0, 1], "reads": [[0, 0], None]}
    assert layer["sums"][3] == {
        "output": [0, 3],
        "value": 40,
        "inputs": [2],
        "weights": [20],
        "bias": 0,
    }
    only = json.loads(ran(capsys, "2", "k2", "--format", "json", "--view", "im2col")[1])
    assert "im2col" in only["layers"][0]
    assert "matrix" not in only["layers"][0]


NET = """\
convcalc: 1
input: [2, 5, 5]
layers:
  - {conv: {out: 2, k: 3, s: 2}, name: stem}
  - {conv: {out: 300, k: 1}, name: wide}
  - {add: [wide, prev], name: sum}
"""


def test_a_layer_of_a_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "n.net.yaml"
    path.write_text(NET, encoding="utf-8")
    code, out, _ = ran(capsys, str(path), "--layer", "stem")
    assert code == 0
    assert out.startswith("conv 2 k3 s2: 2x5x5 → 2x2x2\n")
    code, out, err = ran(capsys, str(path), "--layer", "wide")
    assert (code, out) == (2, "")
    assert "layer `wide` has 1,200 numbers in its output (300x2x2)" in err
    assert "help: the same windows on a small map: convcalc show 3x3 conv k1" in err
    code, _, err = ran(capsys, str(path), "--layer", "sum")
    assert code == 2
    assert "CC967 not-shown: layer `sum` joins several layers" in err
    code, _, err = ran(capsys, str(path))
    assert "--layer is needed for a file; write --layer stem" in err
    code, _, err = ran(capsys, str(path), "--layer", "stem", "--transposed")
    assert "--transposed is of a layer in words; a file says it itself" in err
    code, _, err = ran(capsys, str(path), "--layer", "stm")
    assert "did you mean `stem`?" in err


@pytest.mark.parametrize(
    ("args", "text"),
    [
        pytest.param(
            ["3x3", "max_pool", "2", "--view", "stretched"],
            "<command>:1:1: error CC967 not-shown: `max_pool 2` has no view `stretched`\n"
            "  1 | 3x3 max_pool 2\n"
            "    | ^^^^^^^^^^^^^^\n"
            "  a transposed layer stretches its input\n"
            "  help: write conv_transpose, or --transposed\n",
            id="a view that it has not",
        ),
        pytest.param(
            ["20x20", "k3", "p1", "--view", "matrix"],
            "<command>:1:1: error CC966 too-large-to-show: the matrix of `k3 p1` has 160,000 "
            "entries\n"
            "  1 | 20x20 k3 p1\n"
            "    | ^^^^^^^^^^^\n"
            "  65,536 entries at most are shown\n"
            "  help: take a smaller input\n",
            id="a matrix that is too large",
        ),
        pytest.param(
            ["3x3", "k2", "--view", "sum"],
            "error: Invalid value for --view: there is no `sum`; did you mean `sums`?\n"
            "help: convcalc show --help\n",
            id="a view that is none",
        ),
        pytest.param(
            ["3x3", "k2", "--layer", "stem"],
            "error: --layer picks a layer of a file; leave it out\nhelp: convcalc show --help\n",
            id="a layer of no file",
        ),
        pytest.param(
            ["3", "k2", "--transposed", "--kind", "conv"],
            "error: --kind says the kind, and so does --transposed; keep one of them\n"
            "help: convcalc show --help\n",
            id="two kinds",
        ),
    ],
)
def test_refusals(capsys: pytest.CaptureFixture[str], args: list[str], text: str) -> None:
    assert ran(capsys, *args) == (2, "", text)


def test_a_pipe_gets_long_lines_whole(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    code, out, err = ran(capsys, "5x5", "k3", "--view", "matrix")
    assert (code, err) == (0, "")
    assert max(map(len, out.splitlines())) > 100
    assert "columns" not in out


def test_a_stretched_input_is_read_with_the_dilation_of_the_layer(ask: Run) -> None:
    out = ask("show 6 k3 --transposed d2 --view stretched").out
    assert "the flipped kernel slides over it with stride 1 and its own dilation d'=2" in out
    data = json.loads(ask("show 6 k3 --transposed d2 --view stretched --format json").out)
    (layer,) = data["layers"]
    assert layer["stretched"]["dilation"] == [2]


def test_a_side_that_is_cropped_is_told() -> None:
    # d (k - 1) - p is -1 on both sides, and the output's padding gives one back behind.
    text = text_of("4 conv_transpose k1 p1 s2 a1", "stretched")
    assert "border -1 and 0: below zero, the input is cropped" in text


def test_long_sums_are_folded_below_their_first_number() -> None:
    counted = Data(" ".join(map(str, range(1, 17))), ("1 2 3 4 5 6 7 8 9",))
    # 4 + 10 + 18 + 35 + 48 + 63 = 178, in 50 columns.
    line = "  y[0,1] = 1*4 + 2*5 + 3*6 + 5*7 + 6*8 + 7*9 = 178"
    for width, wanted in [
        (len(line), line),
        (len(line) - 1, line.replace(" = 178", " =\n           178")),
        (35, line.replace("+ 6*8", "+\n           6*8")),
    ]:
        text = text_of("4x4 k3 p1", "sums", Style(width=width), counted)
        assert f"\n{wanted}\n" in text
        assert max(map(cells, text.split("sums: ")[1].splitlines())) <= width


def test_what_python_asks_for_in_vain() -> None:
    with pytest.raises(StackError, match="shape is that of a network's input"):
        convcalc.show("4 k3", shape=(1, 4))
    network = convcalc.loads("convcalc: 1\ninput: [1, 4]\nlayers: [{relu: {}, name: act}]\n")
    with pytest.raises(StackError, match="no layer `atc`; did you mean `act`"):
        convcalc.show(network, layer="atc")
