"""What Python says with -OO, which leaves docstrings out: pages and schemas are made of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.each import each

CONV = "convcalc: 1\ninput: [3, 8, 8]\nlayers: [conv: {out: 4, k: 3}]\n"
REFUSED = (
    "schema", "schema --for plan", "explain conv", "explain --list", "rules",
    "check one.net.yaml --format sarif",
)  # fmt: skip
ANSWERED = {
    "--help": "which Python leaves out with -OO",
    "plan one.net.yaml --format csv": "conv_1,conv,",
    "shape 3x8x8 conv 4 k3": "4x6x6",
    "check one.net.yaml --format json": '"error": 0',
}
# All of them in one process: without its compiled files Python takes half a second to begin.
CODE = """
import contextlib, io, json, sys
from convcalc import cli

def answer(words):
    with contextlib.redirect_stdout(io.StringIO()) as out:
        with contextlib.redirect_stderr(io.StringIO()) as err:
            code = cli.run(words.split())
    return code, out.getvalue(), err.getvalue()

print(json.dumps({words: answer(words) for words in sys.argv[1:]}))
"""


def python(folder: Path, *args: str) -> str:
    (folder / "one.net.yaml").write_text(CONV)
    return subprocess.run(
        [sys.executable, *args],
        cwd=folder,
        env=os.environ | {"PYTHONOPTIMIZE": "2"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout


@pytest.fixture
def answers(tmp_path: Path) -> dict[str, tuple[int, str, str]]:
    """(exit code, output, errors) of every command line."""
    out = python(tmp_path, "-c", CODE, *REFUSED, *ANSWERED)
    return {words: tuple(answer) for words, answer in json.loads(out).items()}


@pytest.mark.thorough
@each("words", (*REFUSED, *ANSWERED))
def test_what_is_made_of_docstrings_is_refused_in_a_sentence_and_all_else_works(
    answers: dict[str, tuple[int, str, str]], words: str
) -> None:
    code, out, err = answers[words]
    if words in ANSWERED:
        assert (code, err) == (0, "")
        assert ANSWERED[words] in " ".join(out.split())
        return
    assert (code, out) == (2, "")
    error, help = err.splitlines()
    assert error.startswith("error: ")
    assert error.endswith(
        " are made of docstrings, which Python leaves out with -OO; "
        "run it without -OO and PYTHONOPTIMIZE=2"
    )
    assert help == f"help: convcalc {words.split()[0]} --help"


@pytest.mark.thorough
def test_the_command_works(tmp_path: Path) -> None:
    assert python(tmp_path, "-m", "convcalc", "shape", "9", "k3", "--quiet") == "7\n"
