"""Running the command line in this process: `run("plan", "net.net.yaml") -> Result`."""

from __future__ import annotations

import gc
import io
import os
from collections.abc import Callable
from typing import NamedTuple

import hypothesis
import pytest

from convcalc import cli

# Two test processes on two cores: threads of numpy would wait for each other. Before it is loaded.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# Tests make next to no cycles: looking for them took a quarter of the time of collecting.
gc.set_threshold(50_000, 20, 100)

# No test asks the clock: an example takes as long as the machine lets it.
hypothesis.settings.register_profile(
    "convcalc", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("convcalc")


class Result(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str


Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def plain_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the terminal that the tests are run from."""
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "CONVCALC_DEBUG"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    def run(*args: str, stdin: str | bytes = b"") -> Result:
        data = stdin.encode() if isinstance(stdin, str) else stdin
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
        capsys.readouterr()
        code = cli.run(args)
        assert type(code) is int
        return Result(code, *capsys.readouterr())

    return run


@pytest.fixture
def ask(run: Run) -> Run:
    """The command line as one line of words: `ask("shape 224 k7")`."""
    return lambda line, stdin="": run(*line.split(), stdin=stdin)
