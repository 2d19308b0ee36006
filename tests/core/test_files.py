"""Files are put in place whole, and nothing is left beside them, whoever ends the process when."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from convcalc.core.files import file_beside, put_off_end

WRITES = """
import os, signal, sys
from pathlib import Path
from convcalc.core.files import file_beside

target = Path(sys.argv[1])
# `nohup pytest` hands an ignored signal on.
signal.signal(getattr(signal, sys.argv[2]), signal.SIG_DFL)
with file_beside(target, b"new") as beside:
    os.kill(os.getpid(), getattr(signal, sys.argv[2]))
    os.replace(beside, target)
print("not reached")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="has no signals that end a process")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_told_to_end_it_ends_with_nothing_left(tmp_path: Path, name: str) -> None:
    target = tmp_path / "a.net.yaml"
    target.write_bytes(b"old")
    done = subprocess.run(
        [sys.executable, "-c", WRITES, str(target), name],
        capture_output=True,
        timeout=60,
        check=False,
    )
    number = getattr(signal, name)
    assert (done.returncode, done.stdout) == (-number, b"")
    assert [file.name for file in tmp_path.iterdir()] == ["a.net.yaml"]
    assert target.read_bytes() == b"new"


def test_an_error_in_between_leaves_the_old_file_alone(tmp_path: Path) -> None:
    target = tmp_path / "a.net.yaml"
    target.write_bytes(b"old")

    with pytest.raises(ZeroDivisionError), file_beside(target, b"new"):
        raise ZeroDivisionError
    assert [file.name for file in tmp_path.iterdir()] == ["a.net.yaml"]
    assert target.read_bytes() == b"old"


@pytest.mark.skipif(sys.platform == "win32", reason="has no signals that end a process")
def test_what_ends_the_process_is_put_off(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[int] = []
    monkeypatch.setattr("os.kill", lambda _, number: ended.append(number))
    mine: list[int] = []
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGHUP, lambda number, _: mine.append(number))
        with put_off_end():
            assert signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL
            signal.raise_signal(signal.SIGTERM)
            signal.raise_signal(signal.SIGHUP)
            assert (ended, mine) == ([], [signal.SIGHUP])
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
        assert (ended, mine) == ([signal.SIGTERM], [signal.SIGHUP])
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def test_beside_the_main_thread_nothing_is_put_off() -> None:
    done: list[str] = []

    def write() -> None:
        with put_off_end():
            done.append("written")

    thread = threading.Thread(target=write)
    thread.start()
    thread.join()
    assert done == ["written"]
