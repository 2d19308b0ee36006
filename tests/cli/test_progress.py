"""How far a command is: on a terminal, after a while, and gone in the end."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from convcalc.cli import streams
from convcalc.cli.progress import Progress

NET = "convcalc: 1\ninput: [3, 8, 8]\nlayers: [relu]\n"


Said = Callable[[], str]


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Said:
    """What was written to standard error, which looks like a terminal of 80 columns."""
    monkeypatch.setattr(streams, "is_terminal", lambda stream: True)
    for name, value in (("FORCE_COLOR", "1"), ("TERM", "xterm"), ("COLUMNS", "80")):
        monkeypatch.setenv(name, value)
    return lambda: capsys.readouterr().err


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    now = [0.0]
    monkeypatch.setattr("convcalc.cli.progress.time.monotonic", lambda: now[0])
    return lambda seconds: now.__setitem__(0, now[0] + seconds)


def drawings(said: str) -> list[str]:
    """The lines that were drawn, one over the other, without colours."""
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", said)
    lines = re.split(r"[\r\n]+", text)
    return [line.rstrip() for line in lines if line.strip()]


def test_a_bar_that_grows_and_goes(terminal: Said, clock: Callable[[float], None]) -> None:
    with Progress(2000) as bar:
        bar(1)
        clock(0.6)
        bar(1000)
        bar(1001)
        clock(0.2)
        bar(2000)
    said = terminal()
    counts = [match[0] for line in drawings(said) if (match := re.search(r"\d+/2000", line))]
    assert list(dict.fromkeys(counts)) == ["1000/2000", "2000/2000"]
    # The line is wiped and the cursor comes back.
    assert said.endswith("\x1b[2K")
    assert said.count("\x1b[?25h") == 1


def test_the_layer_that_runs(terminal: Said, clock: Callable[[float], None]) -> None:
    with Progress(delay=0) as bar:
        bar(0, 12, "stage4.[red]long[/]")
        bar(1, 12, "too_soon")
        clock(0.2)
        bar(11, 12, "fc\x1b\n" + "x" * 200)
    shown = drawings(terminal())
    assert any("0/12" in line and line.endswith("stage4.[red]long[/]") for line in shown)
    assert any("11/12" in line and "fc\\x1b\\n" in line for line in shown)
    assert all(len(line) <= 80 and "too_soon" not in line for line in shown)


def test_no_bar_for_short_work(terminal: Said, clock: Callable[[float], None]) -> None:
    with Progress(3) as bar:
        clock(0.4)
        bar(3)
    assert terminal() == ""


def test_no_bar_where_nobody_watches(
    terminal: Said, clock: Callable[[float], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "is_terminal", lambda stream: False)
    with Progress(3) as bar:
        clock(9)
        bar(3)
    assert terminal() == ""


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
        # Where starting takes long, a progress bar was drawn before, and cleared.
        assert os.read(ours, 10_000).endswith(b"1 file passed\r\n")
    finally:
        os.close(ours)
