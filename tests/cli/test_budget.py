"""`convcalc budget`: what it writes, what it says, and its exit codes."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.importers.onnx_bytes import model, node

Run = Callable[..., Any]

# 3*3*3*8 + 8 = 224 parameters, 194,400 MACs, a field of 3 pixels.
NET = "convcalc: 1\ninput: [3, 32, 32]\nlayers:\n  - conv: {out: 8, k: 3}  # kept\n"
LIMITED = NET + "expect:\n  params: {max: 246}\n  macs: {max: 213K}\n"
TABLE = """\

  figure    today  before  now          change
  ────────────────────────────────────────────
  params      224  -       {max: 246}   added
  macs    194,400  -       {max: 213K}  added

"""
ONLY = ("--only", "params,macs")


@pytest.fixture
def net(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = Path("a.net.yaml")
    path.write_text(NET)
    return path


def test_it_writes_limits_and_says_which(run: Run, net: Path) -> None:
    assert run("budget", "a.net.yaml", *ONLY) == (0, f"a.net.yaml\n{TABLE}  wrote 2 limits\n", "")
    assert net.read_text() == LIMITED
    assert run("plan", "a.net.yaml").code == 0


def test_memory_is_shown_as_a_plan_shows_it(run: Run, net: Path) -> None:
    # Input 3*32*32, output 8*30*30 and 224 parameters, 4 B each: 41,984 B, 41 KiB.
    row = "  memory  41.00 KiB  -       {max: 45KiB}  added"
    only = ("--only", "memory", "--check")
    assert row in run("budget", "a.net.yaml", *only).out.splitlines()
    assert "inference  41.00 KiB:" in run("plan", "a.net.yaml").out
    (file,) = json.loads(run("budget", "a.net.yaml", *only, "--format", "json").out)["files"]
    assert file["figures"][0]["today"] == 41_984


def test_the_second_time_there_is_nothing_to_write(run: Run, net: Path) -> None:
    net.write_text(LIMITED)
    before = net.stat().st_mtime_ns
    result = run("budget", "a.net.yaml", *ONLY)
    assert (result.code, result.err) == (0, "")
    assert result.out.endswith("  nothing to write: every limit is as it should be\n")
    assert (net.read_text(), net.stat().st_mtime_ns) == (LIMITED, before)


def test_a_check_writes_nothing(run: Run, net: Path) -> None:
    result = run("budget", "a.net.yaml", *ONLY, "--check")
    assert result == (1, f"a.net.yaml\n{TABLE}  would write 2 limits\n", "")
    assert net.read_text() == NET
    net.write_text(LIMITED)
    assert run("budget", "a.net.yaml", *ONLY, "--check").code == 0


def test_a_diff_writes_nothing(run: Run, net: Path) -> None:
    result = run("budget", "a.net.yaml", *ONLY, "--diff")
    assert (result.code, result.err) == (1, f"a.net.yaml\n{TABLE}  would write 2 limits\n")
    assert result.out == (
        "--- a.net.yaml\n+++ a.net.yaml\n@@ -2,3 +2,6 @@\n input: [3, 32, 32]\n layers:\n"
        "   - conv: {out: 8, k: 3}  # kept\n"
        "+expect:\n+  params: {max: 246}\n+  macs: {max: 213K}\n"
    )
    assert net.read_text() == NET


def test_standard_input_comes_back_limited(run: Run, net: Path) -> None:
    result = run("budget", "-", *ONLY, "--stdin-filename", "x.net.yaml", stdin=NET)
    assert (result.code, result.out) == (0, LIMITED)
    assert result.err == f"x.net.yaml\n{TABLE}  wrote 2 limits\n"


def test_folders_are_searched_and_one_bad_file_stops_no_other(run: Run, net: Path) -> None:
    Path("nets").mkdir()
    for name in ("b", "d"):
        Path(f"nets/{name}.net.yaml").write_text(NET)
    Path("nets/c.net.yaml").write_text("convcalc: 1\n")
    result = run("budget", "a.net.yaml", "nets", *ONLY)
    assert result.code == 2
    assert [line for line in result.out.splitlines() if line.endswith(".yaml")] == [
        "a.net.yaml", "nets/b.net.yaml", "nets/d.net.yaml",
    ]  # fmt: skip
    assert "nets/c.net.yaml:1:1: error CC924 missing-field" in result.err
    assert result.err.endswith("wrote 3 of 4 files\n")
    assert Path("nets/d.net.yaml").read_text() == LIMITED
    assert Path("nets/c.net.yaml").read_text() == "convcalc: 1\n"


def test_a_model_file_takes_no_limits(run: Run, net: Path) -> None:
    Path("net.onnx").write_bytes(model([node("Relu", ["x"], ["y"])], {"x": [1, 3]}, ["y"], {}))
    result = run("budget", "net.onnx", "a.net.yaml", *ONLY)
    assert result.code == 2
    assert (
        "it is a model file of another program, into which no limits can be written" in result.err
    )
    assert "put them into convcalc.toml, in a `[[budget]]` for its path" in result.err
    assert net.read_text() == LIMITED


def test_a_broken_configuration_is_told_of(run: Run, net: Path) -> None:
    Path("convcalc.toml").write_text("select = 1\n")
    result = run("budget", "a.net.yaml", *ONLY)
    assert result.code == 2
    assert "convcalc.toml" in result.err
    assert "bad-configuration" in result.err


def test_an_expectation_that_fails_keeps_everything_from_being_written(run: Run, net: Path) -> None:
    text = NET + "expect: {stride: 2}\n"
    net.write_text(text)
    result = run("budget", "a.net.yaml", *ONLY)
    assert (result.code, result.out) == (1, "")
    assert result.err.startswith(
        "a.net.yaml:5:18: error CC506 expected-stride: stride of the network: expected 2, got 1"
    )
    assert result.err.endswith(
        "  help: nothing was written; correct the expectation, or let --update rewrite it\n"
    )
    assert net.read_text() == text
    # What it says is true.
    assert run("budget", "a.net.yaml", "--only", "params,stride", "--update").code == 0
    assert "stride: 1" in net.read_text()


def test_json(run: Run, net: Path) -> None:
    Path("b.net.yaml").write_text("[")
    result = run("budget", "a.net.yaml", "b.net.yaml", "--only", "params", "--format", "json")
    assert (result.code, result.err) == (2, "")
    data = json.loads(result.out)
    assert data["version"] == 1
    first, second = data["files"]
    assert first == {
        "file": "a.net.yaml",
        "changed": True,
        "written": True,
        "figures": [
            {"layer": "", "figure": "params", "today": 224, "before": None,
             "now": "{max: 246}", "change": "added", "reason": None}
        ],
        "problems": [],
        "error": None,
        "diff": None,
    }  # fmt: skip
    assert second["problems"][0].startswith("b.net.yaml:1:1: error CC904 yaml-syntax")
    assert (second["figures"], second["written"]) == ([], False)


USAGE = [
    pytest.param(
        ["--slack", "lots"],
        "Invalid value for --slack: wants a percentage from 0 to 1000, got `lots`; "
        "write --slack 10%",
        id="no slack",
    ),
    pytest.param(
        ["--only", "parms"],
        "Invalid value for --only: there is no `parms`; did you mean `params`?",
        id="no figure",
    ),
    pytest.param(
        ["--check", "--diff"],
        "--diff does not go with --check; --diff writes nothing either",
        id="check and diff",
    ),
]


@pytest.mark.parametrize(("options", "message"), USAGE)
def test_usage(run: Run, net: Path, options: list[str], message: str) -> None:
    result = run("budget", "a.net.yaml", *options)
    assert result == (2, "", f"error: {message}\nhelp: convcalc budget --help\n")
    assert net.read_text() == NET


def test_figures_may_be_written_with_hyphens(run: Run, net: Path) -> None:
    assert run("budget", "a.net.yaml", "--only", "receptive-field").code == 0
    assert net.read_text() == NET + "expect:\n  receptive_field: {min: 3}\n"


def test_a_read_only_file_is_explained(run: Run, net: Path) -> None:
    net.chmod(0o444)
    result = run("budget", "a.net.yaml", *ONLY)
    assert (result.code, result.out) == (2, f"a.net.yaml\n{TABLE}  nothing was written\n")
    assert result.err == "error: a.net.yaml is read-only\nhelp: chmod u+w a.net.yaml\n"
    assert net.read_text() == NET


def test_links_are_not_written_through(run: Run, net: Path, tmp_path: Path) -> None:
    Path("inside").mkdir()
    os.symlink("../a.net.yaml", "inside/link.net.yaml")
    result = run("budget", "inside/link.net.yaml", *ONLY)
    assert (result.code, net.read_text()) == (2, NET)
    assert "is a link, and links are not written through" in result.err
    # A link out of a folder is not even looked at.
    assert run("budget", "inside", *ONLY) == (0, "", "no network file was found\n")


def test_a_missing_file(run: Run, net: Path) -> None:
    result = run("budget", "b.net.yaml")
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith(
        "b.net.yaml: error CC901 unreadable-file: no such file or directory"
    )


def test_line_ends_and_the_mark_stay(run: Run, net: Path) -> None:
    net.write_bytes(b"\xef\xbb\xbf" + NET.replace("\n", "\r\n").encode())
    assert run("budget", "a.net.yaml", *ONLY).code == 0
    assert net.read_bytes() == b"\xef\xbb\xbf" + LIMITED.replace("\n", "\r\n").encode()


def test_hostile_names_reach_no_terminal(run: Run, net: Path) -> None:
    name = "\x1b[31m::error::.net.yaml"
    Path(name).write_text(NET)
    result = run("budget", name, *ONLY, "--diff")
    assert "\x1b" not in result.out + result.err
    assert result.out.startswith("--- \\x1b[31m::error::.net.yaml\n")
