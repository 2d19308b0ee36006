"""A terminal that is none, and a network to give to commands."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

CONFIGS = Path(__file__).parents[2] / "examples" / "configs"

LENET = """\
convcalc: 1
name: LeNet-5
input: [1, 32, 32]
layers:
  - conv: {out: 6, k: 5}
  - relu
  - avg_pool: 2
  - conv: {out: 16, k: 5}
  - relu
  - avg_pool: 2
  - flatten
  - linear: 120
  - relu
  - linear: 84
  - relu
  - linear: 10
expect: {output: [10], params: 61706}
"""


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Make standard output and error look like a terminal of so many columns."""

    def set_up(width: int) -> None:
        monkeypatch.setenv("COLUMNS", str(width))
        monkeypatch.setenv("TERM", "xterm")
        # First what takes the function from the other: it is imported here, if not before.
        monkeypatch.setattr("convcalc.cli.main.is_terminal", lambda stream: True)
        monkeypatch.setattr("convcalc.cli.streams.is_terminal", lambda stream: True)

    return set_up


@pytest.fixture
def lenet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The path of a small network, in the working directory."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lenet.net.yaml").write_text(LENET)
    return "lenet.net.yaml"


@pytest.fixture
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
