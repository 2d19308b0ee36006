"""Every command that answers with figures takes every format, and fits a terminal of any width."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from convcalc.core.text import cells
from convcalc.report import formats
from tests.report.rendering import MARKDOWN

Run = Callable[..., Any]
CONFIGS = Path(__file__).parents[2] / "examples" / "configs"


def config(name: str) -> str:
    return str(CONFIGS / f"{name}.net.yaml")


# What is asked, and the first keys of its CSV.
QUESTIONS = [
    pytest.param(["plan", config("lenet5")], ["name", "kind", "fields"], id="plan"),
    pytest.param(["rf", config("unet")], ["name", "kind", "output"], id="rf"),
    pytest.param(["rf", config("lenet5"), "--at", "1,1"], ["layer", "source", "axis"], id="a unit"),
    pytest.param(["rf", "2d", "k3", "s2"], ["name", "kind", "output"], id="rf of a chain"),
    pytest.param(["shape", "224", "k7", "s2", "p3"], ["number", "layer", "output"], id="shape"),
    pytest.param(
        ["shape", "3x32x32", "conv", "8", "k3", ",", "relu"], ["number", "layer"], id="a chain"
    ),
    pytest.param(["invert", "32", "k3", "s2", "p1"], ["layer", "maps", "undone_by"], id="invert"),
    pytest.param(["invert", config("lenet5")], ["layer", "maps"], id="invert of a file"),
    pytest.param(["compare", "3x3*3", "7x7", "5x5"], ["figure", "stack_1"], id="compare"),
    pytest.param(["solve", "224", "112"], ["layer", "padding", "dropped"], id="solve"),
    pytest.param(["solve", "64", "1", "--layers", "4"], ["layers", "sizes"], id="chains"),
    pytest.param(["sizes", config("lenet5"), "--range", "1:64"], ["axis", "criterion"], id="sizes"),
    pytest.param(
        ["verify", config("lenet5"), "--only", "shape,macs"],
        ["layer", "kind", "check"],
        id="verify",
    ),
    pytest.param(
        ["diff", config("squeezenet1_0"), config("squeezenet1_1")],
        ["network", "status", "copies"],
        id="diff",
    ),
    pytest.param(["show", "4x4", "k3"], ["layer", "array", "place"], id="show"),
    pytest.param(["relations"], ["number", "name", "holds_for"], id="relations"),
    pytest.param(["relations", "5", "k3", "s2"], ["axis", "number"], id="relations of a layer"),
    pytest.param(["rules", "CC4"], ["code", "name", "level"], id="rules"),
    pytest.param(
        ["convert", config("lenet5"), "--conv-to-dense", "conv_1"], ["layer", "kind"], id="convert"
    ),
    pytest.param(["budget", config("lenet5"), "--check"], ["file", "layer", "figure"], id="budget"),
]


@pytest.mark.parametrize(("question", "keys"), QUESTIONS)
def test_every_format(run: Run, question: list[str], keys: list[str]) -> None:
    answers = {form: run(*question, "--format", form) for form in formats()}
    codes = {answer.code for answer in answers.values()}
    assert len(codes) == 1
    assert codes <= {0, 1}
    assert all(answer.out for answer in answers.values())
    # An answer in a pipe is the plain one.
    assert run(*question).out == answers["plain"].out
    assert json.loads(answers["json"].out)["version"] == 1
    rows = list(csv.reader(io.StringIO(answers["csv"].out)))
    assert rows[0][: len(keys)] == keys
    assert len(rows) > 1
    assert {len(row) for row in rows} == {len(rows[0])}
    # Counts are plain digits.
    assert not [cell for row in rows for cell in row if re.search(r"\d,\d{3}\b", cell)]
    html = MARKDOWN.render(answers["markdown"].out)
    assert "<table>" in html or "<li>" in html or "<pre>" in html


def in_a_terminal(width: int) -> list[Any]:
    # A layer worked out in full is a drawing, and one of its windows is as wide as it is.
    return [one for one in QUESTIONS if one.id != "show" or width > 40]


@pytest.mark.parametrize(
    ("width", "question"),
    [
        pytest.param(width, one.values[0], id=f"{one.id}-{width}")
        for width in (40, 80, 200)
        for one in in_a_terminal(width)
    ],
)
def test_every_answer_fits_the_terminal(
    run: Run, monkeypatch: pytest.MonkeyPatch, width: int, question: list[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    out = run(*question, "--format", "table").out
    # A path is one word, and stays whole.
    assert max(cells(line) for line in out.splitlines() if ".net.yaml" not in line) <= width


# The heads of blocks, which only a table of a plan has, have sums of their own.
WITHOUT_SUMS = [pytest.param(one.values[0], id=one.id) for one in QUESTIONS if one.id != "plan"]


@pytest.mark.parametrize("question", WITHOUT_SUMS)
def test_no_answer_cuts_a_number(
    run: Run, monkeypatch: pytest.MonkeyPatch, question: list[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    narrow = run(*question, "--format", "table").out
    # Thousands are separated: what was cut would be another number.
    assert set(re.findall(r"\d[\d,]*", narrow)) <= set(re.findall(r"\d[\d,]*", run(*question).out))
