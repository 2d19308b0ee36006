"""What commands print, whole, as it stands in `transcripts/`; sums in it are worked out here.

The files hold command lines behind `$`, what is printed, and the exit code in brackets where it is
not 0. Each file begins with where its numbers come from.
"""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.each import each

FOLDER = Path(__file__).parent / "transcripts"
NETWORKS = (FOLDER.parents[1] / "schema" / "nets", FOLDER / "nets")


class Said(NamedTuple):
    """A command line, and what it prints."""

    line: str
    text: str


def transcript(name: str) -> list[Said]:
    _, *parts = (FOLDER / f"{name}.txt").read_text(encoding="utf-8").split("$ convcalc ")
    return [
        Said(line, text.strip("\n")) for line, _, text in (one.partition("\n") for one in parts)
    ]


@pytest.fixture
def networks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The networks that the files speak of, in the working directory."""
    for folder in NETWORKS:
        shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)


def apart(name: str, run: Callable[..., Any]) -> list[str]:
    """What a file has otherwise."""
    found = []
    for line, wanted in transcript(name):
        result = run(*shlex.split(line))
        code = f"[{result.code}]\n" if result.code else ""
        got = f"{result.out.rstrip()}\n{result.err}{code}".strip("\n")
        if _untimed(got) != _untimed(wanted):
            found.append(f"$ convcalc {line}\n{got}")
    return found


PIPED = sorted(path.stem for path in FOLDER.glob("*.txt") if path.stem != "terminal")


@pytest.mark.parametrize("name", PIPED)
def test_a_command_says(name: str, networks: None, run: Callable[..., Any]) -> None:
    assert apart(name, run) == []


def test_a_command_says_at_a_terminal(
    networks: None,
    run: Callable[..., Any],
    terminal: Callable[[int], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    terminal(80)
    monkeypatch.setenv("NO_COLOR", "1")
    assert apart("terminal", run) == []


def _untimed(text: str) -> str:
    """A text without the time that a run took."""
    return re.sub(r'(?<="seconds": )[\d.]+|(?<=; )[\d.]+(?= s$)', "0", text, flags=re.M)


_PYTHON = str.maketrans({"·": "*", "−": "-", "⌊": "int(", "⌋": ")"})
_NUMBERS = re.compile(r"(?:[-+*/%() \d.,]|max|int)+")


def sums(text: str) -> Iterator[tuple[str, str]]:
    """(left, right) of each equation of numbers in a text, in Python's words."""
    for part in re.split(r"\n|  +|: ", text):
        sides = part.translate(_PYTHON).replace(" mod ", " % ").split(" = ")
        for left, right in pairwise(sides):
            if _NUMBERS.fullmatch(left) and _NUMBERS.fullmatch(right):
                yield left, right


@each("name", ["show", "relations"])
def test_every_sum_comes_to_what_is_said(name: str) -> None:
    found = [one for said in transcript(name) for one in sums(said.text)]
    assert len(found) > 30
    # What is shown has six digits.
    assert [one for one in found if f"{eval(one[0]):g}" != f"{eval(one[1]):g}"] == []
