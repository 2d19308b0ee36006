"""One line of a file that is used many times is one row of a comparison, with its sums."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from convcalc.features.diff.layer_lines import entries
from tests.diff.networks import CONFIGS, difference
from tests.each import each

Run = Callable[..., Any]

# body: 8 -> 16 -> 32 with k 3 at 8x8, then 32 -> 16 at 8x8.
UNITS = """\
convcalc: 1
input: [8, 8, 8]
blocks:
  unit:
    args: [c]
    layers:
      - {conv: {out: =c, k: 3, p: 1}, name: body}
      - relu
layers:
  - {unit: {}, each: {c: [16, 32]}, name: stage}
  - tanh
"""


@each(
    ("old", "new", "expected"),
    [
        pytest.param(
            "- relu",
            "- gelu",
            [("changed", "stage.0.gelu_1", 1, "relu -> gelu", "16x8x8 to 32x8x8", 0, 0)],
            id="another activation",
        ),
        pytest.param(
            # 8*16*(25 - 9) + 16*32*(25 - 9) weights, each at 64 positions.
            "k: 3, p: 1",
            "k: 5, p: 2",
            [
                ("changed", "stage.0.body", 1, "conv k 3 -> 5, p 1 -> 2", "16x8x8 to 32x8x8",
                 10_240, 655_360),
            ],
            id="sums",
        ),
        pytest.param(
            # 8*9*16 + 16 more, then 32*48*9 + 48 instead of 16*32*9 + 32.
            "[16, 32]",
            "[32, 48]",
            [
                ("changed", "stage.0.body", 1, "conv out 16 to 32 -> 32 to 48",
                 "16x8x8 to 32x8x8 -> 32x8x8 to 48x8x8", 10_400, 663_552),
            ],
            id="values that differ from copy to copy",
        ),
        pytest.param(
            "- relu",
            "- relu\n      - batch_norm",
            [("added", "stage.0.batch_norm_1", 1, "batch_norm", "16x8x8 to 32x8x8", 96, 0)],
            id="added to a block",
        ),
        pytest.param(
            "      - relu\n",
            "",
            [("removed", "stage.0.relu_1", 1, "relu", "16x8x8 to 32x8x8", 0, 0)],
            id="removed from a block",
        ),
        pytest.param(
            "- tanh",
            "- {sigmoid: {}, repeat: 3, name: squash}\n  - tanh",
            [("added", "squash.0", 2, "sigmoid", "32x8x8", 0, 0)],
            id="a series added",
        ),
        pytest.param(
            # 32*16*9 + 16, then 16*16*9 + 16.
            "- tanh",
            "- {unit: {c: 16}, repeat: 2, name: more}\n  - tanh",
            [("added", "more.0", 1, "unit, 2 layers each", "16x8x8", 6_944, 442_368)],
            id="a series of blocks added",
        ),
        pytest.param(
            "name: body",
            "name: trunk",
            [("renamed", "stage.0.trunk", 1, "was `stage.0.body`", "16x8x8 to 32x8x8", 0, 0)],
            id="another name",
        ),
    ],
)  # fmt: skip
def test_copies_of_one_line(old: str, new: str, expected: list[tuple[Any, ...]]) -> None:
    assert old in UNITS
    found = difference(UNITS, UNITS.replace(old, new))
    listed = entries(found, ("added", "removed", "changed", "renamed"))
    assert [
        (one.status, one.name, one.more, one.what, one.output, one.params, one.macs)
        for one in listed
    ] == expected
    every = entries(found, ("added", "removed", "changed", "renamed"), fold=False)
    assert len(every) == sum(change.status not in ("same", "affected") for change in found.changes)
    assert {one.more for one in every} == {0}


def test_equal_changes_of_two_lines_are_two_rows() -> None:
    twice = UNITS.replace("- tanh", "- relu")
    found = difference(twice, twice.replace("- relu", "- gelu"))
    listed = entries(found, ("changed",))
    assert [(one.name, one.more) for one in listed] == [("stage.0.gelu_1", 1), ("gelu_1", 0)]


@pytest.fixture
def pair(tmp_path: Path) -> tuple[str, str]:
    """ResNet-50, and with GELU throughout: three lines of its block, and the stem."""
    text = (CONFIGS / "resnet50.net.yaml").read_text(encoding="utf-8")
    old, new = tmp_path / "a.net.yaml", tmp_path / "b.net.yaml"
    old.write_text(text, encoding="utf-8")
    new.write_text(text.replace("- relu", "- gelu"), encoding="utf-8")
    return str(old), str(new)


def test_a_residual_network_in_four_rows(run: Run, pair: tuple[str, str]) -> None:
    text = run("diff", *pair).out
    assert text.startswith("params, MACs and memory as before; 49 layers changed\n")
    rows = [" ".join(line.split()) for line in text.splitlines() if line.startswith("~")]
    assert rows == [
        "~ gelu_1 relu → gelu 64x112x112 7",
        "~ stage1.bottleneck_1.gelu_1 and 15 more relu → gelu 64x56x56 to 512x7x7 11 to 363",
        "~ stage1.bottleneck_1.gelu_2 and 15 more relu → gelu 64x56x56 to 512x7x7 19 to 427",
        "~ stage1.bottleneck_1.gelu_3 and 15 more relu → gelu 256x56x56 to 2048x7x7 19 to 427",
    ]
    markdown = run("diff", *pair, "--format", "markdown").out
    assert "**49 layers changed**" in markdown
    assert "| `stage1.bottleneck_1.gelu_1` and 15 more | relu → gelu |" in markdown
    assert markdown.count("relu → gelu") == 4


def test_every_layer_where_it_is_asked_for(run: Run, pair: tuple[str, str]) -> None:
    assert run("diff", *pair, "--all").out.count("relu → gelu") == 49
    assert run("diff", *pair, "--all", "--format", "markdown").out.count("relu → gelu") == 49
    (network,) = json.loads(run("diff", *pair, "--format", "json").out)["networks"]
    assert len(network["layers"]) == 49


@pytest.mark.parametrize(
    ("order", "sign"), [pytest.param(1, "+", id="more"), pytest.param(-1, "-", id="less")]
)
def test_a_small_change_says_which_way(run: Run, tmp_path: Path, order: int, sign: str) -> None:
    text = "convcalc: 1\ninput: [1, 4, 4]\nlayers: [flatten, linear: 4000, linear: {}]\n"
    files = [tmp_path / "a.net.yaml", tmp_path / "b.net.yaml"]
    for file, width in zip(files, (1000, 1001), strict=True):
        # 17*4,000 of the first layer; 4,000*1,000 of the last, or 4,001*1,001 with biases.
        file.write_text(text.replace("{}", f"{{out: {width}, bias: {str(width > 1000).lower()}}}"))
    lines = run("diff", *map(str, files[::order])).out.splitlines()
    # 4,000 weights and 1,001 biases are 0.12 % of 4,068,000.
    assert any(line.startswith("  params") and f"{sign}0.1 %" in line for line in lines)
    for file, bias in zip(files, ("false", "true"), strict=True):
        file.write_text(text.replace("{}", f"{{out: 1000, bias: {bias}}}"))
    out = run("diff", *map(str, files[::order])).out
    # 1,000 biases are 0.02 % of 4,068,000, and 4,000 B.
    assert out.startswith(f"params {sign}1,000, MACs as before, memory {sign}3.91 KiB; ")
    (line,) = (line for line in out.splitlines() if line.startswith("  params"))
    assert line.endswith(f"{sign}<0.1 %")
    markdown = run("diff", *map(str, files[::order]), "--format", "markdown").out
    assert f"| {sign}1,000 | {sign}&lt;0.1 % |" in markdown
