"""`convcalc check` among other things than files: pipes, links, odd names, what cannot be read."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from convcalc.report import findings_formats
from tests.cli.checking import ERROR, Run, codes, write

pytestmark = pytest.mark.usefixtures("in_a_folder_of_its_own")


def test_pipes_sockets_devices_and_folders_never_hold_up(run: Run) -> None:
    import socket

    write(a=ERROR)
    os.mkfifo("pipe.net.yaml")
    with socket.socket(socket.AF_UNIX) as stream:
        stream.bind("socket.net.yaml")
        # In a folder, they are no files.
        assert codes(run("check", "--format", "concise")) == ["a.net.yaml CC502"]
        named = run(
            *("check", "pipe.net.yaml", "socket.net.yaml", "/dev/zero", "a.net.yaml"),
            *("--format", "concise"),
        )
    assert named.code == 2
    assert codes(named) == [
        "pipe.net.yaml CC901",
        "socket.net.yaml CC901",
        "/dev/zero CC901",
        "a.net.yaml CC502",
    ]
    assert "pipe.net.yaml: error CC901 unreadable-file: it is a pipe" in named.out


def test_names_that_drive_terminals_and_runners(run: Run) -> None:
    names = ["::error::x.net.yaml", "\x1b[31m.net.yaml", "a\n::error::b.net.yaml", "%0A.net.yaml"]
    for name in names:
        Path(name).write_text(ERROR)
    Path(os.fsdecode(b"\xff.net.yaml")).write_text(ERROR)
    for form in findings_formats():
        result = run("check", "--format", form)
        assert result.code == 1
        for line in result.out.splitlines():
            assert not line.startswith("::error::")
        assert "\x1b" not in result.out
        result.out.encode()
    assert run("check", "-v").code == 1


def test_a_broken_file_hides_nothing(run: Run) -> None:
    for number in range(30):
        Path(f"{number:03}.net.yaml").write_bytes(os.urandom(200) if number % 2 else b"[" * 300)
    write(zzz=ERROR)
    result = run("check", "--format", "concise", "--jobs", "2")
    assert result.code == 1
    assert "zzz.net.yaml CC502" in codes(result)
    assert {line.partition(":")[0] for line in result.out.splitlines() if " CC" in line} >= {
        f"{number:03}.net.yaml" for number in range(30)
    }


@pytest.mark.skipif(sys.platform == "win32", reason="folders in use cannot be removed there")
def test_a_working_directory_that_is_gone(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    result = run("check")
    monkeypatch.chdir(tmp_path)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("error: the working directory is gone")


def test_a_file_beyond_the_limit(run: Run) -> None:
    Path("big.net.yaml").write_bytes(b"# " + b"x" * (5 << 20))
    assert codes(run("check", "--format", "concise")) == ["big.net.yaml CC903"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_cannot_be_read_hides_nothing(run: Run) -> None:
    write(a=ERROR, closed__b=ERROR, c=ERROR, d=ERROR)
    os.chmod("closed", 0)
    os.chmod("c.net.yaml", 0)
    result = run("check", "--format", "concise")
    os.chmod("closed", 0o755)
    assert result.code == 2
    assert codes(result) == [
        "a.net.yaml CC502",
        "c.net.yaml CC901",
        "closed CC901",
        "d.net.yaml CC502",
    ]


@pytest.mark.thorough
@pytest.mark.skipif(shutil.which("sh") is None, reason="needs a shell")
def test_a_closed_pipe_is_no_failure() -> None:
    write(net=ERROR)
    command = f"{sys.executable} -m convcalc check; echo $? >&2"
    done = subprocess.run(
        ["sh", "-c", f"({command}) | true"], capture_output=True, timeout=60, check=False
    )
    assert done.stderr.strip() == b"1"
