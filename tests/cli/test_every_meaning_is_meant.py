"""What a refused command line is told it may have meant is taken where it is written instead."""

from __future__ import annotations

import re
from pathlib import Path
from random import Random

import pytest

from convcalc.cli import run
from convcalc.core.errors import ExitCode
from tests.fuzz import inputs

_MEANT = re.compile(r"there is no (?:\w+ )*`?([^`\s;:]+)`?.*?did you mean `([^`]+)`\?", re.S)


def slip(word: str, rng: Random) -> str:
    """The word with a letter lost, doubled or wrong."""
    at = rng.randrange(3 if word.startswith("--") else 1, len(word))
    return rng.choice(
        (word[:at] + word[at + 1 :], word[: at + 1] + word[at:], f"{word[:at]}x{word[at + 1 :]}")
    )


def meant(number: int, capsys: pytest.CaptureFixture[str]) -> bool:
    """Draws a command line with a slip, and follows what it is told; False where nothing is."""
    rng = Random(f"command line {number}")
    words = inputs.command_words(rng)
    long = [at for at, word in enumerate(words) if len(word) > 3]
    if not long:
        return False
    at = rng.choice(long)
    words[at] = slip(words[at], rng)
    code = run(words)
    said = capsys.readouterr().err
    found = _MEANT.search(said)
    if code != ExitCode.UNUSABLE or found is None or found[1] not in words:
        return False
    run([found[2] if word == found[1] else word for word in words])
    assert said.splitlines()[0] not in capsys.readouterr().err, words
    return True


def followed(
    numbers: range,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> int:
    monkeypatch.chdir(folder)
    (folder / "net.yaml").write_text(inputs.SMALL, encoding="utf-8")
    return sum(meant(number, capsys) for number in numbers)


def test_a_few_slips(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert followed(range(12), tmp_path, monkeypatch, capsys) >= 3


@pytest.mark.thorough
def test_many_slips(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert followed(range(12, 900), tmp_path, monkeypatch, capsys) >= 150
