"""`convcalc sizes` on the command line: nearest sizes, who is to blame, what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import convcalc
from convcalc.core.errors import StackError
from convcalc.features.sizes.search import checked_sizes
from tests.sizes.test_sizes import CONFIGS, net

Run = Callable[..., Any]


def test_a_long_network_that_is_planned_at_each_size_is_asked_for_fewer_unless_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """`like` takes the size of another layer: 6 layers and 60 placements are 10 sizes."""
    monkeypatch.setattr("convcalc.features.sizes.place.MAX_PLACED", 60)
    pyramid = net(
        "  - {max_pool: 2, name: fine}\n  - max_pool: 2\n  - upsample: {like: fine}\n"
        "  - add: [fine, prev]\n  - relu\n  - relu\n"
    )
    axis = convcalc.sizes(pyramid).axes[0]
    assert (axis.low, axis.high, axis.members()) == (1, 10, [4, 8])
    with pytest.raises(
        StackError, match=r"(?s)an expression or `like` asks for sizes.*--range 1:10"
    ):
        convcalc.sizes(pyramid, range=(1, 11))


def test_the_nearest_good_sizes(ask: Run) -> None:
    result = ask(f"sizes {CONFIGS}/resnet50.net.yaml --near 670x460 --require legal,strides")
    assert result.code == 0
    assert result.out.startswith("height and width: 0 mod 32\n")
    assert (
        "  670x460  a stride does not divide its map\n"
        "  672x480  larger: pad 2 and 20\n"
        "  672x448  closest: pad 2 and crop 12\n"
        "  640x448  smaller: crop 30 and 12\n"
    ) in result.out


def test_a_good_size_outside_of_the_range_says_so(ask: Run, tmp_path: Path) -> None:
    file = tmp_path / "n.net.yaml"
    file.write_text("convcalc: 1\ninput: [3, 64, 64]\nlayers: [max_pool: 7]")
    out = ask(f"sizes {file} --range 1:30 --near 49x28 --require strides").out
    assert "  49x28  good, and outside of the range\n  28x28  closest: crop 21 and 0\n" in out
    assert "  14x28  good\n" in ask(f"sizes {file} --range 1:30 --near 14x28 --require strides").out


def test_a_merge_names_the_layer_that_lost_the_pixel(ask: Run, tmp_path: Path) -> None:
    file = tmp_path / "net.net.yaml"
    file.write_text(
        "convcalc: 1\ninput: [4, 8, 8]\nlayers:\n"
        "  - {max_pool: 2, name: half}\n"
        "  - {conv_transpose: {out: 4, k: 2, s: 2}, name: back}\n"
        "  - add: [back, input]\n"
    )
    result = ask(f"sizes {file} --range 1:9")
    assert result.out.startswith("height and width: 0 mod 2\n")
    assert "  `add_1`     6      4  1 mod 2, from 3\n" in result.out
    assert "`half` (line 4) makes 4 of 9 pixels" in " ".join(result.out.split())


def test_a_declared_input_that_does_not_fit_is_told(ask: Run, tmp_path: Path) -> None:
    file = tmp_path / "net.net.yaml"
    file.write_text(
        "convcalc: 1\ninput: [4, 9, 9]\nlayers:\n"
        "  - {max_pool: 2, name: half}\n"
        "  - {upsample: 2, name: back}\n"
        "  - add: [back, input]\n"
    )
    result = ask(f"sizes {file}")
    assert result.code == 0
    assert result.out.startswith("height and width: 0 mod 2\n")
    assert "note  the input of the file does not fit (layer `add_1` (add):" in result.out


@pytest.mark.parametrize(
    ("layers", "line", "message"),
    [
        ("relu", "--range 0:5", "wants a number, 1 or more, or a range of them, got `0:5`"),
        ("relu", "--range 9:5", "wants a number, 1 or more, or a range of them, got `9:5`"),
        ("relu", "--range 1:100000", "at most 65,536 sizes are checked"),
        ("relu", "--require big", "there is no `big`"),
        ("relu", "--near @3x4x5", "the network has 2 axes to choose, not 3"),
        ("crop: 99999", "", "cutting"),
        (
            "{relu: {}, repeat: 1000}, flatten, {linear: =cin*2}",
            "--range 1:600",
            "249 are possible",
        ),
    ],
)
def test_what_cannot_be_answered(
    ask: Run, tmp_path: Path, layers: str, line: str, message: str
) -> None:
    file = tmp_path / "net.net.yaml"
    file.write_text(f"convcalc: 1\ninput: [4, 8, 8]\nlayers: [{layers}]\n")
    result = ask(f"sizes {file} {line}")
    assert result.code == 2
    assert message in result.err


def test_a_network_of_vectors_has_no_sizes(ask: Run, tmp_path: Path) -> None:
    file = tmp_path / "net.net.yaml"
    file.write_text("convcalc: 1\ninput: [4]\nlayers: [linear: 2]\n")
    result = ask(f"sizes {file}")
    assert result.code == 2
    assert "the network's inputs have no axes whose size could change" in result.err


@pytest.mark.thorough
def test_no_good_size_is_a_finding(ask: Run) -> None:
    result = ask(f"sizes {CONFIGS}/inception_v3.net.yaml --require strides --range 1:128")
    assert result.code == 1
    assert result.out.startswith("height and width: none\n")


def test_json(ask: Run) -> None:
    data = json.loads(ask(f"sizes {CONFIGS}/unet.net.yaml --near 670x460 --format json").out)
    assert data["smallest_legal"] == [188, 188]
    assert data["axes"][0]["good"] == {
        "count": 53, "smallest": 188, "period": 16, "residues": [12], "start": 173, "before": [],
    }  # fmt: skip
    assert data["near"]["larger"] == {"size": [684, 460], "good": True}


def test_the_range_that_is_asked_for_is_the_one_that_is_checked(ask: Run) -> None:
    file = CONFIGS / "unet.net.yaml"
    found = json.loads(ask(f"sizes {file} --range 1:384 --near 400x400 --format json").out)
    assert found["axes"][0]["range"] == [1, 384]
    assert found["near"]["larger"] is None
    assert found["near"]["smaller"]["size"] == [380, 380]
    found = json.loads(ask(f"sizes {file} --near 400x400 --format json").out)
    assert found["axes"][0]["range"] == [1, 1024]
    assert found["near"]["larger"]["size"] == [412, 412]


def test_axes_of_many_inputs_have_a_budget() -> None:
    inputs = "".join(f"\n  x{n}: [1, {n + 8}, 8]" for n in range(40))
    network = net("  - {relu: {}, from: x0}\n", inputs)
    with pytest.raises(StackError) as caught:
        checked_sizes(network, 1, 20_000)
    (problem,) = caught.value.problems
    assert problem.slug == "too-much-work"
    assert problem.message == (
        "41 axes of 40 inputs, each at 20,000 sizes, are 32,800,000 shapes; 8,000,000 are tried"
    )
    assert problem.help == "ask for fewer sizes, as in --range 1:4878"
    assert checked_sizes(network, 1, 50).axes
