"""`convcalc convert`: what it writes where, and its exit codes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import convcalc
from tests.configs import CONFIGS

Run = Callable[..., Any]


def test_the_file_is_written_once_and_whole(ask: Run, tmp_path: Path) -> None:
    target = tmp_path / "fcn.net.yaml"
    line = f"convert {CONFIGS['lenet5']} --dense-to-conv --output {target}"
    result = ask(f"{line} --input 1x64x64")
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith("3 dense layers written as convolutions, the same numbers\n")
    assert "  output  1x32x32 gives 10x1x1 (was 10)\n          1x64x64 gives 10x9x9\n" in result.out
    written = target.read_text()
    assert ask(f"plan {target} --format json").code == 0
    again = ask(line)
    assert (again.code, again.out) == (2, "")
    assert again.err == f"error: {target} exists\nhelp: --force overwrites it\n"
    assert target.read_text() == written
    assert ask(f"{line} --force").code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fcn.net.yaml"]


def test_without_a_file_the_stack_is_the_answer(ask: Run) -> None:
    result = ask(f"convert {CONFIGS['lenet5']} --dense-to-conv")
    assert result.code == 0
    assert convcalc.plan(convcalc.loads(result.out)).totals.params == 61706
    assert result.err.startswith("3 dense layers written as convolutions")
    data = json.loads(ask(f"convert {CONFIGS['lenet5']} --dense-to-conv --format json").out)
    assert data["text"] == result.out


@pytest.mark.parametrize(
    ("line", "code", "message"),
    [
        ("", 2, "give --dense-to-conv or --conv-to-dense LAYER"),
        ("--dense-to-conv --conv-to-dense conv_1", 2, "give --dense-to-conv or"),
        ("--conv-to-dense conv_1 -o x.yaml", 2, "goes with --dense-to-conv only"),
        ("--dense-to-conv -o /nowhere/x.yaml", 2, "cannot be written: no such file or directory"),
        ("--dense-to-conv --input 1x2", 2, "instead of 3"),
    ],
)
def test_bad_usage(ask: Run, line: str, code: int, message: str) -> None:
    result = ask(f"convert {CONFIGS['lenet5']} {line}")
    assert result.code == code
    assert message in result.err


def test_nothing_to_convert_is_a_finding(ask: Run) -> None:
    result = ask(f"convert {CONFIGS['unet']} --dense-to-conv")
    assert (result.code, result.out) == (2, "")
    head, *_, help = result.err.rstrip().splitlines()
    assert head.startswith(f"{CONFIGS['unet']}:")
    assert head.endswith(": error CC927 wrong-value: the network has no dense layer")
    assert help == "  help: it takes maps of other sizes as it is; `convcalc sizes` lists them"
