"""The command: its answer in a terminal, in JSON and as a picture, of words and of files."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.each import each

Run = Callable[..., Any]


def test_the_answer_in_a_terminal(ask: Run) -> None:
    result = ask("compare 3x3*2 5x5 --no-padding")
    assert (result.code, result.err) == (0, "")
    assert result.out == (
        "3x3*2 against 5x5: 28.0 % fewer weights, 25.2 % fewer MACs, the same field of 5, "
        "1 nonlinearity more\n\n"
        "64 to 64 channels · map 56x56 · no padding · one sample, float32\n\n"
        "                         3x3*2          5x5  first vs it\n"
        "────────────────────────────────────────────────────────\n"
        "receptive field              5            5\n"
        "output                64x52x52     64x52x52\n"
        "params                  73,856      102,464      -27.9 %\n"
        "  without bias          73,728      102,400      -28.0 %\n"
        "MACs               207,175,680  276,889,600      -25.2 %\n"
        "FLOPs              414,351,360  553,779,200      -25.2 %\n"
        "nonlinearities               2            1\n"
        "activations, peak     1.48 MiB     1.43 MiB       +3.6 %\n"
        "  kept to train       2.14 MiB     1.43 MiB      +49.9 %\n\n"
        "MACs on a map of i by i\n"
        "  3x3*2  36,864·[(i − 2)² + (i − 4)²]\n"
        "  5x5    102,400·(i − 4)²\n\n"
        "3x3*2 by map size\n"
        "  against 5x5  loss for 5 to 9, tie at 10, gain from 11 on, for good\n"
    )


def test_no_line_is_wider_than_the_terminal(ask: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    result = ask("compare 3x3*3 7x7 5x5,3x3 1x7,7x1 --cin 32 --cout 64 --format table")
    assert result.code == 0
    assert max(map(len, result.out.splitlines())) <= 80


def test_json(ask: Run) -> None:
    data = json.loads(ask("compare 3x3*2 5x5 --no-padding --format json").out)
    assert data["version"] == 1
    assert data["stacks"][1]["ratio"]["params_without_bias"] == "18/25"
    assert data["stacks"][0]["ratio"]["macs"] == "1"
    assert data["stacks"][0]["outputs"] == [[64, 52, 52]]
    assert data["by_map_size"][0]["runs"][-1] == {"first": 11, "last": None, "macs": "gain"}


def test_the_picture_is_the_same_every_time(ask: Run, tmp_path: Path) -> None:
    first, second = tmp_path / "a.svg", tmp_path / "b.svg"
    for file in (first, second):
        result = ask(f"compare 3x3*2 5x5 --no-padding --plot {file}")
        assert (result.code, result.err) == (0, f"wrote {file}\n")
    assert first.read_bytes() == second.read_bytes()
    text = first.read_text()
    assert "tie 10" in text
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "")
    again = ask(f"compare 3x3*2 5x5 --plot {first}")
    assert (again.code, again.err) == (2, f"error: {first} exists\nhelp: --force overwrites it\n")


def test_the_picture_answers_the_question_that_the_text_answers(ask: Run, tmp_path: Path) -> None:
    file = tmp_path / "a.svg"
    assert "it never turns" in ask(f"compare 3x3*3 7x7 --plot {file}").out
    drawn = file.read_text()
    assert "Padded to keep the map" in drawn
    # 27 of 49: padded, the ratio is the limit at every size.
    assert "limit 0.551" in drawn
    assert ">gain " not in drawn


def test_the_picture_as_png(ask: Run, tmp_path: Path) -> None:
    file = tmp_path / "a.png"
    assert ask(f"compare 3x3 5x5 --plot {file}").code == 0
    assert file.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")


@each(
    ("line", "message"),
    [
        ("compare 3x3", "give two stacks or more; as in '3x3*3' 7x7"),
        ("compare 3x3 5x5 --size 0", "wants a size, 1 or more on each axis, got `0`"),
        ("compare 3x3 5x5 -c 0", "wants an integer, 1 or more, got `0`"),
        ("compare 3x3 5x5 --plot a.gif", "`a.gif` is no picture"),
    ],
)
def test_bad_usage(ask: Run, line: str, message: str) -> None:
    result = ask(line)
    assert result.code == 2
    assert message in result.err


def test_files_are_compared_by_their_plans(ask: Run) -> None:
    folder = Path(__file__).parents[2] / "examples" / "configs"
    result = ask(f"compare {folder}/resnet18.net.yaml {folder}/resnet50.net.yaml")
    assert result.code == 0
    assert "resnet18 against resnet50: 54.3 % fewer weights, 55.6 % fewer MACs" in result.out
    assert "11,689,512" in result.out
    assert "25,557,032" in result.out


def test_every_output_of_a_file_is_shown(ask: Run, tmp_path: Path) -> None:
    heads = "{conv: {out: 8, k: 1}, name: big}, {max_pool: 2, name: half}"
    text = f"convcalc: 1\ninput: [3, 8, 8]\nlayers: [{heads}]\noutputs: %s\n"
    one, two = tmp_path / "one.net.yaml", tmp_path / "two.net.yaml"
    one.write_text(text % "[half]")
    two.write_text(text % "[big, half]")
    lines = [" ".join(line.split()) for line in ask(f"compare {one} {two}").out.splitlines()]
    assert "output 8x4x4 8x8x8, 8x4x4" in lines
    stacks = json.loads(ask(f"compare {one} {two} --format json").out)["stacks"]
    assert [stack["outputs"] for stack in stacks] == [[[8, 4, 4]], [[8, 8, 8], [8, 4, 4]]]


@pytest.mark.parametrize("words", ["3x3*3 7x7", "7x7 3x3*3", "1x1 3x3 5x5"])
def test_headline_and_table_go_in_one_direction(ask: Run, words: str) -> None:
    lines = ask(f"compare {words}").out.splitlines()
    said = [re.search(r": (\S+) % (fewer|more) weights", line) for line in lines]
    headlines = [f"{'-+'[one[2] == 'more']}{one[1]} %" for one in said if one]
    (weights,) = (line for line in lines if "without bias" in line)
    assert re.findall(r"[-+]\S+ %", weights) == headlines
    assert len(headlines) == len(words.split()) - 1


def test_a_file_with_more_weights_has_more_in_the_table_too(ask: Run, tmp_path: Path) -> None:
    """57,700 weights against 10,000: `compare A B` said 477.0 % more above -82.6 %."""
    for name, out in (("A", 577), ("B", 100)):
        text = f"convcalc: 1\ninput: [100]\nlayers: [linear: {{out: {out}, bias: false}}]\n"
        (tmp_path / f"{name}.net.yaml").write_text(text)
    lines = ask(f"compare {tmp_path}/A.net.yaml {tmp_path}/B.net.yaml").out.splitlines()
    assert lines[0] == "A against B: 477.0 % more weights, 477.0 % more MACs"
    assert ["params", "57,700", "10,000", "+477.0", "%"] in [line.split() for line in lines]


@each("words", [["net.onnx", "3x3"], ["3x3", "net.onnx"], ["net.pt2", "net.keras"]])
def test_a_name_with_an_ending_is_a_file(run: Run, words: list[str]) -> None:
    """It was said to be no layer, and how layers are written."""
    name = next(word for word in words if word != "3x3")
    result = run("compare", *words)
    assert result.code == 2
    assert result.err == f"{name}: error CC901 unreadable-file: no such file or directory\n"
