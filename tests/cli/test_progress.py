"""How far a command is: on a terminal, after a while, and gone in the end."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from convcalc.cli import streams
from convcalc.cli.progress import LayerProgress, Progress

NET = "convcalc: 1\ninput: [3, 8, 8]\nlayers: [relu]\n"


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    texts: list[str] = []
    monkeypatch.setattr(streams, "say", texts.append)
    monkeypatch.setattr(streams, "is_terminal", lambda stream: True)
    return texts


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    now = [0.0]
    monkeypatch.setattr("convcalc.cli.progress.time.monotonic", lambda: now[0])
    return lambda seconds: now.__setitem__(0, now[0] + seconds)


def test_a_bar_that_grows_and_goes(said: list[str], clock: Callable[[float], None]) -> None:
    with Progress(2000) as bar:
        bar(1)
        clock(0.6)
        bar(1000)
        bar(1001)
        clock(0.2)
        bar(2000)
    assert said == [
        f"\r[{'=' * 15}{' ' * 15}] 1,000/2,000",
        f"\r[{'=' * 30}] 2,000/2,000",
        f"\r{' ' * 44}\r",
    ]
    assert len(said[1]) <= len(said[2])


def test_the_layer_that_runs(said: list[str], clock: Callable[[float], None]) -> None:
    with LayerProgress() as shown:
        shown(0, 12, "stage4.long_name")
        shown(1, 12, "too_soon")
        clock(0.2)
        shown(11, 12, "fc\x1b")
        clock(0.2)
        shown(12, 12, "")
    assert said == ["\r1/12 stage4.long_name", "\r12/12 fc\\x1b         ", f"\r{' ' * 21}\r"]


def test_no_bar_for_short_work(said: list[str], clock: Callable[[float], None]) -> None:
    with Progress(3) as bar:
        clock(0.4)
        bar(3)
    assert said == []


def test_no_bar_where_nobody_watches(
    said: list[str], clock: Callable[[float], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "is_terminal", lambda stream: False)
    with Progress(3) as bar:
        clock(9)
        bar(3)
    assert said == []


@pytest.mark.skipif(sys.platform == "win32", reason="needs a terminal of its own")
def test_on_a_terminal_it_says_that_all_is_well(tmp_path: Path) -> None:
    import pty
    import subprocess

    (tmp_path / "a.net.yaml").write_text(NET)
    ours, theirs = pty.openpty()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "convcalc", "check"],
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=theirs,
            timeout=60,
            check=False,
        )
        os.close(theirs)
        assert (done.returncode, done.stdout) == (0, b"")
        assert os.read(ours, 1000) == b"1 file passed\r\n"
    finally:
        os.close(ours)
