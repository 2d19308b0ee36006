"""What a person at a terminal sees: the table, colours, and hostile text made harmless."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from convcalc.cli.commands import Command, command_names
from convcalc.core.text import cells
from tests.each import each

Run = Callable[..., Any]
Terminal = Callable[[int], None]

RESNET50 = str(Path(__file__).parents[2] / "examples" / "configs" / "resnet50.net.yaml")
HOSTILE = {
    "markup": "[bold]a[/] [/]",
    "emoji code": ":smile:",
    "formula": "=cmd()|x",
    "right to left mark": "a\u200fb",
    "joiner": "a\u200db",
    "unassigned": "a\U000e0041b",
}
HARMLESS = {
    "right to left mark": "a\\u200fb",
    "joiner": "a\\u200db",
    "unassigned": "a\\U000e0041b",
}


def test_a_terminal_gets_a_table_in_colours(run: Run, lenet: str, terminal: Terminal) -> None:
    terminal(80)
    result = run("plan", lenet)
    assert result.code == 0
    assert "\x1b[1mLeNet-5\x1b[0m · 12 layers" in result.out
    assert "left out   " in result.out or "conv_1" in result.out


@pytest.mark.parametrize(
    ("options", "variables", "colored"),
    [
        pytest.param([], {}, True, id="a terminal has colours"),
        pytest.param([], {"NO_COLOR": "1"}, False, id="NO_COLOR"),
        pytest.param([], {"NO_COLOR": "", "FORCE_COLOR": ""}, True, id="empty ones say nothing"),
        pytest.param([], {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False, id="NO_COLOR comes first"),
        pytest.param([], {"TERM": "dumb"}, False, id="a terminal without colours"),
        pytest.param(["--color", "never"], {"FORCE_COLOR": "1"}, False, id="never"),
        pytest.param(["--color", "always"], {"NO_COLOR": "1"}, True, id="always"),
    ],
)
def test_colours_on_a_terminal(
    run: Run,
    lenet: str,
    terminal: Terminal,
    monkeypatch: pytest.MonkeyPatch,
    options: list[str],
    variables: dict[str, str],
    colored: bool,
) -> None:
    terminal(80)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert ("\x1b[" in run("plan", lenet, *options).out) is colored
    # The same on standard error.
    assert ("\x1b[" in run("plan", "missing.yaml", *options).err) is colored


@pytest.mark.parametrize(
    ("options", "variables", "colored"),
    [
        pytest.param([], {}, False, id="a pipe has none"),
        pytest.param([], {"FORCE_COLOR": "1"}, True, id="FORCE_COLOR"),
        pytest.param(["--color", "always"], {}, True, id="always"),
    ],
)
def test_colours_in_a_pipe(
    run: Run,
    lenet: str,
    monkeypatch: pytest.MonkeyPatch,
    options: list[str],
    variables: dict[str, str],
    colored: bool,
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert ("\x1b[" in run("plan", lenet, "--format", "table", *options).out) is colored


@pytest.mark.parametrize("columns", ["\u00b2", "0", "-1", "1", "9" * 30, "wide"])
def test_any_word_for_the_width_is_survived(
    run: Run, lenet: str, monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    # pytest itself, when it reports, would not survive all of them.
    with monkeypatch.context() as surroundings:
        surroundings.setenv("COLUMNS", columns)
        result = run("plan", lenet, "--format", "table")
    assert (result.code, result.err) == (0, "")
    assert "61,706" in result.out


@each("form", ["table", "plain", "markdown", "csv", "json"])
@each("kind", HOSTILE)
def test_a_hostile_network_name_is_shown_and_does_nothing(
    run: Run, tmp_path: Path, form: str, kind: str
) -> None:
    name = HOSTILE[kind]
    file = tmp_path / "x.net.yaml"
    file.write_text(f"convcalc: 1\nname: '{name}'\ninput: [3]\nlayers: [linear: 2]\n", "utf-8")
    result = run("plan", str(file), "--format", form)
    assert result.code == 0
    assert result.out.replace("\n", "").isprintable()
    if form in ("table", "plain"):
        shown = HARMLESS.get(kind, name)
        assert result.out.startswith(f"{shown} · 1 layer · input 3")


def test_an_escape_in_a_name_is_refused_by_the_front_door(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "x.net.yaml"
    file.write_text('convcalc: 1\nname: "\\e[31m"\ninput: [3]\nlayers: [linear: 2]\n')
    result = run("plan", str(file))
    assert result.code == 2
    assert "error CC912 control-character" in result.err
    assert "\x1b" not in result.err


def test_a_network_of_ascii_only_output(
    run: Run, lenet: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("convcalc.cli.streams._has_unicode", lambda stream: False)
    for form in ("table", "plain"):
        out = run("plan", lenet, "--format", form).out
        assert out.isascii()
        assert "LeNet-5 | 12 layers | input 1x32x32" in out
        assert "-----" in out


def test_help_on_a_terminal_is_in_colours(run: Run, terminal: Terminal) -> None:
    terminal(80)
    result = run("plan", "--help")
    assert result.code == 0
    assert "convcalc plan resnet18.net.yaml" in result.out


@pytest.mark.parametrize("name", command_names())
@pytest.mark.parametrize("width", [50, 80, 132])
def test_help_is_never_cut_nor_broken_within_a_word(
    run: Run, terminal: Terminal, name: str, width: int
) -> None:
    terminal(width)
    text = re.sub(r"\x1b\[[0-9;]*m", "", run(name, "--help").out)
    # Examples are to be copied as they are.
    assert max(map(len, text.partition("Examples:")[0].splitlines())) <= width
    assert "…" not in text
    words = set(re.sub("[│╭╮╰╯─]", " ", text).split())
    for one in Command.called(name).parameters:
        assert words.issuperset(one.help.split()), set(one.help.split()) - words


def test_the_greatest_and_their_shares_fit_80_columns(run: Run, terminal: Terminal) -> None:
    terminal(80)
    result = run("plan", RESNET50, "--sort=macs", "--top=10", "--shares", "--color=never")
    lines = result.out.splitlines()
    assert (result.code, max(map(cells, lines))) == (0, 80)
    shares = [line.split() for line in lines if line.endswith((" 2.9 %", " 2.8 %"))]
    # The stem, then nine of 3x3 that cost as much as each other.
    stem, other = 7 * 7 * 3 * 64 * 112 * 112, 3 * 3 * 64 * 64 * 56 * 56
    assert [words[-3] for words in shares] == [f"{stem:,}", *9 * [f"{other:,}"]]
    assert shares[0][-5:-3] == ["<0.1", "%"]
    assert "shown      10 of 174 lines; the total is of all" in lines
