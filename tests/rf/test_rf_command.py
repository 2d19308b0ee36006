"""`convcalc rf` from outside: answers, formats, widths, exit codes, and what it refuses."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from convcalc import cli
from convcalc.core.text import cells

CONFIGS = Path(__file__).parents[2] / "examples" / "configs"


def config(name: str) -> str:
    return str(CONFIGS / f"{name}.net.yaml")


def run(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, str, str]:
    code = cli.run(("rf", *args))
    out, err = capsys.readouterr()
    return code, out, err


CHAIN = """\
1d k3 d1,2 x2 · input of any size

layer   kind  field  stride  start  used  effective
───────────────────────────────────────────────────
conv_1  conv      3       1      0  full          3
conv_2  conv      7       1      0  full          7
conv_3  conv      9       1      0  full          8
conv_4  conv     13       1      0  full         10

field      pixels from the first to the last that the centre unit sees, padding included
used       share of the field that some path reads
effective  +-2 standard deviations for uniform kernels (Luo et al.)
"""


@pytest.mark.parametrize(
    ("words", "text"),
    [
        pytest.param("1d k8 d1,2,4,8 x3 -q", "316\n", id="3 * 7 * (1 + 2 + 4 + 8) + 1"),
        pytest.param("2d k3x5 s2 , k3 -q", "7x9\n", id="one an axis"),
        pytest.param("2d k3 x3 --layer conv_1,conv_3 --quiet", "3\n7\n", id="layers asked for"),
    ],
)
def test_the_bare_field(capsys: pytest.CaptureFixture[str], words: str, text: str) -> None:
    assert run(capsys, *words.split()) == (0, text, "")


def test_exact_figures_have_three_digits_more(capsys: pytest.CaptureFixture[str]) -> None:
    """Four deviations: of two uniform windows of 3 pixels 4 sqrt(4 / 3); of one no more than 3."""
    words = ["1d", "k3", "x2", "--format", "csv", "--columns", "effective"]
    assert run(capsys, *words) == (0, "effective\n3.000\n4.619\n", "")


def test_a_chain_without_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    """Deviations: sqrt(2/3), sqrt(10/3), 2, sqrt(20/3); four of them, no more than the field."""
    assert run(capsys, "1d", "k3", "d1,2", "x2") == (0, CHAIN, "")


CHAINS = [
    pytest.param("2d k3 s2 , k3 , k3 d2", ["3", "7", "15"], id="commas between layers"),
    pytest.param("2d k3 s2, k3, k3 d2", ["3", "7", "15"], id="commas behind words"),
    pytest.param("1d k8 d1,2,4,8", ["8", "22", "50", "106"], id="a list"),
    pytest.param("1d k2,3 d1,4", ["2", "10"], id="two lists in step"),
    pytest.param("2d k3x5 , k1x3 s1x2", ["3x5", "3x7"], id="one value an axis"),
    pytest.param("224x224 k7 s2 p3 , max_pool k3 s2 p1", ["7", "11"], id="a known size"),
    pytest.param("3D k3 x3", ["3", "5", "7"], id="three axes"),
    pytest.param("2d k3 s2 x4", ["3", "7", "15", "31"], id="strides"),
]


@pytest.mark.parametrize(("words", "sizes"), CHAINS)
def test_chains(words: str, sizes: list[str] | None, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, *words.split(), "--format", "csv", "--columns", "size")
    assert (code, out.split()[1:], err) == (0, sizes, "")


def test_an_open_input_has_room_for_fields_of_half_a_billion(
    capsys: pytest.CaptureFixture[str],
) -> None:
    _, out, _ = run(capsys, "2d", "k3", "s2", "x28", "--format", "csv", "--columns", "size,stride")
    assert out.splitlines()[-1] == f"{2**29 - 1},{2**28}"
    code, _, err = run(capsys, "2d", "k3", "s2", "x40")
    assert code == 2
    assert err == (
        "<command>: error CC101 kernel-exceeds-input: layer `conv_29` (conv)\n"
        "  kernel 3, but the padded input has only 1 on the height\n"
        "  help: a chain of open size has room for a field of 738,017,280; give the size in front\n"
    )


def test_json_holds_everything(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, config("wavenet_stack"), "--format", "json", "--history", "8000")
    data = json.loads(out)
    assert code == 0
    assert set(data) == {
        "version", "name", "read_as", "sources", "from", "ignored", "convention", "rows", "notes",
        "verdicts",
    }  # fmt: skip
    assert (data["version"], data["sources"]) == (1, {"input": [1, 16000]})
    assert len(data["rows"]) == 42
    assert data["rows"][-1]["fields"]["input"] == {
        "size": [1024], "min": [1024], "max": [1024], "global": False, "aligned": True,
        "local": [{"size": 1024, "min": 1024, "max": 1024, "stride": 1, "start": -1023,
                   "padding": 1023, "outside": [0, 0]}],
        "used": {"share": 1.0, "exact": "1"}, "holes": False, "gridded": False,
        "effective": [1024.0], "padding_share": 0.0, "exceeds_input": False, "at_most": False,
    }  # fmt: skip
    assert [one["verdict"] for one in data["verdicts"]] == ["history"]


def test_csv_has_every_layer_and_no_formula(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code, out, _ = run(capsys, config("lenet5"), "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert code == 0
    assert [row["name"] for row in rows][:3] == ["conv_1", "relu_1", "avg_pool_1"]
    assert (rows[3]["size"], rows[3]["stride"], rows[3]["start"]) == ("14", "2", "0")
    assert {row["global"] for row in rows[6:]} == {"yes"}


def test_layers_that_change_nothing_are_hidden_until_asked_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    _, out, _ = run(capsys, config("lenet5"))
    assert "relu_1" not in out
    assert "hidden     7 layers that see just what their input sees; --all shows them" in out
    _, out, _ = run(capsys, config("lenet5"), "--all")
    assert "relu_1" in out
    assert "hidden" not in out


def test_one_layer_is_one(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "2d", "k3", ",", "relu")
    assert "hidden     1 layer that sees just what its input sees; --all shows it" in out


def test_what_stopped_a_field_is_not_made_up(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """It repeats after 1,024 units, which are not too many; each reads too many."""
    file = tmp_path / "long.net.yaml"
    file.write_text(
        "convcalc: 1\ninput: [1, 5]\nlayers:\n"
        "  - conv_transpose: {out: 1, k: 1, s: 1024}\n  - conv: {out: 1, k: 1024}\n"
    )
    _, out, _ = run(capsys, str(file))
    assert "repeats after too many units, or reads too many, to be followed" in out
    assert "4,096" not in out


def test_layers_of_one_pixel_are_an_answer(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "2d", "k1", "x5")
    rows = [line.split() for line in out.splitlines() if line.startswith("conv_")]
    assert [row[:3] for row in rows] == [[f"conv_{i}", "conv", "1"] for i in range(1, 6)]
    assert "hidden" not in out


@pytest.mark.parametrize("width", [60, 80, 200])
@pytest.mark.parametrize("name", ["resnet50", "inception_v3", "efficientnet_b0", "unet3d"])
def test_a_terminal_is_never_overrun(
    name: str, width: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    code, out, _ = run(capsys, config(name), "--format", "table")
    assert code == 0
    assert max(map(cells, out.splitlines())) <= width


def test_one_unit(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, config("resnet50"), "--layer", "stage4", "--at", "0,6")
    assert (code, out) == (
        0,
        "ResNet-50: unit 0,6 of `stage4.bottleneck_2.1.relu_3` (a 7x7 map)\n"
        "\n"
        "`input` 3x224x224\n"
        "  window   height -213..213, width -21..405: 427x427 pixels\n"
        "  outside  213 before and 0 after, 21 before and 182 after\n"
        "  real     height 0..213, width 0..223: 214x224 pixels\n"
        "  used     47,936 real pixels, no holes\n",
    )


def test_one_unit_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "9x9", "k3", "d2", "--at", "0,0", "--format", "json")
    assert code == 0
    assert json.loads(out)["units"] == [
        {
            "layer": "conv_1",
            "output": [1, 5, 5],
            "unit": [0, 0],
            "fields": {
                "input": {"shape": [1, 9, 9], "window": [[0, 4], [0, 4]],
                          "real": [[0, 4], [0, 4]], "used": 9, "global": False, "at_most": False}
            },
        }
    ]  # fmt: skip


STRICT = [
    pytest.param(["2d", "k3", "d2", "x3"], 1, id="holes"),
    pytest.param(["2d", "k3", "d1,2,3"], 0, id="no holes"),
    pytest.param([config("patchgan70"), "--object", "96"], 1, id="an object too large"),
    pytest.param([config("patchgan70"), "--object", "50"], 0, id="an object covered"),
]


@pytest.mark.parametrize(("args", "code"), STRICT)
def test_strict_turns_warnings_into_the_exit_code(
    args: list[str], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys, *args)[0] == 0
    assert run(capsys, *args, "--strict")[0] == code


REFUSED = [
    pytest.param(["1d"], "the chain has no layers", id="no layers"),
    pytest.param(["1d", "k3", "-q", "--at", "0"], "--quiet is for the fields", id="a unit, bare"),
    pytest.param(["1d", "k3", "k5"], "`k5` sets what `k3` has set", id="twice"),
    pytest.param(["2d", "k3", "d1,2", "s1,2,3"],
                 "the lists `d1,2` and `s1,2,3` have unequal lengths", id="unequal lists"),
    pytest.param(["2d", "k3", "x200000"], "unrolls to more than 100,000 layers", id="too many"),
    pytest.param(["2d", "same_upper", "k3", "s2"],
                 "what `same_upper` reads depends on the input's size", id="open size"),
    pytest.param(["2d", "adaptive_avg_pool", "7"],
                 "what `adaptive_avg_pool` reads depends on the input's size", id="open bins"),
    pytest.param(["2d", "k3", "--input", "3x3"], "a chain has its size in front", id="input"),
    pytest.param(["2d", "k3", "--set", "a=1"], "a chain has no variables", id="set"),
    pytest.param([config("lenet5"), "k3"], "stands behind the file", id="words behind a file"),
    pytest.param(["nets.yaml"], "no such file or directory", id="no file"),
    pytest.param([config("lenet5"), "--layer", "conv_3"], "there is no layer `conv_3`", id="layer"),
    pytest.param([config("lenet5"), "--at", "a,b"], "--at", id="at, no number"),
    pytest.param([config("lenet5"), "--at", "5,0"], "has no unit 5,0: its map is 5x5", id="at"),
    pytest.param([config("lenet5"), "--columns", "fild"], "did you mean `field`?", id="column"),
    pytest.param([config("lenet5"), "--object", "0"], "--object", id="no object"),
    pytest.param([config("lenet5"), "--history", "9"], "2 spatial axes", id="history"),
]  # fmt: skip


@pytest.mark.parametrize(("args", "said"), REFUSED)
def test_refused(args: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, *args)
    assert (code, out) == (2, "")
    assert said in err
    assert "Traceback" not in err


def test_places_of_a_chain_point_at_the_words(capsys: pytest.CaptureFixture[str]) -> None:
    _, _, err = run(capsys, "2d", "k3", ",", "conv", "64", "add")
    assert err == (
        "<command>:1:18: error CC929 bad-layer: `add` begins a second layer\n"
        "  1 | 2d k3 , conv 64 add\n"
        "    |                 ^^^\n"
        "  help: put a comma before it: , add\n"
    ).replace(":1:18:", ":1:17:")


def test_names_out_of_a_file_reach_no_terminal_unchecked(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "odd.net.yaml"
    file.write_text(
        'convcalc: 1\nname: "=1+1 | <b>x"\ninput: [1, 9, 9]\nlayers: [conv: {out: 1, k: 3}]\n'
    )
    _, markdown, _ = run(capsys, str(file), "--format", "markdown")
    assert markdown.startswith("### =1+1 \\| &lt;b&gt;x\n")
    _, table, _ = run(capsys, str(file), "--format", "table")
    assert table.startswith("=1+1 | <b>x")


def test_help_has_examples(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "--help")
    assert code == 0
    assert "convcalc rf 1d k8 d1,2,4,8 x3" in out


OPEN = ("2d", "k3", "p1", ",", "instance_norm")


def test_an_open_input_shows_no_made_up_size(capsys: pytest.CaptureFixture[str]) -> None:
    for form in ("plain", "table", "markdown", "csv", "json"):
        more = () if form == "json" else ("--columns", "all")
        _, out, _ = run(capsys, *OPEN, "--format", form, *more)
        assert "7380" not in out, form
    _, out, _ = run(capsys, *OPEN, "--format", "csv", "--columns", "output,size,min,outside,global")
    assert out == "output,size,min,outside,global\n,3,3,,no\n,,3,,yes\n"
    _, out, _ = run(capsys, *OPEN, "--format", "json")
    conv, norm = (row["fields"]["input"] for row in json.loads(out)["rows"])
    assert [row["output"] for row in json.loads(out)["rows"]] == [None, None]
    assert (conv["size"], conv["local"][0]["outside"], conv["padding_share"]) == (
        [3, 3],
        None,
        None,
    )
    assert (norm["size"], norm["min"], norm["max"], norm["local"][1]["size"]) == (*[None] * 3, 3)


def test_one_unit_of_an_open_input_shows_no_made_up_size(
    capsys: pytest.CaptureFixture[str],
) -> None:
    _, out, _ = run(capsys, "2d", "k3", "p1", "--at", "0,0")
    assert out.splitlines()[:4] == [
        "2d k3 p1: unit 0,0 of `conv_1` (input of any size)",
        "",
        "`input`",
        "  window  height -1..1, width -1..1: 3x3 pixels",
    ]
    assert "7380" not in out
    _, out, _ = run(capsys, "2d", "k3", "p1", "--at", "0,0", "--format", "json")
    (unit,) = json.loads(out)["units"]
    assert (unit["output"], unit["fields"]["input"]["shape"]) == (None, None)


def test_the_paths_of_a_chain_are_counted_on_an_input_that_it_fits(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """3 and 3 taps an axis: 1, 2, 3, 2, 1 paths, and 9 in the middle of a map."""
    file = tmp_path / "x.svg"
    assert cli.run(["rf", "2d", "k3", ",", "k3", "s2", "--plot", str(file)]) == 0
    assert "1 to 9 paths" in file.read_text()


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("words", "field", "said"),
    [
        pytest.param(
            "conv_transpose k100000000 s2",
            "50,000,000, stride 1/2",
            "Steps used are not counted.",
            id="half of the taps fall on a pixel each",
        ),
        pytest.param(
            "conv_transpose k1000000 s2 , conv_transpose k100000000 s2",
            "500,000, stride 1/2",
            "Steps used are not counted in rows without colour. Colour: ",
            id="one row of two is known",
        ),
        pytest.param("conv_transpose k6 s2", "3, stride 1/2", ">Colour: ", id="known"),
    ],
)
def test_a_picture_says_no_more_than_was_counted(
    words: str, field: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A row of 10^8 taps had no colour, above "Free: not used"; before, it took all memory."""
    file = tmp_path / "x.svg"
    assert run(capsys, "1d", *words.split(), "--plot", str(file))[0] == 0
    drawn = file.read_text()
    assert f">{field}<" in drawn
    assert said in drawn
    assert ("Free: not used" in drawn) is ("Colour" in said)
