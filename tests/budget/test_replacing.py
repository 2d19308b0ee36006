"""Files changed in place: the old bytes or the new ones, and never another file."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from convcalc.features.check.replacing import ReplaceError, replace_file

OLD, NEW = b"old\n", b"new and longer\r\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a.net.yaml"
    path.write_bytes(OLD)
    return path


def refused(path: Path | str, before: bytes = OLD) -> tuple[str, str]:
    with pytest.raises(ReplaceError) as caught:
        replace_file(str(path), before, NEW)
    return str(caught.value), caught.value.help


def test_the_bytes_are_replaced_and_nothing_is_left_beside(file: Path) -> None:
    replace_file(str(file), OLD, NEW)
    assert file.read_bytes() == NEW
    assert os.listdir(file.parent) == ["a.net.yaml"]


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o755, 0o664])
def test_the_mode_stays(file: Path, mode: int) -> None:
    file.chmod(mode)
    replace_file(str(file), OLD, NEW)
    assert file.stat().st_mode & 0o7777 == mode


def test_a_read_only_file_is_left_alone(file: Path) -> None:
    file.chmod(0o444)
    assert refused(file) == (f"{file} is read-only", f"chmod u+w {file}")
    assert file.read_bytes() == OLD


def test_a_link_is_not_written_through(file: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.net.yaml"
    link.symlink_to(file)
    assert refused(link) == (
        f"{link} is a link, and links are not written through",
        f"name {file}",
    )
    assert (file.read_bytes(), link.is_symlink()) == (OLD, True)


def test_a_folder_or_a_pipe_is_no_file(tmp_path: Path) -> None:
    assert refused(tmp_path)[0] == f"{tmp_path} is no plain file"
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert refused(pipe) == (f"{pipe} is no plain file", "only files are changed in place")


def test_a_file_that_has_gone(tmp_path: Path) -> None:
    assert refused(tmp_path / "no\n") == (
        f"{tmp_path}/no\\n cannot be written: no such file or directory",
        "",
    )


@pytest.mark.parametrize("now", [b"", b"old", b"old\nand more", b"odd\n"])
def test_what_somebody_else_wrote_meanwhile_stays(file: Path, now: bytes) -> None:
    file.write_bytes(now)
    assert refused(file) == (f"{file} has changed since it was read", "run the command again")
    assert file.read_bytes() == now


def test_a_folder_that_takes_no_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tempfile.mkstemp", fail)
    assert refused(file)[0] == f"{file} cannot be written: permission denied"


@pytest.mark.parametrize("step", ["os.fsync", "os.chmod", "os.replace"])
@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError(28, "No space left on device")])
def test_an_interruption_leaves_the_old_file(
    file: Path, monkeypatch: pytest.MonkeyPatch, step: str, error: BaseException
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(step, fail)
    with pytest.raises((KeyboardInterrupt, ReplaceError)):
        replace_file(str(file), OLD, NEW)
    assert file.read_bytes() == OLD
    assert os.listdir(file.parent) == ["a.net.yaml"]


@pytest.mark.thorough
def test_a_killed_process_leaves_one_of_both(file: Path) -> None:
    code = (
        "import itertools, sys\n"
        "from convcalc.features.check.replacing import replace_file\n"
        "texts = [b'a' * 300_000, b'b' * 400_000]\n"
        "print('ready', flush=True)\n"
        "for n in itertools.count():\n"
        "    replace_file(sys.argv[1], texts[n % 2], texts[1 - n % 2])\n"
    )
    whole = {b"a" * 300_000, b"b" * 400_000}
    for turn in range(20):
        file.write_bytes(b"a" * 300_000)
        process = subprocess.Popen([sys.executable, "-c", code, str(file)], stdout=subprocess.PIPE)
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        time.sleep(0.001 * turn)
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        process.stdout.close()
        assert file.read_bytes() in whole
