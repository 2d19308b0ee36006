"""`convcalc plan`: formats, overrides, expectations, findings and exit codes."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import convcalc
from tests.each import each

Run = Callable[..., Any]

CONFIGS = Path(__file__).parents[2] / "examples" / "configs"

# Worked by hand: 6 (25 + 1), 16 (6 25 + 1), 120 (400 + 1), 84 (120 + 1), 10 (84 + 1).
LENET_PARAMS = [156, 2416, 48120, 10164, 850]
LENET_MACS = 6 * 25 * 28 * 28 + 16 * 150 * 10 * 10 + 400 * 120 + 120 * 84 + 84 * 10


def test_a_pipe_gets_a_plain_and_complete_plan(run: Run, lenet: str) -> None:
    result = run("plan", lenet)
    assert (result.code, result.err) == (0, "")
    lines = result.out.splitlines()
    assert lines[0] == "LeNet-5 · 12 layers · input 1x32x32 · batch 1 · float32"
    assert lines[2].split() == [
        "layer", "kind", "from", "output", "params", "MACs", "FLOPs", "RF", "stride",
    ]  # fmt: skip
    assert lines[4].split() == ["conv_1", "conv", "6x28x28", "156", "117,600", "235,200", "5", "1"]
    assert lines[-1] == "expect     all 2 expectations hold"
    assert "total" in result.out
    assert f"{sum(LENET_PARAMS):,}" in result.out
    assert f"{LENET_MACS:,}" in result.out
    assert "\x1b" not in result.out


def test_csv_has_plain_integers_that_add_up(run: Run, lenet: str) -> None:
    result = run("plan", lenet, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(result.out)))
    assert [int(row["params"]) for row in rows if int(row["params"])] == LENET_PARAMS
    assert sum(int(row["macs"]) for row in rows) == LENET_MACS
    assert [row["name"] for row in rows][:3] == ["conv_1", "relu_1", "avg_pool_1"]
    assert rows[1]["inputs"] == "conv_1"


def test_json_is_the_plan_as_data(run: Run, lenet: str) -> None:
    result = run("plan", lenet, "--format", "json")
    data = json.loads(result.out, parse_constant=pytest.fail)
    assert result.code == 0
    assert data == convcalc.plan(convcalc.load(lenet)).to_dict()
    assert data["totals"]["params"] == 61706


def test_the_shipped_resnet50_has_its_published_figures(run: Run) -> None:
    # torchvision, ResNet50_Weights: 25,557,032 parameters, 4.09 GMACs.
    result = run("plan", str(CONFIGS / "resnet50.net.yaml"), "--depth", "0")
    assert result.code == 0
    assert "25,557,032" in result.out
    assert "4,089,184,256" in result.out


@pytest.mark.parametrize(
    ("options", "total"),
    [
        pytest.param(["--input", "1x28x28"], "44,426", id="another shape"),
        pytest.param(["--input", "input=1,28,28"], "44,426", id="by name, with commas"),
    ],
)
def test_another_input_shape(run: Run, lenet: str, options: list[str], total: str) -> None:
    # The last map is 4x4: 120 (16 16 + 1) = 30,840 in place of 48,120.
    result = run("plan", lenet, *options)
    assert result.code == 0
    assert total in result.out
    assert "expect     not checked: an input or a variable is not as the file says" in result.out


def test_another_variable(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "width.net.yaml"
    file.write_text("convcalc: 1\ninput: [3]\nvars: {width: 4}\nlayers: [linear: =width]\n")
    # 8 (3 + 1)
    assert "params     32 learnt" in run("plan", str(file), "--set", "width=8").out


def test_several_inputs_by_name(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "pair.net.yaml"
    file.write_text(
        "convcalc: 1\ninput: {left: [1, 8], right: [1, 8]}\n"
        "layers: [{relu: {}, from: left, name: a}, {tanh: {}, from: right}, add: [a, prev]]\n"
    )
    result = run("plan", str(file), "--input", "left=1x6", "--input", "right=1x6")
    assert "inputs left 1x6, right 1x6" in result.out
    assert result.code == 0


def test_batch_multiplies_macs_but_not_params(run: Run, lenet: str) -> None:
    data = json.loads(run("plan", lenet, "--batch", "3", "--format", "json").out)
    assert data["totals"]["macs"] == 3 * LENET_MACS
    assert data["totals"]["params"] == 61706


def test_dtype_changes_bytes(run: Run, lenet: str) -> None:
    full = json.loads(run("plan", lenet, "--format", "json").out)
    half = json.loads(run("plan", lenet, "--dtype", "float16", "--format", "json").out)
    assert half["totals"]["memory"]["inference"] * 2 == full["totals"]["memory"]["inference"]


def test_count_adds_columns_and_a_sum(run: Run, lenet: str) -> None:
    result = run("plan", lenet, "--count", "bias,pool")
    heading = result.out.splitlines()[2].split()
    assert heading == [
        "layer", "kind", "from", "output", "params", "MACs", "FLOPs", "bias", "pool", "RF",
        "stride",
    ]  # fmt: skip
    # One bias an output: 6 28^2 + 16 10^2 + 120 + 84 + 10; pools read 6 28^2 + 16 10^2 elements.
    assert "elementwise  bias 6,518, pool 6,304; no part of the MACs" in result.out


def test_columns_are_shown_in_the_order_asked_for(run: Run, lenet: str) -> None:
    result = run("plan", lenet, "--columns", "params,layer", "--columns", "RF")
    assert result.out.splitlines()[2].split() == ["params", "layer", "RF"]
    assert result.out.splitlines()[4].split() == ["156", "conv_1", "5"]


def test_max_layers_is_a_limit(run: Run, lenet: str) -> None:
    result = run("plan", lenet, "--max-layers", "11")
    assert result.code == 2
    assert "error CC207 too-many-layers" in result.err


def test_standard_input(run: Run) -> None:
    text = "convcalc: 1\ninput: [3]\nlayers: [linear: 2]\n"
    assert "params     8 learnt" in run("plan", "-", stdin=text).out


@pytest.mark.parametrize(
    ("options", "name"),
    [
        pytest.param([], "<stdin>", id="without a name"),
        pytest.param(["--stdin-filename", "a.net.yaml"], "a.net.yaml", id="with a name"),
    ],
)
def test_findings_of_standard_input(run: Run, options: list[str], name: str) -> None:
    result = run(
        "plan", "-", *options, stdin="convcalc: 1\ninput: [3]\nlayers: [linear: {otu: 2}]\n"
    )
    assert result.code == 2
    assert result.out == ""
    assert result.err == (
        f"{name}:3:19: error CC923 unknown-field: `linear` has no `otu`\n"
        "  3 | layers: [linear: {otu: 2}]\n"
        "    |                   ^^^\n"
        "  help: did you mean `out_features` (or `out`)?\n"
    )


def test_failed_expectations_are_findings_beside_the_whole_plan(run: Run, lenet: str) -> None:
    text = Path(lenet).read_text().replace("61706", "61707").replace("[10]", "[~]")
    Path(lenet).write_text(text)
    result = run("plan", lenet)
    assert result.code == 1
    assert "expect     1 of 2 expectations failed" in result.out
    assert result.err == (
        "lenet.net.yaml:17:31: error CC502 expected-params: params of the network: "
        "expected 61,707, got 61,706 (-1)\n"
        "  17 | expect: {output: [~], params: 61707}\n"
        "     |                               ^^^^^\n"
        "  most in `linear_1` 48,120 (78.0 %), `linear_2` 10,164 (16.5 %), "
        "`conv_2` 2,416 (3.9 %)\n"
        "  help: write `params: 61706` if the change is meant\n"
    )


@pytest.mark.parametrize("form", ["table", "plain", "markdown", "csv", "json"])
def test_a_failed_expectation_has_the_same_exit_code_in_every_format(
    run: Run, lenet: str, form: str
) -> None:
    whole = run("plan", lenet, "--format", form)
    Path(lenet).write_text(Path(lenet).read_text().replace("61706", "1"))
    failed = run("plan", lenet, "--format", form)
    assert (whole.code, failed.code) == (0, 1)
    assert whole.err == ""
    assert "error CC502 expected-params" in failed.err
    # The plan itself is as complete as it was, but for what it says of expectations.
    kept = [line for line in whole.out.splitlines() if "expect" not in line]
    assert kept == [line for line in failed.out.splitlines() if "expect" not in line]


def test_findings_as_json(run: Run, lenet: str) -> None:
    Path(lenet).write_text("convcalc: 1\ninput: [1, 8]\nlayers:\n  - conv: {out: 1, kk: 3}\n")
    result = run("plan", lenet, "--format", "json")
    assert (result.code, result.err) == (2, "")
    data = json.loads(result.out)
    assert data["version"] == 1
    first = data["problems"][0]
    assert {key: first[key] for key in ("file", "line", "column", "code", "slug")} == {
        "file": "lenet.net.yaml",
        "line": 4,
        "column": 20,
        "code": "CC923",
        "slug": "unknown-field",
    }


def test_all_findings_stand_in_file_order(run: Run, lenet: str) -> None:
    Path(lenet).write_text("convcalc: 1\ninput: [1, 8]\nlayers: [rleu, {thna: {}}, cnov: 3]\n")
    result = run("plan", lenet)
    assert result.code == 2
    assert re.findall(r"^lenet.net.yaml:3:(\d+): error CC922", result.err, re.M) == [
        "10",
        "17",
        "28",
    ]
    assert result.err.endswith("\n\nfound 3 errors\n")


@each(
    ("name", "message"),
    [
        pytest.param(
            "lenet5.net.yaml",
            "lenet5.net.yaml: error CC901 unreadable-file: no such file or directory\n"
            "  help: did you mean `lenet.net.yaml`?\n",
            id="missing, with a near name",
        ),
        pytest.param(
            "lenet",
            "lenet: error CC901 unreadable-file: no such file or directory\n"
            "  help: did you mean `lenet.net.yaml`?\n",
            id="missing, without its ending",
        ),
        pytest.param(
            "nowhere/x.net.yaml",
            "nowhere/x.net.yaml: error CC901 unreadable-file: no such file or directory\n",
            id="missing, in a missing folder",
        ),
        pytest.param(
            ".",
            ".: error CC901 unreadable-file: it is a directory\n  help: give one file\n",
            id="a directory",
        ),
        pytest.param(
            "a\x1b[31m\n.yaml",
            "a\\x1b[31m\\n.yaml: error CC901 unreadable-file: no such file or directory\n",
            id="a hostile name",
        ),
    ],
)
def test_a_file_that_cannot_be_read(run: Run, lenet: str, name: str, message: str) -> None:
    assert run("plan", name) == (2, "", message)


def test_no_more_than_the_limit_is_read(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    result = run("plan", "/dev/zero")
    assert result.code == 2
    assert "error CC903 file-too-large" in result.err


@each(
    ("options", "message"),
    [
        pytest.param(
            ["--format", "tabel"],
            "Invalid value for --format: there is no `tabel`; did you mean `table`?",
            id="format",
        ),
        pytest.param(
            ["--columns", "name,parms"],
            "Invalid value for --columns: there is no `parms`; did you mean `params`?",
            id="column",
        ),
        pytest.param(
            ["--count", "nrom"],
            "Invalid value for --count: there is no `nrom`; did you mean `norm`?",
            id="class",
        ),
        pytest.param(
            ["--dtype", "flaot16"],
            "Invalid value for --dtype: there is no `flaot16`; did you mean `float16`?",
            id="dtype",
        ),
        pytest.param(
            ["--color", "sometimes"],
            "Invalid value for --color: there is no `sometimes`; known here: always, auto, never",
            id="color",
        ),
        pytest.param(
            ["--input", "3xbig"],
            "Invalid value for --input: `3xbig` is no shape; write channels and sizes, "
            "as in 3x256x256, without the batch",
            id="shape",
        ),
        pytest.param(
            ["--input", "a=3x8", "--input", "a=3x8"],
            "Invalid value for --input: input `a` is given twice; give it once",
            id="input twice",
        ),
        pytest.param(
            ["--input", "3x8", "--input", "a=3x8"],
            "Invalid value for --input: `3x8` does not name its input; write NAME=3x8",
            id="input without its name",
        ),
        pytest.param(
            ["--set", "width"],
            "Invalid value for --set: `width` sets nothing; write NAME=NUMBER, as in width=32, "
            "width=0.25 or width=1/3",
            id="variable without a value",
        ),
        pytest.param(
            ["--set", "width=1_000"],
            "Invalid value for --set: `width=1_000` sets nothing; "
            "write NAME=NUMBER, as in width=32, width=0.25 or width=1/3",
            id="not an integer",
        ),
        pytest.param(
            ["--set", "a=1", "--set", "a=2"],
            "Invalid value for --set: variable `a` is set twice; set it once",
            id="variable twice",
        ),
        pytest.param(
            ["--batch", "0"],
            "Invalid value for --batch: wants an integer, 1 or more, got `0`; write --batch 8",
            id="batch of none",
        ),
        pytest.param(
            ["--batch", "٣"],
            "Invalid value for --batch: wants an integer, 1 or more, got `٣`; write --batch 8",
            id="digits of another script",
        ),
        pytest.param(
            ["--depth", "-1"],
            "Invalid value for --depth: wants an integer, 0 or more, got `-1`; write --depth 8",
            id="negative depth",
        ),
        pytest.param(
            ["--format", "json", "--depth", "0"],
            "--depth does not go with --format json; JSON always holds everything",
            id="json is never less than everything",
        ),
        pytest.param(
            ["--inptu", "3"], "there is no option --inptu; did you mean `--input`?", id="option"
        ),
        pytest.param(
            ["--input"], "Option '--input' requires an argument.", id="option without its value"
        ),
        pytest.param(
            ["--batch", "\x1b[31m"],
            "Invalid value for --batch: wants an integer, 1 or more, got `\\x1b[31m`; "
            "write --batch 8",
            id="hostile value",
        ),
    ],
)
def test_usage_errors(run: Run, lenet: str, options: list[str], message: str) -> None:
    result = run("plan", lenet, *options)
    assert result == (2, "", f"error: {message}\nhelp: convcalc plan --help\n")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        pytest.param(
            ["--set", "widht=3"],
            "lenet.net.yaml: error CC927 wrong-value: there is no variable `widht`\n"
            "  help: the file has no `vars`\n",
            id="unknown variable",
        ),
        pytest.param(
            ["--input", "3x8"],
            "lenet.net.yaml: error CC927 wrong-value: input `input` is declared as 1x32x32, "
            "so 3x8 has 2 axes instead of 3\n  help: give as many sizes as the file does\n",
            id="shape of another rank",
        ),
    ],
)
def test_overrides_that_do_not_fit_the_file(
    run: Run, lenet: str, options: list[str], message: str
) -> None:
    assert run("plan", lenet, *options) == (2, "", message)


def test_a_crowded_folder_proposes_no_name(
    run: Run, lenet: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "did you mean `lenet.net.yaml`?" in run("plan", "lenett.net.yaml").err
    # Only the name before the endings is like it.
    assert "did you mean `lenet.net.yaml`?" in run("plan", "lenet.onnx.backup").err
    monkeypatch.setattr("convcalc.document.file_bytes._MOST_NAMES", 0)
    assert run("plan", "lenett.net.yaml") == (
        2,
        "",
        "lenett.net.yaml: error CC901 unreadable-file: no such file or directory\n",
    )


def test_strict_makes_untold_figures_a_finding(run: Run, tmp_path: Path) -> None:
    text = "convcalc: 1\ninput: [4, 8, 8]\nlayers: [relu, {opaque: {output: [4, 8, 8], params: 3}}]"
    path = tmp_path / "net.net.yaml"
    path.write_text(text, encoding="utf-8")
    assert run("plan", str(path)).code == 0
    result = run("plan", str(path), "--strict")
    assert result.code == 1
    assert "CC434 untold-figures: `opaque_1` does not tell its `buffers`, `macs` and" in result.err
