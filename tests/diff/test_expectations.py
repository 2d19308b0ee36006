"""What is told of changed expectations: each once, and whether it allows more than before."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import astuple
from pathlib import Path
from typing import Any

import pytest

from tests.diff.networks import difference
from tests.each import each

Run = Callable[..., Any]

# stem: 3*8*9 + 8 = 224 params. Each unit's body sees 2 pixels more to every side.
GUARDED = """\
convcalc: 1
input: [3, 32, 32]
blocks:
  unit:
    args: [c]
    layers:
      - {conv: {out: =c, k: 3, p: 1}, name: body, expect: {stride: {max: 4}}}
      - relu
layers:
  - {conv: {out: 8, k: 3, p: 1}, name: stem, expect: {params: {max: 300}}}
  - {unit: {}, each: {c: [16, 32, 64]}, name: stage, expect: {params: {max: 20K}}}
  - {flatten: {}, name: end, expect: {output: [65536]}}
expect:
  params: {max: 12M}
  memory: {max: 64MiB}
"""


@each(
    ("old", "new", "expected"),
    [
        pytest.param("12M", "12M", [], id="nothing"),
        pytest.param("12M", "12000K", [], id="the same in another unit"),
        pytest.param("64MiB", "65536KiB", [], id="the same in another unit of bytes"),
        pytest.param(
            "12M", "13M", [("", 0, "params", {"max": "12M"}, {"max": "13M"}, "looser")], id="more"
        ),
        pytest.param(
            "64MiB",
            "32MiB",
            [("", 0, "memory", {"max": "64MiB"}, {"max": "32MiB"}, "tighter")],
            id="less",
        ),
        pytest.param(
            "  memory: {max: 64MiB}\n",
            "",
            [("", 0, "memory", {"max": "64MiB"}, None, "looser")],
            id="gone",
        ),
        pytest.param(
            "  memory", "  stride: 1\n  memory", [("", 0, "stride", None, 1, "tighter")], id="new"
        ),
        pytest.param(
            "{max: 12M}",
            "{min: 24K}",
            [("", 0, "params", {"max": "12M"}, {"min": "24K"}, "other")],
            id="the other way",
        ),
        pytest.param(
            "{max: 300}",
            "224",
            [("stem", 0, "params", {"max": 300}, 224, "tighter")],
            id="of a layer, exact",
        ),
        pytest.param(
            "[65536]", "[~]", [("end", 0, "output", [65536], [None], "looser")], id="any size"
        ),
        pytest.param(
            "20K",
            "30K",
            [("stage.0", 2, "params", {"max": "20K"}, {"max": "30K"}, "looser")],
            id="of a series of blocks, once",
        ),
        pytest.param(
            "max: 4}",
            "max: 8}",
            [("stage.0.body", 2, "stride", {"max": 4}, {"max": 8}, "looser")],
            id="inside of a block, once",
        ),
        pytest.param(
            "  - {flatten: {}, name: end, expect: {output: [65536]}}\n",
            "",
            [("end", 0, "output", [65536], None, "looser")],
            id="of a layer that went",
        ),
        pytest.param("name: stem", "name: first", [], id="of a layer with another name"),
        pytest.param("name: stage", "name: part", [], id="of a block with another name"),
        pytest.param("  - relu", "  - relu\n      - tanh", [], id="of a block with one layer more"),
    ],
)
def test_expectations(old: str, new: str, expected: list[tuple[Any, ...]]) -> None:
    assert old in GUARDED.replace("      - relu", "  - relu")
    after = GUARDED.replace(old, new, 1)
    assert [astuple(one) for one in difference(GUARDED, after).expectations] == expected


def test_of_a_layer_that_moved() -> None:
    layers = ["{tanh: {}, name: one, expect: {stride: 1}}", "{relu: {}, name: two}"]
    texts = [
        f"convcalc: 1\ninput: [4, 8, 8]\nlayers: [{', '.join(order)}]"
        for order in (layers, layers[::-1])
    ]
    found = difference(*texts)
    assert found.counted("moved") == 1
    assert found.expectations == ()


TEXT = """\
3 expectations changed (2 looser); no other difference: 8 layers, 24,528 params, 24,993,792 MACs

a.net.yaml → b.net.yaml

expect  params: `{max: 12M}` → `{max: 13M}`, looser
expect  params of `stem`: `{max: 300}` → `224`, tighter
expect  stride of `stage.0.body` and 2 more: `{max: 4}` → none, looser

limit held  `params>0`: 24,528 → 24,528 is no change
"""

MARKDOWN = """\
### `b.net.yaml`: 3 expectations changed (2 looser); no other difference: 8 layers, \
24,528 params, 24,993,792 MACs

Compared with `a.net.yaml`.

**3 expectations changed (2 looser)**

- **expect**: params: `{max: 12M}` → `{max: 13M}`, looser
- **expect**: params of `stem`: `{max: 300}` → `224`, tighter
- **expect**: stride of `stage.0.body` and 2 more: `{max: 4}` → none, looser
"""


@pytest.fixture
def pair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    monkeypatch.chdir(tmp_path)
    after = GUARDED.replace("12M", "13M").replace("{max: 300}", "224")
    Path("a.net.yaml").write_text(GUARDED)
    Path("b.net.yaml").write_text(after.replace(", expect: {stride: {max: 4}}", ""))
    return "a.net.yaml", "b.net.yaml"


def test_a_change_of_nothing_else_is_told_and_is_no_failure(
    run: Run, pair: tuple[str, str]
) -> None:
    assert run("diff", *pair, "--fail-on", "params>0") == (0, TEXT, "")
    assert run("diff", *pair, "--format", "markdown") == (0, MARKDOWN, "")
    (network,) = json.loads(run("diff", *pair, "--format", "json").out)["networks"]
    assert (network["same"], network["layers"]) == (False, [])
    assert network["expectations"][:2] == [
        {
            "layer": None, "more": 0, "figure": "params",
            "before": {"max": "12M"}, "after": {"max": "13M"}, "effect": "looser",
        },
        {
            "layer": "stem", "more": 0, "figure": "params",
            "before": {"max": 300}, "after": 224, "effect": "tighter",
        },
    ]  # fmt: skip


@pytest.mark.parametrize("format", ["plain", "markdown"])
def test_beside_other_changes(run: Run, pair: tuple[str, str], format: str) -> None:
    after = GUARDED.replace("12M", "13M").replace("- relu", "- gelu")
    Path(pair[1]).write_text(after)
    out = run("diff", *pair, "--format", format).out
    headline = (
        "params, MACs and memory as before; 3 layers changed; 1 expectation changed (looser)\n"
    )
    assert out.partition("\n")[0].endswith(headline.rstrip())
    assert out.count("13M") == 1


def test_many_fit_into_one_comment(run: Run, pair: tuple[str, str]) -> None:
    for name, stride in zip(pair, (1, 2), strict=True):
        layers = f"  - {{relu: {{}}, expect: {{stride: {{max: {stride}}}}}}}\n" * 60
        Path(name).write_text(f"convcalc: 1\ninput: [4, 8, 8]\nlayers:\n{layers}")
    out = run("diff", *pair, "--format", "markdown").out
    assert out.count("\n- **expect**: stride of ") == 50
    assert out.endswith("\n- **expect**: and 10 more\n")
