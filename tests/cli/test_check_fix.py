"""`check --fix` in files that must not be written, or not like that."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from convcalc.features.check import one_file
from convcalc.features.check.inspecting import inspect

Run = Callable[..., Any]

NET = "convcalc: 1\ninput: [3, 8, 8]\nlayers:\n  - conv: {out: 4, k: 3}\n  - batch_norm\n"
FIXED = NET.replace("k: 3", "k: 3, bias: false")


@pytest.fixture
def net(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = Path("a.net.yaml")
    path.write_text(NET)
    return path


def test_a_fix_keeps_mode_line_ends_and_mark(run: Run, net: Path) -> None:
    net.write_bytes(b"\xef\xbb\xbf" + NET.replace("\n", "\r\n").encode())
    net.chmod(0o600)
    assert run("check", "a.net.yaml", "--fix").code == 0
    assert net.read_bytes() == b"\xef\xbb\xbf" + FIXED.replace("\n", "\r\n").encode()
    assert net.stat().st_mode & 0o7777 == 0o600
    assert os.listdir() == ["a.net.yaml"]


def test_a_read_only_file_is_left_alone_and_the_next_is_fixed(run: Run, net: Path) -> None:
    Path("b.net.yaml").write_text(NET)
    net.chmod(0o444)
    result = run("check", "a.net.yaml", "b.net.yaml", "--fix")
    assert result.code == 2
    assert "a.net.yaml is read-only" in result.out
    # What is not repaired is still told, and what is repaired no more.
    assert "a.net.yaml:4:5: warning CC405" in result.out
    assert "b.net.yaml" not in result.out
    assert (net.read_text(), Path("b.net.yaml").read_text()) == (NET, FIXED)


def test_a_link_is_not_written_through(run: Run, net: Path) -> None:
    os.symlink("a.net.yaml", "link.net.yaml")
    result = run("check", "link.net.yaml", "--fix")
    assert result.code == 2
    assert "is a link, and links are not written through" in result.out
    assert net.read_text() == NET


def test_what_somebody_wrote_meanwhile_stays(
    run: Run, net: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_one = one_file.check_one

    def slowly(*args: Any) -> Any:
        outcome = check_one(*args)
        net.write_text(NET + "# mine\n")
        return outcome

    monkeypatch.setattr("convcalc.features.check.running.check_one", slowly)
    result = run("check", "a.net.yaml", "--fix")
    assert result.code == 2
    assert "a.net.yaml has changed since it was read" in result.out
    assert net.read_text() == NET + "# mine\n"


def test_a_fix_that_would_break_an_expectation_is_not_made(run: Run, net: Path) -> None:
    # 3*9*4 + 4 = 112, and twice 4 for the norm: 120 with the bias.
    net.write_text(NET + "expect: {params: 120}\n")
    before = net.read_text()
    result = run("check", "a.net.yaml", "--fix")
    assert (result.code, net.read_text()) == (0, before)
    assert (
        "  help: write `bias: false`; not done by itself: "
        "it would break the expectation params of the network\n"
    ) in result.out
    # The finding beside it is repaired all the same, and this one still says why.
    net.write_text(before.replace("layers:", "vars: {unused: 1}\nlayers:"))
    result = run("check", "a.net.yaml", "--fix")
    assert (result.code, net.read_text()) == (0, before)
    assert "not done by itself" in result.out


def test_what_fix_will_do_is_what_it_does(run: Run, net: Path) -> None:
    """120 parameters are expected and there: without the bias that the norm takes out, 116."""
    net.write_text(NET.replace("layers", "expect: {params: 120}\nlayers"))
    assert "CC405" in run("check").out
    assert run("check").err == ""
    assert "it would break the expectation params" in run("check", "--fix").out
    net.write_text(NET)
    assert run("check").err == "--fix repairs 1 finding\n"


@pytest.mark.parametrize(("most", "said"), [(1, "1 finding"), (0, "up to 1 finding")])
def test_of_so_many_files_repairs_are_tried(
    most: int, said: str, run: Run, net: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("convcalc.features.check.writing.MOST_TRIED", most)
    assert run("check", str(net)).err.endswith(f"--fix repairs {said}\n")


def test_no_text_is_looked_at_twice(run: Run, net: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """15,000 fixes took 11 s: the file and its repair were each put to every rule twice."""
    seen: list[bytes] = []

    def inspected(data: bytes, *args: Any, **more: Any) -> Any:
        seen.append(data)
        return inspect(data, *args, **more)

    monkeypatch.setattr("convcalc.features.check.one_file.inspect", inspected)
    assert "bias: false" in run("check", "a.net.yaml", "--diff").out
    assert seen == [NET.encode(), FIXED.encode()]


def test_a_diff_of_nothing_says_so(run: Run, net: Path) -> None:
    net.write_text(NET.replace("batch_norm", "batchnorm"))
    result = run("check", "a.net.yaml", "--diff")
    assert (result.code, result.out) == (1, "")
    assert result.err == "no repair of 1 finding; it is told without --diff\n"


def test_comments_on_lines_of_their_own_outlive_what_is_removed(run: Run, net: Path) -> None:
    kept = "convcalc: 1\ninput: [3, 8, 8]\nlayers:\n  - relu  # first\n  # why a second\n"
    end = "  # the end\n  - conv: {out: 4, k: 3}\n"
    net.write_text(f"{kept}  - relu  # second\n{end}")
    assert run("check", "a.net.yaml", "--fix", "--unsafe-fixes").code == 0
    assert net.read_text() == kept + end
