"""Model files whose sizes are open: each command that reads them takes the repair it prints.

The file is a convolution of 3 and a pool of 2, so that by hand a map of n has (n - 2) // 2 rows
behind both, and no pixel is dropped where n is even.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import convcalc
from tests.importers.onnx_bytes import model, node

Run = Callable[..., Any]
OPEN = model(
    [
        node("Conv", ["x", "w"], ["a"]),
        node("MaxPool", ["a"], ["y"], kernel_shape=[2, 2], strides=[2, 2]),
    ],
    {"x": ["batch", 3, "height", "width"]},
    ["y"],
    {"w": (2, 3, 3, 3)},
)
COMMANDS = {
    "check": "check {file} {given}",
    "compare": "compare {file} 3x3*2 {given}",
    "diff": "diff {file} {file} {given}",
    "import": "import {file} {given}",
    "invert": "invert {file} {given}",
    "invert --layer": "invert {file} --layer conv {given}",
    "plan": "plan {file} {given}",
    "report": "report {file} {given} -o page.html",
    "rf": "rf {file} {given}",
    "show": "show {file} --layer max_pool {given}",
    "verify": "verify {file} {given}",
}


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "open.onnx").write_bytes(OPEN)
    return Path("open.onnx")


@pytest.mark.parametrize("words", COMMANDS.values(), ids=list(COMMANDS))
def test_the_repair_works_in_every_command_that_prints_it(words: str, file: Path, ask: Run) -> None:
    refused = ask(words.format(file=file, given=""))
    assert refused.code in (1, 2)
    repair = re.search(r"--input 3x224x224", refused.out + refused.err)
    assert repair is not None
    # Smaller, so that a layer can be shown in full.
    given = repair[0].replace("224", "8")
    done = ask(words.format(file=file, given=given))
    assert done.code == 0, done.err
    assert "open sizes" not in done.out + done.err


def test_one_repair_gives_the_sizes_of_all_inputs(file: Path, run: Run) -> None:
    open_inputs: dict[str, list[int | str]] = {
        "left": ["n", 3, "h", "w"],
        "right 0": ["n", 3, "h", "w"],
    }
    file.write_bytes(model([node("Add", [*open_inputs], ["y"])], open_inputs, ["y"]))
    repair = re.search("--input .*", run("plan", str(file)).err)
    assert repair is not None
    done = run("plan", str(file), *shlex.split(repair[0]))
    assert done.code == 0, done.err


def test_sizes_chooses_a_size_where_the_file_has_none(file: Path, ask: Run) -> None:
    found = ask(f"sizes {file} --range 1:64 --format json")
    assert found.code == 0
    axes = json.loads(found.out)["axes"]
    assert [axis["declared"] for axis in axes] == [None, None]
    assert [axis["good"]["count"] for axis in axes] == [31, 31]
    assert [axis["smallest_legal"] for axis in axes] == [4, 4]
    assert "the file leaves sizes open" in ask(f"sizes {file} --range 1:64").out


def test_sizes_takes_an_input() -> None:
    """Two or three rows of n become one axis: 2n is even, 3n where n is."""
    network = convcalc.loads(
        "convcalc: 1\ninput: [1, 2, 9]\nlayers: [{reshape: [1, -1]}, {max_pool: 2}]"
    )
    for rows, good in ((2, 9), (3, 4)):
        answer = convcalc.sizes(network, range=(1, 9), input=(1, rows, 9))
        assert len(answer.axes[1].members()) == good
        assert answer.axes[1].declared == 9


def test_a_size_is_of_a_file_alone(ask: Run, tmp_path: Path) -> None:
    assert "--input is of a file" in ask("invert 32 k3 --input 3x8x8").err
    assert "--input is of files" in ask("compare 3x3 5x5 --input 3x8x8").err
    file = tmp_path / "net.net.yaml"
    file.write_text("convcalc: 1\ninput: [3]\nlayers: [relu]\n")
    assert "--size is of stacks" in ask(f"compare {file} {file} --size 8").err
    assert "the numbers of one input" in ask("show 4 k3 --input 1x4 --input 1x4").err


def test_a_shown_layer_of_a_file_takes_its_shape_and_its_numbers(file: Path, run: Run) -> None:
    numbers = "1 2; 3 4|5 6; 7 8"
    shown = run("show", str(file), "--layer", "max_pool", "--input", "3x4x4", "--input", numbers)
    assert shown.code == 0, shown.err
    found = convcalc.show(
        convcalc.load(file), layer="max_pool", shape=(3, 4, 4), input=numbers
    ).layers[0]
    # The largest of each of the two channels.
    assert found.output.values == (4, 8)
