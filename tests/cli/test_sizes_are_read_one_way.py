"""One list of size words through every command that takes one: all read the same of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.each import each

Run = Callable[..., Any]


class Read(NamedTuple):
    """What a command made of a size: `channels` None where it does not tell, or has none."""

    axes: list[int]
    channels: int | None
    said: str


class Word(NamedTuple):
    """A size and its reading: where nothing counts channels, where filters do, where a layer needs
    them. Readings are without `read as`."""

    text: str
    axes: list[int]
    channels: int | None
    plain: str = ""
    counted: str = ""
    needed: str = ""


_LAST = "6 channels of 6x3; a picture with its channels last is written 3x6x6"
WORDS = (
    Word("8", [8], None, "", "one axis (a map: 8x8)"),
    Word("5x6", [5, 6], None, "", "a map of 5x6 (5 channels of 6: 5@6)",
         "1 channel of 5x6 (5 channels of 6: 5@6)"),
    Word("1x5x6", [5, 6], 1, *["1 channel of 5x6 (without channels: @1x5x6)"] * 2),
    Word("3x7x5", [7, 5], 3, *["3 channels of 7x5 (without channels: @3x7x5)"] * 2),
    Word("6x6x3", [6, 3], 6, *[_LAST] * 3),
    Word("2x3x3x4", [3, 3, 4], 2),
    Word("3@8", [8], 3),
    Word("3@6x5", [6, 5], 3),
    Word("@3x4x5", [3, 4, 5], None),
)  # fmt: skip
NET = "convcalc: 1\ninput: [{}]\nlayers: [{{max_pool: 1}}]\n"
# How each command is asked, and where it says what it read.
OF_LAYERS: dict[str, Callable[[dict[str, Any]], tuple[list[int], int | None]]] = {
    "shape": lambda found: (found["sizes"], found["channels"]),
    "show": lambda found: _split(found["layers"][0]["input"]["shape"]),
    "verify": lambda found: _split(found["inputs"]["input"]),
    "rf": lambda found: _split(found["sources"]["input"]),
    "invert": lambda found: (found["axes"] and [axis["input"] for axis in found["axes"]], None),
    "relations": lambda found: ([axis["input"] for axis in found["axes"]], None),
}


def _split(shape: list[int]) -> tuple[list[int], int]:
    return shape[1:], shape[0]


def _layers(ask: Run, command: str, size: str, layer: str) -> Read:
    result = ask(f"{command} {size} {layer} --format json")
    assert result.code == 0, result.err
    found = json.loads(result.out)
    return Read(*OF_LAYERS[command](found), found["read_as"] or "")


def _wrong(word: Word, read: Read, said: str, none: int | None) -> list[str]:
    """What a command read otherwise than it should; `none` stands for channels that it has not."""
    wanted = f"read as {said}" if said else ""
    channels = read.channels in (None, word.channels, none if word.channels is None else None)
    is_right = read.axes == word.axes and channels and read.said == wanted
    return [] if is_right else [f"{word.text}: {read}, and not {wanted!r}"]


@pytest.mark.parametrize("command", OF_LAYERS)
def test_layers_in_words(ask: Run, command: str) -> None:
    wrong = []
    for word in WORDS:
        wrong += _wrong(word, _layers(ask, command, word.text, "max_pool 1"), word.plain, 1)
        wrong += _wrong(word, _layers(ask, command, word.text, "conv 2 k1"), word.counted, 1)
        if len(word.axes) > 1 and word.text[0] != "@" and command in ("shape", "show", "rf"):
            read = _layers(ask, command, word.text, "global_avg_pool")
            wrong += _wrong(word, read, word.needed, 1)
    assert not wrong, "\n".join(wrong)


def _beside_channels(word: Word) -> str:
    """The reading where channels are given beside the size: two numbers are a map."""
    return "" if word.counted.startswith("a map of") else word.counted


def test_solve(ask: Run) -> None:
    wrong = []
    for word in WORDS:
        for more, said in (("", word.plain), (" -c 7", _beside_channels(word))):
            result = ask(f"solve {word.text} {word.text} --kernel 1{more} --format json")
            found = json.loads(result.out)
            read = Read(found["answers"][0]["input"], None, found["read_as"] or "")
            # Both sizes are written where another reading is spelled out.
            *_, other = said.rstrip(")").split(": ")
            twice = f"{other} {other}"
            both = f"{said.removesuffix(')').removesuffix(other)}{twice})" if ")" in said else said
            both = f"{said} {said.split()[-1]}" if "last" in said else both
            wrong += _wrong(word, read, both, None)
    assert not wrong, "\n".join(wrong)


def test_compare(ask: Run) -> None:
    wrong = []
    for word in WORDS:
        found = json.loads(ask(f"compare 1 1,1 --size {word.text} -c 7 --format json").out)
        read = Read(found["size"], found["channels"]["cin"], found["read_as"] or "")
        wrong += _wrong(word, read, _beside_channels(word), 7)
    assert not wrong, "\n".join(wrong)


def test_sizes_reads_as_the_network_is_made(ask: Run, tmp_path: Path) -> None:
    """Its axes and channels are known, so that nothing is left to ask."""
    file = tmp_path / "net.net.yaml"
    for word in WORDS:
        file.write_text(NET.format(", ".join(map(str, [word.channels or 1, *word.axes]))))
        result = ask(f"sizes {file} --near {word.text} --range 1:9 --format json")
        assert json.loads(result.out)["near"]["asked"] == word.axes, word.text


def test_channels_last_are_asked_about_in_files(ask: Run, tmp_path: Path) -> None:
    file = tmp_path / "net.net.yaml"
    file.write_text(NET.format("6, 6, 3"))
    asked = "`input` reads as 6 channels of 6x3; if its channels are the last 3, write 3x6x6"
    for command in ("plan", "verify", "rf", "rf --at 0,0", "sizes --range 1:9"):
        name, *options = command.split()
        out = ask(" ".join([name, str(file), *options])).out
        assert asked in " ".join(out.split()), command
    result = ask(f"sizes {file} --near 3x9x9")
    assert "the network's input has 6 channels, not 3" in result.err
    file.write_text(NET.format("3, 6, 6"))
    assert "help: write 3x9x9" in ask(f"sizes {file} --near 9x9x3").err


@each(
    "line",
    [
        pytest.param("shape 3x8x8 max_pool 2", id="shape"),
        pytest.param("show 3x4x4 max_pool 2", id="show"),
        pytest.param("verify 3x8x8 max_pool 2", id="verify"),
        pytest.param("rf 3x8x8 max_pool 2", id="rf"),
        pytest.param("rf 3x8x8 max_pool 2 --at 1,1", id="rf of a unit"),
        pytest.param("invert 3x8x8 max_pool 2", id="invert"),
        pytest.param("invert 3x4x4 max_pool 2 --im2col", id="invert, drawn"),
        pytest.param("relations 3x8x8 max_pool 2", id="relations"),
        pytest.param("solve 3x8x8 4 --limit 1", id="solve"),
        pytest.param("solve 3x8x8 4 --layers 1:2 -c 8", id="solve, several depths"),
        pytest.param("compare 1 1,1 --size 3x8x8", id="compare"),
    ],
)
def test_the_reading_is_said_once(ask: Run, line: str) -> None:
    size = "3x4x4" if "3x4x4" in line else "3x8x8"
    said = f"read as 3 channels of {size[2:]} (without channels: @{size})"
    out = ask(line).out
    assert out.count("read as") == 1
    assert f"  {said}\n" in out


@each(
    ("line", "help"),
    [
        pytest.param("384x196 attention 6", "write 384@196 for 384 channels of 196, or use",
                     id="channels and positions"),
        pytest.param("80x100 lstm 64", "write 80@100 for 80 channels of 100", id="a sequence"),
        pytest.param("5 global_avg_pool", "write 1@5 for 1 channel of 5", id="an axis, no vector"),
        pytest.param("24x24x3 conv 4 k7", "write 3x24x24 for channels first", id="channels last"),
    ],
)  # fmt: skip
def test_a_layer_that_does_not_stand_says_how_else_to_write_it(
    ask: Run, line: str, help: str
) -> None:
    result = ask(f"shape {line}")
    assert f"help: {help}" in result.err
    layer = line.partition(" ")[2]
    assert ask(f"shape {help.split()[1]} {layer}").code == 0


@pytest.mark.parametrize(
    ("line", "message", "help"),
    [
        pytest.param("solve 3x32x32 16 --cin 4", "3x32x32 has 3 channels, and cin says 4",
                     "leave cin out, or write @3x32x32", id="solve"),
        pytest.param("compare 3x3 5x5 --size 3x8x8 --cin 4", "3x8x8 has 3 channels, and cin says 4",
                     "leave cin out", id="compare"),
        pytest.param("solve 3x8x8 6x4x4 --pool", "pools keep their channels, and 3 are not 6",
                     "leave one out", id="a pool"),
    ],
)  # fmt: skip
def test_channels_that_differ_are_refused(ask: Run, line: str, message: str, help: str) -> None:
    result = ask(line)
    assert result.code == 2
    assert message in result.err
    assert f"help: {help}\n" in result.err
