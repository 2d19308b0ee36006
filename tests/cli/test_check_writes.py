"""`convcalc check --fix` and `--diff` as they are typed: what is written, and what is left."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from tests.cli.checking import CLEAN, WARNING, Run, codes, write

pytestmark = pytest.mark.usefixtures("in_a_folder_of_its_own")


def test_diff_shows_and_changes_nothing(run: Run) -> None:
    write(net=WARNING)
    result = run("check", "--diff")
    assert (result.code, result.err) == (1, "")
    assert result.out == (
        "--- net.net.yaml\n+++ net.net.yaml\n@@ -1,5 +1,5 @@\n convcalc: 1\n"
        " input: [3, 32, 32]\n layers:\n-  - conv: {out: 16, k: 3}\n"
        "+  - conv: {out: 16, k: 3, bias: false}\n   - batch_norm\n"
    )
    assert Path("net.net.yaml").read_text() == WARNING


def test_fix_writes_and_keeps_the_rest_of_the_file(run: Run) -> None:
    text = "\ufeff" + WARNING.replace("\n", "  # kept\r\n")
    Path("net.net.yaml").write_bytes(text.encode())
    os.chmod("net.net.yaml", 0o640)
    assert run("check", "--fix", "--fail-on", "info") == (0, "", "fixed 1 finding\n")
    fixed = text.replace("k: 3}", "k: 3, bias: false}")
    assert Path("net.net.yaml").read_bytes() == fixed.encode()
    assert stat.S_IMODE(os.stat("net.net.yaml").st_mode) == 0o640
    assert os.listdir() == ["net.net.yaml"]


def test_fix_leaves_findings_that_have_no_fix(run: Run) -> None:
    write(net=WARNING + "expect: {params: 1}\n")
    result = run("check", "--fix", "--format", "concise")
    assert (result.code, result.err) == (1, "fixed 1 finding\n")
    assert codes(result) == ["net.net.yaml CC502"]


def test_fix_of_standard_input(run: Run) -> None:
    result = run("check", "-", "--fix", "--format", "concise", stdin=WARNING)
    fixed = WARNING.replace("k: 3}", "k: 3, bias: false}")
    assert result == (0, fixed, "fixed 1 finding\n")
    assert run("check", "-", "--fix", stdin=CLEAN) == (0, CLEAN, "")


def test_fix_does_not_touch_what_comments_ignore(run: Run) -> None:
    write(net=WARNING.replace("k: 3}", "k: 3}  # convcalc: ignore[CC405]"))
    before = Path("net.net.yaml").read_text()
    assert run("check", "--fix") == (0, "", "")
    assert Path("net.net.yaml").read_text() == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_fix_where_nothing_can_be_written(run: Run) -> None:
    write(nets__a=WARNING, b=WARNING)
    os.chmod("nets", 0o555)
    try:
        result = run("check", "--fix", "--format", "concise")
    finally:
        os.chmod("nets", 0o755)
    assert (result.code, result.err) == (2, "fixed 1 finding\n")
    assert codes(result) == ["nets/a.net.yaml CC901", "nets/a.net.yaml CC405"]
    assert Path("nets/a.net.yaml").read_text() == WARNING


def test_fix_that_cannot_be_written(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from convcalc.features.check.replacing import ReplaceError

    def refuse(path: str, before: bytes, after: bytes) -> None:
        raise ReplaceError(f"{path} cannot be written: no space left on device")

    write(net=WARNING)
    monkeypatch.setattr("convcalc.features.check.checking.replace_file", refuse)
    result = run("check", "--fix", "--format", "concise")
    assert (result.code, result.err) == (2, "")
    assert "net.net.yaml cannot be written: no space left on device" in result.out
