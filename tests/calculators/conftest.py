"""Running the command line in this process, from one line of words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Run = Callable[..., Any]


@pytest.fixture
def run(run: Run) -> Run:
    """The full command, without the quick path: `run("shape 224 k7")`."""
    return lambda line, stdin="": run(*line.split(), stdin=stdin)
