"""`convcalc verify`: what it shows, chooses and refuses."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from convcalc.core.text import cells
from convcalc.kinds.conv import Conv
from tests.each import each

Run = Callable[..., Any]

LAYER = ("3x32x32", "conv", "8", "k3", "s2", "p1")


def test_a_layer_in_shorthand_shows_every_check(run: Run) -> None:
    result = run("verify", *LAYER, "--format", "table", "--only", "shape,params,macs,field,flip")
    assert result == (
        0,
        """\
3x32x32 conv 8 k3 s2 p1 · input 3x32x32 · batch 1 · seed 0

  read as 3 channels of 32x32 (without channels: @3x32x32)

  conv_1: conv, 3x32x32 → 8x16x16
     check   planned   measured  note
  ───────────────────────────────────────────────────────────────────────────────────────
  ✓  shape   8x16x16   8x16x16
  ✓  params  224       224
  ✓  macs    55,296    55,296
  ✓  field   3 /2 @-1  3 /2 @-1
  ✓  flip    equal     equal     cross-correlation is convolution with the kernel flipped

field  pixels /stride @first pixel that unit 0 sees

✓ all 5 checks of 1 layer held
""",
        "",
    )


def test_a_pipe_gets_a_line_a_layer_and_a_column_a_check(run: Run, lenet: str) -> None:
    result = run("verify", lenet, "--only", "shape,macs,finite")
    assert (result.code, result.err) == (0, "")
    lines = result.out.splitlines()
    assert [line.split() for line in (lines[2], lines[4], lines[5])] == [
        ["layer", "kind", "output", "MACs", "finite"],
        ["conv_1", "conv", "6x28x28", "ok", "117,600", "ok", "ok"],
        ["relu_1", "relu", "6x28x28", "ok", "ok"],
    ]
    assert lines[-1] == "ok all 29 checks of 12 layers held"


@pytest.mark.parametrize("steps", ["10", "3000000"])
def test_what_was_not_probed_does_not_fail_behind_it(run: Run, lenet: str, steps: str) -> None:
    """A dense layer said that it reads `a part` where no layer before it was probed."""
    result = run("verify", lenet, "--max-steps", steps)
    assert (result.code, result.err) == (0, "")
    assert "FAIL" not in result.out
    told = re.fullmatch(
        r"- ([0-9]+) of ([0-9]+) checks of 12 layers held, ([0-9]+) not compared "
        r"\(raise --max-steps\)",
        result.out.splitlines()[-1],
    )
    assert told is not None
    held, total, left = map(int, told.groups())
    assert held + left == total
    assert left > held


def test_csv_has_a_row_a_check(run: Run, lenet: str) -> None:
    result = run(
        "verify", lenet, "--only", "shape,macs", "--layer", "conv_2,relu_2", "--format", "csv"
    )
    assert result.out.splitlines() == [
        "layer,kind,check,planned,measured,verdict,note",
        "conv_2,conv,shape,16x10x10,16x10x10,ok,",
        "conv_2,conv,macs,240000,240000,ok,",
        "relu_2,relu,shape,16x10x10,16x10x10,ok,",
    ]


@pytest.mark.parametrize("width", [40, 80, 200])
def test_a_terminal_gets_a_table_of_its_width(
    run: Run, lenet: str, terminal: Callable[[int], None], width: int
) -> None:
    terminal(width)
    result = run("verify", lenet, "--color", "never")
    lines = result.out.splitlines()
    assert result.out.split()[:2] == ["LeNet-5", "·"]
    conv = next(line for line in lines if line.startswith("conv_2 "))
    assert ("16x10x10 ✓" in conv) is (width >= 80)
    assert "✓ 68 of 69 checks of 12 layers held, 1 not compared; " in " ".join(result.out.split())
    assert max(map(cells, lines)) <= width
    # The way is shown, and wiped.
    assert " 0/12" in result.err
    assert "conv_1" in result.err
    assert result.err.endswith("\x1b[2K")


def test_a_mismatch_shows_both_numbers_and_fails(
    run: Run, lenet: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    macs = Conv.macs
    monkeypatch.setattr(Conv, "macs", lambda self, x, output: macs(self, x, output) + 1)
    result = run("verify", lenet, "--format", "table", "--only", "macs")
    assert result.code == 1
    assert result.out.splitlines()[4:7] == [
        "conv_1      117,600 ✗",
        "  ✗ macs: planned 117,601, measured 117,600",
        "relu_1",
    ]
    assert result.out.endswith("\n\n✗ 2 of 5 checks failed, in 2 of 12 layers\n")
    plain = run("verify", lenet, "--only", "macs")
    assert plain.code == 1
    assert "  FAIL macs: planned 117,601, measured 117,600\n" in plain.out


def test_json_has_everything(run: Run, lenet: str) -> None:
    result = run("verify", lenet, "--format", "json", "--seed", "3")
    assert result.code == 0
    data = json.loads(result.out)
    assert {key: data[key] for key in ("version", "name", "inputs", "batch", "seed", "ok")} == {
        "version": 1,
        "name": "LeNet-5",
        "inputs": {"input": [1, 32, 32]},
        "batch": 1,
        "seed": 3,
        "ok": True,
    }
    assert data["checks"] == {"held": 68, "failed": 0, "not_compared": 1}
    conv = data["layers"][0]
    assert {key: conv[key] for key in ("name", "kind", "inputs", "output", "same_as", "ok")} == {
        "name": "conv_1",
        "kind": "conv",
        "inputs": [[1, 32, 32]],
        "output": [6, 28, 28],
        "same_as": None,
        "ok": True,
    }
    assert conv["checks"][0] == {
        "check": "shape",
        "planned": "6x28x28",
        "measured": "6x28x28",
        "ok": True,
        "note": None,
    }


def test_a_file_on_standard_input_with_another_input(run: Run) -> None:
    text = "convcalc: 1\nvars: {c: 2}\ninput: [3, 8, 8]\nlayers: [conv: {out: =c, k: 3}]\n"
    options = ("--input", "3x5x5", "--set", "c=4", "--batch", "2", "--only", "shape,macs")
    result = run("verify", "-", *options, stdin=text)
    assert [line.split() for line in result.out.splitlines()[5:7]] == [
        ["ok", "shape", "4x3x3", "4x3x3"],
        ["ok", "macs", "1,944", "1,944"],
    ]


def test_ascii(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("convcalc.cli.streams._has_unicode", lambda stream: False)
    result = run("verify", *LAYER, "--format", "table")
    assert result.code == 0
    assert result.out.isascii()
    assert "\n  ok  macs       55,296 " in result.out


@each(
    ("args", "message"),
    [
        pytest.param(
            [*LAYER, "--only", "shap"],
            "error: Invalid value for --only: there is no `shap`; did you mean `shape`?",
            id="no such check",
        ),
        pytest.param(
            ["lenet.net.yaml", "--layer", "con_1"],
            "error: Invalid value for --layer: no layer `con_1`; did you mean `conv_1`?",
            id="no such layer",
        ),
        pytest.param(
            [*LAYER, "--layer", "conv_1"],
            "error: --layer is for a network's file; leave it out",
            id="a layer of a layer",
        ),
        pytest.param(
            [*LAYER, "--max-memory", "lots"],
            "error: Invalid value for --max-memory: wants bytes, got `lots`; "
            "write --max-memory 4GB or --max-memory 512MiB",
            id="no memory",
        ),
        pytest.param(
            [*LAYER, "--format", "xml"],
            "error: Invalid value for --format: there is no `xml`; "
            "known here: csv, json, markdown, plain, table",
            id="no such format",
        ),
    ],
)
def test_usage_errors(run: Run, lenet: str, args: list[str], message: str) -> None:
    assert run("verify", *args) == (2, "", f"{message}\nhelp: convcalc verify --help\n")


def test_what_cannot_be_read_or_planned(run: Run) -> None:
    missing = run("verify", "missing.net.yaml")
    assert missing.code == 2
    assert missing.err == (
        "missing.net.yaml: error CC901 unreadable-file: no such file or directory\n"
    )
    unfit = run("verify", "3x4x4", "conv", "8", "k9")
    assert unfit.code == 2
    assert "kernel 9, but the padded input has only 4 on the height" in unfit.err


def test_too_large_for_the_machine(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "large.net.yaml"
    file.write_text("convcalc: 1\ninput: [3, 900000, 900000]\nlayers: [conv: {out: 64, k: 3}]\n")
    result = run("verify", str(file), "--max-memory", "4GB")
    assert (result.code, result.out) == (2, "")
    assert "error CC965 needs-memory: running `conv_1` needs " in result.err
    assert ", and may use 4 GB\n" in result.err
