"""What Python says with -OO, which leaves docstrings out: pages and schemas are made of them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

CONV = "convcalc: 1\ninput: [3, 8, 8]\nlayers: [conv: {out: 4, k: 3}]\n"


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    (folder / "one.net.yaml").write_text(CONV)
    return subprocess.run(
        [sys.executable, "-m", "convcalc", *words],
        cwd=folder,
        env=os.environ | {"PYTHONOPTIMIZE": "2"},
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize(
    "words",
    ["schema", "schema --for plan", "explain conv", "explain --list", "rules",
     "check one.net.yaml --format sarif"],
)  # fmt: skip
def test_what_is_made_of_docstrings_is_refused_in_a_sentence(tmp_path: Path, words: str) -> None:
    done = run(tmp_path, *words.split())
    assert (done.returncode, done.stdout) == (2, "")
    error, help = done.stderr.splitlines()
    assert error.startswith("error: ")
    assert error.endswith(
        " are made of docstrings, which Python leaves out with -OO; "
        "run it without -OO and PYTHONOPTIMIZE=2"
    )
    assert help == f"help: convcalc {words.split()[0]} --help"


def test_help_says_why_it_describes_no_command(tmp_path: Path) -> None:
    done = run(tmp_path, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert "which Python leaves out with -OO" in " ".join(done.stdout.split())


@pytest.mark.parametrize(
    ("words", "said"),
    [("plan one.net.yaml --format csv", "conv_1,conv,"), ("shape 3x8x8 conv 4 k3", "4x6x6"),
     ("check one.net.yaml --format json", '"error": 0')],
)  # fmt: skip
def test_all_else_works(tmp_path: Path, words: str, said: str) -> None:
    done = run(tmp_path, *words.split())
    assert (done.returncode, done.stderr) == (0, "")
    assert said in done.stdout
