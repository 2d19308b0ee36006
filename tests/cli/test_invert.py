"""`convcalc invert` at the command line: what is a file, and what is a layer."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.each import each

Run = Callable[..., Any]


@pytest.mark.parametrize(
    ("word", "finding"),
    [
        pytest.param(
            "a" * 300,
            f"{'a' * 300}: error CC901 unreadable-file: file name too long",
            id="too long for a file",
        ),
        pytest.param(
            "nets/missing", "nets/missing: error CC901 unreadable-file: no such", id="a path"
        ),
        pytest.param("missing.yaml", "missing.yaml: error CC901 unreadable-file", id="a YAML file"),
        pytest.param(
            "folder", "folder: error CC901 unreadable-file: it is a directory", id="a folder"
        ),
    ],
)
def test_what_is_no_file_is_a_finding(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, word: str, finding: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    result = run("invert", word)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith(finding)


@each("name", ["Réseau 🎉", "畳み込み", 'a "b" \\\\ c', "x: # y", "~", "a\\u200db"])
def test_the_mirrored_network_bears_any_name(run: Run, name: str) -> None:
    text = f"convcalc: 1\nname: '{name}'\ninput: [3, 9, 9]\nlayers: [conv: {{out: 4, k: 3}}]\n"
    mirrored = run("invert", "-", "--yaml", stdin=text)
    assert (mirrored.code, mirrored.err) == (0, "")
    assert run("plan", "-", stdin=mirrored.out).out.startswith(f"{name}, mirrored · 1 layer · ")


def test_a_pipe_is_a_file(run: Run, lenet: str) -> None:
    """As in `convcalc invert <(...)`."""
    os.mkfifo("pipe")
    text = Path(lenet).read_text()
    writer = threading.Thread(target=lambda: Path("pipe").write_text(text))
    writer.start()
    result = run("invert", "pipe")
    writer.join()
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith("LeNet-5: 12 of 12 layers have an inverse\n")
