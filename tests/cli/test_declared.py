"""Options are declared once: read with Typer and without it, they give and say the same."""

from __future__ import annotations

import random
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from convcalc.cli.commands import Command, command_names
from convcalc.cli.declared import Parameter, Switch
from convcalc.cli.group import as_function
from tests.each import each

EVERY = [
    (f"{name} {one.spellings[0]}", one)
    for name in command_names()
    for one in Command.called(name).parameters
]
CONFIGS = Path(__file__).parents[2] / "examples" / "configs"


def given_by_typer(name: str, words: list[str]) -> dict[str, Any]:
    """What Typer hands to the command, without what was not written."""
    seen: dict[str, Any] = {}
    command = Command.called(name)

    class Caught(Command):
        def call(self, given: Any) -> int:
            seen.update(given)
            return 0

    app = typer.Typer(add_completion=False)
    app.command()(as_function(Caught(**vars(command))))
    code: Any = typer.main.get_command(app)
    assert code.main(words, standalone_mode=False) == 0
    defaults = {one.name: one.default_words for one in command.parameters}
    return {
        name: list(word) if isinstance(word, (list, tuple)) else word
        for name, word in seen.items()
        if word is not False and word != defaults[name] and word != []
    }


def drawn(command: Command, random: random.Random) -> list[str]:
    """A command line of random words in random places."""
    free = [one for one in command.parameters if one.is_positional]
    count = 3 if any(one.is_list for one in free) else len(free)
    parts = [[random.choice(["224", "a.net.yaml", "-", "k3", "x y", "é"])] for _ in range(count)]
    options = [one for one in command.parameters if not one.is_positional]
    for one in random.choices(options, k=random.randint(0, 6)):
        spelled = random.choice(one.spellings)
        word = random.choice(["7", "a,b", "--odd", "-1", "", "a=b", "-"])
        if isinstance(one.declared, Switch):
            parts.append([spelled])
        elif spelled.startswith("--") and random.random() < 0.5:
            parts.append([f"{spelled}={word}"])
        else:
            parts.append([spelled, word])
    random.shuffle(parts)
    words = [word for part in parts for word in part]
    return [*words, "--", "--fix"] if any(one.is_list for one in free) and not count % 2 else words


@each("name", command_names())
def test_typer_reads_the_same_words(name: str) -> None:
    command = Command.called(name)
    for seed in range(3):
        words = drawn(command, random.Random(seed))
        read = command.read(words)
        assert read is not None, words
        defaults = {one.name: one.default_words for one in command.parameters}
        written = {key: word for key, word in read.items() if word != defaults[key] and word != []}
        assert given_by_typer(name, words) == written, words


@each(
    "words",
    [
        pytest.param(["--help"], id="help"),
        pytest.param(["x", "--formt", "json"], id="a typo"),
        pytest.param(["x", "--format"], id="a value is missing"),
        pytest.param(["x", "--strict=yes"], id="a switch with a value"),
        pytest.param(["x", "-vq"], id="short options together"),
        pytest.param([], id="an argument is missing"),
    ],
)
def test_what_is_left_to_typer(words: list[str]) -> None:
    assert Command.called("rf").read(words) is None


def test_one_argument_too_many_is_left_to_typer() -> None:
    assert Command.called("solve").read(["224", "112", "56"]) is None


def test_the_words_of_a_default_make_the_default() -> None:
    for name, one in EVERY:
        words = one.default_words
        if words is None or isinstance(one.declared, Switch) or one.is_required:
            assert one.is_required or one.default in (None, (), False) or one.is_list, name
        else:
            assert one.value(words) == one.default, name


@each(
    "one",
    [
        pytest.param(one, id=name)
        for name, one in EVERY
        if not isinstance(one.declared, Switch) and one.declared.known is not None
    ],
)
def test_known_words_are_read_completed_and_told(one: Parameter) -> None:
    assert not isinstance(one.declared, Switch)
    assert one.declared.known is not None
    known = list(one.declared.known())
    assert known
    for word in known[:40]:
        assert one.value([word] if one.is_list else word)
        assert word in one.complete(word[:-1])
    if one.is_list:
        assert one.complete(f"x,{known[0][:-1]}")[0].startswith("x,")
    if "{known}" in one.declared.help:
        assert all(word in one.help for word in known)
    if not one.is_list:
        # A list of words typed by hand goes stale.
        assert len(set(re.findall(r"[\w-]+", one.declared.help)).intersection(known)) <= 3


@pytest.mark.thorough
def test_answers_load_no_typer() -> None:
    code = (
        "import sys\nfrom convcalc.cli import run\n"
        "for line in sys.argv[1:]:\n"
        "    code = run(line.split())\n"
        "    print(code, sorted({'typer', 'rich'} & sys.modules.keys()), file=sys.stderr)"
    )
    lines = ("shape 8x8 k3 , k3", "check lenet5.net.yaml", "solve 8 4")
    done = subprocess.run(
        [sys.executable, "-c", code, *lines],
        cwd=CONFIGS,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=True,
    )
    assert done.stderr == "0 []\n" * len(lines)
