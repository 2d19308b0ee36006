"""Broken files as people write them, each with every finding that it must give, word for word.

A file of the folder `bad` is the broken file; its lines that begin with `#>` are the findings.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

import convcalc
from convcalc.core.errors import CODES
from tests.each import each

FOLDER = Path(__file__).with_name("bad")
FILES = sorted(path.name.removesuffix(".net.yaml") for path in FOLDER.glob("*.net.yaml"))

# Slugs that speak of bytes and of YAML (tests/document), of too much work (test_limits), of
# expectations (tests/planning), of a file that cannot be read (below), or of something other than
# the file: configuration (tests/check), arrays (tests/arrays), what to show (tests/showing).
ELSEWHERE = frozenset(
    slug for slug, code in CODES.items() if "CC901" <= code <= "CC919" or code >= "CC940"
) - {"nesting-too-deep", "number-too-large"}


def text_of(name: str) -> str:
    return (FOLDER / f"{name}.net.yaml").read_text(encoding="utf-8")


def expected(name: str) -> str:
    lines = text_of(name).splitlines()
    return "\n".join(line.removeprefix("#> ") for line in lines if line.startswith("#>"))


@cache
def error_of(name: str) -> convcalc.StackError:
    with pytest.raises(convcalc.StackError) as caught:
        convcalc.plan(convcalc.loads(text_of(name)))
    return caught.value


@each("name", FILES)
def test_findings(name: str) -> None:
    assert str(error_of(name)) == expected(name)


@each("name", FILES)
def test_every_finding_has_a_place_in_the_text_and_a_repair(name: str) -> None:
    error = error_of(name)
    lines = error.source.splitlines()
    assert error.source == text_of(name)
    for problem in error.problems:
        assert problem.place is not None
        assert 1 <= problem.place.line <= len(lines)
        end = problem.place.column - 1 + problem.place.width
        # A value that is not there stands one behind the end of its line.
        assert 0 < problem.place.column <= end <= 1 + len(lines[problem.place.line - 1])
        assert problem.help
        assert problem.message.isprintable()
        assert problem.note.isprintable()
        assert problem.help.isprintable()


def test_every_slug_of_the_network_has_a_broken_file() -> None:
    shown = {problem.slug for name in FILES for problem in error_of(name).problems}
    checked = {slug for slug, code in CODES.items() if code[:3] in ("CC1", "CC2", "CC9")}
    assert checked - ELSEWHERE - {"channel-mismatch"} <= shown


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(convcalc.StackError) as caught:
        convcalc.load(tmp_path / "none.net.yaml")
    (problem,) = caught.value.problems
    assert (problem.slug, problem.message) == ("unreadable-file", "no such file or directory")
    assert problem.file == str(tmp_path / "none.net.yaml")


@each(
    ("asked", "near"),
    [
        ("lenet.yml", "lenet.net.yaml"),
        ("lenet", "lenet.net.yaml"),
        ("lenet.net.yml", "lenet.net.yaml"),
        ("other.yml", "other.yml.txt"),
        ("lenets.net.yaml", "lenet.net.yaml"),
        ("nothing-like-it", ""),
    ],
)
def test_the_file_that_was_meant(asked: str, near: str, tmp_path: Path) -> None:
    for name in ("lenet.net.yaml", "lenet5.yml", "other.yml.txt", "z.yml"):
        (tmp_path / name).touch()
    with pytest.raises(convcalc.StackError) as caught:
        convcalc.load(tmp_path / asked)
    (problem,) = caught.value.problems
    assert problem.help == (f"did you mean `{tmp_path / near}`?" if near else "")


def test_at_most_a_hundred_findings() -> None:
    text = "convcalc: 1\ninput: [3, 8, 8]\nlayers:\n" + "  - con: 3\n" * 500
    with pytest.raises(convcalc.StackError) as caught:
        convcalc.loads(text)
    places = [problem.place for problem in caught.value.problems]
    assert [place.line for place in places if place] == list(range(4, 104))
