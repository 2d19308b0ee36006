"""Running the command line in this process, as `tests/cli` does."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import NamedTuple

import pytest

from convcalc import cli


class Result(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str


Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def plain_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "CONVCALC_DEBUG"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """The full command, without the quick path: `run("shape 224 k7")`."""

    def run(line: str, stdin: str = "") -> Result:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        capsys.readouterr()
        code = cli.run(line.split())
        return Result(code, *capsys.readouterr())

    return run
