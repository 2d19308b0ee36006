"""What other programs print is found and understood: their own sentences, old and new."""

from __future__ import annotations

import io
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import convcalc
from convcalc.core.errors import StackError
from convcalc.features.why.pasted import MOST_KEPT, find, sentences, tail
from tests.each import each
from tests.ending import ending

Run = Callable[..., Any]
SAID = Path(__file__).parent / "said.txt"


def said() -> list[tuple[str, str, str]]:
    """(program, sentence, meaning) of each entry."""
    entries = SAID.read_text(encoding="utf-8").split("\n\n")[1:]
    found = []
    for entry in entries:
        program, sentence, means = entry.strip().split("\n")
        found.append((program, sentence.replace("\\n", "\n"), means.removeprefix("-> ")))
    return found


@each(("program", "sentence", "means"), said())
def test_what_it_means(program: str, sentence: str, means: str) -> None:
    found = convcalc.why(sentence)
    assert found.meaning.means == means
    assert found.program == re.sub(r" [\d.]+$", "", program)
    assert found.meaning.causes
    assert found.meaning.write


def test_every_wording_is_among_them() -> None:
    texts = [" ".join(sentence.split()) for _, sentence, _ in said()]
    unread = [
        wording.words
        for one in sentences()
        for wording in one.wordings
        if not any(wording.pattern.search(text) for text in texts)
    ]
    assert unread == []


@pytest.mark.parametrize(
    "asked",
    sorted(
        {
            convcalc.why(sentence).meaning.ask
            for _, sentence, _ in said()
            if "net.net.yaml" not in convcalc.why(sentence).meaning.ask
        }
        - {""}
    ),
)
def test_what_it_asks_to_run_runs(asked: str, run: Run) -> None:
    program, *words = shlex.split(asked)
    assert program == "convcalc"
    result = run(*words)
    assert (result.code, result.err) == (0, "")


NUMPY: list[tuple[Callable[[], object], str]] = [
    (lambda: np.zeros((32, 32)) + np.zeros((31, 31)), "32 and 31"),
    (lambda: np.zeros((32, 8192)) @ np.zeros((9216, 4096)), "8192 features arrive"),
    (lambda: np.dot(np.zeros((32, 8192)), np.zeros((9216, 4096))), "8192 features arrive"),
    (lambda: np.zeros((32, 1024)).reshape(32, 400), "32768 numbers"),
    (lambda: np.concatenate([np.zeros((1, 2, 32)), np.zeros((1, 3, 31))], 1), "32 and 31"),
    (lambda: np.concatenate([np.zeros((1, 2, 32)), np.zeros((1, 3))], 1), "3 and 2 axes"),
    (lambda: np.zeros((3, 4)).__setitem__(slice(None), np.zeros((2, 4))), "2 and 3"),
]


@pytest.mark.parametrize(("provoke", "part"), NUMPY)
def test_numpy_says_so_today(provoke: Callable[[], object], part: str) -> None:
    with pytest.raises(ValueError, match=r"shape|core dimension|dimensions") as caught:
        provoke()
    assert part in convcalc.why(str(caught.value)).meaning.means


@pytest.mark.parametrize(
    ("text", "part"),
    [
        pytest.param(
            "\x1b[31mRuntimeError\x1b[0m: mat1 and mat2 shapes cannot\n be multiplied (1x2 and\n"
            "3x4)",
            "2 features",
            id="folded by a terminal, in colours",
        ),
        pytest.param(
            "RuntimeError: shape \u2018[1, 400]\u2019 is invalid for input of size 500",
            "500 numbers",
            id="quotes of a word processor",
        ),
        pytest.param(
            "Target 10 is out of bounds.\n\nDuring handling of the above exception, another "
            "exception occurred:\n\nin_channels must be divisible by groups",
            "groups",
            id="the last one counts",
        ),
        pytest.param(
            "size mismatch for fc.weight: copying a param with shape torch.Size([1000, 512]) from "
            "checkpoint, the shape in current model is torch.Size([10, 512]).",
            "[1000, 512] in the checkpoint, [10, 512]",
            id="not taken for the product",
        ),
    ],
)
def test_wherever_it_stands(text: str, part: str) -> None:
    assert part in convcalc.why(text).meaning.means


def test_a_log_of_megabytes_is_searched_at_once() -> None:
    noise = (
        "epoch 1 step (3 x 4) loss 0.1 size 12 shapes [1, 2, 3] Given groups=1, weight\n" * 40_000
    )
    log = noise + "RuntimeError: in_channels must be divisible by groups\n" + noise[:1000]
    # A pattern that backtracks over megabytes would take minutes.
    with ending():
        assert find(log) is not None


def test_only_the_end_of_a_stream_is_kept() -> None:
    text = tail(io.BytesIO(b"a" * (3 * MOST_KEPT) + b"the end"))
    assert len(text) == MOST_KEPT
    assert text.endswith("the end")


def test_from_standard_input() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "convcalc", "why", "-", "--format", "json"],
        input="x\nValueError: in_channels must be divisible by groups\n",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert '"error": "groups"' in done.stdout


@pytest.mark.parametrize("text", ["", "Segmentation fault", "KeyError: 'x'"])
def test_what_is_not_known_is_said(text: str) -> None:
    with pytest.raises(StackError) as caught:
        convcalc.why(text)
    (problem,) = caught.value.problems
    assert "convcalc why --list" in problem.help


def test_markup_and_controls_are_inert(run: Run) -> None:
    result = run(
        "why",
        "size mismatch for [bold]\x07x\u202e: copying a param with shape torch.Size([1]) from "
        "checkpoint, the shape in current model is torch.Size([2])",
    )
    assert result.code == 0
    assert "\x07" not in result.out
    assert "\u202e" not in result.out
    assert "[bold]" in result.out
