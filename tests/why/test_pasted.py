"""Texts in which an error stands, or none: logs, streams, what is asked on the command line."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Callable
from typing import Any

import pytest

import convcalc
from convcalc.core.errors import StackError
from convcalc.features.why import command
from convcalc.features.why.pasted import find, sentences, tail
from tests.each import each
from tests.ending import ending

Run = Callable[..., Any]


def test_an_error_is_wanted(run: Run) -> None:
    result = run("why")
    assert (result.code, result.out) == (2, "")
    assert "paste the error, or give --list" in result.err


@each(
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
        "epoch 1 step (3 x 4) loss 0.1 size 12 shapes [1, 2, 3] Given groups=1, weight\n" * 10_000
    )
    log = noise + "RuntimeError: in_channels must be divisible by groups\n" + noise[:1000]
    # A pattern that backtracks over megabytes would take minutes.
    with ending():
        assert find(log) is not None


def test_only_the_last_four_million_bytes_of_a_stream_are_kept() -> None:
    text = tail(io.BytesIO(b"a" * 9_000_000 + b"b" * 3_999_993 + b"the end"))
    assert text == "b" * 3_999_993 + "the end"


def test_no_more_than_64_parts_of_a_stream_are_read() -> None:
    asked: list[int] = []

    class Endless(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            asked.append(size or 0)
            return b"%d " % len(asked)

    assert tail(Endless()) == " ".join(map(str, range(1, 65))) + " "
    assert asked == [4_000_000] * 64


def test_from_standard_input(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "x\nValueError: in_channels must be divisible by groups\n"
    result = run("why", "-", "--format", "json", stdin=text)
    assert result.code == 0
    assert '"error": "groups"' in result.out
    # A program without a window has none.
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(StackError, match="there is no error in an empty text"):
        command.why(command.Request(message="-"))


@each(("text", "message"), [
    ("", "there is no error in an empty text"),
    (" \n", "there is no error in an empty text"),
    ("Segmentation fault", "no sentence of this text is known"),
    ("KeyError: 'x'", "no sentence of this text is known"),
])  # fmt: skip
def test_what_is_not_known_is_said(text: str, message: str) -> None:
    with pytest.raises(StackError) as caught:
        convcalc.why(text)
    (problem,) = caught.value.problems
    wordings = [said for one in sentences() for said in one.wordings]
    assert (problem.message, problem.help) == (
        message,
        f"{len(sentences())} errors about shapes are known, in {len(wordings)} wordings of "
        "PyTorch, Keras, TensorFlow, ONNX Runtime, JAX and numpy; `convcalc why --list` shows them",
    )


def test_all_wordings_are_listed(run: Run) -> None:
    result = run("why", "--list", "--format", "csv")
    error, program, sentence = zip(*csv.reader(io.StringIO(result.out)), strict=True)
    wordings = [said for one in sentences() for said in one.wordings]
    assert error == ("error", *(one.name for one in sentences() for _ in one.wordings))
    assert program == ("program", *(said.program for said in wordings))
    assert sentence == ("sentence", *(said.words for said in wordings))


def test_an_input_goes_with_a_network(run: Run) -> None:
    result = run("why", "in_channels must be divisible by groups", "--input", "3x8x8")
    assert result.code == 2
    assert "--input goes with a network" in result.err
    assert "name its file behind the error" in result.err


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
